"""A model of few frames, painting canvases of any length: window by window, each going on from the one before.

    Windows(engine).paint(canvas, control)

Which windows there are is decided in `plan.windows`. Here they are painted in that order, shown what was
painted before, and their frames given out in the order they are seen. What a model paints in one piece
passes through untouched.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.timebase import FrameRange
from cutaway_runtime.canvas import Excerpt, Known, RunKind, counted, restored, splice
from cutaway_runtime.engine.base import Notes
from cutaway_runtime.engine.finishing.reel import LastFrames, Reel, Stack
from cutaway_runtime.engine.finishing.seam import faded, matched
from cutaway_runtime.engine.sound import SEAM
from cutaway_runtime.engine.sound import part as heard
from cutaway_runtime.plan.windows import windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels, Plate, Span
    from cutaway_runtime.engine.base import Control, Engine, Hear
    from cutaway_runtime.models.base import Sound
    from cutaway_runtime.plan.windows import Window

CHUNK: Final = 8
"""Frames read back at a time."""


class Windows:
    """An engine without a longest canvas and without a grid of lengths, from one that has them.

    `folder` is where windows wait that are painted before their time is seen; None is the system's own.
    """

    def __init__(self, engine: Engine, folder: Path | None = None) -> None:
        self._engine = engine
        self._folder = folder

    @property
    def info(self) -> ModelInfo:
        free = {"frame_multiple": 1, "frame_offset": 0, "min_frames": 1, "max_frames": None}
        return self._engine.info.model_copy(update=free)

    @property
    def revision(self) -> str:
        return self._engine.revision

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        plan = windows(canvas, self._engine.info)
        with ExitStack() as stack:
            job = _Job(self._engine, canvas, plan, control, self._folder, stack)
            yield from job.kept(0, min(window.new.start for window in plan))
            yield from job.backward() if len(plan) > 1 and plan[1].shared_tail else job.forward()
            yield from job.kept(max(window.new.end for window in plan), canvas.frames)


class _Job:
    """The windows of one canvas."""

    def __init__(
        self,
        engine: Engine,
        canvas: Canvas,
        plan: tuple[Window, ...],
        control: Control,
        folder: Path | None,
        stack: ExitStack,
    ) -> None:
        self._engine, self._canvas, self._plan = engine, canvas, plan
        self._control, self._folder, self._stack = control, folder, stack

    def kept(self, start: int, end: int) -> Iterator[Pixels]:
        """Known frames that no window looks at."""
        shape = (self._canvas.height, self._canvas.width, 3)
        for at in range(start, end, CHUNK):
            yield restored(self._canvas, at, np.empty((min(CHUNK, end - at), *shape), np.uint8))

    def forward(self) -> Iterator[Pixels]:
        """Each window after the one before it; what was painted last is shown to the next."""
        last = LastFrames(max(window.shared for window in self._plan))
        opening: list[Pixels] = []
        wanted = max(1, *(window.fold for window in self._plan))
        waiting: list[Pixels] = []
        for number, window in enumerate(self._plan):
            following = self._plan[number + 1] if number + 1 < len(self._plan) else None
            hold_from = following.range.start if following is not None and following.fades else window.new.end
            shared = last.stack(window.shared) if window.shared and not window.fades else None
            folded = Stack(np.stack(opening[: window.fold])) if window.fold else None
            anchor = Stack(np.stack(opening[:1])) if number and not window.fold else None
            canvas = part(self._canvas, window, head=shared, tail=folded, anchor=anchor)
            start = window.range.start if window.fades else window.new.start
            before, waiting = waiting, []
            frames = self._painted(number, window, canvas)
            for at, seen in _between(frames, window.range.start, start, window.new.end):
                chunk = seen
                if before:
                    count = min(len(before), len(chunk))
                    chunk = chunk.copy()
                    chunk[:count] = self._faded(before, chunk[:count], window.shared)
                    before = before[count:]
                last.see(chunk)
                opening += [frame.copy() for frame in chunk[: wanted - len(opening)]]
                emitted = max(0, min(len(chunk), hold_from - at))
                waiting += [frame.copy() for frame in chunk[emitted:]]
                if emitted:
                    yield chunk[:emitted]

    def backward(self) -> Iterator[Pixels]:
        """Each window before the one painted before it; all wait on disk until the first is there."""
        reels: list[Reel] = []
        anchor: Stack | None = None
        for number, window in enumerate(self._plan):
            shared = None
            if number:
                start = window.range.end - window.shared_tail - self._plan[number - 1].range.start
                shared = Stack(reels[-1].read(start, start + window.shared_tail))
            canvas = part(self._canvas, window, tail=shared, anchor=anchor)
            reel = self._stack.enter_context(Reel(canvas.width, canvas.height, self._folder))
            reel.wind(self._painted(number, window, canvas))
            reels.append(reel)
            if anchor is None:
                at = window.new.end - window.range.start - 1
                anchor = Stack(reel.read(at, at + 1))
        for window, reel in zip(reversed(self._plan), reversed(reels), strict=True):
            new = window.new.shifted(-window.range.start)
            for at in range(new.start, new.end, CHUNK):
                yield reel.read(at, min(at + CHUNK, new.end))

    def _painted(self, number: int, window: Window, canvas: Canvas) -> Iterator[Pixels]:
        """The frames of one window, its known ones as they were given."""
        notes, control, count = Notes(), self._control, len(self._plan)
        before = sum(earlier.new.duration for earlier in self._plan[:number])

        def progress(phase: str, step: int, total: int, done: float) -> None:
            where = phase if count == 1 else f"{phase}, window {number + 1} of {count}"
            control.progress(where, step, total, (before + done * window.new.duration) / self._canvas.frames)

        line = control.part(notes, progress, self._heard(number, window))
        painted = counted(canvas, self._engine.paint(canvas, line))
        yield from splice(canvas, matched(canvas, painted, line, self._folder))
        control.notes.take_over(notes, window.new.shifted(-window.range.start), window.new.start)

    def _heard(self, number: int, window: Window) -> Hear:
        """Passes on what is heard with the frames this window brings, turning into what its neighbours made."""
        rate = self._canvas.rate.fraction
        start, end, moved = (n / rate for n in (window.new.start, window.new.end, window.range.start))
        following = self._plan[number + 1] if number + 1 < len(self._plan) else None
        shared = min(SEAM, (window.shared or window.shared_tail) / rate)
        turns = min(SEAM, (following.shared or following.shared_tail) / rate) if following is not None else Fraction(0)
        if len(self._plan) > 1 and self._plan[1].shared_tail:  # painted from the end to the start
            fades, end = (turns, shared), end + shared
        else:
            fades, start = (shared, turns), start - shared

        def hear(sound: Sound, at: Fraction) -> None:
            seen = heard(sound, at + moved, start, end, *fades)
            if seen is not None:
                self._control.sound(*seen)

        return hear

    @staticmethod
    def _faded(before: list[Pixels], chunk: Pixels, shared: int) -> Pixels:
        """The first of the frames that wait, turning into the same ones painted again; `shared` are faded in all."""
        return faded(np.stack(before[: len(chunk)]), chunk, shared - len(before), shared)


def part(
    canvas: Canvas, window: Window, *, head: Plate | None = None, tail: Plate | None = None, anchor: Plate | None = None
) -> Canvas:
    """What a model is shown of a canvas for one window.

    Args:
        canvas: the whole.
        window: of it.
        head: what was painted of the window's first frames; takes the place of what is known there.
        tail: of its last frames, or, where the window folds, the first frames of the shot.
        anchor: a far frame of the shot.
    """
    here = window.range
    seen = FrameRange(max(here.start, 0) + (len(head) if head else 0), min(here.end, canvas.frames))
    if tail is not None and not window.fold:
        seen = FrameRange(seen.start, here.end - len(tail))
    known = [piece for known in canvas.known if (piece := _known(known, seen, here)) is not None]
    if head is not None:
        known.insert(0, Known(0, head))
    if tail is not None:
        known.append(Known((canvas.frames if window.fold else seen.end) - here.start, tail))
    held = window.frames - window.hold
    known = [replace(k, plate=Held(k.plate, window.hold)) if window.hold and k.range.end == held else k for k in known]
    whole = here == FrameRange(0, canvas.frames)
    return replace(
        canvas,
        frames=window.frames,
        seed=window.seed,
        spans=_spans(canvas, window),
        known=tuple(known),
        closed=canvas.closed and whole,
        shot_start=canvas.shot_start + here.start,
        anchor=canvas.anchor or anchor,
        turn=_turn(canvas, here),
    )


def _known(known: Known, seen: FrameRange, here: FrameRange) -> Known | None:
    """What of some known footage lies in a window, in its time."""
    both = known.range.intersection(seen)
    if both is None:
        return None
    if both == known.range:
        return replace(known, at=known.at - here.start)
    return Known(both.start - here.start, Excerpt(known.plate, both.shifted(-known.at)), known.strength)


def _spans(canvas: Canvas, window: Window) -> tuple[Span, ...]:
    """The prompts over what a window adds. The first and the last reach on over all it is shown beside that."""
    new, here = window.new, window.range
    over = sorted(span for span in canvas.spans if span.range.overlaps(new))
    made = []
    for span in over:
        start = here.start if span.range.start <= new.start else span.range.start
        end = here.end if span.range.end >= new.end else span.range.end
        made.append(span._replace(range=FrameRange(start - here.start, end - here.start)))
    return tuple(made)


def _turn(canvas: Canvas, here: FrameRange) -> tuple[float, float]:
    """How far one clip has turned into the other at the ends of a window."""
    over = next((run.range for run in canvas.runs() if run.kind is RunKind.OVERLAP), None)
    if over is None:
        return canvas.turn
    start, end = canvas.turn
    both = max(over.start, here.start), (here.end if over.end == canvas.frames else min(over.end, here.end))
    first, last = (start + (end - start) * (at - over.start) / over.duration for at in both)
    return first, last


class Held:
    """A plate whose last frame goes on for some frames more."""

    def __init__(self, plate: Plate, more: int) -> None:
        self._plate, self._more = plate, more

    def __len__(self) -> int:
        return len(self._plate) + self._more

    def read(self, start: int, end: int) -> Pixels:
        last = len(self._plate)
        frames = self._plate.read(min(start, last - 1), min(max(end, start + 1), last))
        index = np.clip(np.arange(start, end), None, last - 1) - min(start, last - 1)
        return frames[index]


def _between(chunks: Iterable[Pixels], at: int, start: int, end: int) -> Iterator[tuple[int, Pixels]]:
    """The part of some chunks, the first of which begins at frame `at`, that lies in [start, end), and where."""
    for chunk in chunks:
        both = FrameRange.of(at, len(chunk)).intersection(FrameRange(start, end))
        if both is not None:
            yield both.start, chunk[both.start - at : both.end - at]
        at += len(chunk)
