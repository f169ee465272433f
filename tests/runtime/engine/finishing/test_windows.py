"""A model of few frames painting long canvases: what it is shown, and what comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Character, RunKind, Span, splice
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.finishing.windows import Windows
from cutaway_runtime.plan.windows import windows


def painted(engine, canvas, notes=None):
    """All frames, each as (canvas number, frame of it), or the grey level of a kept one."""
    frames = np.concatenate(list(splice(canvas, Windows(engine).paint(canvas, Control(notes)))))
    assert frames.shape == (canvas.frames, canvas.height, canvas.width, 3)
    return [told(frame[0, 0]) for frame in frames]


def told(pixel):
    red, green, blue = map(int, pixel)
    return red if red == green == blue else (red - 100, 200 * green + blue)


def test_what_fits_passes_through_untouched(strict, lay):
    engine, canvas = strict(), lay(33)
    bare = np.concatenate(list(strict().paint(canvas, Control())))
    through = np.concatenate(list(Windows(engine).paint(canvas, Control())))
    assert np.array_equal(bare, through)
    assert engine.canvases[0].seed == canvas.seed


def test_a_long_shot_is_one_window_after_another(strict, lay):
    engine, canvas = strict(), lay(100)
    frames = painted(engine, canvas)
    plan = windows(canvas, engine.info)
    assert frames == [(n, at - window.range.start) for n, window in enumerate(plan) for at in window.new]
    assert len({c.seed for c in engine.canvases}) == len(plan) == 4


def test_each_window_is_shown_the_last_frames_of_the_one_before_and_a_far_one(strict, lay):
    engine = strict()
    painted(engine, lay(100))
    first, second, third, _ = engine.canvases
    assert first.known == ()
    assert first.anchor is None
    for number, (before, canvas) in enumerate([(first, second), (second, third)]):
        (known,) = canvas.known
        assert known.at == 0
        shown = [told(frame[0, 0]) for frame in known.read(0, 5)]
        assert shown == [(number, before.frames - 5 + n) for n in range(5)]
        assert told(canvas.anchor.read(0, 1)[0, 0, 0]) == (0, 0)
    assert [canvas.shot_frames for canvas in engine.canvases] == [100] * 4


def test_a_shot_that_leads_up_to_a_clip_is_painted_from_the_clip_and_seen_in_order(strict, lay, ramp):
    engine, canvas = strict(), lay(100, (92, ramp(8, 64, 48, base=50)))
    frames = painted(engine, canvas)
    assert frames[92:] == [50 + n for n in range(8)]
    numbers = [number for number, _ in frames[:92]]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == len(engine.canvases) - 1
    first, second = engine.canvases[:2]
    assert first.known[0].range.end == first.frames
    assert second.known[0].range.end == second.frames
    shown = [told(frame[0, 0]) for frame in second.known[0].read(second.frames - 5, second.frames)]
    assert shown == [(0, n) for n in range(5)]


def test_a_long_fill_knows_where_it_ends(strict, lay, ramp):
    engine, before, after = strict(), ramp(8, 64, 48, base=20), ramp(8, 64, 48, base=80)
    frames = painted(engine, lay(8 + 90 + 8, (0, before), (98, after)))
    assert frames[:8] == [20 + n for n in range(8)]
    assert frames[98:] == [80 + n for n in range(8)]
    last = engine.canvases[-1]
    assert last.known[-1].range.end == last.frames
    assert told(last.known[-1].read(last.frames - 1, last.frames)[0, 0, 0]) == 87


def test_pictures_pinned_anywhere_come_out_where_they_were_pinned(strict, lay, ramp):
    engine = strict()
    pins = [0, 29, 30, 57, 80, 99]  # 29 and 30 lie where two windows overlap
    frames = painted(engine, lay(100, *((at, ramp(1, 64, 48, base=at)) for at in pins)))
    assert {at: frames[at] for at in pins} == {at: at for at in pins}
    assert engine.canvases[-1].known[-1].range.end == engine.canvases[-1].frames


def test_loose_windows_fade_into_each_other(strict, lay, ramp):
    engine, canvas = strict(), lay(60, (0, ramp(60, 64, 48), 0.5))
    frames = np.concatenate(list(Windows(engine).paint(canvas, Control())))
    plan = windows(canvas, engine.info)
    reds = frames[:, 0, 0, 0].tolist()
    assert [seen.known[0].strength for seen in engine.canvases] == [0.5] * len(plan)
    assert all(len(c.known) == 1 and len(c.known[0].plate) == c.frames for c in engine.canvases)
    assert reds == sorted(reds)
    overlap = frames[plan[1].range.start : plan[0].range.end, 0, 0, 2].astype(int)  # frame numbers of both, mixed
    early, late = plan[1].range.start + np.arange(len(overlap)), np.arange(len(overlap))
    share = (late + 1) / (len(overlap) + 1)
    assert np.abs(overlap - (early * (1 - share) + late * share)).max() <= 1


def test_a_long_blend_goes_on_turning(strict, lay, ramp):
    engine = strict()
    painted(engine, lay(80, (0, ramp(80, 64, 48)), (0, ramp(80, 64, 48, base=90))))
    turns = [canvas.turn for canvas in engine.canvases]
    assert turns[0][0] == 0
    assert turns[-1][1] == pytest.approx(1)
    assert all(
        end - start == pytest.approx(c.frames / 80) for (start, end), c in zip(turns, engine.canvases, strict=True)
    )


def test_a_closed_shot_leads_into_its_own_start(strict, lay):
    engine = strict()
    frames = painted(engine, lay(60, closed=True))
    last = engine.canvases[-1]
    fold = last.known[-1]
    assert fold.range.end == last.frames
    assert [told(f[0, 0]) for f in fold.read(fold.at, fold.at + 5)] == frames[:5]
    assert frames[-1] == (len(engine.canvases) - 1, fold.at - 1)


def test_each_prompt_is_read_by_the_windows_that_bring_its_frames(strict, lay):
    engine = strict()
    spans = (Span(FrameRange(0, 50), "dawn"), Span(FrameRange(50, 100), "noon"))
    frames = painted(engine, lay(100, spans=spans))
    words = [canvas.prompt for canvas in engine.canvases]
    assert [words[number] for number, _ in frames] == ["dawn"] * 50 + ["noon"] * 50
    noon = engine.canvases[words.index("noon")]
    (known,) = noon.known
    assert [told(frame[0, 0]) for frame in known.read(0, 5)] == frames[45:50], "it goes on from the last frames before"
    assert engine.canvases[-1].spans[-1].range.end == engine.canvases[-1].frames


def test_the_last_prompt_leads_up_to_what_is_known(strict, lay, ramp):
    engine = strict()
    spans = (Span(FrameRange(0, 10), "dawn"), Span(FrameRange(10, 30), "noon"))
    frames = painted(engine, lay(30, (26, ramp(4, 64, 48, base=50)), spans=spans))
    assert [canvas.prompt for canvas in engine.canvases] == ["dawn", "noon"]
    assert frames[26:] == [50 + n for n in range(4)]
    last = engine.canvases[-1]
    assert [told(frame[0, 0]) for frame in last.known[0].read(0, 1)] == [frames[10 - len(last.known[0].plate)]]
    assert last.known[-1].range.end == last.frames


def test_a_model_that_cannot_meet_what_is_known_reads_all_prompts_together(strict, lay, ramp):
    engine = strict(patterns={Pattern.TEXT: Rank.NATIVE, Pattern.HEAD: Rank.NATIVE, Pattern.TAIL: Rank.NATIVE})
    spans = (Span(FrameRange(0, 10), "dawn"), Span(FrameRange(10, 30), "noon"))
    painted(engine, lay(30, (26, ramp(4, 64, 48, base=50)), spans=spans))
    assert [canvas.prompt for canvas in engine.canvases] == ["dawn noon"]


def test_notes_are_in_the_time_of_the_canvas_and_progress_never_falls(strict, lay):
    notes, steps = Notes(), []
    control = Control(notes, on_progress=lambda phase, _step, _total, done: steps.append((phase, done)))
    list(Windows(strict()).paint(lay(100), control))
    assert (notes.segments[0].start, notes.segments[0].end) == (0, notes.segments[1].start)
    assert notes.segments[-1].end == 100
    shares = [done for _, done in steps]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    assert steps[-1][0] == "denoising, window 4 of 4"


@pytest.mark.parametrize("at_end", [False, True])
def test_a_cancel_takes_effect_within_a_frame_and_the_next_canvas_is_as_ever(strict, lay, ramp, at_end):
    engine = Windows(strict())
    canvas = lay(100, (92, ramp(8, 64, 48))) if at_end else lay(100)
    steps = []
    control = Control(on_progress=lambda *step: steps.append(step[:3]), cancelled=lambda: len(steps) >= 50)
    with pytest.raises(Cancelled):
        list(engine.paint(canvas, control))
    assert len(steps) == 50
    again = np.concatenate(list(engine.paint(canvas, Control())))[:, 0, 0, 1:]
    fresh = np.concatenate(list(Windows(strict()).paint(canvas, Control())))[:, 0, 0, 1:]
    assert np.array_equal(again, fresh)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 200),
    head=st.integers(0, 40),
    tail=st.integers(0, 40),
    pins=st.sets(st.integers(0, 199), max_size=3),
    closed=st.booleans(),
    most=st.sampled_from([9, 17, 33, 81]),
    context=st.integers(1, 12),
)
def test_any_canvas_comes_out_whole(strict, lay, ramp, count, head, tail, pins, closed, most, context):
    """Exact count; known frames bit for bit; every other frame painted, by the window that says so."""
    engine = strict(max_frames=most, window_context=context, size_multiple=2, min_side=2, sizes=[], rates=[])
    total = head + count + tail
    known = [(0, ramp(head, 4, 2, base=1))] if head else []
    known += [(head + count, ramp(tail, 4, 2, base=50))] if tail else []
    known += [(head + pin, ramp(1, 4, 2, base=200 + n)) for n, pin in enumerate(sorted(pins)) if pin < count]
    canvas = lay(total, *known, size=(4, 2), closed=closed and not tail)
    frames = painted(engine, canvas)
    for run in canvas.runs():
        if run.kind is RunKind.KEPT:
            given = run.known[0].read(run.range.start, run.range.end)[:, 0, 0, 0].tolist()
            assert frames[run.range.start : run.range.end] == given
    for number, window in enumerate(windows(canvas, engine.info)):
        for at in window.new:
            assert isinstance(frames[at], int) or frames[at] == (number, at - window.range.start)
    assert sum(isinstance(frame, int) for frame in frames) == sum(len(k[1]) for k in known)


def test_who_is_called_by_name_lies_beside_every_window(strict, lay):
    engine = strict()
    cast = (Character("Robo", "a red tin robot"),)
    spans = (Span(FrameRange(0, 30), "dawn"), Span(FrameRange(30, 60), "Robo walks"))
    painted(engine, lay(60, spans=spans, cast=cast))
    assert {canvas.prompt for canvas in engine.canvases} == {"dawn", "Robo walks Robo: a red tin robot"}
