"""One forward of each denoiser, bare and as the runtime runs it.

    python benchmarks/gpu/forward.py [--tiny] [--only "Wan 14B"] [--keep]

    A  eager, the library's own attention       what a bare diffusers call does
    B  A with the fastest attention of this device
    C  B with compiled blocks                   the profile `balanced`, less its reuse of steps
    x  how many times as fast as A

Targets on one H200: C of Wan 14B at 832x480x81 >= 470 TFLOP/s and >= 1.25 x A of the same run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from bodies import DEVICE, DTYPE, Body, bodies, ceiling, device, peak, seconds, spread
from machine import describe, keep

from cutaway_runtime.engine.diffusion.attention import fastest
from cutaway_runtime.engine.diffusion.components import compile_blocks, release, takes_masks

TARGET_TFLOPS = 470.0
TARGET_RATIO = 1.25


def rows(body: Body, rounds: int, most: float) -> list[str]:
    """A line for each variant of one denoiser."""
    module, inputs = body.build(), body.inputs()
    lines, bare = [], 0.0

    def run() -> object:
        with torch.no_grad():
            return module(**inputs, return_dict=False)

    backend = fastest(DEVICE, DTYPE, int(body.config["attention_head_dim"]), masks=takes_masks(module))
    for variant in ("A eager", f"B {backend}", "C compiled"):
        if variant.startswith("B"):
            module.set_attention_backend(backend)
        if variant.startswith("C"):
            if DEVICE.type != "cuda":
                continue
            compile_blocks(module)
        middle, iqr = spread(seconds(run, rounds))
        bare = bare or middle
        rate = body.flops / middle
        lines.append(
            f"{body.label:24} {variant:18} {middle:8.3f} {iqr:7.3f} {rate / 1e12:8.1f} {rate / most:7.0%}"
            f" {bare / middle:6.2f} {peak() / 2**30:6.1f}"
        )
    return lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tiny", action="store_true", help="denoisers of toy size, to see that it runs")
    options.add_argument("--only", metavar="NAME", help="one of them")
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    most = ceiling(64 if asked.tiny else 8192)
    lines = [
        describe("torch", "diffusers"),
        f"device     {device()}",
        f"ceiling    {most / 1e12:.1f} TFLOP/s, a bfloat16 product of random numbers in this run",
        "",
        f"{'denoiser':24} {'variant':18} {'median':>8} {'IQR s':>7} {'TFLOP/s':>8} {'ceiling':>7} {'x':>6} {'GiB':>6}",
    ]
    for body in bodies(tiny=asked.tiny):
        if asked.only in {None, body.name}:
            lines += rows(body, asked.rounds, most)
            release()
    lines += ["", f"targets on one H200: Wan 14B, C: >= {TARGET_TFLOPS:.0f} TFLOP/s and >= {TARGET_RATIO} x bare"]
    text = "\n".join(lines)
    if asked.keep:
        keep("gpu-forward", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
