"""The tokens of a prompt as a line one can look around in: what stands before and after a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.vocabulary import Role, inflections, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.engine.draft.words.tokens import Token

MODIFIERS: Final = frozenset({Role.COLOR, Role.COUNT, Role.MANNER})
_SEVERAL: Final = frozenset({"people", "children", "men", "women", "mice"})
_OBLIQUE: Final = frozenset({"に", "を", "の", "で", "から", "へ"})
_WAYS: Final = frozenset(
    {
        "to",
        "toward",
        "towards",
        "for",
        "into",
        "through",
        "across",
        "along",
        "down",
        "up",
        "over",
        "past",
        "out",
        "home",
    }
)
_LIKENESS: Final = ("のように", "のような", "みたい", "처럼", "같은", "같이")


class Line:
    """Looks around a token, given its index."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._grammar = vocabulary().grammar

    def at(self, at: int) -> Token | None:
        return self._tokens[at] if 0 <= at < len(self._tokens) else None

    def following(self, at: int, *, skip_stops: bool = False) -> Token | None:
        """The next token that is no modifier."""
        for token in self._tokens[at + 1 : at + 6]:
            modifies = token.kind == "known" and token.meanings[0].role in MODIFIERS and not token.meaning(Role.NOUN)
            if not modifies and not (token.kind == "stop" and skip_stops):
                return token
        return None

    def upright(self, at: int, token: Token) -> bool:
        """An "up" that is a direction: "flies up", not "walks up the street"."""
        previous, following = self.at(at - 1), self.at(at + 1)
        if token.text.lower() not in {"up", "down"} or previous is None or not previous.meaning(Role.VERB):
            return False
        return following is None or not (
            following.meanings or following.text.lower() in self._grammar["en_determiners"]
        )

    def heads(self, at: int, token: Token) -> bool:
        """A "heads" that is a verb of going: "heads right", "heading for the city"."""
        following = self.at(at + 1)
        if token.kind != "unknown" or token.text.lower() not in {"head", "heads", "heading"} or following is None:
            return False
        return following.text.lower() in _WAYS or following.meaning(Role.DIRECTION) is not None

    def of_a_stranger(self, at: int) -> bool:
        """Whether the noun that a verb describes is one nobody knows: "floating lights"."""
        met = False
        for token in self._tokens[at + 1 : at + 6]:
            if token.kind not in {"known", "unknown"}:
                break
            if token.meaning(Role.NOUN):
                return False
            met = met or token.kind == "unknown"
        return met

    def preposition(self, at: int, token: Token) -> bool:
        """An "around" that points at what follows: "around the trees"."""
        following = self.at(at + 1)
        if token.text.lower() not in {"around", "right"} or following is None:
            return False
        return following.text.lower() in self._grammar["en_determiners"] or bool(
            following.meaning(Role.NOUN) or following.meaning(Role.PLACE)
        )

    def likened(self, at: int, token: Token) -> bool:
        """A thing that is only a comparison (새처럼, 鳥のように) is not in the picture."""
        rest = "".join(t.text for t in self._tokens[at + 1 : at + 3]) if token.language == "ja" else token.particle
        return token.meaning(Role.NOUN) is not None and bool(rest) and rest.startswith(_LIKENESS)

    def listed(self, at: int) -> bool:
        """Whether this noun comes after another and a comma: "a cat, a dog"."""
        before = next((n for n in range(at - 1, max(-1, at - 6), -1) if self._tokens[n].kind == "comma"), 0)
        previous = self.at(before - 1)
        return previous is not None and previous.meaning(Role.NOUN) is not None

    def plural(self, token: Token) -> bool:
        """Whether a noun's form names several: "balls", "children", 풍선들이."""
        if token.language == "ko":
            return token.particle.startswith("들")
        noun = token.meaning(Role.NOUN)
        if token.language != "en" or noun is None:
            return False
        word = token.text.lower().split()[-1]
        if word in _SEVERAL:
            return True
        words, whole = vocabulary().en.words, token.text.lower().replace("-", " ")
        ones = [whole[: -len(word)] + form for form in inflections(word)[0]]
        return any(m is noun or m.entry == noun.entry for one in ones for m in words.get(one, ()))

    def joined(self, at: int) -> bool:
        previous = next((t for t in reversed(self._tokens[max(0, at - 4) : at]) if t.meaning(Role.NOUN)), None)
        return previous is not None and previous.particle in self._grammar["ko_joins"]

    def oblique(self, at: int, token: Token) -> bool:
        """A Korean or Japanese noun that marks where or what, not who."""
        following = self.at(at + 1)
        if token.language == "ko":
            return token.particle in self._grammar["ko_oblique"]
        return token.language == "ja" and following is not None and following.text in _OBLIQUE

    def weather_before(self, at: int) -> Token | None:
        """Rain and snow fall by themselves: "as snow is falling"."""
        words = [t for t in self._tokens[max(0, at - 2) : at] if t.kind != "stop"]
        weather = words[-1].meaning(Role.SETTING) if words else None
        return words[-1] if weather is not None and "weather" in weather.entry else None

    def describes(self, at: int, token: Token, *, modified: bool) -> bool:
        """Whether a verb stands before the noun it describes."""
        following = self.following(at)
        before_noun = following is not None and (
            following.kind == "unknown" or following.meaning(Role.NOUN) is not None
        )
        if token.language == "ko":
            auxiliary = self.at(at + 1)
            return token.adnominal or (auxiliary is not None and auxiliary.text in {"있는", "있던"})
        if token.language == "ja":
            return before_noun and not token.text.endswith(("て", "で", "ながら"))
        previous = self.at(at - 1)
        opens = previous is None or previous.kind != "known" or modified
        after_word = (
            previous is not None
            and previous.kind == "stop"
            and previous.text.lower() not in (self._grammar["en_determiners"] | self._grammar["en_prepositions"])
        )
        return before_noun and opens and not after_word and token.text.lower().endswith(("ing", "en", "ed"))
