"""Times as OTIO files write them, read exactly.

{"OTIO_SCHEMA": "RationalTime.1", "value": 48.0, "rate": 23.976} means 48 / rate seconds. Rates are
snapped to the exact fraction they abbreviate (`Rate.parse`); a value may be fractional. A rate that
is a time scale and no frame rate (600, 48000, 90000) is taken as it is, and counts for nothing when
the rate of a timeline is looked for.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cutaway.timebase import MAX_RATE, Rate

_TOO_LARGE: Final = 1e15
FrameCount = int | Fraction
"""A position or a length in frames: whole, unless the file says otherwise."""


class BadTime(ValueError):
    """A time that means nothing: no number, not finite, negative where it may not be, or at rate 0."""


class Rational(NamedTuple):
    """`value` units at `rate` units per second."""

    value: FrameCount
    rate: Fraction

    @property
    def seconds(self) -> Fraction:
        return Fraction(self.value * self.rate.denominator, self.rate.numerator)

    def at(self, rate: Fraction) -> FrameCount:
        """The same time counted at another rate, exactly."""
        if rate is self.rate or rate == self.rate:
            return self.value
        return whole_if(self.value * rate / self.rate)


class Range(NamedTuple):
    """A start and a duration; each has its own rate in the file, most often the same one."""

    start: Rational
    duration: Rational

    def end_at(self, rate: Fraction) -> FrameCount:
        return whole_if(self.start.at(rate) + self.duration.at(rate))

    def covers(self, other: Range) -> bool:
        """Whether all of another range lies in this one."""
        rate = self.start.rate
        head = other.start.at(rate) - self.start.value
        return head >= 0 and head + other.duration.at(rate) <= self.duration.at(rate)


def whole_if(value: FrameCount) -> FrameCount:
    """The same number, as an int where it is whole."""
    return value if type(value) is int or value.denominator != 1 else value.numerator


@lru_cache(maxsize=256)
def exact_rate(rate: float) -> Fraction:
    """The exact rate a number in a file stands for.

    Raises:
        BadTime: not finite, or not above 0.
    """
    if not 0 < rate <= _TOO_LARGE:  # nor is NaN
        raise BadTime(f"a rate lies above 0, not at {str(rate)[:40]}")
    return same(Rate.parse(rate).fraction if rate <= MAX_RATE else Fraction(rate))


_SEEN: Final[dict[Fraction, Fraction]] = {}


def same(rate: Fraction) -> Fraction:
    """One object for each rate, so that most comparisons are of identity: comparing fractions is slow."""
    return _SEEN.setdefault(rate, rate)


def is_frame_rate(rate: Fraction) -> bool:
    """Frames per second, and not the time scale of a container or of sound (1, 600, 24000, 48000, ...)."""
    return 1 < rate <= MAX_RATE


def rational(data: Any) -> Rational:
    """A RationalTime.

    Raises:
        BadTime: not one, or not a finite one.
    """
    if not isinstance(data, dict):
        raise BadTime(f"a time is an object with value and rate, not {type(data).__name__}")
    rate = data.get("rate")
    if (type(rate) is not float and type(rate) is not int) or not abs(rate) <= _TOO_LARGE:
        raise BadTime(f"a rate is a finite number, not {str(rate)[:40]}")
    return Rational(_number(data.get("value")), exact_rate(rate))


def time_range(data: Any) -> Range | None:
    """A TimeRange, or None where the file says null.

    Raises:
        BadTime: not one, not finite, or of a negative duration.
    """
    if data is None:
        return None
    if not isinstance(data, dict):
        raise BadTime(f"a range is an object with start_time and duration, not {type(data).__name__}")
    found = Range(rational(data.get("start_time")), rational(data.get("duration")))
    if found.duration.value < 0:
        raise BadTime(f"a range lasts {found.duration.value} frames")
    return found


def _number(value: Any) -> FrameCount:
    if (type(value) is not int and not isinstance(value, float)) or not abs(value) <= _TOO_LARGE:  # nor is NaN
        raise BadTime(f"a time counts a finite number of frames, not {str(value)[:40]}")
    if isinstance(value, int):
        return value
    return int(value) if value.is_integer() else Fraction(value)
