"""HunyuanVideo 1.5, CogVideoX and Stable Video Diffusion."""

from __future__ import annotations

from typing import Final

from cutaway_runtime.registry.known.wan import APACHE
from cutaway_runtime.registry.manifest import Dimensions, Dtype, Grid, HubSource, Licence, Manifest, Schedule

HUNYUAN: Final = Licence(
    name="Tencent Hunyuan Community License",
    url="https://huggingface.co/tencent/HunyuanVideo-1.5/blob/main/LICENSE",
    conditions=(
        "Does not apply in the European Union, the United Kingdom and South Korea: it gives no right of use there.",
        "More than 100 million monthly users want a licence of their own.",
    ),
    gated=True,
)
COGVIDEOX: Final = Licence(
    name="CogVideoX License",
    url="https://huggingface.co/THUDM/CogVideoX-5b/blob/main/LICENSE",
    conditions=("Commercial use wants a registration, and is limited to 1 million visits a month.",),
    gated=True,
)
STABILITY: Final = Licence(
    name="Stability AI Community License",
    url="https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt",
    conditions=(
        "Free below 1 million US dollars of yearly revenue; above, a paid licence.",
        "The hub asks for an account that has agreed to it.",
    ),
    gated=True,
)

_HUNYUAN: Final = {
    "transformer": 8_326_608_160,
    "text_encoder": 7_070_000_000,
    "text_encoder_2": 217_000_000,
    "vae": 1_260_634_115,
}
_HUNYUAN_SHAPE: Final = Dimensions(
    hidden=2048, layers=54, feed_forward=8192, text_tokens=1000, patch=(1, 1, 1), spatial_compression=16
)
_HUNYUAN_GRID: Final = Grid(max_frames=121, rates=("24",), sizes=("848x480", "480x848"), window_context=9)
_T5: Final = 4_762_310_656
_COG_GRID: Final = Grid(frame_multiple=8, max_frames=49, min_frames=9, rates=("8",), sizes=("720x480",))
_COG_LARGE: Final = Dimensions(hidden=3072, layers=42, feed_forward=12288, text_tokens=226)

MANIFESTS: Final = (
    Manifest(
        id="hunyuanvideo-1.5-t2v",
        title="HunyuanVideo 1.5 T2V 480p",
        description="From words.",
        family="hunyuan15",
        pipeline="HunyuanVideo15Pipeline",
        source=HubSource(repo="hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_t2v"),
        licence=HUNYUAN,
        parameters=8_326_608_160,
        weights=_HUNYUAN,
        dimensions=_HUNYUAN_SHAPE,
        grid=_HUNYUAN_GRID,
        schedule=Schedule(steps=50, guidance=6.0),
    ),
    Manifest(
        id="hunyuanvideo-1.5-i2v",
        title="HunyuanVideo 1.5 I2V 480p",
        description="From a first picture.",
        family="hunyuan15",
        pipeline="HunyuanVideo15ImageToVideoPipeline",
        source=HubSource(repo="hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v"),
        licence=HUNYUAN,
        parameters=8_326_608_160,
        weights={**_HUNYUAN, "image_encoder": 428_000_000},
        dimensions=_HUNYUAN_SHAPE,
        grid=_HUNYUAN_GRID,
        schedule=Schedule(steps=50, guidance=6.0),
    ),
    Manifest(
        id="cogvideox-2b",
        title="CogVideoX 2B",
        description="From words, or loosely after a shot.",
        family="cogvideox",
        pipeline="CogVideoXPipeline",
        source=HubSource(repo="THUDM/CogVideoX-2b"),
        licence=APACHE,
        parameters=1_693_783_872,
        dtype=Dtype.FP16,
        weights={"transformer": 1_693_783_872, "text_encoder": _T5, "vae": 215_000_000},
        dimensions=Dimensions(hidden=1920, layers=30, feed_forward=7680, text_tokens=226),
        grid=_COG_GRID,
        schedule=Schedule(steps=50, guidance=6.0),
    ),
    Manifest(
        id="cogvideox-5b",
        title="CogVideoX 5B",
        description="From words, or loosely after a shot.",
        family="cogvideox",
        pipeline="CogVideoXPipeline",
        source=HubSource(repo="THUDM/CogVideoX-5b"),
        licence=COGVIDEOX,
        parameters=5_570_283_072,
        weights={"transformer": 5_570_283_072, "text_encoder": _T5, "vae": 215_000_000},
        dimensions=_COG_LARGE,
        grid=_COG_GRID,
        schedule=Schedule(steps=50, guidance=6.0),
    ),
    Manifest(
        id="cogvideox-5b-i2v",
        title="CogVideoX 5B I2V",
        description="From a first picture.",
        family="cogvideox",
        pipeline="CogVideoXImageToVideoPipeline",
        source=HubSource(repo="THUDM/CogVideoX-5b-I2V"),
        licence=COGVIDEOX,
        parameters=5_570_283_072,
        weights={"transformer": 5_570_283_072, "text_encoder": _T5, "vae": 215_000_000},
        dimensions=_COG_LARGE,
        grid=_COG_GRID,
        schedule=Schedule(steps=50, guidance=6.0),
    ),
    Manifest(
        id="svd-xt",
        title="Stable Video Diffusion XT",
        description="From a first picture, without words.",
        family="svd",
        pipeline="StableVideoDiffusionPipeline",
        source=HubSource(repo="stabilityai/stable-video-diffusion-img2vid-xt"),
        licence=STABILITY,
        parameters=1_524_623_082,
        dtype=Dtype.FP16,
        variant="fp16",
        weights={"unet": 1_524_623_082, "image_encoder": 632_076_800, "vae": 97_742_847},
        grid=Grid(
            frame_multiple=1,
            frame_offset=0,
            min_frames=2,
            max_frames=25,
            size_multiple=64,
            rates=("7",),
            sizes=("1024x576", "576x1024"),
            window_context=1,
        ),
        schedule=Schedule(steps=25, guidance=3.0),
    ),
)
