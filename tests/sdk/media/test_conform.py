"""Footage at the size and rate of a canvas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from cutaway.errors import MediaError
from cutaway.media.conform import ConformedPlate, fitted, still_plate
from cutaway.media.decode import Clip
from cutaway.timebase import Rate

VARIABLE = [0, 20, 70, 110, 143, 243, 250, 300]
"""Milliseconds."""


@pytest.fixture
def clip(make_clip):
    with Clip(make_clip(frames=48, b_frames=2)) as clip:
        yield clip


def test_the_same_size_and_rate_pass_bit_for_bit(clip):
    plate = ConformedPlate(clip, 160, 96, Rate.parse(24), start=10, end=30)
    assert len(plate) == 20
    assert np.array_equal(plate.read(0, 20), clip.read(10, 30))
    assert np.array_equal(plate.read(7, 9), clip.read(17, 19))


def test_another_rate_shows_the_nearest_source_frame(clip, numbers_of):
    """24 -> 30: plate frame i is shown at i/30 s, source frame n at n/24 s; n = floor(i * 24/30 + 1/2)."""
    plate = ConformedPlate(clip, 160, 96, Rate.parse(30))
    assert len(plate) == 60
    expected = [min(47, int(Fraction(i * 24, 30) + Fraction(1, 2))) for i in range(60)]
    assert numbers_of(plate.read(0, 60)) == expected
    assert numbers_of(plate.read(31, 34)) == expected[31:34]


def test_half_way_between_two_frames_the_later_one_is_shown(clip):
    plate = ConformedPlate(clip, 160, 96, Rate.parse(48))
    assert [plate.source_frame(i) for i in range(6)] == [0, 1, 1, 2, 2, 3]


def test_slower_rates_drop_frames(clip, numbers_of):
    plate = ConformedPlate(clip, 160, 96, Rate.parse(12), start=4, end=44)
    assert numbers_of(plate.read(0, len(plate))) == list(range(4, 44, 2))


@pytest.mark.parametrize(("rate", "frames"), [("23.976", 48), ("25", 50), ("29.97", 60), ("60", 120), ("1", 2)])
def test_the_length_is_that_of_the_range_in_whole_frames(clip, rate, frames):
    assert len(ConformedPlate(clip, 160, 96, Rate.parse(rate))) == frames


def test_a_single_frame_stays_at_least_one(clip):
    assert len(ConformedPlate(clip, 160, 96, Rate.parse(1), start=5, end=6)) == 1


def test_a_variable_rate_is_read_by_its_times(make_clip, numbers_of):
    with Clip(make_clip(frames=8, times=VARIABLE, time_base=Fraction(1, 1000))) as clip:
        plate = ConformedPlate(clip, 160, 96, Rate.parse(50))
        shown = numbers_of(plate.read(0, len(plate)))
    nearest = [max(range(8), key=lambda n: (-abs(VARIABLE[n] - 20 * i), n)) for i in range(len(shown))]
    assert shown == nearest
    assert len(shown) >= 16


def test_cover_fills_and_crops_around_the_middle():
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = (0, 255, 0)
    assert (fitted(picture, 50, 50, "cover")[10:40, 5:45] == (0, 255, 0)).all()


def test_contain_keeps_everything_between_black_bars():
    picture = np.full((100, 200, 3), 250, np.uint8)
    inside = fitted(picture, 100, 100, "contain")
    assert (inside[26:74] >= 249).all()
    assert not inside[:24].any()
    assert not inside[76:].any()


def test_stretch_squeezes_everything():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 100:] = 255
    squeezed = fitted(picture, 100, 100, "stretch")
    assert not squeezed[:, :45].any()
    assert (squeezed[:, 55:] == 255).all()


@pytest.mark.parametrize("fit", ["cover", "contain", "stretch"])
def test_a_plate_has_the_size_of_the_canvas(clip, number_of, fit):
    plate = ConformedPlate(clip, 322, 182, Rate.parse(24), fit=fit)
    frames = plate.read(5, 8)
    assert frames.shape == (3, 182, 322, 3)
    assert frames.dtype == np.uint8
    if fit == "stretch":
        assert [number_of(frame) for frame in frames] == [5, 6, 7]


def test_a_smaller_picture_keeps_its_brightness_and_does_not_alias():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    small = fitted(stripes, 100, 100)
    assert abs(small.astype(float) - 127.5).max() < 12


def test_frames_outside_are_refused(clip):
    with pytest.raises(MediaError, match="48 frames"):
        ConformedPlate(clip, 160, 96, Rate.parse(24), start=40, end=50)
    with pytest.raises(MediaError, match=r"\[5, 5\)"):
        ConformedPlate(clip, 160, 96, Rate.parse(24), start=5, end=5)
    with pytest.raises(MediaError, match="plate of 48"):
        ConformedPlate(clip, 160, 96, Rate.parse(24)).read(40, 49)


def test_a_picture_is_a_plate_of_one_frame(numbered, number_of):
    plate = still_plate(numbered(9, 320, 192), 160, 96)
    assert len(plate) == 1
    frame = plate.read(0, 1)
    assert frame.shape == (1, 96, 160, 3)
    assert number_of(frame[0]) == 9
    with pytest.raises(MediaError):
        plate.read(0, 2)
