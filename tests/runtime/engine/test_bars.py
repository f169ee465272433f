"""The synthetic test picture."""

import itertools

import numpy as np
import pytest

from cutaway.timebase import Rate
from cutaway_runtime.canvas import Canvas
from cutaway_runtime.engine.bars import Bars, frame_number
from cutaway_runtime.engine.base import Control


def painted(frames=60, width=320, height=180, **more):
    canvas = Canvas(frames=frames, width=width, height=height, rate=Rate.parse(24), **{"seed": 1, **more})
    return np.concatenate(list(Bars().paint(canvas, Control())))


def test_the_same_canvas_gives_the_same_frames_and_another_seed_does_not():
    assert (painted() == painted()).all()
    assert (painted() != painted(seed=2)).any()


@pytest.mark.parametrize(("width", "height"), [(320, 180), (322, 182), (64, 64), (180, 320)])
def test_every_frame_carries_its_number(width, height):
    assert [frame_number(f) for f in painted(width=width, height=height, shot_start=1000)] == list(range(1000, 1060))


def marker(frame):
    """The column of the marker's middle."""
    grey = (frame[90].astype(int) - 128).__abs__().sum(axis=1) < 8
    return np.flatnonzero(grey).mean()


def test_the_marker_travels_to_the_right():
    centres = [marker(frame) for frame in painted(frames=40)]
    assert all(b > a for a, b in itertools.pairwise(centres))


def test_on_a_closed_canvas_the_first_frame_follows_the_last():
    centres = [marker(frame) for frame in painted(frames=24, closed=True)]
    steps = [abs(b - a) for a, b in itertools.pairwise([*centres, centres[0]])]
    assert max(steps) <= 1.2 * np.median(steps)
