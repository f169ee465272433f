"""`cutaway davinci`: install, uninstall, doctor, panel, record. It joins the command line by `cutaway.commands`."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target, writable
from cutaway_davinci.install.installer import Doing, planned, removal
from cutaway_davinci.install.places import Machine
from cutaway_panel.toolkit import no_display, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.hosts.base import Host
    from cutaway_davinci.install.installer import Plan
    from cutaway_panel.state import Mode

IN_APP_PATIENCE = 10.0
"""Seconds in which the script inside Resolve has to come up, where it was started together with the panel."""

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", metavar="FOLDER", help="Where takes lie, and Resolve exports to. [Cutaway, beside your films]"
    ),
]
AllUsers = Annotated[bool, typer.Option("--all-users", help="For everybody on this machine; needs its administrator.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show every path and what would be done with it; do nothing.")]


class Way(StrEnum):
    """How the panel reaches Resolve."""

    AUTO = "auto"
    LIVE = "live"
    IN_APP = "in-app"
    FILES = "files"


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(help="DaVinci Resolve: the menu entry, the doctor, the panel.", no_args_is_help=True)
    for verb in (install, uninstall, doctor, panel, record):
        family.command()(verb)
    app.add_typer(family, name="davinci", rich_help_panel="Editors")


def install(
    all_users: AllUsers = False,
    dry_run: DryRun = False,
    scripts_dir: Annotated[
        Path | None, typer.Option("--scripts-dir", metavar="FOLDER", help="Another Fusion/Scripts folder than usual.")
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Put Cutaway into Resolve's menu Workspace > Scripts. Nothing else on this machine is changed.

    Example: cutaway davinci install --dry-run
    """
    screen, machine = Screen(as_json=as_json), Machine.here()
    tree = scripts_dir.absolute() if scripts_dir else None
    plan = planned(machine, python=sys.executable, all_users=all_users, scripts_dir=tree)
    if not dry_run:
        plan.carry_out()
    _told(screen, plan, dry_run=dry_run, nothing="Cutaway is in Resolve's menu already; nothing to do.")
    for container in machine.app_store():
        screen.note(
            f"  {container} belongs to a Resolve of the App Store, which cutaway cannot be started from; skipped"
        )
    if all_users and Path(sys.executable).is_relative_to(machine.home):
        screen.note(
            f"  The entry starts {sys.executable}, which lies in your home: can everybody run it?", style="yellow"
        )
    if not machine.applications():
        screen.note("  No DaVinci Resolve was found where it is usually installed; `cutaway davinci doctor` says more")
    if wrong := problem():
        screen.note(f"  The panel does not open yet: {wrong}", style="yellow")
    if not dry_run:
        screen.say("Next: start Resolve again, and choose Workspace > Scripts > Cutaway.")
        screen.say("In Studio also: Preferences > System > General > External scripting using: Local.")


def uninstall(
    all_users: AllUsers = False,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove files too that were edited since.")] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Take out exactly what install put in; what was edited since is asked for, or kept.

    Cards, takes and settings stay where they are.
    """
    screen, machine = Screen(as_json=as_json), Machine.here()
    asks = sys.stdin.isatty() and not dry_run and not as_json

    def may_remove(file: Path) -> bool:
        return yes or (asks and typer.confirm(f"{file} was edited since. Remove it?", default=False))

    plan = removal(machine, all_users=all_users, may_remove=may_remove)
    if plan is None:
        screen.say(f"Nothing is installed: there is no {machine.record(all_users=all_users)}.")
        screen.emit({"steps": [], "dry_run": dry_run})
        return
    if not dry_run:
        plan.carry_out()
    _told(screen, plan, dry_run=dry_run, nothing="Nothing was left to remove.")
    if not dry_run:
        screen.say("Resolve shows its menu without Cutaway when it is started again.")


def _told(screen: Screen, plan: Plan, *, dry_run: bool, nothing: str) -> None:
    """Every path; the same lines whether it was done or not."""
    for step in plan.steps:
        screen.say(str(step))
    if not plan.changes:
        screen.say(nothing)
    elif dry_run:
        screen.say("Nothing was done yet: this was a dry run.")
    kept = [step for step in plan.steps if step.doing is Doing.KEEP]
    if kept:
        screen.note(f"  {len(kept)} kept, see above", style="yellow")
    steps = [{"do": step.doing, "path": str(step.path), "why": step.why} for step in plan.steps]
    screen.emit({"steps": steps, "dry_run": dry_run})


def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Put right what can be put right from here.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also have Resolve export the open timeline, and read it.")
    ] = False,
    folder: Folder = None,
    as_json: opt.AsJson = False,
) -> None:
    """Look at Resolve, the way into it and what the panel needs: seventeen checks, each with its remedy.

    Ends with 0 where all is well, 1 with a warning, 2 where something has to be mended.
    """
    from cutaway_davinci.doctor.sheet import Doctor, concluded, shown, worst

    screen = Screen(as_json=as_json)
    findings = []
    for finding in Doctor.here(live=live, media=folder.absolute() if folder else None).examine(fix=fix):
        screen.show(shown(finding))
        findings.append(finding)
    screen.say(f"\n{concluded(findings)}")
    screen.emit({"findings": [finding.facts() for finding in findings], "worst": worst(findings)})
    if code := worst(findings).code:
        raise typer.Exit(code)


def panel(
    ctx: typer.Context,
    otio: Annotated[
        Path | None, typer.Option("--otio", metavar="FILE", help="A timeline that Resolve exported; works by files.")
    ] = None,
    mode: Annotated[
        Way, typer.Option("--mode", help="How Resolve is reached; auto tries the others in order.")
    ] = Way.AUTO,
    folder: Folder = None,
    take_selector: Annotated[
        bool, typer.Option("--take-selector", help="Further takes go into Resolve's take selector, not in place.")
    ] = False,
) -> None:
    """Open the panel on the timeline that is open in Resolve, or on the one it exported.

    Example: cutaway davinci panel
    """
    if otio is not None and not otio.is_file():
        raise typer.BadParameter(f"{otio} {'is a folder' if otio.is_dir() else 'does not exist'}; name an .otio file")
    if otio is not None and mode not in {Way.AUTO, Way.FILES}:
        raise typer.BadParameter(f"--otio is a way by files; leave --mode {mode} out")
    if wrong := problem() or no_display():
        raise typer.BadParameter(wrong)
    from cutaway.home import Home
    from cutaway_davinci.modes import is_inside, open_host
    from cutaway_panel import app as window
    from cutaway_panel.desk import Desk
    from cutaway_panel.window.instance import raise_running

    home, target = Home.find(), Target.of(ctx)
    if raise_running(home, otio):
        return
    kept_in = folder.absolute() if folder else None

    def desk_on(way: Way, cut: Path | None) -> Desk:
        def opened() -> tuple[Mode, Host]:
            if way is Way.IN_APP:
                _waited(is_inside)
            return open_host(way, otio=cut, folder=kept_in, changed=desk.sync, take_selector=take_selector)

        desk = Desk(opened, target.async_client)
        return desk

    desk = desk_on(Way.FILES if otio else mode, otio.absolute() if otio else None)
    raise typer.Exit(
        window.open_panel(
            desk, open_cut=lambda path: desk_on(Way.FILES, path), doctor="cutaway davinci doctor", home=home
        )
    )


def _waited(is_there: Callable[[], bool]) -> None:
    """Lets the script inside Resolve come up, which was started together with the panel."""
    until = time.monotonic() + IN_APP_PATIENCE
    while not is_there() and time.monotonic() < until:
        time.sleep(0.2)


def record(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where the transcript goes, a .jsonl file.")
    ],
    as_json: opt.AsJson = False,
) -> None:
    """Write down what the Resolve that runs here answers, for the tests of this project; a minute, hands off.

    It works in a project of its own, which it deletes. No path and no name of yours is in the file.
    """
    from cutaway.errors import CutawayError
    from cutaway_davinci.agent.connect import connected
    from cutaway_davinci.agent.trouble import Trouble
    from cutaway_davinci.errors import error_of
    from cutaway_davinci.record import compared
    from cutaway_davinci.record import record as recorded
    from cutaway_davinci.transcripts.script import NotRecorded

    screen = Screen(as_json=as_json)
    writable(output)
    try:
        recorded(connected(), output)
    except Trouble as trouble:
        raise error_of(trouble.code, trouble.message) from trouble
    except NotRecorded as refusal:
        raise CutawayError(str(refusal)) from refusal
    differences = compared(output)
    for difference in differences:
        screen.say(str(difference))
    screen.say(
        f"{output}  {len(differences)} answers other than the double's. Please send it: docs/davinci/recording.md"
    )
    facts: dict[str, Any] = {"path": str(output), "differences": [str(one) for one in differences]}
    screen.emit(facts)
