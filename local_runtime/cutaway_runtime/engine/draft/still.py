"""A camera over a still picture.

Nothing in the picture is animated: the view moves, near things pass faster than far ones, and at the still's own
moment the picture is shown exactly as it was given. How near a thing is can only be guessed: low in the frame is
near, and so is what stands out from its surroundings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import Field, Weight, field_size, places, pull
from cutaway_runtime.engine.draft.scene import Camera

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels

METHOD: Final = "camera_move"
DEPTH_SIDE: Final = 240
"""The longer side of the depth guess."""
MARGIN: Final = 0.16
"""How far the picture is continued beyond its edges, in parts of its width and height."""
FULL_SECONDS: Final = 4.0
"""How long a move takes to go its whole way; shorter shots go less far, longer ones slower."""


@dataclass(frozen=True)
class Move:
    """Where the camera is at the end of a move, seen from its start.

    `zoom` is the growth of the picture, `x` and `y` the way of the camera in parts of the frame (right and down are
    positive), `depth` how much further near things go than far ones, `sway` the size of a hand's unrest.
    """

    zoom: float = 0.0
    x: float = 0.0
    y: float = 0.0
    depth: float = 0.5
    sway: float = 0.0


MOVES: Final[dict[Camera, Move]] = {
    Camera.STATIC: Move(zoom=0.05),
    Camera.PUSH_IN: Move(zoom=0.2),
    Camera.PULL_OUT: Move(zoom=-0.13),
    Camera.PAN_LEFT: Move(zoom=0.06, x=-0.11, depth=0.35),
    Camera.PAN_RIGHT: Move(zoom=0.06, x=0.11, depth=0.35),
    Camera.TILT_UP: Move(zoom=0.06, y=-0.11, depth=0.2),
    Camera.TILT_DOWN: Move(zoom=0.06, y=0.11, depth=0.2),
    Camera.TRACK: Move(zoom=0.05, x=0.1, depth=0.8),
    Camera.HANDHELD: Move(zoom=0.05, sway=0.012),
    Camera.AERIAL: Move(zoom=-0.06, y=0.07, depth=0.7),
    Camera.ORBIT: Move(zoom=0.07, x=0.09, depth=1.6),
}
"""STATIC is what a prompt without a camera word gives: a slow approach, so that a still does not look frozen."""


class Dolly:
    """A still picture (H, W, 3) and a camera before it.

    `seconds` is how long the move lasts; `seed` varies its drift.
    """

    def __init__(self, picture: Pixels, camera: Camera, seconds: float, seed: int) -> None:
        self.picture = picture
        height, width = picture.shape[:2]
        self._edge = max(2, round(width * MARGIN)), max(2, round(height * MARGIN))
        self._wide = _continued(picture, *self._edge)
        self._near = nearness(picture)
        self._move = _varied(MOVES[camera], min(1.0, seconds / FULL_SECONDS), seed)
        self._seconds = seconds
        self._phase = np.random.default_rng(seed).uniform(0, 2 * math.pi, 4)

    def at(self, way: float) -> Pixels:
        """The view when `way` of the move is done: 0 is the picture itself, 1 the end; below 0 it has not begun."""
        if way == 0:
            return self.picture
        height, width = self.picture.shape[:2]
        far = (width / self._near.shape[1], height / self._near.shape[0])
        offset = self._offset(way) * np.array(far, np.float32)
        offset = np.asarray(cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        target = places(width, height) + offset + np.array(self._edge, np.float32)
        view = cv2.remap(self._wide, target, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)  # type: ignore[call-overload]
        return np.asarray(view, np.uint8)

    def _offset(self, way: float) -> Field:
        """For each pixel of the view the way to what it shows in the picture, at the size of the depth guess."""
        height, width = self._near.shape
        move = self._move
        sway_x, sway_y = self._sway(way)
        middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
        shift = np.array([(move.x * way + sway_x) * width, (move.y * way + sway_y) * height], np.float32)
        from_middle = places(width, height) - middle

        def look(near: Weight) -> Field:
            pace = 1 + np.float32(move.depth) * (near[..., None] - np.float32(0.5))
            growth = np.exp(np.float32(math.log1p(move.zoom) * way) * pace)
            return np.asarray(from_middle / growth + shift * pace - from_middle, np.float32)

        offset = look(self._near)
        return look(pull(self._near, offset))  # the depth of what is seen, not of where it is seen

    def _sway(self, way: float) -> tuple[float, float]:
        """The unrest of a hand, in parts of the frame; none at the still's own moment."""
        if not self._move.sway:
            return 0.0, 0.0
        time = way * self._seconds
        a, b, c, d = self._phase

        def wave(first: float, second: float) -> float:
            return (
                math.sin(2.1 * time + first)
                - math.sin(first)
                + 0.6 * (math.sin(5.3 * time + second) - math.sin(second))
            )

        return self._move.sway * wave(a, b), self._move.sway * wave(c, d)


def _varied(move: Move, part: float, seed: int) -> Move:
    """The move for this shot: `part` of its way, with a small drift of its own where the camera has no direction."""
    drift = np.random.default_rng(seed).uniform(-0.02, 0.02, 2)
    x = move.x or float(drift[0])
    y = move.y or float(drift[1]) * 0.6
    return replace(move, zoom=move.zoom * part, x=x * part, y=y * part)


def nearness(picture: Pixels) -> Weight:
    """A guess at what is near, (h, w) from 0 to 1: lower in the frame, and standing out from the edges in colour."""
    size = field_size(picture.shape[1], picture.shape[0], DEPTH_SIDE)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    height, width = lab.shape[:2]
    rim = max(2, height // 12)
    edge = np.concatenate([lab[:rim].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)])
    apart = (lab - edge.mean(axis=0)) / (edge.std(axis=0) + 8)
    out = np.minimum(np.linalg.norm(apart, axis=-1) / 3, 1)
    grid = (places(width, height) / np.array([width - 1, height - 1], np.float32)) - 0.5
    central = np.exp(-((grid[..., 0] / 0.35) ** 2) - ((grid[..., 1] / 0.45) ** 2))
    low = np.clip((grid[..., 1] + 0.5 - 0.3) / 0.7, 0, 1)
    guess = 0.6 * low + 0.5 * out * central
    luma = lab[..., 0] / 255
    return _along_edges(guess.astype(np.float32), luma.astype(np.float32), radius=max(4, width // 16))


def _along_edges(guess: Weight, guide: Weight, radius: int) -> Weight:
    """A guess smoothed inside things and not across their outlines (a guided filter)."""
    box = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Weight) -> Weight:
        return np.asarray(cv2.blur(values, box), np.float32)

    mean_guide, mean_guess = mean(guide), mean(guess)
    slope = (mean(guide * guess) - mean_guide * mean_guess) / (mean(guide * guide) - mean_guide**2 + 0.01)
    smooth = mean(slope) * guide + mean(mean_guess - slope * mean_guide)
    return np.clip(cv2.GaussianBlur(smooth, (0, 0), radius / 6), 0, 1).astype(np.float32)


def _continued(picture: Pixels, x: int, y: int) -> Pixels:
    """The picture with `x` and `y` more pixels on each side: mirrored, and softer the further out."""
    wide = cv2.copyMakeBorder(picture, y, y, x, x, cv2.BORDER_REFLECT_101)
    soft = cv2.GaussianBlur(wide, (0, 0), max(1.0, x / 8))
    inside = np.zeros(wide.shape[:2], np.uint8)
    inside[y:-y, x:-x] = 255
    outside = cv2.distanceTransform(255 - inside, cv2.DIST_L2, 3)
    amount = np.clip(outside / (x * 0.6), 0, 1).astype(np.float32)
    mixed = cv2.blendLinear(soft, wide, amount, 1 - amount)
    mixed[y:-y, x:-x] = picture
    return np.asarray(mixed, np.uint8)
