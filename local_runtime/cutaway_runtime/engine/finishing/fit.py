"""A picture of one size inside one of another, nowhere stretched.

    painted 832x480                    asked 1920x1080
    +------------------+ 6 rows cut
    |..................|    scaled     +----------------+
    |     832x468      |  --------->   |                |
    |..................|    x 2.31     +----------------+
    +------------------+ 6 rows cut

What is painted covers what is asked for: the middle of it, scaled by Lanczos. The other way round, known
pictures lie in the middle, and what is missing around them is mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway.media.conform import fitted

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels, Plate


@dataclass(frozen=True)
class Fit:
    """`width` x `height` pixels asked for, from pictures of `painted_width` x `painted_height`."""

    width: int
    height: int
    painted_width: int
    painted_height: int

    @property
    def is_same(self) -> bool:
        return (self.width, self.height) == (self.painted_width, self.painted_height)

    @property
    def used(self) -> tuple[int, int]:
        """Columns and rows of what is painted that are seen."""
        wide, high = self.painted_width * self.height, self.painted_height * self.width
        if wide > high:
            return max(1, round(high / self.height)), self.painted_height
        return self.painted_width, max(1, round(wide / self.width))

    @property
    def scales(self) -> bool:
        return self.used != (self.width, self.height)

    @property
    def lost(self) -> float:
        """The part of what is painted that is cut off."""
        wide, high = self.used
        return 1 - wide * high / (self.painted_width * self.painted_height)

    def outward(self, picture: Pixels) -> Pixels:
        """A painted picture as it is asked for: (height, width, 3)."""
        if self.is_same:
            return picture
        wide, high = self.used
        left, top = (self.painted_width - wide) // 2, (self.painted_height - high) // 2
        return fitted(picture[top : top + high, left : left + wide], self.width, self.height, "stretch")

    def inward(self, picture: Pixels) -> Pixels:
        """A picture of the asked size as it is painted: (painted_height, painted_width, 3)."""
        if self.is_same:
            return picture
        wide, high = self.used
        inside = fitted(picture, wide, high, "stretch")
        left, top = (self.painted_width - wide) // 2, (self.painted_height - high) // 2
        right, bottom = self.painted_width - wide - left, self.painted_height - high - top
        if not (left or top or right or bottom):
            return inside
        return np.asarray(cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REFLECT_101), np.uint8)


class Inward:
    """A plate of the asked size, as one of the painted size."""

    def __init__(self, plate: Plate, fit: Fit) -> None:
        self._plate, self._fit = plate, fit

    def __len__(self) -> int:
        return len(self._plate)

    def read(self, start: int, end: int) -> Pixels:
        return np.stack([self._fit.inward(self._plate.read(at, at + 1)[0]) for at in range(start, end)])
