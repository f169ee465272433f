"""Time as editors count it: whole frames at an exact rate.

Three words carry this module. A `Rate` is a fraction of frames per second. A position is a
whole number of frames. A `FrameRange` is half-open: its first frame belongs to it, its `end`
does not. Seconds are floats and exist only on the wire and on screen; they are rounded to
frames, never truncated (truncation is one frame out in 8 % of positions at 24000/1001).

Record time counts frames on a timeline, source time counts frames in the media. Both are whole
frames; which one a range lives on is for its owner to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

RateLike: TypeAlias = Union["Rate", Fraction, int, float, str]
"""Anything `Rate.parse` takes: 24, 23.976, "24000/1001", "29.97", Fraction(25)."""

Frames: TypeAlias = int
"""A count of frames, or the index of one."""

MAX_RATE: Final = 240

_NTSC_BASES: Final = (24, 30, 48, 60, 72, 90, 96, 100, 120, 144, 180, 200, 240)
_NTSC: Final = tuple(Fraction(base * 1000, 1001) for base in _NTSC_BASES)
_SNAP: Final = Fraction(1, 200)
"""How far (in frames per second) a decimal may lie from the NTSC rate it abbreviates: 23.98 means 24000/1001."""
_EXACT: Final = Fraction(1, 100_000)
_TIMECODE: Final = re.compile(r"^(-?)(\d{1,3}):([0-5]\d):([0-5]\d)([:;.])(\d{2,3})$")


class TimebaseError(ValueError):
    """A rate, a range or a timecode that means nothing exact; the message says which and why."""


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """Frames per second as an exact fraction in (0, 240]."""

    fraction: Fraction

    def __post_init__(self) -> None:
        if not isinstance(self.fraction, Fraction):
            object.__setattr__(self, "fraction", Fraction(self.fraction))
        if not 0 < self.fraction <= MAX_RATE:
            raise TimebaseError(f"a rate lies above 0 and at most at {MAX_RATE} frames per second, not at {self}")

    @classmethod
    def parse(cls, value: RateLike) -> Rate:
        """The rate a person or a file means.

        Fractions and whole numbers are taken as they are. A decimal within 0.005 of an NTSC rate is
        that rate (23.976, 23.98, 29.97, 59.94 and their float32 spellings); any other decimal is
        taken at its written value.

        Raises:
            TimebaseError: not a number, not finite, or outside (0, 240].
        """
        if isinstance(value, Rate):
            return value
        if isinstance(value, bool):
            raise TimebaseError(f"a rate is a number or a fraction such as '24000/1001', not {value!r}")
        try:
            if isinstance(value, (int, Fraction)):
                return cls(Fraction(value))
            text = repr(value) if isinstance(value, float) else value.strip()
            if len(text) > 64:
                raise ValueError("too long")
            exact = Fraction(text) if "e" not in text.lower() else Fraction(float(text))
        except (ValueError, OverflowError, ZeroDivisionError, AttributeError, TypeError):
            raise TimebaseError(
                f"a rate is a number or a fraction such as 25, 23.976 or '24000/1001', not {value!r}"
            ) from None
        if "/" in text:
            return cls(exact)
        return cls(_snap(exact))

    @property
    def fps(self) -> float:
        """For the wire and the screen only."""
        return float(self.fraction)

    @property
    def nominal(self) -> int:
        """The whole number a timecode counts with: 24 for 24000/1001, 30 for 29.97."""
        return round_half_up(self.fraction)

    @property
    def is_ntsc(self) -> bool:
        return self.fraction.denominator == 1001

    def seconds(self, frames: Frames) -> float:
        """How long `frames` last, for the wire and the screen."""
        return float(Fraction(frames) / self.fraction)

    def frames(self, seconds: float | Fraction) -> Frames:
        """The whole number of frames nearest to `seconds`; halves go up."""
        return round_half_up(_fraction(seconds) * self.fraction)

    def __str__(self) -> str:
        if self.fraction.denominator == 1:
            return str(self.fraction.numerator)
        return f"{self.fraction.numerator}/{self.fraction.denominator}"


def _snap(exact: Fraction) -> Fraction:
    if exact.denominator == 1:
        return exact
    nearest = min(_NTSC, key=lambda rate: abs(rate - exact))
    if abs(nearest - exact) <= _SNAP:
        return nearest
    whole = Fraction(round(exact))
    return whole if whole and abs(whole - exact) <= _EXACT else exact


def _fraction(seconds: float | Fraction) -> Fraction:
    try:
        return Fraction(seconds)
    except (ValueError, OverflowError):
        raise TimebaseError(f"a time is a finite number of seconds, not {seconds!r}") from None


def round_half_up(value: Fraction) -> int:
    """The nearest whole number, halves away from minus infinity (Python's own round goes to even)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@dataclass(frozen=True, slots=True, order=True)
class FrameRange:
    """Frames from `start` up to, but not including, `end`. Empty when both are equal."""

    start: Frames
    end: Frames

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise TimebaseError(f"a range ends at or after its start, not at {self.end} from {self.start}")

    @classmethod
    def of(cls, start: Frames, duration: Frames) -> FrameRange:
        return cls(start, start + duration)

    @property
    def duration(self) -> Frames:
        return self.end - self.start

    def __len__(self) -> int:
        return self.duration

    def __bool__(self) -> bool:
        return self.end > self.start

    def __iter__(self) -> Iterator[Frames]:
        return iter(range(self.start, self.end))

    def __contains__(self, frame: Frames) -> bool:
        return self.start <= frame < self.end

    def covers(self, other: FrameRange) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: FrameRange) -> bool:
        return self.start < other.end and other.start < self.end

    def touches(self, other: FrameRange) -> bool:
        """They share a cut and no frame."""
        return self.end == other.start or other.end == self.start

    def intersection(self, other: FrameRange) -> FrameRange | None:
        start, end = max(self.start, other.start), min(self.end, other.end)
        return FrameRange(start, end) if start < end else None

    def shifted(self, frames: Frames) -> FrameRange:
        return FrameRange(self.start + frames, self.end + frames)

    def grown(self, head: Frames = 0, tail: Frames = 0) -> FrameRange:
        """With handles: `head` frames more before, `tail` frames more behind."""
        return FrameRange(self.start - head, self.end + tail)

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


def timecode(frame: Frames, rate: Rate, *, drop: bool | None = None) -> str:
    """How an editor reads a record frame: HH:MM:SS:FF, or HH:MM:SS;FF where frames are dropped.

    For display only. Drop-frame skips numbers, not frames; it is used for 29.97 and 59.94 unless
    `drop` says otherwise, and exists for no other rate.
    """
    base = rate.nominal
    can_drop = rate.is_ntsc and base % 30 == 0
    if drop and not can_drop:
        raise TimebaseError(f"drop-frame timecode exists at 29.97 and 59.94 frames per second, not at {rate}")
    dropped = can_drop if drop is None else drop
    sign, count = ("-", -frame) if frame < 0 else ("", frame)
    if dropped:
        count = _number_with_drops(count, base)
    seconds, frames = divmod(count, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    width = 3 if base > 100 else 2
    return f"{sign}{hours:02}:{minutes:02}:{seconds:02}{';' if dropped else ':'}{frames:0{width}}"


def frame_of_timecode(text: str, rate: Rate) -> Frames:
    """The record frame a timecode names; `;` or `.` before the frames means drop-frame.

    Raises:
        TimebaseError: not a timecode, a frame number the rate does not have, or a dropped number.
    """
    match = _TIMECODE.match(text.strip())
    if match is None:
        raise TimebaseError(f"a timecode looks like 01:00:00:00 (or 01:00:00;00), not {text!r}")
    sign, hours, minutes, seconds, mark, frames = match.groups()
    base, number = rate.nominal, int(frames)
    if number >= base:
        raise TimebaseError(f"{text}: at {rate} frames per second the last field goes up to {base - 1}")
    total_minutes = int(hours) * 60 + int(minutes)
    count = (total_minutes * 60 + int(seconds)) * base + number
    if mark != ":":
        if not (rate.is_ntsc and base % 30 == 0):
            raise TimebaseError(f"{text}: drop-frame timecode exists at 29.97 and 59.94, not at {rate}")
        lost = base // 15
        if int(seconds) == 0 and number < lost and int(minutes) % 10:
            raise TimebaseError(f"{text}: this number is dropped; the next frame is ...;{lost:02}")
        count -= lost * (total_minutes - total_minutes // 10)
    return -count if sign else count


def _number_with_drops(count: int, base: int) -> int:
    """Frame numbers that skip the first 2 (of 30) or 4 (of 60) of every minute but each tenth."""
    lost = base // 15
    per_minute = base * 60 - lost
    per_ten = per_minute * 10 + lost
    tens, rest = divmod(count, per_ten)
    skipped = tens * lost * 9
    if rest >= base * 60:
        skipped += lost * (1 + (rest - base * 60) // per_minute)
    return count + skipped
