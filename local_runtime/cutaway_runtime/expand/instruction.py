"""What a language model is told about a shot, and what of its answer is used.

    messages(Brief("a red ball", seconds=4))     system and user, as chat servers take them
    description(brief, reply)                     the text to paint, or `ExpansionFailed`

The idea is recaptioning (Betker et al. 2023, "Improving Image Generation with Better Captions"; used for
video by Sora): a model trained on long captions follows long prompts better. The answer is checked where
a program can: the script, numbers and quoted words of the prompt are in it, it adds something, it does not go
in circles, it is not too long. Pure.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Final

from cutaway.wire import Pattern

MAX_CHARACTERS: Final = 1200
"""Of a description; text encoders of video models read 128 to 512 tokens."""
LONG_ENOUGH: Final = 700
"""Bytes (UTF-8) of a prompt that says enough by itself."""
CIRCLES: Final = 0.4
"""A text that deflates to less than this share says things three times; the prompts of docs/boards.md come to 0.52 and
more."""

SYSTEM: Final = """\
You write prompts for a text-to-video model. You are given the short description of one shot. Answer with a fuller \
description of the same shot, and with nothing else.

Keep every fact: who is there and how many, what they do, where and when, colours, numbers, names. Words in quotation \
marks stay exactly as they are.
Add what a camera would see: framing and composition, where the light comes from and what colour it has, how things \
move from the beginning of the shot to its end, and how the camera moves.
Never add people, animals, brands, logos, written words or a second event that was not asked for. It is one \
continuous shot, without cuts.
Write in the language of the description, in the present tense, in one paragraph of {words} words. No heading, no \
list, no introduction, no quotation marks around it."""

_GIVEN: Final[dict[Pattern, str]] = {
    Pattern.FIRST: "The first frame is there already, as a picture: say how it goes on, not how everything looks.",
    Pattern.LAST: "The last frame is there already, as a picture: say how the shot arrives there.",
    Pattern.FIRST_LAST: "The first and the last frame are there already: say how the one becomes the other.",
    Pattern.KEYFRAMES: "Some frames are there already, as pictures: say what happens between them.",
    Pattern.HEAD: "It goes on from footage that is there already: say what happens next, in the same place.",
    Pattern.TAIL: "It leads up to footage that is there already: say what happens just before, in the same place.",
    Pattern.HEAD_TAIL: "It joins two shots that are there already: say what happens between them.",
    Pattern.LOOSE: "It is footage that is there already, made anew: say how it looks now. Its motion is given.",
    Pattern.OVERLAP: "It turns one shot that is there already into another: say how it changes.",
}
"""What is known of the shot beside its words."""

_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCE: Final = re.compile(r"^```\w*\n(.*?)\n?```$", re.DOTALL)
_LABEL: Final = re.compile(
    r"^(?:\*\*)?(?:prompt|shot|description|expanded prompt|video prompt)(?:\*\*)?\s*:\s*", re.IGNORECASE
)
_SENTENCE_END: Final = re.compile(r"[.!?\u3002\uff01\uff1f\u2026][\"'\u201d\u2019\u300d]?(?=\s|$|[\u3040-\uffef])")
_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_QUOTED: Final = re.compile(r"\"([^\"]+)\"|\u201c([^\u201d]+)\u201d|\u300c([^\u300d]+)\u300d|\u00ab([^\u00bb]+)\u00bb")
_QUOTES: Final = {'"': '"', "\u201c": "\u201d", "\u300c": "\u300d", "\u00ab": "\u00bb"}


class ExpansionFailed(Exception):
    """The prompt could not be written out. The job goes on without."""


@dataclass(frozen=True)
class Brief:
    """One shot to be described: the words there are, and what else is known of it."""

    prompt: str
    style: str = ""
    seconds: float = 4.0
    pattern: Pattern = Pattern.TEXT
    negative_prompt: str = ""


def messages(brief: Brief) -> list[dict[str, str]]:
    """The question, as a chat model is asked: [{"role": "system", ...}, {"role": "user", ...}]."""
    words = "50 to 90" if brief.seconds <= 5 else "70 to 120"
    about = [f"Shot: {_one_line(brief.prompt)}", f"Length: {brief.seconds:g} seconds"]
    about += [f"Style: {brief.style}"] if brief.style else []
    about += [f"Must not be seen: {_one_line(brief.negative_prompt)}"] if brief.negative_prompt.strip() else []
    about += [_GIVEN[brief.pattern]] if brief.pattern in _GIVEN else []
    return [{"role": "system", "content": SYSTEM.format(words=words)}, {"role": "user", "content": "\n".join(about)}]


def description(brief: Brief, reply: str) -> str:
    """The text to paint, out of what a language model answered.

    Raises:
        ExpansionFailed: the answer leaves out facts of the prompt, or is no description.
    """
    text = _bare(reply)
    if not text:
        raise ExpansionFailed("the language model answered nothing")
    text = _whole_sentences(text)
    prompt = _one_line(brief.prompt)
    if len(text) <= len(prompt):
        raise ExpansionFailed("the language model's text is no longer than the prompt itself")
    if len(zlib.compress(text.encode(), 9)) < CIRCLES * len(text.encode()):
        raise ExpansionFailed("the language model's text goes in circles")
    asked, answered = _script(prompt), _script(text)
    if asked and answered != asked:
        raise ExpansionFailed(f"the language model answered in {answered or 'no'} letters to a prompt in {asked} ones")
    lost = [fact for fact in _facts(prompt) if fact not in text]
    if lost:
        raise ExpansionFailed(f"the language model's text leaves out {', '.join(map(repr, lost))}")
    return text


def _bare(reply: str) -> str:
    """The description alone, as one line: without thoughts, fences, labels and quotation marks around it."""
    text = _THOUGHT.sub("", reply).strip()
    if "<think>" in text:
        raise ExpansionFailed("the language model was still thinking when its time was over")
    fenced = _FENCE.match(text)
    text = _LABEL.sub("", _one_line(fenced[1] if fenced else text))
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def _whole_sentences(text: str) -> str:
    """The sentences that fit and were not broken off; a text of one sentence may do without its full stop."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:MAX_CHARACTERS])]
    if ends:
        return text[: ends[-1]]
    if len(text) > MAX_CHARACTERS:
        raise ExpansionFailed(f"the language model's text has no sentence that ends within {MAX_CHARACTERS} characters")
    return text


def _facts(prompt: str) -> list[str]:
    """What has to come back letter by letter: numbers and quoted words."""
    quoted = ["".join(groups) for groups in _QUOTED.findall(prompt)]
    return list(dict.fromkeys([*quoted, *_NUMBER.findall(prompt)]))


def _script(text: str) -> str:
    """The letters most of a text is written in: "latin", "hangul", "cyrillic"; Chinese and Japanese are "cjk"."""
    counts = Counter(unicodedata.name(letter, "").partition(" ")[0].lower() for letter in text if letter.isalpha())
    for kind in ("hiragana", "katakana", "katakana-hiragana"):
        counts["cjk"] += counts.pop(kind, 0)
    return max(counts, key=lambda kind: counts[kind]) if counts.total() else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
