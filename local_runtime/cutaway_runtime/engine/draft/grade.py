"""Footage in another light: what a remix can do to pictures it did not paint.

    day -> night, sunset, morning        matrix, curve and a light falling off over the frame
    clear -> rain, snow, fog, storm      a veil over it
    red -> blue                          the colour that stands out most, turned
    as it was -> mirrored, warmer, ...   tones

Nothing in the picture is repainted. How far a grade goes is its `amount`: 0 leaves the footage as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import field_size, places
from cutaway_runtime.engine.draft.scene import RGB, TimeOfDay, Weather
from cutaway_runtime.engine.draft.still import nearness
from cutaway_runtime.engine.draft.veil import Fog, Precipitation, rain, snow
from cutaway_runtime.engine.draft.wish import Tone, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cutaway.timebase import Rate
    from cutaway_runtime.canvas import Pixels

METHOD: Final = "grade"


class Light(NamedTuple):
    """How a picture's colours change: saturation, a gain per channel, then out = lift + gain * x ** gamma (x from 0
    to 1). `top` and `rim` are the light left at the top edge and at the corners, per channel.
    """

    saturation: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    gain: float = 1.0
    lift: float = 0.0
    top: tuple[float, float, float] = (1.0, 1.0, 1.0)
    rim: float = 1.0


TIMES: Final[dict[TimeOfDay, Light]] = {
    TimeOfDay.DAY: Light(saturation=1.1, tint=(1.03, 1.0, 0.97), gamma=0.72),
    TimeOfDay.MORNING: Light(saturation=0.9, tint=(1.1, 0.98, 0.88), gamma=0.9, lift=0.05, top=(1.0, 0.93, 0.84)),
    TimeOfDay.SUNSET: Light(saturation=1.1, tint=(1.22, 0.84, 0.52), gamma=1.12, top=(1.0, 0.74, 0.62), rim=0.85),
    TimeOfDay.NIGHT: Light(
        saturation=0.5, tint=(0.42, 0.58, 1.0), gamma=1.4, gain=0.85, top=(0.62, 0.68, 0.8), rim=0.65
    ),
}
WEATHERS: Final[dict[Weather, Light]] = {
    Weather.CLEAR: Light(saturation=1.2, tint=(1.02, 1.01, 1.0), gamma=0.88),
    Weather.CLOUDY: Light(saturation=0.6, tint=(0.95, 0.98, 1.02), gain=0.9),
    Weather.RAIN: Light(saturation=0.6, tint=(0.9, 0.97, 1.04), gamma=1.1, gain=0.82),
    Weather.STORM: Light(saturation=0.45, tint=(0.82, 0.92, 1.04), gamma=1.3, gain=0.68, top=(0.6, 0.62, 0.7)),
    Weather.SNOW: Light(saturation=0.6, tint=(0.96, 1.0, 1.05), gain=0.9, lift=0.09),
    Weather.FOG: Light(saturation=0.6, gain=0.85, lift=0.1),
}
TONES: Final[dict[Tone, Light]] = {
    Tone.WARM: Light(tint=(1.14, 1.0, 0.8)),
    Tone.COLD: Light(tint=(0.84, 0.98, 1.16), saturation=0.9),
    Tone.BRIGHT: Light(gamma=0.72),
    Tone.DARK: Light(gamma=1.35, gain=0.85),
    Tone.VIVID: Light(saturation=1.55),
    Tone.MUTED: Light(saturation=0.45),
    Tone.MONO: Light(saturation=0.0),
    Tone.CONTRAST: Light(gamma=1.35, gain=1.18, rim=0.85),
    Tone.SOFT: Light(gamma=0.9, gain=0.94, lift=0.04),
}
FLASH_EVERY: Final = 2.7
"""Seconds between two flashes of a storm, on average."""
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Grade:
    """A wish carried out on pictures of one size. `samples` are a few of them, to learn their colours from."""

    def __init__(self, wish: Wish, amount: float, samples: Sequence[Pixels], rate: Rate, seed: int) -> None:
        height, width = samples[0].shape[:2]
        self._rate, self._seed = rate, seed
        self._mirror = Tone.MIRROR in wish.tones
        self._soft = amount if Tone.SOFT in wish.tones else 0.0
        self._storm = amount if wish.weather is Weather.STORM else 0.0
        self._turn = Turn.find(samples, wish.rgb, amount) if wish.rgb is not None else None
        self.colored = self._turn is not None
        """Whether a colour was found that could be turned into the one asked for."""
        lights = [TIMES[wish.time]] if wish.time is not None else []
        lights += [WEATHERS[wish.weather]] if wish.weather is not None else []
        lights += [TONES[tone] for tone in wish.tones if tone in TONES]
        self._steps = [(_matrix(light, amount), _curve(light, amount)) for light in lights]
        self._shade = _shade(lights, amount, width, height)
        self._veil = _veil(wish.weather, amount, samples[0], seed)

    def over(self, picture: Pixels, frame: int) -> Pixels:
        """One picture (H, W, 3), frame `frame` of the shot."""
        seconds = self._rate.seconds(frame)
        out = np.ascontiguousarray(picture[:, ::-1]) if self._mirror else picture
        if self._turn is not None:
            out = self._turn.over(out)
        for matrix, curve in self._steps:
            out = np.asarray(cv2.LUT(cv2.transform(out, matrix), curve), np.uint8)
        if self._soft:
            glow = cv2.GaussianBlur(out, (0, 0), out.shape[0] / 60)
            out = np.asarray(cv2.addWeighted(out, 1 - 0.45 * self._soft, glow, 0.5 * self._soft, 0), np.uint8)
        if self._shade is not None:
            out = np.asarray(cv2.multiply(out, self._shade, scale=1 / 255), np.uint8)
        if self._veil is not None:
            out = self._veil.over(out, seconds)
        if self._storm:
            out = np.asarray(cv2.convertScaleAbs(out, alpha=1 + self._storm * self._flash(seconds)), np.uint8)
        return out

    def _flash(self, seconds: float) -> float:
        """How much brighter lightning makes this moment."""
        turn = int(seconds // FLASH_EVERY)
        since = seconds - turn * FLASH_EVERY - np.random.default_rng([self._seed & 0xFFFFFFFF, turn]).uniform(0.3, 2.0)
        return float(1.6 * np.exp(-since / 0.09)) if since >= 0 else 0.0


def _matrix(light: Light, amount: float) -> NDArray[np.float32]:
    gray = np.tile(_LUMA, (3, 1))
    full = np.diag(light.tint) @ (light.saturation * np.eye(3) + (1 - light.saturation) * gray)
    return np.asarray(np.eye(3) * (1 - amount) + full * amount, np.float32)


def _curve(light: Light, amount: float) -> NDArray[np.uint8]:
    x = np.arange(256) / 255
    full = np.clip(light.lift + light.gain * x**light.gamma, 0, 1)
    return np.asarray(np.rint(255 * (x * (1 - amount) + full * amount)), np.uint8)


def _shade(lights: list[Light], amount: float, width: int, height: int) -> Pixels | None:
    """What is left of the light at each place, 255 for all of it; None where it is even."""
    if all(light.rim == 1 and light.top == (1, 1, 1) for light in lights):
        return None
    grid = places(width, height) / np.array([max(1, width - 1), max(1, height - 1)], np.float32)
    down = np.clip(grid[..., 1] / 0.7, 0, 1)[..., None]
    out = np.square(np.clip(np.hypot(grid[..., 0] - 0.5, grid[..., 1] - 0.5) / 0.7, 0, 1))[..., None]
    shade = np.ones((height, width, 3), np.float32)
    for light in lights:
        top = np.array(light.top, np.float32)
        shade = shade * np.asarray((top + (1 - top) * down) * (1 + (light.rim - 1) * out), np.float32)
    return np.asarray(np.rint(255 * (1 + (shade - 1) * amount)), np.uint8)


def _veil(weather: Weather | None, amount: float, picture: Pixels, seed: int) -> Precipitation | Fog | None:
    height, width = picture.shape[:2]
    if weather in {Weather.RAIN, Weather.STORM}:
        return rain(width, height, amount, seed)
    if weather is Weather.SNOW:
        return snow(width, height, amount, seed)
    if weather is Weather.FOG:
        return Fog(width, height, amount, seed, 1 - nearness(picture))
    return None


class Turn:
    """One colour of the picture turned into another, with its light and shade kept."""

    def __init__(self, hue: int, rgb: RGB, amount: float) -> None:
        """`hue` counts from 0 to 179, as OpenCV does."""
        distance = np.abs((np.arange(256) - hue + 90) % 180 - 90)
        self._near = np.clip((26 - distance) / 10, 0, 1).astype(np.float32) * np.float32(amount)
        self._vivid = np.clip((np.arange(256) - 45) / 50, 0, 1).astype(np.float32)
        target = cv2.cvtColor(np.array([[rgb]], np.uint8), cv2.COLOR_RGB2HSV)[0, 0]
        self._hue, saturation, value = (int(part) for part in target)
        steps = np.arange(256)
        gray = saturation < 40
        self._saturation = np.clip(steps * (0.08 if gray else max(0.75, saturation / 200)), 0, 255).astype(np.uint8)
        light = (0.5 + 0.5 * value / 255) if not gray else max(0.18, min(1.5, 1.5 * value / 255))
        self._value = np.clip(steps * light, 0, 255).astype(np.uint8)

    @classmethod
    def find(cls, samples: Sequence[Pixels], rgb: RGB, amount: float) -> Turn | None:
        """For the hue that stands out most in the samples; None where everything is gray or already of that colour."""
        hue = standing_out(samples)
        if hue is None:
            return None
        wanted = cv2.cvtColor(np.array([[rgb]], np.uint8), cv2.COLOR_RGB2HSV)[0, 0]
        if wanted[1] >= 40 and abs((hue - int(wanted[0]) + 90) % 180 - 90) < 5:
            return None
        return cls(hue, rgb, amount)

    def over(self, picture: Pixels) -> Pixels:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        hue, saturation, value = cv2.split(hsv)
        weight = np.asarray(cv2.LUT(hue, self._near) * cv2.LUT(saturation, self._vivid), np.float32)
        weight = np.asarray(cv2.GaussianBlur(weight, (0, 0), 1.0), np.float32)
        turned = cv2.merge(
            [np.full_like(hue, self._hue), cv2.LUT(saturation, self._saturation), cv2.LUT(value, self._value)]
        )
        painted = cv2.cvtColor(turned, cv2.COLOR_HSV2RGB)
        return np.asarray(cv2.blendLinear(painted, picture, weight, 1 - weight), np.uint8)


def standing_out(samples: Sequence[Pixels]) -> int | None:
    """The hue (0 to 179) that draws the eye: vivid, near the middle, unlike the edges; None in gray pictures."""
    votes = np.zeros(180)
    for picture in samples:
        size = field_size(picture.shape[1], picture.shape[0], side=160)
        hsv = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2HSV)
        grid = places(*size) / np.array([size[0] - 1, size[1] - 1], np.float32) - 0.5
        central = np.exp(-((grid / 0.35) ** 2).sum(axis=-1))
        vivid = np.clip((hsv[..., 1].astype(np.float32) - 60) / 120, 0, 1) ** 2 * np.clip(hsv[..., 2] / 128, 0, 1)
        hue = hsv[..., 0].ravel()
        inner = np.bincount(hue, (vivid * central).ravel(), 180)[:180]
        share = np.bincount(hue, vivid.ravel() * (1 - central).ravel(), 180)[:180]
        votes += inner / max(central.sum(), 1) - 0.5 * share / max((1 - central).sum(), 1)
    ring = np.concatenate([votes[-8:], votes, votes[:8]])
    smooth = np.convolve(ring, np.hanning(17), mode="valid")
    best = int(np.argmax(smooth))
    return best if smooth[best] > 0.004 * len(samples) else None
