"""From the last frame before a gap to the first frame behind it.

    ####........####
       a ------> b        one motion field, found both ways, carried to each moment in between

`Passage` is the way between two pictures; `Bridge` fills a gap between two runs of frames. Where the two
searches agree, both pictures are moved towards each other along it; where they do not (torn edges, things
that appear), a little plain dissolve shows through. Where the pictures have nothing in common, as across a
cut, there is no way from one to the other, and `matches` says so.

With several known frames on each side, the motion leaves and arrives with the speed the clips have there
(a cubic in time instead of a line), as far as that speed was steady.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from cutaway_runtime.engine.draft.flow import (
    Field,
    Weight,
    field_size,
    fill_holes,
    find,
    gray,
    pull,
    push,
    scaled,
    smooth,
    trust,
)

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.edge import Edge

METHOD: Final = "flow_bridge"
DISSOLVE: Final = "dissolve"
COMMON: Final = 0.25
"""Share of trusted motion below which two pictures are different shots.

Measured on the test clips: at most 0.18 across a cut, at least 0.29 within a shot up to 49 frames apart."""
ALIKE: Final = 0.4
"""Overlap of colour histograms below which they are, whatever the motion: flat pictures are moved onto anything.

Within a shot: at least 0.65."""
THROUGH: Final = 0.05
"""How much of the dissolve shows where neither motion can be trusted."""
LAG: Final = 2
"""Frames between the pictures that a clip's own speed is read from."""
FORESIGHT: Final = 12
"""Frames over which a clip's own speed says something about its future; over more it is doubted in proportion."""


class Pace(NamedTuple):
    """How far leaving and arriving speed differ from the mean speed of a passage, seen from each end.

    Each is (h, w, 2), in pixels per passage: (leaving, arriving), for the pixels of a and for those of b.
    """

    from_a: tuple[Field, Field]
    from_b: tuple[Field, Field]


class Passage:
    """Every picture between `a` and `b`, both (H, W, 3)."""

    def __init__(self, a: Pixels, b: Pixels) -> None:
        self.a, self.b = a, b
        gray_a, gray_b = gray(a), gray(b)
        self.forward, self.backward = find(gray_a, gray_b), find(gray_b, gray_a)
        self.trust_a, self.trust_b = trust(self.forward, self.backward), trust(self.backward, self.forward)
        self.forward, self.backward = smooth(self.forward, 1.0), smooth(self.backward, 1.0)
        self.pace: Pace | None = None

    @property
    def matches(self) -> bool:
        """Both pictures show the same things, so that one can be moved into the other."""
        common = min(float(self.trust_a.mean()), float(self.trust_b.mean()))
        return common >= COMMON and alike(self.a, self.b) >= ALIKE

    def at(self, moment: float) -> Pixels:
        """The picture at `moment`: 0 is a, 1 is b."""
        t = np.float32(moment)
        to_a, to_b, seen = self._ways(t)
        moved_a, moved_b = pull(self.a, to_a), pull(self.b, to_b)
        weight_a = pull(self.trust_a, to_a, border=cv2.BORDER_CONSTANT) * seen * (1 - t) + THROUGH / 2 * (1 - t)
        weight_b = pull(self.trust_b, to_b, border=cv2.BORDER_CONSTANT) * seen * t + THROUGH / 2 * t
        height, width = self.a.shape[:2]
        heavy_a, heavy_b = (cv2.resize(weight, (width, height)) for weight in (weight_a, weight_b))
        mixed = cv2.blendLinear(moved_a, moved_b, heavy_a, heavy_b)
        plain = dissolve(self.a, self.b, moment)
        through = np.full((height, width), THROUGH / 2, np.float32)
        return np.asarray(cv2.blendLinear(mixed, plain, heavy_a + heavy_b, through), np.uint8)

    def near(self, moment: float) -> Pixels:
        """The picture at `moment`, where a and b are neighbours in time.

        What cannot be followed is mostly taken from the nearer one, and nothing else shows through: what is a
        veil over a second is a double outline between two frames.
        """
        t = np.float32(moment)
        nearer = (1 - t) ** 3 / ((1 - t) ** 3 + t**3)
        to_a, to_b, seen = self._ways(t)
        weight_a = pull(self.trust_a, to_a, border=cv2.BORDER_CONSTANT) * seen * (1 - t) + THROUGH * nearer
        weight_b = pull(self.trust_b, to_b, border=cv2.BORDER_CONSTANT) * seen * t + THROUGH * (1 - nearer)
        height, width = self.a.shape[:2]
        heavy_a, heavy_b = (cv2.resize(weight, (width, height)) for weight in (weight_a, weight_b))
        return np.asarray(cv2.blendLinear(pull(self.a, to_a), pull(self.b, to_b), heavy_a, heavy_b), np.uint8)

    def _ways(self, t: np.float32) -> tuple[Field, Field, Weight]:
        """For each pixel at moment t the way back to a, the way on to b, and how surely it is known.

        Carried there at half the size of the fields: twice as fast, and no further from the truth.
        """
        height, width = self.trust_a.shape
        half = width // 2, height // 2
        gone_a, gone_b = (scaled(gone, *half) for gone in self._gone(t))
        forward, come_b = scaled(self.forward, *half), gone_b + scaled(self.backward, *half)
        trust_a, trust_b = (np.asarray(cv2.resize(w, half), np.float32) for w in (self.trust_a, self.trust_b))
        values_a = np.concatenate([-gone_a, forward - gone_a, trust_a[..., None]], axis=-1)
        values_b = np.concatenate([-gone_b, -come_b, trust_b[..., None]], axis=-1)
        sum_a, weight_a = push(values_a, trust_a + np.float32(1e-3), gone_a)
        sum_b, weight_b = push(values_b, trust_b + np.float32(1e-3), come_b)
        landed = (1 - t) * weight_a + t * weight_b
        ways = fill_holes((1 - t) * sum_a + t * sum_b, landed)
        seen = np.asarray(cv2.resize(ways[..., 4] * np.minimum(landed, 1), (width, height)), np.float32)
        return scaled(ways[..., :2].copy(), width, height), scaled(ways[..., 2:4].copy(), width, height), seen

    def _gone(self, t: np.float32) -> tuple[Field, Field]:
        """How far what is seen in a, and what is seen in b, has moved from its place in a by moment t."""
        gone_a, gone_b = self.forward * t, -self.backward * t
        if self.pace is not None:
            leaving, arriving = t * (1 - t) ** 2, -(t**2) * (1 - t)
            gone_a = gone_a + leaving * self.pace.from_a[0] + arriving * self.pace.from_a[1]
            gone_b = gone_b + leaving * self.pace.from_b[0] + arriving * self.pace.from_b[1]
        return gone_a, gone_b


class Bridge:
    """`missing` frames between two edges. `matches` says whether both show the same shot."""

    def __init__(self, before: Edge, after: Edge, missing: int) -> None:
        self.missing = missing
        self.passage = Passage(before.picture, after.picture)
        self.matches = self.passage.matches
        if self.matches and min(len(before), len(after)) > 2 * LAG:
            self.passage.pace = _pace(self.passage, before, after, missing + 1)

    def frame(self, index: int) -> Pixels:
        """Missing frame `index`, (H, W, 3)."""
        return self.passage.at((index + 1) / (self.missing + 1))


def _pace(passage: Passage, before: Edge, after: Edge, steps: int) -> Pace:
    """Leaving speed read from the last frames before the gap, arriving speed from the first ones behind it."""
    leaving, unsteady_a, sure_a = _speed(before, steps)
    arriving, unsteady_b, sure_b = _speed(after, steps)
    doubt = np.float32(max(1.0, steps / FORESIGHT))
    at_a = _steady(leaving - passage.forward, unsteady_a * doubt, sure_a * passage.trust_a)
    at_b = _steady(-arriving + passage.backward, unsteady_b * doubt, sure_b * passage.trust_b)
    return Pace(from_a=(at_a, pull(at_b, passage.forward)), from_b=(pull(at_a, passage.backward), at_b))


def _speed(edge: Edge, steps: int) -> tuple[Field, Weight, Weight]:
    """At an edge, into the gap: speed in pixels per `steps` frames, how much that speed changed shortly before
    (squared), and how far it can be trusted.
    """
    first, second, third = (gray(edge.small[index]) for index in (0, LAG, 2 * LAG))
    near = find(first, second)
    sure = trust(near, find(second, first))
    far = pull(find(second, third), near)
    change = ((far - near) * np.float32(steps / LAG)) ** 2
    return smooth(-near, 3.0) * np.float32(steps / LAG), change.sum(axis=-1), sure


def _steady(difference: Field, unsteady: Weight, sure: Weight) -> Field:
    """A difference of speeds, shrunk to nothing where it is no larger than the speed's own unrest."""
    reach = (0, 0), 12.0
    known = cv2.GaussianBlur(sure, *reach) + 1e-3
    signal = cv2.GaussianBlur((difference**2).sum(axis=-1) * sure, *reach) / known
    unrest = cv2.GaussianBlur(unsteady * sure, *reach) / known
    keep = np.clip(1 - unrest / (signal + 1e-6), 0, 1) * sure
    return np.asarray(difference * keep[..., None], np.float32)


def dissolve(a: Pixels, b: Pixels, moment: float) -> Pixels:
    """A plain mix: 0 is a, 1 is b."""
    return np.asarray(cv2.addWeighted(a, 1 - moment, b, moment, 0), np.uint8)


def ease(moment: float) -> float:
    """0 to 1, slow at both ends."""
    return moment * moment * (3 - 2 * moment)


def alike(a: Pixels, b: Pixels) -> float:
    """How far the colours of two pictures overlap, from 0 to 1."""
    size = field_size(a.shape[1], a.shape[0], side=160)
    shares = []
    for picture in (a, b):
        small = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
        counts = cv2.calcHist([small], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3)
        shares.append(counts / counts.sum())
    return float(np.minimum(*shares).sum())
