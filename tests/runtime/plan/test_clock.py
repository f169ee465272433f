"""Two clocks over one canvas: exact, forward, together at pinned pictures."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Known
from cutaway_runtime.plan.clock import Clock, painted_range

RATES = ["8", "12", "15", "16", "24000/1001", "24", "25", "30", "48", "60000/1001", "120"]


class Still:
    def __len__(self):
        return 1

    def read(self, start, end):
        return np.zeros((end - start, 16, 16, 3), np.uint8)


class Clip(Still):
    def __init__(self, frames):
        self.frames = frames

    def __len__(self):
        return self.frames


def canvas(frames, rate, *known, closed=False):
    return Canvas(frames, 16, 16, Rate.parse(rate), seed=0, known=tuple(Known(*k) for k in known), closed=closed)


@settings(deadline=None)
@given(
    frames=st.integers(1, 1440),
    asked=st.sampled_from(RATES),
    painted=st.sampled_from(RATES),
    pins=st.sets(st.integers(0, 1439), max_size=8),
    closed=st.booleans(),
)
def test_clocks_run_forward_within_half_a_frame_and_meet_at_pinned_pictures(frames, asked, painted, pins, closed):
    pins = sorted(pin for pin in pins if pin < frames)
    clock = Clock.of(canvas(frames, asked, *((at, Still()) for at in pins), closed=closed), Rate.parse(painted))
    places = [clock.painted(n) for n in range(frames)]
    pace = Rate.parse(painted).fraction / Rate.parse(asked).fraction
    assert places[0] == 0
    assert all(after > before for before, after in pairwise(places))
    if closed:
        assert clock.frames == max(1, int(frames * pace + Fraction(1, 2)))
        assert places[-1] < clock.frames
    else:
        assert all(abs(place - n * pace) <= Fraction(1, 2) for n, place in enumerate(places))
        assert clock.frames - 2 < places[-1] <= clock.frames - 1
        for pin in pins:  # but for pictures nearer to each other than two painted frames
            is_alone = all(abs(pin - other) * pace >= 2 for other in {0, *pins} - {pin})
            assert places[pin].denominator == 1 or not is_alone


def test_the_other_way_round_gives_the_same_moment():
    clock = Clock.of(canvas(48, "24", (20, Still()), (47, Still())), Rate.parse(16))
    for painted in range(clock.frames):
        asked = clock.asked(painted)
        if asked.denominator == 1:
            assert clock.painted(int(asked)) == painted
    assert clock.asked(clock.frames - 1) == 47


def test_a_clip_is_shown_on_the_painted_frames_it_covers():
    made = canvas(48, "24", (0, Clip(8)))
    clock = Clock.of(made, Rate.parse(16))
    assert painted_range(made, FrameRange(0, 8), clock) == FrameRange(0, 5)  # asked frame 7 is painted frame 4.67


def test_a_clip_between_two_painted_frames_is_shown_on_the_nearest():
    made = canvas(48, "24", (10, Clip(2)))
    clock = Clock.of(made, Rate.parse(8))
    assert painted_range(made, FrameRange(10, 12), clock) == FrameRange(3, 4)


def test_of_two_pictures_on_one_painted_frame_the_earlier_is_shown():
    made = canvas(48, "24", (21, Still()), (22, Still()))
    clock = Clock.of(made, Rate.parse(8))
    assert painted_range(made, FrameRange(21, 22), clock) == FrameRange(7, 8)
    assert painted_range(made, FrameRange(22, 23), clock) is None


def test_known_to_the_end_there_is_no_painted_frame_behind_it():
    made = canvas(40, "25", (30, Clip(10)))
    clock = Clock.of(made, Rate.parse(16))
    assert painted_range(made, FrameRange(30, 40), clock).end == clock.frames
