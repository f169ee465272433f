"""From a prompt to a playable file: where the time goes, and how much of the encoding is hidden.

    python benchmarks/gpu/e2e.py [--tiny] [--profile exact] [--keep]

Wan 1.3B at 832x480x81 with random weights: 4 steps without guidance, 50 with. Beside it, in the same run,
the bare pipeline call and diffusers' own `encode_video`. The text encoder is a small one, its
embedding cached. Target on one H200: wall <= 1.05 x (denoise + decode).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from bodies import DEVICE, bodies, device, peak
from checkpoint import save
from machine import describe, keep

from cutaway.home import Home
from cutaway.media.encode import Writer
from cutaway.timebase import FrameRange, Rate
from cutaway.wire import Profile
from cutaway_runtime.canvas import Canvas, Span
from cutaway_runtime.engine.base import Control, Manner
from cutaway_runtime.engine.diffusion.engine import Diffusion

if TYPE_CHECKING:
    from bodies import Body

    from cutaway_runtime.registry.manifest import Manifest

TARGET = 1.05
RATE = Rate.parse("16")


class Clock:
    """Seconds between the marks of one run."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.start = time.perf_counter()

    def mark(self, name: str) -> None:
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()
        self.at.setdefault(name, time.perf_counter() - self.start)


def canvas_of(body: Body, seed: int) -> Canvas:
    width, height = body.size
    spans = (Span(FrameRange(0, body.frames), "a car"),)
    return Canvas(frames=body.frames, width=width, height=height, rate=RATE, seed=seed, spans=spans)


def ours(engine: Diffusion, body: Body, manner: Manner, path: Path, seed: int) -> dict[str, float]:
    """Seconds of one run through the engine and the writer, split."""
    clock, canvas = Clock(), canvas_of(body, seed)

    def told(phase: str, step: int, total: int, _done: float) -> None:
        if phase == "denoising" and step == total:
            clock.mark("denoised")

    with Writer(path, width=canvas.width, height=canvas.height, rate=RATE) as writer:
        for chunk in engine.paint(canvas, Control(on_progress=told, manner=manner)):
            clock.mark("first frame")
            writer.write(chunk)
        clock.mark("decoded")
        writer.finish()
    clock.mark("wall")
    at = clock.at
    return {
        "denoise": at["denoised"],
        "decode": at["decoded"] - at["denoised"],
        "encode left": at["wall"] - at["decoded"],
        "first frame": at["first frame"],
        "wall": at["wall"],
    }


def bare(folder: Path, body: Body, steps: int, guidance: float, path: Path) -> dict[str, float]:
    """Seconds of the pipeline call as its documentation has it, and of `encode_video`."""
    import diffusers

    decoder = diffusers.AutoencoderKLWan.from_pretrained(folder, subfolder="vae", dtype=torch.float32)
    pipe = diffusers.WanPipeline.from_pretrained(folder, vae=decoder, dtype=torch.bfloat16).to(DEVICE)
    pipe.set_progress_bar_config(disable=True)
    width, height = body.size
    values: dict[str, Any] = {"height": height, "width": width, "num_frames": body.frames, "guidance_scale": guidance}
    pipe(prompt="a car", negative_prompt="", num_inference_steps=1, **values)  # warm
    clock = Clock()
    frames = pipe(prompt="a car", negative_prompt="", num_inference_steps=steps, **values).frames[0]
    clock.mark("painted")
    diffusers.utils.encode_video(frames, fps=16, audio=None, audio_sample_rate=None, output_path=str(path))
    clock.mark("wall")
    return {"denoise + decode": clock.at["painted"], "wall": clock.at["wall"]}


def lines_of(name: str, figures: dict[str, float], most: int) -> str:
    told = ", ".join(f"{key} {value:.2f}" for key, value in figures.items())
    hidden = ""
    if "denoise" in figures:
        hidden = f"; wall {figures['wall'] / (figures['denoise'] + figures['decode']):.3f} x (denoise + decode)"
    return f"{name:34} {told}{hidden}; peak {most / 2**30:.1f} GiB"


def rows(folder: Path, manifest: Manifest, body: Body, profile: Profile, *, tiny: bool) -> list[str]:
    engine = Diffusion(manifest, folder, home=Home(folder / "home"))
    found = []
    for steps, guidance in ((4, 1.0), (6 if tiny else 50, 5.0)):
        manner = Manner(profile=profile, steps=steps, guidance=guidance)
        name = f"{steps} steps, guidance {guidance:g}"
        ours(engine, body, manner, folder / "warm.mp4", seed=1)
        peak()
        found.append(
            lines_of(f"cutaway {profile}, {name}", ours(engine, body, manner, folder / "ours.mp4", seed=2), peak())
        )
        found.append(
            lines_of(f"bare diffusers, {name}", bare(folder, body, steps, guidance, folder / "bare.mp4"), peak())
        )
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tiny", action="store_true", help="a checkpoint of toy size, to see that it runs")
    options.add_argument("--profile", type=Profile, default=Profile.EXACT, choices=list(Profile))
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    body = bodies(tiny=asked.tiny)[0]
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with tempfile.TemporaryDirectory() as folder:
        manifest = save(body, Path(folder), tiny=asked.tiny)
        found = rows(Path(folder), manifest, body, asked.profile, tiny=asked.tiny)
    text = "\n".join([describe("torch", "diffusers", "av"), f"device     {device()}", body.label, "", *found, "",
                      f"target on one H200: wall <= {TARGET} x (denoise + decode)"])  # fmt: skip
    if asked.keep:
        keep("gpu-e2e", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
