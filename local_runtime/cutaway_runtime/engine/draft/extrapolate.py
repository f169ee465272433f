"""Beyond the last known frame: the motion a clip had goes on for a while and comes to rest.

    ####........    forward: from the last frames on
    ........####    backward: the same with time reversed, by whoever hands the run over the other way round

Nobody knows what comes after a clip ends. Three guesses are tried on the clip itself: its own last frames are
hidden, each guess predicts them, and the one that comes nearest goes on (`Continuation.method`):

    flow_extrapolation    every pixel keeps its own motion
    camera_move           the whole picture keeps moving, turning or growing as one
    hold                  nothing moves
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import Field, Gray, field_size, find, gray, places, pull, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels

FLOW, CAMERA, HOLD = "flow_extrapolation", "camera_move", "hold"
HIDDEN: Final = 4
"""Frames of the clip's own end that the guesses are tried on, at most."""
TRIAL_SIDE: Final = 320
"""The longer side of the pictures the guesses are tried on."""


def damped(frames: float) -> float:
    """How many frames' worth of motion lie in `frames`, when speed falls to 0.9 per frame: 10 at most."""
    return float(1 - 0.9**frames) / 0.1


def steady(frames: float) -> float:
    """The same when speed is nearly kept for half a second and fades over two: 38 frames' worth at most."""
    return 24 * math.atan(frames / 24)


@dataclass(frozen=True)
class Guess:
    """One way to go on: what moves, how far back its speed is read, and how it comes to rest."""

    method: str
    lag: int = 1
    rest: Callable[[float], float] = damped


GUESSES: Final = (
    Guess(HOLD),
    Guess(FLOW, 1, damped),
    Guess(FLOW, 2, damped),
    Guess(FLOW, 1, steady),
    Guess(FLOW, 2, steady),
    Guess(CAMERA, 2, damped),
    Guess(CAMERA, 2, steady),
)
UNTRIED: Final = Guess(FLOW, 1, damped)
"""For runs of two frames, too short to hide any."""


class Continuation:
    """What follows the frames `run`, (k, H, W, 3) with k >= 2."""

    def __init__(self, run: Pixels) -> None:
        self.guess = choose(run)
        self.method = self.guess.method
        self._way = _Way([gray(frame) for frame in run[-3:]], self.guess)
        self._last = run[-1]

    def frame(self, index: int) -> Pixels:
        """The frame `index` places behind the run; 0 is the next one."""
        return self._way.after(self._last, index + 1)


def choose(run: Pixels) -> Guess:
    """The guess that best predicts the run's own last frames from those before."""
    hidden = min(HIDDEN, len(run) - 2)
    if hidden < 1:
        return UNTRIED
    small = [_small(frame) for frame in run[-(HIDDEN + 3) :]]
    seen, truth = small[:-hidden], small[-hidden:]
    grays = [gray(frame) for frame in seen[-3:]]

    def error(guess: Guess) -> float:
        way = _Way(grays, guess)
        misses = (cv2.norm(way.after(seen[-1], n + 1), frame, cv2.NORM_L2SQR) for n, frame in enumerate(truth))
        return sum(misses)

    return min(GUESSES, key=error)


def _small(frame: Pixels) -> Pixels:
    size = field_size(frame.shape[1], frame.shape[0], TRIAL_SIDE)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


class _Way:
    """How pictures move on after the last of `grays`, by one guess."""

    def __init__(self, grays: list[Gray], guess: Guess) -> None:
        self._rest = guess.rest
        self._speed: Field | None = None
        if guess.method == HOLD:
            return
        lag = min(guess.lag, len(grays) - 1)
        last, before = grays[-1], grays[-1 - lag]
        back = find(last, before)
        sure = trust(back, find(before, last))
        if guess.method == FLOW:
            known = sure + np.float32(1e-3)
            spread = cv2.GaussianBlur(back * known[..., None], (0, 0), 3.0)
            back = np.asarray(spread / cv2.GaussianBlur(known, (0, 0), 3.0)[..., None], np.float32)
        else:
            back = -_as_one(-back, sure)
        self._speed = -back / np.float32(lag)

    def after(self, picture: Pixels, frames: int) -> Pixels:
        """The picture `frames` later, (H, W, 3)."""
        if self._speed is None:
            return picture
        gone = np.float32(self._rest(frames))
        way = -gone * self._speed
        for _ in range(3):  # what arrives at x left from x + way(x), with the speed it had there
            way = -gone * pull(self._speed, way)
        return pull(picture, way)


def _as_one(speed: Field, sure: Field) -> Field:
    """The shift, turn and growth of the whole picture that explain most of a motion; nothing where none does."""
    height, width = speed.shape[:2]
    sample = (slice(4, None, 8), slice(4, None, 8))
    known = sure[sample].ravel() > 0.5
    here = places(width, height)[sample].reshape(-1, 2)[known]
    there = here + speed[sample].reshape(-1, 2)[known]
    if len(here) < 12:
        return np.zeros_like(speed)
    matrix, _ = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=1.0)
    if matrix is None:
        return np.zeros_like(speed)
    grid = places(width, height)
    return np.asarray(grid @ matrix[:, :2].T + matrix[:, 2] - grid, np.float32)
