"""`cutaway render`: a manifest of assets, made only where changed. Progress is lines, for terminals and logs alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway import __version__
from cutaway.cli import options as opt
from cutaway.cli.exits import Exit
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target

if TYPE_CHECKING:
    from cutaway.storyboard.render.outcome import Outcome
    from cutaway.storyboard.render.plan import Step
    from cutaway.storyboard.render.run import Estimate, Run

RENDER = "What is rendered"
LIMITS = "Limits"


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Timelines and batches")(render)


def render(
    ctx: typer.Context,
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST.yaml", help="What is wanted: see docs/render.md.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where files and reports go.", rich_help_panel=RENDER)
    ],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="GLOB", help="Only these assets, and what they need.", rich_help_panel=RENDER),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make them again, changed or not.", rich_help_panel=RENDER)
    ] = False,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Ask the server for models instead of keeping those of the lock.", rich_help_panel=RENDER
        ),
    ] = False,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Refuse whatever differs from cutaway.lock.", rich_help_panel=RENDER),
    ] = False,
    cache: Annotated[
        str | None,
        typer.Option(
            "--cache", metavar="DIR|URL", help="A folder, or s3://, gs://, ... (fsspec).", rich_help_panel=RENDER
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="At a time.", rich_help_panel=LIMITS)] = 2,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="AMOUNT",
            help="Begin nothing beyond it: 600, 10m, 1.5h of work, or '5.00 USD'.",
            rich_help_panel=LIMITS,
        ),
    ] = None,
    fail_under_seam: Annotated[
        float | None,
        typer.Option("--fail-under-seam", min=0, max=1, help="The least seam score.", rich_help_panel=LIMITS),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and the estimate.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say by the exit code whether anything would change.")] = False,
    as_json: opt.AsJson = False,
) -> int:
    """Make the assets of a manifest; only what changed is made again.

    Example: cutaway render assets.yaml -o out
    """
    from cutaway.storyboard.render.plan import Choice, LockDrift
    from cutaway.storyboard.render.run import Run, Wishes

    screen, target = Screen(as_json=as_json), Target.of(ctx)
    if output.exists() and not output.is_dir():
        raise typer.BadParameter(f"{output} is a file; name a folder")
    wishes = Wishes(
        choice=Choice(tuple(only or ()), force=force, update=update, locked=locked),
        cache=cache,
        jobs=jobs,
        budget=_limit(budget),
        gate=fail_under_seam,
    )
    run = Run(
        manifest,
        output,
        wishes,
        client=target.async_client,
        blocking=target.client,
        base_url=target.address,
        say=_say,
    )
    try:
        steps = run.plan()
    except LockDrift as drift:
        screen.note(str(drift), style="red")
        screen.emit({"error": {"type": "LockDrift", "message": str(drift), "exit_code": int(Exit.CHANGED)}})
        return Exit.CHANGED
    if only and not steps:
        raise typer.BadParameter(f"no asset matches {' or '.join(only)}")
    if dry_run or check:
        return _planned(screen, run, check=check)
    return _rendered(screen, run)


def _limit(text: str | None) -> Any:
    from cutaway.storyboard.render.budget import Limit

    try:
        return None if text is None else Limit.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _planned(screen: Screen, run: Run, *, check: bool) -> Exit:
    """What would be done, and with `check` whether anything would."""
    from cutaway.storyboard.render.plan import Action

    estimate = run.estimate()
    for step in run.steps:
        if step.action is not Action.FRESH:
            screen.say(f"{step.action:<8} {step.unit.id}: {step.why}")
    fresh = sum(step.action is Action.FRESH for step in run.steps)
    screen.say(f"{estimate.units} to make, {len(run.steps) - fresh - estimate.units} from the cache, {fresh} fresh")
    screen.say(_shown(estimate))
    changed = any(step.action is not Action.FRESH or step.known is None for step in run.steps)
    code = Exit.CHANGED if check and changed else Exit.OK
    screen.emit(
        {
            "object": "render.plan",
            "changed": changed,
            "estimate": vars(estimate),
            "assets": [_row(step) for step in run.steps],
        }
    )
    return code


def _shown(estimate: Estimate) -> str:
    if not estimate.units:
        return "estimate: nothing to make"
    if estimate.seconds is None:
        text = "estimate: unknown; nothing like this has been made from this machine yet"
    else:
        digits = 1 if estimate.seconds < 10 else 0
        text = f"estimate: about {estimate.seconds:.{digits}f} s of work, as measured in earlier runs"
        text += f", and {estimate.unknown} of unknown length" if estimate.unknown else ""
    money = "" if estimate.money is None else f"; {estimate.money:.2f} {estimate.currency} by the manifest's prices"
    return text + money


def _row(step: Step) -> dict[str, Any]:
    return {
        "id": step.unit.id,
        "kind": step.unit.kind,
        "action": str(step.action),
        "why": step.why,
        "output": step.unit.output,
        "model": step.pin.model,
        "provenance": step.pin.provenance,
        "seed": step.unit.seed,
        "key": step.key,
    }


def _rendered(screen: Screen, run: Run) -> Exit:
    """The run itself, its reports, and what it ended with."""
    try:
        run.check_budget()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _made_folder(run.out)
    try:
        outcomes = run.render()
    except KeyboardInterrupt:
        screen.note(
            "Interrupted. Jobs that were accepted are alive; the same command goes on with them.", style="yellow"
        )
        screen.emit({"error": {"type": "KeyboardInterrupt", "exit_code": int(Exit.INTERRUPTED)}})
        return Exit.INTERRUPTED
    told = run.report()
    said = _closing(outcomes, run)
    screen.say(said)
    screen.emit(told)
    code = _verdict(run)
    if code is Exit.OK:
        _stamp(run)
    return code


def _made_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made: {error.strerror or error}") from None


def _closing(outcomes: list[Outcome], run: Run) -> str:
    from cutaway.storyboard.render.reports import totals

    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in totals(outcomes).items() if count)
    return f"{len(outcomes)} assets: {counted}  {run.out / 'index.html'}"


def _verdict(run: Run) -> Exit:
    if any(outcome.failed for outcome in run.outcomes):
        return Exit.JOB_FAILED
    if run.budget.exceeded or any(not outcome.is_there for outcome in run.outcomes):
        return Exit.OVER_BUDGET
    return Exit.OK


def _stamp(run: Run) -> None:
    """Notes a complete run, so that the same words are answered at once while nothing changes."""
    import json

    from cutaway.storyboard.render import stamp

    texts, told = run.idle_reports()
    said = f"{len(run.outcomes)} assets: {len(run.outcomes)} fresh  {run.out / 'index.html'}"
    words = sys.argv[1:]
    if "render" in words:
        told_line = json.dumps(told, ensure_ascii=False)
        stamp.left(run.out, words, __version__, run.files(), reports=texts, said=said, told=told_line)
