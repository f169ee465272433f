"""The manifest of a checkpoint: what it is, which files it is made of, and how it wants to be run.

    models/wan-2.1-1.3b/manifest.json     written by `cutaway models pull` or `cutaway models add`

A manifest names a family (one file in `cutaway_runtime.models`) and the pipeline class that its
`model_index.json` names. What the checkpoint can do follows from these two; what it costs and what its
licence asks stands here. Weights are safetensors or GGUF with a hash each; nothing else is opened.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from cutaway.wire import Size, WireRate

WEIGHT_SUFFIXES: Final = frozenset({".safetensors", ".gguf"})
"""The only files that weights are read from. A pickle (.bin, .pt, .ckpt) can run code when it is opened."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Licence(_Part):
    """Under what terms the weights may be used. `gated` ones need an explicit accept before they are pulled or run."""

    name: str = "unknown"
    url: str | None = None
    conditions: tuple[str, ...] = ()
    gated: bool = False


class HubSource(_Part):
    """A repository of a hub. `revision` is a commit once it is pulled."""

    kind: Literal["hub"] = "hub"
    repo: str
    revision: str = "main"


class FolderSource(_Part):
    """A folder on this machine, left where it is."""

    kind: Literal["folder"] = "folder"
    path: str


Source = Annotated[HubSource | FolderSource, Field(discriminator="kind")]


class WeightFile(_Part):
    """One file of the checkpoint. `path` is relative to its folder, `sha256` of the whole file."""

    path: str
    bytes: int = Field(default=0, ge=0)
    sha256: str | None = None


class Grid(_Part):
    """What sizes and lengths the model was made for.

    Frame counts are `frame_multiple * k + frame_offset`, at most `max_frames`; both sides of a picture are
    multiples of `size_multiple` pixels; `rates` are the frame rates it knows, the native one first.
    `sizes` are the ones it was trained for, the default first.
    """

    frame_multiple: int = Field(default=4, ge=1)
    frame_offset: int = 1
    min_frames: int = 5
    max_frames: int = 81
    size_multiple: int = Field(default=16, ge=1)
    rates: tuple[WireRate, ...] = ("16",)
    sizes: tuple[Size, ...] = ("832x480",)
    window_context: int = Field(default=5, ge=1)
    """Frames that one window of a long shot shares with the next."""


class Schedule(_Part):
    """How the noise is taken out. `sigmas`, where given, are those of a distilled checkpoint and replace `steps`."""

    steps: int = Field(default=50, ge=1)
    guidance: float = Field(default=5.0, ge=0)
    guidance_2: float | None = None
    """Of the second expert, where there are two."""
    sigmas: tuple[float, ...] | None = None
    lora: str | None = None
    """The id of a LoRA that makes the checkpoint follow `sigmas`."""


class Dtype(StrEnum):
    BF16 = "bfloat16"
    FP16 = "float16"
    FP32 = "float32"


class Measured(_Part):
    """What one run took, as measured: peak bytes on the device and seconds."""

    size: Size
    frames: int
    profile: str
    device: str
    peak_bytes: int
    denoise_s: float | None = None
    decode_s: float | None = None


class Dimensions(_Part):
    """Of the denoiser: what its work and its memory follow from. See `estimate`."""

    hidden: int = Field(ge=1)
    layers: int = Field(ge=1)
    feed_forward: int = Field(ge=1)
    text_tokens: int = Field(default=512, ge=0)
    patch: tuple[int, int, int] = (1, 2, 2)
    """Latents per token: frames, rows, columns."""
    temporal_compression: int = Field(default=4, ge=1)
    """Frames per latent frame, after the first."""
    spatial_compression: int = Field(default=8, ge=1)
    """Pixels per latent, each way."""


ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,95}$"
"""Ids become folders, so they can be nothing else."""


class Lora(_Part):
    """Weights that are added to those of a model: a look, or a schedule of few steps.

    `models` are the ids it was made for. `parts` says which of its safetensors files goes to which component.
    """

    schema_version: Literal[1] = 1
    id: str = Field(pattern=ID_PATTERN)
    title: str = ""
    description: str = ""
    models: tuple[str, ...]
    source: Source
    files: tuple[WeightFile, ...] = Field(min_length=1)
    parts: dict[str, str] = Field(min_length=1)
    licence: Licence = Licence()
    strength: float = Field(default=1.0, gt=0, le=4)


_NOT_SEEN: Final = {"title", "description", "licence", "measured", "source", "id", "weights", "dimensions", "settings"}
"""What can change in a manifest without changing a picture."""


class Manifest(_Part):
    """One checkpoint.

    `dtypes` are per component (`transformer`, `vae`, ...), `dtype` for the rest. `overrides` replace a
    component's weights by one file among `files`, such as a GGUF transformer; then `base` names the installed
    model that has the other components. `variant` is the diffusers name of the safetensors files to read,
    such as `fp16`. `weights` counts the parameters of each component.
    """

    ID: ClassVar[re.Pattern[str]] = re.compile(ID_PATTERN)

    schema_version: Literal[1] = 1
    id: str = Field(pattern=ID_PATTERN)
    title: str = ""
    description: str = ""
    family: str
    pipeline: str
    source: Source
    files: tuple[WeightFile, ...] = ()
    licence: Licence = Licence()
    settings: dict[str, bool | int | float | str | None] = Field(default_factory=dict)
    """The single values of the denoiser's `config.json` and, over them, of `model_index.json`: what tells
    checkpoints of one pipeline class apart that can do different things."""
    parameters: int | None = Field(default=None, description="of the denoiser")
    dtype: Dtype = Dtype.BF16
    dtypes: dict[str, Dtype] = Field(default_factory=dict)
    overrides: dict[str, str] = Field(default_factory=dict)
    base: str | None = None
    variant: str | None = None
    weights: dict[str, int] = Field(default_factory=dict)
    dimensions: Dimensions | None = None
    grid: Grid = Grid()
    schedule: Schedule = Schedule()
    stills: str | None = Field(default=None, pattern=ID_PATTERN)
    """The id of a text-to-image checkpoint, for a model that is shown a first picture and cannot begin from words
    alone: with both installed, words become a still first, then its motion."""
    schedules: dict[str, Schedule] = Field(default_factory=dict)
    """Named alternatives, such as `fast`: a distilled schedule with its LoRA."""
    loras: dict[str, str] = Field(default_factory=dict)
    """Style preset -> the id of the LoRA that paints it."""
    mag_ratios: tuple[float, ...] | None = None
    """How much each step's output differs in size from the one before, as a calibration of this checkpoint found it.
    With them, `balanced` skips steps by MagCache; without, by what the first block does.
    """
    measured: tuple[Measured, ...] = ()

    @property
    def revision(self) -> str:
        """Changes whenever the same canvas would come out different: a digest of the weights and how they are run."""
        told = self.model_dump_json(exclude=_NOT_SEEN)
        return hashlib.sha256(told.encode()).hexdigest()[:16]
