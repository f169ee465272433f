"""A street between shop fronts, with signs that glow at night and swim in wet asphalt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.backdrop.nature import (
    lamps,
)
from cutaway_runtime.engine.draft.stage.backdrop.town import ASPHALT, LIT, WALLS, dashes, skyline
from cutaway_runtime.engine.draft.stage.cutout import brighten, empty, faded, polygon, resized, softened, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    clouds,
    gradient,
    ground,
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

NEON: tuple[RGB, ...] = ((255, 70, 150), (60, 220, 255), (255, 190, 60), (150, 110, 255), (80, 255, 170), (255, 96, 70))


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
        dashes(site, picture, 0.66)

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


def shop_fronts(site: Site, *, neon: bool) -> Layer:
    """A row of shops along the far pavement, with signs."""
    floor = site.floor
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
        halo = softened(picture, floor.unit * 0.016)
        bright = faded(halo, 0.30)
        bright[:, :, 3] = 0
        picture = np.minimum(cv2.add(picture, bright), picture[:, :, 3:])
    return Layer(picture, depth=depth, top=foot - tall, period=floor.period, passes=depth)


def _shop(
    picture: Pixels, x: float, width: float, tall: float, site: Site, rng: np.random.Generator, *, neon: bool
) -> None:
    light, unit = site.light, site.floor.unit
    height = picture.shape[0]
    left, right, top = x - width / 2, x + width / 2, height - tall
    wall = light.on(WALLS[int(rng.integers(len(WALLS)))])
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
            color = LIT[int(rng.integers(3))] if lit_window else mix(wall, (60, 90, 130), 0.45)
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
    soft = resized(turned, turned.shape[1], tall)
    soft = softened(soft, floor.unit * 0.004, floor.unit * 0.022)
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
            brighten(part, (pulse, pulse * 0.4, pulse * 1.1))
