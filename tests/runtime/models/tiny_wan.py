"""One Wan checkpoint of each kind, with random weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from tiny import wan_parts
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

if TYPE_CHECKING:
    from pathlib import Path


def clip() -> dict:
    """What Wan 2.1 sees pictures through: 16 patches and a class token of 4 numbers each."""
    torch.manual_seed(1)
    config = CLIPVisionConfig(
        hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=32,
        intermediate_size=16, patch_size=8,
    )  # fmt: skip
    processor = CLIPImageProcessor(crop_size=32, size=32)
    return {"image_encoder": CLIPVisionModel(config).eval(), "image_processor": processor}


def unipc() -> UniPCMultistepScheduler:
    """The scheduler that the real checkpoints come with."""
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)


def words(folder: Path) -> Path:
    """Wan 2.1 text to video."""
    WanPipeline(**wan_parts() | {"scheduler": unipc()}).save_pretrained(folder)
    return folder


def pictures(folder: Path, *, both_ends: bool = False) -> Path:
    """Wan 2.1 image to video, or the checkpoint for a first and a last picture."""
    more = {"pos_embed_seq_len": 34} if both_ends else {}
    parts = wan_parts(in_channels=36, image_dim=4, added_kv_proj_dim=24, **more)
    WanImageToVideoPipeline(**parts, **clip()).save_pretrained(folder)
    return folder


def experts(folder: Path, pipeline: type = WanPipeline) -> Path:
    """Wan 2.2 A14B: two denoisers, the second from 7/8 of the noise downwards."""
    channels = 36 if pipeline is WanImageToVideoPipeline else 16
    parts = wan_parts(in_channels=channels)
    torch.manual_seed(2)
    second = WanTransformer3DModel.from_config(parts["transformer"].config).eval()
    pipeline(**parts, transformer_2=second, boundary_ratio=0.875).save_pretrained(folder)
    return folder


def five(folder: Path) -> Path:
    """Wan 2.2 TI2V-5B: a decoder of 48 channels that compresses 16 times, a denoiser with a time for each token."""
    parts = wan_parts(in_channels=48, out_channels=48)
    torch.manual_seed(3)
    vae = AutoencoderKLWan(
        base_dim=3, decoder_base_dim=3, z_dim=48, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True], is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_spatial=16, latents_mean=[n / 48 for n in range(48)], latents_std=[0.5 + n / 48 for n in range(48)],
    )  # fmt: skip
    WanPipeline(**parts | {"vae": vae.eval()}, expand_timesteps=True).save_pretrained(folder)
    return folder


def vace(folder: Path) -> Path:
    """Wan 2.1 VACE."""
    parts = wan_parts()
    config = {name: value for name, value in parts["transformer"].config.items() if not name.startswith("_")}
    torch.manual_seed(4)
    parts["transformer"] = WanVACETransformer3DModel(**config, vace_layers=[0, 1], vace_in_channels=96).eval()
    WanVACEPipeline(**parts).save_pretrained(folder)
    return folder
