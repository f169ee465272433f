"""Claim: a cut of ten thousand clips opens, is searched, edited, saved and undone without a wait.

    python benchmarks/timeline.py [--clips 10000] [--large 50000] [--keep]

Every figure stands beside opentimelineio's own read or write of the same file in the same run, since machines
differ and this one may be busy. Doubling the number of clips shows that nothing is quadratic.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

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


def timed(work: Callable[[], T], runs: int = 3) -> tuple[float, T]:
    """The least of a few runs, in seconds, and the last result."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def library_write(path: Path) -> float:
    read = otio.adapters.read_from_file(str(path))
    return timed(lambda: otio.adapters.write_to_string(read), 2)[0]


def measure(path: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    figures["library read"], _ = timed(lambda: otio.adapters.read_from_file(str(path)), 2)
    figures["library write"] = library_write(path)
    figures["open + index"], index = timed(lambda: Index.of(Document.open(path)))
    figures["cards"], _ = timed(lambda: board_of(index, every_gap=True))
    gaps = list(index.gaps())

    def take(frames: int) -> TakeMedia:
        used = FrameRange.of(12, frames)
        return TakeMedia("t" * 8, "/takes/t.mov", Rate.parse(24), used.grown(12, 12), used)

    figures["apply one"], (one, patch) = timed(lambda: edits.fill(index, gaps[len(gaps) // 2], take(24)))
    figures["undo one"], undone = timed(lambda: patch.undone(one))
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
        sizes = [asked.clips // 2, asked.clips, asked.large]
        paths = [Path(folder) / f"{n}.otio" for n in sizes]
        for path, clips in zip(paths, sizes, strict=True):
            written(path, clips)
        half, full = measure(paths[0]), measure(paths[1])
        large, _ = timed(lambda: Index.of(Document.open(paths[2])), 1)
        large_library, _ = timed(lambda: otio.adapters.read_from_file(str(paths[2])), 1)
        peak = memory(paths[1])
        megabytes = paths[1].stat().st_size / 1e6
    lines = [
        f"{asked.clips:,} clips, {megabytes:.0f} MB of JSON",
        f"library read {full['library read']:.2f} s, write {full['library write']:.2f} s",
        "",
        f"{'':14} {'seconds':>9} {'target':>8} {'x library':>10} {'x half as many':>15}",
    ]
    for name, target in TARGETS.items():
        beside = full["library write"] if "save" in name else full["library read"]
        growth = full[name] / half[name]
        lines.append(f"{name:14} {full[name]:9.3f} {target:8.2f} {full[name] / beside:10.2f} {growth:15.2f}")
    lines += [
        "",
        f"{asked.large:,} clips open + index: {large:.2f} s (target 6), library read {large_library:.2f} s",
        f"peak memory, {asked.clips:,} clips: {peak:.0f} MiB (target 400)",
    ]
    table = describe("opentimelineio") + "\n\n" + "\n".join(lines)
    if asked.json:
        print(json.dumps(full))
    elif asked.keep:
        keep("timeline", table)
    else:
        print(table)


if __name__ == "__main__":
    main()
