"""The floor: where things stand, how large they are there, and the pictures that are laid on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import lay_at, lay_warped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment


@dataclass(frozen=True)
class Floor:
    """A plane in perspective, in pixels of the sheet the place is painted on.

    The sheet is the frame with a margin on each side for the camera to move in. Depth 0 is the
    `horizon`, depth 1 the row `base` at the bottom of the frame; a thing's size is proportional to depth.
    A `period` (pixels at depth 1) means that the world repeats, so that a tracking camera never leaves it.
    """

    frame_width: int
    frame_height: int
    margin_x: int
    margin_y: int
    horizon: float
    period: int = 0

    @property
    def width(self) -> int:
        return self.frame_width + 2 * self.margin_x

    @property
    def height(self) -> int:
        return self.frame_height + 2 * self.margin_y

    @property
    def base(self) -> float:
        return self.margin_y + self.frame_height

    @property
    def unit(self) -> float:
        """What "large" means in this frame, whatever its shape: pixels."""
        return min(self.frame_height, 1.15 * self.frame_width)

    @property
    def painted_width(self) -> int:
        """How wide a layer must be painted to cover the sheet wherever the camera goes."""
        return self.width + self.period

    def row(self, depth: float) -> float:
        """The row of the sheet at which things of this depth stand."""
        return self.horizon + depth * (self.base - self.horizon)

    def x(self, fraction: float) -> float:
        """A fraction of the frame's width as a column of the sheet."""
        return self.margin_x + fraction * self.frame_width

    def repeats(self, x: float, reach: float) -> Iterator[float]:
        """The columns at which something at `x` is painted so that the layer repeats; `reach` is half its width."""
        if not self.period:
            yield x
            return
        at = (x + reach) % self.period - reach
        while at - reach < self.painted_width:
            yield at
            at += self.period


class Item(Protocol):
    """Anything on stage. Items are drawn in the order of their depth, the far ones first."""

    @property
    def depth(self) -> float: ...

    @property
    def still(self) -> bool:
        """It looks the same at every moment; only the camera moves it."""
        ...

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Draw it onto `frame` (H, W, 4), in place."""
        ...


@dataclass(frozen=True)
class Layer:
    """A painted picture at one depth. `left`, `top`: the sheet position of its corner."""

    pixels: Pixels
    depth: float
    top: float = 0.0
    left: float = 0.0
    period: int = 0
    passes: float | None = None
    """How fast it passes when the camera moves, where that differs from its place in the order."""
    still: bool = True
    opaque: bool = False

    @property
    def speed(self) -> float:
        """The depth at which it passes."""
        return self.depth if self.passes is None else self.passes

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Flat and upright, seen from where the camera is."""
        speed = self.speed
        matrix = view.matrix(speed)
        if self.period:
            step = view.pan * speed
            if moment.clock.closed:
                step = round(step_laps(view, moment, speed, self.period)) * self.period * moment.progress
            matrix[0, 2] += view.pan * speed - step % self.period
        _lay(frame, self.pixels, matrix, self.left, self.top, view=view, opaque=self.opaque)


@dataclass(frozen=True)
class Ground:
    """The painted floor itself; its first row is the horizon."""

    pixels: Pixels
    floor: Floor
    depth: float = 0.05
    still: bool = True

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:  # noqa: ARG002 - the view holds the time
        """Near rows pass faster than far ones."""
        pan = view.pan % self.floor.period if self.floor.period else view.pan
        matrix = view.floor_matrix(self.floor.horizon, self.floor.base, pan)
        _lay(frame, self.pixels, matrix, 0, math.floor(self.floor.horizon), view=view, opaque=True)


def step_laps(view: View, moment: Moment, speed: float, period: int) -> float:
    """How often a layer would come round in the whole shot."""
    whole = view.pan / moment.progress if moment.progress else 0.0
    return whole * speed / period


def _lay(
    frame: Pixels, pixels: Pixels, matrix: NDArray[np.float64], left: float, top: float, *, view: View, opaque: bool
) -> None:
    """Through the matrix; at whole pixels where it only shifts, or where a quick camera hides the difference."""
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ np.array([left, top])
    x, y = matrix[:, 2]
    upright = matrix[0, 0] == 1 and matrix[0, 1] == 0
    if upright and (view.quick or (abs(x - round(x)) < 1e-3 and abs(y - round(y)) < 1e-3)):
        lay_at(frame, pixels, round(x), round(y), opaque=opaque)
    else:
        lay_warped(frame, pixels, matrix, opaque=opaque)
