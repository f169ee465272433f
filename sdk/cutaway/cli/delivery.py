"""From a submitted job to a file: wait, show, save, and say how to go on if the wait ends first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cutaway import errors
from cutaway.cli.screen import Screen
from cutaway.wire import TERMINAL, State, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cutaway.cli.target import Target
    from cutaway.client.client import Cutaway
    from cutaway.client.videos import Video


class LeftAlive(Exception):
    """A wait that ended before its job did; `how` is the command that goes on."""

    def __init__(self, cause: BaseException, *, job_id: str, how: str) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.job_id = job_id
        self.how = how


@dataclass(frozen=True)
class Delivery:
    """What to do with a job once it is submitted."""

    target: Target
    screen: Screen
    output: Path | None = None
    timeout: float | None = None
    detach: bool = False

    def make(self, submit: Callable[[Cutaway], Video]) -> None:
        """Submit a job, then bring its video."""
        with self.target.client() as client:
            job = submit(client)
            if self.detach:
                self.screen.say(job.id)
                self.screen.note(f"accepted; fetch it with: {self._how_to_go_on(job.id)}")
                self.screen.emit(as_object(job))
                return
            self.bring(job)

    def bring(self, job: Video) -> None:
        """Wait for a job and save its video."""
        try:
            with self.screen.progress() as watch:
                job = job.wait(timeout=self.timeout, on_progress=watch)
            path = job.save(self.output) if self.output else None
        except (KeyboardInterrupt, errors.WaitTimeout, errors.JobStalled, errors.ConnectionFailed) as error:
            raise LeftAlive(error, job_id=job.id, how=self._how_to_go_on(job.id)) from error
        self.screen.closing_line(job, path)
        self.screen.emit(as_object(job, path))

    def _how_to_go_on(self, job_id: str) -> str:
        return self.target.command("wait", job_id, "-o", self.output or "FILE.mp4")


def as_object(job: Video, path: Path | None = None) -> dict[str, Any]:
    """A job as the HTTP contract writes it, and where its video was saved."""
    return {**job.model_dump(mode="json"), "path": str(path) if path else None}


def is_over(job: Video) -> bool:
    """Nothing will change any more."""
    if job.cutaway is not None:
        return State(job.cutaway.state) in TERMINAL
    return job.status in {Status.COMPLETED, Status.FAILED}
