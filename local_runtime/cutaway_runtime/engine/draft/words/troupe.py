"""Who acts at the moment, and what waits to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.words.part import SCENERY, Part
from cutaway_runtime.engine.draft.words.vocabulary import Role, vocabulary

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.words.line import Line
    from cutaway_runtime.engine.draft.words.reading import Reading
    from cutaway_runtime.engine.draft.words.tokens import Token

EASTERN: Final = frozenset({"ko", "ja"})
Action = tuple[Role, dict[str, Any], "Token"]


class Troupe:
    """The actors of the clause at hand; verbs, directions and speeds reach them here."""

    def __init__(self, reading: Reading, line: Line) -> None:
        self._reading = reading
        self._line = line
        self._grammar = vocabulary().grammar
        self.actors: list[Part] = []
        """Several after "a cat and a dog"."""
        self.acted = False
        self.actions: list[Action] = []
        """Verbs, directions and speeds that wait for who acts."""

    @property
    def wearer(self) -> Part | None:
        """The last of the actors that can hold and wear something."""
        return next((p for p in reversed(self.actors) if p.kind in {"person", "animal"}), None)

    def enter(self, at: int, token: Token, parts: list[Part], before: str) -> None:
        """Decides who acts from here on; `before` is the word before the noun of `parts`."""
        if self.actions and not (token.language == "en" and self.actors):
            self.actors, self.acted = parts, False
            self.deliver()
            self.acted = False
            return
        aside = before in self._grammar["en_prepositions"] or self._line.oblique(at, token)
        if aside and self.actors:
            return
        if token.language in EASTERN and parts[0].kind in SCENERY and self.wearer and not self.acted:
            return
        joined = before in {"and", "と"} | self._grammar["ko_joins"] or self._line.joined(at)
        joined = joined or (before == "," and self._line.listed(at))
        self.actors = [*self.actors, *parts] if joined and self.actors and not self.acted else parts
        self.acted = False

    def leave(self, part: Part) -> None:
        self.actors = [p for p in self.actors if p is not part]

    def deliver(self) -> None:
        """Gives what waited to those who act."""
        actors = self.actors or [p for p in self._reading.parts if p.topic] or self._reading.parts[-1:]
        if not actors:
            return
        for role, entry, token in self.actions:
            taken = [part.take(role, entry, token) for part in actors]
            if entry.get("adds"):
                self._reading.parts.append(Part(entry["adds"], token.text, [token], follows=actors[0]))
            elif not any(taken) and role is not Role.VERB:
                self._reading.loose.append((role, entry, token))
            self.acted = True
        self.actions = []
