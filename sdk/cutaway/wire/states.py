"""How a job moves, as data: which state may follow which, and what the contract calls each."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a job really is. The contract knows four statuses; this is the finer truth behind them."""

    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    FINALIZING = "finalizing"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """The only four words of the contract; a stock client stops polling at any other."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.PREPARING, State.CANCELLED, State.FAILED}),
    State.PREPARING: frozenset({State.RUNNING, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.RUNNING: frozenset({State.FINALIZING, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.FINALIZING: frozenset({State.COMPLETED, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.CANCELLING: frozenset({State.CANCELLED, State.FAILED}),
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Which state may follow which. An arrow back to `queued` is a lost worker: the job is tried again."""

TERMINAL: Final = frozenset(state for state, following in TRANSITIONS.items() if not following)
CLAIMED: Final = frozenset({State.PREPARING, State.RUNNING, State.FINALIZING, State.CANCELLING})
"""States in which a worker holds the job."""

STATUS_OF: Final[dict[State, Status]] = {
    State.QUEUED: Status.QUEUED,
    State.PREPARING: Status.IN_PROGRESS,
    State.RUNNING: Status.IN_PROGRESS,
    State.FINALIZING: Status.IN_PROGRESS,
    State.CANCELLING: Status.IN_PROGRESS,
    State.COMPLETED: Status.COMPLETED,
    State.FAILED: Status.FAILED,
    State.CANCELLED: Status.FAILED,
}


def state_diagram() -> str:
    """The table above as a Mermaid state diagram; the reference pages show this text."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    for state, following in TRANSITIONS.items():
        lines += [f"    {state} --> {after}" for after in State if after in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines) + "\n"
