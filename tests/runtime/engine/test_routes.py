"""Ways from a pattern to the patterns a model can be shown.

A frame of a canvas here is one pixel that holds the frame's own number, so a picture says where it belongs.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cutaway.timebase import FrameRange, Rate
from cutaway.wire import ModelInfo, Pattern, Rank, Verb
from cutaway_runtime.canvas import Canvas, Known, RunKind, Span
from cutaway_runtime.engine.diffusion.routes import Mix, Stills, best, pattern_of, ranks, verbs
from cutaway_runtime.engine.finishing.windows import part
from cutaway_runtime.plan.windows import windows
from cutaway_runtime.registry.manifest import Grid

GRIDS = [
    Grid(),
    Grid(frame_multiple=8, min_frames=9),
    Grid(frame_multiple=1, frame_offset=0, min_frames=2),
    Grid(min_frames=17),
]
NATIVE = [set(some) for size in (1, 2, 3) for some in combinations(Pattern, size)]


def plate(at, count):
    return Stills(np.arange(at, at + count, dtype=np.uint8).reshape(count, 1, 1, 1).repeat(3, 3))


def known(*runs, strength=1.0):
    return tuple(Known(start, plate(start, end - start), strength) for start, end in runs)


def canvas(frames, *runs, **more):
    values = {"frames": frames, "width": 1, "height": 1, "rate": Rate.parse("16"), "seed": 0}
    values |= {"spans": (Span(FrameRange(0, frames), "rain"),), "known": known(*runs)}
    return Canvas(**values | more)


def seen(legs):
    """For each frame of the result the leg it comes from, and what that leg was shown there: a number, or None."""
    made = []
    for leg in legs:
        for at in leg.frames:
            here = next((k for k in leg.canvas.known if k.range.start <= at < k.range.end), None)
            made.append(None if here is None else int(here.read(at, at + 1)[0, 0, 0, 0]))
    return made


def legs_of(shown, native, grid=GRIDS[0]):
    recipe = best(pattern_of(shown), native)
    return recipe.legs(shown, grid)


@st.composite
def canvases(draw):
    """A grid, and a canvas on it that looks like something a request comes down to."""
    grid = draw(st.sampled_from(GRIDS))
    longest = (90 - grid.frame_offset) // grid.frame_multiple
    least = -(-(max(grid.min_frames, 5) - grid.frame_offset) // grid.frame_multiple)
    frames = grid.frame_offset + grid.frame_multiple * draw(st.integers(least, longest))
    head, tail = draw(st.integers(1, frames // 2 - 1)), draw(st.integers(1, frames // 2 - 1))
    at = draw(st.lists(st.integers(0, frames - 1), min_size=1, max_size=5, unique=True))
    whole = (0, frames)
    runs = draw(
        st.sampled_from(
            [
                [],
                [(0, head)],
                [(frames - tail, frames)],
                [(0, head), (frames - tail, frames)],
                [(0, 1), (frames - 1, frames)],
                [(n, n + 1) for n in sorted(at)],
                [whole, whole],
            ]
        )
    )
    return grid, canvas(frames, *runs)


# -- properties --------------------------------------------------------------------------------


@given(canvases(), st.sampled_from(NATIVE))
def test_every_way_fills_the_canvas_with_legs_the_model_can_paint(given_canvas, native):
    grid, shown = given_canvas
    recipe = best(pattern_of(shown), native)
    assume(recipe is not None)
    legs = recipe.legs(shown, grid)
    assume(legs)
    assert sum(len(leg.frames) for leg in legs) == shown.frames
    for leg in legs:
        length = leg.canvas.frames
        assert leg.pattern in native
        assert leg.pattern is pattern_of(leg.canvas)
        assert (length - grid.frame_offset) % grid.frame_multiple == 0
        assert grid.min_frames <= length <= max(shown.frames, grid.min_frames)
        assert all(0 <= at < length for at in leg.frames)
        assert leg.canvas.prompt == "rain"


@given(canvases(), st.sampled_from(NATIVE))
def test_a_picture_comes_out_on_its_own_frame(given_canvas, native):
    grid, shown = given_canvas
    recipe = best(pattern_of(shown), native)
    assume(recipe is not None and pattern_of(shown) is not Pattern.OVERLAP)
    legs = recipe.legs(shown, grid)
    assume(legs)
    here = seen(legs)
    kinds = [RunKind.OPEN, *(run.kind for run in shown.runs()), RunKind.OPEN]
    for run, around in zip(shown.runs(), zip(kinds, kinds[2:], strict=False), strict=True):
        if run.kind is RunKind.KEPT and set(around) == {RunKind.OPEN}:
            inside = range(run.range.start, run.range.end)
            # Of a clip one frame at least is shown; on the way to it, others may be painted and are put back later.
            shown_of_it = {here[at] for at in inside} - {None}
            assert shown_of_it
            assert shown_of_it <= set(inside)
            assert run.range.duration > 1 or here[run.range.start] == run.range.start


@given(canvases(), st.sampled_from(NATIVE))
def test_time_runs_one_way_in_each_leg_and_on_where_nothing_is_turned(given_canvas, native):
    grid, shown = given_canvas
    recipe = best(pattern_of(shown), native)
    assume(recipe is not None)
    for leg in recipe.legs(shown, grid):
        steps = [later - earlier for earlier, later in pairwise(leg.frames)]
        turned = "backwards" in (recipe.loses + leg.loses)
        assert all(step <= 0 for step in steps) if turned else all(step >= 0 for step in steps)


@given(canvases(), st.sampled_from(NATIVE))
def test_what_a_model_does_by_itself_it_is_shown_untouched(given_canvas, native):
    grid, shown = given_canvas
    pattern = pattern_of(shown)
    assume(pattern in native)
    recipe = best(pattern, native)
    assert (recipe.rank, recipe.loses) == (Rank.NATIVE, "")
    [leg] = recipe.legs(shown, grid)
    assert leg == (shown, pattern, tuple(range(shown.frames)), "")


@given(
    st.sampled_from([Pattern.HEAD, Pattern.TAIL, Pattern.HEAD_TAIL, Pattern.LOOSE, Pattern.FIRST, Pattern.LAST]),
    st.integers(5, 70),
    st.integers(2, 8),
    st.sampled_from(GRIDS[:2]),
)
def test_a_length_off_the_grid_does_not_change_the_pattern(pattern, open_frames, context, grid):
    """The canvas a request asks for, as a model of that grid is shown it."""
    runs = {
        Pattern.HEAD: [(0, context)],
        Pattern.TAIL: [(open_frames, open_frames + context)],
        Pattern.HEAD_TAIL: [(0, context), (context + open_frames, 2 * context + open_frames)],
        Pattern.FIRST: [(0, 1)],
        Pattern.LAST: [(open_frames, open_frames + 1)],
        Pattern.LOOSE: [(0, open_frames)],
    }[pattern]
    frames = {Pattern.HEAD: context + open_frames, Pattern.FIRST: 1 + open_frames}.get(pattern, runs[-1][1])
    asked = canvas(frames, known=known(*runs, strength=0.4 if pattern is Pattern.LOOSE else 1.0))
    assert pattern_of(asked) is pattern
    model = ModelInfo(
        id="m", frame_multiple=grid.frame_multiple, frame_offset=1, min_frames=grid.min_frames, max_frames=89
    )
    [window] = windows(asked, model)
    assert pattern_of(part(asked, window)) is pattern


# -- patterns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "pattern"),
    [
        ([], Pattern.TEXT),
        ([(0, 1)], Pattern.FIRST),
        ([(16, 17)], Pattern.LAST),
        ([(0, 1), (16, 17)], Pattern.FIRST_LAST),
        ([(0, 1), (15, 16)], Pattern.KEYFRAMES),
        ([(8, 9)], Pattern.KEYFRAMES),
        ([(0, 1), (1, 2)], Pattern.KEYFRAMES),
        ([(0, 4)], Pattern.HEAD),
        ([(0, 2), (2, 4)], Pattern.HEAD),
        ([(0, 4), (4, 5)], Pattern.HEAD),
        ([(12, 17)], Pattern.TAIL),
        ([(0, 4), (12, 17)], Pattern.HEAD_TAIL),
        ([(0, 4), (16, 17)], Pattern.HEAD_TAIL),
        ([(0, 4), (8, 9), (16, 17)], Pattern.KEYFRAMES),
        ([(0, 17), (0, 17)], Pattern.OVERLAP),
    ],
)
def test_what_a_canvas_looks_like(runs, pattern):
    assert pattern_of(canvas(17, *runs)) is pattern


def test_footage_held_loosely_is_one_remix_however_many_pieces_it_comes_in():
    assert pattern_of(canvas(17, known=known((0, 9), (9, 17), strength=0.4))) is Pattern.LOOSE


# -- ways --------------------------------------------------------------------------------------


def test_keyframes_are_painted_from_picture_to_picture_each_once():
    legs = legs_of(canvas(17, (0, 1), (8, 9)), {Pattern.FIRST, Pattern.FIRST_LAST})
    assert [(leg.pattern, leg.canvas.frames, leg.frames) for leg in legs] == [
        (Pattern.FIRST_LAST, 9, tuple(range(8))),
        (Pattern.FIRST, 9, tuple(range(9))),
    ]


def test_a_gap_off_the_grid_is_painted_longer_and_frames_are_left_out():
    [leg] = legs_of(canvas(9, (0, 1), (8, 9)), {Pattern.FIRST_LAST}, Grid(frame_multiple=8, min_frames=9))[:1]
    assert leg.frames == tuple(range(9))
    first, second = legs_of(canvas(9, (0, 1), (3, 4), (8, 9)), {Pattern.FIRST_LAST})
    assert (first.canvas.frames, first.frames) == (5, (0, 1, 3))  # 0 to 3, of five; the picture at 3 is the next leg's
    assert (second.canvas.frames, second.frames) == (9, (0, 2, 3, 5, 6, 8))


def test_the_frames_before_a_first_picture_are_painted_backwards_and_said_to_be():
    legs = legs_of(canvas(17, (4, 5), (16, 17)), {Pattern.FIRST, Pattern.FIRST_LAST})
    assert [(leg.pattern, leg.frames) for leg in legs] == [
        (Pattern.FIRST, (4, 3, 2, 1)),
        (Pattern.FIRST_LAST, tuple(range(13))),
    ]
    assert "backwards" in legs[0].loses
    assert not legs[1].loses


def test_a_clip_among_the_keyframes_counts_as_one_picture_which_loses_its_motion():
    shown = canvas(17, (0, 5), (8, 9), (16, 17))
    legs = legs_of(shown, {Pattern.FIRST_LAST})
    assert all("motion" in leg.loses for leg in legs)
    assert seen(legs)[8] == 8
    [native] = legs_of(shown, {Pattern.FIRST_LAST, Pattern.KEYFRAMES})
    assert not native.loses


def test_a_model_that_only_goes_between_pictures_holds_them_at_the_ends():
    """A few frames to the grid, that nobody sees, cost nothing; a longer wait is said."""
    [leg] = legs_of(canvas(17, (0, 1), (14, 15)), {Pattern.FIRST_LAST})
    assert (leg.canvas.frames, leg.frames[-3:], leg.loses) == (17, (16, 16, 16), "")
    [leg] = legs_of(canvas(17, (8, 9), (16, 17)), {Pattern.FIRST_LAST})
    assert leg.frames == (*(0,) * 8, *range(9))
    assert "held" in leg.loses
    assert legs_of(canvas(17, (8, 9)), {Pattern.FIRST_LAST}) == []


def test_an_extension_from_a_picture_starts_at_the_cut():
    [leg] = legs_of(canvas(17, (0, 4)), {Pattern.FIRST})
    assert (leg.pattern, leg.canvas.frames, leg.frames) == (Pattern.FIRST, 17, (0, 0, 0, *range(14)))
    assert seen([leg])[:4] == [3, 3, 3, 3]


def test_a_lead_up_is_painted_to_the_first_known_frame_or_backwards_from_it():
    [leg] = legs_of(canvas(17, (12, 17)), {Pattern.LAST})
    assert (leg.pattern, leg.frames) == (Pattern.LAST, (*range(13), 12, 12, 12, 12))
    [leg] = legs_of(canvas(17, (12, 17)), {Pattern.HEAD})
    assert (leg.pattern, leg.frames) == (Pattern.HEAD, tuple(range(16, -1, -1)))
    assert seen([leg])[12:] == [12, 13, 14, 15, 16]
    [leg] = legs_of(canvas(17, (12, 17)), {Pattern.FIRST})
    assert leg.frames == (*range(12, -1, -1), 0, 0, 0, 0)
    assert seen([leg])[12:] == [12] * 5


def test_a_gap_looks_for_frames_in_the_clips_that_make_a_length_on_the_grid():
    """10 open frames and the two at the cut are 12; one further inside a clip they are 13."""
    [leg] = legs_of(canvas(21, (0, 5), (15, 21)), {Pattern.FIRST_LAST})
    assert leg.canvas.frames == 13
    assert (seen([leg])[4], seen([leg])[16]) == (4, 16)
    assert leg.frames == (0, 0, 0, 0, *range(13), 12, 12, 12, 12)


def test_a_blend_goes_out_of_one_shot_into_the_other():
    frames = 16
    first, second = plate(0, frames), plate(100, frames)
    blend = canvas(frames, known=(Known(0, first), Known(0, second)))
    [leg] = legs_of(blend, {Pattern.HEAD_TAIL})
    assert seen([leg]) == [0, 1, 2, 3, *[None] * 8, 112, 113, 114, 115]
    [leg] = legs_of(blend, {Pattern.LOOSE})
    assert leg.canvas.known[0].strength < 1
    assert seen([leg])[0] == pytest.approx(0 + 100 / 17, abs=1)
    [leg] = legs_of(blend, {Pattern.FIRST_LAST}, Grid(frame_multiple=1))
    assert seen([leg]) == [0, *[None] * 14, 115]
    assert best(Pattern.OVERLAP, {Pattern.FIRST_LAST}).rank is Rank.DEGRADED


def test_a_window_of_a_longer_blend_begins_and_ends_within_the_dissolve():
    first, second = plate(0, 16), plate(100, 16)
    window = canvas(16, known=(Known(0, first), Known(0, second)), turn=(0.25, 0.75))
    shares = [(value - at) / 100 for at, value in enumerate(Mix(first, second, (0.25, 0.75)).read(0, 16)[:, 0, 0, 0])]
    assert shares == pytest.approx([0.25 + 0.5 * (n + 1) / 17 for n in range(16)], abs=0.01)
    [leg] = legs_of(window, {Pattern.HEAD_TAIL})
    ends = [value for value in seen([leg]) if value is not None]
    assert ends == [round(n + 100 * shares[n]) for n in (0, 1, 2, 3, 12, 13, 14, 15)]


# -- ranks -------------------------------------------------------------------------------------


def test_a_verb_is_as_good_as_its_best_pattern():
    patterns = ranks({Pattern.FIRST, Pattern.FIRST_LAST})
    assert patterns[Pattern.KEYFRAMES] is Rank.COMPOSED
    assert patterns[Pattern.HEAD] is patterns[Pattern.HEAD_TAIL] is Rank.DEGRADED
    assert Pattern.LOOSE not in patterns
    assert verbs(patterns) == {
        Verb.GENERATE: Rank.NATIVE,
        Verb.EXTEND: Rank.DEGRADED,
        Verb.FILL: Rank.DEGRADED,
        Verb.LOOP: Rank.DEGRADED,
        Verb.BLEND: Rank.DEGRADED,
    }


@pytest.mark.parametrize("pattern", Pattern)
def test_only_a_degraded_way_loses_something_and_it_says_what(pattern):
    for native in NATIVE:
        recipe = best(pattern, native)
        if recipe is not None:
            assert recipe.shown in native
            assert bool(recipe.loses) is (recipe.rank is Rank.DEGRADED)
