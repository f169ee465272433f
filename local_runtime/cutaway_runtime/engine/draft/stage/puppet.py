"""Puppets: bodies for drawings that are only a head."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.sprites import atlas
from cutaway_runtime.engine.draft.stage import drawn
from cutaway_runtime.engine.draft.stage.cutout import Cutout, Pose, ellipse, empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.light import lit, mix, shade
from cutaway_runtime.engine.draft.stage.pigment import main_color
from cutaway_runtime.engine.draft.stage.sprite import picture, sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB

_STRIDES: Final = (0.0, 1.0, 0.0, -1.0)
"""Where the legs are in the four steps of a walk."""
_UPRIGHT: Final = ("person", "woman", "man", "girl", "boy", "child", "-walking", "-running")
_ALONE: Final = frozenset({"skeleton", "family", "baby"})
"""Heads and groups that stay as they are."""


@lru_cache(maxsize=10)
def puppet(
    key: str, color: RGB | None, factors: tuple[float, float, float], *, skirt: bool = False
) -> tuple[Cutout, tuple[Cutout, ...]]:
    """The body called `key` and the same body in its further steps (empty where the drawing is whole).

    A `skirt` is drawn over the trousers of somebody who wears a dress.
    """
    known = atlas.entry(key) if key not in drawn.names() else None
    if skirt and known is not None and known.full_body and key.endswith(_UPRIGHT):
        coat = color or (214, 60, 110)
        return Cutout(lit(_in_a_skirt(picture(key, coat), coat), factors), foot=known.foot), ()
    if known is None or known.full_body or known.drawn or key in _ALONE or known.kind not in ("person", "animal"):
        return sprite(key, color=color, factors=factors), ()
    build = _two_legs if known.kind == "person" else _four_legs
    head = picture(key, color)
    straight = atlas.picture(known.file)
    if known.kind == "person":
        low = main_color(straight, slice(int(straight.shape[0] * 0.9), None))
        coat = color or low
    else:
        coat = color or known.tint or main_color(straight)
    steps = [Cutout(lit(build(head, coat, stride), factors), foot=0.5) for stride in _STRIDES]
    return steps[0], tuple(steps[1:])


def _in_a_skirt(person: Pixels, color: RGB) -> Pixels:
    """A flared skirt from the waist to below the knee, with three folds."""
    body = person.copy()
    height = body.shape[0]
    waist = body[int(0.42 * height) : int(0.52 * height), :, 3]
    columns = np.flatnonzero(waist.max(axis=0) > 128)
    x = float(columns.mean()) if len(columns) else body.shape[1] / 2
    wide = body.shape[1]
    body = np.pad(body, ((0, 0), (wide // 3, wide // 3), (0, 0)))
    x += wide // 3
    top, hem = 0.44 * height, 0.78 * height
    outline = [
        (x - 0.075 * height, top),
        (x + 0.075 * height, top),
        (x + 0.165 * height, hem - 8),
        (x + 0.06 * height, hem + 5),
        (x - 0.06 * height, hem + 5),
        (x - 0.155 * height, hem - 8),
    ]
    polygon(body, outline, color)
    for side in (-0.5, 0.1, 0.6):
        polygon(
            body,
            [
                (x + side * 0.1 * height, top + 30),
                (x + side * 0.24 * height, hem),
                (x + side * 0.24 * height + 20, hem),
            ],
            shade(color, 0.82),
        )
    return _sides_off(body)


def _sides_off(body: Pixels) -> Pixels:
    """Equally much off both sides, so that it still stands where it stood."""
    used = np.flatnonzero(body[:, :, 3].any(axis=0))
    spare = min(int(used[0]), body.shape[1] - 1 - int(used[-1]))
    return np.ascontiguousarray(body[:, spare : body.shape[1] - spare])


def _four_legs(head: Pixels, coat: RGB, stride: float) -> Pixels:
    """An animal seen from the side, its large head turned to us, heading left."""
    body = empty(620, 620)
    dark, light = shade(coat, 0.72), mix(coat, (255, 255, 255), 0.18)
    wag = 18 * stride
    tail = [(470, 380), (540, 330 - wag), (592, 260 - wag), (600, 300 - wag), (560, 380), (490, 430)]
    polygon(body, tail, shade(coat, 0.86))
    ellipse(body, 588, 268 - wag, 24, 34, light, 20)
    for x, swing in ((236, -1), (452, 1)):
        _leg(body, x + 26, 430, 590, swing * stride * 34, dark, 46)
    ellipse(body, 352, 400, 164, 112, coat)
    ellipse(body, 330, 450, 118, 56, light)
    for x, swing in ((214, 1), (430, -1)):
        _leg(body, x, 420, 604, swing * stride * 34, shade(coat, 0.92), 52)
    Cutout(head).lay(body, Pose(200, 404 + 5 * abs(stride), 336, angle=2 * stride))
    return _trim(body)


def _two_legs(head: Pixels, coat: RGB, stride: float) -> Pixels:
    """A person: the bust on a short body with arms and legs."""
    body = empty(480, 760)
    cloth: RGB = (70, 78, 104) if sum(coat) > 240 else (112, 112, 122)
    for side in (-1, 1):
        _leg(body, 240 + side * 42, 560, 742, side * stride * 46, cloth, 62)
    ellipse(body, 240, 556, 102, 56, cloth)
    for side in (-1, 1):
        swing = -side * stride * 40
        stroke(
            body,
            [(240 + side * 122, 420), (240 + side * 146 + swing * 0.5, 500), (240 + side * 136 + swing, 576)],
            shade(coat, 0.86),
            46,
        )
        ellipse(body, 240 + side * 136 + swing, 590, 25, 25, (250, 202, 80))
    polygon(body, [(108, 380), (372, 380), (350, 570), (130, 570)], coat)
    ellipse(body, 240, 570, 110, 26, coat)
    Cutout(head).lay(body, Pose(240, 436, 430))
    return _trim(body)


def _leg(body: Pixels, x: float, top: float, foot: float, swing: float, color: RGB, thick: float) -> None:
    lift = 12 if swing > 0 else 0
    stroke(body, [(x, top), (x + swing * 0.5, (top + foot) / 2), (x + swing, foot - thick / 2 - lift)], color, thick)
    ellipse(body, x + swing - 8, foot - thick * 0.3 - lift, thick * 0.62, thick * 0.34, shade(color, 0.78))


def _trim(body: Pixels) -> Pixels:
    """Without its empty sides, but with one foot line for all steps."""
    x, _, width, _ = cv2.boundingRect(body[:, :, 3])
    used = np.flatnonzero(body[:, :, 3].any(axis=1))
    return np.ascontiguousarray(body[used[0] :, max(0, x - 4) : x + width + 4])
