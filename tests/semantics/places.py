"""What kind of place a still background shows, by the colours and textures of its bands.

Each rule says what such a place looks like in general: a beach is sand below, a band of water above it and
sky over that; a desert is sand without the water; a forest is green that stands up into the upper half. All
measures are shares between 0 and 1, soft steps join them, and the place with the highest score is the answer.

Rows are counted from the top: 0.0 is the upper edge, 1.0 the lower one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

PLACES = (
    "beach", "city", "desert", "forest", "meadow", "mountain", "ocean", "snow", "space", "underwater",
)  # fmt: skip


def hsv(pixels: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """Hue in degrees, saturation and value in 0..1 of RGB pixels (..., 3)."""
    shape = pixels.shape[:-1]
    flat = pixels.reshape(-1, 1, 3).astype(np.float32) / 255
    out = cv2.cvtColor(flat, cv2.COLOR_RGB2HSV).reshape(*shape, 3)
    return out[..., 0], out[..., 1], out[..., 2]


def step(value: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, straight between; with low > high the other way round."""
    return float(np.clip((value - low) / (high - low), 0, 1))


@dataclass(frozen=True)
class Look:
    """Measures of one background."""

    hue: Plane
    saturation: Plane
    value: Plane
    sand: Plane
    green: Plane
    blue: Plane
    pale: Plane
    dark: Plane
    stone: Plane
    edges: tuple[float, float]
    """Share of strong upright-or-level edges and of slanted ones in the middle of the picture."""
    breaks: Plane
    """How strongly the picture breaks at each row: colour distance 0..1 of the rows just above and below, by medians."""
    busy_top: float
    """Share of strong edges between the rows 0.1 and 0.4."""
    spots: Plane
    """Small bright spots among dark surroundings."""

    @property
    def horizon(self) -> float:
        """The strongest level break between the rows 0.22 and 0.8."""
        rows = len(self.breaks)
        return float(self.breaks[int(rows * 0.22) : int(rows * 0.8)].max())

    def band(self, plane: Plane, top: float, bottom: float) -> float:
        rows = plane.shape[0]
        return float(plane[int(rows * top) : max(int(rows * bottom), int(rows * top) + 1)].mean())


def look(background: NDArray[np.uint8]) -> Look:
    hue, saturation, value = hsv(background)
    white = (value > 0.72) & (saturation < 0.2)
    bluish_white = (hue > 170) & (hue < 280) & (saturation < 0.3) & (value > 0.62)
    dark = value < 0.27
    colored = (saturation >= 0.17) & (value >= 0.13)
    sand = (hue >= 16) & (hue <= 54) & (saturation >= 0.14) & (value >= 0.42)
    planes = {
        "sand": sand,
        "green": (hue >= 62) & (hue <= 172) & colored,
        "blue": (hue > 172) & (hue < 262) & colored,
        "pale": white | bluish_white,
        "dark": dark,
        "stone": (saturation < 0.32) & (value > 0.2) & (value < 0.78) & ~bluish_white,
    }
    floats = {name: np.asarray(plane, dtype=np.float32) for name, plane in planes.items()}
    return Look(
        hue,
        saturation,
        value,
        **floats,
        edges=_edges(background),
        breaks=_breaks(background),
        busy_top=_busy(background, 0.1, 0.4),
        spots=_spots(value),
    )


def _edges(background: NDArray[np.uint8]) -> tuple[float, float]:
    """Edges of the rows between 0.12 and 0.72: (upright or level, slanted), as shares of the pixels there."""
    gray = cv2.cvtColor(background, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows = gray.shape[0]
    gray = gray[int(rows * 0.12) : int(rows * 0.72)]
    gx, gy = cv2.Sobel(gray, cv2.CV_32F, 1, 0) / 4, cv2.Sobel(gray, cv2.CV_32F, 0, 1) / 4
    strong = np.hypot(gx, gy) > 14
    angle = np.degrees(np.arctan2(np.abs(gy), np.abs(gx)))
    upright = angle < 14  # the gradient of an upright edge lies level
    level = (angle > 76) & (cv2.blur((strong & (angle > 76)).astype(np.float32), (gray.shape[1] | 1, 1)) < 0.5)
    slanted = (angle >= 20) & (angle <= 70)
    return float((strong & (upright | level)).mean()), float((strong & slanted).mean())


def _busy(background: NDArray[np.uint8], top: float, bottom: float) -> float:
    gray = cv2.cvtColor(background, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gray = gray[int(len(gray) * top) : int(len(gray) * bottom)]
    return float((np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)) / 4 > 14).mean())


def _breaks(background: NDArray[np.uint8]) -> Plane:
    rows = np.median(background.astype(np.float32), axis=1)
    gap = max(2, len(rows) // 60)
    out = np.zeros(len(rows), np.float32)
    out[gap:-gap] = np.abs(rows[2 * gap :] - rows[: -2 * gap]).max(axis=1) / 255
    return out


def _spots(value: Plane) -> Plane:
    size = max(5, value.shape[1] // 40) | 1
    around = cv2.medianBlur((value * 255).astype(np.uint8), size).astype(np.float32) / 255
    return np.asarray((value - around > 0.16) & (around < 0.45), dtype=np.float32)


def place_scores(background: NDArray[np.uint8]) -> dict[str, float]:
    """A score in 0..1 for every place, from one picture (H, W, 3) RGB."""
    seen = look(background)
    rules = (_beach, _city, _desert, _forest, _meadow, _mountain, _ocean, _snow, _space, _underwater)
    return {name: round(rule(seen), 3) for name, rule in zip(PLACES, rules, strict=True)}


def _ground(seen: Look, plane: Plane) -> float:
    return seen.band(plane, 0.78, 1.0)


def _water_band(seen: Look) -> float:
    """The best share of blue in a narrow band under a level break: that is where a sea begins below the sky."""
    rows = seen.breaks.shape[0]
    deep = seen.blue * (seen.saturation > 0.3)
    bands = [
        step(float(seen.breaks[row]), 0.06, 0.14) * seen.band(deep, row / rows + 0.02, row / rows + 0.06)
        for row in range(int(rows * 0.28), int(rows * 0.72))
    ]
    return max(bands)


def _beach(seen: Look) -> float:
    return step(_ground(seen, seen.sand), 0.3, 0.6) * step(_water_band(seen), 0.3, 0.65) * (1 - 0.8 * _all_water(seen))


def _desert(seen: Look) -> float:
    green = seen.band(seen.green, 0.3, 0.8)
    return (
        step(_ground(seen, seen.sand), 0.3, 0.6)
        * (1 - step(_water_band(seen), 0.3, 0.65))
        * step(green, 0.4, 0.12)
        * (1 - 0.7 * _built(seen))
    )


def _all_water(seen: Look) -> float:
    """Blue-green from the top to the bed with no level break in it, lighter above: there is no sky."""
    hue_water = (
        (seen.hue > 150) & (seen.hue < 262) & (seen.saturation > 0.25) & (seen.value > 0.1)
    ).astype(np.float32)  # fmt: skip
    low = min(seen.band(hue_water, 0.0, 0.2), seen.band(hue_water, 0.2, 0.45), seen.band(hue_water, 0.45, 0.7))
    deepens = seen.band(seen.value, 0.0, 0.15) - seen.band(seen.value, 0.5, 0.7)
    rows = len(seen.breaks)
    surface = float(seen.breaks[int(rows * 0.12) : int(rows * 0.62)].max())
    return step(low, 0.4, 0.7) * step(surface, 0.2, 0.09) * step(deepens, -0.02, 0.06)


def _underwater(seen: Look) -> float:
    return _all_water(seen)


def _ocean(seen: Look) -> float:
    return (
        step(_ground(seen, seen.blue), 0.4, 0.75)
        * (1 - _all_water(seen))
        * (1 - 0.8 * _built(seen))
        * step(seen.busy_top, 0.3, 0.1)
    )


def _snow(seen: Look) -> float:
    ground = seen.band(seen.pale, 0.72, 1.0)
    return step(ground, 0.4, 0.7) * (1 - 0.6 * _built(seen))


def _built(seen: Look) -> float:
    """Walls and windows: many upright and level edges, more than slanted ones; or many small lights, low in the dark."""
    straight, slanted = seen.edges
    walls = step(straight, 0.035, 0.08) * step(straight / (slanted + 0.004), 0.95, 1.4)
    lights, stars = seen.band(seen.spots, 0.3, 0.65), seen.band(seen.spots, 0.0, 0.2)
    return max(walls, step(lights, 0.015, 0.04) * step(lights / (stars + 0.002), 1.5, 3.0))


def _city(seen: Look) -> float:
    natural = max(_ground(seen, seen.green), _ground(seen, seen.sand) * 0.7)
    return _built(seen) * (1 - 0.6 * natural)


def _space(seen: Look) -> float:
    dark = min(seen.band(seen.value < 0.3, a, b) for a, b in ((0, 0.35), (0.35, 0.7), (0.7, 1.0)))
    flat = step(seen.horizon, 0.2, 0.08)
    return (
        step(dark, 0.5, 0.8) * flat * (1 - _built(seen)) * (0.4 + 0.6 * step(float(seen.spots.mean()), 0.0002, 0.002))
    )


def _standing_green(seen: Look) -> float:
    return max(seen.band(seen.green, 0.25, 0.45), 0.8 * seen.band(seen.green, 0.15, 0.35))


def _forest(seen: Look) -> float:
    textured = step(sum(seen.edges), 0.015, 0.06)
    return step(_standing_green(seen), 0.3, 0.6) * (0.5 + 0.5 * textured) * (1 - 0.5 * _all_water(seen))


def _ridge(seen: Look) -> float:
    """Share of the columns in which stone (grey, blue-grey or brown, duller than sky) stands at the height of a ridge.

    Snow on it counts with it, where there is stone beside.
    """
    rows, columns = seen.value.shape
    top, bottom = int(rows * 0.22), int(rows * 0.6)
    sky = float(np.median(seen.value[: max(2, rows // 12)]))
    brown = (seen.hue < 50) & (seen.value < 0.65) & (seen.saturation > 0.15)
    rock = ((seen.stone > 0) | brown) & (np.abs(seen.value - sky) > 0.1)
    cap = (seen.saturation < 0.15) & (seen.value > 0.8)
    stands = rock[top:bottom].sum(axis=0) > 0.035 * rows
    beside = cv2.dilate(stands.astype(np.uint8)[None], np.ones((1, columns // 8 | 1), np.uint8))[0] > 0
    capped = (rock | cap)[top:bottom].sum(axis=0) > 0.05 * rows
    return float((stands | (beside & capped)).mean())


def _mountain(seen: Look) -> float:
    straight, slanted = seen.edges
    peaks = step(slanted, 0.003, 0.012) * step(slanted / (straight + 0.002), 0.5, 1.2)
    water = step(_ground(seen, seen.blue), 0.4, 0.75)
    snow = step(_ground(seen, seen.pale), 0.5, 0.8)
    return step(_ridge(seen), 0.3, 0.6) * peaks * (1 - 0.8 * water) * (1 - 0.5 * snow) * (1 - 0.8 * _built(seen))


def _meadow(seen: Look) -> float:
    open_sky = 1 - step(_standing_green(seen), 0.3, 0.6)
    ridge = step(_ridge(seen), 0.3, 0.6)
    return step(_ground(seen, seen.green), 0.3, 0.6) * open_sky * (1 - 0.7 * _built(seen)) * (1 - 0.6 * ridge)
