"""A subject in the making: what the words have said of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.words.figure import GARMENTS, GOWNS, posed
from cutaway_runtime.engine.draft.words.vocabulary import Role, vocabulary

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.words.tokens import Token

_FIREFLIES: Final = frozenset({"firefly", "fireflies", "floating lights", "반딧불", "반딧불이", "蛍", "ホタル"})
SCENERY: Final = frozenset({"plant", "building", "sky"})
_STANCES: Final = frozenset({"sitting", "kneeling", "juggling"})
"""Poses that only some figures can strike; the others cannot show the word."""


@dataclass(eq=False)
class Part:
    """A subject in the making; `tokens` are the words that made it and are seen when it is."""

    sprite: str
    noun: str
    tokens: list[Token]
    color: str | None = None
    rgb: RGB | None = None
    count: int | None = None
    scale: float | None = None
    speed: float | None = None
    verb: dict[str, Any] | None = None
    direction: str | None = None
    carries: list[str] = field(default_factory=list)
    follows: Part | None = None
    pursues: bool = False
    """Goes where `follows` goes, not just beside it."""
    plural: bool = False
    """The noun names several without saying how many."""
    topic: bool = False
    """Marked as the one who acts (이/가/은/는, が/は)."""
    underway: bool = False
    """Goes "through", "across" or "past" something, without a verb."""
    character: int | None = None
    """Somebody with a picture: the number in the cast."""

    @property
    def kind(self) -> str:
        return vocabulary().sprites[self.sprite].kind

    @property
    def swarms(self) -> bool:
        """Small lights that fly about at night."""
        return self.noun.lower() in _FIREFLIES

    @property
    def moves(self) -> bool:
        return self.verb is not None or self.direction is not None

    def paint(self, color: dict[str, Any], token: Token) -> bool:
        """Takes a colour unless it has one, as every picture does."""
        if self.rgb is not None or self.character is not None:
            return False
        red, green, blue = color["rgb"]
        self.color, self.rgb = color["color"], (red, green, blue)
        self.tokens.append(token)
        return True

    def take(self, role: Role, entry: dict[str, Any], token: Token) -> bool:
        """Takes a modifier, a verb or a direction; False when it has one already or could not show it."""
        match role:
            case Role.COLOR:
                return self.paint(entry, token)
            case Role.DIRECTION:
                if self.direction is not None:
                    return False
                self.direction = entry["motion"]
            case Role.COUNT:
                if self.count is not None:
                    return False
                self.count = entry["count"]
            case Role.VERB:
                return self._does(entry, token)
            case _:
                self.scale = (self.scale or 1.0) * entry["scale"] if "scale" in entry else self.scale
                self.speed = entry.get("speed", self.speed)
        self.tokens.append(token)
        return True

    def carry(self, thing: Part, word: Token | None) -> None:
        """Takes a thing in hand or puts it on; a garment's colour becomes that of the figure."""
        gown = thing.sprite in GOWNS and not any(c in GOWNS for c in self.carries)
        self.carries.append(thing.sprite)
        self.tokens += [thing.tokens[0], *([word] if word else [])]
        paints = thing.rgb is not None and self.character is None
        if paints and thing.sprite in GARMENTS and (gown or self.rgb is None):
            self.color, self.rgb = thing.color, thing.rgb
            self.tokens += thing.tokens[1:]

    def _does(self, verb: dict[str, Any], token: Token) -> bool:
        """The first verb decides, a later one adds what the first left open."""
        if self.verb is None:
            self.verb = verb
        elif self.verb.get("motion", "go") in {"go", ""} and verb.get("motion") not in {"go", "", None, "still"}:
            self.direction = self.direction or verb["motion"]
        else:
            self.verb = {**verb, **self.verb}
        if verb.get("pose") in _STANCES and posed(self.sprite, verb) == self.sprite:
            return False
        self.tokens.append(token)
        return True
