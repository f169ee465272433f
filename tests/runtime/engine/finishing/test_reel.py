"""Frames that wait come back bit for bit."""

import numpy as np
import pytest

from cutaway_runtime.engine.finishing.reel import LastFrames, Reel


def frames(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 6, 10, 3), np.uint8)


def test_a_reel_gives_back_what_was_wound_on_it(tmp_path):
    first, second = frames(3), frames(5, seed=1)
    with Reel(10, 6, tmp_path) as reel:
        reel.wind([first, second[::-1]])
        assert len(reel) == 8
        assert np.array_equal(reel.read(1, 3), first[1:])
        assert np.array_equal(reel.read(3, 8), second[::-1])
        assert reel.read(4, 4).shape == (0, 6, 10, 3)
        reel.wind([first])
        assert np.array_equal(reel.read(8, 11), first)
        with pytest.raises(ValueError, match="reel of 11"):
            reel.read(10, 12)
    assert list(tmp_path.iterdir()) == []


def test_only_the_last_frames_are_remembered():
    passed = frames(9)
    last = LastFrames(4)
    for at in range(0, 9, 3):
        chunk = passed[at : at + 3].copy()
        last.see(chunk)
        chunk[:] = 0  # the chunk may be reused
    assert np.array_equal(last.stack(4).frames, passed[5:])
    assert np.array_equal(last.stack(2).read(0, 2), passed[7:])
