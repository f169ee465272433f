"""Which frame is due: playing by elapsed time, so that nothing drifts and a late frame is left out.

    clock = PlayClock(Rate.parse(24), FrameRange(0, 72))
    clock.play(1)
    clock.frame                  # asked at any time: the frame that is due now
    clock.seconds_to_next()      # when to ask again

A player that counts its own ticks falls behind with every late one. This clock remembers when it was
started and where, and works out the rest: after a stall it is on the frame that is due, and what was
missed is counted, not shown late. Frames are whole, `end` is exclusive, the rate is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.timebase import FrameRange, Rate

FASTEST: Final = 8
"""Times the cut's rate; J and L double up to it."""
_SECOND: Final = 1_000_000_000


@dataclass
class PlayClock:
    """A playhead over the frames of `span`, which it never leaves. `now` gives nanoseconds of a steady clock.

    At `speed` n every n-th frame is due, each for as long as one frame of the cut lasts; negative runs backwards.
    """

    rate: Rate
    span: FrameRange
    loop: bool = False
    now: Callable[[], int] = perf_counter_ns
    speed: int = field(default=0, init=False)
    """Times the cut's rate; 0 stands."""
    shown: int = field(default=0, init=False)
    """Frames that were shown while they were due, since playing began."""
    _from: int = field(default=0, init=False)
    _since: int = field(default=0, init=False)
    _last: int = field(default=-1, init=False)
    _before: tuple[int, int] = field(default=(0, 0), init=False)
    """Dropped and shown before the playhead was last set to a frame or a speed."""

    def __post_init__(self) -> None:
        self._from = self.span.start

    @property
    def playing(self) -> bool:
        return self.speed != 0

    @property
    def frame(self) -> int:
        """The frame that is due now."""
        return self._frame_of(self._steps())

    @property
    def dropped(self) -> int:
        """Frames that were due since playing began, and passed without being seen while they were."""
        passed = min(self._steps(), self._last_step() + 1) if self.playing else 0
        dropped, shown = self._before
        seen = self.shown - shown - (1 if self._last == passed else 0)
        return dropped + max(0, int(passed) - seen)

    @property
    def at_end(self) -> bool:
        """It has shown the last frame it can reach for as long as it lasts, and has nowhere to go."""
        return self.playing and not self.loop and self._steps() > self._last_step()

    def play(self, speed: int = 1) -> None:
        """From here on at `speed` times the rate. At the end of the span it begins again from the other end."""
        here = self.frame
        if speed and not self.loop and here == (self.span.end - 1 if speed > 0 else self.span.start):
            here = self.span.start if speed > 0 else self.span.end - 1
        if not self.playing:
            self.shown, self._before = 0, (0, 0)
        self._anchor(here, speed)

    def stop(self) -> int:
        """Stands still on the frame that is due, and returns it."""
        here = self.frame
        self._anchor(here, 0)
        return here

    def seek(self, frame: int) -> int:
        """Goes to a frame, or to the nearest one there is; playing goes on from there. Returns where it is."""
        here = self._held(frame)
        self._anchor(here, self.speed)
        return here

    def cover(self, span: FrameRange) -> None:
        """Plays over other frames from now on; the playhead stays where it is, if it can."""
        here = self.frame
        self.span = span
        self._anchor(self._held(here), self.speed)

    def at_rate(self, rate: Rate) -> None:
        """The cut has another rate; the playhead stays where it is."""
        here = self.frame
        self.rate = rate
        self._anchor(here, self.speed)

    def showed(self, frame: int) -> None:
        """A frame was put on the screen; it counts where it is the one that is due."""
        steps = self._steps()
        if not self.playing or steps == self._last or steps > self._last_step() or frame != self._frame_of(steps):
            return
        self.shown += 1
        self._last = steps

    def seconds_to_next(self) -> float | None:
        """How long the frame that is due now stays due; None while it stands."""
        if not self.playing:
            return None
        rate = self.rate.fraction
        due = self._since - (-(self._steps() + 1) * _SECOND * rate.denominator // rate.numerator)
        return max(0.0, (due - self.now()) / _SECOND)

    def _anchor(self, frame: int, speed: int) -> None:
        self._before = self.dropped, self.shown
        self._from, self.speed, self._since, self._last = frame, speed, self.now(), -1

    def _steps(self) -> int:
        """Whole frames of the cut that have passed since it was started."""
        if not self.playing:
            return 0
        rate = self.rate.fraction
        return (self.now() - self._since) * rate.numerator // (_SECOND * rate.denominator)

    def _last_step(self) -> int | float:
        """The step at which it reaches the end of the span."""
        if self.loop:
            return float("inf")
        room = self.span.end - 1 - self._from if self.speed > 0 else self._from - self.span.start
        return -(-room // abs(self.speed))

    def _frame_of(self, steps: int) -> int:
        to = self._from + steps * self.speed
        if not self.loop:
            return self._held(to)
        return self.span.start + (to - self.span.start) % max(1, self.span.duration)

    def _held(self, frame: int) -> int:
        return max(self.span.start, min(frame, self.span.end - 1))
