# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model makes that comes nearest to what is wanted, and what that costs; no bpy in this file.

print(nearest(model, 1280, 720, 50).line)     # "wan makes 832 x 480, 53 frames; the take has yours"
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.wire import ModelInfo


@dataclass(frozen=True)
class Nearest:
    """Of one model: a size in pixels and a count of frames that it accepts."""

    model: str
    width: int
    height: int
    frames: int
    is_exact: bool
    windows: int = 1
    """In so many parts, one after the other, where the model cannot make all frames at once."""

    @property
    def line(self) -> str:
        """For the panel."""
        if self.is_exact:
            return f"{self.model} makes exactly that"
        parts = f" in {self.windows} parts" if self.windows > 1 else ""
        return f"{self.model} makes {self.width} x {self.height}, {self.frames} frames{parts}; the take has yours"


def nearest(model: ModelInfo, width: int, height: int, frames: int) -> Nearest:
    """The size of most alike shape, then area, and the least count of frames that is not too short."""
    size = _listed(model, width, height) if model.sizes else _legal(model, width, height)
    made = max(model.min_frames, _up(frames - model.frame_offset, model.frame_multiple) + model.frame_offset)
    most = model.max_frames or made
    step = max(1, most - model.window_context)
    windows = 1 if made <= most else 1 + -(-(made - most) // step)
    return Nearest(model.id, *size, made, (*size, made, windows) == (width, height, frames, 1), windows)


def maker(models: Iterable[ModelInfo], named: str = "") -> ModelInfo | None:
    """The model of that name, else the first that makes new shots; None where there is none."""
    able = [model for model in models if "generate" in {str(verb) for verb in model.verbs}]
    return next((model for model in able if not named or model.id == named), None)


def price_line(seconds: float, per_second: float) -> str:
    """What so many seconds cost at a price that the user has told; "" where none was told. No server says it before."""
    return f"Price: {seconds * per_second:.2f} ({seconds:.2f} s at {per_second:g} a second)" if per_second else ""


def _listed(model: ModelInfo, width: int, height: int) -> tuple[int, int]:
    sizes = [(int(x), int(y)) for x, _, y in (size.partition("x") for size in model.sizes)]

    def unlike(size: tuple[int, int]) -> tuple[float, float]:
        shape = abs(log(size[0] * height / (size[1] * width)))
        return round(shape, 2), abs(log(size[0] * size[1] / (width * height)))

    return min(sizes, key=unlike)


def _legal(model: ModelInfo, width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, model.max_side / max(width, height))
    scale = max(scale, model.min_side / min(width, height))
    most = model.max_side // model.size_multiple * model.size_multiple
    first, second = (min(most, _up(round(side * scale), model.size_multiple)) for side in (width, height))
    return first, second


def _up(count: int, multiple: int) -> int:
    return max(0, -(-count // multiple) * multiple)
