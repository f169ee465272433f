"""Little films whose colour, direction and place are known because they were drawn so: the judge's own proof.

Plain numpy and OpenCV shapes. Hues, horizons, lights and sizes are drawn at random within what such a place
may look like, so that the judge has to know beaches and not one beach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

INKS = {
    "red": (205, 32, 30),
    "orange": (240, 130, 20),
    "yellow": (250, 215, 40),
    "green": (50, 165, 60),
    "blue": (40, 90, 210),
    "purple": (125, 55, 175),
    "pink": (245, 120, 180),
    "white": (245, 245, 242),
    "black": (22, 22, 24),
}
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class Truth(NamedTuple):
    color: str
    direction: str
    place: str


def film(truth: Truth, seed: int, frames: int = 48, width: int = 320, height: int = 180) -> Picture:
    """A clip (T, H, W, 3) that shows exactly `truth`, and around it whatever else such a clip may hold."""
    rng = np.random.default_rng(seed)
    scene = PAINTERS[truth.place](rng, width, height)
    dim = rng.uniform(0.82, 1.0)
    ink = np.clip(np.array(INKS[truth.color]) * dim + rng.normal(0, 6, 3), 0, 255)
    size = rng.uniform(0.13, 0.24) * height
    dx, dy = DIRECTIONS[truth.direction]
    way = rng.uniform(0.25, 0.7) * (width if dx else 0.9 * height)
    middle = np.array([rng.uniform(0.42, 0.58) * width, rng.uniform(0.55, 0.7) * height if dx else 0.5 * height])
    shape = rng.integers(3)
    clouds = truth.place not in {"underwater", "space"} and rng.random() < 0.6
    cloud = np.array([rng.uniform(0.1, 0.9) * width, rng.uniform(0.08, 0.2) * height])
    drift = rng.choice([-1, 1]) * rng.uniform(0.1, 0.35)
    grain = rng.normal(0, 2.2, scene.shape).astype(np.int16)
    out = np.empty((frames, height, width, 3), np.uint8)
    for t in range(frames):
        picture = scene.copy()
        if clouds:
            at = (cloud[0] + drift * t, cloud[1])
            tint = np.clip(scene[2, width // 2].astype(float) + 45, 0, 255)
            cv2.ellipse(picture, tuple(int(v) for v in at), (26, 7), 0, 0, 360, tint.tolist(), -1, cv2.LINE_AA)
        at = middle + np.array([dx, dy]) * way * (t / (frames - 1) - 0.5)
        if dx:
            at[1] += np.sin(t * 0.7) * 0.02 * height
            _shadow(picture, at, size)
        _body(picture, at, size, int(shape), ink, t)
        out[t] = np.clip(picture + np.roll(grain, t * 7919), 0, 255)
    return out


def _shadow(picture: Picture, at: NDArray[np.float64], size: float) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    center = (int(at[0]), int(at[1] + size * 0.95))
    cv2.ellipse(mask, center, (int(size * 0.8), max(2, int(size * 0.16))), 0, 0, 360, 1, -1)
    picture[mask > 0] = (picture[mask > 0] * 0.7).astype(np.uint8)


def _body(picture: Picture, at: NDArray[np.float64], size: float, shape: int, ink: NDArray[np.float64], t: int) -> None:
    x, y = int(at[0] * 8), int(at[1] * 8)
    tone = ink.tolist()
    if shape == 0:  # a ball with a highlight
        cv2.circle(picture, (x, y), int(size * 0.8 * 8), tone, -1, cv2.LINE_AA, 3)
        light = np.clip(ink * 0.6 + 100, 0, 255).tolist()
        cv2.circle(picture, (x - int(size * 2), y - int(size * 2)), int(size * 1.2), light, -1, cv2.LINE_AA, 3)
    elif shape == 1:  # a car: body, dark windows, dark wheels
        half, tall = size * 1.3, size * 0.5
        left, top = int(at[0] - half), int(at[1] - tall * 0.3)
        cv2.rectangle(picture, (left, top), (int(at[0] + half), int(at[1] + tall)), tone, -1)
        cv2.rectangle(
            picture, (int(at[0] - half * 0.55), int(at[1] - tall * 1.3)), (int(at[0] + half * 0.55), top), tone, -1
        )
        window = (150, 170, 180)
        cv2.rectangle(
            picture, (int(at[0] - half * 0.4), int(at[1] - tall * 1.05)), (int(at[0] + half * 0.4), top - 1), window, -1
        )
        for side in (-0.6, 0.6):
            wheel = (int(at[0] + half * side), int(at[1] + tall))
            cv2.circle(picture, wheel, max(2, int(size * 0.25)), (30, 30, 32), -1, cv2.LINE_AA)
    else:  # an animal: round body, head, legs that swing
        cv2.ellipse(picture, (x, y), (int(size * 8), int(size * 0.6 * 8)), 0, 0, 360, tone, -1, cv2.LINE_AA, 3)
        head = (int((at[0] + size * 0.9) * 8), int((at[1] - size * 0.5) * 8))
        cv2.circle(picture, head, int(size * 0.38 * 8), tone, -1, cv2.LINE_AA, 3)
        for leg in (-0.5, 0.5):
            foot = (int(at[0] + size * leg + np.sin(t * 0.9 + leg * 6) * size * 0.2), int(at[1] + size))
            cv2.line(picture, (int(at[0] + size * leg), int(at[1] + size * 0.3)), foot, tone, 3, cv2.LINE_AA)


# -- places ------------------------------------------------------------------------------------


def _rgb(hue: float, saturation: float, value: float) -> NDArray[np.float64]:
    one = np.array([[[hue, saturation, value]]], np.float32)
    return np.asarray(cv2.cvtColor(one, cv2.COLOR_HSV2RGB)[0, 0] * 255, dtype=np.float64)


def _wash(width: int, height: int, stops: list[tuple[float, NDArray[np.float64]]]) -> Picture:
    """Colour stops from top (0) to bottom (1); two stops at one height make an edge."""
    at = np.linspace(0, 1, height)
    rows = np.stack([np.interp(at, [s for s, _ in stops], [c[i] for _, c in stops]) for i in range(3)], axis=1)
    return np.repeat(rows[:, None], width, axis=1).clip(0, 255).astype(np.uint8)


def _sky(rng: Generator, horizon: float) -> list[tuple[float, NDArray[np.float64]]]:
    kind = rng.choice(["day", "day", "grey", "sunset"])
    if kind == "day":
        hue, saturation = rng.uniform(195, 218), rng.uniform(0.3, 0.55)
        return [(0, _rgb(hue, saturation, rng.uniform(0.85, 1))), (horizon, _rgb(hue, saturation * 0.5, 0.97))]
    if kind == "grey":
        return [(0, _rgb(215, 0.08, rng.uniform(0.62, 0.75))), (horizon, _rgb(215, 0.05, 0.85))]
    return [(0, _rgb(rng.uniform(260, 300), 0.35, 0.6)), (horizon, _rgb(rng.uniform(18, 35), 0.6, 0.98))]


def _land(
    rng: Generator, width: int, height: int, near: NDArray[np.float64], far: NDArray[np.float64], horizon: float
) -> Picture:
    return _wash(width, height, [*_sky(rng, horizon), (horizon + 1e-6, far), (1, near)])


def _dunes(picture: Picture, rng: Generator, tone: NDArray[np.float64], base: float, rise: float) -> None:
    height, width = picture.shape[:2]
    x = np.arange(width)
    crest = base - rise * (0.5 + 0.5 * np.sin(x / width * rng.uniform(4, 9) + rng.uniform(0, 6)))
    for column in range(width):
        picture[int(crest[column] * height) : int(base * height) + 1, column] = tone


def desert(rng: Generator, width: int, height: int) -> Picture:
    horizon, hue = rng.uniform(0.42, 0.62), rng.uniform(25, 44)
    near = _rgb(hue, rng.uniform(0.35, 0.6), rng.uniform(0.75, 0.92))
    picture = _land(rng, width, height, near, near * 0.94, horizon)
    _dunes(picture, rng, near * rng.uniform(0.82, 0.95), horizon + 0.02, rng.uniform(0.03, 0.12))
    return picture


def beach(rng: Generator, width: int, height: int) -> Picture:
    horizon = rng.uniform(0.4, 0.52)
    shore = horizon + rng.uniform(0.1, 0.2)
    sea = _rgb(rng.uniform(186, 218), rng.uniform(0.6, 0.85), rng.uniform(0.55, 0.8))
    sand = _rgb(rng.uniform(34, 46), rng.uniform(0.22, 0.42), rng.uniform(0.85, 0.96))
    stops = [*_sky(rng, horizon), (horizon + 1e-6, sea), (shore, sea * 1.1), (shore + 1e-6, sand), (1, sand * 0.94)]
    picture = _wash(width, height, stops)
    row = int(shore * height)
    picture[row : row + 2] = 240
    return picture


def ocean(rng: Generator, width: int, height: int) -> Picture:
    horizon = rng.uniform(0.36, 0.55)
    sea = _rgb(rng.uniform(192, 225), rng.uniform(0.55, 0.85), rng.uniform(0.4, 0.72))
    picture = _land(rng, width, height, sea * 0.75, sea, horizon)
    for _ in range(int(rng.integers(10, 30))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(horizon + 0.03, 1) * height)
        cv2.line(picture, (x, y), (x + int(rng.uniform(6, 20)), y), (sea * 1.3).clip(0, 255).tolist(), 1)
    return picture


def forest(rng: Generator, width: int, height: int) -> Picture:
    hue = rng.uniform(92, 145)
    ground = _rgb(hue, rng.uniform(0.35, 0.6), rng.uniform(0.25, 0.45))
    picture = _land(rng, width, height, ground * 0.8, ground, 0.66)
    for depth in range(3):
        leaf = _rgb(hue + rng.uniform(-8, 8), rng.uniform(0.4, 0.65), 0.62 - 0.13 * depth)
        trunk = _rgb(26, 0.5, 0.4 - 0.06 * depth)
        for x in np.arange(-10, width + 20, rng.uniform(18, 34)):
            foot = int((0.64 + 0.07 * depth) * height)
            top = int(foot - rng.uniform(0.38, 0.62) * height)
            at = int(x + rng.uniform(-6, 6))
            cv2.rectangle(picture, (at - 2, top + 20), (at + 2, foot), trunk.tolist(), -1)
            tip = rng.uniform(14, 26)
            crown = np.array([[at, top], [at - tip, foot - 14], [at + tip, foot - 14]], np.int32)
            if depth % 2:
                cv2.ellipse(picture, (at, top + 22), (int(tip), 28), 0, 0, 360, leaf.tolist(), -1, cv2.LINE_AA)
            else:
                cv2.fillPoly(picture, [crown], leaf.tolist(), cv2.LINE_AA)
    return picture


def meadow(rng: Generator, width: int, height: int) -> Picture:
    horizon = rng.uniform(0.5, 0.64)
    grass = _rgb(rng.uniform(84, 125), rng.uniform(0.42, 0.65), rng.uniform(0.5, 0.78))
    picture = _land(rng, width, height, grass, grass * 0.9, horizon)
    if rng.random() < 0.6:
        _dunes(picture, rng, grass * 0.8, horizon + 0.02, rng.uniform(0.03, 0.1))
    for _ in range(int(rng.integers(0, 25))):
        at = (int(rng.uniform(0, width)), int(rng.uniform(horizon + 0.1, 1) * height))
        cv2.circle(picture, at, 1, _rgb(rng.uniform(0, 360), 0.6, 0.95).tolist(), -1)
    return picture


def snow(rng: Generator, width: int, height: int) -> Picture:
    horizon = rng.uniform(0.45, 0.6)
    white = _rgb(rng.uniform(200, 225), rng.uniform(0.02, 0.09), rng.uniform(0.88, 0.98))
    picture = _land(rng, width, height, white, white * 0.96, horizon)
    _dunes(picture, rng, white * 0.92, horizon + 0.03, rng.uniform(0.03, 0.12))
    for x in rng.uniform(0, width, int(rng.integers(0, 5))):
        foot = int((horizon + 0.05) * height)
        tree = np.array([[x, foot - 34], [x - 11, foot], [x + 11, foot]], np.int32)
        cv2.fillPoly(picture, [tree], (60, 95, 80), cv2.LINE_AA)
    return picture


def city(rng: Generator, width: int, height: int) -> Picture:
    night = rng.random() < 0.5
    road = _rgb(220, 0.06, 0.16 if night else rng.uniform(0.35, 0.5))
    base = rng.uniform(0.66, 0.76)
    if night:
        picture = _wash(
            width, height, [(0, _rgb(235, 0.6, 0.1)), (base, _rgb(245, 0.5, 0.2)), (base + 1e-6, road), (1, road)]
        )
    else:
        picture = _land(rng, width, height, road, road, base)
    for _ in range(int(rng.integers(0, 60)) if night else 0):
        picture[int(rng.uniform(0, 0.4) * height), int(rng.uniform(0, width))] = 220
    x = -5.0
    while x < width:
        wide, tall = rng.uniform(22, 48), rng.uniform(0.3, 0.62) * height
        wall = _rgb(
            rng.uniform(0, 360), rng.uniform(0.05, 0.3), rng.uniform(0.12, 0.22) if night else rng.uniform(0.45, 0.8)
        )
        foot = int(base * height)
        cv2.rectangle(picture, (int(x), int(foot - tall)), (int(x + wide), foot), wall.tolist(), -1)
        for wx in np.arange(x + 4, x + wide - 5, 8):
            for wy in np.arange(foot - tall + 5, foot - 8, 10):
                lit = rng.random() < 0.55
                glass = _rgb(44, 0.5, 0.95) if night and lit else wall * (0.7 if not night else 0.8)
                cv2.rectangle(picture, (int(wx), int(wy)), (int(wx) + 3, int(wy) + 5), glass.tolist(), -1)
        x += wide + rng.choice([0, 0, 4])
    return picture


def underwater(rng: Generator, width: int, height: int) -> Picture:
    hue = rng.uniform(182, 222)
    top, deep = _rgb(hue, rng.uniform(0.5, 0.75), rng.uniform(0.6, 0.9)), _rgb(hue + 8, 0.85, rng.uniform(0.2, 0.4))
    picture = _wash(width, height, [(0, top), (1, deep)])
    if rng.random() < 0.6:
        bed = _rgb(42, 0.3, 0.5) * 0.7 + deep * 0.3
        picture[int(0.88 * height) :] = bed
    for x in rng.uniform(0, width, int(rng.integers(0, 4))):  # light falls in from above
        ray = picture.copy()
        foot = x + rng.uniform(-40, 10)
        beam = np.array([[x, 0], [x + 14, 0], [foot + 26, 0.7 * height], [foot, 0.7 * height]], np.int32)
        cv2.fillPoly(ray, [beam], np.clip(top * 1.3, 0, 255).tolist(), cv2.LINE_AA)
        picture = cv2.addWeighted(picture, 0.75, ray, 0.25, 0)
    for x in rng.uniform(0, width, 6):
        cv2.line(picture, (int(x), height), (int(x + rng.uniform(-8, 8)), int(0.75 * height)), (40, 120, 80), 3)
    return picture


def space(rng: Generator, width: int, height: int) -> Picture:
    picture = _wash(
        width, height, [(0, _rgb(240, 0.6, 0.05)), (1, _rgb(rng.uniform(220, 290), 0.6, rng.uniform(0.05, 0.14)))]
    )
    for _ in range(int(rng.integers(60, 160))):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        cv2.circle(picture, at, int(rng.integers(0, 2)), [float(rng.uniform(150, 255))] * 3, -1)
    if rng.random() < 0.5:
        at = (int(rng.uniform(0, width)), int(rng.uniform(0.1, 0.35) * height))
        cv2.circle(picture, at, int(rng.uniform(12, 26)), _rgb(rng.uniform(0, 360), 0.4, 0.7).tolist(), -1, cv2.LINE_AA)
    return picture


def mountain(rng: Generator, width: int, height: int) -> Picture:
    base = rng.uniform(0.62, 0.72)
    ground = _rgb(rng.uniform(70, 115), rng.uniform(0.25, 0.45), rng.uniform(0.4, 0.6))
    picture = _land(rng, width, height, ground, ground * 0.9, base)
    rock = _rgb(rng.uniform(205, 250) if rng.random() < 0.6 else 28, rng.uniform(0.08, 0.28), rng.uniform(0.35, 0.6))
    for layer in range(2):
        for x in np.arange(0, width + 40, rng.uniform(70, 110)):
            at, foot = x + rng.uniform(-20, 20), base * height + 1
            tall, half = rng.uniform(0.3, 0.52) * height * (1 - 0.25 * layer), rng.uniform(55, 90)
            peak = np.array([[at, foot - tall], [at - half, foot], [at + half, foot]], np.int32)
            cv2.fillPoly(picture, [peak], (rock * (1 - 0.15 * layer)).tolist(), cv2.LINE_AA)
            if layer == 0:
                cap = np.array(
                    [[at, foot - tall], [at - half * 0.25, foot - tall * 0.75], [at + half * 0.25, foot - tall * 0.75]],
                    np.int32,
                )
                cv2.fillPoly(picture, [cap], (240, 243, 247), cv2.LINE_AA)
    for x in rng.uniform(0, width, int(rng.integers(0, 7))):  # pines before it
        foot = int((base + 0.05) * height)
        pine = np.array([[x, foot - rng.uniform(22, 40)], [x - 10, foot], [x + 10, foot]], np.int32)
        cv2.fillPoly(picture, [pine], _rgb(rng.uniform(95, 150), 0.5, 0.45).tolist(), cv2.LINE_AA)
    return picture


PAINTERS = {
    "beach": beach,
    "city": city,
    "desert": desert,
    "forest": forest,
    "meadow": meadow,
    "mountain": mountain,
    "ocean": ocean,
    "snow": snow,
    "space": space,
    "underwater": underwater,
}
