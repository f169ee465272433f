"""Places people built outdoors: city, street, road."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.stage.backdrop.nature import (
    GRASS,
    GRASS_FAR,
    band,
    crossing,
    tuft_row,
)
from cutaway_runtime.engine.draft.stage.cutout import empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    clouds,
    ground,
    ridge,
    row_of,
    scatter,
    sky,
)

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item

ASPHALT: RGB = (104, 108, 118)
WALLS: tuple[RGB, ...] = ((150, 164, 186), (176, 172, 180), (130, 150, 172), (188, 182, 174), (140, 146, 164))
LIT: tuple[RGB, ...] = ((255, 222, 130), (255, 236, 176), (190, 226, 255))


def city(site: Site) -> list[Item]:
    """A skyline in three depths over a wide pavement."""

    def paint(picture: Pixels) -> None:
        _paving(site, picture)

    return [
        sky(site),
        *clouds(site, 3),
        skyline(site, depth=0.015, height=0.34, haze=0.5, wide=0.07),
        skyline(site, depth=0.03, height=0.42, haze=0.24, wide=0.10),
        skyline(site, depth=0.05, height=0.24, haze=0.04, wide=0.15),
        ground(site, (172, 172, 180), (150, 152, 164), paint),
        row_of(site, [Plant("tree", 0.9), Plant("lamp-post", 1.0)], depth=0.22, count=7, haze=0.06),
    ]


def road(site: Site) -> list[Item]:
    """A country road: along the picture for what crosses it, towards the horizon for everything else."""
    floor, light = site.floor, site.light
    color = site.scene.palette[0] if site.scene.palette else ASPHALT

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 220, [(84, 148, 58), (132, 196, 92)], size=0.02, tufts=True)
        if crossing(site):
            band(site, picture, 0.46, 0.98, color)
            if site.scene.palette:
                scatter(site, picture, 90, [shade(color, 0.8), shade(color, 1.2)], size=0.012, low=0.5)
            else:
                dashes(site, picture, 0.72)
            return
        top = math.floor(floor.horizon)
        middle, half = floor.width / 2, floor.unit * 0.62
        foot = picture.shape[0]
        reach = foot / max(1.0, floor.base - top)
        for grow, tone in ((1.12, shade(color, 1.3)), (1.05, shade(color, 0.9)), (1.0, color)):
            side = half * reach * grow
            polygon(picture, [(middle, 0), (middle + side, foot), (middle - side, foot)], light.on(tone, 0.05))
        if not site.scene.palette:
            for near in np.geomspace(0.06, 1.2, 9):
                far, thick = near * 0.76, 0.018 * floor.unit
                y0, y1 = floor.row(float(far)) - top, floor.row(float(near)) - top
                polygon(
                    picture,
                    [
                        (middle - thick * far, y0),
                        (middle + thick * far, y0),
                        (middle + thick * near, y1),
                        (middle - thick * near, y1),
                    ],
                    light.on((240, 238, 226)),
                )
        else:
            _gravel(site, picture, color, half)

    return [
        sky(site),
        *clouds(site, 4),
        ridge(site, depth=0.02, height=0.16, color=(112, 160, 140), haze=0.4, peaks=1.6),
        ridge(site, depth=0.04, height=0.08, color=(128, 182, 104), haze=0.18, peaks=2.4),
        ground(site, GRASS, GRASS_FAR, paint),
        row_of(
            site, [Plant("tree", 1.2), Plant("pine", 1.2, 0.5)], depth=0.14, spread=0.02, count=7, haze=0.22, clear=0.1
        ),
        row_of(site, [Plant("tree", 1.2)], depth=0.34, spread=0.03, count=4, haze=0.06, clear=0.56),
        tuft_row(site),
    ]


def skyline(site: Site, *, depth: float, height: float, haze: float, wide: float) -> Layer:
    """A row of tower blocks on the horizon; at night their windows are lit."""
    floor, light = site.floor, site.light
    tall = height * floor.unit
    picture = empty(floor.painted_width, math.ceil(tall * 1.1 + floor.unit * 0.06))
    span, x = floor.period or floor.width, 0.0
    towers = []
    while x < span:
        width = floor.unit * wide * site.between(0.7, 1.3)
        towers.append(
            (
                x,
                width,
                tall * site.between(0.45, 1.05),
                WALLS[int(site.rng.integers(len(WALLS)))],
                int(site.rng.integers(1 << 30)),
            )
        )
        x += width * site.between(0.92, 1.08)
    bottom = picture.shape[0]
    for at, width, rise, wall, chance in towers:
        for where in floor.repeats(at + width / 2, width):
            _tower(
                picture,
                where,
                width,
                bottom - floor.unit * 0.06 - rise,
                bottom,
                light.on(wall, haze),
                site,
                haze,
                chance,
            )
    return Layer(picture, depth=depth, top=floor.horizon + floor.unit * 0.06 - bottom, period=floor.period)


def _tower(
    picture: Pixels, x: float, width: float, top: float, bottom: float, wall: RGB, site: Site, haze: float, chance: int
) -> None:
    rng = np.random.default_rng(chance)
    left, right = x - width / 2, x + width / 2
    polygon(picture, [(left, top), (right, top), (right, bottom), (left, bottom)], wall)
    polygon(
        picture,
        [(right - width * 0.16, top), (right, top), (right, bottom), (right - width * 0.16, bottom)],
        shade(wall, 0.88),
    )
    if rng.random() < 0.4:
        polygon(
            picture,
            [
                (x - width * 0.2, top - width * 0.2),
                (x + width * 0.1, top - width * 0.2),
                (x + width * 0.1, top),
                (x - width * 0.2, top),
            ],
            wall,
        )
    size = max(2.0, site.floor.unit * 0.013)
    columns, rows = max(2, int(width * 0.78 / (size * 1.7))), max(1, int((bottom - top) / (size * 2.1)))
    step = width * 0.78 / columns
    on = 0.5 if site.light.lamps else 0.0
    for row in range(rows):
        for column in range(columns):
            glowing = rng.random() < on
            lamp = LIT[int(rng.integers(len(LIT)))]
            color = (
                mix(lamp, site.light.haze, haze * 0.7)
                if glowing
                else mix(wall, (74, 108, 148), 0.42 if not on else 0.12)
            )
            wx, wy = left + width * 0.08 + step * (column + 0.2), top + size * 0.9 + row * size * 2.1
            picture[
                max(0, round(wy)) : max(0, round(wy + size * 1.15)), max(0, round(wx)) : max(0, round(wx + step * 0.6))
            ] = (*color, 255)


def dashes(site: Site, picture: Pixels, depth: float) -> None:
    """A broken line along the picture."""
    floor = site.floor
    top = math.floor(floor.horizon)
    step = (floor.period * depth / 6) if floor.period else floor.unit * 0.36 * depth
    y0, y1 = floor.row(depth) - top, floor.row(depth + 0.026) - top
    x = -step
    while x < picture.shape[1] + step:
        polygon(picture, [(x, y0), (x + step * 0.5, y0), (x + step * 0.5, y1), (x, y1)], site.light.on((240, 238, 226)))
        x += step


def _gravel(site: Site, picture: Pixels, color: RGB, half: float) -> None:
    floor = site.floor
    top = math.floor(floor.horizon)
    for _ in range(420):
        depth = 0.06 + 1.0 * float(site.rng.random()) ** 1.3
        x = floor.width / 2 + site.jitter(0.94) * half * depth
        radius = floor.unit * 0.010 * depth * site.between(0.5, 1.2)
        polygon(
            picture,
            [
                (x - radius, floor.row(depth) - top),
                (x, floor.row(depth) - top - radius * 0.6),
                (x + radius, floor.row(depth) - top),
                (x, floor.row(depth) - top + radius * 0.4),
            ],
            site.light.on(shade(color, site.between(0.74, 1.3))),
        )


def _paving(site: Site, picture: Pixels) -> None:
    floor = site.floor
    top = math.floor(floor.horizon)
    line = site.light.on((140, 140, 152))
    for depth in np.geomspace(0.08, 1.1, 12):
        y = floor.row(float(depth)) - top
        stroke(picture, [(0, y), (picture.shape[1], y)], line, max(1, floor.unit * 0.003 * depth))
    step = floor.period / 6 if floor.period else floor.unit * 0.3
    for i in range(-24, 48):
        x = (i + 0.5) * step
        foot = picture.shape[0]
        reach = foot / max(1.0, floor.base - top)
        middle = floor.width / 2
        stroke(picture, [(middle, 0), (middle + (x - middle) * reach, foot)], line, max(1, floor.unit * 0.0018))
