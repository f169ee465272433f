"""The libraries of the extra `media`: every other module of this package takes them from here.

Raises:
    MissingExtra: one of them is not installed; the message is the command that installs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cutaway.errors import MissingExtra

try:
    import av
    import numpy as np
    from PIL import Image
except ModuleNotFoundError:
    raise MissingExtra("media", needed_for="reading and writing pictures and video") from None

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    """uint8, RGB (or RGBA where said): one frame (H, W, 3) or several (T, H, W, 3)."""

__all__ = ["Image", "av", "np"]
