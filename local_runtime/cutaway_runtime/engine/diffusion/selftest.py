"""`cutaway models selftest ID`: a checkpoint with its real weights, shown everything it can be shown.

Nobody here has every checkpoint on every card. This paints one short canvas of each pattern, looks at what
comes out, and writes a report that can be sent: what ran, how long, in how much memory, on what.

    <folder>/report.json       everything below, and the versions of the libraries
    <folder>/<pattern>.mp4     what was painted, to be looked at by a person
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway.media.encode import Writer
from cutaway.timebase import FrameRange, Rate
from cutaway.wire import Pattern, Profile, parse_size
from cutaway_runtime.canvas import Canvas, Known, Span, splice
from cutaway_runtime.engine.bars import Bars
from cutaway_runtime.engine.base import Control, EngineError, Manner, Notes
from cutaway_runtime.engine.diffusion.engine import open_engine
from cutaway_runtime.engine.diffusion.routes import Stills
from cutaway_runtime.registry.manifest import Measured
from cutaway_runtime.registry.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.diffusion.engine import Diffusion
    from cutaway_runtime.registry.manifest import Manifest

PROMPT: Final = "a red fishing boat at anchor in a calm harbour, early morning light, slow push in"
CONTEXT: Final = 5
"""Known frames at each end of a canvas that has some."""
FLAT: Final = 2.0
"""Code values: painted frames that vary less than this, in space, are a blank picture."""
PACKAGES: Final = ("cutaway", "torch", "diffusers", "transformers", "accelerate")
FAILED: Final = 1
REFUSED: Final = 2


@dataclass
class Trial:
    """One pattern: what was painted, how, and what was seen in it. Seconds, bytes, code values."""

    pattern: Pattern
    rank: str
    passed: bool = False
    problem: str = ""
    frames: int = 0
    path: str = ""
    seconds: float = 0.0
    denoise_s: float | None = None
    decode_s: float | None = None
    peak_bytes: int = 0
    contrast: float = 0.0
    motion: float = 0.0
    warnings: list[str] = field(default_factory=list)


def trial(
    engine: Diffusion, pattern: Pattern, canvas: Canvas, profile: Profile, steps: int | None, path: Path
) -> Trial:
    """Paints one canvas and looks at it. Whatever goes wrong is in the trial."""
    made = Trial(pattern, engine.info.patterns[pattern])
    notes, began, phases = Notes(), time.perf_counter(), dict[str, float]()

    def told(phase: str, step: int, total: int, _done: float) -> None:
        if phase == "denoising" and step in {0, total}:
            phases["began" if step == 0 else "denoised"] = time.perf_counter()

    control = Control(notes, on_progress=told, manner=Manner(profile=profile, steps=steps, allow_degraded=True))
    _forget_peak()
    try:
        with Writer(path, width=canvas.width, height=canvas.height, rate=canvas.rate) as writer:
            frames = []
            for chunk in splice(canvas, engine.paint(canvas, control)):
                writer.write(chunk)
                frames.append(chunk.copy())
            writer.finish()
    except (EngineError, CutawayError, RuntimeError, ValueError, MemoryError) as error:
        made.problem = f"{type(error).__name__}: {error}"
        return made
    ended = time.perf_counter()
    seen = np.concatenate(frames)
    made.frames, made.seconds, made.peak_bytes = len(seen), round(ended - began, 3), _peak()
    made.path, made.warnings = "; ".join(notes.paths), notes.warnings
    if "denoised" in phases:
        made.denoise_s = round(phases["denoised"] - phases["began"], 3)
        made.decode_s = round(ended - phases["denoised"], 3)
    opened = _opened(canvas)
    made.contrast = round(float(seen[opened].std(axis=(1, 2)).mean()), 2)
    made.motion = round(float(np.abs(np.diff(seen.astype(np.int16), axis=0)).mean()), 2)
    if made.contrast < FLAT:
        made.problem = f"the painted frames are blank: they vary by {made.contrast} code values"
    made.passed = not made.problem
    return made


def canvas_of(pattern: Pattern, frames: int, size: tuple[int, int], rate: Rate, seed: int) -> Canvas:
    """A canvas of that pattern, with the test picture as its footage."""
    width, height = size
    words = (Span(FrameRange(0, frames), PROMPT),)
    blank = Canvas(frames=frames, width=width, height=height, rate=rate, seed=seed, spans=words)
    footage = np.concatenate([chunk.copy() for chunk in Bars().paint(blank, Control())])
    other = footage[:, :, ::-1].copy()

    def part(start: int, end: int, strength: float = 1.0, of: Pixels = footage) -> Known:
        return Known(start, Stills(of[start:end]), strength)

    last, few = frames - 1, min(CONTEXT, frames // 2)
    known = {
        Pattern.TEXT: (),
        Pattern.FIRST: (part(0, 1),),
        Pattern.LAST: (part(last, frames),),
        Pattern.FIRST_LAST: (part(0, 1), part(last, frames)),
        Pattern.KEYFRAMES: (part(0, 1), part(frames // 2, frames // 2 + 1)),
        Pattern.HEAD: (part(0, few),),
        Pattern.TAIL: (part(frames - few, frames),),
        Pattern.HEAD_TAIL: (part(0, few), part(frames - few, frames)),
        Pattern.LOOSE: (part(0, frames, 0.4),),
        Pattern.OVERLAP: (part(0, frames), part(0, frames, 1.0, other)),
    }[pattern]
    return Canvas(frames=frames, width=width, height=height, rate=rate, seed=seed, spans=words, known=known)


def _opened(canvas: Canvas) -> list[int]:
    """The frames that were painted."""
    kept = {n for run in canvas.runs() if run.kind == "kept" for n in range(run.range.start, run.range.end)}
    return [n for n in range(canvas.frames) if n not in kept]


def _length(manifest: Manifest, asked: int | None) -> int:
    """The length on the grid nearest above what was asked, or about a second."""
    grid = manifest.grid
    wanted = max(grid.min_frames, min(asked or 17, grid.max_frames))
    return grid.frame_offset + -(-(wanted - grid.frame_offset) // grid.frame_multiple) * grid.frame_multiple


def _forget_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _peak() -> int:
    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else 0


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {platform.machine()}"


def report(manifest: Manifest, profile: Profile, size: str, trials: Sequence[Trial]) -> dict[str, Any]:
    """What is sent: the model, the machine and each trial. No name and no path of this machine is in it."""
    return {
        "model": manifest.id,
        "revision": manifest.revision,
        "pipeline": manifest.pipeline,
        "source": manifest.source.model_dump() if manifest.source.kind == "hub" else {"kind": "folder"},
        "device": _device(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": {name: version(name) for name in PACKAGES},
        "profile": profile,
        "size": size,
        "passed": all(made.passed for made in trials),
        "trials": [asdict(made) for made in trials],
    }


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code is 1 when a trial failed and 2 when none could begin."""
    options = _parser().parse_args(arguments)
    store = Store(Home.find().folder)
    try:
        installed = store.get(options.id)
        engine = open_engine(installed)
    except (CutawayError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    manifest = installed.manifest
    size, rate = options.size or manifest.grid.sizes[0], Rate.parse(manifest.grid.rates[0])
    frames = _length(manifest, options.frames)
    folder = options.out or Path(f"selftest-{manifest.id}")
    folder.mkdir(parents=True, exist_ok=True)
    trials = []
    for pattern in options.pattern or engine.info.patterns:
        canvas = canvas_of(pattern, frames, parse_size(size), rate, options.seed)
        trials.append(trial(engine, pattern, canvas, options.profile, options.steps, folder / f"{pattern}.mp4"))
        if not options.json:
            sys.stdout.write(_line(trials[-1]) + "\n")
            sys.stdout.flush()
    told = report(manifest, options.profile, size, trials)
    (folder / "report.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    if options.remember:
        _remember(store, manifest, options.profile, size, frames, trials)
    sys.stdout.write(json.dumps(told) + "\n" if options.json else f"report: {folder / 'report.json'}\n")
    return 0 if told["passed"] else FAILED


def _line(made: Trial) -> str:
    ended = "ok" if made.passed else f"FAILED {made.problem}"
    memory = f", {made.peak_bytes / 2**30:.1f} GiB" if made.peak_bytes else ""
    return f"{made.pattern:12} {made.rank:9} {made.frames:4} frames {made.seconds:8.1f} s{memory}  {ended}"


def _remember(
    store: Store, manifest: Manifest, profile: Profile, size: str, frames: int, trials: Sequence[Trial]
) -> None:
    """The most that was taken, noted in the manifest, where `cutaway models show` finds it."""
    most = max((made for made in trials if made.passed), key=lambda made: made.peak_bytes, default=None)
    if most is not None and most.peak_bytes:
        noted = Measured(
            size=size, frames=frames, profile=profile, device=_device(), peak_bytes=most.peak_bytes,
            denoise_s=most.denoise_s, decode_s=most.decode_s,
        )  # fmt: skip
        store.put(manifest.model_copy(update={"measured": (*manifest.measured, noted)}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cutaway-runtime models selftest", description=__doc__.splitlines()[0])
    parser.add_argument("id")
    parser.add_argument("--pattern", type=Pattern, action="append", help="only that one; may be given several times")
    parser.add_argument("--profile", type=Profile, default=Profile.EXACT)
    parser.add_argument("--size", help="WIDTHxHEIGHT; the checkpoint's own if left out")
    parser.add_argument("--frames", type=int, help="about a second if left out")
    parser.add_argument("--steps", type=int, help="the checkpoint's own number if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FOLDER")
    parser.add_argument("--remember", action="store_true", help="note the memory it took in the installed manifest")
    parser.add_argument("--json", action="store_true", help="print the report")
    return parser
