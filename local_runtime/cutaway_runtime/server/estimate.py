"""What a planned job would take, and when it would be its turn: measured where such jobs were done, counted where not.

Nothing is guessed: what is not known is None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.wire import CLAIMED, Estimate, State, parse_size
from cutaway_runtime.engine.catalog import store
from cutaway_runtime.registry.errors import UnknownModel
from cutaway_runtime.registry.estimate import estimate as footprint

if TYPE_CHECKING:
    from cutaway.wire import Video
    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.server.desk import Desk

GIB: Final = 2**30
COUNTED: Final = 200
"""Of so many jobs that wait the time is added up; that of more would take too long to."""
PAUSE: Final = 10
"""Seconds that a client is asked to wait where nothing is known."""


def estimate_of(desk: Desk, video: Video, n: int = 1) -> Estimate:
    """`video` is as it would be answered, from `submission.planned`; `n` is how many takes of it there would be."""
    details = video.cutaway
    assert details is not None
    assert details.verb is not None
    wall, size = desk.pace.seconds(video), desk.pace.size(video)
    memory = None if details.preview else _memory(video)
    return Estimate(
        n=n,
        verb=details.verb,
        model=video.model,
        preview=details.preview,
        rank=details.rank,
        num_frames=details.num_frames,
        fps=details.fps or "",
        size=video.size,
        duration_s=details.duration_s,
        wall_s=None if wall is None else round(wall, 3),
        queued_s=_wait(desk),
        vram_gb=None if memory is None else round(memory, 2),
        disk_mb=None if size is None else round(size / 1e6, 3),
        basis="measured" if wall is not None else "modelled" if memory is not None else None,
        adjustments=details.adjustments,
        ignored_params=details.ignored_params,
    )


def _memory(video: Video) -> float | None:
    """GiB that the model will ask of the device, counted from its manifest."""
    details = video.cutaway
    if details is None or not details.num_frames:
        return None
    try:
        manifest = store().get(video.model).manifest
    except UnknownModel:
        return None
    if manifest.dimensions is None:
        return None
    frames = min(details.num_frames, manifest.grid.max_frames or details.num_frames)
    found = footprint(manifest, *parse_size(video.size), frames, str(details.profile or "exact"))
    return found.peak / GIB


def pause_of(desk: Desk) -> int:
    """Seconds after which a place in a full queue may be free: when the job that is worked on is done."""
    known = [left for job in desk.queue.ledger.in_state(CLAIMED) if (left := left_of(desk, job)) is not None]
    return round(min(60.0, max(1.0, *known))) if known else PAUSE


def _wait(desk: Desk) -> float | None:
    """Seconds until a job sent now would be taken up; not known where very many wait."""
    running = [left_of(desk, job) for job in desk.queue.ledger.in_state(CLAIMED)]
    ahead = desk.queue.ledger.in_state([State.QUEUED], limit=COUNTED + 1)
    if len(ahead) > COUNTED:
        return None
    waiting = [desk.pace.seconds(job.video()) for job in ahead]
    left = sum_of([*running, *waiting])
    return None if left is None else round(left, 3)


def left_of(desk: Desk, job: Job) -> float | None:
    """Seconds until a running job is done: by its own pace, else by that of others, else not known."""
    if job.eta_s is not None:
        return job.eta_s
    whole = desk.pace.seconds(job.video())
    return None if whole is None else whole * (100 - job.progress) / 100


def sum_of(parts: list[float | None]) -> float | None:
    """The sum; None where a part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
