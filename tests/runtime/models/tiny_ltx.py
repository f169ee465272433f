"""LTX-Video and LTX-2 of a few hundred kilobytes, in the layout of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import diffusers
import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTX2VideoTransformer3DModel,
    LTXVideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder
from tiny import STEPS, manifest_of, tokenizer
from transformers import Gemma3Config, Gemma3ForConditionalGeneration, PreTrainedTokenizerFast, T5Config, T5EncoderModel

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


def gemma() -> Gemma3ForConditionalGeneration:
    text = {
        "vocab_size": 128, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8,
    }  # fmt: skip
    eye = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 16, "patch_size": 8,
    }  # fmt: skip
    return Gemma3ForConditionalGeneration(
        Gemma3Config(text_config=text, vision_config=eye, mm_tokens_per_image=1, image_token_index=100)
    ).eval()


def ltx2(folder: Path, pipeline: str = "LTX2Pipeline", *, later: bool = False) -> Path:
    """LTX-2, with sound: 32 pixels and 8 frames a latent, 25 latents of sound a second, as the real one.

    `later` makes one of 2.3 instead of 2.0.
    """
    torch.manual_seed(0)
    text = gemma()
    words = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer().backend_tokenizer,
        padding_side="left",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )
    layers = {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 1, "num_learnable_registers": None}
    vae = AutoencoderKLLTX2Video(
        latent_channels=4, block_out_channels=(8, 16, 32, 32), decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1), decoder_causal=False,
        decoder_spatial_padding_mode="zeros", spatial_compression_ratio=32, temporal_compression_ratio=8,
    ).eval()  # fmt: skip
    vae.latents_mean += torch.linspace(-0.2, 0.2, 4)
    vae.latents_std *= torch.linspace(0.5, 1.5, 4)
    audio_vae = AutoencoderKLLTX2Audio(
        base_channels=4, ch_mult=(1, 1, 1), num_res_blocks=1, resolution=32, latent_channels=2, mel_bins=8
    ).eval()
    parts = {
        "tokenizer": words,
        "text_encoder": text,
        "vae": vae,
        "audio_vae": audio_vae,
        "scheduler": FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, shift_terminal=0.1
        ),
        "connectors": LTX2TextConnectors(
            caption_channels=16, text_proj_in_factor=3, per_modality_projections=later, video_hidden_dim=16,
            audio_hidden_dim=16, connector_rope_base_seq_len=32, rope_double_precision=False,
            rope_type="split", **{f"{kind}_connector_{k}": v for kind in ("video", "audio") for k, v in layers.items()},
        ),
        "transformer": LTX2VideoTransformer3DModel(
            in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
            audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4,
            audio_cross_attention_dim=8, num_layers=2, caption_channels=16, rope_double_precision=False,
            rope_type="split", perturbed_attn=later,
        ).eval(),
        "vocoder": LTX2Vocoder(
            in_channels=16, hidden_channels=32, upsample_kernel_sizes=[16, 15, 8, 4, 4],
            upsample_factors=[6, 5, 2, 2, 2], resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]],
            output_sampling_rate=24000,
        ).eval(),
    }  # fmt: skip
    getattr(diffusers, pipeline)(**parts).save_pretrained(folder)
    return folder


def manifest(folder: Path, family: str = "ltx", **more) -> Manifest:
    """With the grid of LTX; frames 8k+1, sides in steps of 32."""
    grid = Grid(frame_multiple=8, min_frames=9, max_frames=257, size_multiple=32, sizes=("64x32",))
    return manifest_of(folder, family, **{"grid": grid, "schedule": Schedule(steps=STEPS, guidance=4.0)} | more)
