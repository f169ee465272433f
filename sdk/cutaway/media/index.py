"""Where every displayed frame of a stream lies: counted from its packets, never taken from a header.

Frame n is the n-th frame in the order of presentation. Packets that an edit list discards, invisible
reference frames of VP8, and frames in front of the first keyframe (nothing can decode them) do not count.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from cutaway.errors import UnreadableMedia
from cutaway.media.source import FOOTAGE
from cutaway.timebase import MAX_RATE, Frames, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

    from cutaway.media.source import Limits

_STANDARD: Final = tuple(map(Rate.parse, (23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 100, 119.88, 120)))
_NEAR_STANDARD: Final = Fraction(1, 100)
"""A variable rate whose mean lies within a hundredth of a standard rate is called by that rate."""


class Entry(NamedTuple):
    """A place to begin decoding: the display index of a keyframe, and the timestamp to seek to."""

    frame: Frames
    timestamp: int


class _Mark(NamedTuple):
    """What one packet says of its frame, in units of the stream's time base."""

    pts: int
    dts: int
    duration: int
    key: bool
    discarded: bool


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Presentation times of all frames in units of `time_base`, ascending, and the keyframes among them.

    `counted` means that the container gives no usable times (some AVI files): frames were counted by
    decoding, are numbered as they come out, and the only way to one is from the start.
    """

    times: Sequence[int]
    end: int
    """When the last frame ends."""
    time_base: Fraction
    entries: tuple[Entry, ...]
    rate: Rate
    variable: bool = False
    counted: bool = False

    def __len__(self) -> int:
        return len(self.times)

    def frame_at(self, time: int) -> Frames | None:
        """The frame presented at exactly `time`, if there is one."""
        at = bisect_left(self.times, time)
        return at if at < len(self.times) and self.times[at] == time else None

    def entry_before(self, frame: Frames) -> Entry:
        """The last place to begin decoding from which `frame` comes out."""
        return self.entries[max(0, bisect_right(self.entries, frame, key=lambda entry: entry.frame) - 1)]

    def seconds_at(self, frame: Frames) -> Fraction:
        """When a frame is presented, in seconds from the first one; `len(self)` gives when the last one ends.

        At a constant rate this is the frame count over the rate, free of the container's rounding.
        """
        if not self.variable:
            return Fraction(frame) / self.rate.fraction
        return ((self.times[frame] if frame < len(self.times) else self.end) - self.times[0]) * self.time_base


def index_of(path: Path, opened: InputContainer, stream: VideoStream, limits: Limits = FOOTAGE) -> FrameIndex | None:
    """The index of `stream`, by reading every packet once; None where its packets carry no usable times.

    Raises:
        UnreadableMedia: no frames that can be decoded, or more than are read.
    """
    marks: list[_Mark] = []
    for packet in _packets(opened, stream):
        if packet.pts is None:
            return None
        dts = packet.pts if packet.dts is None else packet.dts
        marks.append(_Mark(packet.pts, dts, packet.duration or 0, packet.is_keyframe, packet.is_discard))
        if len(marks) > limits.frames:
            raise UnreadableMedia(f"{path.name} has more than {limits.frames} frames; cut it first", source=path)
    first_key = next((mark for mark in marks if mark.key), None)
    shown = sorted(mark for mark in marks if first_key is not None and not mark.discarded and mark.pts >= first_key.pts)
    if first_key is None or not shown:
        raise UnreadableMedia(f"{path.name} holds no frame that can be decoded", source=path)
    times = array("q", (mark.pts for mark in shown))
    if any(before == after for before, after in pairwise(times)):
        return None
    if opened.format.name == "avi" and not all(mark.key for mark in marks):
        return None  # AVI has decoding times only; with reordered frames they say nothing about presentation
    time_base = Fraction(stream.time_base or 1)
    rate, variable = cadence(times, time_base, declared_rates(stream))
    last = shown[-1].duration if variable and shown[-1].duration > 0 else round(1 / (rate.fraction * time_base))
    if (times[-1] + last - times[0]) * time_base > limits.seconds:
        raise UnreadableMedia(f"{path.name} lasts longer than the {limits.seconds} s that are read", source=path)
    entries = (
        Entry(0, first_key.dts),
        *(Entry(at, mark.dts) for at, mark in enumerate(shown) if at and mark.key),
    )
    return FrameIndex(times, times[-1] + last, time_base, entries, rate, variable)


def counted_index(frames: Frames, declared: Sequence[Fraction]) -> FrameIndex:
    """The index of a stream without usable times whose `frames` were counted by decoding them."""
    rate = next((Rate(fraction) for fraction in declared if 0 < fraction <= MAX_RATE), Rate.parse(25))
    return FrameIndex(range(frames), frames, 1 / rate.fraction, (Entry(0, 0),), rate, counted=True)


def declared_rates(stream: VideoStream) -> list[Fraction]:
    """What the container says its rate is, best guess first; each may be wrong."""
    return [Fraction(rate) for rate in (stream.guessed_rate, stream.average_rate) if rate]


def cadence(times: Sequence[int], time_base: Fraction, declared: Sequence[Fraction]) -> tuple[Rate, bool]:
    """The rate of frames presented at `times`, and whether it varies.

    A rate is constant when every time is where that rate puts it, but for the rounding to ticks of
    the container, or a twentieth of a frame where a camera rounded more coarsely. A variable rate is
    the mean, called by the standard rate within 1 % of it.

    Raises:
        TimebaseError: more than 240 frames per second.
    """
    ticks = times[-1] - times[0]
    mean = (len(times) - 1) / (ticks * time_base) if ticks else None
    candidates = list(_candidates(declared, mean))
    for fraction, is_constant in [(f, test) for test in (_is_exact, _is_steady) for f in candidates]:
        if is_constant(times, 1 / (fraction * time_base)):
            return Rate(fraction), False
    if mean is None:
        return Rate.parse(25), False
    near = min(_STANDARD, key=lambda rate: abs(rate.fraction - mean))
    if abs(near.fraction - mean) <= _NEAR_STANDARD * mean:
        return near, True
    return Rate(mean.limit_denominator(1001)), True


def _candidates(declared: Sequence[Fraction], mean: Fraction | None) -> Iterator[Fraction]:
    """Rates worth trying: what is declared and what is measured, each by its NTSC name first."""
    for fraction in (*declared, *([] if mean is None else [mean])):
        if 0 < fraction <= MAX_RATE:
            yield Rate.parse(float(fraction)).fraction
            yield fraction


def _is_exact(times: Sequence[int], step: Fraction) -> bool:
    """Frames lie `step` ticks apart, rounded to whole ticks."""
    if step.denominator == 1:
        return _deviation(times, step) == 0
    return step >= 2 and _deviation(times, step) <= 1


def _is_steady(times: Sequence[int], step: Fraction) -> bool:
    return _deviation(times, step) <= step / 20


def _deviation(times: Sequence[int], step: Fraction) -> Fraction:
    """The farthest that a frame lies from its place, in ticks, when frames last `step` ticks."""
    ticks, parts = step.numerator, step.denominator
    return Fraction(max(abs((time - times[0]) * parts - i * ticks) for i, time in enumerate(times)), parts)


def _packets(opened: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """The packets of a stream that make a visible frame."""
    is_vp8 = stream.codec_context.codec.canonical_name == "vp8"
    for packet in opened.demux(stream):
        if not packet.size or (is_vp8 and not bytes(packet)[0] & 0x10):  # bit 4 of a VP8 frame: it is shown
            continue
        yield packet
