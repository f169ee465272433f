"""What a prompt names and does not show: the denied, the compared, and figures of speech.

`set_aside` looks at the tokens before the reader does and takes such words out of its way:

    "with no other cars", "사람이 없는 거리", "人のいない通り"    denied: understood, and not drawn
    "as if they were birds", "a blend of a rabbit and a ..."      likened: not drawn, so unmatched
    "the heart of the forest", "the mood of the painting"         a figure of speech: unmatched
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.vocabulary import Role, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.engine.draft.words.tokens import Token
    from cutaway_runtime.engine.draft.words.vocabulary import Meaning

_NAMING: Final = (Role.NOUN, Role.SETTING, Role.PLACE, Role.COLOR, Role.CAMERA)
_ACTING: Final = (Role.VERB, Role.RELATION)
_MODIFYING: Final = frozenset({Role.COLOR, Role.COUNT, Role.MANNER})
_ALIVE: Final = frozenset({"person", "animal", "vehicle"})
_NO: Final = frozenset({"no", "without", "nor", "neither", "lacking"})
_NOT: Final = frozenset({"not", "never", "cannot"})
_SHORT_NOT: Final = frozenset({"isn", "aren", "don", "doesn", "didn", "wasn", "weren", "hasn", "haven", "won"})
_NOT_ONLY: Final = frozenset({"only", "just", "even"})
_RESEMBLE: Final = frozenset({"resemble", "resembles", "resembling", "resembled", "similar", "reminiscent"})
_BLENDS: Final = frozenset({"blend", "mix", "mixture", "cross", "hybrid", "combination", "fusion"})
_FIGURES: Final = frozenset(
    {"heart", "eye", "mouth", "foot", "face", "bed", "blanket", "carpet", "shades", "ring", "flame"}
)
"""Heads of "the heart of the forest", "a bed of flowers": the word after "of" is meant."""
_SPOKEN: Final = frozenset({"sound", "smell", "scent", "taste", "memory", "thought", "idea"})
_ABOUT: Final = frozenset({"mood", "style", "art", "tone", "theme", "feel", "atmosphere", "aesthetic", "quality"})
_WORKS: Final = frozenset({"picture-frame", "camera", "movie-camera", "film"})
_KO_SUBJECT: Final = frozenset({"", "한", "이", "가", "은", "는", "도", "들", "들이", "들은", "들도"})
_KO_LIST: Final = frozenset({"나", "이나", "와", "과", "하고", "랑", "이랑", "들과", "도", "들도"})
_KO_BETWEEN: Final = frozenset({"전혀", "하나도", "아예", "한", "점", "및", "또는"})
_JA_NOT: Final = frozenset({"ない", "いない", "なく", "無い", "いません", "ありません"})
_JA_LESS: Final = frozenset({"なし", "無し", "なしで", "なしの", "無しで", "無しの"})
_JA_SUBJECT: Final = frozenset({"が", "の", "も", "は", "では"})
_JA_LIST: Final = frozenset({"や", "と", "も", "か"})


def set_aside(tokens: list[Token]) -> list[Meaning]:
    """Marks the words that are not to be drawn, in place: kind "denied" or "likened". Returns what is denied."""
    aside = _Aside(tokens)
    for at, token in enumerate(tokens):
        word = token.text.lower()
        if token.language == "en":
            aside.english(at, word)
        elif token.language == "ko" and token.kind in {"stop", "unknown"} and word.startswith(("없", "않")):
            aside.korean(at, word)
        elif token.language == "ja" and token.kind == "stop" and word in _JA_NOT | _JA_LESS:
            aside.japanese(at, word)
    return aside.denied


class _Aside:
    """Marks tokens; every method is given the index of the word that sets others aside."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._grammar = vocabulary().grammar
        self.denied: list[Meaning] = []

    def _deny(self, token: Token) -> None:
        self.denied += token.meanings
        token.kind, token.used = "denied", True

    def _word(self, at: int) -> str:
        return self._tokens[at].text.lower() if 0 <= at < len(self._tokens) else ""

    def _named_before(self, at: int) -> bool:
        return any(t.kind == "known" and t.meaning(Role.NOUN) for t in self._tokens[:at])

    # English -------------------------------------------------------------------------------------

    def english(self, at: int, word: str) -> None:
        token, following = self._tokens[at], self._word(at + 1)
        if token.kind == "suffix":
            self._suffixed(at)
        elif word in _NO or (word == "free" and following == "of"):
            self._deny_from(at + 1 + (word == "free"), verbs=False)
        elif (word in _NOT and following not in _NOT_ONLY) or (word in _SHORT_NOT and following == "t"):
            token.kind = "stop"
            self._deny_from(at + 1, verbs=True)
        elif token.kind == "stop" and word == "like":
            self._liken(self._phrase(at + 1))
        elif word in _RESEMBLE and token.kind == "unknown":
            self._liken(self._phrase(at + 1 + (following in {"to", "of"})))
        elif token.kind == "stop" and word == "as" and following in {"if", "though"}:
            self._liken(self._clause(at + 2))
        elif word in _BLENDS and following in {"of", "between"} and self._named_before(at):
            self._liken(self._phrase(at + 2, through=("between",)))
        elif following == "of" and token.kind in {"known", "unknown"}:
            self._figure(at, word)

    def _figure(self, at: int, word: str) -> None:
        token = self._tokens[at]
        definite = self._word(at + 2) in self._grammar["en_determiners"]
        whole = self._tokens[at + 3 if definite else at + 2 :][:1]
        if word in _FIGURES and token.meaning(Role.NOUN):
            token.kind = "likened"
        elif word in _SPOKEN:
            self._liken(self._phrase(at + 2))
        elif word in _ABOUT and whole and (noun := whole[0].meaning(Role.NOUN)) and noun.entry["sprite"] in _WORKS:
            whole[0].kind = "likened"

    def _suffixed(self, at: int) -> None:
        """A "dog-like robot" is a robot; a "fairy-like being" is shown as a fairy."""
        for token in self._tokens[at + 1 : at + 3]:
            if token.kind not in {"known", "unknown"}:
                return
            if token.meaning(Role.NOUN):
                self._tokens[at - 1].kind = "likened"
                return

    def _liken(self, stretch: Iterator[Token]) -> None:
        for token in stretch:
            if token.kind == "known":
                token.kind = "likened"

    def _clause(self, at: int) -> Iterator[Token]:
        """Up to the next comma or the end of the sentence."""
        for token in self._tokens[at:]:
            if token.kind in {"comma", "end"}:
                return
            yield token

    def _phrase(self, at: int, through: tuple[str, ...] = ()) -> Iterator[Token]:
        """Up to the next comma, preposition, or verb of its own."""
        named = False
        for token in self._clause(at):
            word = token.text.lower()
            if token.kind == "stop" and word in self._grammar["en_prepositions"] and word not in through:
                return
            acts = token.kind == "known" and token.meanings[0].role in _ACTING
            if acts and named and not word.endswith("ing"):
                return
            named = named or token.meaning(Role.NOUN) is not None
            yield token

    def _deny_from(self, at: int, *, verbs: bool) -> None:
        """Denies what is named up to the next comma, preposition or verb.

        `verbs`: after "not", where a verb may be denied itself, with the directions that go with it.
        """
        noun: Meaning | None = None
        acted = False
        for here in range(at, len(self._tokens)):
            token, word = self._tokens[here], self._word(here)
            if token.kind == "comma" and noun is not None and self._listed(here):
                continue
            if token.kind in {"comma", "end"} or (token.kind == "stop" and self._stops(here, word)):
                return
            if token.kind != "known":
                continue
            role = token.meanings[0].role
            if role in _ACTING and not token.meaning(Role.NOUN):
                actor = noun is None or vocabulary().sprites[noun.entry["sprite"]].kind in _ALIVE
                deniable = (word.endswith("ing") and actor) or (verbs and noun is None)
                if acted or not deniable:
                    return
                acted = True
            elif acted and role not in {Role.DIRECTION, Role.MANNER}:
                return
            self._deny(token)
            noun = noun or token.meaning(Role.NOUN)

    def _stops(self, at: int, word: str) -> bool:
        if word == "and":
            return self._word(at + 1) in self._grammar["en_determiners"]
        if word in {"of", "any", "other"}:
            return False
        return word in self._grammar["en_prepositions"] or word in self._grammar["en_breaks"] or word == "only"

    def _listed(self, at: int) -> bool:
        """A comma inside "no cars, people or dogs"."""
        following = self._tokens[at + 1 : at + 2]
        if not following or not following[0].meaning(Role.NOUN):
            return False
        rest = [t.text.lower() for t in self._tokens[at + 1 : at + 5] if t.kind in {"stop", "known"}]
        return "or" in rest or "nor" in rest

    # Korean and Japanese -------------------------------------------------------------------------

    def korean(self, at: int, word: str) -> None:
        here = at - 1
        if word.startswith("않"):
            if here >= 0 and self._word(here).endswith(("지", "지는", "지도")) and self._acts(here):
                self._deny(self._tokens[here])
                self._tokens[at].kind = "stop"
            return
        while here >= 0 and (self._counts(here) or self._word(here) in _KO_BETWEEN | self._grammar["ko_counters"]):
            here -= 1
        allowed = _KO_SUBJECT
        while here >= 0 and self._names(here) and self._tokens[here].particle in allowed:
            here, allowed = self._deny_with_modifiers(here), _KO_LIST
            self._tokens[at].kind = "stop"
            if here >= 0 and (self._tokens[here].kind == "comma" or self._word(here) in {"및", "또는"}):
                here, allowed = here - 1, _KO_LIST | {""}

    def japanese(self, at: int, word: str) -> None:
        here = at - 1
        if word in _JA_LESS and self._tokens[at + 1 : at + 2]:
            after = self._tokens[at + 1]
            if word in {"なし", "無し"} and after.kind not in {"comma", "end"} and after.text not in {"で", "の", "に"}:
                return
        particle = self._word(here) if here >= 0 and self._tokens[here].kind == "stop" else ""
        if particle in _JA_SUBJECT:
            here -= 1
        while here >= 0 and (self._counts(here) or self._word(here) in self._grammar["ja_counters"]):
            here -= 1
            if particle == "も" and self._word(here) in _JA_SUBJECT:
                here -= 1
        while here >= 0 and self._names(here) and not self._acts(here):
            here = self._deny_with_modifiers(here)
            if here < 0 or not (self._word(here) in _JA_LIST or self._tokens[here].kind == "comma"):
                return
            here -= 1
        near = at - 1 - (len(self._word(at - 1)) == 1 and particle not in _JA_SUBJECT)
        if near >= 0 and particle not in _JA_SUBJECT and word in _JA_NOT and self._acts(near):
            self._deny(self._tokens[near])

    def _deny_with_modifiers(self, here: int) -> int:
        """Denies a noun and the colours and counts before it; the index before them."""
        self._deny(self._tokens[here])
        here -= 1
        while here >= 0 and self._tokens[here].kind == "known" and self._tokens[here].meanings[0].role in _MODIFYING:
            self._deny(self._tokens[here])
            here -= 1
        return here

    def _names(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind == "known" and any(token.meaning(role) for role in _NAMING)

    def _acts(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind == "known" and token.meanings[0].role in _ACTING

    def _counts(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind == "known" and token.meanings[0].role is Role.COUNT
