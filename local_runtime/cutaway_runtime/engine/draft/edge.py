"""The known frames beside a gap, seen from the gap.

    before:  ####....     nearest first: 3 2 1 0
    after:   ....####     nearest first: 0 1 2 3

Seen so, both sides of a gap are the same, and going on backward in time is going on forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import field_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.canvas import Known, Pixels

DEPTH: Final = 8
"""How many frames beside a gap are looked at, at most."""


@dataclass(frozen=True)
class Edge:
    """The frame at the gap at full size, and that frame and its neighbours at the size motion is found in."""

    picture: Pixels
    small: tuple[Pixels, ...]

    def __len__(self) -> int:
        return len(self.small)

    @classmethod
    def of(cls, frames: Sequence[Pixels]) -> Edge:
        """From frames (H, W, 3), nearest first."""
        return cls(frames[0], tuple(_small(frame) for frame in frames))

    @classmethod
    def before(cls, known: Known) -> Edge:
        """The end of a known run, as the gap behind it sees it."""
        end = known.range.end
        small: list[Pixels] = []
        picture = None
        for frame in range(max(known.range.start, end - DEPTH), end):
            picture = known.read(frame, frame + 1)[0]
            small.insert(0, _small(picture))
        assert picture is not None
        return cls(picture, tuple(small))

    @classmethod
    def after(cls, known: Known) -> Edge:
        """The start of a known run, as the gap before it sees it."""
        start = known.range.start
        picture = known.read(start, start + 1)[0]
        small = [_small(picture)]
        for frame in range(start + 1, min(known.range.end, start + DEPTH)):
            small.append(_small(known.read(frame, frame + 1)[0]))  # noqa: PERF401 - one full frame in memory at a time
        return cls(picture, tuple(small))


def _small(frame: Pixels) -> Pixels:
    size = field_size(frame.shape[1], frame.shape[0])
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
