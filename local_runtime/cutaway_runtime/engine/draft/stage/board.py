"""The board: everything on stage in order, drawn frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.scene import Camera, Gait, Motion, Place, TimeOfDay
from cutaway_runtime.engine.draft.stage import backdrop
from cutaway_runtime.engine.draft.stage.actor import Actor
from cutaway_runtime.engine.draft.stage.camera import Move
from cutaway_runtime.engine.draft.stage.cast import cast
from cutaway_runtime.engine.draft.stage.clock import Clock
from cutaway_runtime.engine.draft.stage.cutout import empty, lay_at
from cutaway_runtime.engine.draft.stage.floor import Floor, Layer
from cutaway_runtime.engine.draft.stage.light import light_for
from cutaway_runtime.engine.draft.stage.likeness import Company
from cutaway_runtime.engine.draft.stage.scenery import Site
from cutaway_runtime.engine.draft.stage.weather import weather

if TYPE_CHECKING:
    from cutaway.timebase import Rate
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import Scene
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Item


def staged(scene: Scene) -> Scene:
    """The scene with what it implies and does not say.

    Neon shines by night, a hoop hangs in a hall, and who films himself walks about, held in a hand that shakes.
    """
    keys = {subject.sprite for subject in scene.subjects}
    if scene.place is Place.STUDIO and "hoop" in keys:
        scene = replace(scene, place=Place.COURT)
    if scene.neon and scene.time is TimeOfDay.DAY and scene.place in (Place.STREET, Place.CITY):
        scene = replace(scene, time=TimeOfDay.NIGHT)
    hero = scene.subjects[0] if scene.subjects else None
    if hero and hero.motion is Motion.STILL and _FILMING & set(hero.carries):
        walking = replace(hero, motion=Motion.WANDER, gait=Gait.WALK, scale=hero.scale * 1.3)
        camera = Camera.HANDHELD if scene.camera is Camera.STATIC else scene.camera
        scene = replace(scene, subjects=(walking, *scene.subjects[1:]), camera=camera)
    return scene


_FILMING: Final = frozenset({"selfie-stick", "video-camera"})
_SAME_SPEED: Final = 0.045
"""Layers whose depths differ by less are not seen to pass each other."""


class Board:
    """A scene set up at one size: any frame of the shot can be drawn, in any order."""

    def __init__(
        self,
        scene: Scene,
        *,
        width: int,
        height: int,
        rate: Rate,
        frames: int,
        seed: int,
        closed: bool,
        company: Company | None = None,
    ) -> None:
        """`frames` is the length of the whole shot; `company` draws those of its subjects that have pictures."""
        scene = staged(scene)
        self.clock = Clock(frames, rate, closed)
        self.width, self.height = width, height
        self.move = Move(scene, width, height, self.clock)
        floor = Floor(
            width, height, self.move.margin_x, self.move.margin_y,
            horizon=self.move.margin_y + round(height * backdrop.horizon(scene)), period=self.move.period,
        )  # fmt: skip
        site = Site(
            scene,
            floor,
            light_for(scene.time, scene.weather),
            np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF]),
            company or Company(),
        )
        items = sorted([*backdrop.build(site), *cast(site), *weather(site)], key=lambda item: item.depth)
        self.items = _flattened(items, self.move, self.clock) if self.move.is_still else _merged(items, floor)
        self.items.sort(key=lambda item: item.depth)
        self._frame = np.full((height, width, 4), 255, np.uint8)

    def draw(self, frame: int, out: Pixels) -> None:
        """Draw frame `frame` of the shot into `out` (H, W, 3), RGB."""
        moment = self.clock.at(frame)
        view = self.move.view(moment)
        for item in self._in_order(moment):
            item.draw(self._frame, view, moment)
        cv2.cvtColor(self._frame, cv2.COLOR_RGBA2RGB, dst=out)

    def _in_order(self, moment: Moment) -> list[Item]:
        return sorted(self.items, key=lambda item: item.depth_at(moment) if isinstance(item, Actor) else item.depth)


@dataclass(frozen=True)
class Flat:
    """Neighbouring still items as one picture in frame coordinates, for a camera that does not move."""

    pixels: Pixels
    clear: Pixels | None
    """What shows through, in all four channels; none: nothing does."""
    left: int
    top: int
    depth: float
    still: bool = True

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:  # noqa: ARG002 - it lies where it lies
        """One copy, or one multiplication and one addition."""
        height, width = self.pixels.shape[:2]
        under = frame[self.top : self.top + height, self.left : self.left + width]
        if self.clear is None:
            np.copyto(under, self.pixels)
        else:
            cv2.multiply(under, self.clear, under, 1 / 255)
            cv2.add(under, self.pixels, under)


def _flattened(items: list[Item], move: Move, clock: Clock) -> list[Item]:
    """The same picture with every run of still items painted once; no run reaches past where an actor may stand."""
    moments = [clock.at(round(clock.frames * i / 12)) for i in range(13)]
    stands = [actor.depth_at(moment) for actor in items if isinstance(actor, Actor) for moment in moments]
    low, high = min(stands, default=9.0), max(stands, default=9.0)
    out: list[Item] = []
    run: list[Item] = []
    for item in [*items, None]:
        if run and item is not None and (low < item.depth < high or run[-1].depth < low <= item.depth):
            out.append(_flat(run, move, clock))
            run = []
        if item is not None and item.still:
            run.append(item)
            continue
        if run:
            out.append(_flat(run, move, clock))
            run = []
        if item is not None:
            out.append(item)
    return out


def _merged(items: list[Item], floor: Floor) -> list[Item]:
    """For a camera that moves: neighbouring layers that pass at nearly the same speed become one.

    A world that repeats keeps its layers apart, for each has gone round by another distance.
    """
    out: list[Item] = []
    for item in items:
        last = out[-1] if out else None
        if isinstance(item, Layer) and isinstance(last, Layer) and not floor.period and _alike(last, item):
            out[-1] = _one_of(last, item)
        else:
            out.append(item)
    return out


def _alike(one: Layer, other: Layer) -> bool:
    if one.opaque or other.opaque or abs(one.speed - other.speed) > _SAME_SPEED:
        return False
    _, _, width, height = _around(one, other)
    return width * height < 1.15 * (one.pixels.size + other.pixels.size) / 4


def _one_of(one: Layer, other: Layer) -> Layer:
    left, top, width, height = _around(one, other)
    picture = empty(width, height)
    for layer in (one, other):
        lay_at(picture, layer.pixels, round(layer.left) - left, round(layer.top) - top)
    return Layer(picture, other.depth, top, left, passes=(one.speed + other.speed) / 2)


def _around(one: Layer, other: Layer) -> tuple[int, int, int, int]:
    """The rectangle about both: left, top, width, height, in pixels of the sheet."""
    left, top = round(min(one.left, other.left)), round(min(one.top, other.top))
    right = max(layer.left + layer.pixels.shape[1] for layer in (one, other))
    bottom = max(layer.top + layer.pixels.shape[0] for layer in (one, other))
    return left, top, round(right) - left + 1, round(bottom) - top + 1


def _flat(run: list[Item], move: Move, clock: Clock) -> Flat:
    moment = clock.at(0)
    picture = empty(move.width, move.height)
    for item in run:
        item.draw(picture, move.view(moment), moment)
    x, y, width, height = cv2.boundingRect(picture.max(axis=2))
    part = np.ascontiguousarray(picture[y : y + height, x : x + width]) if width else empty(1, 1)
    alpha = part[:, :, 3]
    clear = None if int(alpha.min()) == 255 else np.ascontiguousarray(np.repeat(255 - alpha[:, :, None], 4, axis=2))
    return Flat(part, clear, x, y, run[-1].depth)
