"""The one shape of every verb."""

import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Known, RunKind, Span, splice


class Grey:
    """A plate whose frame n is grey n + `base`."""

    def __init__(self, frames, base=0, size=(4, 6)):
        self.frames, self.base, self.size = frames, base, size

    def __len__(self):
        return self.frames

    def read(self, start, end):
        assert 0 <= start <= end <= self.frames
        levels = np.arange(start, end, dtype=np.uint8) + self.base
        return np.broadcast_to(levels[:, None, None, None], (end - start, *self.size, 3)).copy()


def canvas(frames, *known, **more):
    return Canvas(frames=frames, width=6, height=4, rate=Rate.parse(24), seed=1, known=known, **more)


def pattern(c):
    signs = {RunKind.KEPT: "#", RunKind.LOOSE: "+", RunKind.OVERLAP: "X", RunKind.OPEN: "."}
    return "".join(signs[run.kind] * run.range.duration for run in c.runs())


@pytest.mark.parametrize(
    ("known", "drawn"),
    [
        ((), "........"),
        ((Known(0, Grey(1)),), "#......."),
        ((Known(0, Grey(1)), Known(7, Grey(1))), "#......#"),
        ((Known(0, Grey(3)),), "###....."),
        ((Known(6, Grey(2)),), "......##"),
        ((Known(0, Grey(2)), Known(5, Grey(3))), "##...###"),
        ((Known(0, Grey(8), strength=0.4),), "++++++++"),
        ((Known(0, Grey(5)), Known(3, Grey(5))), "###XX###"),
        ((Known(0, Grey(8)), Known(0, Grey(8))), "XXXXXXXX"),
    ],
)
def test_verbs_are_patterns_of_known_frames(known, drawn):
    assert pattern(canvas(8, *known)) == drawn


def painted(frames, level=200, size=(4, 6), chunk=3):
    for at in range(0, frames, chunk):
        yield np.full((min(chunk, frames - at), *size, 3), level, np.uint8)


def test_kept_frames_come_out_as_they_went_in_whatever_was_painted_over_them():
    c = canvas(8, Known(0, Grey(2, base=10)), Known(6, Grey(2, base=30)))
    out = np.concatenate(list(splice(c, painted(8))))
    assert out[:, 0, 0, 0].tolist() == [10, 11, 200, 200, 200, 200, 30, 31]


def test_loose_frames_are_the_engines_own():
    out = np.concatenate(list(splice(canvas(4, Known(0, Grey(4), strength=0.5)), painted(4))))
    assert (out == 200).all()


@pytest.mark.parametrize("frames", [7, 9])
def test_an_engine_that_paints_another_count_is_caught(frames):
    with pytest.raises(ValueError, match="8 frames"):
        list(splice(canvas(8), painted(frames)))


def test_an_engine_that_paints_another_size_is_caught():
    with pytest.raises(ValueError, match="6x4"):
        list(splice(canvas(8), painted(8, size=(4, 8))))


def test_what_does_not_lie_on_the_canvas_is_refused():
    with pytest.raises(ValueError, match="do not lie"):
        canvas(8, Known(6, Grey(3)))
    with pytest.raises(ValueError, match="prompt"):
        canvas(8, spans=(Span(FrameRange(0, 9), "too long"),))
    with pytest.raises(ValueError, match="strength"):
        canvas(8, Known(0, Grey(1), strength=1.5))


def test_prompts_are_read_in_the_order_of_their_spans():
    spans = (Span(FrameRange(4, 8), "then rain"), Span(FrameRange(0, 4), "a dog"))
    assert canvas(8, spans=spans).prompt == "a dog then rain"
