"""Time as editors count it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.timebase import FrameRange, Rate, TimebaseError, frame_of_timecode, round_half_up, timecode

EDITORIAL = ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120000/1001", "120"]
rates = st.sampled_from([Rate.parse(text) for text in EDITORIAL])
whole_frames = st.integers(min_value=0, max_value=24 * 60 * 60 * 24)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (24, "24"),
        (23.976, "24000/1001"),
        ("23.98", "24000/1001"),
        (23.976024627685547, "24000/1001"),  # float32 of Hiero
        (23.976023976023978, "24000/1001"),
        ("29.97", "30000/1001"),
        (29.970029830932617, "30000/1001"),
        (59.94, "60000/1001"),
        ("119.88", "120000/1001"),
        ("24000/1001", "24000/1001"),
        (25.0, "25"),
        (12.5, "25/2"),
        (15, "15"),
        (Fraction(30000, 1001), "30000/1001"),
    ],
)
def test_every_spelling_of_a_rate_is_one_exact_rate(written, meant):
    assert str(Rate.parse(written)) == meant


@pytest.mark.parametrize("bad", ["", "fast", "1/0", "nan", "inf", 0, -24, 241, 1e309, True, None, "1" * 80, "24fps"])
def test_what_is_no_rate_is_refused_in_words(bad):
    with pytest.raises(TimebaseError, match="rate"):
        Rate.parse(bad)


@given(rates, whole_frames)
def test_seconds_never_lose_a_frame(rate, frames):
    assert rate.frames(rate.seconds(frames)) == frames


@given(rates, st.floats(min_value=0, max_value=3600))
def test_frames_are_the_nearest_ones(rate, seconds):
    exact = Fraction(seconds) * rate.fraction
    assert abs(rate.frames(seconds) - exact) <= Fraction(1, 2)


def test_halves_go_up_on_both_sides_of_zero():
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3, 5)] == [-1, 0, 1, 2, 3]


@given(st.sampled_from([Rate.parse("29.97"), Rate.parse("59.94")]), whole_frames)
def test_drop_frame_numbers_come_back_to_their_frame(rate, frame):
    text = timecode(frame, rate)
    assert ";" in text
    assert frame_of_timecode(text, rate) == frame


@given(rates, st.integers(min_value=-100_000, max_value=10_000_000))
def test_timecode_without_drop_comes_back_to_its_frame(rate, frame):
    assert frame_of_timecode(timecode(frame, rate, drop=False), rate) == frame


def test_drop_frame_follows_the_clock_to_a_tenth_of_a_second_over_an_hour():
    rate = Rate.parse("29.97")
    assert timecode(rate.frames(3600), rate) == "01:00:00;00"
    assert timecode(1799, rate) == "00:00:59;29"
    assert timecode(1800, rate) == "00:01:00;02"
    assert timecode(17982, rate) == "00:10:00;00"


@pytest.mark.parametrize("bad", ["01:00:00", "01:60:00:00", "01:00:00:24", "later"])
def test_what_is_no_timecode_is_refused(bad):
    with pytest.raises(TimebaseError):
        frame_of_timecode(bad, Rate.parse(24))


def test_a_dropped_number_names_no_frame():
    with pytest.raises(TimebaseError, match="dropped"):
        frame_of_timecode("00:01:00;01", Rate.parse("29.97"))


def test_drop_frame_does_not_exist_at_23_976():
    with pytest.raises(TimebaseError, match=r"29\.97"):
        timecode(0, Rate.parse("23.976"), drop=True)


ranges = st.tuples(st.integers(-500, 500), st.integers(0, 400)).map(lambda pair: FrameRange.of(*pair))


@given(ranges, ranges)
def test_ranges_agree_with_the_frames_they_hold(a, b):
    frames_a, frames_b = set(a), set(b)
    assert len(a) == len(frames_a) == a.duration
    both = a.intersection(b)
    assert (set(both) if both else set()) == frames_a & frames_b
    if frames_a and frames_b:
        assert a.overlaps(b) == bool(frames_a & frames_b)
        assert a.covers(b) == (frames_b <= frames_a)


@given(ranges, st.integers(-50, 50))
def test_shifting_there_and_back_changes_nothing(range_, frames):
    assert range_.shifted(frames).shifted(-frames) == range_


def test_touching_ranges_share_a_cut_and_no_frame():
    left, right = FrameRange(0, 10), FrameRange(10, 20)
    assert left.touches(right)
    assert not left.overlaps(right)
    assert 9 in left
    assert 10 not in left


def test_handles_grow_a_range_on_both_sides():
    assert FrameRange(100, 124).grown(head=8, tail=4) == FrameRange(92, 128)


def test_a_range_that_ends_before_it_starts_is_refused():
    with pytest.raises(TimebaseError, match="ends"):
        FrameRange(5, 4)
