"""Beyond the last known frame: the motion a clip had goes on for a while and comes to rest.

    ####........    forward, from the last frames on
    ........####    backward, the same from the other side

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
    from cutaway_runtime.engine.draft.edge import Edge

FLOW, CAMERA, HOLD = "flow_extrapolation", "camera_move", "hold"
HIDDEN: Final = 4
"""Frames of the clip's own end that the guesses are tried on, at most."""
REACH: Final = 3
"""Frames that speed is read from."""
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
"""For an edge of two frames, too few to hide any."""


class Continuation:
    """What lies beyond an edge of two frames or more."""

    def __init__(self, edge: Edge) -> None:
        self.guess = choose(edge)
        self.method = self.guess.method
        self._way = _Way([gray(frame) for frame in edge.small[:REACH]], self.guess)
        self._picture = edge.picture

    def frame(self, index: int) -> Pixels:
        """The frame `index` places beyond the edge; 0 is the next one."""
        return self._way.after(self._picture, index + 1)


def choose(edge: Edge) -> Guess:
    """The guess that best predicts the frames at the edge from those further away."""
    hidden = min(HIDDEN, len(edge) - 2)
    if hidden < 1:
        return UNTRIED
    small = [_trial(frame) for frame in edge.small[: HIDDEN + REACH]]
    truth, seen = small[:hidden][::-1], small[hidden:]
    grays = [gray(frame) for frame in seen[:REACH]]

    def error(guess: Guess) -> float:
        way = _Way(grays, guess)
        return sum(cv2.norm(way.after(seen[0], n + 1), frame, cv2.NORM_L2SQR) for n, frame in enumerate(truth))

    return min(GUESSES, key=error)


def _trial(frame: Pixels) -> Pixels:
    size = field_size(frame.shape[1], frame.shape[0], TRIAL_SIDE)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


class _Way:
    """How pictures move on beyond the first of `grays` (nearest the edge first), by one guess."""

    def __init__(self, grays: list[Gray], guess: Guess) -> None:
        self._rest = guess.rest
        self._speed: Field | None = None
        if guess.method == HOLD:
            return
        lag = min(guess.lag, len(grays) - 1)
        back = find(grays[0], grays[lag])
        sure = trust(back, find(grays[lag], grays[0]))
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
