"""Paper cutouts: pictures with a soft edge that are scaled, turned and laid onto a frame.

Every picture here is RGBA, uint8, premultiplied: laying one onto another is one multiplication and
one addition. Frames are RGBA too (four channels are faster to move than three) and opaque.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Pixels

_SHIFT: Final = 4
"""Fractional bits of polygon corners: a sixteenth of a pixel."""


@dataclass(frozen=True)
class Pose:
    """Where and how a cutout lies on the frame at one moment.

    `x`, `y` is where its pivot comes to lie, in pixels; `height` is the height it is drawn at. `stretch`
    squashes (wide > 1) while the area stays. `angle` turns anticlockwise, in degrees, about the pivot:
    its foot, or its middle if `about_middle`.
    """

    x: float
    y: float
    height: float
    angle: float = 0.0
    stretch: float = 1.0
    mirrored: bool = False
    upside_down: bool = False
    about_middle: bool = False
    opacity: float = 1.0


class Cutout:
    """One picture at several sizes; which one is used depends on how large it is drawn."""

    def __init__(self, pixels: Pixels, *, foot: float = 0.5) -> None:
        """`pixels` is (H, W, 4) premultiplied; `foot` is the fraction of its width at which it stands."""
        self.foot = foot
        self.sizes = [np.ascontiguousarray(pixels)]
        while min(self.sizes[-1].shape[:2]) >= 24:
            height, width = self.sizes[-1].shape[:2]
            self.sizes.append(resized(self.sizes[-1], width // 2, height // 2, interpolation=cv2.INTER_AREA))

    @property
    def aspect(self) -> float:
        """Width over height."""
        height, width = self.sizes[0].shape[:2]
        return float(width / height)

    def lay(self, frame: Pixels, pose: Pose) -> None:
        """Draw it onto `frame` (H, W, 4), in place; what lies outside is cut off."""
        if pose.height < 1 or pose.opacity <= 0:
            return
        pixels = self._size_for(pose.height)
        matrix = _matrix(pixels.shape[1], pixels.shape[0], self.foot, pose)
        lay_warped(frame, pixels, matrix, pose.opacity)

    def _size_for(self, height: float) -> Pixels:
        for smaller, larger in zip(self.sizes[:0:-1], self.sizes[-2::-1], strict=True):
            if smaller.shape[0] >= height:
                return smaller
            if larger.shape[0] >= height:
                return larger
        return self.sizes[0]


def _matrix(width: int, height: int, foot: float, pose: Pose) -> NDArray[np.float64]:
    """Source pixels to frame pixels, (2, 3)."""
    pivot_x, pivot_y = (width / 2, height / 2) if pose.about_middle else (foot * width, float(height))
    scale = pose.height / height
    wide = scale * pose.stretch * (-1 if pose.mirrored else 1)
    tall = scale / pose.stretch * (-1 if pose.upside_down else 1)
    cos, sin = math.cos(math.radians(pose.angle)), math.sin(math.radians(pose.angle))
    linear = np.array([[cos * wide, sin * tall], [-sin * wide, cos * tall]])
    shift = np.array([pose.x, pose.y]) - linear @ np.array([pivot_x, pivot_y])
    return np.hstack([linear, shift[:, None]])


def lay_warped(
    frame: Pixels, pixels: Pixels, matrix: NDArray[np.float64], opacity: float = 1.0, *, opaque: bool = False
) -> None:
    """Draw premultiplied `pixels` onto `frame` through the affine `matrix` (2, 3), only where they fall.

    `opaque` pictures are written, not blended.
    """
    height, width = pixels.shape[:2]
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], dtype=float)
    left, top = np.floor(corners.min(axis=1)).astype(int) - 1
    right, bottom = np.ceil(corners.max(axis=1)).astype(int) + 1
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, frame.shape[1]), min(bottom, frame.shape[0])
    if left >= right or top >= bottom:
        return
    moved = matrix - np.array([[0, 0, left], [0, 0, top]])
    # Pixel centres lie at whole numbers for OpenCV and at halves here.
    moved[:, 2] += moved[:, :2] @ np.array([0.5, 0.5]) - 0.5
    if opaque:
        part = frame[top:bottom, left:right]
        cv2.warpAffine(
            pixels,
            moved,
            (right - left, bottom - top),
            dst=part,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        return
    warped = np.asarray(cv2.warpAffine(pixels, moved, (right - left, bottom - top), flags=cv2.INTER_LINEAR), np.uint8)
    blend(frame[top:bottom, left:right], warped, opacity)


def blend(under: Pixels, over: Pixels, opacity: float = 1.0) -> None:
    """Lay premultiplied `over` onto `under`, both (H, W, 4) and of one size, in place."""
    if opacity < 1:
        over = faded(over, opacity)
    alpha = cv2.extractChannel(over, 3)
    clear = cv2.merge([alpha, alpha, alpha, alpha])
    cv2.bitwise_not(clear, clear)
    cv2.multiply(under, clear, under, 1 / 255)
    cv2.add(under, over, under)


def lay_at(frame: Pixels, pixels: Pixels, left: int, top: int, *, opaque: bool = False) -> None:
    """Draw premultiplied `pixels` with their corner at whole pixels; what lies outside is cut off."""
    height, width = pixels.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, frame.shape[1]), min(top + height, frame.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
    if opaque:
        np.copyto(frame[y0:y1, x0:x1], part)
    else:
        blend(frame[y0:y1, x0:x1], part)


def premultiply(straight: Pixels) -> Pixels:
    alpha = cv2.merge([straight[:, :, 3]] * 3 + [np.full(straight.shape[:2], 255, np.uint8)])
    return np.asarray(cv2.multiply(straight, alpha, scale=1 / 255), np.uint8)


def empty(width: int, height: int) -> Pixels:
    """Nothing yet: fully transparent."""
    return np.zeros((max(1, height), max(1, width), 4), np.uint8)


def polygon(picture: Pixels, points: Sequence[tuple[float, float]], color: tuple[float, ...]) -> None:
    """Fill an antialiased opaque polygon, corners in pixels."""
    corners = np.round(np.array(points) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(picture, [corners], (*color[:3], 255), cv2.LINE_AA, _SHIFT)


def ellipse(
    picture: Pixels, x: float, y: float, rx: float, ry: float, color: tuple[float, ...], angle: float = 0
) -> None:
    """Fill an antialiased opaque ellipse."""
    unit = 1 << _SHIFT
    centre, axes = (round(x * unit), round(y * unit)), (max(1, round(rx * unit)), max(1, round(ry * unit)))
    cv2.ellipse(picture, centre, axes, angle, 0, 360, (*color[:3], 255), -1, cv2.LINE_AA, _SHIFT)


def stroke(picture: Pixels, points: Sequence[tuple[float, float]], color: tuple[float, ...], thickness: float) -> None:
    """Draw an antialiased open line through the points."""
    corners = np.round(np.array(points) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(picture, [corners], False, (*color[:3], 255), max(1, round(thickness)), cv2.LINE_AA, _SHIFT)


def resized(pixels: Pixels, width: int, height: int, *, interpolation: int = cv2.INTER_LINEAR) -> Pixels:
    """At another size."""
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation), np.uint8)


def faded(pixels: Pixels, by: float) -> Pixels:
    """Every channel, cover included, times `by`."""
    return np.asarray(cv2.convertScaleAbs(pixels, alpha=by), np.uint8)


def softened(pixels: Pixels, across: float, down: float = 0) -> Pixels:
    """Blurred by a Gaussian of so many pixels; `down` where it differs from `across`."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigmaX=across, sigmaY=down), np.uint8)


def brighten(frame: Pixels, color: tuple[float, float, float]) -> None:
    """Add light to all of a frame, in place."""
    cv2.add(frame, np.array([*color, 0.0]), frame)
