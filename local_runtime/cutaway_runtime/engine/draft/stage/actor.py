"""Actors: the things a prompt names, on their way, in their own gait, with a shadow under them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway_runtime.engine.draft.scene import Gait, Motion
from cutaway_runtime.engine.draft.stage.cutout import Cutout, Pose
from cutaway_runtime.engine.draft.stage.path import AIRBORNE, Path, Spot
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.sprites.atlas import Entry
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Floor

_WORN: Final = frozenset({"hat", "top-hat", "cap", "crown", "helmet", "headphones"})
_ON_EYES: Final = frozenset({"sunglasses", "glasses"})
LUMINOUS: Final = frozenset(
    {"candle", "lantern", "fire", "light-bulb", "lamp-post", "jack-o-lantern", "sparkles", "star", "flashlight"}
)
_CLIMBING: Final = frozenset({"airplane", "small-airplane", "rocket"})
_ROUND: Final = frozenset({"ball"})
_SPIN_UPRIGHT: Final = frozenset({"suitcase", "ferris-wheel", "windmill", "skateboard", "roller-skate"})
_SPOKEN_CLOTHES: Final = frozenset(
    {"dress", "kimono", "t-shirt", "coat", "jeans", "scarf", "shoe", "high-heel", "boot", "gloves", "socks", "necktie"}
)


@dataclass(frozen=True)
class Actor:
    """One body. `height` is in pixels at depth 1; `home` is the depth at which its cycle was measured."""

    floor: Floor
    entry: Entry
    cutout: Cutout
    gait: Gait
    path: Path
    height: float
    phase: float
    factors: tuple[float, float, float] = (1, 1, 1)
    carries: tuple[tuple[str, RGB | None], ...] = ()
    """Sprite keys of what it holds or wears, and their colours."""
    mirrored_at_rest: bool = False
    shadow: float = 0.34
    reflected: float = 0.0
    pinned: bool = False
    dust: bool = False
    """It raises dust where it goes."""
    afloat: bool = False
    """It lies in water: foam where they meet, no shadow."""
    dark: bool = False
    """It is night: what it carries may shine."""
    glows: bool = False
    """It is a light, and it is dark enough to see that."""
    steps: tuple[Cutout, ...] = ()
    """The same body with its legs elsewhere: shown in turn while it walks."""
    since: float = 0.0
    until: float = 1.0
    """The part of the shot in which it is there."""
    still: bool = False

    @property
    def depth(self) -> float:
        return self.path.home_depth

    def depth_at(self, moment: Moment) -> float:
        return self.path.at(moment).depth

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Shadow, reflection, body, and what it carries."""
        if not self.since <= moment.progress <= self.until:
            return
        spot = self.path.at(moment)
        tall = self.height * spot.depth * view.scale(spot.depth)
        if self.since:
            tall *= min(1.0, 0.3 + 6 * (moment.progress - self.since))
        foot_x, foot_y = self._foot(view, spot)
        pose = self._pose(moment, spot, foot_x, foot_y, tall, view)
        lifted = (
            max(0.0, (foot_y - pose.y) / max(tall, 1.0))
            if not pose.about_middle
            else spot.lift * self.floor.unit / max(tall, 1)
        )
        if self.afloat:
            body = self._body(moment)
            wide = tall * body.aspect
            foam().lay(
                frame,
                Pose(foot_x, foot_y, wide * 0.16, stretch=1 + 0.04 * moment.wave(0.6), about_middle=True, opacity=0.8),
            )
        if self.shadow:
            self._lay_shadow(frame, foot_x, foot_y, tall, lifted)
        if self.glows:
            size = tall * (1.5 + 0.08 * moment.wave(2.7, self.phase) + 0.05 * moment.wave(4.3, self.phase))
            halo().lay(frame, Pose(foot_x, foot_y - 0.72 * tall, size, about_middle=True))
        body = self._body(moment)
        if self.reflected and lifted < 0.6:
            low = Pose(
                pose.x,
                foot_y + (foot_y - pose.y) if not pose.about_middle else foot_y + tall / 2,
                tall,
                -pose.angle,
                pose.stretch,
                pose.mirrored,
                True,
                pose.about_middle,
                self.reflected,
            )
            body.lay(frame, low)
        if self.dust:
            self._lay_dust(frame, moment, spot, foot_x, foot_y, tall)
        if self.dark and self.gait is Gait.DRIVE and self.entry.faces != "front":
            ahead = (1 if pose.mirrored == (self.entry.faces == "left") else -1) * 0.52 * tall * self.cutout.aspect
            halo().lay(frame, Pose(foot_x + ahead, foot_y - 0.32 * tall, 0.9 * tall, stretch=1.25, about_middle=True))
        body.lay(frame, pose)
        if self.entry.key in _ROUND:
            middle = pose.y if pose.about_middle else pose.y - pose.height / 2
            gloss().lay(frame, Pose(pose.x, middle, pose.height, about_middle=True))
        self._lay_carried(frame, moment, pose, tall)

    def _lay_dust(self, frame: Pixels, moment: Moment, spot: Spot, x: float, y: float, tall: float) -> None:
        """Puffs that rise behind, grow and thin out."""
        if not spot.heading:
            return
        wide = tall * self.cutout.aspect
        for i in range(4):
            age = moment.laps(1.3, i / 4 + self.phase) % 1.0
            back = spot.heading * (0.42 + 0.5 * age) * wide
            size = (0.08 + 0.20 * age) * tall
            puff().lay(
                frame, Pose(x - back, y - size * (0.35 + 0.5 * age), size, about_middle=True, opacity=0.6 * (1 - age))
            )

    def _foot(self, view: View, spot: Spot) -> tuple[float, float]:
        x, y = self.floor.x(spot.x), self.floor.row(spot.depth)
        at_x, at_y = view.point(x, y, spot.depth)
        if self.pinned:
            at_x += view.pan * (spot.depth - view.about) * view.scale(spot.depth)
        return at_x, at_y

    def _body(self, moment: Moment) -> Cutout:
        if not self.steps or (
            self.path.motion is Motion.STILL and self.gait not in (Gait.DANCE, Gait.RUN) and not self.path.tracked
        ):
            return self.cutout
        step = int(moment.laps(_PACE.get(self.gait, 1.6) * 2, self.phase)) % (len(self.steps) + 1)
        return self.cutout if step == 0 else self.steps[step - 1]

    def _pose(self, moment: Moment, spot: Spot, x: float, y: float, tall: float, view: View) -> Pose:  # noqa: PLR0911 - one return per gait
        """The cycle of the gait: what the body does while its path takes it along."""
        heading = spot.heading
        mirrored = self._mirrored(heading)
        moving = self.path.motion is not Motion.STILL or bool(self.path.tracked)
        y -= spot.lift * self.floor.unit * view.scale(spot.depth)
        breath = 1 + 0.010 * moment.wave(0.4, self.phase)
        pace = _PACE.get(self.gait, 1.6) * (0.8 + 0.2 * self.path.speed)
        match self.gait:
            case Gait.ROLL if self.entry.key not in _SPIN_UPRIGHT:
                return self._rolling(moment, spot, x, y, tall, view)
            case Gait.WALK | Gait.RUN if moving:
                swing = moment.wave(pace, self.phase)
                hop = abs(swing) ** 0.8 * (0.035 if self.gait is Gait.WALK else 0.085) * tall
                lean = 3.0 * moment.wave(pace, self.phase + 0.25) - (
                    5 * heading if self.gait is Gait.RUN else 1.5 * heading
                )
                return Pose(x, y - hop, tall, lean, 1 + 0.035 * (0.5 - abs(swing)), mirrored)
            case Gait.JUMP:
                swing = abs(math.sin(math.pi * moment.laps(pace, self.phase)))
                squash = 1 + 0.16 * max(0.0, 0.25 - swing) / 0.25
                return Pose(
                    x,
                    y - 0.28 * tall * swing,
                    tall,
                    4 * math.cos(math.pi * moment.laps(pace, self.phase)),
                    squash,
                    mirrored,
                )
            case Gait.DANCE:
                beat = moment.wave(1.0, self.phase)
                hop = abs(moment.wave(1.0, self.phase)) * 0.06 * tall
                turned = mirrored != (math.floor(moment.laps(0.5, self.phase)) % 2 == 1)
                return Pose(
                    x + 0.05 * tall * beat, y - hop, tall, 7 * beat, 1 + 0.05 * moment.wave(2.0, self.phase), turned
                )
            case Gait.DRIVE if moving:
                rattle = 0.006 * tall * (moment.wave(3.1, self.phase) + 0.6 * moment.wave(5.3, self.phase))
                return Pose(x, y - abs(rattle), tall, 0.5 * moment.wave(2.1, self.phase), 1, mirrored)
            case Gait.FLY:
                bank = 5 * moment.wave(0.5, self.phase) - 4 * heading
                flap = 1 + (0.07 * moment.wave(2.6, self.phase) if self.entry.kind == "animal" else 0)
                bob = 0.10 * tall * moment.wave(0.6, self.phase)
                return Pose(x, y + bob, tall, self._pitch(mirrored=mirrored) + bank, flap, mirrored, about_middle=True)
            case Gait.FLOAT | Gait.SWIM:
                bob = 0.07 * tall * moment.wave(0.42, self.phase)
                sway = (7 if self.gait is Gait.SWIM else 4) * moment.wave(0.5, self.phase + 0.2)
                wriggle = 1 + (0.04 * moment.wave(1.4, self.phase) if self.gait is Gait.SWIM else 0)
                return Pose(x, y + bob, tall, sway, wriggle, mirrored)
            case _:
                if self.entry.kind not in ("person", "animal", "plant"):
                    return Pose(x, y, tall, 0.0, breath, mirrored)
                nod = abs(moment.wave(0.55, self.phase)) * (0.0 if self.entry.kind == "plant" else 0.014 * tall)
                return Pose(x, y - nod, tall, 2.2 * moment.wave(0.35, self.phase), breath, mirrored)

    def _pitch(self, *, mirrored: bool) -> float:
        """Airplanes and rockets are drawn climbing at 45 degrees: turn them to where they go."""
        if self.entry.key not in _CLIMBING:
            return 0.0
        wanted = {Motion.UP: 90.0, Motion.DOWN: -60.0, Motion.LEFT: 6.0, Motion.RIGHT: 6.0}.get(self.path.motion, 30.0)
        return 45.0 - wanted if mirrored else wanted - 45.0

    def _rolling(self, moment: Moment, spot: Spot, x: float, y: float, tall: float, view: View) -> Pose:
        """Turned by exactly the way it has come."""
        way = spot.x * self.floor.frame_width * view.scale(spot.depth)
        if self.pinned:
            way += view.pan * spot.depth
        turn = -math.degrees(way / (tall / 2))
        if self.path.motion in (Motion.TOWARD, Motion.AWAY, Motion.UP, Motion.DOWN):
            turn = 360 * moment.laps(0.4, self.phase)
        hop, squash = 0.0, 1.0
        if self.path.motion is Motion.BOUNCE and spot.lift < 0.05:
            squash = 1 + 0.22 * (0.05 - spot.lift) / 0.05
        return Pose(x, y - tall / 2 / squash - hop, tall, turn if squash == 1 else 0, squash, about_middle=True)

    def _mirrored(self, heading: int) -> bool:
        if heading == 0 or self.entry.faces == "front":
            return self.mirrored_at_rest
        return (heading > 0) == (self.entry.faces == "left")

    def _lay_shadow(self, frame: Pixels, x: float, y: float, tall: float, lifted: float) -> None:
        width = tall * max(0.4, self.cutout.aspect) * 0.95
        fade = self.shadow / (1 + 1.6 * lifted)
        thick = width * 0.20
        shadow().lay(frame, Pose(x, y, thick, stretch=1.0, about_middle=True, opacity=fade))

    def _lay_carried(self, frame: Pixels, moment: Moment, pose: Pose, tall: float) -> None:
        side = 1 if self._mirrored_now(pose) else -1
        hand = 0
        for key, color in self.carries:
            if key in _SPOKEN_CLOTHES:
                continue
            cutout = sprite(key, color=color, factors=self.factors if key not in LUMINOUS else (1, 1, 1))
            wide = tall * self.cutout.aspect
            big_head = self.entry.kind == "animal" or not self.entry.full_body
            if key in _WORN:
                size, up = (0.26, 0.90) if big_head else (0.13, 0.93)
                _at(pose, (0.12 if big_head else 0.0) * side * wide, up * tall, frame, cutout, size * tall)
            elif key == "umbrella" and self.entry.kind == "person":
                _at(pose, 0.22 * side * wide, 0.60 * tall, frame, cutout, 0.62 * tall)
            elif key in _ON_EYES:
                size, up = (0.42, 0.62) if big_head else (0.125, 0.868)
                _at(
                    pose,
                    (0.10 if big_head else 0.08) * side * wide,
                    up * tall,
                    frame,
                    cutout,
                    size * tall / cutout.aspect,
                )
            else:
                reach = (0.50 if self.entry.kind == "animal" else 0.44) * wide * (side if hand % 2 == 0 else -side)
                size = _HAND_SIZE.get(key, 0.34) * tall
                swing = 3 * moment.wave(0.7, self.phase)
                if self.dark and key in LUMINOUS:
                    _at(pose, reach, 0.1 * tall, frame, halo(), 3.4 * size)
                _at(
                    pose,
                    reach,
                    (0.30 if key not in _HIGH else 0.46) * tall,
                    frame,
                    cutout,
                    size,
                    swing,
                    mirrored=side > 0 and key == "selfie-stick",
                )
                hand += 1

    def _mirrored_now(self, pose: Pose) -> bool:
        return pose.mirrored


_PACE: Final = {Gait.WALK: 1.15, Gait.RUN: 1.9, Gait.JUMP: 1.1}
_HAND_SIZE: Final = {
    "smartphone": 0.26,
    "candle": 0.36,
    "balloon": 0.8,
    "umbrella": 0.7,
    "selfie-stick": 0.62,
    "kite": 0.6,
    "surfboard": 0.9,
    "guitar": 0.6,
}
_HIGH: Final = frozenset({"balloon", "umbrella", "kite", "smartphone", "video-camera", "camera", "selfie-stick"})


def _at(
    pose: Pose,
    dx: float,
    up: float,
    frame: Pixels,
    cutout: Cutout,
    size: float,
    angle: float = 0.0,
    *,
    mirrored: bool = False,
) -> None:
    """Lay something that moves with the body: `dx` beside its foot, `up` above it."""
    turn = math.radians(pose.angle)
    x = pose.x + dx * math.cos(turn) - up * math.sin(turn)
    y = pose.y - dx * math.sin(turn) - up * math.cos(turn)
    if pose.about_middle:
        y += pose.height / 2
    cutout.lay(frame, Pose(x, y, size, pose.angle + angle, mirrored=mirrored))


@lru_cache(maxsize=1)
def shadow() -> Cutout:
    """A soft dark ellipse, five times as wide as high."""
    y, x = np.mgrid[-1:1:64j, -1:1:320j]
    alpha = np.clip(1 - np.hypot(x, y), 0, 1) ** 0.9
    pixels = np.zeros((64, 320, 4), np.uint8)
    pixels[:, :, 3] = (alpha * 255).astype(np.uint8)
    return Cutout(pixels)


@lru_cache(maxsize=1)
def foam() -> Cutout:
    """A flat ring of light water, seven times as wide as high."""
    y, x = np.mgrid[-1:1:64j, -1:1:448j]
    far = np.hypot(x, y)
    alpha = np.clip(1 - np.abs(far - 0.72) / 0.26, 0, 1) * 0.75
    pixels = (alpha[..., None] * np.array([226, 244, 250, 255])).astype(np.uint8)
    return Cutout(pixels)


@lru_cache(maxsize=1)
def puff() -> Cutout:
    """A soft ball of dust."""
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    alpha = np.clip(1 - np.hypot(x, y), 0, 1) ** 0.7
    return Cutout((alpha[..., None] * np.array([222, 210, 190, 255])).astype(np.uint8))


@lru_cache(maxsize=1)
def halo() -> Cutout:
    """Warm light that is added to what lies under it: colour without cover."""
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    amount = np.clip(1 - np.hypot(x, y), 0, 1) ** 2 * 0.8
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[:, :, :3] = (amount[..., None] * np.array([255, 190, 90])).astype(np.uint8)
    return Cutout(pixels)


@lru_cache(maxsize=1)
def gloss() -> Cutout:
    return sprite("gloss")


def airborne(gait: Gait) -> bool:
    return gait in AIRBORNE
