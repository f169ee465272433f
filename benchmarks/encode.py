"""Writing frames as they come, beside diffusers' own `encode_video`, which takes them all at once.

    python benchmarks/encode.py [--frames 96] [--keep]

1920x1080 at 24 frames per second, H.264, each with its own default settings, in a process of its own. The
frames are noise that moves, the same for both. `peak` is the most resident memory of the process, `base` what it
held before the first frame. Claims: the size is the one that was asked, and memory does not grow with the clip.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from machine import describe, keep

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1920, 1080
WAYS = ("cutaway", "diffusers")


def frame(number: int) -> NDArray[np.uint8]:
    """A frame of the test picture, (H, W, 3) RGB."""
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT // 24, WIDTH // 24 + 96, 3), np.uint8)
    wide = noise.repeat(24, 0).repeat(24, 1)
    return np.ascontiguousarray(wide[:, 4 * number : 4 * number + WIDTH])


def resident(field: str) -> int:
    """Bytes of this process, as Linux counts them: VmRSS now, VmHWM the most so far."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


def write(way: str, frames: int, path: Path) -> dict[str, float]:
    """One clip; runs in a process of its own."""
    if way == "cutaway":
        from cutaway.media.encode import Writer
        from cutaway.timebase import Rate
    else:
        import torch  # noqa: F401 - what a pipeline has in memory anyway
        from diffusers.utils import encode_video
    base, start, began = resident("VmRSS"), time.perf_counter(), time.process_time()
    if way == "cutaway":
        with Writer(path, width=WIDTH, height=HEIGHT, rate=Rate.parse(24)) as writer:
            for number in range(frames):
                writer.write(frame(number))
            writer.finish()
    else:
        encode_video(np.stack([frame(number) for number in range(frames)]), fps=24, output_path=str(path))
    wall, cpu = time.perf_counter() - start, time.process_time() - began
    return {"wall": wall, "cpu": cpu, "base": base, "peak": resident("VmHWM")}


def line(way: str, frames: int, folder: Path) -> str:
    path = folder / f"{way}-{frames}.mp4"
    command = [sys.executable, __file__, "--write", way, "--frames", str(frames), "--path", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        made = f"{stream.width}x{stream.height}x{sum(1 for _ in clip.decode(stream))}"
    over = (told["peak"] - told["base"]) / 2**20
    return (
        f"{way:10} {frames:6} {made:>16} {1000 * told['cpu'] / frames:10.1f} {frames / told['wall']:8.1f} {over:10.0f}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--frames", type=int, default=96)
    options.add_argument("--keep", action="store_true")
    options.add_argument("--write", choices=WAYS, help=argparse.SUPPRESS)
    options.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.write:
        print(json.dumps(write(asked.write, asked.frames, asked.path)))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [line(way, count, Path(folder)) for count in (asked.frames // 2, asked.frames) for way in WAYS]
    head = f"{'written by':10} {'frames':>6} {'made':>16} {'cpu ms/f':>10} {'fps':>8} {'MiB over':>10}"
    text = "\n".join([describe("cutaway", "diffusers", "av"), "", head, *rows])
    if asked.keep:
        keep("encode", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
