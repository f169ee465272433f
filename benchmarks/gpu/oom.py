"""The memory ladder on a GPU that is made smaller and smaller.

    python benchmarks/gpu/oom.py [--tiny] [--caps 80 48 24 16 12 8] [--keep]

Wan 1.3B at 832x480x81 with random weights, under caps set by `set_per_process_memory_fraction`. Every cap
must end in a whole clip or in a typed error, and the job after it, which is small, must succeed.
Without a GPU the cap is played: an allocation above it raises what a GPU would raise.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from bodies import DEVICE, bodies, device, peak
from checkpoint import save
from e2e import canvas_of
from machine import describe, keep

from cutaway.home import Home
from cutaway_runtime.engine.base import Control, EngineError, Manner, Notes
from cutaway_runtime.engine.diffusion.components import release
from cutaway_runtime.engine.diffusion.engine import Diffusion

if TYPE_CHECKING:
    from bodies import Body

    from cutaway_runtime.canvas import Canvas
    from cutaway_runtime.registry.manifest import Manifest

GIB = 2**30
PLAYED = {"none": 3.0, "parts": 2.0, "blocks": 1.0}
"""Without a GPU: what a pass is said to take with each offload, in the unit of the caps."""


def cap(gib: float) -> None:
    """From here on this process gets no more of the GPU than that."""
    if DEVICE.type == "cuda":
        total = torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(min(1.0, gib * GIB / total))


class Small:
    """Stands for a small GPU where there is none: refuses a denoiser's pass whose weights would not fit."""

    def __init__(self, engine: Diffusion, gib: float) -> None:
        self._engine = engine
        self._gib = gib
        self.share = 1.0
        """Of what the large job takes."""

    def check(self) -> None:
        needs = PLAYED[self._engine._checkpoint.running.offload] * self.share  # noqa: SLF001
        if needs > self._gib:
            raise torch.OutOfMemoryError(f"played: {needs} GiB on {self._gib} GiB")


def paint(engine: Diffusion, canvas: Canvas, steps: int) -> tuple[str, float, list[str]]:
    """How one job ended, in how many seconds, and what it said."""
    notes, start = Notes(), time.perf_counter()
    try:
        frames = sum(
            len(chunk) for chunk in engine.paint(canvas, Control(notes, manner=Manner(steps=steps, guidance=1.0)))
        )
        ended = f"{frames} frames"
    except EngineError as error:
        ended = error.code
    return ended, time.perf_counter() - start, notes.warnings


def row(folder: Path, manifest: Manifest, body: Body, gib: float) -> str:
    """One cap: a large job, then a small one, in an engine of its own."""
    cap(gib)
    peak()
    engine = Diffusion(manifest, folder, home=Home(folder / f"home-{gib:g}"))
    played = Small(engine, gib)
    if DEVICE.type != "cuda":
        engine._checkpoint._at_forward = played.check  # noqa: SLF001
    ended, took, said = paint(engine, canvas_of(body, seed=1), steps=4)
    most = peak()
    small, played.share = canvas_of(body, seed=2), 0.1
    width, height = body.size
    after, _, _ = paint(engine, type(small)(
        frames=5, width=width // 32 * 16, height=height // 32 * 16, rate=small.rate, seed=2, spans=()
    ), steps=2)  # fmt: skip
    rungs = "; ".join(text.removeprefix("memory did not suffice, so ") for text in said) or "no rung"
    return f"{gib:6g} {ended:16} {took:8.1f} {most / GIB:8.1f}  then {after:14}  {rungs}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tiny", action="store_true", help="a checkpoint of toy size, to see that it runs")
    options.add_argument("--caps", type=float, nargs="+", default=[80, 48, 24, 16, 12, 8])
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    caps = [4, 2.5, 1.5, 0.5] if DEVICE.type != "cuda" else asked.caps
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    body = bodies(tiny=asked.tiny)[0]
    lines = [describe("torch", "diffusers"), f"device     {device()}", body.label, "",
             f"{'GiB':>6} {'ended with':16} {'s':>8} {'peak':>8}"]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        manifest = save(body, Path(folder), tiny=asked.tiny)
        for gib in caps:
            lines.append(row(Path(folder), manifest, body, gib))
            release()
    text = "\n".join(lines)
    if asked.keep:
        keep("gpu-oom", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
