"""A manifest of 100 assets, rendered once and then again: how long it takes to find that nothing has changed.

    python benchmarks/render_cache.py

Whole processes are timed, from the shell's point of view: wall clock, and processor time, which other work on the
machine disturbs less. `at once` is the answer from sizes and times of change; `closely` is the same run with that
note taken away: manifest, lock, every file, all reports.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe, keep

from cutaway import Cutaway
from cutaway.client import local

ASSETS = 100
MANIFEST = """version: 1
defaults: {model: bars, size: 64x36, rate: 24, frames: 4}
assets:
"""


def timed(folder: Path, *words: str) -> tuple[float, float, str]:
    """Wall seconds, processor seconds and the closing line of one run."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "cutaway.cli", "render", "assets.yaml", "-o", "out", *words]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used, ended.stdout.strip().removesuffix("out/index.html").strip()


def jobs() -> int:
    with Cutaway() as client:
        return sum(1 for _ in client.videos.list())


def row(name: str, runs: list[tuple[float, float, str]], made: int) -> str:
    walls, used = [run[0] for run in runs], [run[1] for run in runs]
    return (
        f"{name:<34} {len(runs):>4} {statistics.median(walls):>8.2f} {max(walls):>8.2f} "
        f"{statistics.median(used):>10.2f} {made:>6}   {runs[-1][2]}"
    )


def loaded() -> str:
    """What the close look spends its processor time on: imports, by the interpreter's own account."""
    script = "import cutaway.cli.app, cutaway.cli.render, cutaway.storyboard.render.run, yaml"
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script], capture_output=True, text=True, check=True
    )
    costs = dict.fromkeys(("typer", "rich", "pydantic", "cutaway", "yaml"), 0)
    for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", ended.stderr):
        part = next((part for part in costs if name.split(".")[0].startswith(part)), None)
        if part:
            costs[part] += int(own)
    return ", ".join(f"{name} {own / 1000:.0f} ms" for name, own in costs.items())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cutaway-bench-") as name:
        folder = Path(name)
        os.environ["CUTAWAY_HOME"] = str(folder / "home")
        text = MANIFEST + "".join(f"  ball-{n:03}: ball number {n}\n" for n in range(ASSETS))
        manifest = folder / "assets.yaml"
        manifest.write_text(text)
        lines = [
            describe("pyyaml", "pydantic", "typer"),
            "",
            f"{'run':<34} {'n':>4} {'wall s':>8} {'worst':>8} {'processor':>10} {'jobs':>6}   closing line",
        ]
        try:
            counts = [jobs()]

            def counted(title: str, runs: list[tuple[float, float, str]]) -> None:
                counts.append(jobs())
                lines.append(row(title, runs, counts[-1] - counts[-2]))

            counted(f"first, {ASSETS} assets", [timed(folder, "--jobs", "4")])
            counted("again, at once", [timed(folder) for _ in range(2)][1:] + [timed(folder) for _ in range(9)])
            closely = []
            for _ in range(3):
                (folder / "out/.cutaway/stamp.json").unlink()
                closely.append(timed(folder))
            counted("again, closely", closely)
            manifest.write_text(text.replace("ball number 50\n", "another ball\n"))
            counted("one prompt changed", [timed(folder)])
            for clip in (folder / "out").glob("*.mp4"):
                clip.unlink()
            counted("all files gone, from the cache", [timed(folder)])
        finally:
            local.stop()
        lines += ["", f"imports of the close look, own time: {loaded()}"]
        keep("render-cache", "\n".join(lines))


if __name__ == "__main__":
    main()
