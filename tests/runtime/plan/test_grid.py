"""What a model can paint: lengths, sizes, rates; and what it paints where others are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.timebase import Rate
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.grid import Grid, lost, painted_at, painted_rate, painted_size

WAN = BARS.model_copy(
    update={
        "size_multiple": 16, "min_side": 16, "frame_multiple": 4, "frame_offset": 1, "min_frames": 5, "max_frames": 81,
        "sizes": ["832x480", "480x832"], "rates": ["16"],
    }
)  # fmt: skip
LARGE = WAN.model_copy(update={"sizes": ["832x480", "480x832", "1280x720", "720x1280"]})


@pytest.mark.parametrize(
    ("asked", "painted"),
    [
        ((832, 480), (832, 480)),  # what it was made for
        ((480, 832), (480, 832)),
        ((640, 352), (640, 352)),  # legal and smaller
        ((848, 480), (848, 480)),  # legal and hardly larger
        ((640, 360), (640, 368)),  # off the multiple: the edges are cropped
        ((1920, 1080), (832, 480)),  # larger: the nearest it was made for
        ((1080, 1920), (480, 832)),
        ((1080, 1080), (640, 640)),  # a shape it does not know: as many pixels
    ],
)
def test_the_size_to_paint(asked, painted):
    assert painted_size(WAN, *asked) == painted


def test_of_several_sizes_the_one_nearest_to_what_is_asked():
    assert painted_size(LARGE, 1920, 1080) == (1280, 720)
    assert painted_size(LARGE, 1024, 576) == (1024, 576)


@given(st.integers(32, 4096), st.integers(32, 4096), st.sampled_from([WAN, LARGE]))
def test_what_is_painted_is_legal_nearly_of_the_shape_and_not_too_large(width, height, model):
    wide, high = painted_size(model, width, height)
    assert wide % 16 == high % 16 == 0
    most = 832 * 480 if model is WAN else 1280 * 720
    assert wide * high <= most * 1.05 or min(wide, high) <= 32  # a strip keeps its narrow side legal
    if 1 / 3 <= width / height <= 3 and min(width, height) >= 200:
        assert lost((wide, high), width, height) <= 0.12


@given(st.integers(2, 64), st.integers(2, 64))
def test_small_sizes_are_painted_as_large_as_the_model_has_to(width, height):
    wide, high = painted_size(WAN, width * 2, height * 2)
    assert wide >= min(16, width)
    assert high >= min(16, height)
    assert min(wide, high) >= 16


@pytest.mark.parametrize(
    ("known", "asked", "painted"),
    [
        (["16"], "24", "16"),
        (["16"], "15.5", "15.5"),
        (["24"], "23.976", "23.976"),
        (["24", "30"], "25", "25"),
        (["24", "30"], "29.97", "29.97"),
        (["24", "30"], "60", "30"),
        (["16", "24"], "12", "16"),
        ([], "37", "37"),
    ],
)
def test_the_rate_to_paint(known, asked, painted):
    model = WAN.model_copy(update={"rates": known})
    assert painted_rate(model, Rate.parse(asked)) == Rate.parse(painted)


def test_a_model_without_a_grid_paints_what_is_asked():
    asked = (322, 182, Rate.parse("29.97"))
    assert painted_at(BARS, *asked) == asked
    assert Grid.of(BARS).is_free


@given(st.integers(1, 17), st.integers(0, 16), st.integers(1, 40), st.integers(1, 500))
def test_lengths_lie_on_the_grid(step, offset, least, frames):
    model = BARS.model_copy(update={"frame_multiple": step, "frame_offset": offset % step, "min_frames": least})
    grid = Grid.of(model)
    above, below = grid.above(frames), grid.below(frames)
    assert (above - offset) % step == 0
    assert above >= max(frames, least)
    assert above - max(frames, least) < step
    if below is not None:
        assert (below - offset) % step == 0
        assert least <= below <= frames
    lengths = grid.shared(3, frames)
    assert sum(lengths) >= frames
    assert max(lengths) - min(lengths) <= step
    assert all((length - offset) % step == 0 and length >= least for length in lengths)
