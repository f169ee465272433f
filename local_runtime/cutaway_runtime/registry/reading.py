"""From the configurations of a checkpoint to its manifest: grid, dimensions, and the known model it is most like.

What a configuration says, counts. What it cannot say (the rates and sizes it was trained for, steps, guidance,
dtype rules) is taken from the known model with the same pipeline whose denoiser has the same shape, else from
the first known one with that pipeline.
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cutaway.wire import parse_size
from cutaway_runtime.registry.known import MANIFESTS
from cutaway_runtime.registry.manifest import Dimensions, Grid, Manifest
from cutaway_runtime.registry.pipelines import PIPELINES

if TYPE_CHECKING:
    from cutaway_runtime.registry.folder import Checkpoint
    from cutaway_runtime.registry.manifest import Source, WeightFile

DENOISERS: Final = ("transformer", "unet")
_SAID: Final = (
    ("scale_factor_temporal", "scale_factor_spatial"),
    ("temporal_compression_ratio", "spatial_compression_ratio"),
)
_Config: TypeAlias = dict[str, Any]


def manifest_of(
    checkpoint: Checkpoint,
    *,
    model_id: str,
    title: str,
    source: Source,
    files: tuple[WeightFile, ...],
    variant: str | None = None,
) -> Manifest:
    """The manifest of a checkpoint that nobody has described."""
    denoiser = next((name for name in DENOISERS if name in checkpoint.index.components), "")
    shape = None if checkpoint.index.family == "stills" else dimensions(checkpoint.configs, denoiser)
    like = nearest(checkpoint.index.pipeline, shape, two_experts="transformer_2" in checkpoint.index.components)
    if shape is not None and like.dimensions is not None:
        shape = shape.model_copy(update={"text_tokens": like.dimensions.text_tokens})
    return Manifest(
        id=model_id,
        title=title,
        description=f"{checkpoint.index.pipeline}, added from {title}",
        family=checkpoint.index.family,
        pipeline=checkpoint.index.pipeline,
        source=source,
        files=files,
        settings=settings({**checkpoint.configs.get(denoiser, {}), **checkpoint.configs.get("", {})}),
        parameters=checkpoint.parameters.get(denoiser),
        weights=checkpoint.parameters,
        dimensions=shape,
        variant=variant,
        grid=grid(shape, like),
        dtype=like.dtype,
        dtypes={part: dtype for part, dtype in like.dtypes.items() if part in checkpoint.index.components},
        schedule=like.schedule,
    )


def found(known: Manifest, made: Manifest) -> Manifest:
    """A known model as it was found: what its files say, with the licence, grid and schedule that are known of it."""
    said = ("source", "files", "settings", "weights", "parameters", "dimensions", "variant")
    return known.model_copy(update={field: getattr(made, field) for field in said})


def settings(config: _Config) -> dict[str, bool | int | float | str | None]:
    """The single values of a configuration; no lists, no components, nothing that says who wrote it."""
    single = (bool, int, float, str, type(None))
    return {name: value for name, value in config.items() if isinstance(value, single) and not name.startswith("_")}


def nearest(pipeline: str, shape: Dimensions | None, *, two_experts: bool = False) -> Manifest:
    """The known model that is most like one with that pipeline and a denoiser of that shape."""

    def unlike(known: Manifest) -> tuple[bool, bool, bool]:
        return (
            known.pipeline != pipeline,
            ("transformer_2" in known.weights) != two_experts,
            _size(known.dimensions) != _size(shape),
        )

    return min((known for known in MANIFESTS.values() if known.family == PIPELINES[pipeline]), key=unlike)


def _size(shape: Dimensions | None) -> tuple[int, int] | None:
    return None if shape is None else (shape.hidden, shape.layers)


def dimensions(configs: dict[str, _Config], denoiser: str) -> Dimensions | None:
    """The shape of the denoiser; None where its configuration does not tell it, as for a U-Net."""
    config = configs.get(denoiser, {})
    heads, width = _count(config, "num_attention_heads"), _count(config, "attention_head_dim")
    layers = _count(config, "num_layers")
    if not heads or not width or not layers:
        return None
    temporal, spatial = compression(configs.get("vae", {}))
    beside = config.get("vace_layers")  # blocks of the same shape, run beside the others
    return Dimensions(
        hidden=heads * width,
        layers=layers + (len(beside) if isinstance(beside, list) else 0),
        feed_forward=_count(config, "ffn_dim") or 4 * heads * width,
        patch=_patch(config),
        temporal_compression=temporal,
        spatial_compression=spatial,
    )


def compression(vae: _Config) -> tuple[int, int]:
    """Frames per latent frame after the first, and pixels per latent, of a video autoencoder's configuration."""
    for temporal_key, spatial_key in _SAID:
        temporal, spatial = _count(vae, temporal_key), _count(vae, spatial_key)
        if temporal and spatial:
            return temporal, spatial
    patch, patch_t = _count(vae, "patch_size") or 1, _count(vae, "patch_size_t") or 1
    if isinstance(scaling := vae.get("spatio_temporal_scaling"), list):  # as LTX writes it
        halvings = 2 ** sum(bool(step) for step in scaling)
        return halvings * patch_t, halvings * patch
    if isinstance(steps := vae.get("temperal_downsample"), list):  # as Wan writes it
        return 2 ** sum(bool(step) for step in steps), 2 ** len(steps) * patch
    channels = vae.get("block_out_channels")
    spatial = 2 ** (len(channels) - 1) if isinstance(channels, list) and channels else 8
    return _count(vae, "temporal_compression_ratio") or 1, spatial


def grid(shape: Dimensions | None, like: Manifest) -> Grid:
    """The grid of `like`, where the shape does not say another."""
    if shape is None:
        return like.grid
    frames, rows, columns = shape.patch
    step, size = shape.temporal_compression * frames, shape.spatial_compression * max(rows, columns)
    if like.dimensions is not None and like.dimensions.temporal_compression == shape.temporal_compression:
        step = lcm(step, like.grid.frame_multiple)  # some families count in more than their decoder does
    if like.dimensions is not None and like.dimensions.spatial_compression == shape.spatial_compression:
        size = lcm(size, like.grid.size_multiple)
    sizes = tuple(text for text in like.grid.sizes if all(side % size == 0 for side in parse_size(text)))
    if not sizes:
        width, height = (max(size, side // size * size) for side in parse_size(like.grid.sizes[0]))
        sizes = (f"{width}x{height}",)
    longest = like.grid.max_frames
    return like.grid.model_copy(
        update={
            "frame_multiple": step,
            "min_frames": max(step + 1, min(like.grid.min_frames, longest)),
            "max_frames": (longest - like.grid.frame_offset) // step * step + like.grid.frame_offset,
            "size_multiple": size,
            "sizes": sizes,
        }
    )


def _patch(config: _Config) -> tuple[int, int, int]:
    size = config.get("patch_size")
    if isinstance(size, list) and len(size) == 3 and all(type(side) is int and side > 0 for side in size):
        return (size[0], size[1], size[2])
    side = _count(config, "patch_size") or 1
    return (_count(config, "patch_size_t") or 1, side, side)


def _count(config: _Config, key: str) -> int | None:
    """A positive whole number, or None."""
    value = config.get(key)
    return value if type(value) is int and value > 0 else None
