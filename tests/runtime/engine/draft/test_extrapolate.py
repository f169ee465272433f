from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway_runtime.engine.draft.edge import Edge
from cutaway_runtime.engine.draft.extrapolate import CAMERA, FLOW, HOLD, Continuation, damped, steady


@pytest.mark.parametrize("speed", [(3, 0), (5, 0), (-5, 0), (3, -2)])
def test_an_evenly_moving_ball_goes_on_within_two_pixels(ball, centroid, speed):
    clip = ball(14, speed=speed, at=(150, 110))
    onward = Continuation(Edge.of(clip[:8][::-1]))
    assert onward.method == FLOW
    for n in range(3):
        x, y = centroid(onward.frame(n))
        true_x, true_y = centroid(clip[8 + n])
        assert math.hypot(x - true_x, y - true_y) <= 2


def test_backward_is_forward_from_the_other_side(ball, centroid):
    clip = ball(14, speed=(4, 0), at=(120, 110))
    onward = Continuation(Edge.of(clip[6:]))
    for n in range(3):
        assert abs(centroid(onward.frame(n))[0] - centroid(clip[5 - n])[0]) <= 2


def test_a_mirrored_clip_goes_on_to_the_other_side(ball, centroid):
    clip = ball(8, speed=(4, 0), at=(140, 110))
    right = centroid(Continuation(Edge.of(clip[::-1])).frame(4))[0] - centroid(clip[-1])[0]
    left = centroid(Continuation(Edge.of(clip[::-1, :, ::-1].copy())).frame(4))[0] - centroid(clip[-1, :, ::-1])[0]
    assert right > 8
    assert left < -8


def test_a_pan_goes_on_as_one(real_clip):
    wide = real_clip("bigbuckbunny.mp4")[0]
    clip = np.stack([wide[20:240, 2 * n : 2 * n + 380] for n in range(14)])
    onward = Continuation(Edge.of(clip[:8][::-1]))
    assert onward.method in {CAMERA, FLOW}
    inner = slice(20, -40)
    for n in range(4):
        error = np.abs(onward.frame(n)[:, inner].astype(int) - clip[8 + n][:, inner]).mean()
        held = np.abs(clip[7][:, inner].astype(int) - clip[8 + n][:, inner]).mean()
        assert error < held / 2


def test_a_restless_clip_is_held():
    """Motion that turns round every frame predicts nothing."""
    rng = np.random.default_rng(3)
    picture = np.kron(rng.integers(0, 255, (20, 30, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))
    clip = np.stack([np.roll(picture, 3 * (n % 2), axis=1) for n in range(8)])
    assert Continuation(Edge.of(clip[::-1])).method == HOLD


def test_the_choice_pays_on_real_footage(real_clip, anchors, psnr):
    chosen, held = [], []
    for name in ("bikes.mp4", "bigbuckbunny.mp4", "carphone_pristine.mp4"):
        clip = real_clip(name)
        for at in anchors(name, 6, 4):
            onward = Continuation(Edge.of(clip[at - 8 : at][::-1]))
            chosen += [psnr(onward.frame(n), clip[at + n]) for n in (0, 3)]
            held += [psnr(clip[at - 1], clip[at + n]) for n in (0, 3)]
    assert np.mean(chosen) > np.mean(held) + 0.5


def test_all_motion_comes_to_rest():
    assert damped(1) == pytest.approx(1)
    assert damped(1000) == pytest.approx(10)
    assert steady(1) == pytest.approx(1, abs=0.01)
    assert steady(1000) - steady(900) < 0.1


def test_two_frames_are_enough_to_go_on(ball, centroid):
    clip = ball(4, speed=(4, 0))
    onward = Continuation(Edge.of(clip[:2][::-1]))
    assert centroid(onward.frame(0))[0] > centroid(clip[1])[0] + 2
