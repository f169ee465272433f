"""What the runtime adds to a model, on a CPU: the same tiny checkpoint through cutaway and through bare diffusers.

    python benchmarks/diffusion.py [--jobs 20] [--keep]

    overhead      a job, from the POST to `completed`, beside the pipeline call and the same encoder
    identity      the frames before encoding, beside those of the bare call with the same seed
    stream        decoding one latent frame at a time, beside one whole decode: bits, and time to the first frame
    cancel        from the request until the worker is idle, by what it was doing

One torch thread on each side. Targets: overhead p50 <= 25 ms; frames and streams equal to the bit; the first
frame >= 5 x earlier on 81 frames; cancel <= 100 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.append(str(Path(__file__).parent / "gpu"))

import diffusers
import numpy as np
import torch
from bodies import TINY
from checkpoint import save
from machine import describe, keep
from overhead import by_events, row, serve

from cutaway.home import Home
from cutaway.media.encode import Writer
from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Span
from cutaway_runtime.engine.base import Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.models.wan import streamed
from cutaway_runtime.registry.manifest import Dtype, Grid, Schedule
from cutaway_runtime.registry.store import Store

if TYPE_CHECKING:
    import httpx

    from cutaway_runtime.registry.manifest import Manifest

STEPS = 4
WIDTH, HEIGHT, FRAMES = 64, 48, 17
RATE = Rate.parse("16")
OVERHEAD_MS, CANCEL_MS, EARLIER = 25.0, 100.0, 5.0


class Bare:
    """The pipeline as its documentation has it, and the encoder that cutaway uses."""

    def __init__(self, folder: Path) -> None:
        self.pipe = diffusers.WanPipeline.from_pretrained(folder)
        self.pipe.set_progress_bar_config(disable=True)
        self.path = folder / "bare.mp4"
        with torch.no_grad():  # read once on both sides: cutaway keeps what the text encoder made
            self.embeds = self.pipe.encode_prompt("a car", "", max_sequence_length=512)

    def frames(self, seed: int) -> np.ndarray[Any, Any]:
        video = self.pipe(
            prompt_embeds=self.embeds[0], negative_prompt_embeds=self.embeds[1],
            height=HEIGHT, width=WIDTH, num_frames=FRAMES, guidance_scale=5.0,
            num_inference_steps=STEPS, generator=torch.Generator("cpu").manual_seed(seed), output_type="np",
        ).frames[0]  # fmt: skip
        return (video * 255).round().astype(np.uint8)

    def seconds(self, seed: int) -> float:
        start = time.perf_counter()
        with Writer(self.path, width=WIDTH, height=HEIGHT, rate=RATE) as writer:
            writer.write(self.frames(seed))
            writer.finish()
        return time.perf_counter() - start


def body(seed: int, steps: int = STEPS) -> dict[str, object]:
    return {
        "prompt": "a car", "model": "tiny", "size": f"{WIDTH}x{HEIGHT}", "num_frames": FRAMES, "fps": "16",
        "seed": seed, "cutaway": {"steps": steps},
    }  # fmt: skip


def identity(manifest: Manifest, folder: Path, bare: Bare) -> str:
    """Whether the engine paints what the bare call does."""
    spans = (Span(FrameRange(0, FRAMES), "a car"),)
    canvas = Canvas(frames=FRAMES, width=WIDTH, height=HEIGHT, rate=RATE, seed=5, spans=spans)
    engine = Diffusion(manifest, folder, home=Home(folder / "apart"))
    ours = np.concatenate([chunk.copy() for chunk in engine.paint(canvas, Control())])
    said = "equal" if np.array_equal(ours, bare.frames(5)) else "DIFFER"
    return f"identity     frames {said}, {FRAMES} of {WIDTH}x{HEIGHT}"


def stream(bare: Bare) -> tuple[str, bool]:
    """One decode of 81 frames, whole and in a stream."""
    vae, latents = bare.pipe.vae, torch.randn(1, 16, 21, HEIGHT // 8 * 2, WIDTH // 8 * 2)
    with torch.no_grad():
        vae.decode(latents)  # warm
        start = time.perf_counter()
        whole = vae.decode(latents).sample
        full = time.perf_counter() - start
        start, first, chunks = time.perf_counter(), 0.0, []
        for chunk in streamed(vae, latents):
            first = first or time.perf_counter() - start
            chunks.append(chunk)
        total = time.perf_counter() - start
    same = torch.equal(torch.cat(chunks, 2), whole)
    text = (
        f"stream       {whole.shape[2]} frames {'equal' if same else 'DIFFER'}; first frame after {first:.3f} s, of the"
        f" whole decode {full:.3f} s: {full / first:.1f} x earlier, target {EARLIER:g} x; all after {total:.3f} s"
    )
    return text, same and full / first >= EARLIER


def cancel_at(client: httpx.Client, phase: str, seed: int) -> float:
    """Seconds from a cancel in that phase until the job is over, and the worker with it."""
    video_id = client.post("/v1/videos", json=body(seed, steps=400)).raise_for_status().json()["id"]
    while True:
        about = client.get(f"/v1/videos/{video_id}").json()["cutaway"]
        if about.get("phase", "").startswith(phase) and about["state"] == "running":
            break
        time.sleep(0.005)
    start = time.perf_counter()
    client.post(f"/v1/videos/{video_id}/cancel").raise_for_status()
    while client.get(f"/v1/videos/{video_id}", params={"wait": 5}).json()["cutaway"]["state"] != "cancelled":
        pass
    return time.perf_counter() - start


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=20)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = save(TINY[0], folder / "tiny", tiny=True).model_copy(
            update={
                "id": "tiny",
                "dtype": Dtype.FP32,
                "schedule": Schedule(steps=STEPS, guidance=5.0),
                "grid": Grid(sizes=(f"{WIDTH}x{HEIGHT}",)),
            }
        )
        Store(folder / "home").put(manifest)
        bare = Bare(folder / "tiny")
        process, client = serve(folder / "home")
        try:
            calls, jobs = [], []
            for seed in range(2):  # warm: worker started, weights loaded, prompt embedded
                by_events(client, body(1000 + seed))
                bare.seconds(seed)
            for seed in range(asked.jobs):  # each its own seed, or the second would find its latents on disk
                calls.append(bare.seconds(seed))
                jobs.append(by_events(client, body(seed)))
            cancels = [cancel_at(client, "denoising", 2000 + n) for n in range(5)]
        finally:
            client.close()
            process.terminate()
            process.wait()
        same = identity(manifest, folder / "tiny", bare)
        streams, good = stream(bare)
    extra = [job - call for job, call in zip(jobs, calls, strict=True)]
    lines = [
        describe("cutaway", "torch", "diffusers", "av"),
        f"job          {FRAMES} frames of {WIDTH}x{HEIGHT}, {STEPS} steps with guidance, {asked.jobs} times each way\n",
        f"{'milliseconds':<28}{'p50':>9}{'p99':>9}{'min':>9}",
        row("bare pipeline and encoder", calls),
        row("job", jobs),
        row("overhead", extra),
        row("cancel while denoising", cancels),
        "",
        same,
        streams,
        f"targets      overhead p50 {OVERHEAD_MS:g} ms, cancel {CANCEL_MS:g} ms",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("diffusion", text)
    else:
        print(text)
    kept = sorted(extra)[len(extra) // 2] * 1000 <= OVERHEAD_MS and max(cancels) * 1000 <= CANCEL_MS
    return 0 if kept and good and "DIFFER" not in same else 1


if __name__ == "__main__":
    sys.exit(main())
