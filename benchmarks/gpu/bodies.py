"""Denoisers and decoders of real size with random weights, and the machine they run on.

Random-normal weights, never zeros: a GPU draws less power on zeros and runs faster. Time and memory of a
dense network do not depend on the values; quality does, and none is measured here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import diffusers
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from cutaway_runtime.registry.estimate import forward_flops, token_count
from cutaway_runtime.registry.manifest import Dimensions

if TYPE_CHECKING:
    from collections.abc import Callable

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DTYPE = torch.bfloat16


@dataclass(frozen=True)
class Body:
    """One denoiser: its class, its shape, and the canvas it is timed on."""

    name: str
    cls: str
    config: dict[str, Any]
    dimensions: Dimensions
    size: tuple[int, int]
    frames: int

    @property
    def tokens(self) -> int:
        return token_count(self.dimensions, *self.size, self.frames)

    @property
    def flops(self) -> float:
        """Of one forward, from the formula of `registry.estimate`."""
        return forward_flops(self.dimensions, self.tokens)

    @property
    def label(self) -> str:
        return f"{self.name} {self.size[0]}x{self.size[1]}x{self.frames}"

    def build(self) -> Any:
        """The denoiser on the device, every weight drawn from a normal distribution."""
        with torch.device("meta"):
            module = getattr(diffusers, self.cls)(**self.config)
        whole = tuple(module._keep_in_fp32_modules or ())  # noqa: SLF001 - what loading in bfloat16 leaves alone
        for name, parameter in module.named_parameters():
            if not any(part in name.split(".") for part in whole):
                parameter.data = parameter.data.to(DTYPE)
        module = module.to_empty(device=DEVICE).eval().requires_grad_(False)
        generator = torch.Generator(DEVICE).manual_seed(0)
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.normal_(0.0, 0.02, generator=generator)
        rope = getattr(module, "rope", None)
        if rope is not None and self.cls.startswith("Wan"):
            # Rotary tables are computed, not learned; on the meta device they came out empty.
            module.rope = type(rope)(self.config["attention_head_dim"], (1, 2, 2), 1024).to(DEVICE)
        return module

    def inputs(self) -> dict[str, Any]:
        """Arguments of one forward."""
        shape, (width, height) = self.dimensions, self.size
        frames = (self.frames - 1) // shape.temporal_compression + 1
        rows, columns = height // shape.spatial_compression, width // shape.spatial_compression
        text = torch.randn(1, shape.text_tokens, _text_width(self), device=DEVICE, dtype=DTYPE)
        if self.cls.startswith("Wan"):
            latents = torch.randn(1, self.config["in_channels"], frames, rows, columns, device=DEVICE, dtype=DTYPE)
            return {
                "hidden_states": latents,
                "timestep": torch.tensor([500], device=DEVICE),
                "encoder_hidden_states": text,
            }
        tokens = torch.randn(1, self.tokens, self.config["in_channels"], device=DEVICE, dtype=DTYPE)
        return {
            "hidden_states": tokens,
            "encoder_hidden_states": text,
            "timestep": torch.tensor([500], device=DEVICE),
            "encoder_attention_mask": torch.ones(1, shape.text_tokens, device=DEVICE, dtype=DTYPE),
            "num_frames": frames,
            "height": rows,
            "width": columns,
        }


def _text_width(body: Body) -> int:
    return int(body.config.get("text_dim") or body.config["caption_channels"])


def wan(
    name: str,
    heads: int,
    layers: int,
    feed_forward: int,
    size: tuple[int, int] = (832, 480),
    frames: int = 81,
    words: int = 4096,
) -> Body:
    config = {
        "patch_size": (1, 2, 2), "num_attention_heads": heads, "attention_head_dim": 128, "in_channels": 16,
        "out_channels": 16, "text_dim": words, "freq_dim": 256, "ffn_dim": feed_forward, "num_layers": layers,
        "cross_attn_norm": True, "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 1024,
    }  # fmt: skip
    dimensions = Dimensions(hidden=heads * 128, layers=layers, feed_forward=feed_forward)
    return Body(name, "WanTransformer3DModel", config, dimensions, size, frames)


def ltx(
    name: str,
    heads: int,
    head: int,
    layers: int,
    size: tuple[int, int] = (768, 512),
    frames: int = 121,
    words: int = 4096,
) -> Body:
    width = heads * head
    config = {
        "in_channels": 128, "out_channels": 128, "patch_size": 1, "patch_size_t": 1, "num_attention_heads": heads,
        "attention_head_dim": head, "cross_attention_dim": width, "num_layers": layers, "caption_channels": words,
    }  # fmt: skip
    dimensions = Dimensions(
        hidden=width, layers=layers, feed_forward=4 * width, text_tokens=128, patch=(1, 1, 1), temporal_compression=8,
        spatial_compression=32,
    )  # fmt: skip
    return Body(name, "LTXVideoTransformer3DModel", config, dimensions, size, frames)


REAL = (
    wan("Wan 1.3B", 12, 30, 8960),
    wan("Wan 14B", 40, 40, 13824),
    ltx("LTX 2B", 32, 64, 28),
    ltx("LTX 13B", 32, 128, 48),
)
TINY = (
    wan("tiny Wan", 1, 2, 256, (64, 48), 9, words=64),
    ltx("tiny LTX", 2, 32, 2, (64, 64), 9, words=64),
)


def bodies(*, tiny: bool) -> tuple[Body, ...]:
    """Those of real size, or stand-ins that only show that the script runs."""
    return TINY if tiny else REAL


def seconds(run: Callable[[], object], rounds: int, warm: int = 3) -> list[float]:
    """Device seconds of each of `rounds` runs, after `warm` others."""
    for _ in range(warm):
        run()
    return [_timed(run) for _ in range(rounds)]


def _timed(run: Callable[[], object]) -> float:
    if DEVICE.type != "cuda":
        import time

        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    run()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1000


def spread(times: list[float]) -> tuple[float, float]:
    """Median and interquartile range."""
    low, _, high = quantiles(times, n=4)
    return median(times), high - low


def ceiling(side: int) -> float:
    """FLOP/s of a square bfloat16 product of random numbers: what this device gives in this run."""
    a, b = (torch.randn(side, side, device=DEVICE, dtype=DTYPE) for _ in range(2))
    return 2 * side**3 / median(seconds(lambda: a @ b, rounds=10))


def device() -> str:
    """The device in words."""
    if DEVICE.type == "cuda":
        free, total = torch.cuda.mem_get_info()
        room = f"{total / 2**30:.0f} GiB, {free / 2**30:.0f} free"
        return f"{torch.cuda.get_device_name()}, {room}, CUDA {torch.version.cuda}"
    return "no GPU: the figures show that the script runs, and nothing else"


def peak() -> int:
    """Bytes of the most that lay on the device since the last call; 0 on a CPU."""
    if DEVICE.type != "cuda":
        return 0
    most = torch.cuda.max_memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    return int(most)
