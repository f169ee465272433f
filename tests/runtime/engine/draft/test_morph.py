from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cutaway_runtime.canvas import RunKind


def _share(frame, first, second):
    """How far a frame has gone from the first clip to the second at its moment: 0 to 1. The clips themselves move."""
    gone, left = (float(np.abs(frame.astype(int) - other).mean()) for other in (first, second))
    return gone / (gone + left)


@pytest.fixture
def alike(real_clip):
    clip = real_clip("bikes.mp4")
    return clip[200:212], clip[204:216]


@pytest.fixture
def different(real_clip):
    clip = real_clip("bikes.mp4")
    return clip[145:157], clip[210:222]


def test_clips_of_the_same_shot_are_moved_into_each_other(lay, paint, alike):
    a, b = alike
    out, notes = paint(lay(12, (0, a), (0, b)))
    assert [segment.method for segment in notes.segments] == ["flow_morph"]
    middle = 6
    plain = (a[middle].astype(int) + b[middle]) // 2
    sharp = [np.abs(np.diff(f.astype(int), axis=1)).mean() for f in (out[middle], plain)]
    assert sharp[0] > sharp[1] * 1.05  # a dissolve shows both and blurs them


def test_clips_of_different_shots_dissolve_and_it_is_said(lay, paint, different):
    _, notes = paint(lay(12, (0, different[0]), (0, different[1])))
    assert [segment.method for segment in notes.segments] == ["dissolve"]


@pytest.mark.parametrize("pair", ["alike", "different"])
def test_a_blend_begins_as_the_first_ends_as_the_second_and_never_turns_back(lay, paint, pair, request):
    a, b = request.getfixturevalue(pair)
    out, _ = paint(lay(12, (0, a), (0, b)))
    assert (out[0] == a[0]).all()
    assert (out[-1] == b[-1]).all()
    shares = [_share(frame, first, second) for frame, first, second in zip(out, a, b, strict=True)]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(shares))


def test_the_clip_that_begins_first_comes_first(lay, paint, different):
    a, b = different
    canvas = lay(16, (4, b), (0, a))
    assert [run.kind for run in canvas.runs()] == [RunKind.KEPT, RunKind.OVERLAP, RunKind.KEPT]
    out, _ = paint(canvas)
    assert (out[:4] == a[:4]).all()
    assert (out[4] == a[4]).all()
    assert (out[-4:] == b[-4:]).all()


def test_an_overlap_of_one_frame_is_half_of_each(lay, paint, different):
    a, b = different
    out, _ = paint(lay(1, (0, a[:1]), (0, b[:1])))
    assert np.abs(out[0].astype(int) - (a[0].astype(int) + b[0]) / 2).max() <= 1
