"""Light: what a time of day and a weather do to every colour of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.scene import RGB, TimeOfDay, Weather

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels


@dataclass(frozen=True)
class Light:
    """Colours are RGB 0-255; `ambient` and `key` multiply them.

    `sky_top` and `sky_low` are the ends of the sky's gradient, `haze` is the colour far things fade to.
    `ambient` falls on the place, `key` on those who act in it: they stay readable at night.
    `sun` is the disc in the sky (the moon at night), `sun_height` where it stands between the horizon (0) and the top.
    """

    sky_top: RGB
    sky_low: RGB
    haze: RGB
    ambient: tuple[float, float, float]
    key: tuple[float, float, float]
    sun: RGB
    sun_height: float
    stars: bool = False
    lamps: bool = False
    sun_visible: bool = True

    def on(self, color: RGB | tuple[int, ...], haze: float = 0.0) -> RGB:
        """A colour of the place as it looks in this light, faded by `haze` (0 near, 1 gone)."""
        lit = tuple(c * a for c, a in zip(color[:3], self.ambient, strict=True))
        return mix((round(lit[0]), round(lit[1]), round(lit[2])), self.haze, haze)


_BY_TIME: Final = {
    TimeOfDay.DAY: Light((72, 168, 240), (196, 232, 250), (205, 228, 240), (1, 1, 1), (1, 1, 1), (255, 244, 190), 0.74),
    TimeOfDay.MORNING: Light(
        (126, 186, 236), (255, 226, 190), (250, 226, 204), (1.0, 0.96, 0.9), (1.0, 0.98, 0.94), (255, 236, 170), 0.32
    ),
    TimeOfDay.SUNSET: Light(
        (142, 84, 134), (255, 150, 62), (248, 152, 96), (0.97, 0.83, 0.72), (1.0, 0.93, 0.86), (255, 214, 120), 0.13
    ),
    TimeOfDay.NIGHT: Light(
        (9, 12, 38),
        (30, 40, 92),
        (30, 40, 84),
        (0.30, 0.36, 0.56),
        (0.80, 0.83, 0.95),
        (246, 240, 214),
        0.72,
        True,
        True,
    ),
}
_GREY: Final = {Weather.CLOUDY: 0.45, Weather.RAIN: 0.65, Weather.STORM: 0.85, Weather.SNOW: 0.5, Weather.FOG: 0.6}
_DIM: Final = {Weather.CLOUDY: 0.92, Weather.RAIN: 0.80, Weather.STORM: 0.62, Weather.FOG: 0.94}


def light_for(time: TimeOfDay, weather: Weather) -> Light:
    """The light of a time of day under a weather."""
    light = _BY_TIME[time]
    grey, dim = _GREY.get(weather, 0.0), _DIM.get(weather, 1.0)
    if not grey:
        return light
    day = 196 if time is not TimeOfDay.NIGHT else 44
    cover: RGB = (day - 8, day, day + 8)
    low = mix(light.sky_low, cover, grey * (0.6 if time is TimeOfDay.SUNSET else 0.9))
    return replace(
        light,
        sky_top=_dim(mix(light.sky_top, cover, grey * 0.9), dim),
        sky_low=_dim(low, dim),
        haze=_dim(mix(light.haze, cover, grey), dim),
        ambient=_dim3(light.ambient, dim),
        key=_dim3(light.key, 0.5 + dim / 2),
        stars=light.stars and grey < 0.5,
        sun_visible=grey <= 0.5,
    )


def mix(one: RGB | tuple[int, ...], other: RGB | tuple[int, ...], amount: float) -> RGB:
    """From `one` (0) to `other` (1)."""
    r, g, b = (round(a + (c - a) * amount) for a, c in zip(one[:3], other[:3], strict=True))
    return (min(255, max(0, r)), min(255, max(0, g)), min(255, max(0, b)))


def shade(color: RGB | tuple[int, ...], factor: float) -> RGB:
    """Darker below 1; above 1 towards white."""
    return mix(color, (255, 255, 255), factor - 1) if factor > 1 else mix((0, 0, 0), color, factor)


def lit(pixels: Pixels, factors: tuple[float, float, float], haze: RGB = (0, 0, 0), amount: float = 0.0) -> Pixels:
    """A premultiplied picture (H, W, 4) in the light of `factors`, faded towards `haze` by `amount`."""
    if amount == 0 and factors == (1, 1, 1):
        return pixels
    keep = [factor * (1 - amount) for factor in factors]
    fade = [channel / 255 * amount for channel in haze]
    matrix = np.array(
        [[keep[0], 0, 0, fade[0]], [0, keep[1], 0, fade[1]], [0, 0, keep[2], fade[2]], [0, 0, 0, 1]], dtype=np.float32
    )
    return np.asarray(cv2.transform(pixels, matrix), np.uint8)


def _dim(color: RGB, factor: float) -> RGB:
    return (round(color[0] * factor), round(color[1] * factor), round(color[2] * factor))


def _dim3(factors: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return (factors[0] * by, factors[1] * by, factors[2] * by)
