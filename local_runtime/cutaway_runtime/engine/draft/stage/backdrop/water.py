"""Places by, on and under the water: beach, ocean, river, lake, the sea floor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.backdrop.nature import GRASS, GRASS_FAR, band
from cutaway_runtime.engine.draft.stage.cutout import Pose, empty, faded, polygon, resized, softened
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Drifting,
    Plant,
    Site,
    clouds,
    gradient,
    ground,
    ridge,
    row_of,
    scatter,
    sky,
)
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Floor, Item

SEA: RGB = (36, 136, 196)
SEA_FAR: RGB = (86, 178, 220)
_SAND: RGB = (244, 222, 172)
_FOAM: RGB = (250, 254, 255)


@dataclass(frozen=True)
class Ripples:
    """Glints that rock on the water between two depths."""

    floor: Floor
    color: RGB
    marks: tuple[tuple[float, float, float], ...]
    """Depth, sideways position in frame widths, phase."""
    depth: float
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Short strokes; each comes and goes in its own time."""
        thin = max(1, round(self.floor.unit * 0.0035))
        lines = []
        for depth, side, phase in self.marks:
            swell = moment.wave(0.45, phase)
            half = self.floor.unit * 0.06 * depth * (0.55 + 0.45 * swell)
            x = self.floor.x(0.5 + side) + self.floor.unit * 0.02 * depth * moment.wave(0.2, phase * 3)
            row = self.floor.row(depth) + self.floor.unit * 0.006 * swell
            if self.floor.period:
                x = (x - view.pan * depth) % (self.floor.width * 1.2) + view.pan * depth - 0.1 * self.floor.width
            at_x, at_y = view.point(x, row, depth)
            lines.append([(at_x - half, at_y), (at_x, at_y - half * 0.22), (at_x + half, at_y)])
        corners = [np.round(np.array(line) * 16).astype(np.int32) for line in lines]
        cv2.polylines(frame, corners, False, (*self.color, 255), thin, cv2.LINE_AA, 4)


def ripples(site: Site, low: float, high: float, count: int, *, order: float | None = None) -> Ripples:
    """Glints between two depths."""
    marks = tuple(
        (low + (high - low) * float(site.rng.random()) ** 0.8, site.jitter(0.62), float(site.rng.random()))
        for _ in range(count)
    )
    color = mix(site.light.on(SEA_FAR), _FOAM, 0.18 if site.light.stars else 0.5)
    return Ripples(site.floor, color, marks, low + 0.001 if order is None else order)


@dataclass(frozen=True)
class Surf:
    """The foamy edge of the sea on the sand, that comes and goes."""

    floor: Floor
    water: RGB
    foam: RGB
    edge: float
    depth: float
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Two lines of foam: a wave that runs up the sand, and its rim."""
        width = frame.shape[1]
        columns = np.linspace(-8, width + 8, 60)
        reach = self.edge + 0.016 * moment.wave(0.22)
        laps = view.pan * self.edge / width
        swell = np.sin(2 * np.pi * (columns / width * 2.0 + laps * 2 + moment.laps(0.13)))
        swell += 0.5 * np.sin(2 * np.pi * (columns / width * 5.0 + laps * 5 - moment.laps(0.21)))
        _, top = view.point(0, self.floor.row(self.edge - 0.07), self.edge)
        _, row = view.point(0, self.floor.row(reach), self.edge)
        shore = row + swell * self.floor.unit * 0.007
        body = [(float(x), float(y)) for x, y in zip(columns, shore, strict=True)]
        thick = self.floor.unit * 0.011
        polygon(frame, [(-8, top), *[(x, y + thick) for x, y in body], (width + 8, top)], self.foam)
        polygon(frame, [(-8, top), *body, (width + 8, top)], self.water)


def beach(site: Site) -> list[Item]:
    """The sea behind, surf, sand with shells, palms at the sides."""
    light = site.light

    def paint(picture: Pixels) -> None:
        edge = round(site.floor.row(0.34) - math.floor(site.floor.horizon))
        stops = [(0.0, light.on(SEA, 0.25)), (0.55, light.on(SEA)), (1.0, light.on((120, 206, 216)))]
        picture[:edge] = gradient(picture.shape[1], edge, stops)
        scatter(site, picture, 150, [shade(_SAND, 0.93), shade(_SAND, 1.3)], size=0.03, flat=0.12, low=0.42)

    return [
        sky(site),
        *clouds(site, 4),
        ground(site, _SAND, (250, 234, 196), paint, haze=0.1),
        ripples(site, 0.03, 0.30, 34, order=0.06),
        Surf(site.floor, light.on((120, 206, 216)), light.on(_FOAM), 0.335, 0.07),
        row_of(site, [Plant("palm", 1.45)], depth=0.42, spread=0.02, count=4, clear=0.5),
        row_of(site, [Plant("palm", 1.15)], depth=0.62, spread=0.04, count=3, clear=0.62),
        row_of(site, [Plant("shell", 0.06)], depth=0.8, spread=0.1, count=4, clear=0.3),
    ]


def ocean(site: Site) -> list[Item]:
    """Open water up to the horizon, with swell."""
    light = site.light

    def paint(picture: Pixels) -> None:
        height = picture.shape[0]
        stops = [(0.0, light.on(SEA_FAR, 0.3)), (0.3, light.on((44, 146, 206))), (1.0, light.on((18, 92, 160)))]
        picture[:] = gradient(picture.shape[1], height, stops)
        scatter(site, picture, 150, [(58, 158, 212), (20, 100, 168)], size=0.10, flat=0.08)

    return [
        sky(site),
        *clouds(site, 4),
        ground(site, SEA, SEA_FAR, paint),
        ripples(site, 0.04, 1.0, 64, order=0.06),
    ]


def lake(site: Site) -> list[Item]:
    """A calm lake among hills that stand on their heads in it."""
    light = site.light
    hills = ridge(site, depth=0.02, height=0.22, color=(98, 146, 124), haze=0.3, peaks=1.9)
    near = ridge(site, depth=0.03, height=0.09, color=(92, 148, 92), haze=0.12, peaks=7, rough=0.5)

    def paint(picture: Pixels) -> None:
        water = round(site.floor.row(0.66) - math.floor(site.floor.horizon))
        stops = [(0.0, light.on((120, 190, 214), 0.2)), (1.0, light.on((40, 126, 178)))]
        picture[:water] = gradient(picture.shape[1], water, stops)
        for layer in (hills, near):
            turned = layer.pixels[::-1][: water // 2]
            under = picture[: turned.shape[0], : turned.shape[1]]
            amount = turned[:, : under.shape[1], 3:].astype(float) / 255 * 0.45
            under[:, :, :3] = (under[:, :, :3] * (1 - amount) + turned[:, : under.shape[1], :3] * 0.45).astype(np.uint8)

    return [
        sky(site),
        *clouds(site, 3),
        hills,
        near,
        ground(site, GRASS, GRASS_FAR, paint, haze=0.0),
        ripples(site, 0.10, 0.62, 36, order=0.06),
        row_of(site, [Plant("herb", 0.16), Plant("wheat", 0.24, 0.7)], depth=0.69, spread=0.01, count=12, clear=0.3),
        row_of(site, [Plant("tree", 1.0), Plant("rock", 0.14)], depth=0.72, spread=0.02, count=3, clear=0.72),
    ]


def river(site: Site) -> list[Item]:
    """A river that crosses the meadow behind the near bank."""
    light = site.light

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 200, [(84, 148, 58), (132, 196, 92)], size=0.02, tufts=True)
        band(site, picture, 0.26, 0.56, (56, 150, 204))

    return [
        sky(site),
        *clouds(site, 3),
        ridge(site, depth=0.02, height=0.16, color=(116, 172, 130), haze=0.36, peaks=1.8),
        ground(site, GRASS, GRASS_FAR, paint),
        row_of(site, [Plant("tree", 1.5), Plant("pine", 1.5)], depth=0.2, spread=0.02, count=7, haze=0.18),
        ripples(site, 0.30, 0.53, 34, order=0.24),
        row_of(site, [Plant("rock", 0.14), Plant("herb", 0.18)], depth=0.58, spread=0.01, count=8, clear=0.2),
        row_of(site, [Plant("tree", 1.0)], depth=0.62, count=2, clear=0.75, haze=0.0, factors=light.ambient),
    ]


@dataclass(frozen=True)
class Rays:
    """Slanting light from the surface, breathing."""

    floor: Floor
    color: RGB
    rays: tuple[tuple[float, float, float], ...]
    depth: float = 0.07
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:  # noqa: ARG002 - light does not pass
        """Wide soft beams; drawn small and enlarged, for they have no edge."""
        height, width = frame.shape[:2]
        small = empty(max(2, width // 8), max(2, height // 8))
        tall, wide = small.shape[:2]
        for x, spread, phase in self.rays:
            strength = 0.12 + 0.07 * moment.wave(0.17, phase)
            beam = np.zeros_like(small)
            top, bottom = x * wide, (x - 0.16) * wide
            polygon(
                beam,
                [
                    (top, 0),
                    (top + spread * wide, 0),
                    (bottom + 2.6 * spread * wide, tall),
                    (bottom - spread * wide, tall),
                ],
                self.color,
            )
            cv2.add(small, faded(beam, strength), small)
        fade = np.linspace(1, 0.1, tall)[:, None, None]
        small = softened((small * fade).astype(np.uint8), max(0.6, wide / 90))
        small[:, :, 3] = 0
        cv2.add(frame, resized(small, width, height), frame)


def underwater(site: Site) -> list[Item]:
    """Blue depth, beams of light, bubbles, weeds on the sea floor."""
    floor, light = site.floor, site.light
    bright = 0.5 if light.stars else 1.0
    top, deep = shade((64, 186, 222), bright), shade((10, 70, 136), bright)
    water = Layer(
        gradient(floor.width, floor.height, [(0, top), (0.45, shade((24, 124, 186), bright)), (1, deep)]),
        0.0,
        passes=0.0,
        opaque=True,
    )
    tone = (0.55 * bright, 0.85 * bright, 0.95 * bright)

    def paint(picture: Pixels) -> None:
        sea_floor = [(0.0, mix((24, 124, 186), deep, 0.5)), (0.3, (96, 150, 158)), (1.0, (186, 186, 148))]
        picture[:] = gradient(picture.shape[1], picture.shape[0], [(at, shade(c, bright)) for at, c in sea_floor])
        scatter(
            site, picture, 120, [shade((150, 164, 138), bright), shade((206, 202, 160), bright)], size=0.04, flat=0.15
        )

    weeds = [Plant("herb", 0.5), Plant("rock", 0.2, 0.5), Plant("herb", 0.34)]
    bubbles = [_bubble(site) for _ in range(22)]
    shoal = [_fish(site, i) for i in range(5)]
    return [
        water,
        ground(site, (186, 186, 148), (70, 130, 160), paint),
        Rays(
            floor,
            shade((190, 240, 250), bright),
            tuple((site.between(0, 1.2), site.between(0.02, 0.06), site.between(0, 1)) for _ in range(6)),
        ),
        *shoal,
        row_of(site, weeds, depth=0.4, spread=0.05, count=9, factors=tone, haze=0.1),
        row_of(site, [*weeds, Plant("shell", 0.1, 0.6)], depth=0.72, spread=0.05, count=6, factors=tone, clear=0.3),
        row_of(
            site,
            [Plant("herb", 0.34)],
            depth=1.13,
            count=5,
            clear=0.64,
            factors=(0.2 * bright, 0.5 * bright, 0.55 * bright),
        ),
        *bubbles,
    ]


@dataclass(frozen=True)
class Rising:
    """A bubble on its way up."""

    floor: Floor
    side: float
    size: float
    speed: float
    phase: float
    depth: float
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """From below the frame to above it, swaying."""
        span = self.floor.height + 4 * self.size
        y = self.floor.height + 2 * self.size - moment.slide(self.speed, span, self.phase)
        x = self.floor.x(self.side) + self.size * 1.5 * moment.wave(0.5, self.phase)
        at_x, at_y = view.point(x, y, self.depth)
        sprite("bubble").lay(frame, Pose(at_x % (frame.shape[1] + 1), at_y, self.size, opacity=0.8))


def _bubble(site: Site) -> Rising:
    size = site.floor.unit * site.between(0.008, 0.034)
    speed = site.floor.unit * site.between(0.10, 0.22)
    return Rising(site.floor, site.between(0, 1), size, speed, site.between(0, 1), site.between(0.3, 1.2))


def _fish(site: Site, index: int) -> Drifting:
    floor = site.floor
    size = floor.unit * site.between(0.04, 0.07)
    left_to_right = index % 2 == 0
    picture = sprite(
        "fish" if index % 2 else "tropical-fish", factors=(0.6, 0.9, 1.0), haze=(30, 130, 190), amount=0.35
    )
    speed = (1 if left_to_right else -1) * floor.unit * site.between(0.05, 0.1)
    y = floor.margin_y + floor.frame_height * site.between(0.12, 0.6)
    span = floor.width + 4 * size
    return Drifting(
        picture, 0.2, y, size, speed, site.between(0, 1), span, -2 * size, 1.0, size * 0.2, mirrored=left_to_right
    )
