"""Which pipelines cutaway runs, by the class that a `model_index.json` names, and what single files are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

PIPELINES: Final[dict[str, str]] = {
    "WanPipeline": "wan",
    "WanImageToVideoPipeline": "wan",
    "WanVideoToVideoPipeline": "wan",
    "WanVACEPipeline": "wan",
    "LTXPipeline": "ltx",
    "LTXImageToVideoPipeline": "ltx",
    "LTXConditionPipeline": "ltx",
    "LTX2Pipeline": "ltx2",
    "LTX2ImageToVideoPipeline": "ltx2",
    "LTX2ConditionPipeline": "ltx2",
    "HunyuanVideo15Pipeline": "hunyuan15",
    "HunyuanVideo15ImageToVideoPipeline": "hunyuan15",
    "CogVideoXPipeline": "cogvideox",
    "CogVideoXImageToVideoPipeline": "cogvideox",
    "CogVideoXVideoToVideoPipeline": "cogvideox",
    "SkyReelsV2DiffusionForcingPipeline": "skyreels",
    "SkyReelsV2DiffusionForcingImageToVideoPipeline": "skyreels",
    "SkyReelsV2DiffusionForcingVideoToVideoPipeline": "skyreels",
    "StableVideoDiffusionPipeline": "svd",
    "StableDiffusionPipeline": "stills",
    "StableDiffusionXLPipeline": "stills",
    "StableDiffusion3Pipeline": "stills",
    "FluxPipeline": "stills",
    "QwenImagePipeline": "stills",
}
"""Pipeline class -> family, the file of `cutaway_runtime.models` that runs it."""

LIBRARIES: Final = frozenset({"diffusers", "transformers", "ltx2"})
"""Where the classes of components may come from. `ltx2` is a part of diffusers, named so by its own checkpoints."""

NOT_RUN: Final = frozenset({"safety_checker"})
"""Components that a checkpoint may name and that are neither fetched nor read."""

_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    ("vace_blocks.0.", "WanVACEPipeline"),
    ("av_ca_a2v_gate_adaln_single.", "LTX2Pipeline"),
    ("audio_patchify_proj.", "LTX2Pipeline"),
    ("img_emb.proj.", "WanImageToVideoPipeline"),
    ("condition_embedder.image_embedder.", "WanImageToVideoPipeline"),
    ("head.modulation", "WanPipeline"),
    ("condition_embedder.time_proj.", "WanPipeline"),
    ("adaln_single.emb.timestep_embedder.", "LTXConditionPipeline"),
    ("byt5_in.", "HunyuanVideo15Pipeline"),
    ("context_embedder_2.", "HunyuanVideo15Pipeline"),
    ("patch_embed.text_proj.", "CogVideoXPipeline"),
    ("temporal_transformer_blocks.0.", "StableVideoDiffusionPipeline"),
)
"""A name that only denoisers of one kind have -> a pipeline they belong to. The first that fits decides."""
_FRONTS: Final = ("model.diffusion_model.", "diffusion_model.", "transformer.", "model.")


def recognised(tensors: Collection[str]) -> str | None:
    """The pipeline class that a denoiser with tensors of these names belongs to, or None."""
    bare = {_bare(name) for name in tensors}
    for sign, pipeline in _SIGNS:
        if any(sign in name for name in bare):
            return pipeline
    return None


def _bare(name: str) -> str:
    return next((name.removeprefix(front) for front in _FRONTS if name.startswith(front)), name)


def is_lora(tensors: Collection[str]) -> bool:
    """Whether these are the names of a LoRA rather than of a model."""
    return any(".lora_" in name or ".lora." in name or name.startswith("lora_") for name in tensors)
