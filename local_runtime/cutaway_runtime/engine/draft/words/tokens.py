"""A prompt cut into tokens: names, the longest known phrase at each place, stop words, and what nobody knows.

English is cut at spaces and matched word by word, Korean eojeol by eojeol with particles and
endings taken off, Japanese (which has no spaces) by the longest match at each character. A prompt
may mix them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.words.vocabulary import Meaning, Meanings, Role, inflections, verbal, vocabulary
from cutaway_runtime.names import lowered, mentions, normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.engine.draft.words.vocabulary import Vocabulary

_PIECE: Final = re.compile(
    r"(?P<latin>[a-zà-öø-ÿ]+|\d+[a-z]+(?=\b)|[a-z]+\d+)"
    r"|(?P<number>\d+)"
    r"|(?P<hangul>[가-힣]+|\d+[가-힣]+)"
    r"|(?P<cjk>[\u3041-\u3096\u30a1-\u30fa\u30fc\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff]+)"
    r"|(?P<stop>[.!?;:…。！？]+|\n)"
    r"|(?P<comma>[,、，]+)"
    r"|(?P<apostrophe>['’])"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_KANA: Final = re.compile(r"[\u3041-\u3096]+")
_KATAKANA: Final = re.compile(r"[\u30a1-\u30fa\u30fc]+")
_TITLE: Final = re.compile(r"さん|ちゃん|くん|さま|様|君|(?:씨|님|군|양)(?=[가-힣]|\b)|이(?=[가는랑를도])")
"""What follows a name and belongs to it."""
_ADNOMINAL: Final = ("는", "은", "던", "을", "할")


@dataclass(slots=True)
class Token:
    """A stretch of the prompt that means one thing.

    `kind` is "known" (it has meanings), "stop" (a word that carries no picture), "suffix" (-like), "unknown",
    "comma" or "end" (of a sentence); `aside.py` makes some "denied" or "likened", `filming.py` "filmed".
    `text` is the prompt's own spelling. `particle` is what followed a Korean noun.
    """

    kind: str
    text: str
    language: str
    meanings: Meanings = ()
    particle: str = ""
    used: bool = False

    def meaning(self, role: Role) -> Meaning | None:
        return next((m for m in self.meanings if m.role is role), None)

    @property
    def adnominal(self) -> bool:
        """A Korean verb form that describes the noun after it."""
        if self.language != "ko" or self.text.endswith(("다", "고", "며")):
            return False
        last = unicodedata.normalize("NFD", self.text[-1])
        return self.text.endswith(_ADNOMINAL) or last.endswith("\u11ab")


@lru_cache(maxsize=2048)
def _forms(word: str) -> tuple[tuple[str, bool], ...]:
    """Base forms an English word may have, and whether only a verb may look like this."""
    plural, verb = inflections(word)
    singular = dict.fromkeys([word, vocabulary().irregular.get(word, word), *plural])
    return (*((p, False) for p in singular), *((v, True) for v in verb))


@lru_cache(maxsize=4096)
def _eojeol(text: str) -> tuple[Meanings, str] | None:
    """Meanings and particle of a Korean phrase; no meanings for a stop word; None when it is not known."""
    index, grammar = vocabulary().ko, vocabulary().grammar
    exact = index.words.get(text)
    if exact:
        return exact, ""
    if text in grammar["ko_stop"]:
        return (), ""
    for end in range(1, min(6, len(text))):
        particle = text[-end:].strip()
        if particle in grammar["ko_particles"]:
            found = index.words.get(text[:-end].rstrip())
            if found:
                return found, particle
    jamo = unicodedata.normalize("NFD", text)
    for length in index.stem_lengths:
        if length <= len(jamo):
            found = index.stems.get(jamo[:length])
            if found and _ends(jamo[length:]):
                return found, ""
    return None


def _ends(rest: str) -> bool:
    """Whether this can follow a Korean stem: a few syllables and no second word."""
    return " " not in rest and len(unicodedata.normalize("NFC", rest)) <= 6


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    low: str


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody the prompt may call by name; `sprite` stands in for what the name does not say."""

    name: str
    sprite: str


def cut(prompt: str, cast: Sequence[Called] = ()) -> list[Token]:
    """The prompt as tokens, in its order; nothing but white space and signs is left out."""
    text = normal(prompt)
    low = lowered(text)
    pieces: list[_Piece] = []
    at = 0
    for start, end, which in mentions(prompt, [one.name for one in cast]):
        pieces += _pieces(text, low, at, start)
        pieces.append(_Piece("name", text[start:end].removeprefix("@"), str(which)))
        title = _TITLE.match(low, end)
        at = title.end() if title else end
    pieces += _pieces(text, low, at, len(text))
    return _Cutter(pieces, cast).tokens()


def _pieces(text: str, low: str, start: int, end: int) -> list[_Piece]:
    found = _PIECE.finditer(low, start, end)
    return [_Piece(m.lastgroup or "other", text[m.start() : m.end()], m.group()) for m in found]


class _Cutter:
    """Walks over the pieces of one prompt."""

    def __init__(self, pieces: list[_Piece], cast: Sequence[Called] = ()) -> None:
        self._pieces = pieces
        self._cast = cast
        self._out: list[Token] = []
        self._known: Vocabulary = vocabulary()
        self._grammar = self._known.grammar

    def tokens(self) -> list[Token]:
        at = 0
        while at < len(self._pieces):
            piece = self._pieces[at]
            if piece.kind in {"latin", "number"}:
                at = self._number(at) if piece.kind == "number" else self._english(at)
            elif piece.kind == "hangul":
                at = self._korean(at)
            elif piece.kind == "name":
                at = self._name(at)
            elif piece.kind == "cjk":
                self._japanese(piece)
                at += 1
            else:
                if piece.kind in {"stop", "comma"}:
                    self._out.append(Token("end" if piece.kind == "stop" else "comma", piece.text, ""))
                at += 1
        return self._out

    # Names ---------------------------------------------------------------------------------------

    def _name(self, at: int) -> int:
        """Somebody of the cast: a noun, in the language of the words around it."""
        piece, following = self._pieces[at], self._pieces[at + 1] if at + 1 < len(self._pieces) else None
        entry = {"sprite": self._cast[int(piece.low)].sprite, "character": int(piece.low)}
        meanings = (Meaning(Role.NOUN, entry),)
        if following is not None and following.kind == "hangul":
            self._out.append(Token("known", piece.text, "ko", meanings, following.low))
            return at + 2
        self._out.append(Token("known", piece.text, self._language(), meanings))
        return at + 1

    def _language(self) -> str:
        """The language most of the prompt is written in."""
        kinds = [piece.kind for piece in self._pieces]
        counts = {"ko": kinds.count("hangul"), "ja": kinds.count("cjk"), "en": kinds.count("latin") / 2}
        return max(counts, key=lambda language: (counts[language], language == "en"))

    # English -------------------------------------------------------------------------------------

    def _words_from(self, at: int, kind: str, most: int) -> list[int]:
        """Indices of up to `most` pieces of one kind that follow each other with only spaces, hyphens or ' between."""
        found = [at]
        here = at + 1
        while here < len(self._pieces) and len(found) < most:
            piece = self._pieces[here]
            if piece.kind == kind or (kind == "latin" and piece.kind == "number"):
                found.append(here)
            elif piece.kind not in {"space", "apostrophe"} and piece.low not in {"-", "‐", "–"}:
                break
            here += 1
        return found

    def _english(self, at: int) -> int:
        longest = self._known.en.longest
        first = self._pieces[at].low
        most = max(longest.get(form, 0) for form, _ in _forms(first))
        places = self._words_from(at, "latin", max(most, 1))
        if len(places) > 1 and not self._goes_on(first, self._pieces[places[1]].low):
            places = places[:1]
        for length in range(len(places), 0, -1):
            meanings = self._phrase([self._pieces[p].low for p in places[:length]])
            if meanings:
                self._add("known", at, places[length - 1], "en", meanings)
                return places[length - 1] + 1
        if first == "like" and at and self._pieces[at - 1].low in {"-", "‐"}:
            self._add("suffix", at, at, "en")
            return at + 1
        mixed = self._mixed(at)
        if mixed:
            return mixed
        self._add("stop" if first in self._grammar["en_stop"] else "unknown", at, at, "en")
        return at + 1

    def _goes_on(self, first: str, word: str) -> bool:
        """Whether some phrase starts with these two words, in one form or another."""
        second = self._known.en.second
        forms = {form for form, _ in _forms(word)}
        return any(not forms.isdisjoint(second.get(form, ())) for form, _ in _forms(first))

    def _phrase(self, words: list[str]) -> Meanings:
        table = self._known.en.words
        exact = table.get(" ".join(words), ())
        if exact or (len(words) == 1 and words[0] in self._grammar["en_stop"]):
            return exact
        longest = self._known.en.longest
        columns = [tuple(form for form in _forms(words[0]) if longest.get(form[0], 0) >= len(words))]
        if columns[0] and len(words) > 1:
            columns += [((word, False),) for word in words[1:-1]]
            columns.append(_forms(words[-1]))
        for combination in product(*columns):
            meanings = table.get(" ".join(word for word, _ in combination), ())
            if any(inflected for _, inflected in combination):
                meanings = verbal(meanings)
            if meanings:
                return meanings
        return ()

    def _mixed(self, at: int) -> int:
        """A Japanese word that starts with Latin letters (Tシャツ); 0 when there is none."""
        if at + 1 >= len(self._pieces) or self._pieces[at + 1].kind != "cjk":
            return 0
        joined = self._pieces[at].low + self._pieces[at + 1].low
        length = self._japanese_match(joined, 0)
        if length <= len(self._pieces[at].low):
            return 0
        both = _Piece("cjk", self._pieces[at].text + self._pieces[at + 1].text, joined)
        self._japanese(both)
        return at + 2

    def _number(self, at: int) -> int:
        piece = self._pieces[at]
        following = self._pieces[at + 1] if at + 1 < len(self._pieces) else None
        if following and following.kind == "latin":
            meanings = self._known.en.words.get(f"{piece.low} {following.low}", ())
            if meanings:
                self._add("known", at, at + 1, "en", meanings)
                return at + 2
        if following and following.kind == "cjk":
            counter = next((n for n in (2, 1) if following.low[:n] in self._grammar["ja_counters"]), 0)
            if counter:
                self._count(piece.text + following.text[:counter], int(piece.low[:6]), "ja")
                rest = _Piece("cjk", following.text[counter:], following.low[counter:])
                self._japanese(rest)
                return at + 2
        if following and following.kind == "hangul" and following.low in self._grammar["ko_counters"]:
            self._count(piece.text + following.text, int(piece.low[:6]), "ko")
            return at + 2
        self._count(piece.text, int(piece.low[:6]), "en")
        return at + 1

    def _count(self, text: str, number: int, language: str) -> None:
        if 1 <= number <= 100:
            self._out.append(Token("known", text, language, (Meaning(Role.COUNT, {"count": number}),)))
        else:
            self._out.append(Token("unknown", text, language))

    # Korean --------------------------------------------------------------------------------------

    def _korean(self, at: int) -> int:
        places = self._words_from(at, "hangul", self._known.ko.longest.get(self._pieces[at].low, 1))
        for length in range(len(places), 0, -1):
            text = " ".join(self._pieces[p].low for p in places[:length])
            found = self._eojeol(text)
            if found is not None:
                meanings, particle = found
                self._add("known" if meanings else "stop", at, places[length - 1], "ko", meanings, particle)
                return places[length - 1] + 1
        piece = self._pieces[at]
        if self._compound(piece):
            return at + 1
        word, particle = self._without_particle(piece.low)
        self._out.append(Token("unknown", piece.text[: len(word)], "ko", (), particle))
        return at + 1

    def _eojeol(self, text: str) -> tuple[Meanings, str] | None:
        """Meanings and particle of one phrase; no meanings for a stop word; None when it is not known."""
        before = self._out[-1] if self._out else None
        if (
            text in self._grammar["ko_counters"]
            and before is not None
            and before.language == "ko"
            and before.meaning(Role.COUNT)
        ):
            return (), text[1:]
        return _eojeol(text)

    def _without_particle(self, text: str) -> tuple[str, str]:
        for end in range(min(4, len(text) - 1), 0, -1):
            if len(text) - end >= 2 and text[-end:] in self._grammar["ko_particles"]:
                return text[:-end], text[-end:]
        return text, ""

    def _compound(self, piece: _Piece) -> bool:
        """Two or three known words written as one eojeol (빨간공이, 세마리)."""
        table, text = self._known.ko.words, piece.low
        if len(text) > 12:
            return False
        for split in range(len(text) - 1, 0, -1):
            head = table.get(text[:split])
            if not head:
                continue
            saved = len(self._out)
            self._out.append(Token("known", piece.text[:split], "ko", head))
            rest = text[split:]
            found = (
                self._eojeol(rest) if len(rest) > 1 or rest in table or rest in self._grammar["ko_counters"] else None
            )
            if found is not None and (found[0] or rest in self._grammar["ko_counters"]):
                word = piece.text[split : len(piece.text) - len(found[1])] if found[0] else piece.text[split:]
                self._out.append(Token("known" if found[0] else "stop", word, "ko", *found))
                return True
            del self._out[saved:]
        return False

    # Japanese ------------------------------------------------------------------------------------

    def _japanese_match(self, text: str, at: int) -> int:
        """Length of the longest word or stem at `at`; 0 when there is none."""
        index = self._known.ja
        for length in range(min(index.longest.get(text[at], 0), len(text) - at), 0, -1):
            part = text[at : at + length]
            if part in index.words or part in index.stems:
                return length
        return 0

    def _japanese(self, piece: _Piece) -> None:
        text, at, unknown = piece.low, 0, 0
        while at < len(text):
            length, kind, meanings = self._japanese_token(text, at, fresh=unknown == 0)
            if not length:
                run = _KATAKANA.match(text, at)
                step = run.end() - at if run else 1
                at, unknown = at + step, unknown + step
                continue
            if unknown:
                self._out.append(Token("unknown", piece.text[at - unknown : at], "ja"))
                unknown = 0
            self._out.append(Token(kind, piece.text[at : at + length], "ja", meanings))
            at += length
        if unknown:
            self._out.append(Token("unknown", piece.text[at - unknown : at], "ja"))

    def _japanese_token(self, text: str, at: int, *, fresh: bool) -> tuple[int, str, Meanings]:
        """(length, kind, meanings) of what starts at `at`; length 0 when nothing known does."""
        index, stops = self._known.ja, self._grammar["ja_stop"]
        stop = next((n for n in range(min(5, len(text) - at), 0, -1) if text[at : at + n] in stops), 0)
        length = self._japanese_match(text, at)
        part = text[at : at + length]
        # A word in hiragana may only start where another ended: otherwise it is a piece of a longer, unknown one.
        if length and not fresh and _KANA.fullmatch(part):
            length = 0
        run = _KATAKANA.match(text, at)
        if length and run and at + length < run.end() and not self._japanese_match(text, at + length):
            length = 0
        if stop > length:
            return stop, "stop", ()
        if not length:
            return 0, "", ()
        if part in index.words:
            return length, "known", index.words[part]
        tails = self._grammar["ja_tails"]
        end = at + length
        tail = next((n for n in range(min(8, len(text) - end), 0, -1) if text[end : end + n] in tails), 0)
        return length + tail, "known", index.stems[part]

    # ---------------------------------------------------------------------------------------------

    def _add(
        self, kind: str, first: int, last: int, language: str, meanings: Meanings = (), particle: str = ""
    ) -> None:
        text = "".join(p.text for p in self._pieces[first : last + 1])
        if particle and text.endswith(particle):
            text = text[: -len(particle)].rstrip()
        self._out.append(Token(kind, text, language, meanings, particle))
