# SPDX-License-Identifier: GPL-3.0-or-later
"""From words to a plate behind a camera: what is asked for, what stands there meanwhile, and how it arrives.

    card = ask(scene, camera, "a desert at dusk", first=1, frames=48)        # a clay picture stands there at once
    again(scene, plate)                                                      # another take of the same card
    made(scene, camera, "a desert at dusk", first=1, frames=48)              # the same, waited for: for scripts

A plate's card lies in the project of its scene, with its camera's name; it has no place in the cut. Its take has
the scene's rate and size and so many frames as were asked for, so that nothing is stretched in time or space.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.storyboard.card import Card, CardReference, CardState, Placement, Role
from cutaway.storyboard.job import JobState
from cutaway.wire import Verb

from . import conditioning, home, jobs, plate_clip, plates
from .errors import PlateFailed

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.storyboard.card import Take

    from .host import BlenderHost

PATIENCE: Final = 3600.0
"""Seconds that a script waits for a plate."""


def ask(
    scene: Any,
    camera: Any,
    prompt: str,
    *,
    first: int,
    frames: int,
    shown: str | None = None,
    mode: str = "plane",
    negative_prompt: str = "",
    seed: int | None = None,
    style: str | None = None,
    model: str | None = None,
) -> Card:
    """Asks for a plate; what the camera sees stands there as clay until it comes.

    Args:
        scene: whose size, rate and project count.
        camera: the camera object it is for.
        prompt: what is behind everything.
        first: the scene frame at which it begins.
        frames: how many.
        shown: clay, depth or normals: that picture of the first frame is sent as the first frame of the plate.
            None: words alone are sent; nothing of the scene leaves this machine.
        mode: how it is shown (`backdrop.MODES`).
        negative_prompt: what must not be seen.
        seed: of the generation.
        style: a preset of the server.
        model: of the server; its own choice, if not said.

    Raises:
        EditRefused: no frames, no words, a range before the scene begins, or a camera that no plate fits.
    """
    if frames < 1 or not prompt.strip():
        raise EditRefused("a plate needs words and at least one frame")
    if first < scene.frame_start:
        raise EditRefused(f"the plate would begin at frame {first}, before the scene does, at {scene.frame_start}")
    desk = jobs.session()
    host = desk.host(scene)
    width, height = size_of(scene)
    card = Card(
        kind=Verb.GENERATE,
        state=CardState.READY,
        placement=Placement(track=0, start=first - scene.frame_start, frames=frames),
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        style=style,
        model=model,
        size=f"{width}x{height}",
        camera=camera.name,
    )
    still = preview(scene, camera, first, look=shown or "clay", name=card.id[:12])
    if shown is not None:
        card.references = [CardReference(role=Role.FIRST, path=str(still))]
    plates.place(scene, camera, still, first=first, frames=frames, card=card.id, mode=mode)
    host.project.put(card)
    desk.make(host, card.id, land=landed)
    return card


def preview(scene: Any, camera: Any, frame: int, *, look: str = "clay", name: str = "preview") -> Path:
    """What a model would be shown, as a file and as an image in Blender's image editor. Nothing is sent."""
    path = home.project_of(scene).frames_folder / f"plate-{name}-{look}.png"
    conditioning.conditioned(scene, camera, frame, path, look=look)
    conditioning.shown_in_blender(path)
    return path


def again(scene: Any, plate: Any, *, prompt: str | None = None, seed: int | None = None) -> Card:
    """Another take for a plate, of the same words or of others; the one that is seen stays until it comes."""
    desk = jobs.session()
    host = desk.host(scene)
    card = host.project.card(plate_clip.about(plate)["card"])
    card.prompt = card.prompt if prompt is None else prompt
    card.seed = seed
    host.project.put(card)
    desk.make(host, card.id, land=landed)
    return card


def show_take(scene: Any, plate: Any, take: Take) -> None:
    """Shows one of the takes of a plate's card."""
    host = jobs.session().host(scene)
    card = host.project.card(plate_clip.about(plate)["card"])
    landed(host, card, take)


def landed(host: BlenderHost, card: Card, take: Take) -> None:
    """By the pump: the take in the place of what stood there, fitted to the camera as it is now; one step of undo.

    Raises:
        TimelineChanged: the plate was deleted meanwhile. The take stays with its card.
    """
    scene = host.scene
    plate = next((one for one in plates.plates_of(scene) if plate_clip.about(one)["card"] == card.id), None)
    if plate is None:
        raise TimelineChanged(f"the plate behind {card.camera} was deleted")
    with host.undo_step(f"Plate behind {card.camera}"):
        host.touched()
        plates.switch(plate, host.project.takes_folder / take.path, take=take.id)
        if plates.camera_moved(scene, plate):
            plates.refit(scene, plate)
        card.state, card.active_take, card.applied_take, card.error = CardState.APPLIED, take.id, take.id, ""
        host.project.put(card)


def made(scene: Any, camera: Any, prompt: str, *, patience: float = PATIENCE, **asked: Any) -> Any:
    """A plate, waited for: for scripts and for render farms, where no window turns the pump. Returns its object.

    Args:
        scene: as of `ask`.
        camera: as of `ask`.
        prompt: as of `ask`.
        patience: seconds.
        asked: what else `ask` takes; `first` and `frames` at least.

    Raises:
        PlateFailed: the server did not make it, or not in time; in the server's words.
    """
    card = ask(scene, camera, prompt, **asked)
    desk, until = jobs.session(), time.monotonic() + patience
    while time.monotonic() < until:
        jobs.pump()
        job = desk.job(card.id)
        plate = next((one for one in plates.plates_of(scene) if plate_clip.about(one)["card"] == card.id), None)
        if plate is not None and plate_clip.about(plate)["take"]:
            return plate
        if job is not None and job.state in {JobState.FAILED, JobState.CANCELLED}:
            raise PlateFailed(f"no plate behind {camera.name}: {job.error or job.state}")
        time.sleep(0.05)
    raise PlateFailed(f"no plate behind {camera.name} within {patience:g} s; its job goes on at the server")


def size_of(scene: Any) -> tuple[int, int]:
    """The pictures that the scene renders, in pixels."""
    render = scene.render
    return (
        max(1, render.resolution_x * render.resolution_percentage // 100),
        max(1, render.resolution_y * render.resolution_percentage // 100),
    )


def moved(scene: Any) -> list[Any]:
    """The plates whose cameras show another part of the scene now: `plates.refit` costs nothing."""
    return [plate for plate in plates.plates_of(scene) if plates.camera_moved(scene, plate)]
