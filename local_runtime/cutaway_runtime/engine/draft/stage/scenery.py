"""What places are made of: sky, ridges, floors, rows of trees. Painted once, then only moved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import Cutout, Pose, ellipse, empty, stroke
from cutaway_runtime.engine.draft.stage.floor import Ground, Layer
from cutaway_runtime.engine.draft.stage.light import mix, shade
from cutaway_runtime.engine.draft.stage.sprite import sprite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB, Scene
    from cutaway_runtime.engine.draft.stage.camera import View
    from cutaway_runtime.engine.draft.stage.clock import Moment
    from cutaway_runtime.engine.draft.stage.floor import Floor
    from cutaway_runtime.engine.draft.stage.light import Light
    from cutaway_runtime.engine.draft.stage.likeness import Company

    Random = np.random.Generator


@dataclass(frozen=True)
class Site:
    """Everything a place is built from: the scene, its floor, its light, the chances of this seed, who has pictures."""

    scene: Scene
    floor: Floor
    light: Light
    rng: Random
    company: Company

    def jitter(self, amount: float) -> float:
        return float(self.rng.uniform(-amount, amount))

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))


def gradient(width: int, height: int, stops: Sequence[tuple[float, RGB]]) -> Pixels:
    """An opaque picture whose colour runs from top to bottom through `stops` (position 0-1, colour)."""
    rows = np.linspace(0, 1, max(1, height))
    at = [position for position, _ in stops]
    column = np.stack([np.interp(rows, at, [color[i] for _, color in stops]) for i in range(3)], axis=1)
    # Half a level of ordered dither: wide gradients show no bands.
    dither = (np.indices((len(rows), 4)).sum(axis=0) * 7 % 4) / 4
    tile = np.floor(column[:, None, :] + dither[:, :, None])
    picture = np.full((len(rows), width, 4), 255, np.uint8)
    picture[:, :, :3] = np.tile(tile, (1, -(-width // 4), 1))[:, :width].astype(np.uint8)
    return picture


def glow(picture: Pixels, x: float, y: float, radius: float, color: RGB, strength: float) -> None:
    """A soft light, added to an opaque picture."""
    x0, x1 = max(0, int(x - radius)), min(picture.shape[1], int(x + radius) + 1)
    y0, y1 = max(0, int(y - radius)), min(picture.shape[0], int(y + radius) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    far = np.hypot(np.arange(x0, x1)[None, :] - x, np.arange(y0, y1)[:, None] - y) / radius
    amount = (np.clip(1 - far, 0, 1) ** 2 * strength)[..., None]
    part = picture[y0:y1, x0:x1, :3]
    part[:] = (part + (np.array(color) - part) * amount).astype(np.uint8)


def warm(picture: Pixels, x: float, y: float, radius: float) -> None:
    """Lamp light on a layer: colour without cover, so that it is added to what lies behind."""
    x0, x1 = max(0, int(x - radius)), min(picture.shape[1], int(x + radius) + 1)
    y0, y1 = max(0, int(y - radius)), min(picture.shape[0], int(y + radius) + 1)
    if x0 < x1 and y0 < y1:
        far = np.hypot(np.arange(x0, x1)[None, :] - x, np.arange(y0, y1)[:, None] - y) / radius
        amount = (np.clip(1 - far, 0, 1) ** 2 * 0.6)[..., None]
        part = picture[y0:y1, x0:x1, :3]
        part[:] = cv2.add(part, (amount * np.array([255, 196, 110])).astype(np.uint8))


def sky(site: Site, *, colors: Sequence[tuple[float, RGB]] | None = None, disc: bool = True) -> Layer:
    """The sky behind everything, with the sun or the moon and, at night, stars."""
    floor, light = site.floor, site.light
    height = math.ceil(floor.horizon + floor.unit * 0.06)
    low = mix(light.sky_top, light.sky_low, 0.45 if light.sun_height > 0.2 else 0.72)
    picture = gradient(floor.width, height, colors or [(0, light.sky_top), (0.5, low), (1, light.sky_low)])
    x = floor.x(site.between(0.14, 0.34) if site.rng.random() < 0.5 else site.between(0.66, 0.86))
    y = floor.margin_y + (floor.horizon - floor.margin_y) * (1 - light.sun_height)
    radius = floor.unit * (0.055 if light.stars else 0.062)
    if light.stars:
        stars(picture, site, int(floor.width * floor.horizon / floor.unit**2 * 170))
    if disc and light.sun_visible:
        glow(picture, x, y, radius * 7, mix(light.sun, light.sky_low, 0.2), 0.30 if light.stars else 0.75)
        ellipse(picture, x, y, radius, radius, light.sun)
        if light.stars:
            for dx, dy, size in ((-0.3, -0.25, 0.22), (0.32, 0.1, 0.28), (-0.12, 0.42, 0.16)):
                ellipse(picture, x + dx * radius, y + dy * radius, size * radius, size * radius, shade(light.sun, 0.9))
    return Layer(picture, depth=0.0, passes=0.0, opaque=True)


def stars(picture: Pixels, site: Site, count: int) -> None:
    """Stars on an opaque picture, a few of them large."""
    for _ in range(count):
        x, y = site.between(0, picture.shape[1]), site.between(0, picture.shape[0]) ** 1.0
        size = site.floor.unit * 0.0011 * (1 + 2.2 * site.rng.random() ** 6)
        ellipse(picture, x, y, size, size, mix((150, 160, 200), (255, 255, 245), site.rng.random()))


@dataclass(frozen=True)
class Drifting:
    """Something that crosses the sky and comes round again: a cloud, a bird, a fish."""

    cutout: Cutout
    depth: float
    y: float
    height: float
    speed: float
    phase: float
    span: float
    left: float
    opacity: float = 1.0
    bob: float = 0.0
    mirrored: bool = False
    still: bool = False

    def draw(self, frame: Pixels, view: View, moment: Moment) -> None:
        """At its place along the way; `speed` in pixels per second, to the right if positive."""
        x = self.left + moment.slide(self.speed, self.span, self.phase)
        y = self.y + self.bob * moment.wave(0.3, self.phase)
        at_x, at_y = view.point(x, y, self.depth)
        height = self.height * view.scale(self.depth)
        pose = Pose(at_x, at_y, height, mirrored=self.mirrored, opacity=self.opacity)
        self.cutout.lay(frame, pose)


def clouds(site: Site, count: int, *, dark: float = 0.0) -> list[Drifting]:
    """Clouds that drift slowly, the small ones far and slow."""
    floor, light = site.floor, site.light
    tone = (1.0, 1.0, 1.0) if not light.stars else (0.34, 0.4, 0.6)
    tone = (tone[0] * light.ambient[0] ** 0.5, tone[1] * light.ambient[1] ** 0.5, tone[2] * light.ambient[2] ** 0.5)
    picture = sprite("cloud", factors=tone, haze=mix(light.sky_low, (70, 76, 90), dark), amount=0.1 + 0.5 * dark)
    out = []
    sign = 1 if site.rng.random() < 0.5 else -1
    for i in range(count):
        size = site.between(0.07, 0.17) * floor.unit
        y = floor.margin_y + (floor.horizon - floor.margin_y) * site.between(0.12, 0.62)
        reach = size * picture.aspect * 0.75
        span = floor.width + 2 * reach
        phase = (i + site.between(0, 0.8)) / max(1, count)
        speed = sign * size * site.between(0.10, 0.16)
        out.append(Drifting(picture, 0.01, y + size, size, speed, phase, span, -reach, 0.92, mirrored=bool(i % 2)))
    return out


def ridge(
    site: Site,
    *,
    depth: float,
    height: float,
    color: RGB,
    haze: float,
    rough: float = 0.5,
    peaks: float = 2.5,
    sharp: bool = False,
    cap: RGB | None = None,
) -> Layer:
    """A silhouette on the horizon: hills, mountains, dunes. `height` in frame heights, `peaks` per frame width.

    `sharp` makes mountains of it, with snow in the colour `cap` if one is given.
    """
    floor = site.floor
    span = floor.period or floor.width * 1.37
    x = np.arange(floor.painted_width, dtype=float)
    line = np.zeros_like(x)
    laps = max(1, round(peaks * span / floor.frame_width))
    weight = 1.0
    for octave in range(4 if sharp else 3):
        turns = laps * 2**octave + int(site.rng.integers(0, 2))
        angle = x / span * turns + site.between(0, 1)
        wave = 1 - 4 * np.abs(angle % 1 - 0.5) if sharp else np.sin(2 * np.pi * angle)
        line += weight * wave
        weight *= rough
    line = (line - line.min()) / max(float(np.ptp(line)), 1e-6)
    tall = height * floor.unit
    top = tall * (1 - 0.75 * line) + 2
    base = math.ceil(tall + floor.unit * 0.05)
    picture = empty(len(x), base)
    near, far = site.light.on(color, haze), site.light.on(color, min(1.0, haze + 0.28))
    fill = gradient(len(x), base, [(0, near), (1, far)])
    rows = np.arange(base)[:, None]
    alpha = np.clip(rows - top[None, :] + 0.5, 0, 1)
    if cap is not None:
        below = (rows - top[None, :]) / tall
        jag = 0.07 * np.sin(x / span * laps * 11 * 2 * np.pi)[None, :] + 0.05 * np.sin(x / span * laps * 29 * 2 * np.pi)
        snow = np.clip((0.24 * line[None, :] ** 1.5 + jag * line[None, :] - below) * tall / 2, 0, 1)[..., None]
        fill[:, :, :3] = (fill[:, :, :3] * (1 - snow) + np.array(site.light.on(cap, haze * 0.6)) * snow).astype(
            np.uint8
        )
    picture[:] = (fill * alpha[..., None]).astype(np.uint8)
    return Layer(picture, depth=depth, top=floor.horizon - tall, period=floor.period)


def ground(
    site: Site, near: RGB, far: RGB, paint: Callable[[Pixels], None] | None = None, *, haze: float = 0.35
) -> Ground:
    """The floor from the horizon to the bottom of the sheet; `paint` adds to it (row 0 is the horizon)."""
    floor, light = site.floor, site.light
    top = math.floor(floor.horizon)
    width = floor.width + floor.period
    stops = [(0.0, light.on(far, haze)), (0.25, light.on(mix(far, near, 0.45), haze * 0.3)), (1.0, light.on(near))]
    picture = gradient(width, floor.height - top, stops)
    if paint is not None:
        paint(picture)
    return Ground(picture, floor)


def scatter(
    site: Site,
    picture: Pixels,
    count: int,
    colors: Sequence[RGB],
    *,
    size: float = 0.012,
    flat: float = 0.35,
    tufts: bool = False,
    low: float = 0.04,
) -> None:
    """Specks, pebbles or tufts over a painted floor, smaller when farther. `size` in frame heights at depth 1."""
    floor = site.floor
    top = math.floor(floor.horizon)
    marks = []
    for _ in range(count):
        depth = low + (1 - low) * site.rng.random() ** 1.4
        reach = 0.5 * floor.width / depth + floor.unit * size
        marks.append((depth, site.between(-reach, reach), int(site.rng.integers(len(colors))), site.between(0.5, 1.3)))
    for depth, at, which, grow in sorted(marks):
        color = site.light.on(colors[which], max(0.0, 0.3 - depth))
        radius = size * floor.unit * depth * grow
        y = floor.row(depth) - top
        first = floor.width / 2 + at * depth
        for x in _floor_repeats(floor, first, depth, radius):
            if tufts:
                for lean in (-0.5, 0.0, 0.55):
                    tip = (x + lean * radius * 1.5, y - radius * (1.5 - abs(lean)))
                    stroke(picture, [(x + lean * radius * 0.4, y), tip], color, max(1, radius * 0.22))
            else:
                ellipse(picture, x, y, radius, max(0.4, radius * flat), color)


def _floor_repeats(floor: Floor, x: float, depth: float, reach: float) -> list[float]:
    if not floor.period:
        return [x]
    step = floor.period * depth
    first = (x + reach) % step - reach
    return [first + step * i for i in range(math.ceil((floor.painted_width + 2 * reach - first) / step))]


@dataclass(frozen=True)
class Plant:
    """A kind of thing that stands in rows: its sprite, its height in frame heights at depth 1, how often it comes."""

    key: str
    height: float
    share: float = 1.0
    color: RGB | None = None


TREES: Final = frozenset({"tree", "pine", "palm"})


def as_named(site: Site, key: str) -> str:
    """Where a prompt names pines or palms, those grow, and not the usual trees."""
    named = [prop for prop in site.scene.props if prop in TREES and prop != "tree"]
    return named[0] if named and key in TREES and key not in named else key


def row_of(
    site: Site,
    plants: Sequence[Plant],
    *,
    depth: float,
    count: float,
    spread: float = 0.0,
    haze: float = 0.0,
    clear: float = 0.0,
    factors: tuple[float, float, float] | None = None,
    order: float | None = None,
) -> Layer:
    """A row of things standing on the floor about `depth`, painted as one layer.

    `count` per frame width; `spread` lets them stand nearer and farther; `clear` keeps the middle of the
    frame free (a fraction of its width) where the camera does not travel.
    """
    floor, light = site.floor, site.light
    plants = [replace(plant, key=as_named(site, plant.key)) for plant in plants]
    shine = 1.5 if light.lamps and any(p.key == "lamp-post" for p in plants) else 1.0
    tallest = max(p.height for p in plants) * floor.unit * (depth + spread) * 1.25 * shine
    top = floor.row(depth - spread) - tallest
    picture = empty(floor.painted_width, math.ceil(floor.row(depth + spread) - top) + 2)
    shares = np.array([p.share for p in plants])
    span = floor.period or floor.width
    number = max(1, round(count * span / floor.frame_width))
    standing = []
    for i in range(number):
        x = (i + site.between(0.1, 0.9)) / number * span
        inside = abs(x - floor.width / 2) < clear * floor.frame_width / 2
        plant = plants[int(site.rng.choice(len(plants), p=shares / shares.sum()))]
        at = depth + site.jitter(spread)
        grown, mirrored = site.between(0.8, 1.2), bool(site.rng.random() < 0.5)
        if floor.period or not inside:
            standing.append((at, x, plant, grown, mirrored))
    ambient = factors or light.ambient
    for at, x, plant, grown, mirrored in sorted(standing, key=lambda one: one[0]):
        cutout = sprite(plant.key, color=plant.color, factors=ambient, haze=light.haze, amount=haze)
        height = plant.height * floor.unit * at * grown
        for where in floor.repeats(x, height * cutout.aspect):
            cutout.lay(picture, Pose(where, floor.row(at) - top, height, mirrored=mirrored))
            if light.lamps and plant.key == "lamp-post":
                warm(picture, where, floor.row(at) - top - 0.88 * height, 0.5 * height)
    place = depth + spread if order is None else order
    return trimmed(Layer(picture, depth=place, passes=depth, top=top, period=floor.period))


def poly_layer(site: Site, depth: float, draw: Callable[[Pixels], None], *, passes: float | None = None) -> Layer:
    """A layer of the size of the sheet, drawn by `draw`."""
    picture = empty(site.floor.width, site.floor.height)
    draw(picture)
    return trimmed(Layer(picture, depth, passes=passes))


def trimmed(layer: Layer) -> Layer:
    """The same layer without its empty border."""
    x, y, width, height = cv2.boundingRect(layer.pixels.max(axis=2))
    part = np.ascontiguousarray(layer.pixels[y : y + height, x : x + width]) if width else empty(1, 1)
    return Layer(part, layer.depth, layer.top + y, layer.left + x, layer.period, layer.passes, layer.still)
