"""Claim: a cut of ten thousand clips opens, is searched, edited, saved and undone without a wait.

    python benchmarks/timeline.py [--clips 10000] [--large 50000] [--keep]

Every figure stands beside opentimelineio's own read or write of the same file in the same run, since machines
differ and this one may be busy: the least of several runs, by the clock on the wall and by the processor's own.
What doubling the number of clips costs is fitted to processor times over three sizes: twice as much means that
a thing is linear, four times that it is quadratic.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import opentimelineio as otio
from machine import describe, keep

from cutaway.storyboard.board import board_of
from cutaway.timebase import FrameRange, Rate
from cutaway.timeline import edits
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.takes import TakeMedia

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
TARGETS = {
    "open + index": 1.0,
    "cards": 0.15,
    "apply one": 0.05,
    "2,000 fills": 0.5,
    "splice save": 0.5,
    "undo one": 0.05,
}
DOUBLED = 2.6


class Cost(NamedTuple):
    """Seconds on the wall, and of the processor."""

    wall: float
    processor: float


def written(path: Path, clips: int) -> None:
    """Four tracks, a gap after every fourth clip, metadata as Resolve writes it."""
    seconds = otio.opentime.RationalTime
    ranges = otio.opentime.TimeRange
    timeline = otio.schema.Timeline("big", global_start_time=seconds(86400, 24))
    for number in range(4):
        track = otio.schema.Track(f"V{number + 1}", kind="Video")
        for n in range(clips // 4):
            if n % 5 == 4:
                track.append(otio.schema.Gap(source_range=ranges(duration=seconds(24, 24))))
                continue
            media = otio.schema.ExternalReference(
                f"/media/{number}-{n}.mov", ranges(seconds(86400, 24), seconds(240, 24))
            )
            clip = otio.schema.Clip(f"{number}-{n}", media, ranges(seconds(86424, 24), seconds(48, 24)))
            clip.metadata["Resolve_OTIO"] = {
                "Link Group ID": n,
                "Channels": [{"Source Channel ID": 0}] * 2,
                "x": "y" * 900,
            }
            track.append(clip)
        timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(path))


def timed(work: Callable[[], T], runs: int = 5) -> tuple[Cost, T]:
    """The least of a few runs, and the last result."""
    walls, processor = [], []
    for _ in range(runs):
        gc.collect()
        start, began = time.perf_counter(), time.process_time()
        result = work()
        processor.append(time.process_time() - began)
        walls.append(time.perf_counter() - start)
    return Cost(min(walls), min(processor)), result


def doubled(clips: list[int], costs: list[Cost]) -> float:
    """What twice as many clips cost, times: two to the slope of the line through the points on logarithmic paper."""
    across, up = [math.log2(n) for n in clips], [math.log2(cost.processor) for cost in costs]
    middle, level = sum(across) / len(across), sum(up) / len(up)
    rise = sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True))
    return float(2 ** (rise / sum((x - middle) ** 2 for x in across)))


def library_write(path: Path) -> Cost:
    read = otio.adapters.read_from_file(str(path))
    return timed(lambda: otio.adapters.write_to_string(read), 3)[0]


def measure(path: Path) -> dict[str, Cost]:
    figures: dict[str, Cost] = {}
    figures["library read"], _ = timed(lambda: otio.adapters.read_from_file(str(path)), 3)
    figures["library write"] = library_write(path)
    figures["open + index"], index = timed(lambda: Index.of(Document.open(path)))
    figures["cards"], _ = timed(lambda: board_of(index, every_gap=True))
    gaps = list(index.gaps())

    def take(frames: int) -> TakeMedia:
        used = FrameRange.of(12, frames)
        return TakeMedia("t" * 8, "/takes/t.mov", Rate.parse(24), used.grown(12, 12), used)

    figures["apply one"], (one, patch) = timed(lambda: edits.fill(index, gaps[len(gaps) // 2], take(24)), 15)
    figures["undo one"], undone = timed(lambda: patch.undone(one), 15)
    assert undone.text() == index.document.text()
    fillings = [edits.Filling(gap, take(24)) for gap in gaps[:2000]]
    figures["2,000 fills"], (filled, _) = timed(lambda: edits.fill_all(index, fillings))
    target = path.with_name("out.otio")
    figures["splice save"], _ = timed(lambda: filled.save(target, backup=False))
    return figures


def memory(path: Path) -> float:
    """Peak MiB of a process that opens the file, indexes it and lists its cards."""
    code = (
        "import re,resource,sys\nfrom pathlib import Path\n"
        "from cutaway.timeline.doc import Document\nfrom cutaway.timeline.index import Index\n"
        "from cutaway.storyboard.board import board_of\n"
        "board_of(Index.of(Document.open(Path(sys.argv[1]))))\n"
        "status = Path('/proc/self/status')\n"
        "own = re.search(r'VmHWM:\\s+(\\d+)', status.read_text()) if status.exists() else None\n"
        "print(own[1] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )  # a child's ru_maxrss begins at its parent's; VmHWM is its own
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return int(done.stdout) / (1024 if sys.platform == "linux" else 1 << 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--keep", action="store_true", help="write the table to benchmarks/results")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = [asked.clips // 4, asked.clips // 2, asked.clips]
        paths = {n: Path(folder) / f"{n}.otio" for n in [*sizes, asked.large]}
        for clips, path in paths.items():
            written(path, clips)
        measured = [measure(paths[n]) for n in sizes]
        full = measured[-1]
        large, _ = timed(lambda: Index.of(Document.open(paths[asked.large])), 2)
        large_library, _ = timed(lambda: otio.adapters.read_from_file(str(paths[asked.large])), 2)
        peak = memory(paths[asked.clips])
        megabytes = paths[asked.clips].stat().st_size / 1e6
    lines = [
        f"{asked.clips:,} clips, {megabytes:.0f} MB of JSON",
        f"library read {full['library read'].wall:.2f} s, write {full['library write'].wall:.2f} s",
        "",
        f"{'':14} {'seconds':>9} {'processor':>10} {'target':>8} {'x library':>10} {'x doubled':>10} {'target':>8}",
    ]
    for name, target in TARGETS.items():
        beside = full["library write"] if "save" in name else full["library read"]
        cost, growth = full[name], doubled(sizes, [figures[name] for figures in measured])
        lines.append(
            f"{name:14} {cost.wall:9.3f} {cost.processor:10.3f} {target:8.2f} {cost.wall / beside.wall:10.2f} "
            f"{growth:10.2f} {DOUBLED:8.1f}"
        )
    lines += [
        "",
        f"x doubled: fitted over {', '.join(f'{n:,}' for n in sizes)} clips",
        f"{asked.large:,} clips open + index: {large.wall:.2f} s (target 6), library read {large_library.wall:.2f} s",
        f"peak memory, {asked.clips:,} clips: {peak:.0f} MiB (target 400)",
    ]
    table = describe("opentimelineio") + "\n\n" + "\n".join(lines)
    if asked.json:
        print(json.dumps({name: cost._asdict() for name, cost in full.items()}))
    elif asked.keep:
        keep("timeline", table)
    else:
        print(table)


if __name__ == "__main__":
    main()
