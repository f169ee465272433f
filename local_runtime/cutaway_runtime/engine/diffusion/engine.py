"""A canvas, painted by a model.

    canvas -> pattern -> recipe -> legs              which pictures the model is shown     (routes.py)
    leg    -> embeddings -> latents -> frames        text encoder, denoiser, decoder       (the family)

Latents are written down before they are decoded: a decode that fails costs no denoising.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import diffusers
import numpy as np
import torch

from cutaway.home import Home
from cutaway.wire import Segment
from cutaway_runtime.engine.base import EngineError
from cutaway_runtime.engine.diffusion.components import Checkpoint, Residency
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.engine.diffusion.latents import Shelf
from cutaway_runtime.engine.diffusion.routes import best, pattern_of, unpadded
from cutaway_runtime.models import family
from cutaway_runtime.models.base import Ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Control
    from cutaway_runtime.engine.diffusion.routes import Leg
    from cutaway_runtime.models.base import Tensors
    from cutaway_runtime.registry.manifest import Manifest

LATENTS_BUDGET: Final = 4 * 1024**3
EMBEDS_BUDGET: Final = 256 * 1024**2
CHUNK: Final = 8


class Diffusion:
    """`engine.base.Engine` for one installed checkpoint."""

    def __init__(
        self, manifest: Manifest, folder: Path, *, residency: Residency | None = None, home: Home | None = None
    ) -> None:
        self._manifest = manifest
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._checkpoint = Checkpoint(manifest, folder, residency or Residency(), device)
        self._family = family(manifest.family)(self._checkpoint)
        home = home or Home.find()
        self._latents = Shelf(home.folder / "latents", LATENTS_BUDGET)
        self._embeds = Shelf(home.folder / "embeds", EMBEDS_BUDGET)

    @property
    def info(self) -> ModelInfo:
        return info_of(self._manifest)

    @property
    def revision(self) -> str:
        return f"{self._manifest.revision}-torch{torch.__version__}-diffusers{diffusers.__version__}"

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """The frames of the canvas in order."""
        grid = self._manifest.grid
        canvas = unpadded(canvas, grid)
        pattern = pattern_of(canvas)
        recipe = best(pattern, self._family.abilities[self._manifest.pipeline].patterns)
        if recipe is None:
            raise EngineError(
                f"{self._manifest.id} cannot be shown {pattern}; it can: {', '.join(self.info.patterns)}",
                code="unsupported_capability",
            )
        painter = self._family.pipeline_class(recipe.shown)
        control.notes.segments.append(
            Segment(start=0, end=canvas.frames, method=f"{recipe.rank}: {painter}, {recipe.method}")
        )
        if recipe.loses:
            control.notes.warnings.append(f"{pattern} is {recipe.rank} with {self._manifest.id}: {recipe.loses}")
        for number, leg in enumerate(recipe.legs(canvas, grid)):
            yield from _in_order(self._leg(leg, number, control), leg.frames)

    def _leg(self, leg: Leg, number: int, control: Control) -> Iterator[Pixels]:
        ask = Ask(leg.canvas, leg.pattern, self._manifest.schedule, seed_of(leg.canvas.seed, number))
        key = self._key(ask)
        latents = self._latents.get(key)
        if latents is None:
            embeds = self._embedded(ask, control)
            control.check()
            with torch.no_grad():
                latents = self._family.denoise(ask, embeds, Told(control))
            self._latents.put(key, latents)
        chunks = self._family.decode(ask, latents)
        done = 0
        while True:
            control.progress("decoding", done, ask.canvas.frames)
            with torch.no_grad():
                chunk = next(chunks, None)
            if chunk is None:
                return
            done += len(chunk)
            yield chunk

    def _embedded(self, ask: Ask, control: Control) -> Tensors:
        canvas = ask.canvas
        negative = canvas.negative_prompt if ask.schedule.guidance > 1 else None
        parts = (self.revision, canvas.prompt, "\0" if negative is None else negative)
        key = hashlib.sha256("\1".join(parts).encode()).hexdigest()
        embeds = self._embeds.get(key)
        if embeds is None:
            control.progress("reading the prompt", 0, 1)
            with torch.no_grad():
                embeds = self._family.embed(canvas.prompt, negative)
            self._embeds.put(key, embeds)
            self._checkpoint.drop("text_encoder")
        return {name: tensor.to(self._checkpoint.device) for name, tensor in embeds.items()}

    def _key(self, ask: Ask) -> str:
        """A digest of everything the latents depend on."""
        canvas = ask.canvas
        told = hashlib.sha256()
        for value in (
            self.revision, str(self._checkpoint.device), ask.pattern, ask.seed, ask.schedule.model_dump_json(),
            canvas.frames, canvas.width, canvas.height, canvas.rate, canvas.prompt,
            canvas.negative_prompt, canvas.style,
        ):  # fmt: skip
            told.update(f"{value}\0".encode())
        for known in canvas.known:
            told.update(f"{known.at} {known.strength} ".encode())
            for at in range(0, len(known.plate), CHUNK):
                told.update(np.ascontiguousarray(known.plate.read(at, min(at + CHUNK, len(known.plate)))))
        return told.hexdigest()


class Told:
    """`models.base.Steps`: each step told to the control, which also hears a cancel."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._total = self._done = 0

    def total(self, steps: int) -> None:
        self._total, self._done = steps, 0
        self._control.progress("denoising", 0, steps)

    def done(self) -> None:
        self._done += 1
        self._control.progress("denoising", min(self._done, self._total), self._total)

    def check(self) -> None:
        self._control.check()


def seed_of(seed: int, number: int) -> int:
    """The seed of a leg: the canvas's own for the first, and for each other one that follows from it."""
    if number == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/leg/{number}".encode()).digest()[:8], "big") >> 1


def _in_order(chunks: Iterator[Pixels], frames: Sequence[int]) -> Iterator[Pixels]:
    """The painted frames that are used, in the order they are used. Held in memory only if that is not their own."""
    if all(later - earlier == 1 for earlier, later in pairwise(frames)):
        at, first, last = 0, frames[0], frames[-1] + 1
        for chunk in chunks:
            start, end = max(first - at, 0), min(last - at, len(chunk))
            if start < end:
                yield chunk[start:end]
            at += len(chunk)
        return
    painted = np.concatenate(list(chunks))
    for at in range(0, len(frames), CHUNK):
        yield painted[list(frames[at : at + CHUNK])]
