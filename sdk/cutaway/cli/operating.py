"""What the operator of a server does: keys, plans, backups.

They are the runtime's. It is spoken to as a process, whose answers and exit codes are handed through.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cutaway.cli import options as opt
from cutaway.client import local

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Of the server; the home folder if left out.")
]
Which = Annotated[str, typer.Argument(metavar="NAME|ID", help="As `cutaway keys list` shows it.")]
Limit = Annotated[str | None, typer.Option(metavar="N|none", help="None is no limit.")]


def add_to(app: typer.Typer) -> None:
    keys = typer.Typer(help="API keys: who may use the server, each with what it made.", no_args_is_help=True)
    keys.command("list")(list_keys)
    keys.command("add")(add_key)
    keys.command("rotate")(rotate_key)
    keys.command("revoke")(revoke_key)
    plans = typer.Typer(help="Plans: how many videos a month, and how early their turn comes.", no_args_is_help=True)
    plans.command("list")(list_plans)
    plans.command("set")(set_plan)
    plans.command("rm")(remove_plan)
    for verb in (backup, restore):
        app.command(rich_help_panel="Runtime")(verb)
    app.add_typer(keys, name="keys", rich_help_panel="Runtime")
    app.add_typer(plans, name="plans", rich_help_panel="Runtime")


def list_keys(data_dir: DataDir = None, as_json: opt.AsJson = False) -> None:
    """List every key with its plan and the videos it made this month; never the key itself."""
    _run("keys", "list", data_dir=data_dir, as_json=as_json)


def add_key(
    name: Annotated[str, typer.Argument(help="What you call it: a person, a machine, a pipeline.")],
    plan: Annotated[str, typer.Option("--plan", help="One of `cutaway plans list`.")] = "plus",
    data_dir: DataDir = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a key and print it, this once. What is made with it is seen with no other key."""
    _run("keys", "add", name, "--plan", plan, data_dir=data_dir, as_json=as_json)


def rotate_key(key: Which, data_dir: DataDir = None, as_json: opt.AsJson = False) -> None:
    """Put a new key in the place of one, and print it, this once. What was made stays with it."""
    _run("keys", "rotate", key, data_dir=data_dir, as_json=as_json)


def revoke_key(key: Which, data_dir: DataDir = None, as_json: opt.AsJson = False) -> None:
    """Let a key open nothing any more. What was made with it stays, for the operator to see."""
    _run("keys", "revoke", key, data_dir=data_dir, as_json=as_json)


def list_plans(data_dir: DataDir = None, as_json: opt.AsJson = False) -> None:
    """List the plans."""
    _run("plans", "list", data_dir=data_dir, as_json=as_json)


def set_plan(
    name: Annotated[str, typer.Argument(help="A plan that is there, or a new one.")],
    videos_a_month: Limit = None,
    max_waiting: Limit = None,
    priority: Annotated[int | None, typer.Option(help="A higher one comes first.")] = None,
    data_dir: DataDir = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a plan, or change one for every key that has it; what is left out stays as it is."""
    asked = {"--videos-a-month": videos_a_month, "--max-waiting": max_waiting, "--priority": priority}
    words = [f"{option}={value}" for option, value in asked.items() if value is not None]
    _run("plans", "set", name, *words, data_dir=data_dir, as_json=as_json)


def remove_plan(name: str, data_dir: DataDir = None, as_json: opt.AsJson = False) -> None:
    """Remove a plan that no key has."""
    _run("plans", "rm", name, data_dir=data_dir, as_json=as_json)


def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="A folder that is not there yet.")],
    data_dir: DataDir = None,
    as_json: opt.AsJson = False,
) -> None:
    """Copy jobs, videos, uploads and characters, also while a server works on them."""
    _run("backup", str(to), data_dir=data_dir, as_json=as_json)


def restore(
    place: Annotated[Path, typer.Argument(metavar="FROM", help="What `cutaway backup` made.")],
    data_dir: DataDir = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a backup into a data folder that holds no jobs yet; every file is checked first."""
    _run("restore", str(place), data_dir=data_dir, as_json=as_json)


def _run(*words: str, data_dir: Path | None, as_json: bool) -> None:
    local.installed_or_raise()
    command = [sys.executable, "-m", "cutaway_runtime", *words]
    command += ["--data-dir", str(data_dir)] if data_dir else []
    command += ["--json"] if as_json else []
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - our own module, no shell
    if code:
        raise typer.Exit(code)
