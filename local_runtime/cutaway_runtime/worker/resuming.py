"""An engine that does not paint again what an earlier attempt at the job has painted.

    Resuming(engine, segments).paint(canvas, control)

There are two ways. A window of a shot that is painted in several is a segment: it is read back whole, and the next
one goes on from it as it would have. An engine that can begin anywhere is asked for the frames behind the last
segment of `PART_SECONDS`; that is worth its room and its work only where painting takes long, which its first frames
show. What is painted in one piece is painted anew.

An engine is a function of its canvas, and kept frames come back bit for bit: the file is the one that an attempt
would have made which nobody interrupted.
"""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Final

from cutaway.timebase import FrameRange
from cutaway_runtime.engine.base import Notes, Seeking
from cutaway_runtime.models.base import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Control, Engine
    from cutaway_runtime.worker.segments import Kept, Segments

PART_SECONDS: Final = 5
"""How much of a canvas is a segment of an engine that can begin anywhere."""
LONG: Final = 2
"""Such a canvas is kept in parts if it has more than so many of them: a shorter one is soon painted again."""
ANEW_SECONDS: Final = 60.0
"""And if painting all of it would take longer than that, to judge by its first second."""
RESTORING: Final = "restoring"
"""The phase in which kept frames are read back."""


class Resuming:
    """Stands for `engine` over the canvases of one job, in the order in which they come.

    `anew_seconds` takes the place of `ANEW_SECONDS`.
    """

    def __init__(self, engine: Engine, segments: Segments, anew_seconds: float = ANEW_SECONDS) -> None:
        self._engine = engine
        self._segments = segments
        self._anew = anew_seconds
        self._canvases = count()

    @property
    def info(self) -> ModelInfo:
        return self._engine.info

    @property
    def revision(self) -> str:
        return self._engine.revision

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        name = f"{next(self._canvases):04}"
        if canvas.shot_frames > canvas.frames:
            return self._whole(f"{name}-0000", canvas, control)
        if isinstance(self._engine, Seeking) and canvas.frames > LONG * _part_frames(canvas):
            return self._by_parts(self._engine, name, canvas, control)
        return self._engine.paint(canvas, control)

    def _whole(self, name: str, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """A window: read back, or painted and kept."""
        kept = self._segments.get(name)
        if kept is not None:
            for sound, at in kept.sounds():
                control.sound(sound, at)
            yield from self._again(kept, canvas, control)
            control.notes.take_over(kept.notes, FrameRange(0, canvas.frames), 0)
            return
        notes, sounds = Notes(), list[tuple[Sound, Fraction]]()

        def hear(sound: Sound, at: Fraction) -> None:
            sounds.append((sound, at))
            control.sound(sound, at)

        recording = self._segments.record(name)
        try:
            for chunk in self._engine.paint(canvas, control.part(notes, control.progress, hear)):
                recording = self._segments.add(recording, chunk)
                yield chunk
            self._segments.finish(recording, notes, sounds)
            recording = None
        finally:
            if recording is not None:
                recording.discard()
        control.notes.take_over(notes, FrameRange(0, canvas.frames), 0)

    def _by_parts(self, engine: Seeking, name: str, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """A long canvas: what is kept of it is read back, and the rest painted and kept part by part."""
        notes, done, parts = Notes(), 0, count()
        while (kept := self._segments.get(f"{name}-{(part := next(parts)):04}", done)) is not None:
            yield from self._again(kept, canvas, control)
            notes.take_over(kept.notes, FrameRange(0, 0), 0)
            done += kept.frames
        recording = self._segments.record(f"{name}-{part:04}", done)
        began, seen = time.monotonic(), 0
        try:
            for chunk in engine.paint_from(canvas, control.part(notes, control.progress), done):
                recording = self._segments.add(recording, chunk)
                yield chunk
                seen += len(chunk)
                if recording is not None and recording.end == seen >= canvas.rate.frames(1):
                    whole = (time.monotonic() - began) / seen * canvas.frames
                    if whole < self._anew:
                        recording.discard()
                        recording = None
                if recording is not None and recording.frames >= _part_frames(canvas):
                    self._segments.finish(recording, notes, [])
                    recording = self._segments.record(f"{name}-{next(parts):04}", recording.end)
        finally:
            if recording is not None:
                recording.discard()
        control.notes.take_over(notes, FrameRange(0, canvas.frames), 0)

    @staticmethod
    def _again(kept: Kept, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        at = kept.start
        for chunk in kept.read(canvas.height, canvas.width):
            control.progress(RESTORING, at, canvas.frames)
            yield chunk
            at += len(chunk)


def _part_frames(canvas: Canvas) -> int:
    return max(1, canvas.rate.frames(PART_SECONDS))
