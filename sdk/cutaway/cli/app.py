"""The app: its global options and every error's way out. Nothing is loaded here that a command does not need."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, Final

import typer

from cutaway._version import __version__
from cutaway.cli.families import Families

SERVER: Final = "Server"

app = typer.Typer(
    name="cutaway",
    help="Make, extend, fill and remix videos: on this machine, or on any server of the Videos API.",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=Families,
)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"cutaway {__version__}\n")
        raise typer.Exit


@app.callback()
def global_options(
    ctx: typer.Context,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="The server, such as http://127.0.0.1:8000/v1. "
            "Left out: CUTAWAY_BASE_URL, else the runtime on this machine.",
            rich_help_panel=SERVER,
        ),
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            "--api-key", metavar="KEY", help="The server's key. Left out: CUTAWAY_API_KEY.", rich_help_panel=SERVER
        ),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="How the server speaks. Left out: found by asking.",
            rich_help_panel=SERVER,
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    from cutaway.cli.target import Target

    ctx.obj = Target(base_url=base_url, api_key=api_key, dialect=dialect)


def run(args: list[str] | None = None) -> int:
    """Run one command line and return its exit code. Nothing is raised."""
    given = (sys.argv[1:] if args is None else args) or ["--help"]
    try:
        code: Any = app(given, standalone_mode=False, prog_name="cutaway")
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`); say nothing more to it.
        from cutaway.cli.exits import Exit

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNEXPECTED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - every error gets its sentence and its code
        from cutaway.cli.report import report
        from cutaway.cli.screen import Screen

        stopped = isinstance(error, typer.Abort) and isinstance(error.__cause__, KeyboardInterrupt)
        return report(KeyboardInterrupt() if stopped else error, Screen(as_json="--json" in given))
    return code if isinstance(code, int) else 0
