"""What a model can paint, as numbers: legal lengths, and the size and rate to paint at when others are asked for.

A model that publishes `sizes` or `rates` paints these; what is asked beside them is conformed afterwards
(`engine.finishing`). One that publishes none paints whatever is legal, as it is asked.
"""

from __future__ import annotations

from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from cutaway.timebase import Rate
from cutaway.wire import parse_size

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo

FRAME_FOR_FRAME: Final = 0.05
"""So near to a rate it knows, a model paints frame for frame: 23.976, 24 and 25 are one rate to it."""
CROP: Final = 0.1
"""The part of a picture that may be cut off so that a size the model was made for can serve."""
ROOM: Final = 1.05
"""A legal size with up to this many times the pixels of the largest known one is painted as it is."""
WIDEST: Final = 4096
"""The longer side of a finished picture, in pixels, at most."""


class Grid(NamedTuple):
    """The lengths a model paints: `step * k + offset` frames, from `least` to `most`, both legal themselves."""

    step: int
    offset: int
    least: int
    most: int | None

    @classmethod
    def of(cls, model: ModelInfo) -> Self:
        step, offset = model.frame_multiple, model.frame_offset % model.frame_multiple
        least = max(model.min_frames, 1)
        least += (offset - least) % step
        most = None if model.max_frames is None else model.max_frames - (model.max_frames - offset) % step
        return cls(step, offset, least, most)

    @property
    def is_free(self) -> bool:
        """Every length can be painted."""
        return self.step == 1 and self.least == 1 and self.most is None

    def fits(self, frames: int) -> bool:
        """So many frames can be painted in one piece, with some more where the grid asks for them."""
        return self.most is None or frames <= self.most

    def above(self, frames: int) -> int:
        """The least legal length of at least so many frames."""
        return max(self.least, frames + (self.offset - frames) % self.step)

    def below(self, frames: int) -> int | None:
        """The greatest legal length of at most so many frames, if there is one."""
        length = frames - (frames - self.offset) % self.step
        return length if length >= self.least else None

    def shared(self, windows: int, frames: int) -> list[int]:
        """So many windows, as equally long as the grid allows, of together at least so many frames."""
        steps, least = -(-(frames - windows * self.offset) // self.step), (self.least - self.offset) // self.step
        each, more = divmod(max(steps, windows * least), windows)
        return [(each + (n < more)) * self.step + self.offset for n in range(windows)]


class Painted(NamedTuple):
    """The size and the rate a model paints at."""

    width: int
    height: int
    rate: Rate

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.rate} frames per second"


def painted_at(model: ModelInfo, width: int, height: int, rate: Rate) -> Painted:
    """What the model paints where a video of another size and rate is asked for; the same where it can."""
    return Painted(*painted_size(model, width, height), painted_rate(model, rate))


def painted_rate(model: ModelInfo, rate: Rate) -> Rate:
    """The asked rate where it is within `FRAME_FOR_FRAME` of a known one, else the known one nearest to it."""
    if not model.rates:
        return rate
    known = [Rate.parse(text) for text in model.rates]
    nearest = min(known, key=lambda one: (abs(log(one.fraction / rate.fraction)), -one.fraction))
    return rate if abs(nearest.fraction / rate.fraction - 1) <= FRAME_FOR_FRAME else nearest


def painted_size(model: ModelInfo, width: int, height: int) -> tuple[int, int]:
    """The size to paint for a picture of width x height, nowhere stretched.

    | asked                                         | painted                                            |
    |-----------------------------------------------|----------------------------------------------------|
    | legal, no larger than the model was made for  | as asked                                           |
    | off the multiple, no larger                   | the next legal size; the edges are cropped         |
    | larger, and a known size has nearly its shape | the known size nearest to it; scaled, cropped      |
    | larger, in a shape the model does not know    | that shape, as many pixels as it knows; scaled     |
    """
    if not model.sizes:
        return width, height
    known = [parse_size(text) for text in model.sizes]
    most = max(w * h for w, h in known)
    small = min(1.0, min(width, height) / model.min_side)
    wide, high = (_up(round(side / small), model) for side in (width, height))
    if wide * high <= most * ROOM and max(wide, high) <= model.max_side:
        return wide, high
    shaped = [size for size in known if lost(size, width, height) <= CROP]
    if shaped:
        return min(shaped, key=lambda size: (abs(log(size[0] * size[1] / (width * height))), size))
    return _of_shape(width, height, most, model)


def _up(side: int, model: ModelInfo) -> int:
    step = model.size_multiple
    return max(-(-side // step), -(-model.min_side // step)) * step


def lost(size: tuple[int, int], width: int, height: int) -> float:
    """The part of a picture of that size that lies outside the shape width : height, from 0 to 1."""
    shape, wanted = Fraction(*size), Fraction(width, height)
    return 1 - float(min(shape / wanted, wanted / shape))


def _of_shape(width: int, height: int, most: int, model: ModelInfo) -> tuple[int, int]:
    """The legal size of at most `most` pixels that loses least to the shape, and of those the largest."""
    step = model.size_multiple
    sides = range(-(-model.min_side // step) * step, model.max_side + 1, step)
    ideal = (most * width / height) ** 0.5
    near = [w for w in sides if abs(w - ideal) <= max(2 * step, ideal / 8)] or [
        min(sides, key=lambda w: abs(w - ideal))
    ]
    pairs = [(w, h) for w in near for h in (_near(w * height / width, model), _up(round(w * height / width), model))]
    inside = [pair for pair in pairs if pair[0] * pair[1] <= most * ROOM] or pairs
    return min(inside, key=lambda pair: (round(lost(pair, width, height), 2), -pair[0] * pair[1]))


def _near(side: float, model: ModelInfo) -> int:
    step = model.size_multiple
    return min(max(round(side / step), -(-model.min_side // step)), model.max_side // step) * step
