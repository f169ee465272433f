"""A shot, frame by frame: kept footage read, canvases painted, in the order they are seen."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from cutaway.timebase import FrameRange
from cutaway.wire import Segment
from cutaway_runtime.canvas import splice
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.finishing import finished
from cutaway_runtime.engine.sound import JOIN, part
from cutaway_runtime.plan.shot import Keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.base import Engine, Hear
    from cutaway_runtime.models.base import Sound
    from cutaway_runtime.plan.shot import Paint, Shot

CHUNK: Final = 8
"""Frames read from kept footage at a time."""


def play(shot: Shot, engine: Engine, control: Control, folder: Path | None = None) -> Iterator[Pixels]:
    """All frames of the result, in chunks (n, H, W, 3) RGB uint8.

    What the engine notes about a canvas arrives in `control.notes` in the time of the result; progress
    is told with the share of the result that is done, and what is heard is told in its seconds. An engine with a grid
    of sizes, rates or lengths is finished to what the shot asks for; `folder` is where its frames wait on disk
    if they have to.

    Raises:
        Cancelled: from `control`.
        EngineError: a canvas cannot be painted.
    """
    painter, at = finished(engine, folder), 0
    for piece in shot.pieces:
        is_kept = isinstance(piece, Keep)
        control.progress("copying" if is_kept else "painting", at, shot.frames)
        if is_kept:
            control.notes.segments.append(Segment(start=at, end=at + piece.frames, method="kept"))
        chunks = _kept(piece) if isinstance(piece, Keep) else _painted(piece, painter, control, at, shot.frames)
        for chunk in chunks:
            control.check()
            yield chunk
        at += piece.frames


def _kept(piece: Keep) -> Iterator[Pixels]:
    for start in range(0, piece.frames, CHUNK):
        yield piece.plate.read(start, min(start + CHUNK, piece.frames))


def _painted(piece: Paint, engine: Engine, control: Control, at: int, frames: int) -> Iterator[Pixels]:
    notes = Notes()

    def progress(phase: str, step: int, total: int, done: float) -> None:
        control.progress(phase, step, total, (at + done * piece.frames) / frames)

    line = control.part(notes, progress, _heard(piece, control, at, frames))
    here = 0
    for chunk in splice(piece.canvas, engine.paint(piece.canvas, line)):
        wanted = FrameRange.of(here, len(chunk)).intersection(piece.take)
        if wanted is not None:
            yield chunk[wanted.start - here : wanted.end - here]
        here += len(chunk)
    control.notes.take_over(notes, piece.take, at)


def _heard(piece: Paint, control: Control, at: int, frames: int) -> Hear:
    """Passes on what is heard with the frames that are seen, in seconds of the result."""
    start, end, moved = (
        n / piece.canvas.rate.fraction for n in (piece.take.start, piece.take.end, at - piece.take.start)
    )

    def hear(sound: Sound, when: Fraction) -> None:
        fade_in, fade_out = (JOIN if meets else Fraction(0) for meets in (at > 0, at + piece.frames < frames))
        seen = part(sound, when, start, end, fade_in, fade_out)
        if seen is not None:
            control.sound(seen[0], seen[1] + moved)

    return hear
