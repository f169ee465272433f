"""Wan 2.1 and 2.2, and SkyReels-V2, which has their shape."""

from __future__ import annotations

from typing import Final

from cutaway_runtime.registry.manifest import (
    Dimensions,
    Dtype,
    Grid,
    HubSource,
    Licence,
    Lora,
    Manifest,
    Schedule,
    WeightFile,
)

APACHE: Final = Licence(name="Apache-2.0", url="https://www.apache.org/licenses/LICENSE-2.0")
SKYWORK: Final = Licence(
    name="Skywork Community License",
    url="https://huggingface.co/Skywork/SkyReels-V2-DF-1.3B-540P-Diffusers",
    conditions=("Commercial use is allowed within the terms of the Skywork Community License.",),
    gated=True,
)

_SMALL: Final = Dimensions(hidden=1536, layers=30, feed_forward=8960)
_LARGE: Final = Dimensions(hidden=5120, layers=40, feed_forward=13824)
_FIVE: Final = Dimensions(hidden=3072, layers=30, feed_forward=14336, spatial_compression=16)
_TEXT: Final = 5_680_910_336
"""UMT5-XXL, the encoder."""
_VAE: Final = 126_892_531
_480P: Final = ("832x480", "480x832", "624x624")
_720P: Final = ("1280x720", "720x1280", "960x960")
_DTYPES: Final = {"vae": Dtype.FP32}
"""The decoder in half precision costs detail; the model's own code runs it in single."""


def _wan(name: str, repo: str, pipeline: str, denoiser: int, about: str, **more: object) -> Manifest:
    facts = {
        "id": name,
        "family": "wan",
        "pipeline": pipeline,
        "source": HubSource(repo=repo),
        "description": about,
        "licence": APACHE,
        "parameters": denoiser,
        "dtypes": _DTYPES,
        "weights": {"transformer": denoiser, "text_encoder": _TEXT, "vae": _VAE},
        "dimensions": _LARGE,
        **more,
    }
    return Manifest.model_validate(facts)


def _four_steps(lora: str) -> dict[str, Schedule]:
    """`fast`: a distilled LoRA, at four evenly spaced noise levels shifted by 5."""
    return {"fast": Schedule(steps=4, guidance=1.0, guidance_2=1.0, sigmas=(1.0, 0.9375, 0.833333, 0.625), lora=lora)}


_CLIP: Final = {"image_encoder": 632_076_800}
_SIZES_14B: Final = Grid(sizes=(*_480P, *_720P))

MANIFESTS: Final = (
    _wan(
        "wan-2.1-t2v-1.3b",
        "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        "WanPipeline",
        1_418_996_800,
        "From words. The smallest Wan.",
        title="Wan 2.1 T2V 1.3B",
        dimensions=_SMALL,
        grid=Grid(sizes=_480P),
    ),
    _wan(
        "wan-2.1-t2v-14b",
        "Wan-AI/Wan2.1-T2V-14B-Diffusers",
        "WanPipeline",
        14_288_491_584,
        "From words.",
        title="Wan 2.1 T2V 14B",
        grid=_SIZES_14B,
        schedules=_four_steps("wan-2.1-14b-four-steps"),
    ),
    _wan(
        "wan-2.1-i2v-14b-480p",
        "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
        "WanImageToVideoPipeline",
        16_394_878_784,
        "From a first picture.",
        title="Wan 2.1 I2V 14B 480p",
        grid=Grid(sizes=_480P),
        dtypes={**_DTYPES, "image_encoder": Dtype.FP32},
        weights={"transformer": 16_394_878_784, "text_encoder": _TEXT, "vae": _VAE, **_CLIP},
    ),
    _wan(
        "wan-2.1-i2v-14b-720p",
        "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers",
        "WanImageToVideoPipeline",
        16_394_878_784,
        "From a first picture.",
        title="Wan 2.1 I2V 14B 720p",
        grid=Grid(sizes=_720P),
        dtypes={**_DTYPES, "image_encoder": Dtype.FP32},
        weights={"transformer": 16_394_878_784, "text_encoder": _TEXT, "vae": _VAE, **_CLIP},
    ),
    _wan(
        "wan-2.1-flf2v-14b-720p",
        "Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers",
        "WanImageToVideoPipeline",
        16_394_878_784,
        "From a first to a last picture.",
        title="Wan 2.1 FLF2V 14B 720p",
        settings={"pos_embed_seq_len": 514, "image_dim": 1280},
        grid=Grid(sizes=_720P),
        dtypes={**_DTYPES, "image_encoder": Dtype.FP32},
        weights={"transformer": 16_394_878_784, "text_encoder": _TEXT, "vae": _VAE, **_CLIP},
    ),
    _wan(
        "wan-2.1-vace-1.3b",
        "Wan-AI/Wan2.1-VACE-1.3B-diffusers",
        "WanVACEPipeline",
        2_153_972_032,
        "Every verb: any frames of a shot may be known, and pictures of a character shown beside it.",
        title="Wan 2.1 VACE 1.3B",
        dimensions=_SMALL.model_copy(update={"layers": 45}),
        grid=Grid(sizes=_480P),
    ),
    _wan(
        "wan-2.1-vace-14b",
        "Wan-AI/Wan2.1-VACE-14B-diffusers",
        "WanVACEPipeline",
        17_337_592_896,
        "Every verb: any frames of a shot may be known, and pictures of a character shown beside it.",
        title="Wan 2.1 VACE 14B",
        dimensions=_LARGE.model_copy(update={"layers": 48}),
        grid=_SIZES_14B,
        schedules=_four_steps("wan-2.1-14b-four-steps"),
    ),
    _wan(
        "wan-2.2-t2v-a14b",
        "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
        "WanPipeline",
        14_288_491_584,
        "From words. Two experts of 14B, one for the rough of a shot and one for its detail.",
        settings={"boundary_ratio": 0.875},
        title="Wan 2.2 T2V A14B",
        grid=_SIZES_14B,
        schedule=Schedule(steps=40, guidance=4.0, guidance_2=3.0),
        schedules=_four_steps("wan-2.2-t2v-a14b-four-steps"),
        weights={
            "transformer": 14_288_491_584,
            "transformer_2": 14_288_491_584,
            "text_encoder": _TEXT,
            "vae": _VAE,
        },
    ),
    _wan(
        "wan-2.2-i2v-a14b",
        "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        "WanImageToVideoPipeline",
        14_288_901_184,
        "From a first picture. Two experts of 14B, one for the rough of a shot and one for its detail.",
        settings={"boundary_ratio": 0.9, "image_dim": None},
        title="Wan 2.2 I2V A14B",
        grid=_SIZES_14B,
        schedule=Schedule(steps=40, guidance=3.5, guidance_2=3.5),
        schedules=_four_steps("wan-2.2-i2v-a14b-four-steps"),
        weights={
            "transformer": 14_288_901_184,
            "transformer_2": 14_288_901_184,
            "text_encoder": _TEXT,
            "vae": _VAE,
        },
    ),
    _wan(
        "wan-2.2-ti2v-5b",
        "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
        "WanPipeline",
        4_999_787_712,
        "From words or a first picture, at 24 frames per second.",
        settings={"expand_timesteps": True},
        title="Wan 2.2 TI2V 5B",
        dimensions=_FIVE,
        grid=Grid(size_multiple=32, max_frames=121, rates=("24",), sizes=("1280x704", "704x1280")),
        weights={"transformer": 4_999_787_712, "text_encoder": _TEXT, "vae": 704_000_000},
    ),
    Manifest(
        id="skyreels-v2-df-1.3b",
        title="SkyReels-V2 DF 1.3B",
        description="From words, and long: each window of a shot carries on from the one before.",
        family="skyreels",
        pipeline="SkyReelsV2DiffusionForcingPipeline",
        source=HubSource(repo="Skywork/SkyReels-V2-DF-1.3B-540P-Diffusers"),
        licence=SKYWORK,
        parameters=1_420_000_000,
        dtypes=_DTYPES,
        weights={"transformer": 1_420_000_000, "text_encoder": _TEXT, "vae": _VAE},
        dimensions=_SMALL,
        grid=Grid(max_frames=97, rates=("24",), sizes=("960x544", "544x960"), window_context=17),
        schedule=Schedule(steps=30, guidance=6.0),
    ),
)


def _lightning(name: str, folder: str, model: str) -> Lora:
    high, low = f"{folder}/high_noise_model.safetensors", f"{folder}/low_noise_model.safetensors"
    return Lora(
        id=name,
        title="Four steps for each expert",
        models=(model,),
        source=HubSource(repo="lightx2v/Wan2.2-Lightning"),
        files=(WeightFile(path=high), WeightFile(path=low)),
        parts={"transformer": high, "transformer_2": low},
        licence=APACHE,
    )


_DISTILLED: Final = "loras/Wan21_T2V_14B_lightx2v_cfg_step_distill_lora_rank64.safetensors"

LORAS: Final = (
    Lora(
        id="wan-2.1-14b-four-steps",
        title="Four steps",
        models=("wan-2.1-t2v-14b", "wan-2.1-vace-14b"),
        source=HubSource(repo="lightx2v/Wan2.1-T2V-14B-StepDistill-CfgDistill-Lightx2v"),
        files=(WeightFile(path=_DISTILLED),),
        parts={"transformer": _DISTILLED},
        licence=APACHE,
    ),
    _lightning("wan-2.2-t2v-a14b-four-steps", "Wan2.2-T2V-A14B-4steps-lora-rank64-Seko-V1.1", "wan-2.2-t2v-a14b"),
    _lightning("wan-2.2-i2v-a14b-four-steps", "Wan2.2-I2V-A14B-4steps-lora-rank64-Seko-V1", "wan-2.2-i2v-a14b"),
)
