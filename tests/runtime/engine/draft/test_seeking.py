"""The draft engine begun in the midst of a canvas: the frames are those of the whole, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest

from cutaway.timebase import FrameRange
from cutaway_runtime.canvas import Known, Slate, Span
from cutaway_runtime.engine.base import Control, Notes, Seeking
from cutaway_runtime.engine.draft import Draft

FRAMES = 20
STARTS = (7, FRAMES)
"""The first one lies within a pose of stop motion."""


def told(notes: Notes) -> tuple:
    return notes.segments, sorted(notes.understood), sorted(notes.unmatched)


@pytest.fixture
def same():
    """Compares a canvas painted from `STARTS` on with the same part of the whole."""

    def compare(canvas, *methods):
        notes = Notes()
        frames = np.concatenate([chunk.copy() for chunk in Draft().paint(canvas, Control(notes))])
        assert {segment.method for segment in notes.segments} == set(methods)
        assert any((frame != frames[0]).any() for frame in frames), "something moves"
        for start in STARTS:
            later = Notes()
            rest = [chunk.copy() for chunk in Draft().paint_from(canvas, Control(later), start)]
            assert sum(map(len, rest)) == canvas.frames - start
            if rest:
                assert np.array_equal(np.concatenate(rest), frames[start:]), f"from frame {start}"
            assert told(later) == told(notes)

    return compare


def test_it_says_that_it_can():
    assert isinstance(Draft(), Seeking)


@pytest.mark.parametrize("style", ["", "stop-motion", "film-noir"])
def test_a_scene(same, lay, style):
    same(lay(FRAMES, prompt="a red ball rolls over a green field in the rain", style=style), "scene")


def test_scenes_one_after_another_and_a_circle(same, lay):
    canvas = lay(FRAMES, prompt="x")
    spans = (
        Span(FrameRange(0, 8), "a dog runs over a field"),
        Span(FrameRange(8, FRAMES), "a ship at sea in the snow"),
    )
    same(replace(canvas, spans=spans), "scene")
    same(lay(FRAMES, prompt="a red ball rolls over a field", closed=True), "scene")


def test_a_story_in_cards(same, lay, ball):
    cards = (Span(FrameRange(0, 9), "a dog runs", opens=True), Span(FrameRange(9, FRAMES), "a cat sleeps", opens=True))
    same(replace(lay(FRAMES, style="stop-motion", closed=True), spans=cards), "scene")
    given = replace(lay(FRAMES, (9, ball(4)), style="stop-motion"), spans=cards[:1])
    same(given, "scene", "kept", "flow_extrapolation")


def test_footage(same, lay, ball):
    style = "stop-motion"
    same(lay(FRAMES, (0, ball(6)), style=style), "kept", "flow_extrapolation")
    same(lay(FRAMES, (0, ball(4)), (16, ball(4, at=(120.0, 90.0))), style=style), "kept", "flow_bridge")
    same(lay(FRAMES, (0, ball(1)), prompt="slow zoom in", style=style), "kept", "camera_move")
    same(lay(FRAMES, (0, ball(FRAMES), 0.4), prompt="at night in the rain", style=style), "grade")
    clips = (0, ball(FRAMES)), (0, ball(FRAMES, at=(100.0, 100.0)))
    same(lay(FRAMES, *clips, style=style), "flow_morph")


def test_a_take_drawn_again(same, lay):
    take = lay(FRAMES, prompt="a red ball rolls over a green field")
    frames = np.concatenate([chunk.copy() for chunk in Draft().paint(take, Control())])
    known = lay(FRAMES, (0, frames, 0.3), prompt="the ball is blue").known[0].plate
    slate = Slate("draft", take.prompt, take.seed)
    canvas = replace(
        take, spans=(Span(FrameRange(0, FRAMES), "the ball is blue"),), known=(Known(0, known, 0.3, slate),)
    )
    same(replace(canvas, style="stop-motion"), "rerender")
