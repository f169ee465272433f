"""A canvas cut into windows: every window legal, every open frame painted once, nothing pinned lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutaway.timebase import FrameRange, Rate
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Canvas, Known, RunKind, Span
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.windows import seed_of, windows

RATE = Rate.parse(24)


@dataclass
class Blank:
    """A plate of so many frames that nobody may look at: windows are planned without pixels."""

    frames: int

    def __len__(self):
        return self.frames

    def read(self, start, end):
        raise AssertionError("planning reads no pixels")


def model(step=4, offset=1, least=5, most=81, context=8):
    grid = {"frame_multiple": step, "frame_offset": offset, "min_frames": least, "max_frames": most}
    return BARS.model_copy(update={**grid, "window_context": context})


def canvas(frames, *known, closed=False):
    """`known` are (at, frames) or (at, frames, strength)."""
    laid = tuple(Known(k[0], Blank(k[1]), *(k[2:])) for k in known)
    return Canvas(frames, 16, 16, RATE, seed=7, known=laid, closed=closed)


@st.composite
def models(draw):
    step = draw(st.integers(1, 17))
    offset = draw(st.integers(0, step - 1))
    least = draw(st.integers(1, 24))
    low = max(least, step, 8) + step
    most = draw(st.none() | st.integers(low, 260))
    return model(step, offset, least, most, draw(st.integers(1, 24)))


@st.composite
def canvases(draw):
    """Every pattern a verb makes, up to a minute at 24 frames per second."""
    frames = draw(st.integers(1, 120) | st.integers(1, 1440))
    head, tail = draw(st.integers(1, 240)), draw(st.integers(1, 240))
    pattern = draw(st.sampled_from(["text", "stills", "head", "tail", "both", "loose", "overlap", "closed"]))
    if pattern == "stills":
        pins = sorted(draw(st.sets(st.integers(0, frames - 1), max_size=6)))
        strength = draw(st.sampled_from([1.0, 0.5]))
        return canvas(frames, *((at, 1, strength) for at in pins))
    known = {
        "head": [(0, head)],
        "tail": [(frames, tail)],
        "both": [(0, head), (head + frames, tail)],
        "loose": [(0, frames, 0.3)],
        "overlap": [(0, frames), (0, frames)],
    }.get(pattern, [])
    total = frames + (head if pattern in {"head", "both"} else 0) + (tail if pattern in {"tail", "both"} else 0)
    return canvas(total, *known, closed=pattern == "closed")


def open_frames(made):
    return {frame for run in made.runs() if run.kind is not RunKind.KEPT for frame in run.range}


@given(canvases(), models())
@example(canvas(8, closed=True), model(1, 0, 1, 11, 5))  # half of it is less than the context
def test_every_window_is_one_the_model_can_paint(made, info):
    for window in windows(made, info):
        assert window.frames % info.frame_multiple == info.frame_offset % info.frame_multiple
        assert window.frames >= info.min_frames
        assert info.max_frames is None or window.frames <= info.max_frames


@given(canvases(), models())
def test_every_open_frame_is_painted_exactly_once(made, info):
    plan = windows(made, info)
    painted = [frame for window in plan for frame in window.new]
    assert len(painted) == len(set(painted))
    assert open_frames(made) <= set(painted)
    assert set(painted) <= set(range(made.frames))
    for window in plan:
        assert window.range.covers(window.new)
        assert len(window.new) > 0


@given(canvases(), models())
def test_what_a_window_shares_was_painted_before_it_and_touches_what_it_adds(made, info):
    done: set[int] = set()
    for window in windows(made, info):
        head = set(range(window.range.start, window.range.start + window.shared))
        tail = set(range(window.range.end - window.shared_tail, window.range.end))
        fold = set(range(window.fold))
        assert head | tail | fold <= done
        if head:
            assert max(head) + 1 == window.new.start
        if tail:
            assert min(tail) == window.new.end
        if window.fold:
            assert window.new.end == made.frames
            assert window.range.end == made.frames + window.fold + window.hold
        done |= set(window.new)


@given(canvases(), models())
def test_frames_outside_the_canvas_lie_where_nothing_is_known(made, info):
    runs = made.runs()
    for window in windows(made, info):
        if window.range.start < 0:
            assert runs[0].kind is RunKind.OPEN
        behind = window.range.end - made.frames - window.fold
        if behind > 0 and not made.closed:
            is_picture = runs[-1].range.duration == 1
            assert runs[-1].kind is RunKind.OPEN or window.hold == behind or is_picture


@given(canvases(), models())
def test_every_pinned_picture_is_shown_to_the_window_that_brings_its_frame(made, info):
    pinned = {known.at for known in made.known if len(known.plate) == 1}
    shown = {frame for window in windows(made, info) for frame in pinned if frame in window.new}
    assert shown == pinned


@given(canvases(), models())
def test_a_canvas_that_fits_is_one_window_with_the_job_s_own_seed(made, info):
    plan = windows(made, info)
    assert plan[0].seed == made.seed
    assert len({window.seed for window in plan}) == len(plan)
    if not made.closed and (info.max_frames is None or made.frames <= info.max_frames - info.frame_multiple):
        assert len(plan) == 1


@given(canvases(), models())
def test_windows_are_as_equal_as_the_grid_allows(made, info):
    plan = windows(made, info)
    if not made.closed and (made.runs()[-1].kind is RunKind.OPEN or made.runs()[0].kind is RunKind.LOOSE):
        lengths = [window.frames for window in plan]
        assert max(lengths) - min(lengths) <= info.frame_multiple


@given(st.integers(60, 1440), st.integers(1, 40), st.integers(1, 40), models())
def test_the_window_that_meets_a_known_end_has_a_share_of_the_open_frames(count, head, tail, info):
    """It leads there: one that only repeated what is known would leave a jump before it."""
    made = canvas(head + count + tail, (0, head), (head + count, tail))
    plan = windows(made, info)
    if len(plan) > 1:
        last = len(open_frames(made) & set(plan[-1].new))
        others = [len(open_frames(made) & set(window.new)) for window in plan[:-1]]
        room = info.max_frames - info.frame_multiple - info.window_context - tail
        assert last >= min(max(1, room), max(1, count // (2 * len(plan))))
        assert min(others) > 0


def test_a_minute_is_cut_into_windows_of_one_context():
    plan = windows(canvas(960), model(context=5))
    assert len(plan) == 13
    assert {later.shared for later in plan[1:]} == {5}
    assert all(before.new.end == after.new.start for before, after in pairwise(plan))


def test_only_the_end_is_known_so_the_windows_lead_up_to_it():
    plan = windows(canvas(208, (200, 8)), model(context=5))
    assert [window.range.end for window in plan] == sorted((w.range.end for w in plan), reverse=True)
    assert plan[0].range.end == 208
    assert plan[-1].range.start <= 0
    assert all(window.shared_tail == 5 for window in plan[1:])


def test_a_last_picture_ends_the_last_window():
    plan = windows(canvas(200, (0, 1), (199, 1)), model(context=5))
    assert plan[-1].range.end == 200
    assert plan[-1].shared >= 5


def test_a_long_clip_beside_a_gap_is_looked_at_only_near_the_cut():
    plan = windows(canvas(240 + 60 + 240, (0, 240), (300, 240)), model())
    assert plan[0].range.start >= 240 - 24
    assert plan[-1].range.end <= 300 + 24


def test_footage_on_both_sides_of_a_short_gap_is_shown_a_little_less_of():
    """28 frames are not 4k+1; three of the sixteen known ones are left out."""
    (window,) = windows(canvas(28, (0, 8), (20, 8)), model())
    assert (window.frames, window.range) == (25, FrameRange(1, 26))


def test_where_both_ends_are_known_loosely_the_last_frame_is_held():
    (window,) = windows(canvas(30, (0, 30, 0.3)), model())
    assert (window.frames, window.hold) == (33, 3)


def test_windows_over_loose_footage_fade_and_paint_their_shared_frames():
    plan = windows(canvas(200, (0, 200, 0.3)), model(context=5))
    assert [window.fades for window in plan] == [False, True, True]
    assert plan[-1].range.end == 200


def test_a_closed_shot_ends_with_a_window_that_leads_into_its_start():
    plan = windows(canvas(96, closed=True), model(context=5))
    assert plan[-1].fold >= 5
    assert plan[-1].new.end == 96
    assert len(plan) == 2


@pytest.mark.parametrize("window", range(1, 5))
def test_seeds_follow_from_the_job_s_own_and_differ(window):
    assert seed_of(7, window) == seed_of(7, window)
    assert seed_of(7, window) != seed_of(8, window)
    assert 0 <= seed_of(2**63 - 1, window) < 2**63


class TestWords:
    """Several prompts over one canvas: each is painted by itself where the model can go on from what it painted."""

    @staticmethod
    def told(frames, starts, *known):
        spans = tuple(Span(FrameRange(start, end), f"card {start}") for start, end in pairwise([*starts, frames]))
        return replace(canvas(frames, *known), spans=spans)

    def test_a_window_begins_where_other_words_do(self):
        plan = windows(self.told(120, [0, 30, 100]), model())
        assert [(w.new.start, w.new.end) for w in plan] == [(0, 30), (30, 100), (100, 120)]
        assert [w.shared for w in plan] == [0, 8, 8]
        assert all(model().frame_offset == w.frames % 4 for w in plan)

    def test_a_long_span_takes_several(self):
        plan = windows(self.told(240, [0, 40]), model())
        assert plan[0].new == FrameRange(0, 40)
        assert plan[-1].new.end == 240
        assert [one.new.end for one in plan[:-1]] == [other.new.start for other in plan[1:]]
        assert len(plan) == 4

    def test_the_last_prompt_meets_what_is_known_at_the_end(self):
        plan = windows(self.told(120, [0, 30, 115], (112, 8)), model())
        assert next((w.new.start, w.new.end) for w in plan) == (0, 30)
        assert plan[-1].new.end == 120
        assert plan[-1].range.end == 120
        assert 115 not in {w.new.start for w in plan}, "words about known frames alone begin nothing"
        plan = windows(self.told(300, [0, 30], (299, 1)), model())
        assert plan[0].new == FrameRange(0, 30)
        assert [one.new.end for one in plan[:-1]] == [other.new.start for other in plan[1:]]
        assert plan[-1].range.end >= 300

    def test_a_model_that_cannot_meet_an_end_reads_all_at_once(self):
        able = {Pattern.TEXT: Rank.NATIVE, Pattern.HEAD: Rank.NATIVE, Pattern.LAST: Rank.NATIVE}
        info = model().model_copy(update={"patterns": able})
        assert len(windows(self.told(60, [0, 30]), info)) == 2
        assert len(windows(self.told(60, [0, 30], (59, 1)), info)) == 1

    def test_a_model_that_loses_something_by_going_on_reads_all_at_once(self):
        poor = model().model_copy(update={"patterns": {Pattern.TEXT: Rank.NATIVE, Pattern.HEAD: Rank.DEGRADED}})
        assert len(windows(self.told(60, [0, 30]), poor)) == 1
        assert len(windows(self.told(60, [0, 30]), model())) == 2


@given(frames=st.integers(20, 400), cuts=st.sets(st.integers(1, 19), max_size=5), info=models(), pin=st.integers(0, 18))
def test_every_frame_of_every_prompt_is_painted_once(frames, cuts, info, pin):
    made = TestWords.told(frames, [0, *sorted(cuts)], (pin, 1))
    plan = windows(made, info)
    painted = [at for window in plan for at in window.new]
    assert painted == list(range(frames))
    for window in plan:
        assert window.range.start <= window.new.start - window.shared
        assert window.new.end <= window.range.end
        assert (window.frames - info.frame_offset) % info.frame_multiple == 0
