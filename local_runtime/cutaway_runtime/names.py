"""Who a prompt means: the names of characters, found in its words.

    @Robo jumps         Robo's hat          로보가 달린다          赤いロボが走る

A name counts where it stands as whole words, in any case, or behind an `@`. Of names that overlap the longest
counts. What a whole word is depends on the script: between spaces and signs in most; in Korean a particle may
follow; Japanese has no spaces, so there a name ends where its script does, or at a particle. A name of one
character counts only behind an `@`.

Positions count in `normal(prompt)`. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCRIPTS: Final = (
    ("hangul", re.compile(r"[\u1100-\u11ff\u3131-\u318e가-힣]")),
    ("katakana", re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]")),
    ("hiragana", re.compile(r"[\u3041-\u309f]")),
    ("han", re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff]")),
    ("word", re.compile(r"\w")),
)
_KO_ENDINGS: Final = re.compile(
    r"(?:이|씨|님|군|양)?(?:들|네)?"
    r"(?:에게서|한테서|에게|한테|에서|에는|에도|에만|께서|부터|까지|처럼|보다|마다|조차|마저|밖에|이나|이랑|하고"
    r"|으로|이라는|라는|이야|이란|란|은|는|이|가|을|를|의|에|께|와|과|도|만|로|랑|나|야|아)?"
    r"(?:는|은|도|만|의|서)?(?![가-힣])"
)
_JA_ENDINGS: Final = re.compile(
    r"(?:さん|ちゃん|くん|さま|たち|達|様|君)?(?:$|[^\u3041-\u309f\u4e00-\u9fff]|から|まで|より|だけ|など|とも"
    r"|[はがをにへとでものやか])"
)
_JA_BEFORE: Final = frozenset("はがをにへとでものやかないるた")
"""Hiragana after which a name written in hiragana may begin."""
_STRANGER: Final = re.compile(r"(?<![\w@.])@([^\W\d_][\w-]{0,63})")


class Mention(NamedTuple):
    """A name in a prompt: where it stands, an `@` before it included, and which of the names it is."""

    start: int
    end: int
    which: int


def normal(text: str) -> str:
    """One spelling for characters that have several (NFKC); as long as `lowered` makes it."""
    return unicodedata.normalize("NFKC", text)


def lowered(text: str) -> str:
    """Small letters, character by character, so that positions stay."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def folded(name: str) -> str:
    """A name as names are compared: case, spacing and spelling variants do not make another one."""
    return " ".join(normal(name).casefold().split())


def mentions(prompt: str, names: Sequence[str]) -> list[Mention]:
    """Every place where one of the names is meant, in the order of the prompt."""
    text = lowered(normal(prompt))
    taken: list[Mention] = []
    words = [lowered(normal(name)).split() for name in names]
    for which in sorted(range(len(names)), key=lambda n: (-len(" ".join(words[n])), n)):
        if not words[which] or words[which][0] not in text:
            continue
        for found in re.finditer(r"\s+".join(map(re.escape, words[which])), text):
            start, end = found.span()
            called = start > 0 and text[start - 1] == "@"
            if called:
                start -= 1
            elif len(found.group()) == 1:
                continue
            if (
                _begins(text, start, end)
                and _ends(text, end)
                and not any(m.start < end and start < m.end for m in taken)
            ):
                taken.append(Mention(start, end, which))
    return sorted(taken)


def strangers(prompt: str, names: Sequence[str]) -> list[str]:
    """What stands behind an `@` and is none of the names."""
    known = mentions(prompt, names)
    found = _STRANGER.finditer(normal(prompt))
    return list(dict.fromkeys(m[1] for m in found if not any(k.start <= m.start() < k.end for k in known)))


def _script(character: str) -> str:
    return next((name for name, pattern in _SCRIPTS if pattern.match(character)), "")


def _begins(text: str, start: int, end: int) -> bool:
    """Whether a new word begins here."""
    if start == 0:
        return True
    first, before = _script(text[start]), _script(text[start - 1])
    if not before or not first:
        return text[start] != "@" or before == ""
    if first == "hiragana" and before == "hiragana":
        return text[start - 1] in _JA_BEFORE and end - start > 1
    if first == "hangul":
        return before not in {"hangul", "word"}
    return first != before


def _ends(text: str, end: int) -> bool:
    """Whether the word ends here, or goes on with nothing but a particle."""
    if end == len(text):
        return True
    last, after = _script(text[end - 1]), _script(text[end])
    if after == "hangul":
        return _KO_ENDINGS.match(text, end) is not None
    if after == "hiragana" and last in {"hiragana", "han"}:
        return _JA_ENDINGS.match(text, end) is not None
    if after == "han" and last == "han":
        return _JA_ENDINGS.match(text, end) is not None and text[end] in "達様君"
    return not last or not after or last != after
