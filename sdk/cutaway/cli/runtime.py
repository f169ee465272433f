"""The runtime on this machine: serve, stop, doctor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cutaway.cli import options as opt
from cutaway.cli.doctor import Level, examine
from cutaway.cli.exits import Exit
from cutaway.cli.screen import Screen
from cutaway.cli.service import unit
from cutaway.cli.target import Target
from cutaway.client import local


class LogFormat(Enum):
    """How the server writes its log."""

    TEXT = "text"
    JSON = "json"


class LogLevel(Enum):
    """What is worth a line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def add_to(app: typer.Typer) -> None:
    for verb in (serve, stop, doctor):
        app.command(rich_help_panel="Runtime")(verb)


def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen; 127.0.0.1 is this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    api_key: Annotated[
        str | None,
        typer.Option("--api-key", metavar="KEY", help="A key that clients may show, beside this machine's own."),
    ] = None,
    api_key_file: Annotated[
        Path | None,
        typer.Option("--api-key-file", metavar="FILE", help="That key, as a file's first line: seen by nobody else."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Where jobs and videos are kept.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", metavar="NAME", help="Another name this server answers to.")
    ] = None,
    webhook_url: Annotated[
        str | None, typer.Option("--webhook-url", metavar="URL", help="Tell the end of every job there, signed.")
    ] = None,
    model_alias: Annotated[
        list[str] | None,
        typer.Option("--model-alias", metavar="NAME=MODEL", help="Another name for a model; NAME= for the best one."),
    ] = None,
    keep_days: Annotated[
        float | None,
        typer.Option("--keep-days", metavar="N", min=0, help="Remove a video's file, and an upload, then."),
    ] = None,
    keep_gb: Annotated[
        float | None, typer.Option("--keep-gb", metavar="N", min=0, help="Remove the oldest videos above so much.")
    ] = None,
    max_queue: Annotated[
        int | None, typer.Option("--max-queue", metavar="N", min=1, help="Jobs that may wait at a time.")
    ] = None,
    disk_reserve: Annotated[
        int | None, typer.Option("--disk-reserve", metavar="MIB", min=0, help="Room that nothing new is given.")
    ] = None,
    stuck_after: Annotated[
        float | None,
        typer.Option("--stuck-after", metavar="SECONDS", min=1, help="End a worker without progress for so long."),
    ] = None,
    allow_url_references: Annotated[
        bool, typer.Option("--allow-url-references", help="Fetch pictures and clips that a request names by address.")
    ] = False,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Lines to read, or a JSON object a line.")
    ] = LogFormat.TEXT,
    log_level: Annotated[
        LogLevel, typer.Option("--log-level", help="Info has a line for each job that is accepted, begun and over.")
    ] = LogLevel.INFO,
    print_unit: Annotated[
        bool, typer.Option("--print-unit", help="Start nothing; print a unit for systemd that serves so.")
    ] = False,
) -> None:
    """Run the server in this terminal until Ctrl-C. The SDK and the plugins find it by themselves."""
    local.installed_or_raise()
    command = [sys.executable, "-m", "cutaway_runtime", "serve", "--host", host, "--port", str(port)]
    command += ["--data-dir", str(data_dir.absolute())] if data_dir else []
    command += [word for name in allow_host or [] for word in ("--allow-host", name)]
    command += [word for alias in model_alias or [] for word in ("--model-alias", alias)]
    limits = {
        "keep-days": keep_days,
        "keep-gb": keep_gb,
        "max-queue": max_queue,
        "disk-reserve": disk_reserve,
        "stuck-after": stuck_after,
    }
    command += [word for name, limit in limits.items() if limit is not None for word in (f"--{name}", str(limit))]
    command += ["--log-format", log_format.value] if log_format is not LogFormat.TEXT else []
    command += ["--log-level", log_level.value] if log_level is not LogLevel.INFO else []
    command += ["--webhook-url", webhook_url] if webhook_url else []
    command += ["--allow-url-references"] if allow_url_references else []
    if print_unit:
        if api_key is not None:
            raise typer.BadParameter("a unit is for everybody to read: give the key with --api-key-file FILE")
        sys.stdout.write(
            unit(
                command,
                data_dir=data_dir.absolute() if data_dir else None,
                key_file=api_key_file.absolute() if api_key_file else None,
            )
        )
        return
    command += ["--api-key-file", str(api_key_file)] if api_key_file else []
    if api_key is not None and api_key_file is not None:
        raise typer.BadParameter("--api-key and --api-key-file are two places for one key: give one of them")
    if api_key is not None:
        os.environ["CUTAWAY_SERVER_KEY"] = api_key  # not on the server's command line, which everybody here can read
        os.environ.pop("CUTAWAY_SERVER_KEY_FILE", None)
    _serve([*command, "--announce"])


def _serve(command: list[str]) -> None:
    """The server in the place of this process: its signals, its exit code and its standard streams."""
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(command[0], command)  # noqa: S606 - our own module, no shell
    code = served_beneath(command)
    if code:
        raise typer.Exit(code)


def served_beneath(command: list[str]) -> int:
    """The server as a child, where no process can take the place of another; its exit code.

    Its standard input is a pipe that nobody writes to: it ends with this process, however that ends, and the server
    then; a signal that this process is sent closes it.
    """
    server = subprocess.Popen([*command, "--with-parent"], stdin=subprocess.PIPE)  # noqa: S603 - our own module
    held = server.stdin
    assert held is not None
    for name in ("SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: held.close())
    while True:
        # On Ctrl-C the terminal told the server as well; it finishes what it must. A handler runs between two waits.
        with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            return server.wait(0.5)


def stop(as_json: opt.AsJson = False) -> None:
    """Stop the runtime on this machine, whoever started it."""
    screen = Screen(as_json=as_json)
    stopped = local.stop()
    screen.say("stopped" if stopped else "no runtime was running")
    screen.emit({"stopped": bool(stopped)})


MARK = {
    Level.OK: "[green]ok[/]",
    Level.NOTE: "[dim]note[/]",
    Level.WARNING: "[yellow]warn[/]",
    Level.BROKEN: "[red]broken[/]",
}


def doctor(
    ctx: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Of the server; the home folder if left out.")
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Look at this installation; name each problem with its remedy."""
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    findings = examine(target, data_dir)
    table = Table(box=None, pad_edge=False, show_header=False)
    for column in ("mark", "what", "found"):
        table.add_column(column, overflow="fold", no_wrap=column != "found")
    for finding in findings:
        remedy = f"\n[bold]{escape(finding.remedy)}[/]" if finding.remedy else ""
        table.add_row(MARK[finding.level], finding.what, escape(finding.found) + remedy)
    screen.show(table)
    broken = [finding for finding in findings if finding.level is Level.BROKEN]
    screen.say("\nReady to make videos." if not broken else f"\nNot ready: {', '.join(f.what for f in broken)}.")
    screen.emit({"ready": not broken, "findings": [finding._asdict() for finding in findings]})
    if broken:
        raise typer.Exit(Exit.UNREACHABLE)
