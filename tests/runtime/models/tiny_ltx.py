"""LTX-Video and LTX-2 of a few hundred kilobytes, in the layout of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import diffusers
import torch
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXVideoTransformer3DModel
from tiny import STEPS, manifest_of, tokenizer
from transformers import T5Config, T5EncoderModel

from cutaway_runtime.registry.manifest import Grid, Manifest, Schedule

if TYPE_CHECKING:
    from pathlib import Path

SIZE = {"width": 64, "height": 32}


def t5() -> T5EncoderModel:
    config = T5Config(
        vocab_size=128, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, relative_attention_num_buckets=8
    )
    return T5EncoderModel(config).eval()


def vae(**more) -> AutoencoderKLLTXVideo:
    values = {
        "latent_channels": 8,
        "block_out_channels": (8, 8, 8, 8),
        "decoder_block_out_channels": (8, 8, 8, 8),
        "layers_per_block": (1, 1, 1, 1, 1),
        "decoder_layers_per_block": (1, 1, 1, 1, 1),
    } | more
    made = AutoencoderKLLTXVideo(**values).eval()
    made.latents_mean += torch.linspace(-0.2, 0.2, 8)
    made.latents_std *= torch.linspace(0.5, 1.5, 8)
    return made


def ltx(folder: Path, pipeline: str = "LTXConditionPipeline", scheduler: dict | None = None, **decoder) -> Path:
    """LTX-Video: 32 pixels and 8 frames a latent, as the real one."""
    torch.manual_seed(0)
    parts = {
        "tokenizer": tokenizer(),
        "text_encoder": t5(),
        "vae": vae(**decoder),
        "scheduler": FlowMatchEulerDiscreteScheduler(**scheduler or {}),
        "transformer": LTXVideoTransformer3DModel(
            in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32,
            num_layers=2, caption_channels=32,
        ).eval(),
    }  # fmt: skip
    getattr(diffusers, pipeline)(**parts).save_pretrained(folder)
    return folder


def manifest(folder: Path, family: str = "ltx", **more) -> Manifest:
    """With the grid of LTX; frames 8k+1, sides in steps of 32."""
    grid = Grid(frame_multiple=8, min_frames=9, max_frames=257, size_multiple=32, sizes=("64x32",))
    return manifest_of(folder, family, **{"grid": grid, "schedule": Schedule(steps=STEPS, guidance=4.0)} | more)
