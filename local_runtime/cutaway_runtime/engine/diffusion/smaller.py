"""The last resort when memory does not suffice, and only with consent: half the size, scaled up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway_runtime.engine.base import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Control, Engine


class TooLarge(EngineError):
    """No rung of the ladder makes the canvas fit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="out_of_memory")


class Smaller:
    """An engine as if it had been made for half the size of a canvas, at any rate."""

    def __init__(self, engine: Engine, size: tuple[int, int]) -> None:
        self._engine = engine
        self._size = f"{size[0]}x{size[1]}"

    @property
    def info(self) -> ModelInfo:
        return self._engine.info.model_copy(update={"sizes": [self._size], "rates": []})

    @property
    def revision(self) -> str:
        return self._engine.revision

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        return self._engine.paint(canvas, control)


def half(info: ModelInfo, canvas: Canvas) -> tuple[int, int] | None:
    """About half of each side, on the model's grid; None where the canvas is as small as it gets."""
    step, least = info.size_multiple, max(info.min_side, info.size_multiple)
    width, height = (max(least, side // 2 // step * step) for side in (canvas.width, canvas.height))
    return (width, height) if width < canvas.width and height < canvas.height else None
