"""The synthetic test picture: an engine whose every frame can be told from its pixels.

    +--------------------------------+
    | white yellow cyan green ...    |  eight colour bars, rotated by the seed
    |                                |
    |            [marker]            |  a grey square that crosses the picture once in 48 frames
    | #_#__###_#__                   |  bits: the frame number in black and white blocks
    +--------------------------------+

Kept frames come out as given; loose ones are bars mixed over the footage; an overlap is a dissolve.
Deterministic, no torch, no decision about what a prompt means: for tests, examples and benchmarks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.wire import ModelInfo, Segment
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.catalog import BARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.canvas import Canvas, Pixels, Run
    from cutaway_runtime.engine.base import Control

COLORS: Final = np.array(
    [
        (235, 235, 235), (235, 235, 16), (16, 235, 235), (16, 235, 16),
        (235, 16, 235), (235, 16, 16), (16, 16, 235), (16, 16, 16),
    ],
    dtype=np.uint8,
)  # fmt: skip
"""White, yellow, cyan, green, magenta, red, blue, black, at 235 and 16."""
BITS: Final = 16
CYCLE: Final = 48
"""Frames the marker takes to cross the picture."""
_CHUNK: Final = 8


class Bars:
    """Paints colour bars. `info` may be narrowed (a frame grid, a longest canvas) to stand for a stricter model."""

    def __init__(self, info: ModelInfo = BARS) -> None:
        self._info = info

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def revision(self) -> str:
        return "bars-1"

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        return self.paint_from(canvas, control, 0)

    def paint_from(self, canvas: Canvas, control: Control, start: int) -> Iterator[Pixels]:
        """See `engine.base.Seeking`."""
        still = _still(canvas)
        words = canvas.prompt.split()
        control.notes.unmatched += [word for word in words if word not in control.notes.unmatched]
        done = start
        for run in canvas.runs():
            control.notes.segments.append(
                Segment(start=run.range.start, end=run.range.end, method="kept" if run.kind is RunKind.KEPT else "bars")
            )
            for at in range(max(start, run.range.start), run.range.end, _CHUNK):
                end = min(at + _CHUNK, run.range.end)
                control.progress("painting", done, canvas.frames)
                yield _frames(canvas, run, still, at, end)
                done = end
        control.progress("painting", canvas.frames, canvas.frames)


def frame_number(frame: Pixels) -> int:
    """The number written into a frame of bars, read back from its pixels."""
    height, width = frame.shape[:2]
    row = frame[height - max(1, height // 16), :, :].astype(int).sum(axis=1) > 3 * 128
    edges = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    return sum(int(row[x]) << (BITS - 1 - bit) for bit, x in enumerate(edges))


def _frames(canvas: Canvas, run: Run, still: Pixels, start: int, end: int) -> Pixels:
    if run.kind is RunKind.KEPT:
        return run.known[0].read(start, end)
    if run.kind is RunKind.OVERLAP:
        first, second = (known.read(start, end).astype(np.float32) for known in run.known[:2])
        length = run.range.duration
        low, high = canvas.turn
        share = np.clip(low + (high - low) * (np.arange(start, end) - run.range.start + 0.5) / length, 0, 1)
        return np.rint(first + (second - first) * share[:, None, None, None]).astype(np.uint8)
    numbers = [canvas.shot_start + frame for frame in range(start, end)]
    bars = np.stack([_numbered(still, number, _way(canvas, number)) for number in numbers])
    if run.kind is RunKind.LOOSE:
        known = run.known[0]
        source = known.read(start, end).astype(np.float32)
        return np.rint(source * known.strength + bars * (1 - known.strength)).astype(np.uint8)
    return bars


def _still(canvas: Canvas) -> Pixels:
    """The bars without marker and number: (H, W, 3)."""
    order = np.roll(COLORS, canvas.seed % len(COLORS), axis=0)
    column = np.arange(canvas.width) * len(COLORS) // canvas.width
    return np.broadcast_to(order[column], (canvas.height, canvas.width, 3)).copy()


def _way(canvas: Canvas, number: int) -> float:
    """Where the marker is: 0 at the left edge, 1 at the right. On a closed canvas it goes there and back once."""
    if not canvas.closed:
        return (number % CYCLE) / (CYCLE - 1)
    turn = (number % canvas.shot_frames) / canvas.shot_frames
    return 1 - abs(2 * turn - 1)


def _numbered(still: Pixels, number: int, way: float) -> Pixels:
    frame = still.copy()
    height, width = frame.shape[:2]
    side = max(2, height // 6)
    left = round(way * (width - side))
    top = (height - side) // 2
    frame[top : top + side, left : left + side] = 128
    strip = frame[height - max(2, height // 8) :]
    bit = np.arange(width) * BITS // width
    strip[:] = np.where((number >> (BITS - 1 - bit)) & 1, 235, 16)[None, :, None]
    return frame
