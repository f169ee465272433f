"""How much memory and CPU it takes to write a video: 10 s beside 60 s of the same picture.

    python benchmarks/encode_memory.py                  # 1920x1080 and 1280x720 at 24 frames per second, H.264
    python benchmarks/encode_memory.py --format prores

Each row runs in a process of its own. `over base` is the peak resident memory above what the
process held before the first frame, all libraries loaded. `cpu` counts every thread.
"""

from __future__ import annotations

import argparse
import json
import resource
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
    wide = width + 480
    y, x = np.mgrid[0:height, 0:wide].astype(np.float32)
    sky = np.stack([90 + 80 * y / height, 140 + 40 * np.sin(x / 97), 210 - 60 * y / height], axis=-1)
    hills = (y > height * (0.6 + 0.1 * np.sin(x / 140) + 0.03 * np.sin(x / 23)))[..., None]
    picture = np.where(hills, np.stack([60 + x % 61, 110 + 30 * np.sin(y / 9), 50 + y % 17], axis=-1), sky)
    picture = np.clip(picture + grain.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
    for n in range(frames):
        left = 2 * n % 480
        yield picture[:, left : left + width]


def measure(width: int, height: int, seconds: int, video_format: OutputFormat) -> dict[str, float]:
    frames = seconds * RATE.nominal
    source = moving_picture(width, height, frames)
    first = next(source)
    base = psutil.Process().memory_info().rss
    cpu, wall = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"out{MEDIA_TYPE[video_format][1]}"
        with Writer(out, width=width, height=height, rate=RATE, format=video_format) as writer:
            writer.write(first)
            for frame in source:
                writer.write(frame)
            written = writer.finish()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
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
