"""The draft engine: pictograms in a layered scene for a prompt, optical flow and grading for footage.

`Draft` is loaded when it is first asked for: who only reads a prompt loads neither OpenCV nor the stage.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.engine import Draft

__all__ = ["Draft"]


def __getattr__(name: str) -> Any:
    if name == "Draft":
        return import_module("cutaway_runtime.engine.draft.engine").Draft
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
