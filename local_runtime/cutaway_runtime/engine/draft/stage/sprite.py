"""Sprites ready for the stage: opened, painted in a colour, put in a light, cut out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.sprites import atlas
from cutaway_runtime.engine.draft.stage import drawn
from cutaway_runtime.engine.draft.stage.cutout import Cutout, premultiply
from cutaway_runtime.engine.draft.stage.light import lit
from cutaway_runtime.engine.draft.stage.pigment import tint

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB


_PAINTED_AS: Final = {
    "candle": "flame",
    **dict.fromkeys(("robot", "snowman", "ghost", "alien", "zombie", "ogre", "genie", "skeleton"), "thing"),
}
"""What takes paint in another way than the rest of its kind; boats, too: they have sails, not windows."""


@lru_cache(maxsize=20)
def sprite(
    key: str,
    *,
    color: RGB | None = None,
    factors: tuple[float, float, float] = (1, 1, 1),
    haze: RGB = (0, 0, 0),
    amount: float = 0.0,
) -> Cutout:
    """The cutout called `key`, painted in `color`, in the light of `factors`, faded to `haze` by `amount`.

    Raises:
        KeyError: no such sprite.
    """
    known = atlas.entry(key) if key not in drawn.names() else None
    pixels = picture(key, color)
    return Cutout(lit(pixels, factors, haze, amount), foot=known.foot if known else 0.5)


def picture(key: str, color: RGB | None = None) -> Pixels:
    """The drawing as (H, W, 4) RGBA, premultiplied, in `color` or in its own colours."""
    if key in drawn.names():
        return drawn.draw(key, color)
    known = atlas.entry(key)
    pixels = atlas.picture(known.file)
    paint = color or known.tint
    kind = _PAINTED_AS.get(key, "thing" if known.gait == "float" else known.kind)
    return premultiply(tint(pixels, paint, kind) if paint else pixels)
