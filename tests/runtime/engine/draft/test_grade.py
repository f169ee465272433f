from __future__ import annotations

import colorsys

import cv2
import numpy as np
import pytest

from cutaway.timebase import Rate
from cutaway_runtime.engine.draft.grade import Grade, standing_out
from cutaway_runtime.engine.draft.scene import TimeOfDay, Weather
from cutaway_runtime.engine.draft.wish import Tone, read_wish

RATE = Rate.parse(24)


@pytest.fixture
def meadow(real_clip):
    return real_clip("bigbuckbunny.mp4")[30]


def _graded(picture, prompt, amount=1.0, frame=5, seed=3):
    return Grade(read_wish(prompt), amount, [picture], RATE, seed).over(picture, frame)


def _light(picture):
    return float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean())


def _warmth(picture):
    return float(picture[..., 0].mean() / max(picture[..., 2].mean(), 1))


@pytest.mark.parametrize("prompt", ["make it night", "밤으로 바꿔줘", "夜にして"])
def test_night_is_dark_and_blue(meadow, prompt):
    night = _graded(meadow, prompt)
    assert _light(night) < 0.5 * _light(meadow)
    assert _warmth(night) < _warmth(meadow)


@pytest.mark.parametrize("prompt", ["at sunset", "석양", "夕焼け"])
def test_sunset_is_warm(meadow, prompt):
    assert _warmth(_graded(meadow, prompt)) > 1.3 * _warmth(meadow)


def test_warm_and_cold_are_opposites(meadow):
    assert _warmth(_graded(meadow, "warmer")) > _warmth(meadow) > _warmth(_graded(meadow, "colder"))


def test_black_and_white_has_no_colour_left(meadow):
    gray = _graded(meadow, "in black and white")
    assert np.abs(gray.max(axis=-1).astype(int) - gray.min(axis=-1)).max() <= 2


def test_mirrored_is_mirrored(meadow):
    assert (_graded(meadow, "mirrored") == meadow[:, ::-1]).all()


@pytest.mark.parametrize("weather", ["rain", "snow", "fog"])
def test_weather_moves_by_itself_and_hides_some_of_the_picture(meadow, weather):
    first, later = (_graded(meadow, weather, frame=n) for n in (0, 6))
    assert np.abs(first.astype(int) - meadow).mean() > 4
    assert np.abs(first.astype(int) - later).mean() > 0.2
    assert (first == _graded(meadow, weather, frame=0)).all()
    assert (first != _graded(meadow, weather, frame=0, seed=4)).any()


def test_fog_is_thicker_far_away(meadow):
    change = np.abs(_graded(meadow, "foggy").astype(int) - meadow).mean(axis=(1, 2))
    assert change[:60].mean() > 1.3 * change[-60:].mean()


def test_the_colour_that_stands_out_is_turned_and_the_rest_stays():
    picture = np.full((180, 320, 3), (120, 135, 110), np.uint8)
    cv2.circle(picture, (160, 90), 30, (220, 40, 40), -1, cv2.LINE_AA)
    blue = _graded(picture, "make it blue")
    red, green, blue_part = blue[90, 160] / 255
    assert abs(colorsys.rgb_to_hsv(red, green, blue_part)[0] - 0.62) < 0.12
    far = np.abs(blue[:, :100].astype(int) - picture[:, :100])
    assert far.max() <= 1


def test_gray_footage_has_no_colour_to_turn():
    gray = np.full((90, 160, 3), 128, np.uint8)
    assert standing_out([gray]) is None
    assert not Grade(read_wish("make it blue"), 1.0, [gray], RATE, 1).colored


def test_the_amount_says_how_far(meadow):
    night = [_light(_graded(meadow, "at night", amount)) for amount in (0.0, 0.3, 0.6, 1.0)]
    assert night == sorted(night, reverse=True)
    assert (_graded(meadow, "at night", 0.0) == meadow).all()


def test_a_wish_knows_what_footage_cannot_show():
    wish = read_wish("a dog dances in the rain at night, warmer, make it blue")
    assert wish.time is TimeOfDay.NIGHT
    assert wish.weather is Weather.RAIN
    assert wish.tones == (Tone.WARM,)
    assert wish.color == "blue"
    assert {"dog", "dances"} <= set(wish.unmatched)
    assert not {"rain", "blue", "warmer"} & set(wish.unmatched)


def test_of_two_times_of_day_the_first_counts():
    wish = read_wish("at night at sunset")
    assert wish.time is TimeOfDay.NIGHT
    assert "sunset" in wish.unmatched


def test_loose_footage_is_graded_and_says_so(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[30:50]
    out, notes = paint(lay(20, (0, clip, 0.3), prompt="at night with a dragon"))
    assert [segment.method for segment in notes.segments] == ["grade"]
    assert "dragon" in notes.unmatched
    assert any("night" in word for word in notes.understood)
    assert any("not repainted" in warning for warning in notes.warnings)
    assert _light(out[10]) < 0.6 * _light(clip[10])


def test_a_firm_hold_changes_less(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[30:34]
    change = [
        np.abs(paint(lay(4, (0, clip, strength), prompt="at night"))[0].astype(int) - clip).mean()
        for strength in (0.95, 0.7, 0.3)
    ]
    assert change == sorted(change)
    assert change[0] < change[2] / 3


def test_footage_stays_as_it_is_where_nothing_can_be_done(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[30:34]
    out, notes = paint(lay(4, (0, clip, 0.3), prompt="a dragon dances"))
    assert (out == clip).all()
    assert [segment.method for segment in notes.segments] == ["unchanged"]
    assert any("unchanged" in warning for warning in notes.warnings)


def test_a_colour_that_cannot_be_turned_is_not_claimed(lay, paint):
    gray = np.full((4, 90, 160, 3), 128, np.uint8)
    _, notes = paint(lay(4, (0, gray, 0.3), prompt="make it blue"))
    assert notes.unmatched == ["blue"]
    assert notes.understood == []
