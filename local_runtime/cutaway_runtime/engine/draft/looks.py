"""Style presets as frame filters: the same for the same seed, quick enough to run behind every painted frame.

    look = Look("film-noir", width=1280, height=720, rate=rate, seed=7)
    frames = look.apply(frames, first)    # chunks in order; `first` is the frame number in the shot

The names are those of `catalog.STYLES`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cutaway.timebase import Rate
    from cutaway_runtime.canvas import Canvas, Pixels

    Filter: TypeAlias = Callable[[Pixels, int], Pixels]
    """(picture, number) -> picture; what is random about it follows from the number."""

POSES: Final = 12
"""Poses a second of stop motion."""
PIXELS: Final = 160
"""Large pixels along the longer side."""
SHADES: Final = 6
"""Levels of each channel in pixel art."""


class Look:
    """One style at one size. Chunks are given in the order of the shot, so that a pose can be held across them.

    Raises:
        KeyError: no such style.
    """

    def __init__(self, style: str, *, width: int, height: int, rate: Rate, seed: int) -> None:
        make = _FILTERS[style]
        self._filter = make(width, height, seed)
        self._rate = rate
        self._holds = style == "stop-motion"
        self._pose: tuple[int, Pixels] | None = None

    def apply(self, frames: Pixels, first: int) -> Pixels:
        """The frames [first, first + n) of a shot, (n, H, W, 3), in this style."""
        return np.stack([self._one(frame, first + n) for n, frame in enumerate(frames)])

    def _one(self, frame: Pixels, number: int) -> Pixels:
        if not self._holds:
            return self._filter(frame, number)
        pose = pose_of(number, self._rate)
        if self._pose is None or self._pose[0] != pose:
            self._pose = (pose, self._filter(frame, pose))
        return self._pose[1]


def pose_of(number: int, rate: Rate) -> int:
    """Which pose of stop motion is held at a frame of the shot; its first frame is the one that is held."""
    return int(number * POSES / rate.fraction)


def opens(canvas: Canvas, start: int) -> int:
    """The frame to begin with for frame `start` of a canvas to look as it does in the whole: the first of its pose."""
    begin, held = start, pose_of(canvas.shot_start + start, canvas.rate)
    while 0 < begin < canvas.frames and pose_of(canvas.shot_start + begin - 1, canvas.rate) == held:
        begin -= 1
    return begin


def _chance(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, number])


def _vignette(width: int, height: int, least: float) -> Pixels:
    """The light left at each place, 255 in the middle: (H, W, 3)."""
    grid = places(width, height) / np.array([max(1, width - 1), max(1, height - 1)], np.float32) - 0.5
    out = np.clip(np.hypot(grid[..., 0], grid[..., 1]) / 0.72, 0, 1) ** 2.4
    shade = np.rint(255 * (1 - (1 - least) * out)).astype(np.uint8)
    return np.asarray(cv2.merge([shade, shade, shade]), np.uint8)


class _Grain:
    """Film grain: one texture larger than the frame, seen through another window each frame."""

    def __init__(self, width: int, height: int, seed: int, strength: float) -> None:
        self._room = 96
        size = max(1.0, height / 720)
        rng = np.random.default_rng([seed & 0xFFFFFFFF, 11])
        rows, columns = math.ceil((height + self._room) / size), math.ceil((width + self._room) / size)
        noise = cv2.GaussianBlur(rng.standard_normal((rows, columns)).astype(np.float32), (0, 0), 0.7)
        noise = cv2.resize(noise, (width + self._room, height + self._room), interpolation=cv2.INTER_LINEAR)
        self._texture = np.asarray(np.clip(128 + noise / noise.std() * strength, 0, 255), np.uint8)
        self._size = (height, width)

    def over(self, picture: Pixels, rng: np.random.Generator) -> Pixels:
        y, x = rng.integers(0, self._room, 2)
        window = self._texture[y : y + self._size[0], x : x + self._size[1]]
        return np.asarray(cv2.addWeighted(picture, 1, cv2.merge([window, window, window]), 1, -128), np.uint8)


def _film_noir(width: int, height: int, seed: int) -> Filter:
    x = np.arange(256) / 255
    curve = np.rint(255 * np.clip(1.12 / (1 + np.exp(-7.5 * (x - 0.47))) - 0.045, 0, 1)).astype(np.uint8)
    bright = np.maximum(curve, 150) - np.uint8(150)
    vignette, grain = _vignette(width, height, 0.3), _Grain(width, height, seed, 5)

    def noir(picture: Pixels, number: int) -> Pixels:
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        luma = cv2.LUT(gray, curve)
        glow = cv2.GaussianBlur(cv2.LUT(gray, bright), (0, 0), max(1.0, height / 60))
        luma = cv2.addWeighted(luma, 1, glow, 0.6, 0)
        lit = cv2.multiply(cv2.merge([luma, luma, luma]), vignette, scale=1 / 255)
        return grain.over(np.asarray(lit, np.uint8), _chance(seed, number))

    return noir


def _archival(width: int, height: int, seed: int) -> Filter:
    vignette, grain = _vignette(width, height, 0.55), _Grain(width, height, seed, 4.5)
    sepia = np.array([[0.42, 0.50, 0.12], [0.36, 0.46, 0.10], [0.27, 0.38, 0.12]], np.float32)
    faded = 0.35 * np.eye(3, dtype=np.float32) + 0.65 * sepia
    curve = np.rint(30 + (228 - 30) * (np.arange(256) / 255) ** 0.92).astype(np.uint8)

    def archival(picture: Pixels, number: int) -> Pixels:
        rng = _chance(seed, number)
        weave = rng.normal(0, [width * 0.0009, height * 0.0016])
        slow = math.sin(number * 0.37 + seed % 7)
        zoom = 1.012
        matrix = np.array(
            [
                [zoom, 0, weave[0] - (zoom - 1) * width / 2],
                [0, zoom, weave[1] + slow * height * 0.0012 - (zoom - 1) * height / 2],
            ]
        )
        out = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        out = cv2.LUT(cv2.transform(out, faded), curve)
        out = cv2.multiply(out, vignette, scale=(1 + rng.normal(0, 0.018)) / 255)
        _dust(np.asarray(out, np.uint8), rng, _chance(seed, 1_000_000 + number // 9))
        return grain.over(np.asarray(out, np.uint8), rng)

    return archival


def _dust(picture: Pixels, rng: np.random.Generator, lasting: np.random.Generator) -> None:
    """Specks and hairs of one frame, and a scratch that stays for a few."""
    height, width = picture.shape[:2]
    unit = height / 360
    for x, y, size, light in rng.random((rng.integers(0, 5), 4)):
        color = (238, 228, 205) if light > 0.4 else (30, 24, 18)
        cv2.circle(
            picture,
            (round(x * width), round(y * height)),
            max(1, round((0.4 + 1.3 * size) * unit)),
            color,
            -1,
            cv2.LINE_AA,
        )
    if rng.random() < 0.12:
        x, y, turn = rng.random(3)
        box = (round((8 + 10 * turn) * unit), round(4 * unit) + 1)
        cv2.ellipse(
            picture,
            (round(x * width), round(y * height)),
            box,
            360 * turn,
            20,
            200,
            (40, 32, 24),
            max(1, round(0.6 * unit)),
            cv2.LINE_AA,
        )
    if lasting.random() < 0.35:
        x = round(float(lasting.random()) * width + rng.normal(0, 0.6))
        cv2.line(picture, (x, 0), (x, height), (214, 202, 178), max(1, round(0.4 * unit)), cv2.LINE_AA)


def _papercraft(width: int, height: int, seed: int) -> Filter:
    texture = _paper(width, height, seed, 0.055)
    levels = 6
    centers = (np.arange(256) * levels // 256 + 0.5) * 255 / levels
    sheet = np.rint(np.clip(centers * 0.86 + 30, 0, 255)).astype(np.uint8)
    unit = max(1.0, height / 360)

    def papercraft(picture: Pixels, _number: int) -> Pixels:
        flat = _flat(picture, 3)
        lab = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB)
        light = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.2 * unit)
        step = light // np.uint8(256 // levels + 1)
        lab[..., 0] = cv2.LUT(light, sheet)
        lab[..., 1:] = _vivid(np.asarray(lab[..., 1:], np.uint8))
        out = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
        higher = cv2.GaussianBlur(step.astype(np.float32), (0, 0), 1.6 * unit)
        offset = np.array([[1, 0, 1.8 * unit], [0, 1, 2.4 * unit]])
        cast = cv2.warpAffine(higher, offset, (width, height), borderMode=cv2.BORDER_REPLICATE)
        shadow = np.clip((cast - step) * 0.5, 0, 0.55)
        rim = np.clip(
            (step - cv2.erode(step, np.ones((2, 2), np.uint8), iterations=max(1, round(unit / 2)))) * 22.0, 0, 40
        )
        gain = (texture * (1 - shadow.astype(np.float32)))[..., None]
        return np.asarray(np.clip(out * gain + rim.astype(np.float32)[..., None], 0, 255), np.uint8)

    return papercraft


def _vivid(chroma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The a and b of Lab, in a dozen steps each and a little further from gray."""
    apart = np.rint((chroma.astype(np.float32) - 128) / 9) * 9 * 1.25
    return np.clip(apart + 128, 0, 255).astype(np.uint8)


def _flat(picture: Pixels, rounds: int) -> Pixels:
    """Areas of even colour with their outlines kept, found in a copy of at most 480 pixels."""
    height, width = picture.shape[:2]
    scale = min(1.0, 480 / max(height, width))
    small = cv2.resize(
        picture, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    for _ in range(rounds):
        small = cv2.bilateralFilter(small, 7, 38, 5)
    small = cv2.medianBlur(small, 5)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _paper(width: int, height: int, seed: int, strength: float) -> NDArray[np.float32]:
    """The tooth of paper as a gain around 1, (H, W)."""
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 12])
    rows, columns = max(8, min(height, 540)), max(8, min(width, 960))
    fine = cv2.GaussianBlur(rng.standard_normal((rows, columns)).astype(np.float32), (0, 0), 0.8)
    coarse = cv2.GaussianBlur(rng.standard_normal((rows, columns)).astype(np.float32), (0, 0), 5)
    mixed = fine / fine.std() + 0.8 * coarse / coarse.std()
    return np.asarray(
        1 + strength * 0.6 * cv2.resize(mixed, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _watercolor(width: int, height: int, seed: int) -> Filter:
    texture = _paper(width, height, seed, 0.04)
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 13])
    cloud = cv2.resize(rng.random((9, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    wash = 0.8 + 0.4 * np.clip(cloud, 0, 1)
    waves = rng.standard_normal((2, 24, 40)).astype(np.float32)
    wobble = np.stack([cv2.resize(wave, (width, height), interpolation=cv2.INTER_CUBIC) for wave in waves], axis=-1)
    bleed = places(width, height) + wobble * np.float32(height / 240)
    border = _border(width, height, seed)

    def watercolor(picture: Pixels, _number: int) -> Pixels:
        flat = cv2.remap(_flat(picture, 4), bleed, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)  # type: ignore[call-overload]
        luma = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY).astype(np.float32)
        vivid = luma[..., None] + 1.45 * (flat - luma[..., None])
        density = (255 - np.clip(vivid, 0, 255)) / 255
        unit = height / 360
        rim = np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 1.8 * unit)) / 255
        strength = wash * (0.82 + 2.6 * np.clip(rim, 0, 0.16)) * border
        paint = 255 * np.exp(-1.3 * density * strength[..., None]) * (0.985, 0.98, 0.965)
        return np.asarray(np.clip(paint * texture[..., None], 0, 255), np.uint8)

    return watercolor


def _border(width: int, height: int, seed: int) -> NDArray[np.float32]:
    """How much paint there is: none at the rim of the sheet, with a ragged edge."""
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 14])
    ragged = cv2.resize(rng.random((18, 32)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    grid = places(width, height)
    inner = np.minimum.reduce([grid[..., 0], width - 1 - grid[..., 0], grid[..., 1], height - 1 - grid[..., 1]])
    return np.asarray(np.clip((inner / height - 0.012 - 0.035 * ragged) / 0.012, 0, 1), np.float32)


def _stop_motion(width: int, height: int, seed: int) -> Filter:
    def pose(picture: Pixels, number: int) -> Pixels:
        rng = _chance(seed, number)
        turn, x, y = rng.normal(0, [0.0011, width * 0.0011, height * 0.0014])
        zoom = 1.01
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(turn), zoom)
        matrix[:, 2] += (x, y)
        out = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(cv2.convertScaleAbs(out, alpha=1 + float(rng.normal(0, 0.014))), np.uint8)

    return pose


def _pixel(width: int, height: int, _seed: int) -> Filter:
    scale = PIXELS / max(width, height)
    columns, rows = max(4, round(width * scale)), max(4, round(height * scale))
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
    pattern = np.tile(order, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns, None]

    def pixel(picture: Pixels, _number: int) -> Pixels:
        small = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
        mean = small.mean(axis=-1, keepdims=True)
        vivid = np.clip(mean + (small - mean) * 1.35, 0, 255) / 255 * (SHADES - 1)
        steps = np.clip(np.rint(vivid + 0.3 * pattern), 0, SHADES - 1) * (255 / (SHADES - 1))
        return np.asarray(
            cv2.resize(steps.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
        )

    return pixel


_FILTERS: Final[dict[str, Callable[[int, int, int], Filter]]] = {
    "film-noir": _film_noir,
    "archival": _archival,
    "papercraft": _papercraft,
    "watercolor": _watercolor,
    "stop-motion": _stop_motion,
    "pixel": _pixel,
}
