"""What the engine asks of a model family, and the few lines that most families share.

    family = Wan(components)
    embeds = family.embed(prompt, negative)          the text encoder, and nothing else
    latents = family.denoise(ask, embeds, steps)     the denoiser
    for chunk in family.decode(ask, latents): ...    the decoder, a few frames at a time

A family is shown one of the patterns it declares in `abilities` for the pipeline class of the
checkpoint; everything else is composed from these by the engine. It never sees a verb, a job or a file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from cutaway_runtime.models.libraries import Image, np, torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cutaway.wire import Pattern
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.registry.manifest import Manifest, Schedule

    Tensors: TypeAlias = dict[str, torch.Tensor]
    """Named tensors, as they are cached and checkpointed."""


@dataclass(frozen=True)
class Abilities:
    """What the checkpoints of one pipeline class do by themselves.

    `patterns` names, for each pattern, the diffusers class that paints it. `references` is how many
    pictures of a character it can be shown. `reads_prompt` is False where words make no difference to it.
    """

    patterns: Mapping[Pattern, str]
    references: int = 0
    makes_sound: bool = False
    negative_prompt: bool = True
    reads_prompt: bool = True


@dataclass(frozen=True)
class Sound:
    """What a model made to be heard: (channels, samples) float32 in [-1, 1], beginning with the first frame."""

    samples: NDArray[np.float32]
    rate: int
    """Samples per second."""


@dataclass(frozen=True)
class Ask:
    """One canvas to paint in one way."""

    canvas: Canvas
    pattern: Pattern
    schedule: Schedule
    seed: int

    def generator(self) -> torch.Generator:
        """On the CPU, so that the noise is the same on every device."""
        return torch.Generator("cpu").manual_seed(self.seed)


class Steps(Protocol):
    """The line from a denoising loop to whoever waits for it."""

    def total(self, steps: int) -> None:
        """How many steps there will be."""
        ...

    def done(self) -> None:
        """One more step is done. Raises `engine.base.Cancelled` once the job is."""
        ...

    def check(self) -> None:
        """Raises `engine.base.Cancelled` once the job is."""
        ...


class Components(Protocol):
    """The parts of one checkpoint, loaded when they are asked for."""

    manifest: Manifest
    folder: Path

    @property
    def device(self) -> torch.device: ...

    def config(self, name: str) -> dict[str, Any]:
        """The configuration of a part, without loading it; {} where it has none. "" is `model_index.json`."""
        ...

    def pipeline(self, name: str, *parts: str) -> Any:
        """A diffusers pipeline of that class with these parts loaded and every other one None.

        The scheduler is the pipeline's own; the parts are shared.
        """
        ...


class Family(ABC):
    """One kind of model."""

    abilities: ClassVar[Mapping[str, Abilities]]
    """Kind of checkpoint -> what it can do. A kind is a pipeline class, see `kind`."""

    def __init__(self, components: Components) -> None:
        self.components = components

    @property
    def manifest(self) -> Manifest:
        return self.components.manifest

    @classmethod
    def kind(cls, pipeline: str, settings: Mapping[str, object]) -> str:
        """The row of `abilities` for a checkpoint: the class that its `model_index.json` names, unless the family
        tells several kinds of one class apart by their settings (`Manifest.settings`).
        """
        del settings
        return pipeline

    @classmethod
    def abilities_of(cls, manifest: Manifest) -> Abilities:
        """What an installed checkpoint can do, known without loading it.

        Raises:
            KeyError: the family has no such pipeline class.
        """
        return cls.abilities[cls.kind(manifest.pipeline, manifest.settings)]

    @cached_property
    def able(self) -> Abilities:
        """What this checkpoint can do, by its own files."""
        settings = {**self.components.config("transformer"), **self.components.config("")}
        return self.abilities[self.kind(self.manifest.pipeline, settings)]

    def pipeline_class(self, pattern: Pattern) -> str:
        """The diffusers class that paints a pattern natively."""
        return self.able.patterns[pattern]

    @abstractmethod
    def embed(self, prompt: str, negative: str | None) -> Tensors:
        """What the text encoder makes of the prompts; `negative` is None where there is no guidance."""

    @abstractmethod
    def denoise(self, ask: Ask, embeds: Tensors, steps: Steps) -> Tensors:
        """The latents of the canvas, before any decoding; plain tensors that can be saved."""

    @abstractmethod
    def decode(self, ask: Ask, latents: Tensors) -> Iterator[Pixels]:
        """The frames of the canvas in order, in chunks (n, H, W, 3) RGB uint8, few at a time where the decoder can."""

    def sound(self, ask: Ask, latents: Tensors) -> Sound | None:
        """What is heard with the frames; asked before `decode`."""
        del ask, latents
        return None


def tell(steps: Steps) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """The callback a diffusers pipeline calls after each step. Raising is what ends a pipeline cleanly:
    its own `_interrupt` flag goes on to decode and returns noise as a success.
    """

    def callback(_pipe: Any, _step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        steps.done()
        return values

    return callback


def pixels(video: torch.Tensor) -> Pixels:
    """A decoder's output (1, C, T, H, W) in [-1, 1] as (T, H, W, 3) RGB uint8.

    Rounds as a diffusers pipeline's own post-processing followed by `round(255 * x)` does, bit for bit.
    """
    unit = (video[0] * 0.5 + 0.5).clamp(0, 1)  # (C, T, H, W)
    whole = (unit.float() * 255).round().to(torch.uint8)
    frames: Pixels = whole.permute(1, 2, 3, 0).contiguous().cpu().numpy()
    return frames


@dataclass
class Footage:
    """Known frames of a canvas as a model wants to see them: (T, H, W, 3) uint8, and how firmly each is known."""

    frames: NDArray[np.uint8]
    strength: NDArray[np.float32] = field(repr=False)
    """(T,): 1 where a frame is kept, 0 where it is open."""

    @classmethod
    def of(cls, canvas: Canvas, fill: int = 128) -> Footage:
        """All frames of a canvas; open ones are `fill` grey."""
        frames = np.full((canvas.frames, canvas.height, canvas.width, 3), fill, np.uint8)
        strength = np.zeros(canvas.frames, np.float32)
        for known in canvas.known:
            here = slice(known.range.start, known.range.end)
            frames[here] = known.read(known.range.start, known.range.end)
            strength[here] = known.strength
        return cls(frames, strength)

    def images(self) -> list[Image.Image]:
        """Every frame as a picture, the form in which a pipeline's own preprocessing takes a video."""
        return [Image.fromarray(frame) for frame in self.frames]

    def tensor(self) -> torch.Tensor:
        """(1, 3, T, H, W) float32 in [-1, 1], as a pipeline's own preprocessing makes it."""
        return torch.from_numpy(self.frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1.0
