"""A model with a grid that refuses what a real one refuses, and footage whose frames can be told apart."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.timebase import Rate
from cutaway.wire import ModelInfo, Rank, Segment, Verb, parse_size
from cutaway_runtime.canvas import Canvas, Known, RunKind
from cutaway_runtime.engine.base import EngineError

WAN_LIKE = ModelInfo(
    id="strict",
    verbs=dict.fromkeys(Verb, Rank.NATIVE),
    size_multiple=16,
    min_side=16,
    frame_multiple=4,
    frame_offset=1,
    min_frames=5,
    max_frames=33,
    window_context=5,
    sizes=["64x48", "48x64"],
    rates=["16"],
    default_size="64x48",
    default_fps="16",
)


class Strict:
    """Paints, into every pixel: which canvas (red), which frame of it (green and blue). `tint` is added to all.

    It repaints known frames too, as a decoder does: in its own colours, not as they were given.
    """

    revision = "strict-1"

    def __init__(self, info=WAN_LIKE, tint=0):
        self.info = info
        self.tint = tint
        self.canvases = []

    def paint(self, canvas, control):
        self.refuse(canvas)
        number = len(self.canvases)
        self.canvases.append(canvas)
        control.notes.segments.append(Segment(start=0, end=canvas.frames, method="strict"))
        for at in range(canvas.frames):
            control.progress("denoising", at, canvas.frames)
            yield self.picture(canvas, number, at)[None]

    def picture(self, canvas, number, at):
        frame = np.empty((canvas.height, canvas.width, 3), np.uint8)
        frame[:] = (100 + number, at // 200, at % 200)
        return frame

    def refuse(self, canvas):
        info, problem = self.info, None
        if (canvas.frames - info.frame_offset) % info.frame_multiple or canvas.frames < info.min_frames:
            problem = f"{canvas.frames} frames"
        if info.max_frames is not None and canvas.frames > info.max_frames:
            problem = f"{canvas.frames} frames"
        if canvas.width % info.size_multiple or canvas.height % info.size_multiple:
            problem = f"{canvas.width}x{canvas.height}"
        if info.sizes:
            most = max(w * h for w, h in map(parse_size, info.sizes))
            if canvas.width * canvas.height > 1.1 * most:
                problem = f"{canvas.width}x{canvas.height}"
        if info.rates and all(abs(float(Rate.parse(r).fraction / canvas.rate.fraction) - 1) > 0.05 for r in info.rates):
            problem = f"{canvas.rate} frames per second"
        if canvas.closed:
            problem = "a closed canvas"
        kinds = {run.kind for run in canvas.runs()}
        if RunKind.OVERLAP in kinds and kinds != {RunKind.OVERLAP}:
            problem = "an overlap over a part of a canvas"
        for known in (*canvas.known, *([Known(0, canvas.anchor)] if canvas.anchor else [])):
            frames = known.plate.read(0, len(known.plate))
            if frames.shape != (len(known.plate), canvas.height, canvas.width, 3) or frames.dtype != np.uint8:
                problem = f"known frames {frames.shape}"
        if problem:
            raise EngineError(f"cannot paint {problem}")


class Ramp:
    """Footage as a plate: frame n is flat, of grey `base + n`."""

    def __init__(self, frames, width, height, base=0, step=1):
        self.shape, self.base, self.step, self.frames = (height, width, 3), base, step, frames

    def __len__(self):
        return self.frames

    def read(self, start, end):
        if not 0 <= start <= end <= self.frames:
            raise ValueError(f"[{start}, {end}) of {self.frames}")
        grey = (self.base + self.step * np.arange(start, end)) % 256
        return np.broadcast_to(grey[:, None, None, None].astype(np.uint8), (end - start, *self.shape)).copy()


@pytest.fixture
def strict():
    """Makes models: `strict()`, or with other facts than a small Wan has."""

    def make(engine=Strict, **facts):
        return engine(WAN_LIKE.model_copy(update=facts))

    return make


@pytest.fixture
def ramp():
    return Ramp


@pytest.fixture
def lay():
    """Makes canvases of 64x48 at 16 frames per second. `known` are (at, plate) or (at, plate, strength)."""

    def make(frames, *known, size=(64, 48), rate="16", **more):
        laid = tuple(Known(*k) for k in known)
        return Canvas(frames, *size, Rate.parse(rate), seed=3, known=laid, **more)

    return make
