"""When a worker that still sends signs of life does not get on with its job.

    loading | 1 2 3 4 5 6 7 . . . . . . . . . . .  |
            first step        no progress            stuck: ten times the median step, at least a minute

Steps are counted within a phase, and a phase is measured before it is judged: its first step may load a model or
compile one, and behind its last step another phase begins. For those there is a bound of its own.
"""

from __future__ import annotations

import time
from collections import deque
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.worker.protocol import Progress

STEPS: Final = 10
"""So many median steps without progress are too many."""
FIRST_SECONDS: Final = 1800.0
"""How long may pass where no step of the kind was measured: weights come from a slow disk, kernels are compiled."""
REMEMBERED: Final = 100
"""Steps of each kind."""
BEAT_SECONDS: Final = 2.0
"""What a silence between two signs of life counts for, at most: this machine may have slept."""


class Standstill:
    """Of one job. Told of every sign of life, it says after which it has to be ended.

    Args:
        least: seconds without progress that are never too many.
        first: how many may pass before a step of the kind was measured.
        clock: in seconds.
    """

    def __init__(self, least: float, first: float = FIRST_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._least = least
        self._first = max(first, least)
        self._clock = clock
        self._seen = self._moved = clock()
        self._last: Progress | None = None
        self._steps: dict[str, deque[float]] = {}
        self.seconds = 0.0
        """Without progress, so far."""

    def beat(self) -> None:
        """It lives."""
        now = self._clock()
        self.seconds += min(now - self._seen, BEAT_SECONDS)
        self._seen = now

    def moves(self, report: Progress) -> None:
        """It gets on."""
        now, last = self._clock(), self._last
        kind, step = _kind(report), report.step or 0
        if last is not None and last.phase == report.phase and step > (last.step or 0):
            self._steps.setdefault(kind, deque(maxlen=REMEMBERED)).append(now - self._moved)
        self._last = report
        self._seen = self._moved = now
        self.seconds = 0.0

    @property
    def bound(self) -> float:
        """Seconds without progress that are too many, where it stands now."""
        last = self._last
        if last is None or not last.step or not last.total or last.step >= last.total or _kind(last) not in self._steps:
            return self._first
        return max(self._least, STEPS * max(median(taken) for taken in self._steps.values()))

    @property
    def stuck(self) -> bool:
        return self.seconds > self.bound


def _kind(report: Progress) -> str:
    """The phase, whichever window it is of."""
    return report.phase.partition(",")[0]
