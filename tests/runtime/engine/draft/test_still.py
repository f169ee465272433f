from __future__ import annotations

import numpy as np
import pytest

from cutaway_runtime.engine.draft.flow import find, gray
from cutaway_runtime.engine.draft.scene import Camera
from cutaway_runtime.engine.draft.still import MOVES, Dolly, nearness


@pytest.fixture
def still(real_clip):
    return real_clip("bigbuckbunny.mp4")[30]


def _motion(still, camera, way=0.5):
    """How the picture moves under a camera: mean (x, y), and growth (how much points go away from the middle)."""
    view = Dolly(still, camera, 4.0, seed=1).at(way)
    field = find(gray(still), gray(view))
    width = field.shape[1]
    xs = np.linspace(-1, 1, width)[None, :]
    inner = (slice(20, -20), slice(40, -40))
    return field[inner][..., 0].mean(), field[inner][..., 1].mean(), (field[..., 0] * xs)[inner].mean()


@pytest.mark.parametrize("camera", list(MOVES))
def test_the_still_itself_is_shown_exactly_at_its_moment(still, camera):
    dolly = Dolly(still, camera, 4.0, seed=3)
    assert (dolly.at(0) == still).all()
    assert np.abs(dolly.at(1e-9).astype(int) - still).max() <= 2
    assert np.abs(dolly.at(1).astype(int) - still).mean() > 2


def test_every_camera_word_moves_the_camera_its_own_way(still):
    right, left = _motion(still, Camera.PAN_RIGHT), _motion(still, Camera.PAN_LEFT)
    assert right[0] < -5 < 5 < left[0]
    up, down = _motion(still, Camera.TILT_UP), _motion(still, Camera.TILT_DOWN)
    assert down[1] < -3 < 3 < up[1]
    assert _motion(still, Camera.PUSH_IN)[2] > 3
    assert _motion(still, Camera.PULL_OUT)[2] < -3


def test_near_things_pass_faster_than_far_ones(still):
    view = Dolly(still, Camera.TRACK, 4.0, seed=1).at(0.7)
    field = find(gray(still), gray(view))
    near = nearness(still)
    low, high = np.quantile(near, [0.2, 0.8])
    depth = np.kron(near, np.ones((2, 2)))[: field.shape[0], : field.shape[1]]
    assert np.median(field[depth > high][:, 0]) < np.median(field[depth < low][:, 0]) - 2


def test_a_camera_has_another_drift_for_another_seed(still):
    one, two = (Dolly(still, Camera.STATIC, 4.0, seed).at(1) for seed in (1, 2))
    assert (one == Dolly(still, Camera.STATIC, 4.0, 1).at(1)).all()
    assert np.abs(one.astype(int) - two).mean() > 1


def test_low_things_and_things_that_stand_out_are_taken_for_near():
    picture = np.full((180, 320, 3), 120, np.uint8)
    picture[40:110, 130:190] = (220, 40, 40)
    near = nearness(picture)
    height, width = near.shape
    assert near[-5, width // 2] > near[5, width // 2] + 0.3
    assert near[height * 75 // 180, width // 2] > near[height * 75 // 180, 15] + 0.1
