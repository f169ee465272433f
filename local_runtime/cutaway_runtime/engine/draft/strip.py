"""A run of frames and the way it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels


class Strip(NamedTuple):
    """`frame(n)` is the picture (H, W, 3) at frame n of the canvas; `method` is what the answer calls it."""

    method: str
    frame: Callable[[int], Pixels]
