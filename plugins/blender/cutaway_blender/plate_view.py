# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plate's panel shows, as plain values; reads what is in memory and asks nothing.

camera = camera_of(context)
plate = plate_of(scene, camera)            # the one that is seen now
wanted(scene, camera), stage(plate, ...)   # what would be asked for, and how far it is
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.job import Job, Server

    from .settings import Settings

DISSOLVED: Final = "dissolved_frames"
"""On the slate of a take that was made a loop here: how many frames lie over each other."""
UNDER_WAY = frozenset({"waiting", "sending", "queued", "running", "finishing"})
"""States of a job that has not ended."""


@dataclass(frozen=True)
class Wanted:
    """What a plate of this camera would be."""

    camera: str
    first: int
    last: int
    """Scene frames, both in it."""
    width: int
    height: int
    rate: float
    """Frames per second."""

    @property
    def frames(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def lines(self) -> tuple[str, ...]:
        """For the panel."""
        rate = f"{self.rate:.3f}".rstrip("0").rstrip(".")
        return (
            f"Camera: {self.camera}",
            f"Frames: {self.first} to {self.last} ({self.frames})",
            f"Size: {self.width} x {self.height}",
            f"Rate: {rate} fps, {self.frames / self.rate:.2f} s",
        )


@dataclass(frozen=True)
class Stage:
    """How far a plate is."""

    title: str
    """Its words."""
    where: str
    state: str
    """placeholder, take 2 of 3, or what its job does."""
    progress: float | None = None
    """0 to 1 while it is made."""
    error: str = ""
    mode: str = "plane"
    is_loop: bool = False
    camera_changed: bool = False
    takes: tuple[tuple[str, str, bool], ...] = ()
    """Id, what is said of it, whether it is seen."""


def camera_of(context: Any) -> Any:
    """The selected camera, else that of the scene; None where there is none."""
    active = getattr(context, "active_object", None)
    if active is not None and active.type == "CAMERA" and active.select_get():
        return active
    return context.scene.camera


def plate_of(scene: Any, camera: Any) -> Any:
    """The plate of a camera that is seen at the current frame, else its newest one; None where it has none."""
    from . import plate_clip, plates

    there = plates.plates_of(scene, camera) if camera is not None else []
    now = scene.frame_current
    seen = [one for one in there if 0 <= now - plate_clip.about(one)["first"] < plate_clip.about(one)["frames"]]
    return next(iter(reversed(seen or there)), None)


def span_of(scene: Any, *, preview: bool) -> tuple[int, int]:
    """First and last scene frame: of the preview range where it is wanted and set, else of the scene."""
    if preview and scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


def wanted(scene: Any, camera: Any, *, preview: bool = True) -> Wanted:
    """What would be asked for."""
    from .plating import size_of

    first, last = span_of(scene, preview=preview)
    width, height = size_of(scene)
    return Wanted(camera.name, first, last, width, height, scene.render.fps / scene.render.fps_base)


def stage(scene: Any, plate: Any, card: Card | None, job: Job | None) -> Stage:
    """How far a plate is, with what is in memory of its card and of its job."""
    from . import plate_clip, plates

    kept = plate_clip.about(plate)
    takes = [take.id for take in card.takes] if card is not None else []
    number = takes.index(kept["take"]) + 1 if kept["take"] in takes else 0
    state = f"take {number} of {len(takes)}" if number else "a take" if kept["take"] else "clay; no take yet"
    is_made = job is not None and job.state.value in UNDER_WAY
    if is_made and job is not None:
        state = job.state.value
    return Stage(
        title=card.prompt if card is not None else plate.name,
        where=f"{kept['first']}-{kept['first'] + kept['frames'] - 1}",
        state=state,
        progress=(job.progress or 0.0) if is_made and job is not None else None,
        error=job.error if job is not None and job.state.value == "failed" else "",
        mode=kept["mode"],
        is_loop=bool(kept["cyclic"]),
        camera_changed=plates.camera_moved(scene, plate),
        takes=tuple(
            (take.id, _said_of(n, take), take.id == kept["take"])
            for n, take in enumerate(card.takes if card is not None else (), 1)
        ),
    )


def _said_of(number: int, take: Take) -> str:
    """A take in the list."""
    seed = f"  seed {take.seed}" if take.seed is not None else ""
    return f"{number}{seed}" + (f"  loop of {take.used_frames}" if DISSOLVED in take.slate else "")


def made_of(wanted: Wanted, server: Server | None, settings: Settings, model: str = "") -> tuple[str, ...]:
    """The nearest size and length that the server's model accepts, and what the plate costs, as far as that is known.

    `model` is the one that is asked for; the server's first one that makes new shots, where none is named.
    """
    from .offer import maker, nearest, price_line

    found = maker(server.offers, model) if server is not None else None
    there = [nearest(found, wanted.width, wanted.height, wanted.frames).line] if found is not None else []
    price = price_line(wanted.frames / wanted.rate, settings.price)
    return (*there, *([price] if price else []))


def leaves(settings: Settings, shown: str, *, clip: bool = False) -> str:
    """What is sent where, in words. `shown` is the look of the picture; "NONE" sends words alone."""
    picture = f"the {shown} {'clip of all frames' if clip else 'picture of the first frame'}"
    what = "the words" if shown == "NONE" else f"the words and {picture}"
    if not settings.base_url:
        return f"Nothing leaves this machine: {what} go to its own runtime"
    host = urlsplit(settings.base_url).hostname or settings.base_url
    if settings.is_local:
        return f"Nothing leaves this machine: {what} go to {host}"
    return f"{what[0].upper()}{what[1:]} leave this machine, to {host}"


def colour_note(scene: Any) -> str:
    """What the view of a scene does to a plate; "" where it gives its colours back."""
    from . import backdrop

    if backdrop.keeps_colours(scene):
        return ""
    view = scene.view_settings
    name = view.view_transform
    if name == "AgX":
        return "AgX darkens the bright parts of a plate and flattens its contrast; Standard gives its colours back"
    if name == "Standard":
        changed = [
            what
            for what, is_so in (
                (f"look {view.look}", view.look != "None"),
                (f"exposure {view.exposure:g}", view.exposure != 0.0),
                (f"gamma {view.gamma:g}", view.gamma != 1.0),
            )
            if is_so
        ]
        return f"The scene's view changes a plate's colours: {', '.join(changed)}"
    return f"The view {name} changes a plate's colours; Standard gives them back"


def known_card(desk: Any, scene: Any, card_id: str) -> Card | None:
    """A card that is in memory."""
    project = desk.known(scene) if desk is not None else None
    return next((card for card in project.cards if card.id == card_id), None) if project is not None else None
