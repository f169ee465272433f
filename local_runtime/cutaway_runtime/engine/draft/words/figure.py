"""Which drawing shows a figure, and how its body moves."""

from __future__ import annotations

from typing import Any, Final

from cutaway_runtime.engine.draft.scene import Gait, Motion
from cutaway_runtime.engine.draft.words.vocabulary import vocabulary

_WORN: Final = (
    "dress kimono coat t-shirt jeans scarf hat top-hat cap glasses sunglasses shoe high-heel boot necktie gloves socks "
    "helmet crown backpack"
)
GARMENTS: Final = frozenset(_WORN.split())
GOWNS: Final = ("dress", "kimono")
"""Garments whose colour is that of the whole figure; else the first coloured one decides."""
_MOVING: Final = frozenset({Gait.WALK, Gait.RUN, Gait.ROLL, Gait.DRIVE, Gait.JUMP, Gait.DANCE})
_PEOPLE: Final = ("person", "man", "woman", "child", "boy", "girl")
_GENERAL: Final = {"child": "person", "boy": "man", "girl": "woman", "man": "person", "woman": "person"}


def base_of(sprite: str) -> str:
    """The figure without its pose: woman-walking -> woman."""
    base = sprite.split("-", 1)[0]
    return base if base in _PEOPLE else sprite


def posed(sprite: str, verb: dict[str, Any] | None) -> str:
    """The drawing of a person who does this: woman + walk -> woman-walking; anything else stays as it is."""
    if verb is None:
        return sprite
    if verb.get("becomes") and sprite in _PEOPLE:
        return str(verb["becomes"])
    pose = verb.get("pose") or {"walk": "walking", "run": "running"}.get(verb.get("gait", ""), "")
    base = sprite if sprite in _PEOPLE else ""
    while base and pose:
        if f"{base}-{pose}" in vocabulary().sprites:
            return f"{base}-{pose}"
        base = _GENERAL.get(base, "")
    return sprite


def gait_of(sprite: str, verb: dict[str, Any] | None, motion: Motion) -> Gait:
    """How this body moves when it moves so."""
    usual = Gait(vocabulary().sprites[sprite].gait)
    legs = vocabulary().sprites[sprite].kind in {"person", "animal"}
    if verb is not None and verb.get("gait") and (legs or verb["gait"] not in {"walk", "run"} or usual is Gait.STAND):
        return Gait(verb["gait"])
    if motion is Motion.STILL and usual in _MOVING:
        return Gait.STAND
    if motion is not Motion.STILL and usual is Gait.STAND:
        return Gait.WALK if legs else Gait.FLOAT
    return usual
