"""A seam in words: the grade follows the score, the reason is the worst of what counts."""

import numpy as np
import pytest

from cutaway.storyboard.card import Seam
from cutaway.storyboard.seams import measured
from cutaway_panel.takes.verdict import Grade, Verdict, graded


def seam(score=0.9, **more):
    figures = {"psnr": 30.0, "ssim": 0.9, "colour_shift": 1.0, "motion_jump": 1.0, "change_ratio": 1.2}
    return Seam(score=score, **(figures | more))


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (1.0, Grade.CLEAN),
        (0.85, Grade.CLEAN),
        (0.84, Grade.SOFT),
        (0.6, Grade.SOFT),
        (0.3, Grade.SEEN),
        (0.0, Grade.HARD),
    ],
)
def test_the_grade_follows_the_score(score, grade):
    assert graded(score) is grade


@pytest.mark.parametrize(
    ("figure", "value", "word"),
    [("colour_shift", 40.0, "colours"), ("motion_jump", 80.0, "motion"), ("change_ratio", 7.0, "changes")],
)
def test_the_reason_is_the_worst_figure(figure, value, word):
    verdict = Verdict.of(seam(0.2, **{figure: value}))
    assert verdict.grade is Grade.HARD
    assert word in verdict.sentence
    assert f"{value:g}".split(".")[0] in verdict.sentence


def test_ssim_and_psnr_are_shown_and_never_the_reason():
    verdict = Verdict.of(seam(0.5, ssim=0.05, psnr=9.0))
    assert "SSIM" not in verdict.sentence
    assert {figure.name: figure.value for figure in verdict.figures}["SSIM"] == "0.050"
    assert [figure.judges for figure in verdict.figures] == [True, True, True, False, False]


def test_what_was_not_measured_is_said_and_not_guessed():
    verdict = Verdict.of(Seam(score=0.5))
    assert {figure.value for figure in verdict.figures} == {"not measured"}
    assert {figure.good for figure in verdict.figures} == {None}
    assert verdict.sentence == "This cut is seen."


def test_a_note_of_the_measurement_is_kept():
    assert Verdict.of(seam(note="the shot before has one frame.")).sentence.endswith("the shot before has one frame.")


def test_the_worst_judging_figure_agrees_with_the_score_that_was_measured():
    rng = np.random.default_rng(3)
    texture = np.kron(rng.integers(40, 200, (15, 90, 3)), np.ones((6, 6, 1))).astype(np.uint8)
    frames = np.stack([texture[:, 3 * n :][:, :160] for n in range(12)])
    for brighter in (0, 20, 40):
        right = np.clip(frames[6:].astype(int) + brighter, 0, 255).astype(np.uint8)
        found = measured(frames[:6], right)
        verdict = Verdict.of(found, float(np.hypot(*frames.shape[1:3])))
        assert min(f.good for f in verdict.figures if f.judges) == pytest.approx(found.score, abs=0.01)
