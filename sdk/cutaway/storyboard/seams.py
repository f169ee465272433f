"""How well a take meets its neighbours, measured and never guessed.

    seam = measured(neighbour_frames, take_frames)
    seam.score                # 1: no more change than the footage has by itself; 0: a hard jump

A cut into a take should look like one frame following another. So the change over the cut is compared
with the neighbour's own change from frame to frame, the mean colours of both sides with each other, and
the motion over the cut with the motion before and behind it. All figures are kept, so that a score can be
argued with.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.errors import MediaError
from cutaway.storyboard.card import Seam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway.media.extra import Pixels

    Grey = NDArray[np.float32]

CONTEXT: Final = 4
"""Frames of each side that are looked at."""
NOISE: Final = 1.0
"""Code values of change that footage always has; keeps a still shot from making every change infinite."""
SMALL: Final = 160
"""Pixels of width at which motion is measured."""
_PATCH: Final = 8


def measured(left: Pixels, right: Pixels) -> Seam:
    """The seam between frames that end at a cut and frames that begin there.

    Args:
        left: the last frames before the cut, in order: (n, H, W, 3) uint8 RGB, n >= 2.
        right: the first frames behind it, of the same size.

    Raises:
        MediaError: too few frames, or frames of two sizes.
    """
    if left.shape[1:] != right.shape[1:] or len(left) < 1 or len(right) < 1:
        raise MediaError(f"a seam is measured between frames of one size, not {left.shape} and {right.shape}")
    a, b = left[-1].astype(np.float32), right[0].astype(np.float32)
    own = [*_changes(left[-CONTEXT:]), *_changes(right[:CONTEXT])]
    ratio = float((np.abs(b - a).mean() + NOISE) / (np.mean(own or [0.0]) + NOISE))
    shift = float(np.linalg.norm(b.mean(axis=(0, 1)) - a.mean(axis=(0, 1))))
    jump = _motion_jump(left, right)
    diagonal = float(np.hypot(*a.shape[:2]))
    scores = (
        _falling(ratio, good=1.5, bad=8.0),
        _falling(shift, good=3.0, bad=45.0),
        _falling(jump, good=0.005 * diagonal, bad=0.08 * diagonal) if jump is not None else 1.0,
    )
    return Seam(
        score=round(min(scores), 4),
        psnr=_psnr(a, b),
        ssim=_ssim(_grey(left[-1]), _grey(right[0])),
        colour_shift=round(shift, 3),
        motion_jump=None if jump is None else round(jump, 3),
        change_ratio=round(ratio, 3),
    )


def _changes(frames: Pixels) -> list[float]:
    """Mean change from frame to frame, code values."""
    pictures = frames.astype(np.float32)
    return [float(np.abs(pictures[n + 1] - pictures[n]).mean()) for n in range(len(pictures) - 1)]


def _falling(value: float, *, good: float, bad: float) -> float:
    """1 up to `good`, 0 from `bad` on, straight in between."""
    return float(np.clip((bad - value) / (bad - good), 0.0, 1.0))


def _psnr(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Peak signal to noise ratio in dB; 99 where both are equal."""
    error = float(np.square(a - b).mean())
    return round(10 * math.log10(255.0**2 / error), 2) if error > 1e-7 else 99.0


def _ssim(a: Grey, b: Grey) -> float:
    """Structural similarity (Wang et al. 2004) over blocks of 8 x 8 pixels, 1 for equal pictures."""
    height, width = (side // _PATCH * _PATCH for side in a.shape)
    if not height or not width:
        return 1.0 if np.array_equal(a, b) else 0.0
    x, y = (
        picture[:height, :width].reshape(height // _PATCH, _PATCH, width // _PATCH, _PATCH).transpose(0, 2, 1, 3)
        for picture in (a, b)
    )
    mean_x, mean_y = x.mean(axis=(2, 3)), y.mean(axis=(2, 3))
    var_x, var_y = x.var(axis=(2, 3)), y.var(axis=(2, 3))
    both = ((x - mean_x[..., None, None]) * (y - mean_y[..., None, None])).mean(axis=(2, 3))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    blocks = ((2 * mean_x * mean_y + c1) * (2 * both + c2)) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return round(float(blocks.mean()), 4)


def _motion_jump(left: Pixels, right: Pixels) -> float | None:
    """How far the motion over the cut is from the motion beside it, pixels per frame; None with nothing to compare."""
    if len(left) < 2 and len(right) < 2:
        return None
    scale: int = max(1, left.shape[2] // SMALL)
    before, behind = (_small(frames, scale) for frames in (left[-2:], right[:2]))
    beside = [_shift(*pair) for pair in (before, behind) if len(pair) == 2]
    over = _shift(before[-1], behind[0])
    jumps: list[float] = [float(np.linalg.norm(over - motion)) for motion in beside]
    return min(jumps) * scale


def _small(frames: Pixels, scale: int) -> list[Grey]:
    greys = []
    for frame in frames:
        grey = _grey(frame)
        height, width = (side // scale * scale for side in grey.shape)
        greys.append(grey[:height, :width].reshape(height // scale, scale, width // scale, scale).mean(axis=(1, 3)))
    return greys


def _grey(frame: Pixels) -> Grey:
    return np.asarray(frame.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32), dtype=np.float32)


def _shift(a: Grey, b: Grey) -> NDArray[np.float64]:
    """The translation (rows, columns) from one picture to the next, by phase correlation; 0 where nothing moves."""
    window = np.outer(np.hanning(a.shape[0]), np.hanning(a.shape[1]))
    first, second = (np.fft.rfft2((picture - picture.mean()) * window) for picture in (a, b))
    cross = second * np.conj(first)
    power = np.abs(cross)
    if float(power.max()) < 1e-3:  # flat pictures have no motion
        return np.zeros(2)
    surface = np.fft.irfft2(cross / np.maximum(power, 1e-9), s=a.shape)
    peak = np.array(np.unravel_index(int(np.argmax(surface)), surface.shape), dtype=np.float64)
    sides = np.array(a.shape)
    return np.where(peak > sides / 2, peak - sides, peak)
