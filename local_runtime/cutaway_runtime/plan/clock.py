"""Two clocks over one canvas: the frames that are asked for, and the frames a model paints.

    asked    24 fps   0    1    2    3    4    5    6
    painted  16 fps   0       1       2       3       4

Asked frame f and painted frame j show the same moment where f / asked rate = j / painted rate. A picture
pinned to an asked frame has to fall on a whole painted one: there the painted clock is bent, by half a
frame at most, and evenly up to the next pinned picture.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Self

from cutaway.timebase import FrameRange, round_half_up
from cutaway_runtime.canvas import RunKind

if TYPE_CHECKING:
    from cutaway.timebase import Rate
    from cutaway_runtime.canvas import Canvas, Span


class Clock:
    """Exact positions on both clocks, as fractions of frames.

    `knots` are pairs (asked, painted) of whole frames, ascending, that show the same moment; between them
    both clocks run evenly, and behind the last one `pace` painted frames pass per asked one.
    """

    def __init__(self, frames: int, pace: Fraction, knots: tuple[tuple[int, int], ...] = ((0, 0),)) -> None:
        self._asked, self._painted = [a for a, _ in knots], [b for _, b in knots]
        self._paces = [Fraction(b1 - b0, a1 - a0) for (a0, b0), (a1, b1) in pairwise(knots)] + [pace]
        self.frames = ceil(self.painted(frames - 1)) + 1
        """How many painted frames there are."""

    @classmethod
    def of(cls, canvas: Canvas, rate: Rate) -> Self:
        """The clocks of a canvas and of a model that paints it at another rate."""
        pace = rate.fraction / canvas.rate.fraction
        round_ = max(1, round_half_up(canvas.frames * pace)) if canvas.closed else None
        if round_ is not None:  # a whole number of painted frames goes round
            pace = Fraction(round_, canvas.frames)
        knots = [(0, 0)]
        for frame in sorted(pinned(canvas)):
            at = round_half_up(frame * pace)
            if at > knots[-1][1] and (round_ is None or at < round_):
                knots.append((frame, at))
        if round_ is None:
            return cls(canvas.frames, pace, tuple(knots))
        clock = cls(canvas.frames, Fraction(round_ - knots[-1][1], canvas.frames - knots[-1][0]), tuple(knots))
        clock.frames = round_
        return clock

    def painted(self, asked: int) -> Fraction:
        """Where on the painted clock an asked frame is."""
        n = bisect_right(self._asked, asked) - 1
        return self._painted[n] + (asked - self._asked[n]) * self._paces[n]

    def asked(self, painted: int) -> Fraction:
        """Where on the asked clock a painted frame is."""
        n = bisect_right(self._painted, painted) - 1
        return self._asked[n] + (painted - self._painted[n]) / self._paces[n]


def pinned(canvas: Canvas) -> set[int]:
    """The frames that have to fall on a painted one: single pictures, and the end of a canvas that is known."""
    known = [run.range for run in canvas.runs() if run.kind is not RunKind.OPEN]
    singles = {range_.start for range_ in known if range_.duration == 1}
    return singles | ({canvas.frames - 1} if known and known[-1].end == canvas.frames else set())


def painted_range(canvas: Canvas, known: FrameRange, clock: Clock) -> FrameRange | None:
    """The painted frames that show known footage; None for a picture whose painted frame another one has.

    Footage too short to have a painted frame of its own is shown on the nearest one.
    """
    if known.duration == 1 and known.start in pinned(canvas):
        at = round_half_up(clock.painted(known.start))
        return FrameRange.of(at, 1) if clock.asked(at) == known.start else None
    first, last = ceil(clock.painted(known.start)), floor(clock.painted(known.end - 1))
    if last < first:
        first = last = min(round_half_up(clock.painted(known.start)), clock.frames - 1)
    return FrameRange(first, last + 1)


def painted_spans(canvas: Canvas, clock: Clock) -> tuple[Span, ...]:
    """The prompts over the painted frames; one over none of them is left out."""

    def first(asked: int) -> int:
        """The first painted frame at or behind an asked one."""
        return min(ceil(clock.painted(asked)), clock.frames)

    spans = (span._replace(range=FrameRange(first(span.range.start), first(span.range.end))) for span in canvas.spans)
    return tuple(span for span in spans if span.range)
