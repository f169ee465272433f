"""Weather that falls, drifts and flashes in front of the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway_runtime.engine.draft.scene import Place, Weather
from cutaway_runtime.engine.draft.stage.cutout import blend, brighten, ellipse, empty, faded, stroke
from cutaway_runtime.engine.draft.stage.scenery import Drifting, Site
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Item

_INDOORS = frozenset(
    {
        Place.ROOM,
        Place.KITCHEN,
        Place.STAGE,
        Place.COURT,
        Place.STUDIO,
        Place.CAVE,
        Place.SPACE,
        Place.MOON,
        Place.UNDERWATER,
    }
)
FRONT = 2.0
"""The depth of what lies over the whole picture."""


@dataclass(frozen=True)
class Falling:
    """A tile of drops or flakes that repeats in both directions and moves over the picture."""

    tile: Pixels
    down: float
    across: float
    sway: float = 0.0
    phase: float = 0.0
    depth: float = FRONT
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Speeds in pixels per second; the tile is as large as it must be, the frame is covered by copies of it."""
        tall, wide = self.tile.shape[:2]
        y = round(moment.slide(self.down, tall, self.phase) + view.tilt) % tall
        x = (
            round(
                moment.slide(self.across, wide, self.phase) + self.sway * moment.wave(0.3, self.phase) - view.pan * 1.1
            )
            % wide
        )
        for top in range(y - tall, frame.shape[0], tall):
            for left in range(x - wide, frame.shape[1], wide):
                y0, x0 = max(0, top), max(0, left)
                y1, x1 = min(frame.shape[0], top + tall), min(frame.shape[1], left + wide)
                if y0 < y1 and x0 < x1:
                    blend(frame[y0:y1, x0:x1], self.tile[y0 - top : y1 - top, x0 - left : x1 - left])


@dataclass(frozen=True)
class Veil:
    """Fog: thick at the horizon, thinner in front, in slow banks."""

    veil: Pixels
    depth: float
    still: bool = True

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:  # noqa: ARG002 - it stands
        """Over everything behind it."""
        blend(frame, self.veil)


@dataclass(frozen=True)
class Lightning:
    """A few flashes in a shot, each with its bolt."""

    bolts: tuple[tuple[float, tuple[tuple[float, float], ...]], ...]
    depth: float = 0.005
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Bright for a sixth of a second, then fading."""
        for start, bolt in self.bolts:
            age = (moment.progress - start) * moment.clock.seconds
            if 0 <= age < 0.35:
                power = 1 - age / 0.35
                brighten(frame, (90 * power, 90 * power, 110 * power))
                points = [(x * frame.shape[1], y * frame.shape[0] + view.tilt) for x, y in bolt]
                stroke(frame, points, (255, 252, 214), max(2, frame.shape[0] * 0.007 * power))


def weather(site: Site) -> list[Item]:  # noqa: PLR0911 - one case per weather
    """What the weather of the scene adds in front of (and, for lightning, behind) the place."""
    kind = site.scene.weather
    if site.scene.place in _INDOORS:
        return []
    match kind:
        case Weather.RAIN:
            return _rain(site, 1.0)
        case Weather.STORM:
            return [*_rain(site, 1.5), _lightning(site)]
        case Weather.SNOW:
            return _snow(site)
        case Weather.FOG:
            return [_fog(site)]
        case Weather.WIND:
            return _wind(site)
        case _:
            return []


def _rain(site: Site, amount: float) -> list[Item]:
    floor = site.floor
    out: list[Item] = []
    for near, count, alpha in ((0.6, 90, 0.26), (1.0, 60, 0.40)):
        size = (round(floor.unit * 0.9), round(floor.unit * 1.1))
        length, slant = floor.unit * 0.085 * near, 0.16 * amount
        tile = empty(*size)
        for _ in range(round(count * amount)):
            x, y = site.between(0, size[0]), site.between(0, size[1])
            for dx in (-size[0], 0, size[0]):
                for dy in (-size[1], 0, size[1]):
                    ends = [(x + dx, y + dy), (x + dx - length * slant, y + dy + length)]
                    stroke(tile, ends, (214, 226, 242), max(1, floor.unit * 0.0024 * near))
        tile = faded(tile, alpha)
        down = floor.unit * 1.9 * near
        out.append(Falling(tile, down, -down * slant, phase=near))
    return out


def _snow(site: Site) -> list[Item]:
    floor = site.floor
    out: list[Item] = []
    for near, count in ((0.45, 110), (0.75, 60), (1.2, 22)):
        size = (round(floor.unit * 1.0), round(floor.unit * (0.8 + 0.3 * near)))
        tile = empty(*size)
        for _ in range(count):
            x, y = site.between(0, size[0]), site.between(0, size[1])
            radius = floor.unit * 0.0052 * near * site.between(0.7, 1.4)
            for dx in (-size[0], 0, size[0]):
                for dy in (-size[1], 0, size[1]):
                    ellipse(tile, x + dx, y + dy, radius, radius, (255, 255, 255))
        tile = faded(tile, 0.9)
        out.append(Falling(tile, floor.unit * 0.17 * near, floor.unit * 0.03 * near, floor.unit * 0.03 * near, near))
    return out


def _fog(site: Site) -> Veil:
    floor = site.floor
    color: RGB = site.light.haze
    rows = np.arange(floor.frame_height, dtype=np.float32) + floor.margin_y
    thick = np.where(
        rows < floor.horizon, 0.70, 0.70 - 0.52 * (rows - floor.horizon) / max(1.0, floor.base - floor.horizon)
    )
    coarse = site.rng.random((6, 10)).astype(np.float32)
    banks = cv2.resize(coarse, (floor.frame_width, floor.frame_height), interpolation=cv2.INTER_CUBIC)
    alpha = np.clip(thick[:, None] * (0.82 + 0.36 * (banks - 0.5)), 0, 0.9)
    veil = np.empty((floor.frame_height, floor.frame_width, 4), np.uint8)
    veil[:, :, :3] = (alpha[..., None] * np.array(color)).astype(np.uint8)
    veil[:, :, 3] = (alpha * 255).astype(np.uint8)
    return Veil(veil, depth=0.6)


def _wind(site: Site) -> list[Item]:
    floor = site.floor
    keys = ("leaf", "fallen-leaf", "maple-leaf")
    sign = 1 if site.rng.random() < 0.5 else -1
    out: list[Item] = []
    for i in range(14):
        size = floor.unit * site.between(0.03, 0.06)
        y = floor.margin_y + floor.frame_height * site.between(0.2, 0.95)
        speed = sign * floor.unit * site.between(0.5, 1.0)
        out.append(
            Drifting(
                sprite(keys[i % 3], factors=site.light.key),
                0.9 + 0.01 * i,
                y,
                size,
                speed,
                site.between(0, 1),
                floor.width + 4 * size,
                -2 * size,
                1.0,
                floor.unit * 0.05,
                mirrored=bool(i % 2),
            )
        )
    return out


def _lightning(site: Site) -> Lightning:
    bolts = []
    for i in range(2):
        x, y = site.between(0.15, 0.85), 0.0
        points = [(x, y)]
        while y < site.floor.horizon / site.floor.height:
            x, y = x + site.jitter(0.05), y + site.between(0.04, 0.09)
            points.append((x, y))
        bolts.append((0.22 + 0.45 * i + site.jitter(0.08), tuple(points)))
    return Lightning(tuple(bolts))
