from __future__ import annotations

import numpy as np

from cutaway_runtime.engine.draft.flow import LEAST, SIDE, field_size, fill_holes, find, gray, pull, push, scaled, trust


def test_a_field_is_small_for_large_pictures_and_not_too_small_for_small_ones():
    assert field_size(1920, 1080) == (SIDE, 360)
    assert field_size(480, 270) == (480, 270)
    assert min(field_size(16, 16)) == LEAST
    assert min(field_size(4096, 16)) == LEAST


def test_motion_points_to_where_things_are_found(ball):
    a, b = (gray(frame) for frame in ball(5, speed=(3, -2))[[0, 2]])
    there, back = find(a, b), find(b, a)
    x, y = there[80:100, 70:90].mean(axis=(0, 1))
    assert abs(x - 6) < 0.7
    assert abs(y + 4) < 0.7
    assert trust(there, back)[80:100, 70:90].mean() > 0.9


def test_motion_between_unrelated_pictures_is_not_trusted():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 255, (2, 120, 160), dtype=np.uint8)
    assert trust(find(a, b), find(b, a)).mean() < 0.3


def test_pulling_along_a_field_looks_things_up():
    picture = np.arange(100, dtype=np.uint8).reshape(10, 10)
    one_right = np.zeros((10, 10, 2), np.float32)
    one_right[..., 0] = 1
    assert (pull(picture, one_right)[:, :-1] == picture[:, 1:]).all()


def test_a_field_scaled_to_a_larger_picture_points_further():
    field = np.ones((64, 64, 2), np.float32)
    larger = scaled(field, 128, 192)
    assert larger.shape == (192, 128, 2)
    assert np.allclose(larger[..., 0], 2)
    assert np.allclose(larger[..., 1], 3)


def test_pushed_values_land_whole_and_leave_holes_that_are_filled_from_around():
    values = np.full((20, 20, 1), 5, np.float32)
    away = np.zeros((20, 20, 2), np.float32)
    away[:, 10:, 0] = 4
    sums, landed = push(values, np.ones((20, 20), np.float32), away)
    assert np.isclose(landed.sum(), 20 * 16)  # four columns left the picture
    assert (landed[:, 10:14] == 0).all()
    assert np.allclose(fill_holes(sums, landed), 5, atol=0.1)
