"""Rooms and arenas: room, kitchen, stage, court, stadium, studio, cave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import Pose, ellipse, empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Plant,
    Site,
    clouds,
    glow,
    gradient,
    ground,
    poly_layer,
    ridge,
    row_of,
    scatter,
    sky,
)
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item

_WOOD: RGB = (196, 148, 100)


def room(site: Site) -> list[Item]:
    """A living room: window with the time of day in it, sofa, plant, rug."""
    wall: RGB = site.scene.palette[0] if site.scene.palette else (226, 216, 200)
    return [
        _wall(site, wall), _boards(site, _WOOD, (172, 126, 82)),
        _window(site, 0.5 + site.jitter(0.05), 0.30),
        _standing(site, [("sofa", 0.19 + site.jitter(0.04), 0.20, 0.98), ("potted-plant", 0.86 + site.jitter(0.03), 0.22, 0.86), ("books", 0.71, 0.14, 0.32)]),
        _rug(site),
    ]  # fmt: skip


def kitchen(site: Site) -> list[Item]:
    """Tiles, cupboards, a worktop with pots and fruit."""
    floor, light = site.floor, _indoor(site)
    wall: RGB = site.scene.palette[0] if site.scene.palette else (222, 234, 232)

    def counter(picture: Pixels) -> None:
        top, foot = floor.horizon - floor.unit * 0.13, floor.horizon + floor.unit * 0.05
        polygon(picture, [(0, top), (floor.width, top), (floor.width, foot), (0, foot)], _on(light, (238, 236, 228)))
        polygon(
            picture,
            [
                (0, top - floor.unit * 0.02),
                (floor.width, top - floor.unit * 0.02),
                (floor.width, top + 2),
                (0, top + 2),
            ],
            _on(light, (150, 112, 82)),
        )
        step = floor.unit * 0.26
        for i in range(math.ceil(floor.width / step)):
            x = i * step
            for box in (
                [(x + 6, top + floor.unit * 0.025), (x + step - 6, foot - 4)],
                [(x + 6, floor.margin_y - 4), (x + step - 6, floor.margin_y + floor.unit * 0.15)],
            ):
                (x0, y0), (x1, y1) = box
                polygon(picture, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], _on(light, (118, 170, 176)))
                stroke(
                    picture,
                    [(x1 - step * 0.12, y1 - (y1 - y0) * 0.3), (x1 - step * 0.12, y1 - (y1 - y0) * 0.55)],
                    _on(light, (236, 236, 236)),
                    floor.unit * 0.007,
                )

    shelf = floor.horizon - floor.unit * 0.145
    return [
        _wall(site, wall, tiles=True), _boards(site, (206, 196, 182), (188, 176, 160), tiles=True),
        poly_layer(site, 0.04, counter, passes=0.06),
        _window(site, 0.5 + site.jitter(0.08), 0.22, low=0.20),
        _resting(site, shelf, [("pot", 0.14), ("teapot", 0.25), ("apple", 0.34), ("bread", 0.68), ("coffee", 0.77), ("potted-plant", 0.90)], 0.11),
    ]  # fmt: skip


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
        _planks(site, picture, (146, 100, 66))
        top = math.floor(floor.horizon)
        for x in (0.46, 0.54):
            glow(picture, floor.x(x), floor.row(0.78) - top, floor.unit * 0.42, (255, 236, 190), 0.55)

    bright = _Bright(site)
    heads = _audience(site)
    return [
        Layer(back, 0.0, passes=0.02, opaque=True), ground(bright, (138, 94, 62), (96, 60, 54), paint, haze=0.0),
        Layer(beams, 0.07, passes=0.3), heads,
    ]  # fmt: skip


def court(site: Site) -> list[Item]:
    """A sports hall: wooden floor with lines, wall, hoop."""
    floor, light = site.floor, _indoor(site)

    def paint(picture: Pixels) -> None:
        _planks(site, picture, (222, 172, 112))
        top = math.floor(floor.horizon)
        line = _on(light, (248, 246, 240))
        middle = floor.width / 2

        def at(x: float, depth: float) -> tuple[float, float]:
            return middle + x * floor.unit * depth, floor.row(depth) - top

        thick = max(2.0, floor.unit * 0.007)
        polygon(picture, [at(-0.5, 0.18), at(0.5, 0.18), at(0.5, 0.5), at(-0.5, 0.5)], _on(light, (102, 148, 186)))
        stroke(picture, [at(-0.5, 0.18), at(0.5, 0.18), at(0.5, 0.5), at(-0.5, 0.5), at(-0.5, 0.18)], line, thick)
        arc = [
            at(0.5 * math.cos(a) / (1 + 0.4 * math.sin(a)), 0.5 + 0.22 * math.sin(a))
            for a in np.linspace(0, math.pi, 40)
        ]
        stroke(picture, arc, line, thick)
        stroke(picture, [at(-4, 0.18), at(4, 0.18)], line, thick * 0.7)

    hoop = (
        [] if any(s.sprite == "hoop" for s in site.scene.subjects) else [_standing(site, [("hoop", 0.5, 0.16, 1.75)])]
    )
    return [
        _wall(site, (178, 186, 198), panels=True), ground(_Bright(site), (222, 172, 112), (206, 156, 100), paint, haze=0.05),
        *hoop,
    ]  # fmt: skip


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
        for i, (far, near) in enumerate(zip(depths[:-1], depths[1:], strict=True)):
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
        sky(site), *clouds(site, 2), poly_layer(site, 0.04, stands, passes=0.04),
        ground(_Bright(site), (104, 186, 92), (104, 186, 92), paint, haze=0.0),
        *([] if site.scene.subjects and site.scene.subjects[0].sprite == "goal-net" else [row_of(site, [Plant("goal-net", 0.8)], depth=0.28, count=1)]),
    ]  # fmt: skip


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
        Layer(back, 0.0, passes=0.03, opaque=True), poly_layer(site, 0.05, spikes, passes=0.3),
        ground(_Bright(site, bright * 0.9), (104, 94, 104), (126, 116, 128), paint, haze=0.0),
        row_of(site, crystals, depth=0.4, spread=0.12, count=6, clear=0.36, factors=(0.7 * bright, 0.68 * bright, 0.8 * bright)),
        row_of(site, [Plant("rock", 0.5)], depth=1.14, count=4, clear=0.62, factors=(0.3, 0.28, 0.34)),
    ]  # fmt: skip


def _Bright(site: Site, by: float = 1.0) -> Site:  # noqa: N802 - a site in indoor light
    from dataclasses import replace

    return replace(
        site,
        light=replace(site.light, ambient=(by, by, by) if not site.light.lamps else (0.82 * by, 0.82 * by, 0.86 * by)),
    )


def _indoor(site: Site) -> tuple[float, float, float]:
    """Lamps are on at night, so a room is never as dark as the street."""
    if site.light.lamps:
        return (0.74, 0.66, 0.60)
    r, g, b = site.light.ambient
    return (r**0.6, g**0.6, b**0.6)


def _on(factors: tuple[float, float, float], color: RGB) -> RGB:
    return (round(color[0] * factors[0]), round(color[1] * factors[1]), round(color[2] * factors[2]))


def _wall(site: Site, color: RGB, *, tiles: bool = False, panels: bool = False) -> Layer:
    floor, light = site.floor, _indoor(site)
    height = math.ceil(floor.horizon) + 2
    picture = gradient(floor.width, height, [(0, _on(light, shade(color, 0.9))), (1, _on(light, color))])
    step = floor.unit * (0.07 if tiles else 0.30)
    line = _on(light, shade(color, 0.93 if tiles or panels else 0.96))
    for i in range(math.ceil(floor.width / step)):
        stroke(picture, [(i * step, 0), (i * step, height)], line, floor.unit * (0.003 if tiles else 0.02))
    if tiles or panels:
        for i in range(math.ceil(height / step)):
            stroke(picture, [(0, height - i * step), (floor.width, height - i * step)], line, floor.unit * 0.003)
    foot = floor.unit * 0.022
    polygon(
        picture,
        [(0, height - foot), (floor.width, height - foot), (floor.width, height), (0, height)],
        _on(light, shade(color, 1.4)),
    )
    return Layer(picture, 0.0, passes=0.05, opaque=True)


def _boards(site: Site, near: RGB, far: RGB, *, tiles: bool = False) -> Item:
    light = _indoor(site)
    bright = Site(site.scene, site.floor, _with_ambient(site, light), site.rng)
    return ground(bright, near, far, lambda picture: _planks(site, picture, near, across=tiles), haze=0.0)


def _with_ambient(site: Site, factors: tuple[float, float, float]) -> object:
    from dataclasses import replace

    return replace(site.light, ambient=factors)


def _planks(site: Site, picture: Pixels, color: RGB, *, across: bool = False) -> None:
    """Lines that run to the vanishing point; with `across`, tiles."""
    floor = site.floor
    line = _on(_indoor(site), shade(color, 0.88))
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


def _window(site: Site, x: float, height: float, low: float = 0.10) -> Layer:
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
            _on(_indoor(site), (250, 250, 246)),
        )
        pane = gradient(round(wide), round(tall), [(0, light.sky_top), (1, light.sky_low)])
        y0, x0 = round(top), round(left)
        part = picture[max(0, y0) : y0 + pane.shape[0], max(0, x0) : x0 + pane.shape[1]]
        part[:] = pane[: part.shape[0], : part.shape[1]]
        if light.stars:
            ellipse(picture, left + wide * 0.72, top + tall * 0.28, tall * 0.08, tall * 0.08, light.sun)
        for bar in ([(cx, top), (cx, bottom)], [(left, (top + bottom) / 2), (left + wide, (top + bottom) / 2)]):
            stroke(picture, bar, _on(_indoor(site), (250, 250, 246)), edge * 0.7)
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
                _on(_indoor(site), (150, 186, 176)),
            )

    return poly_layer(site, 0.03, paint, passes=0.05)


def _standing(site: Site, things: list[tuple[str, float, float, float]]) -> Layer:
    """Furniture: (sprite, x as a fraction of the frame, depth, height in frame heights at depth 1)."""
    floor = site.floor
    picture = empty(floor.width, floor.height)
    for key, x, depth, height in things:
        cutout = sprite(key, factors=_indoor(site))
        # Indoors nothing shrinks with distance as it does in a landscape.
        tall = height * floor.unit * (0.22 + 0.5 * depth)
        cutout.lay(picture, Pose(floor.x(x), floor.row(depth), tall))
    from cutaway_runtime.engine.draft.stage.scenery import trimmed

    return trimmed(Layer(picture, depth=max(depth for _, _, depth, _ in things), passes=0.12))


def _resting(site: Site, row: float, things: list[tuple[str, float]], height: float) -> Layer:
    """Small things on a shelf at one row."""
    floor = site.floor
    picture = empty(floor.width, floor.height)
    for key, x in things:
        sprite(key, factors=_indoor(site)).lay(picture, Pose(floor.x(x + site.jitter(0.02)), row, floor.unit * height))
    from cutaway_runtime.engine.draft.stage.scenery import trimmed

    return trimmed(Layer(picture, depth=0.045, passes=0.06))


def _rug(site: Site) -> Layer:
    floor = site.floor

    def paint(picture: Pixels) -> None:
        light = _indoor(site)
        x, y = floor.x(0.5), floor.row(0.66)
        for grow, color in ((1.0, (126, 150, 178)), (0.86, (226, 222, 210)), (0.78, (146, 170, 192))):
            ellipse(picture, x, y, floor.unit * 0.62 * grow, floor.unit * 0.135 * grow, _on(light, color))

    return poly_layer(site, 0.06, paint, passes=0.66)


def _audience(site: Site) -> Layer:
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


__all__ = ["cave", "court", "kitchen", "ridge", "room", "sky", "stadium", "stage", "studio"]
