"""A prompt as a person would see it: painted by an engine, written to a file, read back from it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Span
from cutaway_runtime.engine.base import Control, Notes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cutaway_runtime.engine.base import Engine

    Picture = NDArray[np.uint8]

FRAMES, SIZE, RATE = 48, (320, 180), Rate.parse(24)


def canvas(prompt: str, seed: int) -> Canvas:
    return Canvas(
        frames=FRAMES,
        width=SIZE[0],
        height=SIZE[1],
        rate=RATE,
        seed=seed,
        spans=(Span(FrameRange(0, FRAMES), prompt),),
    )


def filmed(engine: Engine, prompt: str, seed: int, notes: Notes | None = None) -> Picture:
    """Two seconds of a prompt (48, 180, 320, 3), after H.264."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with Writer(path, width=SIZE[0], height=SIZE[1], rate=RATE) as writer:
            for chunk in engine.paint(canvas(prompt, seed), Control(notes)):
                writer.write(chunk)
            writer.finish()
        with Clip(path) as clip:
            return clip.read(0, len(clip))
