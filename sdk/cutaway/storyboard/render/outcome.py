"""What came of each unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.storyboard.render.lock import Locked


class Result(StrEnum):
    """How a unit ended. `fresh` was there, `restored` came from the cache, `skipped` was not begun."""

    FRESH = "fresh"
    RESTORED = "restored"
    MADE = "made"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class Outcome:
    """One unit at the end of a run. `seconds` is the work it took in this run, `seam` its worst join (0 to 1)."""

    id: str
    asset: str
    kind: str
    output: str
    result: Result
    why: str = ""
    error: str = ""
    prompt: str = ""
    locked: Locked | None = None
    seconds: float | None = None
    below_gate: bool = False
    job: str = ""
    size: str = ""
    notes: list[str] = field(default_factory=list)
    made_jobs: int = 0
    """Jobs that this run submitted for it."""

    @property
    def is_there(self) -> bool:
        return self.result in {Result.FRESH, Result.RESTORED, Result.MADE}

    @property
    def failed(self) -> bool:
        return self.result is Result.FAILED or self.below_gate
