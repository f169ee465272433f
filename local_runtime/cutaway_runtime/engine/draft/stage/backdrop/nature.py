"""Places under the open sky: field, meadow, desert, forest, jungle, mountain, snow, park, garden, village, volcano."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.scene import Motion
from cutaway_runtime.engine.draft.stage.cutout import Pose, ellipse, empty, polygon
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    clouds,
    glow,
    gradient,
    ground,
    ridge,
    row_of,
    scatter,
    sky,
    trimmed,
)
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item

GRASS: RGB = (112, 178, 78)
GRASS_FAR: RGB = (158, 204, 118)
_BLADES: tuple[RGB, ...] = ((84, 148, 58), (132, 196, 92), (98, 164, 66))
_SAND: RGB = (230, 186, 116)
_FLOWERS = (Plant("daisy", 0.07), Plant("tulip", 0.10, 0.5), Plant("sunflower", 0.16, 0.35))


def field(site: Site) -> list[Item]:
    """Green hills, a few trees far away, grass in front."""
    return [
        sky(site),
        *clouds(site, 4),
        ridge(site, depth=0.02, height=0.13, color=(120, 176, 140), haze=0.42, peaks=1.6),
        ridge(site, depth=0.04, height=0.08, color=(132, 188, 104), haze=0.2, peaks=2.3),
        _grass(site),
        row_of(site, [Plant("tree", 1.2), Plant("pine", 1.1, 0.4)], depth=0.14, spread=0.03, count=5, haze=0.22),
        tuft_row(site),
    ]


def meadow(site: Site) -> list[Item]:
    """A field in flower."""
    return [
        *field(site)[:-1],
        row_of(site, _FLOWERS, depth=0.34, spread=0.07, count=12, haze=0.08),
        row_of(site, _FLOWERS, depth=0.56, spread=0.05, count=9, clear=0.3),
        row_of(site, [Plant("daisy", 0.13), Plant("tulip", 0.19), Plant("herb", 0.2)], depth=1.12, count=7, clear=0.45),
    ]


def desert(site: Site) -> list[Item]:
    """Dunes one behind the other, cacti, stones."""

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 260, [shade(_SAND, 0.93), shade(_SAND, 1.18)], size=0.045, flat=0.09)
        scatter(site, picture, 60, [(176, 132, 84), (196, 152, 102)], size=0.010)

    return [
        sky(site),
        ridge(site, depth=0.02, height=0.17, color=(214, 158, 104), haze=0.42, peaks=1.1, rough=0.3),
        ridge(site, depth=0.05, height=0.10, color=(224, 172, 108), haze=0.18, peaks=1.7, rough=0.35),
        ground(site, _SAND, (238, 202, 140), paint),
        row_of(site, [Plant("cactus", 0.62)], depth=0.22, spread=0.05, count=4, haze=0.15),
        row_of(site, [Plant("cactus", 0.50), Plant("rock", 0.12, 0.8)], depth=0.46, spread=0.06, count=4, clear=0.4),
    ]


def forest(site: Site) -> list[Item]:
    """Trunks and firs, thick and hazy behind, leaves at the edges in front."""
    green: RGB = (86, 132, 66)

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 220, [(74, 118, 58), (112, 150, 74), (122, 104, 64)], size=0.02, flat=0.3)
        scatter(site, picture, 170, [(66, 116, 52), (120, 166, 80)], size=0.022, tufts=True)

    trees = [Plant("pine", 1.0), Plant("tree", 0.95, 0.7)]
    return [
        sky(site, disc=site.light.lamps),
        ridge(site, depth=0.02, height=0.24, color=(98, 148, 104), haze=0.5, peaks=9, rough=0.6, sharp=True),
        ground(site, green, (126, 160, 96), paint),
        row_of(site, [Plant("pine", 2.4), Plant("tree", 2.1, 0.6)], depth=0.13, spread=0.02, count=13, haze=0.45),
        row_of(site, [Plant("pine", 1.6), Plant("tree", 1.45, 0.6)], depth=0.26, spread=0.04, count=9, haze=0.24),
        row_of(site, trees, depth=0.5, spread=0.08, count=5, haze=0.06, clear=0.34),
        row_of(site, [Plant("mushroom", 0.07), Plant("herb", 0.13, 0.6)], depth=0.66, spread=0.05, count=6, clear=0.3),
        leaves(site, [Plant("herb", 0.34)], count=5),
    ]


def jungle(site: Site) -> list[Item]:
    """Palms and broad leaves everywhere, a green dusk between them."""
    green: RGB = (62, 118, 58)
    light = site.light
    glade = [(0.0, light.on((92, 168, 112))), (0.6, light.on((168, 218, 156))), (1.0, light.on((200, 230, 176)))]

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 260, [(48, 100, 46), (86, 144, 66)], size=0.03, tufts=True)

    return [
        sky(site, colors=glade if not light.stars else None, disc=light.stars),
        ridge(site, depth=0.02, height=0.30, color=(84, 152, 92), haze=0.45, peaks=5, rough=0.55),
        ground(site, green, (92, 146, 80), paint),
        row_of(site, [Plant("palm", 2.9), Plant("tree", 2.2)], depth=0.13, spread=0.02, count=9, haze=0.42),
        row_of(site, [Plant("palm", 1.9), Plant("tree", 1.3, 0.5)], depth=0.27, spread=0.05, count=6, haze=0.18),
        row_of(
            site, [Plant("palm", 1.25), Plant("herb", 0.4, 0.9)], depth=0.52, spread=0.08, count=6, haze=0.04, clear=0.3
        ),
        leaves(site, [Plant("herb", 0.38)], count=8),
        hanging(site, "herb"),
    ]


def mountain(site: Site) -> list[Item]:
    """Snowy peaks, pines, and a dirt road that winds up towards them."""

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 160, _BLADES, size=0.02, tufts=True)
        winding_road(site, picture, (178, 146, 108))

    return [
        sky(site),
        *clouds(site, 3),
        ridge(
            site,
            depth=0.015,
            height=0.47,
            color=(112, 128, 156),
            haze=0.22,
            peaks=1.3,
            rough=0.45,
            sharp=True,
            cap=(250, 252, 255),
        ),
        ridge(site, depth=0.03, height=0.17, color=(98, 128, 118), haze=0.22, peaks=2.2, rough=0.5, sharp=True),
        ground(site, (124, 160, 88), (150, 176, 116), paint),
        row_of(site, [Plant("pine", 0.95)], depth=0.15, spread=0.03, count=9, haze=0.25, clear=0.08),
        row_of(
            site,
            [Plant("pine", 1.0), Plant("rock", 0.16, 0.5)],
            depth=0.36,
            spread=0.06,
            count=5,
            haze=0.08,
            clear=0.6,
        ),
        tuft_row(site),
    ]


def snowfield(site: Site) -> list[Item]:
    """White all over: snowy ridges, pines under snow."""
    white: RGB = (240, 246, 252)

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 160, [(222, 234, 246), (252, 254, 255)], size=0.06, flat=0.14)

    frost: RGB = (196, 222, 214)
    return [
        sky(site),
        *clouds(site, 3),
        ridge(
            site, depth=0.015, height=0.30, color=(168, 186, 210), haze=0.3, peaks=1.6, sharp=True, cap=(255, 255, 255)
        ),
        ridge(site, depth=0.04, height=0.10, color=(228, 238, 248), haze=0.2, peaks=1.9),
        ground(site, white, (224, 236, 246), paint),
        row_of(site, [Plant("pine", 1.3, color=frost)], depth=0.16, spread=0.04, count=7, haze=0.3),
        row_of(site, [Plant("pine", 1.0, color=frost)], depth=0.40, spread=0.06, count=4, haze=0.08, clear=0.5),
    ]


def park(site: Site) -> list[Item]:
    """Lawn, trees, lamp posts, a fountain behind, houses beyond the trees."""

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 200, _BLADES, size=0.018, tufts=True)
        band(site, picture, 0.34, 0.46, (226, 208, 176))

    return [
        sky(site),
        *clouds(site, 3),
        ridge(site, depth=0.02, height=0.12, color=(128, 178, 128), haze=0.4, peaks=4),
        ground(site, GRASS, GRASS_FAR, paint),
        row_of(site, [Plant("tree", 1.7)], depth=0.15, spread=0.03, count=8, haze=0.25),
        row_of(site, [Plant("fountain", 0.62)], depth=0.27, count=1, haze=0.1),
        row_of(site, [Plant("tree", 1.25), Plant("lamp-post", 0.9, 0.9)], depth=0.36, spread=0.04, count=5, clear=0.42),
        row_of(site, _FLOWERS[:2], depth=0.54, spread=0.04, count=7, clear=0.36),
        tuft_row(site),
    ]


def garden(site: Site) -> list[Item]:
    """Flower beds in rows, a hedge, a house behind it."""

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 220, _BLADES, size=0.018, tufts=True)

    bed = [
        Plant("tulip", 0.26),
        Plant("rose", 0.26),
        Plant("daisy", 0.18),
        Plant("hibiscus", 0.2),
        Plant("sunflower", 0.4),
    ]
    return [
        sky(site),
        *clouds(site, 3),
        ridge(site, depth=0.02, height=0.10, color=(108, 164, 96), haze=0.25, peaks=12, rough=0.4),
        ground(site, (118, 184, 84), GRASS_FAR, paint),
        row_of(site, [Plant("house-with-garden", 2.3)], depth=0.19, count=1, haze=0.15),
        row_of(site, [Plant("tree", 1.5)], depth=0.18, spread=0.005, count=4, haze=0.2, clear=0.4),
        row_of(site, bed, depth=0.34, spread=0.03, count=15, haze=0.05),
        row_of(site, bed, depth=0.52, spread=0.03, count=13, clear=0.32),
        row_of(site, [Plant("rose", 0.2), Plant("daisy", 0.15), Plant("herb", 0.2)], depth=1.12, count=6, clear=0.5),
    ]


def village(site: Site) -> list[Item]:
    """Small houses along a lane, hills behind."""

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 160, _BLADES, size=0.018, tufts=True)
        band(site, picture, 0.42, 0.74, (206, 180, 140))

    houses = [Plant("house", 1.05), Plant("house-with-garden", 1.05), Plant("hut", 0.8, 0.6), Plant("tree", 1.2, 0.8)]
    return [
        sky(site),
        *clouds(site, 3),
        ridge(site, depth=0.02, height=0.18, color=(116, 172, 122), haze=0.38, peaks=1.7),
        ground(site, GRASS, GRASS_FAR, paint),
        row_of(
            site,
            [Plant("tree", 1.4), Plant("house", 1.2, 0.6)],
            depth=0.17,
            spread=0.02,
            count=8,
            haze=0.25,
            factors=lamps(site),
        ),
        row_of(site, houses, depth=0.36, spread=0.02, count=5, haze=0.04, factors=lamps(site)),
        tuft_row(site),
    ]


def volcano(site: Site) -> list[Item]:
    """A cone that glows, ash-dark ground with lava in its cracks."""
    floor, light = site.floor, site.light
    lava: RGB = (255, 120, 30)

    def cone(tall: float) -> Layer:
        width, height = round(floor.unit * 1.5), round(tall)
        picture = empty(width, height)
        rock = light.on((96, 76, 78), 0.2)
        rim = width * 0.075
        polygon(
            picture,
            [
                (0, height),
                (width * 0.36, height * 0.22),
                (width / 2 - rim, 4),
                (width / 2 + rim, 4),
                (width * 0.64, height * 0.22),
                (width, height),
            ],
            rock,
        )
        for dx, reach in ((-0.05, 0.62), (0.0, 0.9), (0.045, 0.5)):
            x = width * (0.5 + dx)
            flow = [(x - 9 + 14 * math.sin(t * 9 + dx * 60), 4 + t * height * reach) for t in np.linspace(0, 1, 14)]
            thick = width * 0.011
            polygon(picture, flow + [(x + thick, y) for x, y in reversed(flow)], lava)
        ellipse(picture, width / 2, 5, rim, 5, (255, 210, 90))
        left = floor.x(0.5 + site.jitter(0.14)) - width / 2
        return Layer(picture, depth=0.03, top=floor.horizon - tall + 2, left=left, passes=0.05)

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 200, [(60, 52, 56), (98, 84, 84)], size=0.04, flat=0.2)
        scatter(site, picture, 36, [lava, (255, 170, 60)], size=0.035, flat=0.12)

    dome = sky(site, disc=False)
    tall = floor.unit * 0.42
    mountain_layer = cone(tall)
    middle = mountain_layer.left + mountain_layer.pixels.shape[1] / 2
    glow(dome.pixels, middle, floor.horizon - tall, floor.unit * 0.5, (255, 130, 60), 0.75)
    return [
        dome,
        *clouds(site, 3, dark=0.8),
        mountain_layer,
        ridge(site, depth=0.04, height=0.07, color=(86, 70, 74), haze=0.2, peaks=5, sharp=True),
        ground(site, (80, 68, 70), (112, 92, 88), paint),
        row_of(site, [Plant("rock", 0.28)], depth=0.42, spread=0.1, count=6, clear=0.36),
    ]


def winding_road(site: Site, picture: Pixels, color: RGB) -> None:
    """A road from the front edge that winds to the horizon (or, for what crosses the picture, along it)."""
    floor, light = site.floor, site.light
    if crossing(site):
        band(site, picture, 0.52, 0.96, color)
        return
    top = math.floor(floor.horizon)
    sway, phase = site.between(0.10, 0.18) * (1 if site.rng.random() < 0.5 else -1), site.between(0, 1)
    for widen, tone in ((1.16, shade(color, 0.82)), (1.0, color)):
        left, right = [], []
        for depth in np.linspace(1.12, 0.015, 60):
            far = (1 - depth) ** 2
            x = floor.width / 2 + floor.frame_width * sway * far * math.sin(5 * far + phase)
            half = 0.44 * floor.unit * depth * widen
            y = floor.row(float(depth)) - top
            left.append((x - half, y))
            right.append((x + half, y))
        polygon(picture, left + right[::-1], light.on(tone, 0.06))
    scatter_on_road(site, picture, color)


def scatter_on_road(site: Site, picture: Pixels, color: RGB) -> None:
    top = math.floor(site.floor.horizon)
    for _ in range(90):
        depth = 0.2 + 0.85 * float(site.rng.random())
        x = site.floor.width / 2 + site.jitter(0.36) * site.floor.unit * depth
        radius = site.floor.unit * 0.008 * depth
        tone = shade(color, site.between(0.8, 1.15))
        ellipse(picture, x, site.floor.row(depth) - top, radius * 1.6, radius * 0.6, site.light.on(tone))


def band(site: Site, picture: Pixels, far: float, near: float, color: RGB) -> None:
    """A way that crosses the picture between two depths."""
    floor = site.floor
    top = math.floor(floor.horizon)
    for a, b, tone in ((far, near + 0.02, shade(color, 0.8)), (far + 0.012, near, color)):
        y0, y1 = round(floor.row(a)) - top, round(floor.row(b)) - top
        stops = [(0.0, site.light.on(tone, 0.12)), (1.0, site.light.on(tone))]
        picture[y0:y1] = gradient(picture.shape[1], y1 - y0, stops)[: picture.shape[0] - y0]


def crossing(site: Site) -> bool:
    """The hero crosses the picture, or the camera follows it: a road must do the same."""
    subjects = site.scene.subjects
    return bool(site.floor.period) or (bool(subjects) and subjects[0].motion in (Motion.LEFT, Motion.RIGHT))


def lamps(site: Site) -> tuple[float, float, float]:
    """The light that houses stand in: at night their windows make them a little brighter than the trees."""
    r, g, b = site.light.ambient
    return (min(1, r * 1.6), min(1, g * 1.45), min(1, b * 1.1)) if site.light.lamps else (r, g, b)


def tuft_row(site: Site) -> Layer:
    """Blades of grass along the front edge."""
    return row_of(site, [Plant("herb", 0.10), Plant("wheat", 0.12, 0.5)], depth=1.1, count=7, spread=0.02, clear=0.4)


def leaves(site: Site, plants: list[Plant], count: float) -> Layer:
    """Large dark leaves in the lower corners, in front of everything."""
    r, g, b = site.light.ambient
    return row_of(
        site, plants, depth=1.14, spread=0.03, count=count, clear=0.52, factors=(r * 0.55, g * 0.66, b * 0.55)
    )


def hanging(site: Site, key: str) -> Layer:
    """Leaves that hang in from above."""
    floor = site.floor
    r, g, b = site.light.ambient
    cutout = sprite(key, factors=(r * 0.5, g * 0.62, b * 0.5))
    height = floor.unit * 0.30
    picture = empty(floor.painted_width, math.ceil(floor.margin_y + height * 0.85))
    span = floor.period or floor.width
    number = round(6 * span / floor.frame_width)
    for i in range(number):
        x = (i + site.between(0, 1)) / number * span
        inside = abs(x - floor.width / 2) < 0.22 * floor.frame_width and not floor.period
        grown = height * site.between(0.7, 1.1) * (0.45 if inside else 1)
        for where in floor.repeats(x, grown):
            cutout.lay(
                picture, Pose(where, floor.margin_y - grown * 0.12, grown, upside_down=True, angle=site.jitter(30))
            )
    return trimmed(Layer(picture, depth=1.2, passes=1.1, period=floor.period))


def _grass(site: Site) -> Item:
    def paint(picture: Pixels) -> None:
        scatter(site, picture, 260, _BLADES, size=0.02, tufts=True)
        scatter(site, picture, 40, [mix(GRASS, (255, 255, 255), 0.7), (250, 220, 90)], size=0.005, flat=0.8)

    return ground(site, GRASS, GRASS_FAR, paint)
