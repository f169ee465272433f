"""Where every pixel went: dense motion between two pictures (OpenCV's DIS), how far it can be trusted,
and the two ways to move values along it.

A `Field` is (h, w, 2) float32: for each pixel the way (x, y) to where it is found in the other picture,
counted in pixels of the field itself. Fields are small (`SIDE` at most), pictures may be of any size;
`pull` scales a field to the picture it moves.

    pull   picture at x + field(x)        every output pixel looks up one place: no holes
    push   values land at x + field(x)    every input pixel goes to one place: holes where nothing lands
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels

Field: TypeAlias = NDArray[np.float32]
"""(h, w, 2): displacements in pixels of the field."""
Weight: TypeAlias = NDArray[np.float32]
"""(h, w), from 0 to 1."""
Gray: TypeAlias = NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)

SIDE: Final = 640
"""The longer side of a field, at most: motion of larger pictures is found in smaller copies."""
LEAST: Final = 64
"""The shorter side of a field, at least: the flow pyramid needs some pixels to stand on."""


def field_size(width: int, height: int, side: int = SIDE) -> tuple[int, int]:
    """(width, height) of the field for a picture: its own size, within bounds."""
    scale = min(1.0, side / max(width, height))
    scale = max(scale, LEAST / min(width, height))
    return max(LEAST, round(width * scale)), max(LEAST, round(height * scale))


def gray(picture: Pixels, side: int = SIDE) -> Gray:
    """A picture as the flow sees it: luma, at the size of its field."""
    size = field_size(picture.shape[1], picture.shape[0], side)
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if size == (picture.shape[1], picture.shape[0]):
        return np.asarray(luma, np.uint8)
    smaller = size[0] < picture.shape[1]
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.uint8)


def find(here: Gray, there: Gray) -> Field:
    """Motion from one gray picture to another of the same size, by dense inverse search."""
    return np.asarray(_dis().calc(here, there, None), np.float32)  # type: ignore[call-overload]


@lru_cache(maxsize=1)
def _dis() -> cv2.DISOpticalFlow:
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def trust(forward: Field, backward: Field) -> Weight:
    """How far each pixel's motion can be believed: going there and back must end where it began.

    The slack is 1.5 pixels plus a tenth of the way (measured on real clips: long ways are found less exactly).
    """
    miss = np.linalg.norm(forward + pull(backward, forward), axis=-1)
    slack = 1.5 + 0.1 * np.linalg.norm(forward, axis=-1)
    return np.asarray(np.exp(-((miss / slack) ** 2)), np.float32)


def smooth(field: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


@lru_cache(maxsize=4)
def places(width: int, height: int) -> Field:
    """The coordinates (x, y) of every pixel, (height, width, 2)."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    grid = np.stack([x, y], axis=-1)
    grid.flags.writeable = False
    return grid


def pull(values: NDArray[Number], field: Field, *, border: int = cv2.BORDER_REFLECT_101) -> NDArray[Number]:
    """`values` looked up at x + field(x); the field is scaled to their size. What lies outside is mirrored."""
    height, width = values.shape[:2]
    target = places(width, height) + scaled(field, width, height)
    looked = cv2.remap(values, target, None, cv2.INTER_LINEAR, borderMode=border)  # type: ignore[call-overload]
    return cast("NDArray[Number]", looked)


def scaled(field: Field, width: int, height: int) -> Field:
    """The same motion for a picture of another size."""
    h, w = field.shape[:2]
    if (w, h) == (width, height):
        return field
    larger = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger * np.array([width / w, height / h], np.float32), np.float32)


def push(values: NDArray[np.float32], weight: Weight, field: Field) -> tuple[NDArray[np.float32], Weight]:
    """`values` (h, w, k) carried to x + field(x) and shared among the four pixels around it.

    Returns the sum of weight x value (h, w, k) and the sum of weights (h, w); both are 0 in holes.
    """
    height, width, kinds = values.shape
    target = places(width, height) + field
    corner = np.floor(target).astype(np.int32)
    part = (target - corner).astype(np.float32)
    column, row = corner[..., 0], corner[..., 1]
    sums = np.zeros((kinds + 1, height * width))
    for right in (0, 1):
        for below in (0, 1):
            x, y = column + right, row + below
            share = weight * np.abs(1 - right - part[..., 0]) * np.abs(1 - below - part[..., 1])
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            index, share = (y * width + x)[inside], share[inside]
            sums[-1] += np.bincount(index, share, height * width)
            for kind in range(kinds):
                sums[kind] += np.bincount(index, share * values[..., kind][inside], height * width)
    planes = sums.reshape(kinds + 1, height, width).astype(np.float32)
    return np.moveaxis(planes[:-1], 0, -1), planes[-1]


def fill_holes(sums: NDArray[np.float32], landed: Weight) -> NDArray[np.float32]:
    """What was pushed, as means (h, w, k); holes take the mean of what is around them, the nearest first."""
    total, weight = sums.copy(), landed.copy()
    for sigma, share in ((1.0, 0.02), (8.0, 0.002)):
        total += share * np.reshape(cv2.GaussianBlur(sums, (0, 0), sigma), sums.shape)
        weight += share * cv2.GaussianBlur(landed, (0, 0), sigma)
    return np.asarray(total / np.maximum(weight, 1e-6)[..., None], np.float32)
