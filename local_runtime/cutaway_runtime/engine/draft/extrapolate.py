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

from cutaway_runtime.engine.draft.flow import (
    Field,
    Gray,
    Weight,
    field_size,
    fill_holes,
    find,
    gray,
    places,
    pull,
    push,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.edge import Edge

FLOW, CAMERA, HOLD = "flow_extrapolation", "camera_move", "hold"
HIDDEN: Final = 4
"""Frames of the clip's own end that the guesses are tried on, at most."""
REACH: Final = 3
"""Frames that speed is read from."""
STRETCH: Final = 0.7
TRIAL_SIDE: Final = 320
"""The longer side of the pictures the guesses are tried on."""


def damped(frames: float) -> float:
    """How many frames' worth of motion lie in `frames`, when speed falls to 0.9 per frame: 10 at most."""
    return float(1 - 0.9**frames) / 0.1


def steady(frames: float) -> float:
    """The same when speed is nearly kept at first and halves after 24 frames: 38 frames' worth at most."""
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
        self._moves = guess.method != HOLD
        if not self._moves:
            return
        lag = min(guess.lag, len(grays) - 1)
        back = find(grays[0], grays[lag])
        sure = trust(back, find(grays[lag], grays[0]))
        self._shared = -_as_one(back, sure) / np.float32(lag)
        self._own = np.zeros_like(self._shared)
        if guess.method == FLOW:
            self._own = -_spread(back, sure) / np.float32(lag) - self._shared
        self._whole = _whole_for(self._own)
        self._front = _in_front(self._own, sure)

    def after(self, picture: Pixels, frames: int) -> Pixels:
        """The picture `frames` later, (H, W, 3)."""
        if not self._moves:
            return picture
        gone = self._rest(frames)
        apart = self._whole * math.tanh(gone / self._whole)
        way = np.asarray(gone * self._shared + apart * self._own, np.float32)
        values = np.dstack([-way, 1 / self._front]).astype(np.float32)
        sums, landed = push(values, self._front, way)
        back = fill_holes(sums[..., :2], landed)
        return _uncovered(pull(picture, back), back, sums[..., 2])


def _uncovered(picture: Pixels, back: Field, landed: Weight) -> Pixels:
    """The picture with what a thing has left behind filled from around it, where nothing is known of it.

    Looked up like the rest, it would show the thing itself once more. `landed` counts the pixels that came to each
    place. What comes in over the edge of the frame is left as it is.
    """
    height, width = landed.shape
    source = places(width, height) + back
    inside = (source[..., 0] > 1) & (source[..., 0] < width - 2) & (source[..., 1] > 1) & (source[..., 1] < height - 2)
    bare = inside & (cv2.GaussianBlur(landed, (0, 0), 1.0) < 0.35)
    if not bare.any():
        return picture
    mask = cv2.dilate(bare.astype(np.uint8), np.ones((3, 3), np.uint8))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    filled = cv2.inpaint(small, mask, 3, cv2.INPAINT_TELEA)
    size = (picture.shape[1], picture.shape[0])
    weight = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blendLinear(cv2.resize(filled, size), picture, weight, 1 - weight), np.uint8)


def _spread(field: Field, sure: Weight) -> Field:
    """A field smoothed a little, where what is not trusted takes the motion around it."""
    known = sure + np.float32(1e-3)
    total = cv2.GaussianBlur(field * known[..., None], (0, 0), 1.5)
    even = np.asarray(total / cv2.GaussianBlur(known, (0, 0), 1.5)[..., None], np.float32)
    return np.dstack([cv2.medianBlur(np.ascontiguousarray(even[..., axis]), 5) for axis in (0, 1)]).astype(np.float32)


def _whole_for(own: Field) -> float:
    """For how many frames things can go their own ways before the picture tears: until a tenth of it is stretched or
    pressed by more than `STRETCH`.
    """
    slope = np.hypot(
        np.linalg.norm(np.gradient(own, axis=0), axis=-1), np.linalg.norm(np.gradient(own, axis=1), axis=-1)
    )
    return float(min(STRETCH / max(float(np.quantile(slope, 0.9)), 1e-6), 1e3))


def _in_front(own: Field, sure: Weight) -> Weight:
    """How far a pixel covers others that land on the same place: what goes its own way is in front of the rest."""
    apart = np.linalg.norm(own, axis=-1)
    rank = np.minimum(apart / max(float(np.quantile(apart, 0.98)), 0.25), 1)
    return np.asarray((sure + 0.01) * np.exp(7 * (rank - 0.5)), np.float32)


def _as_one(field: Field, sure: Weight) -> Field:
    """The shift, turn and growth of the whole picture that explain most of a motion; nothing where none does."""
    height, width = field.shape[:2]
    sample = (slice(4, None, 8), slice(4, None, 8))
    known = sure[sample].ravel() > 0.5
    here = places(width, height)[sample].reshape(-1, 2)[known]
    there = here + field[sample].reshape(-1, 2)[known]
    if len(here) < 12:
        return np.zeros_like(field)
    matrix, _ = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=1.0)
    if matrix is None:
        return np.zeros_like(field)
    grid = places(width, height)
    return np.asarray(grid @ matrix[:, :2].T + matrix[:, 2] - grid, np.float32)
