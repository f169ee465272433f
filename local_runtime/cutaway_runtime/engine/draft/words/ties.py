"""What ties two figures together: one chases, rides, holds or stands beside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.figure import GARMENTS
from cutaway_runtime.engine.draft.words.troupe import EASTERN

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.words.line import Line
    from cutaway_runtime.engine.draft.words.part import Part
    from cutaway_runtime.engine.draft.words.reading import Reading
    from cutaway_runtime.engine.draft.words.tokens import Token
    from cutaway_runtime.engine.draft.words.troupe import Troupe

_RUN: Final = {"gait": "run", "motion": "go"}
_GO: Final = {"motion": "go"}
_HANDY: Final = frozenset({"thing", "food", "plant"})


class Ties:
    """The relation that waits for its second figure, and the things that wait for who holds them."""

    def __init__(self, reading: Reading, troupe: Troupe, line: Line) -> None:
        self._reading = reading
        self._troupe = troupe
        self._line = line
        self._open: tuple[str, Part, Token] | None = None
        self._held: list[tuple[Part, Token]] = []

    @property
    def waiting(self) -> bool:
        return self._open is not None

    @property
    def holding(self) -> bool:
        """Who acts holds, wears or has what is named next."""
        return self._open is not None and self._open[0] == "hold"

    def drop(self) -> None:
        self._open = None

    def wear(self, part: Part, before: str) -> bool:
        """Gives a garment, or a thing that is held, to who acts; True when it did."""
        wearer = self._troupe.wearer
        if wearer is None:
            return False
        word = self._open[2] if self._open and self.holding else None
        if part.sprite in GARMENTS and (self.holding or before in {"in", "with", "and", ","}):
            wearer.carry(part, word)
            return True
        if not self.holding or part.kind not in _HANDY or part.rgb or part.count:
            return False
        wearer.carry(part, word)
        self._open = None
        return True

    def equip(self, holder: Part) -> None:
        """Hands over what was named before who holds it: "우산을 든 소녀"."""
        for thing, word in self._held:
            self._hand(holder, thing, word)
        self._held = []

    def _hand(self, holder: Part, thing: Part, word: Token) -> None:
        """A thing with a colour or a number of its own stays a figure, in its holder's hands; any other is carried."""
        if thing.sprite in GARMENTS or not (thing.rgb or thing.count):
            holder.carry(thing, word)
            return
        thing.follows = holder
        thing.tokens.append(word)
        self._reading.parts.append(thing)

    def close(self, part: Part) -> bool:
        """Ends a relation that waited for its second figure; True when that one is not who acts."""
        if self._open is None:
            return False
        kind, first, word = self._open
        self._open = None
        if kind == "hold" and part.kind == "sky":
            return word.language == "en"  # the sky over somebody is nobody's
        if kind == "ride":
            rider, mount = (first, part) if word.language == "en" else (part, first)
            self._mount(rider, mount, word)
            return word.language == "en"
        part.tokens.append(word)
        if kind in {"chase", "follow"} and word.language == "en":
            first.follows, first.pursues = part, True
            part.verb = part.verb or first.verb
            return True
        part.follows, part.pursues = first, kind not in {"beside", "hold"}
        if kind in {"chase", "follow"}:
            part.verb = part.verb or _RUN
            return False
        return word.language == "en"

    def _mount(self, rider: Part, mount: Part, word: Token) -> None:
        """Somebody rides: one drawing for both where there is one, else side by side."""
        rider.verb = rider.verb or _GO
        rider.tokens.append(word)
        pictured = rider.character is not None or mount.character is not None
        if mount.sprite not in {"bicycle", "horse"} or rider.kind != "person" or pictured:
            rider.follows, rider.pursues = mount, True
            return
        if mount.sprite == "bicycle":
            rider.verb = {"pose": "biking", "gait": "drive", "motion": "go"}
        else:
            rider.sprite = "jockey"
        rider.tokens += mount.tokens
        self._reading.parts.remove(mount)

    def open(self, token: Token, kind: str, last: Part | None) -> None:
        """A relation between who acts and the next noun; `last` is the noun before it."""
        actors = self._troupe.actors
        first = last if token.language in EASTERN else next(iter(actors[-1:]), last)
        if kind == "beside" or token.text.lower() == "with":
            token.kind = "stop"
        if first is None:
            return
        if kind in {"chase", "follow", "ride"}:
            for part in actors or [first]:
                part.verb = part.verb or (_RUN if kind == "chase" else _GO)
            first.tokens.append(token)
        self._open = (kind, first, token)

    def back(self, at: int, token: Token, kind: str, *, modified: bool) -> Part | None:
        """Korean and Japanese: the object stands before the verb, who acts before it or after.

        Returns who acts when that is settled, with the object in hand.
        """
        parts = self._reading.parts
        if not parts:
            return None
        thing, describes = parts[-1], self._line.describes(at, token, modified=modified)
        others = [p for p in parts[:-1] if p.topic] or parts[-2:-1]
        actor = None if describes or not others else others[-1]
        if kind == "hold" and thing.kind in _HANDY:
            parts.remove(thing)
            if actor is None:
                self._held.append((thing, token))
                return None
            self._hand(actor, thing, token)
            self._troupe.actors = [actor]
            return actor
        if actor is None:
            self._open = ("beside" if kind == "hold" else kind, thing, token)
            return None
        if kind == "ride":
            self._mount(actor, thing, token)
        else:
            actor.follows, actor.pursues = thing, kind != "hold"
            if kind != "hold":
                actor.verb = actor.verb or _RUN
            actor.tokens.append(token)
        self._troupe.actors = [actor]
        self._troupe.deliver()
        return None
