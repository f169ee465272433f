"""A canvas, painted by a model.

    canvas -> pattern -> recipe -> legs              which pictures the model is shown     (routes.py)
    leg    -> embeddings -> latents -> frames        text encoder, denoiser, decoder       (the family)

Latents are written down before they are decoded: a decode that fails costs no denoising. Memory that
does not suffice is met by the next rung of the ladder, from the last thing that was written down.
"""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import diffusers
import numpy as np
import torch

from cutaway.home import Home
from cutaway.wire import Pattern, Rank, Segment
from cutaway_runtime.engine.base import Control, DeviceLost, EngineError
from cutaway_runtime.engine.diffusion import keyframe_first
from cutaway_runtime.engine.diffusion.adapters import wearing
from cutaway_runtime.engine.diffusion.components import TEXT_PARTS, Checkpoint, Residency, release
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.engine.diffusion.latents import Shelf
from cutaway_runtime.engine.diffusion.memory import LadderMemory, kind_of, out_of_memory
from cutaway_runtime.engine.diffusion.profiles import LADDER, PROFILES, after, next_rung
from cutaway_runtime.engine.diffusion.reuse import reusing
from cutaway_runtime.engine.diffusion.routes import best, pattern_of
from cutaway_runtime.engine.diffusion.smaller import Smaller, TooLarge, half
from cutaway_runtime.engine.diffusion.steps import DENOISING, Told
from cutaway_runtime.engine.finishing.finishing import Finishing
from cutaway_runtime.models import family
from cutaway_runtime.models.base import Ask
from cutaway_runtime.registry import licence
from cutaway_runtime.registry.errors import LicenceNotAccepted
from cutaway_runtime.registry.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Manner
    from cutaway_runtime.engine.diffusion.routes import Leg, Recipe
    from cutaway_runtime.models.base import Tensors
    from cutaway_runtime.registry.manifest import Manifest, Schedule
    from cutaway_runtime.registry.store import Installed, InstalledLora

LATENTS_BUDGET: Final = 4 * 1024**3
EMBEDS_BUDGET: Final = 256 * 1024**2
CHUNK: Final = 8
"""Frames read, or handed over, at a time."""


class Diffusion:
    """`engine.base.Engine` for one installed checkpoint.

    Args:
        manifest: of the checkpoint.
        folder: where its `model_index.json` lies.
        overrides: files that replace the weights of a part.
        residency: shared by all engines of a process, so that one leaves when another needs the room.
        home: where latents, embeddings and what was learned about memory are kept.
    """

    def __init__(
        self,
        manifest: Manifest,
        folder: Path,
        *,
        overrides: Mapping[str, Path] | None = None,
        residency: Residency | None = None,
        home: Home | None = None,
    ) -> None:
        self._manifest = manifest
        self._control = Control()
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._checkpoint = Checkpoint(manifest, folder, residency or Residency(), device, self._check, overrides)
        self._family = family(manifest.family)(self._checkpoint)
        self._home = home = home or Home.find()
        self._store = Store(home.folder)
        self._latents = Shelf(home.folder / "latents", LATENTS_BUDGET)
        self._embeds = Shelf(home.folder / "embeds", EMBEDS_BUDGET)
        self._memory = LadderMemory(home.folder / "memory.json")

    @property
    def info(self) -> ModelInfo:
        return info_of(self._manifest, stills=self._stills is not None)

    @property
    def revision(self) -> str:
        stills = f"-{self._stills.manifest.revision}" if self._stills is not None else ""
        return f"{self._manifest.revision}{stills}-torch{torch.__version__}-diffusers{diffusers.__version__}"

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """The frames of the canvas in order."""
        self._control = control
        size = half(self.info, canvas) if control.manner.allow_degraded else None
        if size is None:
            yield from self._at_size(canvas, control)
            return
        seen, segments, kind = 0, len(control.notes.segments), self._kind(canvas, control)
        if self._memory.rungs(kind) <= len(LADDER):
            try:
                for chunk in self._at_size(canvas, control):
                    yield chunk
                    seen += len(chunk)
            except TooLarge:
                del control.notes.segments[segments:]
            else:
                return
        control.notes.warnings.append(f"memory did not suffice, so it is painted at {size[0]}x{size[1]} and scaled up")
        for chunk in Finishing(Smaller(self, size)).paint(canvas, control):
            if len(chunk) > seen:
                yield chunk[seen:]
            seen = max(0, seen - len(chunk))
        self._memory.remember(kind, len(LADDER) + 1)

    def _kind(self, canvas: Canvas, control: Control) -> str:
        return kind_of(self._manifest.id, canvas, control.manner.profile, self._checkpoint.device)

    def _at_size(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """The frames of the canvas, painted at its own size."""
        seen = 0
        for number, leg in enumerate(self._legs(canvas, control)):
            line = control.within(seen / canvas.frames, len(leg.frames) / canvas.frames)
            yield from _in_order(self._leg(leg, number, line), leg.frames)
            seen += len(leg.frames)

    def _legs(self, canvas: Canvas, control: Control) -> list[Leg]:
        """How the canvas is painted, told to whoever asked for it."""
        pattern, model = pattern_of(canvas), self._manifest.id
        recipe = self._recipe(pattern, control)
        legs = recipe.legs(canvas, self._manifest.grid) if recipe is not None else []
        if recipe is None or not legs:
            raise EngineError(
                f"{model} cannot be shown {pattern}; it can: {', '.join(self.info.patterns)}",
                code="unsupported_capability",
            )
        lost = recipe.loses or "; ".join(dict.fromkeys(leg.loses for leg in legs if leg.loses))
        rank = Rank.DEGRADED if lost else recipe.rank
        if lost:
            if not control.manner.allow_degraded:
                raise EngineError(
                    f"{model} comes to {pattern} only in a degraded way ({recipe.method}): {lost}. Send "
                    "allow_degraded to take it, or choose another model",
                    code="degraded_refused",
                )
            control.notes.warnings.append(f"{pattern} is degraded with {model}: {lost}")
        if canvas.prompt and not self._family.able.reads_prompt:
            still = "; the still it begins with was painted from them" if pattern is Pattern.TEXT else ""
            control.notes.warnings.append(f"prompt ignored: {model} takes no words, only a picture{still}")
        painter = self._family.pipeline_class(recipe.shown)
        control.notes.paths.append(f"{rank}: {painter} {pattern}")
        control.notes.segments.append(Segment(start=0, end=canvas.frames, method=f"{painter}, {recipe.method}"))
        return legs

    def _recipe(self, pattern: Pattern, control: Control) -> Recipe | None:
        able, stills = self._family.able.patterns, self._stills
        if stills is None or not keyframe_first.applies(pattern, able):
            return best(pattern, able)
        engine = open_engine(stills, residency=self._checkpoint.residency, home=self._home)
        grid = stills.manifest.grid
        return keyframe_first.recipe(stills.manifest.id, lambda c: keyframe_first.still(engine, grid, c, control))

    @property
    def _stills(self) -> Installed | None:
        return keyframe_first.stills_of(self._manifest, self._store)

    def _leg(self, leg: Leg, number: int, control: Control) -> Iterator[Pixels]:
        """The frames of one leg; tried again further down the ladder each time memory does not suffice."""
        kind = self._kind(leg.canvas, control)
        rungs = started = min(self._memory.rungs(kind), len(LADDER))
        done, key = 0, ""
        while True:
            self._checkpoint.running = after(PROFILES[control.manner.profile], rungs)
            ask = Ask(leg.canvas, leg.pattern, self._schedule(control), seed_of(leg.canvas.seed, number))
            if not self._latents.holds(key):  # what failed was not the decoding
                key = self._key(ask, control.manner)
            try:
                for chunk in self._once(leg, ask, key, control, skip=done):
                    done += len(chunk)
                    yield chunk
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    if "CUDA error" in str(error):
                        raise DeviceLost(f"the GPU reported a fault: {error}") from error
                    raise
            else:
                break
            rungs = self._next_rung(rungs, leg.canvas, control)
        if rungs != started:
            self._memory.remember(kind, rungs)

    def _next_rung(self, rungs: int, canvas: Canvas, control: Control) -> int:
        """One rung down. Called when the failed attempt is gone, and with it what it held.

        Raises:
            TooLarge: there is no other rung.
        """
        rungs = next_rung(PROFILES[control.manner.profile], rungs)
        if rungs == len(LADDER):
            self._checkpoint.residency.keep_only("")
            raise TooLarge(
                f"{canvas.frames} frames of {canvas.width}x{canvas.height} do not fit in memory with "
                f"{self._manifest.id}, not even with: {'; '.join(rung.does for rung in LADDER)}. Ask for fewer frames "
                "or a smaller size, install a smaller or a quantised checkpoint, or send allow_degraded to have it "
                "painted at half the size and scaled up"
            )
        rung = LADDER[rungs]
        cost = f" ({rung.costs})" if rung.costs else ""
        control.notes.warnings.append(f"memory did not suffice, so {rung.does}{cost}")
        self._checkpoint.residency.keep_only(self._manifest.id)
        release()
        return rungs + 1

    def _once(self, leg: Leg, ask: Ask, key: str, control: Control, skip: int) -> Iterator[Pixels]:
        """The frames of a leg from `skip` on; `key` names its latents."""
        latents = self._latents.get(key)
        if latents is None:
            latents = self._denoised(ask, control)
            self._latents.put(key, latents)
        control.check()
        at = 0
        for chunk in _without_grad(self._family.decode(ask, latents)):
            if not at and not skip:  # with the first frames, so that what is tried again is not heard twice
                self._tell_sound(leg, ask, latents, control)
            if at + len(chunk) > skip:
                yield chunk[max(0, skip - at) :]
            at += len(chunk)
            whole = ask.canvas.frames
            control.progress("decoding", at, whole, DENOISING + (1 - DENOISING) * at / whole)

    def _tell_sound(self, leg: Leg, ask: Ask, latents: Tensors, control: Control) -> None:
        """What is heard with a leg, if that is seen from its first frame to its last."""
        if control.listens and leg.frames == tuple(range(ask.canvas.frames)):
            with torch.no_grad():
                sound = self._family.sound(ask, latents)
            if sound is not None:
                control.sound(sound)

    def _denoised(self, ask: Ask, control: Control) -> Tensors:
        embeds = self._embedded(ask, control)
        control.check()
        running = self._checkpoint.running
        painter = self._family.pipeline_class(ask.pattern)
        with (
            torch.no_grad(),
            wearing(self._checkpoint, painter, self._loras(ask)),
            reusing(self._checkpoint, running.reuse, ask.schedule.steps, control.notes),
        ):
            return self._family.denoise(ask, embeds, Told(control, self._checkpoint.device))

    def _schedule(self, control: Control) -> Schedule:
        """The checkpoint's own, or the profile's, with what the request says put over it."""
        running, manner = self._checkpoint.running, control.manner
        schedule = self._manifest.schedules.get(running.schedule, self._manifest.schedule)
        asked = {"steps": manner.steps, "guidance": manner.guidance}
        if schedule.sigmas is not None and manner.steps is not None:
            control.notes.warnings.append(
                f"steps={manner.steps} was not used: the schedule is a distilled one of {len(schedule.sigmas)} steps"
            )
            del asked["steps"]
        return schedule.model_copy(update={name: value for name, value in asked.items() if value is not None})

    def _loras(self, ask: Ask) -> list[InstalledLora]:
        named = (ask.schedule.lora, self._manifest.loras.get(ask.canvas.style))
        return [self._store.lora(name) for name in named if name is not None]

    def _embedded(self, ask: Ask, control: Control) -> Tensors:
        """What the text encoder makes of the prompts, from the shelf where it was made before."""
        canvas = ask.canvas
        negative = canvas.negative_prompt if ask.schedule.guidance > 1 else None
        key = _digest(self.revision, canvas.prompt, "none" if negative is None else f"not {negative}")
        embeds = self._embeds.get(key)
        if embeds is None:
            control.progress("reading the prompt", 0, 1)
            with torch.no_grad():
                embeds = self._family.embed(canvas.prompt, negative)
            self._embeds.put(key, embeds)
            self._checkpoint.drop(*TEXT_PARTS)
        return {name: tensor.to(self._checkpoint.device) for name, tensor in embeds.items()}

    def _key(self, ask: Ask, manner: Manner) -> str:
        """A digest of everything the latents depend on."""
        canvas = ask.canvas
        plates = [(f"{known.at} {known.strength}", known.plate) for known in canvas.known]
        plates += [("reference", plate) for plate in canvas.references]
        plates += [("anchor", canvas.anchor)] if canvas.anchor is not None else []
        pictures = hashlib.sha256()
        for said, plate in plates:
            pictures.update(f"{said} {len(plate)} ".encode())
            for at in range(0, len(plate), CHUNK):
                pictures.update(np.ascontiguousarray(plate.read(at, min(at + CHUNK, len(plate)))).tobytes())
        return _digest(
            self.revision,
            self._checkpoint.device,
            self._checkpoint.running.latents,
            manner.profile,
            ask.pattern,
            ask.seed,
            ask.schedule.model_dump_json(),
            (canvas.frames, canvas.width, canvas.height, canvas.rate, canvas.closed),
            canvas.spans,
            canvas.prompt,
            canvas.negative_prompt,
            canvas.style,
            pictures.hexdigest(),
        )

    def _check(self) -> None:
        """Before every pass through the denoiser: whether the job in hand was cancelled."""
        self._control.check()


def open_engine(installed: Installed, *, residency: Residency | None = None, home: Home | None = None) -> Diffusion:
    """The engine of an installed checkpoint, sharing memory with the others of this process.

    Raises:
        EngineError: its licence was not accepted.
    """
    try:
        licence.require(installed.manifest, (home or Home.find()).folder)
    except LicenceNotAccepted as error:
        raise EngineError(str(error), code="licence_not_accepted") from error
    return Diffusion(
        installed.manifest,
        installed.folder,
        overrides=installed.overrides,
        residency=residency or _residency(),
        home=home,
    )


@cache
def _residency() -> Residency:
    return Residency.of_this_machine()


def seed_of(seed: int, number: int) -> int:
    """The seed of a leg: the canvas's own for the first, and for each other one that follows from it."""
    if number == 0:
        return seed
    return int(_digest(seed, "leg", number)[:16], 16) >> 1


def _digest(*values: object) -> str:
    return hashlib.sha256("\0".join(str(value) for value in values).encode()).hexdigest()


def _without_grad(chunks: Iterator[Pixels]) -> Iterator[Pixels]:
    """The chunks, each computed without gradients; the switch is back where it was while somebody else runs."""
    while True:
        with torch.no_grad():
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def _in_order(chunks: Iterator[Pixels], frames: Sequence[int]) -> Iterator[Pixels]:
    """The painted frames that are used, in the order they are used. All are in memory only if time is turned round."""
    if any(later < earlier for earlier, later in pairwise(frames)):
        chunks = iter([np.concatenate(list(chunks))])
    at = used = 0
    for chunk in chunks:
        until = at + len(chunk)
        end = next((n for n in range(used, len(frames)) if frames[n] >= until), len(frames))
        for first in range(used, end, CHUNK):
            yield chunk[[frame - at for frame in frames[first : min(first + CHUNK, end)]]]
        at, used = until, end
