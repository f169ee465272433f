"""Text-to-image checkpoints: they paint the first picture for a model that cannot begin from words alone."""

from __future__ import annotations

from typing import Final

from cutaway_runtime.registry.known.others import STABILITY
from cutaway_runtime.registry.known.wan import APACHE
from cutaway_runtime.registry.manifest import Dtype, Grid, HubSource, Licence, Manifest, Schedule

RAIL: Final = Licence(
    name="CreativeML Open RAIL-M",
    url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
    conditions=("Free to use, also commercially, except for the uses that its appendix forbids.",),
    gated=True,
)
RAIL_PLUS: Final = Licence(
    name="CreativeML Open RAIL++-M",
    url="https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
    conditions=("Free to use, also commercially, except for the uses that its appendix forbids.",),
    gated=True,
)

_CLIP_L: Final = 123_060_480
_CLIP_G: Final = 694_659_840
_T5: Final = 4_762_310_656
_VAE: Final = 83_653_863


def _one_picture(*sizes: str, multiple: int = 8) -> Grid:
    return Grid(
        frame_multiple=1,
        frame_offset=1,
        min_frames=1,
        max_frames=1,
        size_multiple=multiple,
        rates=("24",),
        sizes=sizes,
        window_context=1,
    )


_MEGAPIXEL: Final = ("1024x1024", "1344x768", "768x1344")

MANIFESTS: Final = (
    Manifest(
        id="sd-1.5",
        title="Stable Diffusion 1.5",
        description="A picture from words; small.",
        family="stills",
        pipeline="StableDiffusionPipeline",
        source=HubSource(repo="stable-diffusion-v1-5/stable-diffusion-v1-5"),
        licence=RAIL,
        parameters=859_520_964,
        dtype=Dtype.FP16,
        variant="fp16",
        weights={"unet": 859_520_964, "text_encoder": _CLIP_L, "vae": _VAE},
        grid=_one_picture("512x512", "768x512", "512x768"),
        schedule=Schedule(steps=30, guidance=7.5),
    ),
    Manifest(
        id="sdxl",
        title="Stable Diffusion XL",
        description="A picture from words.",
        family="stills",
        pipeline="StableDiffusionXLPipeline",
        source=HubSource(repo="stabilityai/stable-diffusion-xl-base-1.0"),
        licence=RAIL_PLUS,
        parameters=2_567_463_684,
        dtype=Dtype.FP16,
        variant="fp16",
        weights={"unet": 2_567_463_684, "text_encoder": _CLIP_L, "text_encoder_2": _CLIP_G, "vae": _VAE},
        grid=_one_picture(*_MEGAPIXEL),
        schedule=Schedule(steps=30, guidance=5.0),
    ),
    Manifest(
        id="sd-3.5-medium",
        title="Stable Diffusion 3.5 Medium",
        description="A picture from words.",
        family="stills",
        pipeline="StableDiffusion3Pipeline",
        source=HubSource(repo="stabilityai/stable-diffusion-3.5-medium"),
        licence=STABILITY.model_copy(update={"url": "https://huggingface.co/stabilityai/stable-diffusion-3.5-medium"}),
        parameters=2_470_000_000,
        weights={
            "transformer": 2_470_000_000,
            "text_encoder": _CLIP_L,
            "text_encoder_2": _CLIP_G,
            "text_encoder_3": _T5,
            "vae": _VAE,
        },
        grid=_one_picture(*_MEGAPIXEL, multiple=16),
        schedule=Schedule(steps=40, guidance=4.5),
    ),
    Manifest(
        id="flux-1-schnell",
        title="FLUX.1 schnell",
        description="A picture from words, in four steps. The hub asks for an account.",
        family="stills",
        pipeline="FluxPipeline",
        source=HubSource(repo="black-forest-labs/FLUX.1-schnell"),
        licence=APACHE,
        parameters=11_891_178_560,
        weights={"transformer": 11_891_178_560, "text_encoder": _CLIP_L, "text_encoder_2": _T5, "vae": _VAE},
        grid=_one_picture(*_MEGAPIXEL, multiple=16),
        schedule=Schedule(steps=4, guidance=0.0),
    ),
    Manifest(
        id="qwen-image",
        title="Qwen-Image",
        description="A picture from words, with legible writing in it.",
        family="stills",
        pipeline="QwenImagePipeline",
        source=HubSource(repo="Qwen/Qwen-Image"),
        licence=APACHE,
        parameters=20_430_401_088,
        weights={"transformer": 20_430_401_088, "text_encoder": 8_292_166_656, "vae": 126_892_531},
        grid=_one_picture("1328x1328", "1664x928", "928x1664", multiple=16),
        schedule=Schedule(steps=50, guidance=4.0),
    ),
)
