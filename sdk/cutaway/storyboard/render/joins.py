"""Where a result meets its source, measured with the seam report's own measure.

    extend    | source |new|            one join
    fill      | before |new| after |    two
    blend     | first |both| second |   two
    loop      | ...last | first... |    one

Of a result that holds only the new frames, the neighbours are read from the sources.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from cutaway.storyboard.render.unit import PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cutaway.media.decode import Clip
    from cutaway.media.extra import Pixels
    from cutaway.storyboard.render.unit import Unit

REACH: Final = 4
"""Frames on each side of a join that are looked at."""
JOINED: Final = frozenset({"extend", "fill", "blend", "loop"})


def worst(unit: Unit, sources: Mapping[str, Path], result: Path) -> float | None:
    """The worst join of a result, 0 (a hard jump) to 1; None where it has none or the extra `media` is missing."""
    if unit.kind not in JOINED or any(find_spec(name) is None for name in ("av", "numpy")):
        return None
    from cutaway.media.decode import Clip
    from cutaway.storyboard.seams import measured

    opened = {name: Clip(path) for name, path in sources.items() if not name.startswith(PICTURE)}
    try:
        with Clip(result) as clip:
            pairs = [(left, right) for left, right in _joins(unit, opened, clip) if len(left) and len(right)]
            return min((measured(left, right).score for left, right in pairs), default=None)
    finally:
        for source in opened.values():
            source.close()


def _joins(unit: Unit, sources: Mapping[str, Clip], result: Clip) -> Iterator[tuple[Pixels, Pixels]]:
    """Frames before and behind each join."""
    if unit.kind == "loop":
        yield _tail(result), _head(result)
    elif unit.arguments.get("output") == "segment":
        width, height = result.info.width, result.info.height
        before = sources.get("before") or (sources["video"] if _forward(unit) else None)
        after = sources.get("after") or (None if _forward(unit) else sources["video"])
        if before is not None:
            yield _fitted(_tail(before), width, height), _head(result)
        if after is not None:
            yield _tail(result), _fitted(_head(after), width, height)
    else:
        for cut in _cuts(unit, sources, len(result)):
            yield result.read(max(0, cut - REACH), cut), result.read(cut, min(len(result), cut + REACH))


def _cuts(unit: Unit, sources: Mapping[str, Clip], frames: int) -> list[int]:
    """The frames at which a whole result goes over from one part to the next."""
    if unit.kind == "extend":
        known = len(sources["video"])
        places = [known if _forward(unit) else frames - known]
    elif unit.kind == "fill":
        places = [len(sources["before"]), frames - len(sources["after"])]
    else:
        both = len(sources["first"]) + len(sources["second"]) - frames
        places = [len(sources["first"]) - both, len(sources["first"])]
    return [place for place in places if 0 < place < frames]


def _forward(unit: Unit) -> bool:
    return bool(unit.arguments.get("direction", "forward") == "forward")


def _tail(clip: Clip) -> Pixels:
    return clip.read(max(0, len(clip) - REACH), len(clip))


def _head(clip: Clip) -> Pixels:
    return clip.read(0, min(REACH, len(clip)))


def _fitted(frames: Pixels, width: int, height: int) -> Pixels:
    import numpy as np

    from cutaway.media.conform import fitted

    return np.stack([fitted(frame, width, height) for frame in frames])
