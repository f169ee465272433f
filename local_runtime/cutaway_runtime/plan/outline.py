"""A job's canvas without pixels: where something is known and how much has to be painted, before any footage is opened.

len(pieces(effective, request, model))      in how many windows the model will paint it
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cutaway.timebase import FrameRange
from cutaway.wire import Verb
from cutaway_runtime.canvas import Canvas, Known
from cutaway_runtime.plan.cards import spans
from cutaway_runtime.plan.clock import Clock, painted_range, painted_spans
from cutaway_runtime.plan.grid import painted_at
from cutaway_runtime.plan.windows import windows

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo, VideoCreate
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.plan.effective import Effective
    from cutaway_runtime.plan.windows import Window


@dataclass(frozen=True)
class Blank:
    """A plate of which only the length is known."""

    frames: int

    def __len__(self) -> int:
        return self.frames

    def read(self, start: int, end: int) -> Pixels:
        raise ValueError(f"frames [{start}, {end}) were asked of footage that is not open")


def outline(effective: Effective, request: VideoCreate) -> Canvas:
    """The canvas that will be painted, as `plan_shot` lays it out."""
    e, count = effective, effective.paint_frames
    known: list[tuple[int, int, float]] = []
    if e.verb is Verb.GENERATE:
        known += [(0, 1, 1.0)] if request.input_reference is not None else []
        known += [(keyframe.at % count, 1, keyframe.strength) for keyframe in request.cutaway.keyframes]
        known += [(count - 1, 1, 1.0)] if request.cutaway.last_frame is not None else []
        known += [(card.at, card.known, card.strength) for card in e.cards if card.known]
    elif e.verb is Verb.REMIX:
        known += [(0, count, 1 - e.strength)]
    elif e.verb is Verb.BLEND:
        known += [(0, count, 1.0)] * 2
    else:
        known += [(0, e.head_frames, 1.0)] if e.head_frames else []
        known += [(e.head_frames + count, e.tail_frames, 1.0)] if e.tail_frames else []
    frames = e.head_frames + count + e.tail_frames
    return Canvas(
        frames=frames,
        width=e.width,
        height=e.height,
        rate=e.rate,
        seed=e.seed,
        spans=spans(request.prompt, e.cards, frames, [FrameRange.of(at, length) for at, length, _ in known]),
        known=tuple(Known(at, Blank(frames), strength) for at, frames, strength in known),
        closed=e.closed and e.verb is Verb.GENERATE,
    )


def pieces(effective: Effective, request: VideoCreate, model: ModelInfo) -> tuple[Window, ...]:
    """The windows the model will paint, on its own clock."""
    canvas = outline(effective, request)
    width, height, rate = painted_at(model, canvas.width, canvas.height, canvas.rate)
    clock = Clock.of(canvas, rate)
    known = ((piece, painted_range(canvas, piece.range, clock)) for piece in canvas.known)
    laid = tuple(Known(at.start, Blank(len(at)), piece.strength) for piece, at in known if at is not None)
    painted = replace(
        canvas,
        frames=clock.frames,
        width=width,
        height=height,
        rate=rate,
        spans=painted_spans(canvas, clock),
        known=laid,
        shot_frames=clock.frames,
    )
    return windows(painted, model)
