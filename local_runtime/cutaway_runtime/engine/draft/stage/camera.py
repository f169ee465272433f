"""The camera: how the sheet on which a place is painted is seen at each moment.

A place is painted larger than the frame where the camera is going to move. Depth runs from 0
(infinitely far, never passes) over 1 (the front edge of the floor) to more (in front of it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway_runtime.engine.draft.scene import Camera, Gait, Motion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway_runtime.engine.draft.scene import Scene
    from cutaway_runtime.engine.draft.stage.clock import Clock, Moment

_PAN: Final = 0.15
"""How far a pan goes to each side at depth 1, in frame widths."""
_TILT: Final = 0.11
_SHAKE: Final = 0.012
_TRACK_SPEED: Final = {Gait.DRIVE: 0.62, Gait.RUN: 0.45, Gait.FLY: 0.4, Gait.ROLL: 0.4}
"""Frame widths per second at depth 1."""


@dataclass(frozen=True)
class View:
    """What the camera sees at one moment, in pixels of the frame."""

    width: int
    height: int
    margin_x: int
    margin_y: int
    pan: float = 0.0
    """How far the camera went to the right, at depth 1."""
    tilt: float = 0.0
    """How far the picture moved down."""
    zoom: float = 1.0
    about: float = 0.0
    """The depth the camera circles about: what lies there does not pass."""
    quick: bool = False
    """It moves so fast, or so nervously, that whole pixels will do."""

    def scale(self, depth: float) -> float:
        return 1 + (self.zoom - 1) * (0.3 + 0.7 * min(depth, 1.2))

    def point(self, x: float, y: float, depth: float) -> tuple[float, float]:
        """Where a point of the sheet is seen."""
        scale = self.scale(depth)
        centre_x, centre_y = self.width / 2, self.height * 0.6
        return (
            (x - self.margin_x - centre_x) * scale + centre_x - self.pan * (depth - self.about) * scale,
            (y - self.margin_y - centre_y) * scale + centre_y + self.tilt,
        )

    def matrix(self, depth: float) -> NDArray[np.float64]:
        """Sheet to frame for something flat at one depth: (2, 3)."""
        scale = self.scale(depth)
        x, y = self.point(0, 0, depth)
        return np.array([[scale, 0, x], [0, scale, y]])

    def floor_matrix(self, horizon: float, base: float, pan: float) -> NDArray[np.float64]:
        """Sheet to frame for the floor: its rows pass the faster the nearer they are, which is a shear."""
        scale = self.scale(0.7)
        x, y = View(self.width, self.height, self.margin_x, self.margin_y, 0, self.tilt, self.zoom).point(0, 0, 0.7)
        slope = -pan * scale / (base - horizon)
        start = pan * scale * (self.about + horizon / (base - horizon))
        return np.array([[scale, slope, x + start], [0, scale, y]])


class Move:
    """One camera move over a whole shot."""

    def __init__(self, scene: Scene, width: int, height: int, clock: Clock) -> None:
        self.camera = scene.camera
        self.width, self.height = width, height
        margin_x, margin_y = _MARGINS.get(scene.camera, (0.0, 0.0))
        self.margin_x, self.margin_y = math.ceil(margin_x * width), math.ceil(margin_y * height)
        self.period = round(1.5 * width) if scene.camera is Camera.TRACK else 0
        hero = scene.subjects[0] if scene.subjects else None
        speed = _TRACK_SPEED.get(hero.gait, 0.26) if hero else 0.2
        heading = -1 if hero and hero.motion is Motion.LEFT else 1
        self.track = heading * speed * min(2.0, max(0.5, hero.speed if hero else 1.0)) * width
        if clock.closed and self.period:
            laps = max(1, round(abs(self.track) * clock.seconds / self.period))
            self.track = heading * laps * self.period / clock.seconds

    @property
    def is_still(self) -> bool:
        return self.camera is Camera.STATIC

    def view(self, moment: Moment) -> View:
        """What is seen at a moment."""
        pan, tilt, zoom, about = 0.0, 0.0, 1.0, 0.0
        ease = moment.ease()
        match self.camera:
            case Camera.PAN_LEFT | Camera.PAN_RIGHT:
                side = 1 if self.camera is Camera.PAN_RIGHT else -1
                pan = side * _PAN * self.width * (2 * ease - 1)
            case Camera.TILT_UP | Camera.TILT_DOWN:
                side = 1 if self.camera is Camera.TILT_UP else -1
                tilt = side * _TILT * self.height * (2 * ease - 1)
            case Camera.PUSH_IN:
                zoom = 1 + 0.32 * ease
            case Camera.PULL_OUT:
                zoom = 1.32 - 0.32 * ease
            case Camera.TRACK:
                pan = self.track * moment.time
            case Camera.HANDHELD:
                pan = _SHAKE * self.width * (moment.wave(0.43) + 0.6 * moment.wave(0.97, 0.3))
                tilt = _SHAKE * self.height * (moment.wave(0.57, 0.2) + 0.6 * moment.wave(1.13, 0.7))
            case Camera.AERIAL:
                zoom = 1 + 0.16 * ease
                pan = 0.05 * self.width * (2 * ease - 1)
            case Camera.ORBIT:
                about = 0.8
                swing = moment.wave(1.0 / max(4.0, moment.clock.seconds)) if moment.clock.closed else 2 * ease - 1
                pan = 0.2 * self.width * swing
            case Camera.STATIC:
                pass
        quick = self.camera in (Camera.TRACK, Camera.HANDHELD)
        return View(self.width, self.height, self.margin_x, self.margin_y, pan, tilt, zoom, about, quick)


_MARGINS: Final = {
    Camera.PAN_LEFT: (_PAN * 1.3 + 0.01, 0),
    Camera.PAN_RIGHT: (_PAN * 1.3 + 0.01, 0),
    Camera.TILT_UP: (0, _TILT + 0.01),
    Camera.TILT_DOWN: (0, _TILT + 0.01),
    Camera.HANDHELD: (_SHAKE * 2.2, _SHAKE * 1.8),
    Camera.AERIAL: (0.07, 0),
    Camera.ORBIT: (0.2, 0),
}
