"""What a model will take, before it has run: counted where it can be, else estimated, never measured.

    FLOPs of one forward = 4 N^2 d L + 4 N S d L + 2 N L (6 d^2 + 2 d f) + 4 S L d^2

N tokens of picture, S of text, d the width, f the width of the feed-forward, L the layers: attention, cross-attention
and the linear layers. For Wan and LTX-Video it agrees with a counter of operations to within a hundredth.
Activations are a rule of thumb: what one layer holds at its widest. Only `Manifest.measured` is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import TYPE_CHECKING, Final, Literal

from cutaway.wire import parse_size
from cutaway_runtime.registry.manifest import Dtype

if TYPE_CHECKING:
    from cutaway_runtime.registry.manifest import Dimensions, Manifest

CARDS: Final = (8, 12, 16, 24, 80)
"""Sizes of graphics cards, GiB."""
PROFILES: Final = ("exact", "low-memory")
HEADROOM: Final = 0.9
"""Of a card, what a job may count on; the rest is the driver's, the desktop's and lost between blocks."""
BYTES: Final = {Dtype.BF16: 2, Dtype.FP16: 2, Dtype.FP32: 4}
_BOTH_AT_ONCE: Final = frozenset({"ltx", "ltx2", "cogvideox", "svd"})
"""Families whose pipelines run with and without the prompt as one batch."""
_DENOISERS: Final = ("transformer", "transformer_2", "unet")
_DECODER_CHANNELS: Final = 96
_DECODER_COPIES: Final = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes on the device, and operations. `flops` is None where the denoiser's shape is not known."""

    weights: int
    """Of all components together, as loaded."""
    resident: int
    """The most that lie on the device at one time."""
    activations: int
    flops: float | None
    """Of one forward, in the size and length asked for."""

    @property
    def peak(self) -> int:
        return self.resident + self.activations


def estimate(manifest: Manifest, width: int, height: int, frames: int, profile: str = "exact") -> Estimate:
    """What one window of `frames` frames takes.

    In `low-memory` the text encoder stays off the device and the denoiser comes block by block; in every other
    profile one component after the other is there as a whole: text encoder, denoiser with decoder, decoder.
    """
    sizes = component_bytes(manifest)
    denoiser = max((sizes.get(name, 0) for name in _DENOISERS), default=0)
    decoder = sizes.get("vae", 0)
    others = max((size for name, size in sizes.items() if name not in {*_DENOISERS, "vae"}), default=0)
    shape = manifest.dimensions
    tokens = token_count(shape, width, height, frames) if shape else 0
    at_once = 2 if manifest.family in _BOTH_AT_ONCE and manifest.schedule.guidance > 1 else 1
    # Residual, queries, keys, values and their sum; both sides of the feed-forward; norms in single precision.
    painting = at_once * tokens * (24 * shape.hidden + 4 * shape.feed_forward) if shape else 0
    decoding = _decoding(manifest, width, height)
    if profile == "low-memory":
        blocks = ceil(2 * denoiser / shape.layers) if shape else denoiser
        resident, activations = max((blocks, painting), (decoder, decoding), key=sum)
    else:
        resident, activations = max((others, 0), (denoiser + decoder, painting), (decoder, decoding), key=sum)
    return Estimate(sum(sizes.values()), resident, activations, forward_flops(shape, tokens) if shape else None)


def component_bytes(manifest: Manifest) -> dict[str, int]:
    """Bytes of each component as it is loaded: its parameters times the bytes of its dtype; a GGUF file as it is."""
    packed = {part: file for part, file in manifest.overrides.items() if file.endswith(".gguf")}
    on_disk = {file.path: file.bytes for file in manifest.files}
    return {
        part: on_disk[packed[part]] if part in packed else count * BYTES[manifest.dtypes.get(part, manifest.dtype)]
        for part, count in manifest.weights.items()
    }


def token_count(shape: Dimensions, width: int, height: int, frames: int) -> int:
    """How many tokens a canvas of that size (pixels) and length (frames) is to the denoiser."""
    latent_frames = ceil((frames - 1) / shape.temporal_compression) + 1
    patch_frames, patch_rows, patch_columns = shape.patch
    rows = ceil(height / shape.spatial_compression / patch_rows)
    columns = ceil(width / shape.spatial_compression / patch_columns)
    return prod((ceil(latent_frames / patch_frames), rows, columns))


def forward_flops(shape: Dimensions, tokens: int) -> float:
    """Operations of one forward, two to a multiply-add."""
    n, s, d, f, layers = tokens, shape.text_tokens, shape.hidden, shape.feed_forward, shape.layers
    attention = 4.0 * n * n * d * layers + 4.0 * n * s * d * layers
    linear = 2.0 * n * layers * (6 * d * d + 2 * d * f) + 4.0 * s * layers * d * d
    return attention + linear


def _decoding(manifest: Manifest, width: int, height: int) -> int:
    """A decoder that paints the frames of one latent frame at a time, a few copies of its widest layer."""
    frames = manifest.dimensions.temporal_compression if manifest.dimensions else 1
    each = BYTES[manifest.dtypes.get("vae", manifest.dtype)] * _DECODER_CHANNELS * _DECODER_COPIES
    return frames * width * height * each


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits a card. `profile` is the best one that does, None if none does."""

    profile: str | None
    basis: Literal["measured", "estimated", "unknown"]


def fit(manifest: Manifest, card: int) -> Fit:
    """Whether the default size and the longest window fit a card of so many GiB."""
    size, frames = manifest.grid.sizes[0], manifest.grid.max_frames
    room = card * 2**30 * HEADROOM
    for profile in PROFILES:
        known = [
            one.peak_bytes
            for one in manifest.measured
            if (one.profile, one.size, one.frames) == (profile, size, frames)
        ]
        if known and max(known) <= room:
            return Fit(profile, "measured")
        if not known and manifest.dimensions is None:
            return Fit(None, "unknown")
        if not known and estimate(manifest, *parse_size(size), frames, profile).peak <= room:
            return Fit(profile, "estimated")
    return Fit(None, "estimated")
