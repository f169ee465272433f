"""Places people built outdoors: city, street, road."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.backdrop.nature import (
    GRASS,
    GRASS_FAR,
    band,
    crossing,
    lamps,
    tuft_row,
)
from cutaway_runtime.engine.draft.stage.cutout import empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
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

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Item

ASPHALT: RGB = (104, 108, 118)
_WALLS: tuple[RGB, ...] = ((150, 164, 186), (176, 172, 180), (130, 150, 172), (188, 182, 174), (140, 146, 164))
_LIT: tuple[RGB, ...] = ((255, 222, 130), (255, 236, 176), (190, 226, 255))
NEON: tuple[RGB, ...] = ((255, 70, 150), (60, 220, 255), (255, 190, 60), (150, 110, 255), (80, 255, 170), (255, 96, 70))


def city(site: Site) -> list[Item]:
    """A skyline in three depths over a wide pavement."""

    def paint(picture: Pixels) -> None:
        _paving(site, picture)

    return [
        sky(site), *clouds(site, 3),
        skyline(site, depth=0.015, height=0.34, haze=0.5, wide=0.07),
        skyline(site, depth=0.03, height=0.42, haze=0.24, wide=0.10),
        skyline(site, depth=0.05, height=0.24, haze=0.04, wide=0.15),
        ground(site, (172, 172, 180), (150, 152, 164), paint),
        row_of(site, [Plant("tree", 0.9), Plant("lamp-post", 1.0)], depth=0.22, count=7, haze=0.06),
    ]  # fmt: skip


def street(site: Site) -> list[Item]:
    """A street between shop fronts: at night with neon signs, and wet if it rained."""
    neon = site.scene.neon or site.light.lamps

    def paint(picture: Pixels) -> None:
        floor, light = site.floor, site.light
        top = math.floor(floor.horizon)
        curb = round(floor.row(0.30)) - top
        stops = [(0.0, light.on((150, 150, 160), 0.1)), (1.0, light.on((172, 172, 180)))]
        picture[:curb] = gradient(picture.shape[1], curb, stops)
        polygon(
            picture,
            [(0, curb), (picture.shape[1], curb), (picture.shape[1], curb + 4), (0, curb + 4)],
            light.on((196, 196, 200)),
        )
        scatter(site, picture, 120, [shade(ASPHALT, 0.86), shade(ASPHALT, 1.12)], size=0.02, flat=0.2, low=0.34)
        _dashes(site, picture, 0.66)

    fronts = shop_fronts(site, neon=neon)
    items: list[Item] = [
        sky(site), *clouds(site, 2),
        skyline(site, depth=0.02, height=0.46, haze=0.35, wide=0.11),
        skyline(site, depth=0.03, height=0.36, haze=0.12, wide=0.15),
        ground(site, ASPHALT, (130, 132, 142), paint, haze=0.1),
        fronts,
    ]  # fmt: skip
    if site.scene.wet:
        items.append(mirrored_in(site, fronts, 0.42 if site.light.lamps else 0.22))
    items.append(
        row_of(
            site,
            [Plant("lamp-post", 1.1), Plant("tree", 0.8, 0.0 if neon else 0.6)],
            depth=0.31,
            count=4,
            factors=lamps(site),
        )
    )
    if neon:
        items.append(Flicker(fronts.top, site.light.lamps))
    return items


def road(site: Site) -> list[Item]:
    """A country road: along the picture for what crosses it, towards the horizon for everything else."""
    floor, light = site.floor, site.light
    color = site.scene.palette[0] if site.scene.palette else ASPHALT

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 220, [(84, 148, 58), (132, 196, 92)], size=0.02, tufts=True)
        if crossing(site):
            band(site, picture, 0.46, 0.98, color)
            _dashes(site, picture, 0.72)
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
        sky(site), *clouds(site, 4),
        ridge(site, depth=0.02, height=0.16, color=(112, 160, 140), haze=0.4, peaks=1.6),
        ridge(site, depth=0.04, height=0.08, color=(128, 182, 104), haze=0.18, peaks=2.4),
        ground(site, GRASS, GRASS_FAR, paint),
        row_of(site, [Plant("tree", 1.2), Plant("pine", 1.2, 0.5)], depth=0.14, spread=0.02, count=7, haze=0.22, clear=0.1),
        row_of(site, [Plant("tree", 1.2)], depth=0.34, spread=0.03, count=4, haze=0.06, clear=0.56),
        tuft_row(site),
    ]  # fmt: skip


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
                _WALLS[int(site.rng.integers(len(_WALLS)))],
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
            lamp = _LIT[int(rng.integers(len(_LIT)))]
            color = (
                mix(lamp, site.light.haze, haze * 0.7)
                if glowing
                else mix(wall, (74, 108, 148), 0.42 if not on else 0.12)
            )
            wx, wy = left + width * 0.08 + step * (column + 0.2), top + size * 0.9 + row * size * 2.1
            picture[
                max(0, round(wy)) : max(0, round(wy + size * 1.15)), max(0, round(wx)) : max(0, round(wx + step * 0.6))
            ] = (*color, 255)


def shop_fronts(site: Site, *, neon: bool) -> Layer:
    """A row of shops along the far pavement, with signs."""
    floor, light = site.floor, site.light
    depth = 0.27
    foot = floor.row(depth)
    tall = floor.unit * 0.52
    picture = empty(floor.painted_width, math.ceil(tall))
    span, x = floor.period or floor.width, 0.0
    shops = []
    while x < span:
        width = floor.unit * site.between(0.24, 0.40)
        shops.append((x, width, site.between(0.72, 1.0), int(site.rng.integers(1 << 30))))
        x += width
    reach = floor.unit * 0.45
    for at, width, rise, chance in shops:
        for where in floor.repeats(at + width / 2, reach):
            _shop(picture, where, width, tall * rise, site, np.random.default_rng(chance), neon=neon)
    if neon:
        halo = cv2.GaussianBlur(picture, (0, 0), floor.unit * 0.016)
        bright = cv2.convertScaleAbs(halo, alpha=0.30)
        bright[:, :, 3] = 0
        picture = cv2.min(cv2.add(picture, bright), cv2.merge([picture[:, :, 3]] * 4))
    del light
    return Layer(picture, depth=depth, top=foot - tall, period=floor.period, passes=depth)


def _shop(
    picture: Pixels, x: float, width: float, tall: float, site: Site, rng: np.random.Generator, *, neon: bool
) -> None:
    light, unit = site.light, site.floor.unit
    height = picture.shape[0]
    left, right, top = x - width / 2, x + width / 2, height - tall
    wall = light.on(_WALLS[int(rng.integers(len(_WALLS)))])
    polygon(picture, [(left, top), (right, top), (right, height), (left, height)], wall)
    polygon(
        picture, [(left, top), (right, top), (right, top + unit * 0.012), (left, top + unit * 0.012)], shade(wall, 0.8)
    )
    inside: RGB = (226, 170, 92) if light.lamps else light.on((170, 206, 226))
    shop_top = height - unit * 0.15
    polygon(
        picture,
        [
            (left + width * 0.08, shop_top),
            (right - width * 0.08, shop_top),
            (right - width * 0.08, height - unit * 0.012),
            (left + width * 0.08, height - unit * 0.012),
        ],
        inside,
    )
    polygon(
        picture,
        [
            (x - width * 0.02, shop_top),
            (x + width * 0.02, shop_top),
            (x + width * 0.02, height),
            (x - width * 0.02, height),
        ],
        wall,
    )
    for row in np.arange(top + unit * 0.04, shop_top - unit * 0.075, unit * 0.075):
        for i in range(3):
            lit_window = light.lamps and rng.random() < 0.6
            color = _LIT[int(rng.integers(3))] if lit_window else mix(wall, (60, 90, 130), 0.45)
            wx = left + width * (0.12 + 0.28 * i)
            polygon(
                picture,
                [
                    (wx, row),
                    (wx + width * 0.18, row),
                    (wx + width * 0.18, row + unit * 0.045),
                    (wx, row + unit * 0.045),
                ],
                color,
            )
    for side in (0.12, 0.56):
        _goods(picture, left + width * side, height - unit * 0.016, width * 0.32, unit * 0.13, rng, inside)
    sign = (
        NEON[int(rng.integers(len(NEON)))]
        if neon
        else light.on(mix(NEON[int(rng.integers(len(NEON)))], (190, 190, 200), 0.55))
    )
    y = shop_top - unit * 0.036
    polygon(
        picture,
        [
            (left + width * 0.06, y),
            (right - width * 0.06, y),
            (right - width * 0.06, y + unit * 0.032),
            (left + width * 0.06, y + unit * 0.032),
        ],
        sign if neon else shade(sign, 0.9),
    )
    if neon:
        _glyphs(picture, left + width * 0.12, y + unit * 0.006, unit * 0.02, 5, rng, shade(sign, 0.25))
        for _ in range(2):
            board = NEON[int(rng.integers(len(NEON)))]
            bx, by = left + width * rng.uniform(0.05, 0.8), top + unit * rng.uniform(0.02, 0.10)
            wide, long = unit * 0.044, unit * rng.uniform(0.13, 0.2)
            polygon(picture, [(bx, by), (bx + wide, by), (bx + wide, by + long), (bx, by + long)], shade(board, 0.24))
            stroke(
                picture,
                [(bx, by), (bx + wide, by), (bx + wide, by + long), (bx, by + long), (bx, by)],
                board,
                unit * 0.005,
            )
            for i in range(int(long / (unit * 0.034))):
                _glyphs(picture, bx + unit * 0.01, by + unit * (0.008 + 0.034 * i), unit * 0.024, 1, rng, board)


def _goods(
    picture: Pixels, left: float, foot: float, wide: float, tall: float, rng: np.random.Generator, inside: RGB
) -> None:
    """Shelves behind a shop window."""
    for level in (0.0, 0.5):
        base = foot - tall * level * 0.9
        polygon(
            picture,
            [(left, base - tall * 0.03), (left + wide, base - tall * 0.03), (left + wide, base), (left, base)],
            shade(inside, 0.6),
        )
        x = left + wide * 0.06
        while x < left + wide * 0.84:
            size = wide * rng.uniform(0.10, 0.2)
            up = tall * rng.uniform(0.14, 0.32)
            polygon(
                picture,
                [(x, base - up), (x + size, base - up), (x + size, base - tall * 0.03), (x, base - tall * 0.03)],
                shade(inside, rng.uniform(0.45, 0.85)),
            )
            x += size * 1.25


def _glyphs(picture: Pixels, x: float, y: float, size: float, count: int, rng: np.random.Generator, color: RGB) -> None:
    """Signs that look written and say nothing."""
    for i in range(count):
        left = x + i * size * 1.5
        for _ in range(4):
            a, b = rng.uniform(0, size, 2), rng.uniform(0, size, 2)
            flat = rng.random() < 0.5
            end = (left + b[0], y + a[1]) if flat else (left + a[0], y + b[1])
            stroke(picture, [(left + a[0], y + a[1]), end], color, max(1, size * 0.14))


def mirrored_in(site: Site, layer: Layer, strength: float) -> Layer:
    """What a wet street shows of the houses behind it: upside down, stretched, soft."""
    floor = site.floor
    turned = layer.pixels[::-1]
    tall = math.ceil((floor.base - floor.row(layer.depth)) * 0.92)
    soft = cv2.resize(turned, (turned.shape[1], tall), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(soft, (0, 0), sigmaX=floor.unit * 0.004, sigmaY=floor.unit * 0.022)
    fade = (np.linspace(strength, strength * 0.15, tall)[:, None, None]).astype(np.float32)
    return Layer(
        (soft * fade).astype(np.uint8),
        depth=0.275,
        passes=layer.passes,
        top=floor.row(layer.depth),
        period=layer.period,
    )


@dataclass(frozen=True)
class Flicker:
    """The light of the signs over the street breathes a little."""

    top: float
    night: bool
    depth: float = 0.28
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """Adds a touch of violet light that pulses."""
        if not self.night:
            return
        _, y = view.point(0, self.top, self.depth)
        band_top = max(0, round(y))
        pulse = 5 + 4 * moment.wave(0.8) + 3 * moment.wave(2.3, 0.4)
        part = frame[band_top:]
        if part.size:
            cv2.add(part, (pulse, pulse * 0.4, pulse * 1.1, 0), part)


def _dashes(site: Site, picture: Pixels, depth: float) -> None:
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


__all__ = ["city", "road", "street"]
