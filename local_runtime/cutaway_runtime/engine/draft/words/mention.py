"""Which figure a later noun speaks of again: "the SUV", "the car" after an SUV, "the flame" of a candle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.engine.draft.words.part import Part

_RECENT: Final = 8
_CAR: Final = frozenset({"car", "automobile", "자동차", "차", "車", "自動車", "クルマ"})
_CARS: Final = frozenset({"car", "suv", "taxi", "police-car", "racing-car", "pickup-truck", "van"})
_VEHICLE: Final = frozenset({"vehicle", "차량", "乗り物"})
_SHIP: Final = frozenset({"boat", "ship", "배", "船"})
_CREATURE: Final = frozenset(
    {"creature", "animal", "beast", "critter", "pup", "생물", "동물", "괴물", "生き物", "動物"}
)
_BIRD: Final = frozenset({"bird", "새", "鳥"})
_ANYONE: Final = frozenset({"person", "figure", "사람", "人", "人物"})
_SOMEONE: Final = frozenset({"man", "woman", "남자", "여자", "남성", "여성", "男", "女", "男性", "女性"})
_PLAIN: Final = frozenset({"person", "man", "woman", "child", "boy", "girl"})
_FLAMES: Final = frozenset({"flame", "flames", "fire", "불꽃", "炎", "火"})
_BURNING: Final = frozenset({"candle", "lantern", "rocket", "dragon"})
_LEAVES: Final = frozenset({"leaf", "flower", "blossom"})


def again(parts: Sequence[Part], sprite: str, noun: str, *, english: bool) -> Part | None:
    """The latest of the parts that this noun names with the same word, or the same drawing."""
    for part in reversed(parts[-_RECENT:]):
        if part.character is not None and not english:
            continue
        if part.sprite == sprite or (english and part.noun.lower().split()[-1:] == [noun]):
            return part
    return None


def general(parts: Sequence[Part], noun: str, *, plural: bool) -> Part | None:
    """The first of the parts that this wider word can stand for: the car is the SUV, the creature is the fox."""
    alike = (part for part in parts[:_RECENT] if plural is (part.plural or (part.count or 1) > 1))
    return next((part for part in alike if _stands_for(noun, part)), None)


def belonging(parts: Sequence[Part], sprite: str, noun: str, *, held: bool) -> Part | None:
    """The latest of the parts that this is a piece of: the flame of a candle, the leaves a tree has."""
    for part in reversed(parts[-_RECENT:]):
        if noun in _FLAMES and part.sprite in _BURNING:
            return part
        if held and sprite in _LEAVES and part.kind == "plant":
            return part
    return None


def _stands_for(noun: str, part: Part) -> bool:
    if noun in _CAR:
        return part.sprite in _CARS
    if noun in _VEHICLE | _SHIP:
        floats = vocabulary().sprites[part.sprite].gait == "float"
        return part.kind == "vehicle" and (noun in _VEHICLE or floats)
    if noun in _BIRD:
        return part.kind == "animal" and vocabulary().sprites[part.sprite].gait == "fly"
    if part.sprite == "fluffy-creature" or part.kind == "animal":
        return noun in _CREATURE
    if part.kind != "person":
        return False
    return noun in _ANYONE or (noun in _SOMEONE and part.sprite not in _PLAIN)
