"""What was left behind by a crash, a lost connection or Ctrl-C: resume, recover."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway import errors
from cutaway.cli import options as opt
from cutaway.cli.delivery import LeftAlive, as_object
from cutaway.cli.exits import Exit, exit_of
from cutaway.cli.screen import Screen, age, phase_of
from cutaway.cli.target import Target
from cutaway.wire import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.client.client import Cutaway
    from cutaway.client.journal import Entry
    from cutaway.client.videos import Video


def add_to(app: typer.Typer) -> None:
    for verb in (resume, recover):
        app.command(rich_help_panel="Jobs")(verb)


def resume(
    ctx: typer.Context,
    show: Annotated[bool, typer.Option("--list", help="Only say what there is; wait for nothing.")] = False,
    timeout: opt.Timeout = None,
    as_json: opt.AsJson = False,
) -> None:
    """Bring what was submitted from this machine and never fetched to the files it was meant for.

    Jobs that were asked for without a file are listed.
    """
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    with target.client() as client:
        lost = {entry.key for entry in unanswered_by(client)}
        found = list(client.videos.resume())
        noted = client.videos.journal()
        meant = {entry.video_id: entry.path for entry in noted}
        unanswered = [entry for entry in noted if entry.state == "unknown"]
        never = [entry for entry in noted if entry.state == "refused" and entry.key in lost]
        delivered = [
            _brought(client, target, screen, job, meant.get(job.id), timeout)
            if meant.get(job.id) and not show
            else _listed(target, screen, job, meant.get(job.id))
            for job in found
        ]
    _tell_unanswered(target, screen, unanswered)
    for entry in never:
        screen.say(f"{entry.key}  never arrived; it is safe to ask for it again: {about(entry)}")
    screen.emit({
        "object": "list",
        "data": [as_object(job, path) for job, path, _ in delivered],
        "unanswered": [asdict(entry) for entry in unanswered],
        "never_arrived": [asdict(entry) for entry in never],
    })  # fmt: skip
    if not (found or unanswered or never):
        screen.say("nothing was left behind")
    failures = [code for _, _, code in delivered if code is not Exit.OK]
    if failures:
        raise typer.Exit(int(failures[0]))


def recover(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="As `cutaway jobs` lists it; the newest when left out.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Do not look for it any more.")] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Find the job of a create that was sent and never answered."""
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    with target.client() as client:
        if forget:
            forgotten = client.videos.forget(key)
            screen.say(f"{forgotten}  forgotten")
            screen.emit({"key": forgotten, "forgotten": True})
            return
        job = client.videos.recover(key)
        path = next((entry.path for entry in client.videos.journal() if entry.video_id == job.id), None)
    screen.say(f"{job.id}  {phase_of(job)}")
    screen.note(f"  {target.command('resume') if path else target.command('wait', job.id, '-o', 'FILE.mp4')}")
    screen.emit(as_object(job))


def unanswered_by(client: Cutaway) -> list[Entry]:
    """What was sent to a client's server and never answered."""
    return [entry for entry in client.videos.journal() if entry.state == "unknown"]


def about(entry: Entry) -> str:
    """A create in a few words: its prompt is not kept."""
    facts = (entry.operation, entry.model, entry.size, f"-> {entry.path}" if entry.path else "")
    return " ".join(fact for fact in facts if fact)


def _listed(target: Target, screen: Screen, job: Video, path: str | None) -> tuple[Video, None, Exit]:
    screen.say(f"{job.id}  {phase_of(job)}  {path or ' '.join((job.prompt or '').split())[:48]}")
    if path is None:
        screen.note(f"  {target.command('wait', job.id, '-o', 'FILE.mp4')}")
    return job, None, Exit.OK


def _brought(
    client: Cutaway, target: Target, screen: Screen, job: Video, meant: str | None, timeout: float | None
) -> tuple[Video, Any, Exit]:
    """A job waited for and saved; one that fails is told and does not hold up the others."""
    from cutaway.client.recovery import place_for

    assert meant is not None
    try:
        if job.status != Status.COMPLETED:
            screen.note(f"{job.id}: waiting, for {meant}")
        with screen.progress() as watch:
            job = job.wait(timeout=timeout, on_progress=watch)
        if any(entry.video_id == job.id and entry.state == "saved" for entry in client.videos.journal()):
            screen.note(f"{job.id}: the process that asked for it has saved it")
            return job, meant, Exit.OK
        path = job.save(place_for(meant, job.id))
    except KeyboardInterrupt as stopped:
        raise LeftAlive(stopped, job_id=job.id, how=target.command("resume")) from stopped
    except errors.CutawayError as error:
        screen.note(f"{job.id}: {error}", style="red")
        return job, None, exit_of(error)
    screen.closing_line(job, path)
    return job, path, Exit.OK


def _tell_unanswered(target: Target, screen: Screen, entries: Sequence[Entry]) -> None:
    for entry in entries:
        screen.say(f"{entry.key}  never answered, sent {age(time.time() - entry.created)} ago  {about(entry)}")
        screen.note(f"  {target.command('recover', entry.key)}")
