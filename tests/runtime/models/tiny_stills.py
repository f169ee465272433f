"""Text-to-image checkpoints of a few hundred kilobytes with random weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tiny
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLQwenImage,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    T5Config,
    T5EncoderModel,
)

from cutaway_runtime.registry.manifest import Grid

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid(
    frame_multiple=1,
    frame_offset=0,
    min_frames=1,
    max_frames=1,
    size_multiple=16,
    rates=("24",),
    sizes=("64x48",),
)


def tokenizer(length: int = 24):
    made = tiny.tokenizer()
    made.model_max_length = length
    return made


def clip(kind=CLIPTextModel, **more):
    config = {
        "vocab_size": 128, "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 3,
        "num_attention_heads": 4, "max_position_embeddings": 24, "projection_dim": 32,
        "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 0,
    } | more  # fmt: skip
    return kind(CLIPTextConfig(**config)).eval()


def t5() -> T5EncoderModel:
    config = T5Config(
        vocab_size=128, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, relative_attention_num_buckets=8
    )
    return T5EncoderModel(config).eval()


def vae(channels: int = 4, **more) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[4, 8, 8, 8],
        norm_num_groups=4,
        layers_per_block=1,
        latent_channels=channels,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        **more,
    ).eval()


def unet(**more) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        **more,
    ).eval()


def euler() -> EulerDiscreteScheduler:
    return EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)


def stable_diffusion(folder: Path) -> Path:
    torch.manual_seed(0)
    StableDiffusionPipeline(
        vae=vae(), text_encoder=clip(), tokenizer=tokenizer(), unet=unet(cross_attention_dim=32), scheduler=euler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def stable_diffusion_xl(folder: Path) -> Path:
    torch.manual_seed(0)
    StableDiffusionXLPipeline(
        vae=vae(),
        text_encoder=clip(),
        text_encoder_2=clip(CLIPTextModelWithProjection),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet(
            cross_attention_dim=64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=6 * 8 + 32,
            use_linear_projection=True,
        ),
        scheduler=euler(),
    ).save_pretrained(folder)
    return folder


def stable_diffusion_3(folder: Path) -> Path:
    torch.manual_seed(0)
    StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=8, patch_size=2, in_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
            joint_attention_dim=64, caption_projection_dim=32, pooled_projection_dim=64, out_channels=4,
        ).eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(shift_factor=0.06),
        text_encoder=clip(CLIPTextModelWithProjection),
        tokenizer=tokenizer(),
        text_encoder_2=clip(CLIPTextModelWithProjection),
        tokenizer_2=tokenizer(),
        text_encoder_3=T5EncoderModel(
            T5Config(
                vocab_size=128, d_model=64, d_kv=8, d_ff=37, num_layers=1, num_heads=4, relative_attention_num_buckets=8
            )
        ).eval(),
        tokenizer_3=tokenizer(),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def flux(folder: Path) -> Path:
    torch.manual_seed(0)
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(channels=1, shift_factor=0.06),
        text_encoder=clip(),
        tokenizer=tokenizer(),
        text_encoder_2=t5(),
        tokenizer_2=tokenizer(),
        transformer=FluxTransformer2DModel(
            patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8],
            guidance_embeds=True,
        ).eval(),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def qwen_text() -> Qwen2_5_VLForConditionalGeneration:
    """The text encoder of Qwen-Image, and of HunyuanVideo 1.5."""
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2,
            "num_key_value_heads": 2, "vocab_size": 128, "max_position_embeddings": 4096,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
            "rope_theta": 1000000.0,
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
        },
        hidden_size=16, vocab_size=128, vision_start_token_id=3, vision_end_token_id=4, vision_token_id=5,
        image_token_id=6, video_token_id=7,
    )  # fmt: skip
    return Qwen2_5_VLForConditionalGeneration(config).eval()


def qwen_image(folder: Path) -> Path:
    torch.manual_seed(0)
    QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLQwenImage(
            base_dim=12, z_dim=4, dim_mult=[1, 2, 4, 4], num_res_blocks=1, temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        ).eval(),
        text_encoder=qwen_text(),
        tokenizer=tokenizer(4096),
        transformer=QwenImageTransformer2DModel(
            patch_size=2, in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=16, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
        ).eval(),
    ).save_pretrained(folder)  # fmt: skip
    return folder
