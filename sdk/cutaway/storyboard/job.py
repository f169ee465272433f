"""What the queue says of its cards, as values: changed by nobody, kept by anybody, on any thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo


class JobState(StrEnum):
    """Where a card of the queue is."""

    WAITING = "waiting"  # here; nothing was sent
    SENDING = "sending"  # its plates are cut and uploaded
    QUEUED = "queued"  # at the server
    RUNNING = "running"
    FINISHING = "finishing"  # downloaded, conformed, measured
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
AT_SERVER = frozenset({JobState.QUEUED, JobState.RUNNING})


@dataclass(frozen=True)
class Job:
    """A card in the queue. Seconds are of the wall clock."""

    card_id: str
    state: JobState = JobState.WAITING
    progress: float | None = None
    """0 to 1, while it runs and the server says."""
    elapsed: float = 0.0
    """Since it was begun."""
    remaining: float | None = None
    """From the server, else from how long such jobs took before; None where nobody knows."""
    estimate: float | None = None
    """What was expected before it began."""
    actual: float | None = None
    """What it took, once it is done."""
    cost: float | None = None
    """In the server's own money, where it says."""
    error: str = ""
    tries: int = 0
    """How often it was begun."""


@dataclass(frozen=True)
class Server:
    """Who makes the takes. `problem` is an error's words; "" where it answers."""

    address: str = ""
    models: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    problem: str = ""
    offers: tuple[ModelInfo, ...] = ()
    """What each of its models can do, in the same order."""


@dataclass(frozen=True)
class Worklist:
    """The whole queue, in order. What did not change is the same object as before."""

    jobs: tuple[Job, ...] = ()
    paused: bool = False
    why_paused: str = ""
    server: Server = field(default_factory=Server)
    spent: float = 0.0
    """Since the queue was opened, as far as the server says costs."""
