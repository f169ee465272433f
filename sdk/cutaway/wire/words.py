"""The words of a request: verbs, ranks, formats, and how sizes, rates and seconds are written."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from cutaway.timebase import Rate


class Verb(StrEnum):
    """What is asked for: the six kinds of card."""

    GENERATE = "generate"
    FILL = "fill"
    EXTEND = "extend"
    REMIX = "remix"
    BLEND = "blend"
    LOOP = "loop"


class Rank(StrEnum):
    """How a model comes to a verb: by itself, by composing other verbs, or by a poorer way it must say."""

    NATIVE = "native"
    COMPOSED = "composed"
    DEGRADED = "degraded"


class Pattern(StrEnum):
    """What a model is shown: where the known frames of a canvas lie. Each verb comes down to one of these."""

    TEXT = "text"  # ................    nothing: generate from words
    FIRST = "first_frame"  # #...............    image to video
    LAST = "last_frame"  # ...............#    a shot that ends on a picture
    FIRST_LAST = "first_last"  # #..............#    from one picture to another
    KEYFRAMES = "keyframes"  # #....#.....#....    pictures pinned anywhere
    HEAD = "head"  # ####............    extend forward: motion is known
    TAIL = "tail"  # ............####    extend backward
    HEAD_TAIL = "head_tail"  # ####........####    fill, and the join of a loop
    LOOSE = "loose"  # ++++++++++++++++    remix: every frame, loosely
    OVERLAP = "overlap"  # XXXXXXXXXXXXXXXX    blend: two shots at once


class Profile(StrEnum):
    """How a real model is run: `exact` computes every step; the others save time or memory at a cost in the picture."""

    EXACT = "exact"  # every step computed, as the checkpoint's authors run it
    BALANCED = "balanced"  # steps that hardly differ from the one before are reused
    FAST = "fast"  # a distilled schedule where there is one, and bolder reuse
    LOW_MEMORY = "low-memory"  # weights come and go, and are stored in fewer bits


class Priority(StrEnum):
    """Whose turn comes first among jobs that are equally early by their callers' plans."""

    INTERACTIVE = "interactive"  # somebody sits and waits for it
    NORMAL = "normal"
    BATCH = "batch"  # when nothing else is to be done


class OutputFormat(StrEnum):
    """Containers and codecs of a finished video."""

    MP4 = "mp4"  # H.264 in MP4
    PRORES = "prores"  # ProRes 422 HQ in MOV
    DNXHR = "dnxhr"  # DNxHR HQ in MOV
    FFV1 = "ffv1"  # lossless FFV1 in Matroska
    PNG = "png"  # a numbered image sequence in a ZIP


MEDIA_TYPE: Final[dict[OutputFormat, tuple[str, str]]] = {
    OutputFormat.MP4: ("video/mp4", ".mp4"),
    OutputFormat.PRORES: ("video/quicktime", ".mov"),
    OutputFormat.DNXHR: ("video/quicktime", ".mov"),
    OutputFormat.FFV1: ("video/x-matroska", ".mkv"),
    OutputFormat.PNG: ("application/zip", ".zip"),
}
"""Media type and file suffix of each format."""

Direction = Literal["forward", "backward"]
Variant = Literal["video", "thumbnail", "spritesheet", "first_frame", "last_frame", "audio", "sidecar"]
"""What can be fetched of a finished job: `audio` is its sound alone, `sidecar` everything known of it as JSON."""
SIZE_PATTERN: Final = re.compile(r"^([1-9]\d{0,4})x([1-9]\d{0,4})$")
PATH: Final = re.compile(
    r"^(?:[/\\~]|\.\.?[/\\]|[A-Za-z]:[/\\]|file:)|^(?![a-z]+:)[^?]*\.(?:png|jpe?g|webp|gif|avif|tiff?|mp4|mov|mkv|webm)$",
    re.IGNORECASE,
)
"""What looks like a file on a disk, and like no id."""
MAX_SECONDS: Final = 60
MAX_RATE_TERM: Final = 2**31 - 1
"""Of a rate's numerator and denominator; containers hold no larger ones."""
MAX_REFERENCES: Final = 16
"""Pictures of characters and things in one request."""
MAX_CARDS: Final = 64
"""Timed cards in one request."""
MAX_TAKES: Final = 10
"""Videos of one request."""
MAX_DEADLINE: Final = 30 * 24 * 3600
"""Seconds."""


def parse_size(text: str) -> tuple[int, int]:
    """The text "1280x720" as (width, height) in pixels.

    Raises:
        ValueError: not written WIDTHxHEIGHT.
    """
    match = SIZE_PATTERN.match(text.strip().lower())
    if match is None:
        raise ValueError(f"a size is written WIDTHxHEIGHT, such as 1280x720, not {text!r}")
    return int(match[1]), int(match[2])


def _size(value: Any) -> Any:
    if isinstance(value, str):
        width, height = parse_size(value)
        return f"{width}x{height}"
    return value


def _rate(value: Any) -> Any:
    if value is None:
        return None
    rate = Rate.parse(value)
    if max(rate.fraction.numerator, rate.fraction.denominator) > MAX_RATE_TERM:
        raise ValueError(f"a rate is a fraction of whole numbers up to {MAX_RATE_TERM}, such as 24000/1001")
    return str(rate)


def _seconds(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("seconds is a number such as 4 or '4', not a truth value")
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"seconds is a number such as 4 or '4', not {value!r}") from None
    if isinstance(value, (int, float)) and MAX_SECONDS < value < math.inf:
        raise ValueError(f"at most {MAX_SECONDS} s are made at a time: make several shots, or extend one")
    return value


Size = Annotated[str, BeforeValidator(_size), WithJsonSchema({"type": "string", "pattern": SIZE_PATTERN.pattern})]
"""Pixels, WIDTHxHEIGHT."""
WireRate = Annotated[
    str,
    BeforeValidator(_rate),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": r"^\d+([./]\d+)?$"}]}
    ),
]
"""Frames per second as the text of an exact fraction: "25", "24000/1001"."""
WireSeconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, le=MAX_SECONDS, allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_SECONDS},
                {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
            ]
        }
    ),
]
