"""Jobs that exist already: jobs, wait, save, cancel, rm."""

from __future__ import annotations

import time
from dataclasses import asdict
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cutaway import errors
from cutaway.cli import options as opt
from cutaway.cli.delivery import Delivery, as_object
from cutaway.cli.recovery import about, unanswered_by
from cutaway.cli.screen import Screen, age, phase_of
from cutaway.cli.target import Target, matching, writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.client.journal import Entry
    from cutaway.wire import Video

JobId = Annotated[str, typer.Argument(metavar="ID", help="As `cutaway jobs` lists them.")]
JobIds = Annotated[list[str], typer.Argument(metavar="ID...", help="As `cutaway jobs` lists them.")]


class Part(StrEnum):
    """What can be fetched of a finished video."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"


def add_to(app: typer.Typer) -> None:
    for verb in (jobs, wait, save, cancel, rm):
        app.command(rich_help_panel="Jobs")(verb)


def jobs(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 20,
    as_json: opt.AsJson = False,
) -> None:
    """List the jobs of the server, newest first, and what was sent to it and never answered."""
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    with target.client() as client:
        unanswered = unanswered_by(client)
        try:
            found = list(islice(client.videos.list(limit=min(limit, 100)), limit))
        except errors.UnsupportedCapability as refused:
            found = list(client.videos.resume())[-limit:][::-1]
            screen.note(f"{refused}. These were submitted from this machine and not fetched yet:", style="yellow")
    screen.emit({
        "object": "list",
        "data": [as_object(job) for job in found],
        "unanswered": [asdict(entry) for entry in unanswered],
    })  # fmt: skip
    screen.show(_table(found, wide=screen.is_wide)) if found else screen.say("no jobs yet")
    if unanswered:
        screen.show(_unanswered(unanswered))
        screen.note(f"sent and never answered; find their jobs with: {target.command('recover')}", style="yellow")


def wait(
    ctx: typer.Context,
    job_id: JobId,
    output: opt.Output = None,
    timeout: opt.Timeout = None,
    as_json: opt.AsJson = False,
) -> None:
    """Wait for a job; with -o, save its video."""
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    if output:
        writable(output)
    with target.client() as client:
        job = client.videos.retrieve(job_id)
        if output:
            matching(output, job)
        Delivery(target, screen, output, timeout).bring(job)


def save(
    ctx: typer.Context,
    job_id: JobId,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where it goes.")],
    variant: Annotated[Part, typer.Option("--variant", help="What to fetch of it.")] = Part.VIDEO,
    as_json: opt.AsJson = False,
) -> None:
    """Fetch the video of a finished job, or a picture of it."""
    screen = Screen(as_json=as_json)
    writable(output)
    with Target.of(ctx).client() as client:
        job = client.videos.retrieve(job_id)
        if variant is Part.VIDEO:
            matching(output, job)
        path = job.save(output, variant=variant.value)
    screen.closing_line(job, path)
    screen.emit(as_object(job, path))


def cancel(ctx: typer.Context, job_ids: JobIds, as_json: opt.AsJson = False) -> None:
    """Stop jobs. What is already finished stays."""
    screen = Screen(as_json=as_json)
    with Target.of(ctx).client() as client:
        stopped = [client.videos.cancel(job_id) for job_id in job_ids]
    screen.emit({"object": "list", "data": [as_object(job) for job in stopped]})
    for job in stopped:
        screen.say(f"{job.id}  {phase_of(job)}")


def rm(ctx: typer.Context, job_ids: JobIds, as_json: opt.AsJson = False) -> None:
    """Delete jobs and their videos from the server. Files you saved stay."""
    screen = Screen(as_json=as_json)
    with Target.of(ctx).client() as client:
        gone = [client.videos.delete(job_id) for job_id in job_ids]
    screen.emit({"object": "list", "data": [answer.model_dump(mode="json") for answer in gone]})
    for answer in gone:
        screen.say(f"{answer.id}  {'deleted' if answer.deleted else 'not deleted'}")


def _table(found: Sequence[Video], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    columns = ("id", "status", "", "prompt", *(("verb", "model", "size", "s", "age") if wide else ()))
    for column in columns:
        table.add_column(column, no_wrap=column != "prompt")
    for job in found:
        about = job.cutaway
        cells = {
            "id": job.id,
            "status": str(about.state if about else job.status),
            "": f"{job.progress} %",
            "prompt": escape(shortened(job.prompt or "")),
            "verb": str(about.verb or "") if about else "",
            "model": escape(job.model),
            "size": job.size,
            "s": job.seconds,
            "age": age(time.time() - job.created_at),
        }
        table.add_row(*(cells[column] for column in columns))
    return table


def _unanswered(entries: Sequence[Entry]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("key", "status", "asked for", "age"):
        table.add_column(column, no_wrap=column != "asked for")
    for entry in entries:
        table.add_row(entry.key, entry.state, escape(about(entry)), age(time.time() - entry.created))
    return table


def shortened(prompt: str, width: int = 48) -> str:
    line = " ".join(prompt.split())
    return line if len(line) <= width else line[: width - 1] + "…"
