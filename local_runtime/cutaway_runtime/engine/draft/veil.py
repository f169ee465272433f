"""Weather laid over footage: rain, snow and fog that move by themselves, the same for the same seed.

Each is a texture that repeats at its edges and is shifted a little further every frame, so any frame can be
drawn without those before it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Pixels

FOG_RGB: Final = (206, 211, 214)


class Layer(NamedTuple):
    """One depth of drops or flakes: a (H, W) texture, heights per second it falls, widths it drifts and sways."""

    texture: NDArray[np.uint8]
    fall: float
    drift: float
    sway: float


class Precipitation:
    """Rain or snow. `amount` from 0 to 1 is how dense it is."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = layers

    def over(self, picture: Pixels, seconds: float) -> Pixels:
        height, width = picture.shape[:2]
        total = np.zeros((height, width), np.uint8)
        for layer in self._layers:
            down = round(layer.fall * seconds * height)
            along = round((layer.drift * seconds + layer.sway * math.sin(1.3 * seconds)) * width)
            cv2.add(total, np.roll(layer.texture, (down, along), axis=(0, 1)), total)
        return np.asarray(cv2.add(picture, cv2.merge([total, total, total])), np.uint8)


def rain(width: int, height: int, amount: float, seed: int) -> Precipitation:
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 1])
    layers = []
    for length, thick, light, fall, count in ((0.05, 1, 46, 1.5, 260), (0.09, 1, 70, 2.2, 150), (0.15, 2, 86, 3.0, 50)):
        texture = np.zeros((height, width), np.uint8)
        reach = length * height
        for x, y, share in rng.random((round(count * (0.3 + 0.7 * amount)), 3)):
            start = np.array([x * width, y * height])
            end = start + np.array([-0.16, 1.0]) * reach * (0.6 + 0.6 * share)
            stroke = max(1, round(thick * height / 540))
            for row in (0, -height):
                for column in (0, width):
                    shift = np.array([column, row])
                    cv2.line(
                        texture,
                        _point(start + shift),
                        _point(end + shift),
                        round(light * (0.4 + 0.6 * amount)),
                        stroke,
                        cv2.LINE_AA,
                    )
        layers.append(Layer(texture, fall, -0.16 * fall * height / width, 0.0))
    return Precipitation(layers)


def snow(width: int, height: int, amount: float, seed: int) -> Precipitation:
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 2])
    layers = []
    for radius, soft, fall, count in ((0.0022, 0.5, 0.10, 420), (0.0042, 0.8, 0.17, 190), (0.0085, 2.4, 0.30, 46)):
        texture = np.zeros((height, width), np.uint8)
        for x, y, share in rng.random((round(count * (0.3 + 0.7 * amount)), 3)):
            size = max(0.6, radius * height * (0.6 + 0.8 * share))
            for row in (0, -height):
                for column in (0, -width):
                    middle = _point(np.array([x * width + column, y * height + row]))
                    cv2.circle(texture, middle, round(size), round(105 + 95 * share), -1, cv2.LINE_AA)
        texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), max(0.4, soft * height / 720)), np.uint8)
        layers.append(Layer(texture, fall, 0.02 * fall, 0.012))
    return Precipitation(layers)


def _point(place: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))


class Fog:
    """Banks of fog that drift; denser where the picture is far (`far`, (h, w) from 0 to 1)."""

    def __init__(self, width: int, height: int, amount: float, seed: int, far: NDArray[np.float32]) -> None:
        rng = np.random.default_rng([seed & 0xFFFFFFFF, 3])
        self._size = (width, height)
        self._banks = [_clouds(rng, cells) for cells in (3, 6)]
        depth = np.asarray(cv2.resize(far, (self._banks[0].shape[1], self._banks[0].shape[0])), np.float32)
        self._dense = (0.2 + 0.58 * depth) * np.float32(amount)
        self._color = np.empty((height, width, 3), np.uint8)
        self._color[:] = FOG_RGB

    def over(self, picture: Pixels, seconds: float) -> Pixels:
        drift = (0.020, -0.035)
        banks = [
            np.roll(bank, round(d * seconds * bank.shape[1]), axis=1)
            for bank, d in zip(self._banks, drift, strict=True)
        ]
        thick = np.clip(self._dense * (0.55 + 0.45 * (banks[0] + banks[1])), 0, 0.96).astype(np.float32)
        weight = cv2.resize(thick, self._size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.blendLinear(self._color, picture, weight, 1 - weight), np.uint8)


def _clouds(rng: np.random.Generator, cells: int) -> NDArray[np.float32]:
    """Smooth noise that repeats at its edges, (180, 320), from 0 to 1."""
    coarse = rng.random((cells, cells * 2)).astype(np.float32)
    tiled = cv2.resize(np.tile(coarse, (3, 3)), (960, 540), interpolation=cv2.INTER_CUBIC)[180:360, 320:640]
    return np.clip(tiled, 0, 1)
