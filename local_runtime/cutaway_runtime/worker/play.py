"""A shot, frame by frame: kept footage read, canvases painted, in the order they are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.timebase import FrameRange
from cutaway.wire import Segment
from cutaway_runtime.canvas import Known, splice
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.plan.shot import Keep, Paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.base import Engine
    from cutaway_runtime.plan.shot import Shot

CHUNK: Final = 8
"""Frames read from kept footage at a time."""


def play(shot: Shot, engine: Engine, control: Control) -> Iterator[Pixels]:
    """All frames of the result, in chunks (n, H, W, 3) RGB uint8.

    What the engine notes about a canvas arrives in `control.notes` in the time of the result; progress
    counts frames of the result.

    Raises:
        Cancelled: from `control`.
        EngineError: a canvas cannot be painted.
    """
    at = 0
    last = _LastFrames(max((piece.carry for piece in shot.pieces if isinstance(piece, Paint)), default=0))
    for piece in shot.pieces:
        control.progress("painting" if isinstance(piece, Paint) else "copying", at, shot.frames)
        chunks = _kept(piece) if isinstance(piece, Keep) else _painted(piece, engine, control, last, at, shot.frames)
        if isinstance(piece, Keep):
            control.notes.segments.append(Segment(start=at, end=at + piece.frames, method="kept"))
        for chunk in chunks:
            control.check()
            last.see(chunk)
            yield chunk
        at += piece.frames


def _kept(piece: Keep) -> Iterator[Pixels]:
    for start in range(0, piece.frames, CHUNK):
        yield piece.plate.read(start, min(start + CHUNK, piece.frames))


def _painted(
    piece: Paint, engine: Engine, control: Control, last: _LastFrames, at: int, frames: int
) -> Iterator[Pixels]:
    canvas = piece.canvas
    if piece.carry:
        canvas = replace(canvas, known=(Known(0, last.plate(piece.carry)), *canvas.known))
    notes = Notes()

    def progress(phase: str, step: int, total: int) -> None:
        done = step * piece.frames // total if total else 0
        control.progress(phase, at + min(done, piece.frames), frames)

    inner = Control(notes, on_progress=progress, cancelled=control.is_cancelled, manner=control.manner)
    here = 0
    for chunk in splice(canvas, engine.paint(canvas, inner)):
        wanted = FrameRange.of(here, len(chunk)).intersection(piece.take)
        if wanted is not None:
            yield chunk[wanted.start - here : wanted.end - here]
        here += len(chunk)
    _hand_over(notes, control.notes, piece.take, at)


def _hand_over(notes: Notes, to: Notes, take: FrameRange, at: int) -> None:
    """What was noted in canvas time, added in the time of the result; words and warnings are told once."""
    for segment in notes.segments:
        seen = FrameRange(segment.start, segment.end).intersection(take)
        if seen is not None:
            moved = seen.shifted(at - take.start)
            to.segments.append(segment.model_copy(update={"start": moved.start, "end": moved.end}))
    to.understood += [term for term in notes.understood if term not in to.understood]
    to.unmatched += [term for term in notes.unmatched if term not in to.unmatched]
    to.warnings += [text for text in notes.warnings if text not in to.warnings]
    to.paths += [path for path in notes.paths if path not in to.paths]


class _LastFrames:
    """The last few frames that were played, for the window that continues from them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._frames: list[Pixels] = []

    def see(self, chunk: Pixels) -> None:
        if self._count:
            self._frames = [*self._frames, *(frame.copy() for frame in chunk[-self._count :])][-self._count :]

    def plate(self, count: int) -> _Painted:
        return _Painted(np.stack(self._frames[-count:]))


class _Painted:
    """Frames in memory, as a plate."""

    def __init__(self, frames: Pixels) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def read(self, start: int, end: int) -> Pixels:
        return self._frames[start:end]
