"""The draft engine: pictograms in a layered scene for a prompt, optical flow and grading for footage."""

from cutaway_runtime.engine.draft.engine import Draft

__all__ = ["Draft"]
