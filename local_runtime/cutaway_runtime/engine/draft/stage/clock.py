"""The time of a shot. Everything that moves asks the clock, so that a closed shot ends where it began."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.timebase import Rate


@dataclass(frozen=True)
class Clock:
    """A shot of `frames` at `rate`. A `closed` one is a circle: frame `frames` is frame 0 again."""

    frames: int
    rate: Rate
    closed: bool = False

    @property
    def seconds(self) -> float:
        return self.rate.seconds(self.frames)

    def at(self, frame: int) -> Moment:
        """The moment of a frame, counted from the start of the shot."""
        last = self.frames if self.closed else max(1, self.frames - 1)
        return Moment(self, self.rate.seconds(frame), frame / last)


@dataclass(frozen=True)
class Moment:
    """One instant: `time` in seconds since the shot began, `progress` from 0 (first frame) to 1 (last)."""

    clock: Clock
    time: float
    progress: float

    def laps(self, per_second: float, phase: float = 0.0) -> float:
        """How often a cycle of that frequency has gone round. Closed: a whole number of laps (at least one) fits."""
        if not self.clock.closed:
            return per_second * self.time + phase
        whole = max(1, round(abs(per_second) * self.clock.seconds))
        return math.copysign(whole, per_second) * self.progress + phase

    def wave(self, per_second: float, phase: float = 0.0) -> float:
        """A sine between -1 and 1; `phase` in laps."""
        return math.sin(2 * math.pi * self.laps(per_second, phase))

    def slide(self, speed: float, span: float, phase: float = 0.0) -> float:
        """A position in [0, span) of something that drifts at `speed` per second and comes round again.

        Closed: it comes round a whole number of times, and stands still where even one would be too fast.
        """
        turns = speed * self.clock.seconds / span
        if self.clock.closed:
            return (round(turns) * self.progress + phase) % 1.0 * span
        return (speed * self.time / span + phase) % 1.0 * span

    def ease(self) -> float:
        """Progress that starts and ends softly, 0 to 1; closed: there and back."""
        if self.clock.closed:
            return 0.5 - 0.5 * math.cos(2 * math.pi * self.progress)
        u = min(1.0, max(0.0, self.progress))
        return u * u * (3 - 2 * u) * 0.5 + u * 0.5
