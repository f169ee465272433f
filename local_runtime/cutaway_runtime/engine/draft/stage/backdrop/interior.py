"""What rooms have in common: lamplight, walls, boards, windows, furniture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import Pose, ellipse, empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Site,
    gradient,
    ground,
    poly_layer,
    trimmed,
)
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item


def lamplit(site: Site, by: float = 1.0) -> Site:
    """The same place in lamplight."""
    return replace(
        site,
        light=replace(site.light, ambient=(by, by, by) if not site.light.lamps else (0.82 * by, 0.82 * by, 0.86 * by)),
    )


def lamplight(site: Site) -> tuple[float, float, float]:
    """Lamps are on at night, so a room is never as dark as the street."""
    if site.light.lamps:
        return (0.74, 0.66, 0.60)
    r, g, b = site.light.ambient
    return (r**0.6, g**0.6, b**0.6)


def on(factors: tuple[float, float, float], color: RGB) -> RGB:
    return (round(color[0] * factors[0]), round(color[1] * factors[1]), round(color[2] * factors[2]))


def wall_of(site: Site, color: RGB, *, tiles: bool = False, panels: bool = False) -> Layer:
    floor, light = site.floor, lamplight(site)
    height = math.ceil(floor.horizon) + 2
    picture = gradient(floor.width, height, [(0, on(light, shade(color, 0.9))), (1, on(light, color))])
    step = floor.unit * (0.07 if tiles else 0.30)
    line = on(light, shade(color, 0.93 if tiles or panels else 0.96))
    for i in range(math.ceil(floor.width / step)):
        stroke(picture, [(i * step, 0), (i * step, height)], line, floor.unit * (0.003 if tiles else 0.02))
    if tiles or panels:
        for i in range(math.ceil(height / step)):
            stroke(picture, [(0, height - i * step), (floor.width, height - i * step)], line, floor.unit * 0.003)
    foot = floor.unit * 0.022
    polygon(
        picture,
        [(0, height - foot), (floor.width, height - foot), (floor.width, height), (0, height)],
        on(light, shade(color, 1.4)),
    )
    return Layer(picture, 0.0, passes=0.05, opaque=True)


def boards(site: Site, near: RGB, far: RGB, *, tiles: bool = False) -> Item:
    light = lamplight(site)
    inside = replace(site, light=replace(site.light, ambient=light))
    return ground(inside, near, far, lambda picture: planks(site, picture, near, across=tiles), haze=0.0)


def planks(site: Site, picture: Pixels, color: RGB, *, across: bool = False) -> None:
    """Lines that run to the vanishing point; with `across`, tiles."""
    floor = site.floor
    line = on(lamplight(site), shade(color, 0.88))
    top, foot, middle = math.floor(floor.horizon), picture.shape[0], floor.width / 2
    reach = foot / max(1.0, floor.base - top)
    step = floor.period / 8 if floor.period else floor.unit * 0.16
    for i in range(-90, 91):
        x = i * step
        stroke(picture, [(middle, 0), (middle + x * reach, foot)], line, max(1, floor.unit * 0.0022))
    if across:
        for depth in np.geomspace(0.1, 1.2, 12):
            y = floor.row(float(depth)) - top
            stroke(picture, [(0, y), (picture.shape[1], y)], line, max(1, floor.unit * 0.002))


def window(site: Site, x: float, height: float, low: float = 0.10) -> Layer:
    floor, light = site.floor, site.light

    def paint(picture: Pixels) -> None:
        tall, wide = floor.unit * height, floor.unit * height * 1.15
        cx, bottom = floor.x(x), floor.horizon - floor.unit * low
        left, top = cx - wide / 2, bottom - tall
        edge = floor.unit * 0.016
        polygon(
            picture,
            [
                (left - edge, top - edge),
                (left + wide + edge, top - edge),
                (left + wide + edge, bottom + edge),
                (left - edge, bottom + edge),
            ],
            on(lamplight(site), (250, 250, 246)),
        )
        pane = gradient(round(wide), round(tall), [(0, light.sky_top), (1, light.sky_low)])
        y0, x0 = round(top), round(left)
        part = picture[max(0, y0) : y0 + pane.shape[0], max(0, x0) : x0 + pane.shape[1]]
        part[:] = pane[: part.shape[0], : part.shape[1]]
        if light.stars:
            ellipse(picture, left + wide * 0.72, top + tall * 0.28, tall * 0.08, tall * 0.08, light.sun)
        for bar in ([(cx, top), (cx, bottom)], [(left, (top + bottom) / 2), (left + wide, (top + bottom) / 2)]):
            stroke(picture, bar, on(lamplight(site), (250, 250, 246)), edge * 0.7)
        for side in (-1, 1):
            outer = cx + side * (wide / 2 + floor.unit * 0.07)
            inner = cx + side * (wide / 2 - floor.unit * 0.03)
            polygon(
                picture,
                [
                    (inner, top - edge * 2),
                    (outer, top - edge * 2),
                    (outer, bottom + floor.unit * 0.06),
                    (cx + side * (wide / 2 + floor.unit * 0.015), bottom + floor.unit * 0.06),
                ],
                on(lamplight(site), (150, 186, 176)),
            )

    return poly_layer(site, 0.03, paint, passes=0.05)


def standing(site: Site, things: list[tuple[str, float, float, float]]) -> Layer:
    """Furniture: (sprite, x as a fraction of the frame, depth, height in frame heights at depth 1)."""
    floor = site.floor
    picture = empty(floor.width, floor.height)
    for key, x, depth, height in things:
        cutout = sprite(key, factors=lamplight(site))
        # Indoors nothing shrinks with distance as it does in a landscape.
        tall = height * floor.unit * (0.22 + 0.5 * depth)
        cutout.lay(picture, Pose(floor.x(x), floor.row(depth), tall))
    return trimmed(Layer(picture, depth=max(depth for _, _, depth, _ in things), passes=0.12))


def resting(site: Site, row: float, things: list[tuple[str, float]], height: float) -> Layer:
    """Small things on a shelf at one row."""
    floor = site.floor
    picture = empty(floor.width, floor.height)
    for key, x in things:
        sprite(key, factors=lamplight(site)).lay(
            picture, Pose(floor.x(x + site.jitter(0.02)), row, floor.unit * height)
        )
    return trimmed(Layer(picture, depth=0.045, passes=0.06))
