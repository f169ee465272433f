"""Places off the ground: the sky, space, the moon."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cutaway_runtime.engine.draft.stage.cutout import Pose, ellipse, empty
from cutaway_runtime.engine.draft.stage.floor import Layer
from cutaway_runtime.engine.draft.stage.light import shade
from cutaway_runtime.engine.draft.stage.scenery import (
    Drifting,
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
    stars,
    trimmed,
)
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB
    from cutaway_runtime.engine.draft.stage.floor import Item

_NIGHT: tuple[RGB, ...] = ((10, 8, 30), (26, 16, 58), (14, 12, 40))


def heavens(site: Site) -> list[Item]:
    """High up: clouds above, beside and below."""
    floor = site.floor
    deep = replace(site, floor=replace(floor, horizon=float(floor.height)))
    low: list[Item] = []
    for i in range(5):
        size = floor.unit * site.between(0.16, 0.3)
        picture = sprite("cloud", factors=_cloud_tone(site), haze=site.light.sky_low, amount=0.05)
        reach = size * picture.aspect
        y = floor.base - floor.unit * site.between(-0.12, 0.06)
        low.append(Drifting(picture, 0.6 + 0.1 * i, y, size, -size * 0.4, i / 5, floor.width + 2 * reach, -reach, 0.96))
    return [sky(deep), *clouds(deep, 7), *low]


def space(site: Site) -> list[Item]:
    """Stars, a nebula, planets."""
    floor = site.floor
    picture = gradient(floor.width, floor.height, [(0, _NIGHT[0]), (0.55, _NIGHT[1]), (1, _NIGHT[2])])
    for color in ((120, 50, 150), (40, 70, 160), (150, 60, 110)):
        glow(
            picture,
            site.between(0.1, 0.9) * floor.width,
            site.between(0.1, 0.9) * floor.height,
            floor.unit * site.between(0.4, 0.7),
            color,
            0.34,
        )
    stars(picture, site, int(floor.width * floor.height / floor.unit**2 * 240))
    side = 1 if site.rng.random() < 0.5 else -1
    planets = empty(floor.width, floor.height)
    sprite("planet").lay(
        planets, Pose(floor.x(0.5 + side * 0.32), floor.margin_y + floor.frame_height * 0.42, floor.unit * 0.26)
    )
    _world(
        planets,
        floor.x(0.5 - side * 0.40),
        floor.margin_y + floor.frame_height * 0.94,
        floor.unit * 0.24,
        (70, 130, 200),
    )
    _world(
        planets,
        floor.x(0.5 - side * 0.30),
        floor.margin_y + floor.frame_height * 0.20,
        floor.unit * 0.045,
        (206, 160, 120),
    )
    return [Layer(picture, 0.0, passes=0.02, opaque=True), trimmed(Layer(planets, 0.03, passes=0.1))]


def moon(site: Site) -> list[Item]:
    """Grey dust and craters under black sky, the Earth above."""
    floor = site.floor
    bright = replace(site, light=replace(site.light, ambient=(1, 1, 1), haze=(120, 122, 134), stars=True))
    dark = gradient(floor.width, int(floor.horizon) + 8, [(0, (4, 4, 12)), (1, (16, 16, 34))])
    stars(dark, site, int(floor.width * floor.horizon / floor.unit**2 * 260))
    earth = empty(floor.width, int(floor.horizon))
    sprite("earth").lay(
        earth,
        Pose(
            floor.x(0.22 if site.rng.random() < 0.5 else 0.78),
            floor.margin_y + floor.frame_height * 0.32,
            floor.unit * 0.2,
        ),
    )
    dust: RGB = (176, 176, 184)

    def paint(picture: Pixels) -> None:
        top = int(floor.horizon)
        for _ in range(26):
            depth = 0.08 + 0.95 * float(site.rng.random()) ** 1.2
            x, y = floor.width / 2 + site.jitter(0.6 / depth) * floor.frame_width * depth, floor.row(depth) - top
            radius = floor.unit * site.between(0.04, 0.13) * depth
            ellipse(picture, x, y, radius, radius * 0.3, shade(dust, 1.22))
            ellipse(picture, x, y + radius * 0.05, radius * 0.9, radius * 0.24, shade(dust, 0.66))
            ellipse(picture, x, y + radius * 0.09, radius * 0.8, radius * 0.18, shade(dust, 0.82))
        scatter(bright, picture, 160, [shade(dust, 0.8), shade(dust, 1.15)], size=0.012)

    return [
        Layer(dark, 0.0, passes=0.01, opaque=True), trimmed(Layer(earth, 0.01, passes=0.02)),
        ridge(bright, depth=0.03, height=0.10, color=(150, 150, 160), haze=0.2, peaks=1.8),
        ground(bright, dust, (150, 150, 160), paint, haze=0.0),
        row_of(bright, [Plant("rock", 0.16)], depth=0.5, spread=0.1, count=4, clear=0.4),
    ]  # fmt: skip


def _world(picture: Pixels, x: float, y: float, radius: float, color: RGB) -> None:
    """A plain planet with bands and a dark limb."""
    ellipse(picture, x, y, radius, radius, shade(color, 0.7))
    ellipse(picture, x - radius * 0.06, y - radius * 0.06, radius * 0.93, radius * 0.93, color)
    for dy, tone in ((-0.4, 1.2), (0.05, 1.12), (0.42, 0.88)):
        half = radius * 0.9 * (1 - dy * dy) ** 0.5
        ellipse(picture, x - radius * 0.06, y + dy * radius, half * 0.94, radius * 0.07, shade(color, tone))


def _cloud_tone(site: Site) -> tuple[float, float, float]:
    r, g, b = site.light.ambient
    return (r**0.5, g**0.5, b**0.5) if not site.light.stars else (0.4, 0.46, 0.66)
