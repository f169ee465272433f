"""Words in three languages and what they mean, indexed so that the longest phrase wins.

Sources are the JSON files of this folder; where two entries claim the same word both meanings are
kept, in the order of `_FILES`, and the reader decides by the words around it.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

LANGUAGES: Final = ("en", "ko", "ja")


class Role(StrEnum):
    """What a word does in a prompt."""

    NOUN = "noun"
    COLOR = "color"
    COUNT = "count"
    VERB = "verb"
    DIRECTION = "direction"
    MANNER = "manner"
    RELATION = "relation"
    PLACE = "place"
    SETTING = "setting"
    CAMERA = "camera"


_FILES: Final[tuple[tuple[str, Role], ...]] = (
    ("colors", Role.COLOR),
    ("counts", Role.COUNT),
    ("camera", Role.CAMERA),
    ("directions", Role.DIRECTION),
    ("manner", Role.MANNER),
    ("relations", Role.RELATION),
    ("places", Role.PLACE),
    ("setting", Role.SETTING),
    ("motions", Role.VERB),
)
_VERBAL: Final = frozenset({Role.VERB, Role.RELATION, Role.CAMERA})


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a word: its role and the entry it came from, without the words."""

    role: Role
    entry: dict[str, Any]


Meanings = tuple[Meaning, ...]


@dataclass(frozen=True)
class Sprite:
    """How a pictogram is used; heights in metres, `faces` as drawn."""

    key: str
    kind: str
    gait: str
    height_m: float
    drawn: bool


@dataclass
class Index:
    """Words of one language: whole words, stems, and the length of the longest of each."""

    words: dict[str, Meanings] = field(default_factory=dict)
    stems: dict[str, Meanings] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    """First word of a phrase (first character in Japanese) -> the length of the longest phrase that starts so."""
    second: dict[str, set[str]] = field(default_factory=dict)
    """First word of a phrase -> the words it may go on with."""
    stem_lengths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    en: Index
    ko: Index
    ja: Index
    sprites: dict[str, Sprite]
    grammar: dict[str, frozenset[str]]
    irregular: dict[str, str]


def _read(name: str) -> Any:
    return json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))


def entries(name: str) -> list[dict[str, Any]]:
    """The entries of one hand-written file, as they stand there."""
    found: list[dict[str, Any]] = _read(name)
    return found


def nouns() -> dict[str, dict[str, list[str]]]:
    """Sprite key -> words per language: ours first, then those of the derived table that nobody else claims."""
    ours: dict[str, dict[str, list[str]]] = _read("nouns")
    derived: dict[str, dict[str, list[str]]] = _read("emojibase")
    merged: dict[str, dict[str, list[str]]] = {}
    for key in _read("sprites"):
        both = {}
        for language in LANGUAGES:
            words = [*ours.get(key, {}).get(language, []), *derived.get(key, {}).get(language, [])]
            both[language] = list(dict.fromkeys(words))
        if any(both.values()):
            merged[key] = both
    return merged


@cache
def vocabulary() -> Vocabulary:
    """Everything, loaded once."""
    indices = {language: Index() for language in LANGUAGES}
    for name, role in _FILES:
        for entry in entries(name):
            meaning = Meaning(role, {k: v for k, v in entry.items() if k not in LANGUAGES})
            for language, index in indices.items():
                for word in entry.get(language, ()):
                    _add(index, language, word, meaning)
    for key, words in nouns().items():
        meaning = Meaning(Role.NOUN, {"sprite": key})
        for language, index in indices.items():
            for word in words[language]:
                _add(index, language, word, meaning)
    for index in indices.values():
        index.stem_lengths = tuple(sorted({len(stem) for stem in index.stems}, reverse=True))
    sprites = {
        key: Sprite(key, s["class"], s["gait"], s["height_m"], s.get("drawn", False))
        for key, s in _read("sprites").items()
    }
    grammar = _read("grammar")
    irregular = grammar.pop("en_irregular")
    tables = {name: frozenset(text.split()) for name, text in grammar.items()}
    return Vocabulary(indices["en"], indices["ko"], indices["ja"], sprites, tables, irregular)


def _add(index: Index, language: str, word: str, meaning: Meaning) -> None:
    stem = word[-1] == "~"
    plain = word[:-1] if stem else word
    if language == "en":
        plain = plain.replace("-", " ").replace("'", "")
    first, _, rest = plain.partition(" ")
    length = plain.count(" ") + 1
    if language == "ja":
        first, length = plain[0], len(plain)
    elif rest:
        index.second.setdefault(first, set()).add(rest.split(" ", 1)[0])
    if index.longest.get(first, 0) < length:
        index.longest[first] = length
    table = index.stems if stem else index.words
    key = unicodedata.normalize("NFD", plain) if stem and language == "ko" else plain
    known = table.get(key)
    if known is None:
        table[key] = (meaning,)
    elif all(meaning.role is not other.role for other in known):
        table[key] = (*known, meaning)


def inflections(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an English word may be a form of: as a plural (or the third person), and as a verb form."""
    plural: list[str] = []
    verb: list[str] = []
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        plural.append(word[:-1])
        if word.endswith("es"):
            plural.append(word[:-2])
        if word.endswith("ies"):
            plural.append(word[:-3] + "y")
        if word.endswith("ves"):
            plural += [word[:-3] + "f", word[:-3] + "fe"]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            base = word[: -len(ending)]
            verb += [base, base + "e"]
            if base[-1] == base[-2] or base.endswith("ck"):
                verb.append(base[:-1])
            if word.endswith("ied"):
                verb.append(word[:-3] + "y")
            if word.endswith("ying"):
                verb.append(word[:-4] + "ie")
    return tuple(plural), tuple(verb)


def verbal(meanings: Meanings) -> Meanings:
    """Of several meanings those that take verb endings."""
    return tuple(m for m in meanings if m.role in _VERBAL)
