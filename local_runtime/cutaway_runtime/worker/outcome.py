"""A finished job as the contract shows it: what was asked, and what its worker found out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cutaway.timebase import Rate
from cutaway.wire import Details, Usage
from cutaway_runtime.jobs.job import seconds_text

if TYPE_CHECKING:
    from cutaway.wire import Video
    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.worker.protocol import Result


def completed(job: Job, result: Result) -> Video:
    """The job with everything its worker found out."""
    video = job.video()
    known = video.cutaway or Details()
    made = Rate.parse(result.fps)
    now = time.time()
    video.cutaway = known.model_copy(
        update={
            "num_frames": result.num_frames,
            "fps": result.fps,
            "duration_s": made.seconds(result.num_frames),
            "sha256": result.sha256,
            "bytes": result.bytes,
            "engine": result.engine,
            "model_revision": result.revision,
            "preview": result.preview,
            "path": result.path,
            "expanded_prompt": result.expanded_prompt,
            "segments": result.segments,
            "understood_terms": result.understood,
            "unmatched_terms": result.unmatched,
            "warnings": [*known.warnings, *result.warnings],
            "usage": Usage(
                wall_s=round(now - (job.claimed_at or now), 3),
                queued_s=round((job.claimed_at or now) - job.created_at, 3),
            ),
        }
    )
    video.seconds = seconds_text(result.num_frames, made)
    return video
