"""Seams: a cut between two frames that follow each other is good, a jump is not, and the figures say how."""

import numpy as np
import pytest

from cutaway.errors import MediaError
from cutaway.storyboard.seams import measured

HEIGHT, WIDTH = 90, 160


def moving(frames, step=3, start=0, seed=1, brightness=0):
    """A textured picture that drifts to the right by `step` pixels a frame."""
    rng = np.random.default_rng(seed)
    texture = rng.integers(40, 200, (HEIGHT // 6 + 1, (WIDTH + 400) // 6 + 1, 3)).astype(np.float32)
    texture = np.kron(texture, np.ones((6, 6, 1), np.float32))
    shots = [texture[:HEIGHT, 300 - start - n * step :][:, :WIDTH] for n in range(frames)]
    return np.clip(np.stack(shots) + brightness, 0, 255).astype(np.uint8)


def halves(frames, at=6):
    return frames[:at], frames[at:]


def test_frames_that_follow_each_other_make_a_perfect_seam():
    seam = measured(*halves(moving(12)))
    assert seam.score == 1.0
    assert seam.change_ratio == pytest.approx(1.0, abs=0.15)
    assert seam.motion_jump <= 1


def test_another_shot_behind_the_cut_is_a_hard_jump():
    seam = measured(moving(6), moving(6, seed=2))
    assert seam.score < 0.3
    assert seam.ssim < 0.3


def test_equal_frames_on_both_sides_are_equal_in_every_figure():
    still = np.repeat(moving(1), 4, axis=0)
    seam = measured(still, still)
    assert (seam.score, seam.psnr, seam.ssim, seam.colour_shift, seam.motion_jump) == (1.0, 99.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize("brighter", [8, 20, 40])
def test_a_shift_of_colour_is_seen_and_worse_the_larger_it_is(brighter):
    left, right = halves(moving(12))
    seam = measured(left, np.clip(right.astype(int) + brighter, 0, 255).astype(np.uint8))
    assert seam.colour_shift == pytest.approx(brighter * 3**0.5, rel=0.15)
    assert seam.score < measured(left, right).score


def test_scores_fall_as_the_jump_grows():
    scores = [measured(moving(6), moving(6, start=15 + jump)).score for jump in (3, 9, 18, 30)]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < scores[0]


def test_motion_that_turns_round_is_told_from_motion_that_goes_on():
    on = measured(moving(6), moving(6, start=18))
    back = measured(moving(6), moving(6, start=18)[::-1])
    assert on.motion_jump < back.motion_jump


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(MediaError, match="one size"):
        measured(moving(3), moving(3)[:, :80])
