"""Places with an audience: stage, court, stadium."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.stage.backdrop.interior import lamplight, lamplit, on, planks, standing, wall_of
from cutaway_runtime.engine.draft.stage.cutout import ellipse, empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    clouds,
    glow,
    gradient,
    ground,
    poly_layer,
    row_of,
    sky,
)

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item


def stage(site: Site) -> list[Item]:
    """A theatre: curtains, boards, two spotlights, heads of the audience."""
    floor = site.floor
    velvet: RGB = (104, 40, 92)
    back = gradient(floor.width, math.ceil(floor.horizon) + 2, [(0, (24, 14, 40)), (1, (64, 34, 84))])
    step = floor.unit * 0.07
    for i in range(math.ceil(floor.width / step)):
        side = min(i * step, floor.width - i * step)
        if side < floor.width * 0.2:
            tone = shade(velvet, 0.82 + 0.36 * (i % 2))
            polygon(
                back,
                [(i * step, 0), ((i + 1) * step, 0), ((i + 1) * step, back.shape[0]), (i * step, back.shape[0])],
                tone,
            )
    drape = [
        (i / 40 * floor.width, floor.margin_y + floor.unit * (0.07 + 0.03 * abs(math.sin(i / 40 * 9 * math.pi))))
        for i in range(41)
    ]
    polygon(back, [(0, 0), *drape, (floor.width, 0)], shade(velvet, 1.1))
    beams = empty(floor.width, floor.height)
    light = np.zeros((*beams.shape[:2], 1), np.float32)
    for top, foot in ((0.25, 0.46), (0.75, 0.54)):
        cone = empty(floor.width, floor.height)
        polygon(
            cone,
            [
                (floor.x(top) - 6, 0),
                (floor.x(top) + 6, 0),
                (floor.x(foot + 0.13), floor.row(0.86)),
                (floor.x(foot - 0.13), floor.row(0.86)),
            ],
            (255, 255, 255),
        )
        light += cone[:, :, 3:].astype(np.float32) / 255
    fade = np.linspace(0.5, 0.16, floor.height, dtype=np.float32)[:, None, None]
    beams[:] = (np.clip(light * fade, 0, 0.6) * np.array([255, 244, 214, 255])).astype(np.uint8)

    def paint(picture: Pixels) -> None:
        planks(site, picture, (146, 100, 66))
        top = math.floor(floor.horizon)
        for x in (0.46, 0.54):
            glow(picture, floor.x(x), floor.row(0.78) - top, floor.unit * 0.42, (255, 236, 190), 0.55)

    lit = lamplit(site)
    heads = audience(site)
    return [
        Layer(back, 0.0, passes=0.02, opaque=True),
        ground(lit, (138, 94, 62), (96, 60, 54), paint, haze=0.0),
        Layer(beams, 0.07, passes=0.3),
        heads,
    ]


def court(site: Site) -> list[Item]:
    """A sports hall: wooden floor with lines, wall, hoop."""
    floor, light = site.floor, lamplight(site)

    def paint(picture: Pixels) -> None:
        planks(site, picture, (222, 172, 112))
        top = math.floor(floor.horizon)
        line = on(light, (248, 246, 240))
        middle = floor.width / 2

        def at(x: float, depth: float) -> tuple[float, float]:
            return middle + x * floor.unit * depth, floor.row(depth) - top

        thick = max(2.0, floor.unit * 0.007)
        polygon(picture, [at(-0.5, 0.18), at(0.5, 0.18), at(0.5, 0.5), at(-0.5, 0.5)], on(light, (102, 148, 186)))
        stroke(picture, [at(-0.5, 0.18), at(0.5, 0.18), at(0.5, 0.5), at(-0.5, 0.5), at(-0.5, 0.18)], line, thick)
        arc = [
            at(0.5 * math.cos(a) / (1 + 0.4 * math.sin(a)), 0.5 + 0.22 * math.sin(a))
            for a in np.linspace(0, math.pi, 40)
        ]
        stroke(picture, arc, line, thick)
        stroke(picture, [at(-4, 0.18), at(4, 0.18)], line, thick * 0.7)

    hoop = [] if any(s.sprite == "hoop" for s in site.scene.subjects) else [standing(site, [("hoop", 0.5, 0.16, 1.75)])]
    return [
        wall_of(site, (178, 186, 198), panels=True),
        ground(lamplit(site), (222, 172, 112), (206, 156, 100), paint, haze=0.05),
        *hoop,
    ]


def stadium(site: Site) -> list[Item]:
    """Stands full of people, floodlights, striped turf."""
    floor, light = site.floor, site.light

    def stands(picture: Pixels) -> None:
        top, foot = floor.horizon - floor.unit * 0.30, floor.horizon + 4
        polygon(
            picture,
            [
                (0, top + floor.unit * 0.07),
                (floor.width * 0.5, top),
                (floor.width, top + floor.unit * 0.07),
                (floor.width, foot),
                (0, foot),
            ],
            light.on((132, 140, 156)),
        )
        crowd = [
            light.on(c)
            for c in ((226, 196, 160), (90, 130, 200), (236, 226, 120), (240, 240, 244), (130, 100, 84), (98, 170, 128))
        ]
        radius = floor.unit * 0.0072
        for row in np.arange(top + floor.unit * 0.085, foot - floor.unit * 0.03, radius * 2.5):
            for x in np.arange(0, floor.width, radius * 2.6):
                if site.rng.random() < 0.86:
                    ellipse(
                        picture,
                        x + site.jitter(radius * 0.5),
                        row,
                        radius,
                        radius * 1.1,
                        crowd[int(site.rng.integers(len(crowd)))],
                    )
        polygon(
            picture,
            [(0, foot - floor.unit * 0.028), (floor.width, foot - floor.unit * 0.028), (floor.width, foot), (0, foot)],
            light.on((236, 238, 244)),
        )
        for x in (0.08, 0.92):
            at = floor.x(x)
            stroke(
                picture,
                [(at, foot), (at, floor.margin_y + floor.unit * 0.08)],
                light.on((110, 116, 128)),
                floor.unit * 0.012,
            )
            polygon(
                picture,
                [
                    (at - floor.unit * 0.07, floor.margin_y + floor.unit * 0.03),
                    (at + floor.unit * 0.07, floor.margin_y + floor.unit * 0.03),
                    (at + floor.unit * 0.07, floor.margin_y + floor.unit * 0.1),
                    (at - floor.unit * 0.07, floor.margin_y + floor.unit * 0.1),
                ],
                (255, 252, 226),
            )

    def paint(picture: Pixels) -> None:
        top = math.floor(floor.horizon)
        depths = np.geomspace(0.05, 1.25, 13)
        for i, (far, near) in enumerate(pairwise(depths)):
            y0, y1 = round(floor.row(float(far)) - top), round(floor.row(float(near)) - top)
            picture[y0:y1] = (*light.on((96, 176, 84) if i % 2 else (112, 194, 98)), 255)
        line = light.on((248, 250, 246))
        for depth in (0.12, 0.55):
            y = floor.row(depth) - top
            polygon(
                picture,
                [
                    (0, y),
                    (picture.shape[1], y),
                    (picture.shape[1], y + floor.unit * 0.012 * depth + 1),
                    (0, y + floor.unit * 0.012 * depth + 1),
                ],
                line,
            )

    return [
        sky(site),
        *clouds(site, 2),
        poly_layer(site, 0.04, stands, passes=0.04),
        ground(lamplit(site), (104, 186, 92), (104, 186, 92), paint, haze=0.0),
        *(
            []
            if site.scene.subjects and site.scene.subjects[0].sprite == "goal-net"
            else [row_of(site, [Plant("goal-net", 0.8)], depth=0.28, count=1)]
        ),
    ]


def audience(site: Site) -> Layer:
    floor = site.floor

    def paint(picture: Pixels) -> None:
        size = floor.unit * 0.042
        x = 0.0
        while x < floor.width:
            y = floor.base - size * site.between(0.0, 0.35)
            ellipse(picture, x, y + size * 1.2, size * 1.5, size, (20, 14, 30))
            ellipse(picture, x, y, size * 0.72, size * 0.8, (20, 14, 30))
            x += size * site.between(2.3, 3.0)

    return poly_layer(site, 1.2, paint, passes=1.1)
