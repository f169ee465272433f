"""How much memory and CPU it takes to write a video: 10 s beside 60 s of the same picture.

    python benchmarks/encode_memory.py                  # 1920x1080 and 1280x720 at 24 frames per second, H.264
    python benchmarks/encode_memory.py --format prores

Each row runs in a process of its own. `over base` is the largest resident memory, looked at after
every frame, above what the process held with all libraries loaded and no picture made; it
includes the test picture. `cpu` counts every thread.
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

import numpy as np
import psutil
from machine import describe, keep

from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway.wire import MEDIA_TYPE, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MIB = 1 << 20
RATE = Rate.parse(24)
LIMIT_MIB = 150


def moving_picture(width: int, height: int, frames: int) -> Iterator[NDArray[np.uint8]]:
    """A soft-edged landscape under which the camera moves, with a little grain: a window over one wide picture."""
    grain = np.random.default_rng(7)
    x = np.arange(width + 480)
    ridge = height * (0.6 + 0.1 * np.sin(x / 140) + 0.03 * np.sin(x / 23))
    picture = np.empty((height, len(x), 3), np.uint8)
    for y in range(height):  # a row at a time: making the picture must not take the memory that is measured
        sky = np.stack(
            [np.full(len(x), 90 + 80 * y / height), 140 + 40 * np.sin(x / 97), 210 - 60 * y / height + 0 * x]
        )
        hills = np.stack([60 + x % 61, 110 + 30 * np.sin(y / 9) + 0 * x, 50 + y % 17 + 0 * x])
        row = np.where(y > ridge, hills, sky) + grain.normal(0, 2, sky.shape)
        picture[y] = np.clip(row, 0, 255).astype(np.uint8).T
    for n in range(frames):
        left = 2 * n % 480
        yield picture[:, left : left + width]


def resident() -> int:
    """Bytes of memory this process holds."""
    return int(psutil.Process().memory_info().rss)


def measure(width: int, height: int, seconds: int, video_format: OutputFormat) -> dict[str, float]:
    frames = seconds * RATE.nominal
    base = resident()
    source = moving_picture(width, height, frames)
    first = next(source)
    peak = resident()
    cpu, wall = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"out{MEDIA_TYPE[video_format][1]}"
        with Writer(out, width=width, height=height, rate=RATE, format=video_format) as writer:
            writer.write(first)
            for frame in source:
                writer.write(frame)
                peak = max(peak, resident())
            written = writer.finish()
    return {
        "frames": written.frames,
        "base": base / MIB,
        "over": (peak - base) / MIB,
        "cpu": (time.process_time() - cpu) / frames * 1e3,
        "wall": (time.perf_counter() - wall) / frames * 1e3,
        "size": written.bytes / MIB,
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--format", type=OutputFormat, choices=list(OutputFormat), default=OutputFormat.MP4)
    arguments.add_argument("--one", nargs=3, type=int, metavar=("WIDTH", "HEIGHT", "SECONDS"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.one:
        print(json.dumps(measure(*given.one, given.format)))
        return 0

    lines = [
        describe("av", "numpy"),
        f"format     {given.format}",
        "",
        "      size  frames  base MiB  over base MiB  cpu ms/frame  wall ms/frame  file MiB",
    ]
    worst = 0.0
    for width, height, seconds in ((1920, 1080, 10), (1920, 1080, 60), (1280, 720, 10), (1280, 720, 60)):
        command = [sys.executable, __file__, "--format", given.format, "--one", str(width), str(height), str(seconds)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        worst = max(worst, row["over"])
        lines.append(
            f"{f'{width}x{height}':>10}{row['frames']:>8}{row['base']:>10.0f}{row['over']:>15.0f}"
            f"{row['cpu']:>14.1f}{row['wall']:>15.1f}{row['size']:>10.1f}"
        )
    verdict = "within" if worst <= LIMIT_MIB else "EXCEEDED"
    lines.append(f"limit: {LIMIT_MIB} MiB over base; worst: {worst:.0f} MiB: {verdict}")
    keep("encode-memory", "\n".join(lines))
    return int(worst > LIMIT_MIB)


if __name__ == "__main__":
    sys.exit(main())
