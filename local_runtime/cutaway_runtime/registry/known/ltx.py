"""LTX-Video and LTX-2."""

from __future__ import annotations

from typing import Final

from cutaway_runtime.registry.manifest import Dimensions, Grid, HubSource, Licence, Manifest, Schedule

OPEN_WEIGHTS: Final = Licence(
    name="LTX-Video Open Weights License 0.X",
    url="https://huggingface.co/Lightricks/LTX-Video-0.9.8-13B-distilled",
    conditions=(
        "Commercial use by a company with more than 10 million US dollars of yearly revenue wants a paid licence.",
    ),
    gated=True,
)
LTX2_COMMUNITY: Final = Licence(
    name="LTX-2 Community License",
    url="https://huggingface.co/Lightricks/LTX-2",
    conditions=(
        "Free below 10 million US dollars of yearly revenue; above, a paid licence.",
        "Fine-tuned weights may be passed on only within its terms.",
    ),
    gated=True,
)

DISTILLED: Final = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875)
"""Noise levels that the distilled checkpoints were trained for, gone through at one size.

The makers' configuration of two passes leaves the first one at 0.725, doubles the size and goes on from 0.909.
"""

_TEXT: Final = 4_762_310_656
"""T5-XXL, the encoder."""
_GRID: Final = Grid(
    frame_multiple=8,
    min_frames=9,
    max_frames=257,
    size_multiple=32,
    rates=("24", "25", "30"),
    sizes=("768x512", "704x480", "1216x704", "512x768", "704x1216"),
    window_context=25,
)


def _shape(hidden: int, layers: int, text_tokens: int) -> Dimensions:
    return Dimensions(
        hidden=hidden,
        layers=layers,
        feed_forward=4 * hidden,
        text_tokens=text_tokens,
        patch=(1, 1, 1),
        temporal_compression=8,
        spatial_compression=32,
    )


MANIFESTS: Final = (
    Manifest(
        id="ltx-video-2b",
        title="LTX-Video 2B",
        description=(
            "From words, pictures or parts of a shot, anywhere in it. The fastest small model. "
            "Version 0.9.5, the last of this size in the diffusers layout."
        ),
        family="ltx",
        pipeline="LTXConditionPipeline",
        source=HubSource(repo="Lightricks/LTX-Video-0.9.5"),
        licence=OPEN_WEIGHTS,
        parameters=1_923_385_472,
        weights={"transformer": 1_923_385_472, "text_encoder": _TEXT, "vae": 1_250_000_000},
        dimensions=_shape(2048, 28, 256),
        grid=_GRID,
        schedule=Schedule(steps=40, guidance=3.0),
    ),
    Manifest(
        id="ltx-video-13b",
        title="LTX-Video 13B distilled",
        description="From words, pictures or parts of a shot, anywhere in it, in eight steps. Version 0.9.8.",
        family="ltx",
        pipeline="LTXConditionPipeline",
        source=HubSource(repo="Lightricks/LTX-Video-0.9.8-13B-distilled"),
        licence=OPEN_WEIGHTS,
        parameters=13_042_638_976,
        weights={"transformer": 13_042_638_976, "text_encoder": _TEXT, "vae": 1_250_000_000},
        dimensions=_shape(4096, 48, 256),
        grid=_GRID,
        schedule=Schedule(steps=8, guidance=1.0, sigmas=DISTILLED),
    ),
    Manifest(
        id="ltx-2",
        title="LTX-2 19B",
        description="Picture and sound together, from words, pictures or parts of a shot.",
        family="ltx2",
        pipeline="LTX2Pipeline",
        source=HubSource(repo="Lightricks/LTX-2"),
        licence=LTX2_COMMUNITY,
        parameters=18_876_174_592,
        weights={
            "transformer": 18_876_174_592,
            "text_encoder": 12_190_000_000,
            "connectors": 1_430_000_000,
            "vae": 1_222_479_601,
        },
        dimensions=_shape(4096, 48, 1024),
        grid=_GRID.model_copy(update={"max_frames": 241, "sizes": ("768x512", "1216x704", "1920x1088", "512x768")}),
        schedule=Schedule(steps=30, guidance=3.0),
    ),
)
