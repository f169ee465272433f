"""A model of one size and one rate, painting canvases of any: finished to what is asked, never retimed.

    asked      1920x1080, 24 fps    ----->    painted   832x480, 16 fps
               known frames                             the same footage at the model's clock and size
               result               <-----              frames
                        optical flow, Lanczos

Each frame that is asked for shows the moment of its own time: a painted one where the clocks meet, else one
in between, with the motion compensated. Known frames come out as they were given.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.timebase import FrameRange, round_half_up
from cutaway.wire import Segment
from cutaway_runtime.canvas import Known, RunKind, counted, restored
from cutaway_runtime.engine.base import Notes
from cutaway_runtime.engine.finishing.fit import Fit, Inward
from cutaway_runtime.engine.finishing.tween import Tween
from cutaway_runtime.plan.clock import Clock, painted_range, painted_spans
from cutaway_runtime.plan.grid import Painted, painted_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Control, Engine

_CHUNK_BYTES: Final = 24_000_000
KEPT: Final = "kept"
INTERPOLATED, SCALED, CROPPED = "interpolated by optical flow", "scaled by lanczos", "cropped"
"""How frames are finished; added to the method of their segments."""


class Finishing:
    """An engine of any size and rate, from one that publishes the few it was made for.

    What the inner engine paints as it is asked passes through untouched.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def info(self) -> ModelInfo:
        return self._engine.info.model_copy(update={"sizes": [], "rates": [], "size_multiple": 1})

    @property
    def revision(self) -> str:
        return self._engine.revision

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        painted = painted_at(self._engine.info, canvas.width, canvas.height, canvas.rate)
        if painted == (canvas.width, canvas.height, canvas.rate):
            return self._engine.paint(canvas, control)
        clock = Clock.of(canvas, painted.rate)
        fit = Fit(canvas.width, canvas.height, painted.width, painted.height)
        how = [INTERPOLATED] if painted.rate != canvas.rate else []
        how += [SCALED] if fit.scales else [CROPPED] if fit.lost else []
        control.notes.paths.append(f"painted {painted}, {', '.join(how)}")
        return self._finished(canvas, inner_canvas(canvas, painted, clock, fit), clock, fit, how, control)

    def _finished(
        self, canvas: Canvas, inner: Canvas, clock: Clock, fit: Fit, how: list[str], control: Control
    ) -> Iterator[Pixels]:
        notes = Notes()
        line = control.part(notes, control.progress)
        painted = _one_by_one(counted(inner, self._engine.paint(inner, line)))
        size = max(1, _CHUNK_BYTES // (canvas.width * canvas.height * 3))
        frames = _asked(canvas, painted, clock, fit)
        for start in range(0, canvas.frames, size):
            count = min(size, canvas.frames - start)
            chunk = np.empty((count, canvas.height, canvas.width, 3), np.uint8)
            for at in range(count):
                control.check()
                frame = next(frames)
                if frame is not None:
                    chunk[at] = frame
            yield restored(canvas, start, chunk)
        for _ in painted:  # what the model painted behind the last frame
            control.check()
        segments, notes.segments = notes.segments, []
        control.notes.take_over(notes, FrameRange(0, 0), 0)
        control.notes.segments += _segments(canvas, clock, segments, how)


def inner_canvas(canvas: Canvas, painted: Painted, clock: Clock, fit: Fit) -> Canvas:
    """What the model is shown of a canvas: the same known footage and prompts, at its own clock and size.

    Of two pictures that would fall on the same painted frame it is shown the earlier one.
    """
    known = [_inward(canvas, piece, clock, fit) for piece in canvas.known]
    pace = painted.rate.fraction / canvas.rate.fraction
    return replace(
        canvas,
        frames=clock.frames,
        width=painted.width,
        height=painted.height,
        rate=painted.rate,
        spans=painted_spans(canvas, clock),
        known=tuple(piece for piece in known if piece is not None),
        shot_start=round_half_up(canvas.shot_start * pace),
        shot_frames=max(clock.frames, round_half_up(canvas.shot_frames * pace)),
        references=tuple(Inward(plate, fit) for plate in canvas.references),
        anchor=Inward(canvas.anchor, fit) if canvas.anchor is not None else None,
    )


def _inward(canvas: Canvas, known: Known, clock: Clock, fit: Fit) -> Known | None:
    """Known footage at the model's clock and size."""
    here = painted_range(canvas, known.range, clock)
    if here is None:
        return None
    is_picture = len(known.plate) == 1
    plate = known.plate if is_picture else Reclocked(known, clock, here)
    return Known(here.start, Inward(plate, fit), known.strength, known.slate)


class Reclocked:
    """Known footage seen at the painted frames `painted` (canvas time): frames between frames are interpolated."""

    def __init__(self, known: Known, clock: Clock, painted: FrameRange) -> None:
        self._known, self._clock, self._painted = known, clock, painted
        self._tween = Tween()

    def __len__(self) -> int:
        return self._painted.duration

    def read(self, start: int, end: int) -> Pixels:
        return np.stack([self._at(self._painted.start + at) for at in range(start, end)])

    def _at(self, painted: int) -> Pixels:
        range_ = self._known.range
        asked = min(max(self._clock.asked(painted), Fraction(range_.start)), Fraction(range_.end - 1))
        before = floor(asked)
        if before == asked:
            return self._frame(before)
        return self._tween(before, self._frame(before), self._frame(before + 1), asked - before)

    def _frame(self, asked: int) -> Pixels:
        frame: Pixels = self._known.read(asked, asked + 1)[0]
        return frame


def _one_by_one(chunks: Iterator[Pixels]) -> Iterator[Pixels]:
    for chunk in chunks:
        yield from chunk


def _asked(canvas: Canvas, painted: Iterator[Pixels], clock: Clock, fit: Fit) -> Iterator[Pixels | None]:
    """Every asked frame in order, two painted ones in memory at a time; None where it is kept anyway."""
    tween, opening = Tween(), next(painted)
    before, after, at = opening, opening, 0  # `after` is painted frame `at`, `before` the one in front of it
    kept = _kept(canvas)
    for frame in range(canvas.frames):
        place = clock.painted(frame)
        while at < ceil(place):
            before, after, at = after, next(painted, opening), at + 1  # a closed canvas goes on with its first frame
        if frame in kept:
            yield None
        elif place == at:
            yield fit.outward(after)
        else:
            yield fit.outward(tween(at - 1, before, after, place - (at - 1)))


def _kept(canvas: Canvas) -> set[int]:
    return {frame for run in canvas.runs() if run.kind is RunKind.KEPT for frame in run.range}


def _segments(canvas: Canvas, clock: Clock, painted: list[Segment], how: list[str]) -> list[Segment]:
    """How the asked frames were made: each as the painted one nearest to it, and finished."""
    told: list[Segment] = []
    kept = _kept(canvas)
    for frame in range(canvas.frames):
        near = round_half_up(clock.painted(frame))
        methods = [s.method for s in painted if s.start <= near < s.end and s.method != KEPT]
        method = KEPT if frame in kept else ", ".join([*(methods or ["painted"])[:1], *how])
        if told and told[-1].method == method and told[-1].end == frame:
            told[-1].end = frame + 1
        else:
            told.append(Segment(start=frame, end=frame + 1, method=method))
    return told
