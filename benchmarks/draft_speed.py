"""Claim: `draft` makes text to video at 1280x720, 24 fps, faster than real time on two cores.

    python benchmarks/draft_speed.py [--seconds 4] [--size 1280x720] [--repeats 3] [--keep]

Each prompt is painted and written to an MP4 file (H.264, flushed to disk) in this process, as the worker does
it. `x real time` is seconds of video per second on the clock, the best of the repeats, since whatever else the
machine does can only lengthen it; CPU ms per frame is the median over them of user plus system time of all
threads: two cores have 83 ms for each frame at 24 fps. The engine is loaded and warmed up once before.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from machine import cores, describe, keep

from cutaway.media.encode import Writer
from cutaway.timebase import FrameRange, Rate
from cutaway.wire import parse_size
from cutaway_runtime.canvas import Canvas, Span
from cutaway_runtime.engine import catalog
from cutaway_runtime.engine.base import Control, Engine

PROMPTS = {
    "README": "a red ball rolls left across a desert at sunset",
    "street": "a stylish woman walks down a Tokyo street filled with warm glowing neon at night",
    "snow": "a blue car drives right through a snowy field while snow falls",
    "forest": "a white rabbit hops left through a forest in the morning fog",
    "flock": "a flock of paper airplanes flutters through a dense jungle",
    "beach": "two dogs run right along a beach in the rain",
}
RATE = Rate.parse(24)


class Timing(NamedTuple):
    """One clip, in seconds."""

    wall: float
    cpu: float
    paint_cpu: float


def canvas(prompt: str, frames: int, size: tuple[int, int]) -> Canvas:
    spans = (Span(FrameRange(0, frames), prompt),)
    return Canvas(frames=frames, width=size[0], height=size[1], rate=RATE, seed=7, spans=spans)


def end_to_end(engine: Engine, prompt: str, frames: int, size: tuple[int, int], folder: Path) -> Timing:
    """Paint, encode, flush. Then paint once more without the encoder, to tell the two apart."""
    wall, cpu = time.perf_counter(), time.process_time()
    with Writer(folder / "clip.mp4", width=size[0], height=size[1], rate=RATE) as writer:
        for chunk in engine.paint(canvas(prompt, frames, size), Control()):
            writer.write(chunk)
        writer.finish()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    paint = time.process_time()
    for _ in engine.paint(canvas(prompt, frames, size), Control()):
        pass
    return Timing(wall, cpu, time.process_time() - paint)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="store the table under results/")
    options = parser.parse_args()
    size, frames = parse_size(options.size), RATE.frames(options.seconds)
    head = describe("cutaway", "numpy", "opencv-python-headless", "av")
    engine = catalog.load("draft")
    for _ in engine.paint(canvas(PROMPTS["README"], 8, size), Control()):
        pass  # loads sprites and libraries
    lines = [
        f"draft, {options.size}, {RATE} fps, {frames} frames, to MP4; {cores()} cores, best of {options.repeats}",
        "",
        f"{'scene':<10}{'x real time':>12}{'wall s':>9}{'CPU ms/frame':>14}{'of it painting':>16}",
    ]
    rates = []
    with TemporaryDirectory() as folder:
        for name, prompt in PROMPTS.items():
            took = [end_to_end(engine, prompt, frames, size, Path(folder)) for _ in range(options.repeats)]
            wall = min(t.wall for t in took)
            cpu = statistics.median(t.cpu for t in took) / frames * 1000
            paint = statistics.median(t.paint_cpu for t in took) / frames * 1000
            rates.append(options.seconds / wall)
            lines.append(f"{name:<10}{rates[-1]:>12.2f}{wall:>9.2f}{cpu:>14.1f}{paint:>16.1f}")
    faster = min(rates) >= 1
    lines += ["", f"median {statistics.median(rates):.2f} x real time, slowest {min(rates):.2f} x"]
    lines.append(f"the claim {'holds' if faster else 'DOES NOT HOLD'}")
    text = head + "\n\n" + "\n".join(lines)
    if options.keep:
        keep("draft-speed", text)
    else:
        print(text)
    return 0 if faster else 1


if __name__ == "__main__":
    sys.exit(main())
