"""Where a shot can be cut so that its end runs into its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.timebase import FrameRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Pixels, Plate

GRID: Final = (27, 48)
"""Rows and columns of the small pictures that are compared."""
_CHUNK: Final = 32


def best_cut(plate: Plate, *, length: int | None, shortest: int) -> FrameRange:
    """The range of the plate whose end looks and moves most like its start.

    Args:
        plate: the shot.
        length: exactly this many frames, or None for the best of all lengths.
        shortest: the least number of frames where `length` is None.

    Frames just behind the end are compared with the first ones, two at a time, so that the direction of
    motion counts and not only the picture. Exhaustive on small pictures: below a second for 250 frames.
    """
    total = len(plate)
    if length == total or total <= shortest:
        return FrameRange(0, total)
    small = _small_pictures(plate)
    step = np.diff(small, axis=0, append=small[-1:])
    looks = np.concatenate([small, step], axis=1)
    gram = looks @ looks.T
    power = np.diag(gram)
    distance = power[:, None] + power[None, :] - 2 * gram  # (start, end): end is the frame behind the cut
    starts, ends = np.arange(total)[:, None], np.arange(total)[None, :]
    spans = ends - starts
    allowed = spans == length if length is not None else spans >= shortest
    distance = np.where(allowed, distance, np.inf)
    if not np.isfinite(distance).any():
        return FrameRange(0, length if length is not None else total)
    start, end = np.unravel_index(int(np.argmin(distance)), distance.shape)
    return FrameRange(int(start), int(end))


def _small_pictures(plate: Plate) -> NDArray[np.float32]:
    """Every frame as a row of GRID grey-ish averages: (T, rows * columns * 3) float32."""
    rows = [_reduced(plate.read(at, min(at + _CHUNK, len(plate)))) for at in range(0, len(plate), _CHUNK)]
    return np.concatenate(rows)


def _reduced(frames: Pixels) -> NDArray[np.float32]:
    count, height, width, _ = frames.shape
    rows, columns = min(GRID[0], height), min(GRID[1], width)
    ys = np.linspace(0, height, rows + 1).astype(int)[:-1]
    xs = np.linspace(0, width, columns + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(frames.astype(np.float32), ys, axis=1), xs, axis=2)
    areas = np.diff(np.append(ys, height))[:, None] * np.diff(np.append(xs, width))[None, :]
    means: NDArray[np.float32] = (sums / areas[None, :, :, None]).reshape(count, -1).astype(np.float32)
    return means
