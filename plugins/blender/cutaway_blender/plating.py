# SPDX-License-Identifier: GPL-3.0-or-later
"""From words to a plate behind a camera: what is asked for, what stands there meanwhile, and how it arrives.

    card = ask(scene, camera, "a desert at dusk", first=1, frames=48)        # a clay picture stands there at once
    again(scene, plate)                                                      # another take of the same card
    dissolve(scene, plate)                                                   # the take as a loop, made here
    made(scene, camera, "a desert at dusk", first=1, frames=48)              # the same, waited for: for scripts

A plate's card lies in the project of its scene, with its camera's name; it has no place in the cut. Its take has
the scene's rate and size and so many frames as were asked for, so that nothing is stretched in time or space.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import bpy

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.storyboard.card import Card, CardReference, CardState, Placement, Role, Take
from cutaway.storyboard.job import JobState
from cutaway.wire import Verb

from . import conditioning, home, jobs, looping, plate_clip, plates
from .errors import PlateFailed
from .plate_view import DISSOLVED

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

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
    clip: bool = False,
    loops: bool = False,
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
        clip: not the picture but the clip of all frames goes along, which must have been previewed (`film`); the
            plate is a remix of it, so that it moves as the camera does.
        loops: its end is to run into its start.
        mode: how it is shown (`backdrop.MODES`).
        negative_prompt: what must not be seen.
        seed: of the generation.
        style: a preset of the server.
        model: of the server; its own choice, if not said.

    Raises:
        EditRefused: no frames, no words, a range before the scene begins, a camera that no plate fits, a clip that was
            not previewed or is to loop.
    """
    moving = _previewed(scene, camera, first, frames, shown or "clay", loops=loops) if clip else None
    if frames < 1 or not prompt.strip():
        raise EditRefused("a plate needs words and at least one frame")
    if first < scene.frame_start:
        raise EditRefused(f"the plate would begin at frame {first}, before the scene does, at {scene.frame_start}")
    desk = jobs.session()
    host = desk.host(scene)
    width, height = size_of(scene)
    card = Card(
        kind=Verb.REMIX if moving else Verb.GENERATE,
        state=CardState.READY,
        placement=Placement(track=0, start=first - scene.frame_start, frames=frames),
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        style=style,
        model=model,
        size=f"{width}x{height}",
        camera=camera.name,
        loops=loops,
    )
    stand_in = moving or preview(scene, camera, first, look=shown or "clay", name=card.id[:12])
    if moving is not None or shown is not None:
        card.references = [CardReference(role=Role.MOTION if moving else Role.FIRST, path=str(stand_in))]
    plates.place(scene, camera, stand_in, first=first, frames=frames, card=card.id, mode=mode)
    host.project.put(card)
    desk.make(host, card.id, land=landed)
    return card


def preview(scene: Any, camera: Any, frame: int, *, look: str = "clay", name: str = "preview") -> Path:
    """What a model would be shown, as a file and as an image in Blender's image editor. Nothing is sent."""
    path = still_path(scene, look, name)
    conditioning.conditioned(scene, camera, frame, path, look=look)
    conditioning.shown_in_blender(path)
    return path


def still_path(scene: Any, look: str, name: str = "preview") -> Path:
    """Where the picture of a preview is."""
    return home.project_of(scene).frames_folder / f"plate-{name}-{look}.png"


def film(scene: Any, camera: Any, first: int, frames: int, *, look: str = "clay") -> Generator[float, None, None]:
    """What a model would be shown of all frames, as a clip and as an image in the image editor; nothing is sent.

    Yields the share that is done, a frame a step; the file is there after the last one.
    """
    path = clip_path(scene, camera, first, frames, look)
    yield from conditioning.filmed(scene, camera, first, frames, path, look=look)
    conditioning.shown_in_blender(path)


def clip_path(scene: Any, camera: Any, first: int, frames: int, look: str) -> Path:
    """Where the clip of a camera is; another name for other frames, another size or another look."""
    width, height = size_of(scene)
    name = "".join(letter if letter.isalnum() else "-" for letter in camera.name)
    span = f"{first}-{first + frames - 1}"
    return home.project_of(scene).frames_folder / f"plate-{name}-{look}-{span}-{width}x{height}.mkv"


def _previewed(scene: Any, camera: Any, first: int, frames: int, look: str, *, loops: bool) -> Path:
    """The clip that was looked at.

    Raises:
        EditRefused: it was not made yet, or is to loop, which a remix does not.
    """
    if loops:
        raise EditRefused(
            "a plate that follows a clip ends where the clip ends; ask for a loop with words or a picture"
        )
    path = clip_path(scene, camera, first, frames, look)
    if not path.is_file():
        span = f"frames {first} to {first + frames - 1}"
        raise EditRefused(f"preview the {look} clip of {span} first: it would leave this machine unseen")
    return path


def again(
    scene: Any, plate: Any, *, prompt: str | None = None, seed: int | None = None, loops: bool | None = None
) -> Card:
    """Another take for a plate, of the same words or of others; the one that is seen stays until it comes.

    Raises:
        EditRefused: it is to loop, and follows a clip.
    """
    desk = jobs.session()
    host = desk.host(scene)
    card = host.project.card(plate_clip.about(plate)["card"])
    if loops and card.kind is Verb.REMIX:
        raise EditRefused("this plate follows a clip and ends where the clip ends; dissolve its end into its start")
    card.prompt = card.prompt if prompt is None else prompt
    card.loops = card.loops if loops is None else loops
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
        cyclic = card.loops or DISSOLVED in take.slate
        plates.switch(plate, host.project.takes_folder / take.path, take=take.id, clip=take.used_frames, cyclic=cyclic)
        if plates.camera_moved(scene, plate):
            plates.refit(scene, plate)
        card.state, card.active_take, card.applied_take, card.error = CardState.APPLIED, take.id, take.id, ""
        host.project.put(card)


def dissolve(scene: Any, plate: Any) -> Card:
    """The take that is seen as a loop: its end dissolves into its start. It is made on this machine, as another take.

    Raises:
        EditRefused: the plate has no take yet, or a loop is seen already.
    """
    desk = jobs.session()
    host = desk.host(scene)
    card = host.project.card(plate_clip.about(plate)["card"])
    seen = plate_clip.about(plate)["take"]
    take = card.take(seen) if seen else None
    if take is None or DISSOLVED in take.slate:
        raise EditRefused("this take is a loop already" if take else f"{plate.name} has no take yet")
    source = host.project.takes_folder / take.path
    path = source.with_name(f"{source.stem}-loop.mov")
    first, frames, uid = take.used_start, take.used_frames, int(scene.session_uid)

    def there(length: int) -> None:
        loop = Take(
            path=path.name, available_frames=length, used_frames=length, seed=take.seed, parent=take.id,
            slate={**take.slate, DISSOLVED: frames - length}, note="dissolved into a loop",
        )  # fmt: skip
        scene = next((one for one in bpy.data.scenes if one.session_uid == uid), None)
        if scene is None:
            return
        host = desk.host(scene)
        card_now = host.project.card(card.id)
        card_now.takes = [*card_now.takes, loop]
        host.project.put(card_now)
        landed(host, card_now, loop)
        desk.say(f"{plate_name}: a loop of {length} frames")

    plate_name = plate.name
    desk.aside(lambda: looping.dissolved(source, path, first=first, frames=frames), there)
    return card


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
