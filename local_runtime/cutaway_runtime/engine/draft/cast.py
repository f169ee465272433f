"""The cast of a canvas as the reader of prompts knows it: names, and what stands in for what they do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway_runtime.engine.draft.read import stand_in
from cutaway_runtime.engine.draft.words.tokens import Called

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Canvas


def called_of(canvas: Canvas) -> list[Called]:
    """Who may be called by name."""
    return [Called(one.name, stand_in(one.name, one.description)) for one in canvas.cast]


def listed_of(canvas: Canvas) -> list[int]:
    """Who is to be seen, named or not."""
    return [number for number, one in enumerate(canvas.cast) if one.listed]


def said(canvas: Canvas) -> str:
    """The prompts as they were sent: descriptions of characters are for models, which see no drawing."""
    return " ".join(span.prompt for span in sorted(canvas.spans) if span.prompt)
