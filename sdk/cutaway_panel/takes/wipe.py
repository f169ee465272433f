"""Where two pictures lie when they are compared: fitted, side by side, or wiped. Whole pixels, no Qt.

    |  A  |  B  |      left of the split A is seen, from the split on B
          ^ split

Both pictures are drawn at the same place at the same size; the split only decides which one is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GRIP: Final = 10
"""Pixels to either side of the split at which the pointer takes hold of it."""
STEP: Final = 0.01
STRIDE: Final = 0.1


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels, y downwards."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width


def fitted(box: Box, width: int, height: int) -> Box:
    """The largest box of the shape `width` x `height` within `box`, in its middle; nothing is cut off."""
    if width <= 0 or height <= 0 or box.width <= 0 or box.height <= 0:
        return Box(box.x, box.y, 0, 0)
    if box.width * height <= box.height * width:
        size = (box.width, max(1, box.width * height // width))
    else:
        size = (max(1, box.height * width // height), box.height)
    return Box(box.x + (box.width - size[0]) // 2, box.y + (box.height - size[1]) // 2, *size)


def halves(box: Box, gap: int) -> tuple[Box, Box]:
    """Two boxes of one size beside each other, `gap` pixels apart: over each other where `box` is upright."""
    if box.height > box.width:
        height = max(0, (box.height - gap) // 2)
        return Box(box.x, box.y, box.width, height), Box(box.x, box.y + height + gap, box.width, height)
    width = max(0, (box.width - gap) // 2)
    return Box(box.x, box.y, width, box.height), Box(box.x + width + gap, box.y, width, box.height)


def column(box: Box, split: float) -> int:
    """The first column of `box` that shows B."""
    return box.x + round(held(split) * box.width)


def split_at(box: Box, x: int) -> float:
    """The split whose column is `x`; at the edges of the picture beyond them."""
    return held((x - box.x) / box.width) if box.width else 0.5


def takes_hold(box: Box, split: float, x: int) -> bool:
    """Whether the pointer at column `x` is on the split."""
    return abs(x - column(box, split)) <= GRIP


def held(split: float) -> float:
    """Between 0 (all B) and 1 (all A)."""
    return min(1.0, max(0.0, split))
