"""One job as it is stored, and as the contract shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway.wire import STATUS_OF, TERMINAL, Details, State, Video, VideoError

if TYPE_CHECKING:
    from sqlalchemy import Row

    from cutaway.timebase import Rate

MAX_ATTEMPTS: Final = 3
"""A job whose worker is lost this often is not tried again."""


def seconds_text(frames: int, rate: Rate) -> str:
    """A length as the contract writes it: seconds, as text, exact to the microsecond."""
    return f"{rate.seconds(frames):.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the table, read at one moment. Times are Unix seconds."""

    number: int
    id: str
    state: State
    version: int
    attempt: int
    progress: int
    phase: str | None
    step: int | None
    total_steps: int | None
    eta_s: float | None
    created_at: float
    claimed_at: float | None
    ended_at: float | None
    document: str
    spec: str
    digest: str
    deleted: bool
    owner: str
    priority: int
    urgency: int
    deadline_at: float | None
    claimed_by: str | None
    lease_until: float | None

    @classmethod
    def of(cls, row: Row[Any]) -> Job:
        facts = row._asdict()
        facts["state"] = State(facts["state"])
        facts["document"] = facts.pop("video")
        return cls(**facts)

    @property
    def over(self) -> bool:
        return self.state in TERMINAL

    def video(self, *, queue_position: int | None = None) -> Video:
        """What the contract shows: four statuses outside, the true state inside `cutaway`."""
        video = Video.model_validate_json(self.document)
        details = video.cutaway or Details()
        details.state = self.state
        details.attempt = self.attempt
        details.queue_position = queue_position
        details.phase, details.step, details.total_steps = self.phase, self.step, self.total_steps
        details.eta_s = self.eta_s
        video.cutaway = details
        video.status = STATUS_OF[self.state]
        video.progress = self.progress
        video.created_at = int(self.created_at)
        video.completed_at = int(self.ended_at) if self.state is State.COMPLETED and self.ended_at else None
        if self.state is State.CANCELLED:
            video.error = VideoError(code="cancelled", message="the job was cancelled")
        return video
