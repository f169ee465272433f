# SPDX-License-Identifier: GPL-3.0-or-later
"""What a strip shows of its file: which part, at which speed.

    found = shown(strip, rate, 0, frames)      # found.path, found.start (source frames), found.speed

Blender plays one frame of a file per frame of the scene, whatever the file's rate: a clip of 30 frames per second in
a scene of 24 runs at four fifths. Retiming keys and the rate matching of Blender's own import change that; what is
known of them is read back here. What cannot be said as one speed is named in a note, and has no media.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import bpy

from cutaway.timebase import Rate, TimebaseError

from . import compat


@dataclass(frozen=True)
class Shown:
    """The part of a file that a strip shows. `start` counts its frames at `rate`; `speed` is source by record time."""

    rate: Rate
    path: str = ""
    start: Fraction = Fraction(0)
    frames: int | None = None
    """How many the file has; None where it was not asked."""
    speed: Fraction = Fraction(1)
    note: str = ""


def shown(strip: Any, rate: Rate, hidden: int, frames: int) -> Shown:
    """What a strip shows in `frames` frames of the scene, the first `hidden` of it left out."""
    if strip.type == "MOVIE":
        return _movie(strip, rate, hidden, frames)
    head = Fraction(compat.offsets(strip)[0]).limit_denominator(1000) + hidden
    if strip.type == "IMAGE":
        if len(strip.elements) > 1:
            return Shown(rate, start=head, note="an image sequence; its pictures can be had from the scene only")
        return Shown(rate, path_of(strip))
    if strip.type == "SOUND":
        path = path_of(strip)
        return Shown(rate, path, head, round(_content_length(strip)))
    return Shown(rate, start=head)


def path_of(strip: Any) -> str:
    """The file of a strip, absolute; of a still or a sequence its first one. "" where it has none."""
    if strip.type == "SOUND":
        return _absolute(strip.sound.filepath) if strip.sound is not None else ""
    if strip.type == "IMAGE":
        first = strip.elements[0].filename if len(strip.elements) else ""
        return str(Path(_absolute(strip.directory)) / first) if first else ""
    return _absolute(strip.filepath) if strip.type == "MOVIE" and strip.filepath else ""


def _absolute(path: str) -> str:
    return str(bpy.path.abspath(path))


def _content_length(strip: Any) -> float:
    """How long the content would be with nothing trimmed, scene frames."""
    left, right = compat.span(strip)
    head, tail = compat.offsets(strip)
    return right - left + head + tail


def _movie(strip: Any, rate: Rate, hidden: int, frames: int) -> Shown:
    path = path_of(strip)
    file_rate = rate_of(strip) or rate
    first, last = compat.cut_off(strip)
    length = _content_length(strip)
    keys = compat.retiming(strip)
    in_file = round(length) + first + last
    if keys or file_rate != rate:
        in_file = _counted(path) or in_file
    per_frame = _per_frame(in_file - first - last, length, keys, rate, file_rate)
    if per_frame is None:
        return Shown(rate, note="its speed changes; the picture can be had from the scene only")
    head = Fraction(compat.offsets(strip)[0]).limit_denominator(1000)
    start = first + (head + hidden) * per_frame
    if strip.use_reverse_frames:
        start = in_file - last - (head + hidden + frames) * per_frame
        per_frame = -per_frame
    return Shown(file_rate, path, start, in_file, per_frame * rate.fraction / file_rate.fraction)


def _per_frame(in_file: int, length: float, keys: Any, rate: Rate, file_rate: Rate) -> Fraction | None:
    """Frames of the file per frame of the scene; None where that is not one number."""
    if len(keys) > 2:
        return None
    if keys:
        return Fraction(max(1, in_file - 1), max(1, keys[-1] - keys[0]))
    matched = file_rate.fraction / rate.fraction
    if abs(in_file - length) < 1 or in_file <= 0:
        return Fraction(1)
    if abs(in_file / matched - Fraction(length)) <= 1:  # rate matching of Blender's own import
        return matched
    return Fraction(in_file) / Fraction(length).limit_denominator(1000)


_rates: Final[dict[tuple[str, int], Rate | None]] = {}
"""Of files at a moment: Blender opens a file whenever it is asked for its rate, which takes milliseconds."""


def rate_of(strip: Any) -> Rate | None:
    """The rate of a movie strip's file; None where Blender finds no picture in it."""
    path = path_of(strip)
    key = path, _stamp(path)
    if key not in _rates:
        try:
            _rates[key] = Rate.parse(strip.fps)
        except TimebaseError:
            _rates[key] = None
    return _rates[key]


def _stamp(path: str) -> int:
    """When a file was written last; 0 where there is none."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _counted(path: str) -> int | None:
    """How many frames a file has, asked once for as long as it is the same file."""
    stamp = _stamp(path)
    return _counted_once(path, stamp) if stamp else None


@lru_cache(maxsize=1024)
def _counted_once(path: str, _stamp: int) -> int | None:
    from cutaway.errors import CutawayError
    from cutaway.media.decode import Clip

    try:
        with Clip(Path(path)) as clip:
            return len(clip)
    except CutawayError:
        return None
