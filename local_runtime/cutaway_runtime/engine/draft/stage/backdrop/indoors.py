"""Places with a wall behind: room, kitchen, studio, cave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.stage.backdrop.interior import (
    boards,
    lamplight,
    lamplit,
    on,
    resting,
    standing,
    wall_of,
    window,
)
from cutaway_runtime.engine.draft.stage.cutout import ellipse, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    glow,
    gradient,
    ground,
    poly_layer,
    row_of,
    scatter,
)

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item


_WOOD: Final[RGB] = (196, 148, 100)


def room(site: Site) -> list[Item]:
    """A living room: window with the time of day in it, sofa, plant, rug."""
    wall: RGB = site.scene.palette[0] if site.scene.palette else (226, 216, 200)
    return [
        wall_of(site, wall),
        boards(site, _WOOD, (172, 126, 82)),
        window(site, 0.5 + site.jitter(0.05), 0.30),
        standing(
            site,
            [
                ("sofa", 0.19 + site.jitter(0.04), 0.20, 0.98),
                ("potted-plant", 0.86 + site.jitter(0.03), 0.22, 0.86),
                ("books", 0.71, 0.14, 0.32),
            ],
        ),
        rug(site),
    ]


def kitchen(site: Site) -> list[Item]:
    """Tiles, cupboards, a worktop with pots and fruit."""
    floor, light = site.floor, lamplight(site)
    wall: RGB = site.scene.palette[0] if site.scene.palette else (222, 234, 232)

    def counter(picture: Pixels) -> None:
        top, foot = floor.horizon - floor.unit * 0.13, floor.horizon + floor.unit * 0.05
        polygon(picture, [(0, top), (floor.width, top), (floor.width, foot), (0, foot)], on(light, (238, 236, 228)))
        polygon(
            picture,
            [
                (0, top - floor.unit * 0.02),
                (floor.width, top - floor.unit * 0.02),
                (floor.width, top + 2),
                (0, top + 2),
            ],
            on(light, (150, 112, 82)),
        )
        step = floor.unit * 0.26
        for i in range(math.ceil(floor.width / step)):
            x = i * step
            for box in (
                [(x + 6, top + floor.unit * 0.025), (x + step - 6, foot - 4)],
                [(x + 6, floor.margin_y - 4), (x + step - 6, floor.margin_y + floor.unit * 0.15)],
            ):
                (x0, y0), (x1, y1) = box
                polygon(picture, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], on(light, (118, 170, 176)))
                stroke(
                    picture,
                    [(x1 - step * 0.12, y1 - (y1 - y0) * 0.3), (x1 - step * 0.12, y1 - (y1 - y0) * 0.55)],
                    on(light, (236, 236, 236)),
                    floor.unit * 0.007,
                )

    shelf = floor.horizon - floor.unit * 0.145
    return [
        wall_of(site, wall, tiles=True),
        boards(site, (206, 196, 182), (188, 176, 160), tiles=True),
        poly_layer(site, 0.04, counter, passes=0.06),
        window(site, 0.5 + site.jitter(0.08), 0.22, low=0.20),
        resting(
            site,
            shelf,
            [
                ("pot", 0.14),
                ("teapot", 0.25),
                ("apple", 0.34),
                ("bread", 0.68),
                ("coffee", 0.77),
                ("potted-plant", 0.90),
            ],
            0.11,
        ),
    ]


def studio(site: Site) -> list[Item]:
    """A plain sweep of paper, lit from above: no place was named."""
    floor, light = site.floor, site.light
    paper: RGB = site.scene.palette[0] if site.scene.palette else (214, 220, 228)
    wall = gradient(
        floor.width, math.ceil(floor.horizon) + 2, [(0, light.on(shade(paper, 0.86))), (1, light.on(shade(paper, 1.2)))]
    )
    glow(wall, floor.x(0.5 + site.jitter(0.1)), floor.horizon * 0.5, floor.unit * 0.8, light.on(shade(paper, 1.7)), 0.6)

    def paint(picture: Pixels) -> None:
        tint = light.on(shade(paper, 1.2))
        picture[:] = gradient(
            picture.shape[1], picture.shape[0], [(0, tint), (0.5, light.on(paper)), (1, light.on(shade(paper, 0.88)))]
        )
        confetti = [mix(paper, shade(paper, 0.9), site.rng.random()) for _ in range(5)]
        scatter(site, picture, 36, confetti, size=0.02, flat=0.3)

    return [Layer(wall, 0.0, passes=0.03, opaque=True), ground(site, paper, paper, paint)]


def cave(site: Site) -> list[Item]:
    """Rock all round, an opening with light, stalactites, crystals."""
    floor = site.floor
    rock: RGB = (88, 78, 92)
    bright = 0.6 if site.light.stars else 1.0
    back = gradient(
        floor.width, math.ceil(floor.horizon) + 4, [(0, shade((52, 46, 60), bright)), (1, shade((98, 88, 104), bright))]
    )
    x = floor.x(0.5 + site.jitter(0.18))
    outside = mix(site.light.sky_low, (255, 255, 240), 0.25) if not site.light.stars else (70, 90, 150)
    glow(back, x, floor.horizon - floor.unit * 0.1, floor.unit * 0.55, outside, 0.8)
    ellipse(back, x, floor.horizon, floor.unit * 0.17, floor.unit * 0.24, outside)

    def spikes(picture: Pixels) -> None:
        at = 0.0
        while at < picture.shape[1]:
            width, long = floor.unit * site.between(0.05, 0.13), floor.unit * site.between(0.06, 0.30)
            edge = abs(at / picture.shape[1] - 0.5) * 2
            long *= 0.45 + 0.75 * edge
            polygon(
                picture,
                [(at, 0), (at + width, 0), (at + width * 0.55, floor.margin_y + long)],
                shade(rock, bright * site.between(0.6, 0.95)),
            )
            at += width * 0.8

    def paint(picture: Pixels) -> None:
        scatter(site, picture, 200, [shade(rock, 0.8), shade(rock, 1.15)], size=0.05, flat=0.25)
        top = math.floor(floor.horizon)
        glow(picture, x, floor.row(0.2) - top, floor.unit * 0.5, outside, 0.5)

    crystals = [Plant("gem", 0.16), Plant("rock", 0.34)]
    return [
        Layer(back, 0.0, passes=0.03, opaque=True),
        poly_layer(site, 0.05, spikes, passes=0.3),
        ground(lamplit(site, bright * 0.9), (104, 94, 104), (126, 116, 128), paint, haze=0.0),
        row_of(
            site,
            crystals,
            depth=0.4,
            spread=0.12,
            count=6,
            clear=0.36,
            factors=(0.7 * bright, 0.68 * bright, 0.8 * bright),
        ),
        row_of(site, [Plant("rock", 0.5)], depth=1.14, count=4, clear=0.62, factors=(0.3, 0.28, 0.34)),
    ]


def rug(site: Site) -> Layer:
    floor = site.floor

    def paint(picture: Pixels) -> None:
        light = lamplight(site)
        x, y = floor.x(0.5), floor.row(0.66)
        for grow, color in ((1.0, (126, 150, 178)), (0.86, (226, 222, 210)), (0.78, (146, 170, 192))):
            ellipse(picture, x, y, floor.unit * 0.62 * grow, floor.unit * 0.135 * grow, on(light, color))

    return poly_layer(site, 0.06, paint, passes=0.66)
