"""What the log says of jobs in ordinary life: a line when one is accepted, begun, put back and over.

Whose it is, what it is and how long it took; of what was wished for, nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from cutaway.wire import State

if TYPE_CHECKING:
    from cutaway.wire import Video
    from cutaway_runtime.jobs.intake import NewJob
    from cutaway_runtime.jobs.job import Job

log: Final = logging.getLogger(__name__)


def accepted(new: NewJob) -> None:
    """Every take of a request is a job, and has its line."""
    for video in (new.video, *(video for video, _spec in new.others)):
        log.info("job %s: accepted from %s: %s", video.id, new.caller.owner, _what(video))


def begun(job: Job) -> None:
    waited = max(0.0, (job.claimed_at or job.created_at) - job.created_at)
    log.info("job %s: begun, attempt %s, %.1f s after it came", job.id, job.attempt, waited)


def put_back(job: Job) -> None:
    """Into the queue, for a reason that is not the job's."""
    if job.state is State.QUEUED:
        log.info("job %s: queued again, %s attempts so far", job.id, job.attempt)


def over(job: Job) -> None:
    """With the code of what it failed for; why in words is for whoever sent it."""
    since = job.claimed_at or job.created_at
    took = max(0.0, (job.ended_at or since) - since)
    error = job.video().error if job.state is State.FAILED else None
    code = f" ({error.code})" if error is not None else ""
    log.info("job %s: %s%s, attempt %s, after %.1f s", job.id, job.state, code, job.attempt, took)


def _what(video: Video) -> str:
    details = video.cutaway
    if details is None:
        return video.size
    frames = f"{details.num_frames} frames" if details.num_frames is not None else "frames yet to be counted"
    return f"{details.verb} by {details.engine}, {video.size}, {frames}"
