"""What is told before anything is painted: the size and rate to paint at, windows, what they lose."""

from __future__ import annotations

import pytest

from cutaway.wire import MediaFacts, Pattern, Rank, VideoCreate
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.request import PlanError, is_clip, references, verb_of

CLIP = MediaFacts(kind="video", width=1920, height=1080, frames=480, fps="24")
STILL = MediaFacts(kind="image", width=900, height=1600)
WAN = BARS.model_copy(
    update={
        "id": "wan", "size_multiple": 16, "min_side": 16, "frame_multiple": 4, "frame_offset": 1, "min_frames": 5,
        "max_frames": 81, "window_context": 5, "sizes": ["832x480", "480x832"], "rates": ["16"],
        "default_size": "832x480", "default_fps": "16",
    }
)  # fmt: skip


def made(operation="create", model=WAN, **body):
    request = VideoCreate.model_validate({"prompt": "a red ball", **body})
    verb = verb_of(request, operation)
    facts = {role: CLIP if is_clip(role) else STILL for role in references(request, verb)}
    return resolve(request, verb, facts, model, seed=7)


def told(effective):
    return {a.field: (a.requested, a.effective) for a in effective.adjustments}


def refused(model, **body):
    with pytest.raises(PlanError) as caught:
        made(model=model, **body)
    return caught.value


def shows(**patterns):
    return WAN.model_copy(update={"patterns": {Pattern[name]: rank for name, rank in patterns.items()}})


def test_what_the_model_was_made_for_needs_no_word():
    assert made().adjustments == []
    assert made(size="832x480", num_frames=81).adjustments == []


def test_a_full_hd_shot_at_24_is_made_and_how_is_told():
    e = made(size="1920x1080", fps=24, seconds=5)
    assert (e.size, e.fps, e.num_frames) == ("1920x1080", "24", 120)
    assert told(e) == {"paint_size": ("1920x1080", "832x480"), "paint_fps": ("24", "16")}
    assert "Lanczos" in e.adjustments[0].reason
    assert "2.5% of it cropped" in e.adjustments[0].reason
    assert "optical flow" in e.adjustments[1].reason


def test_sizes_stay_even_even_where_they_are_finished():
    error = refused(WAN, size="1281x721")
    assert error.code == "unsupported_size"
    assert "1280x720" in str(error)


def test_a_minute_comes_in_windows():
    e = made(fps=16, seconds=60)
    assert told(e) == {"windows": (1, 13)}
    assert "81 frames" in e.adjustments[0].reason
    assert e.rank is Rank.NATIVE


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("extend", {"video": "v", "seconds": 30}),
        ("extend", {"video": "v", "seconds": 30, "cutaway": {"direction": "backward"}}),
        ("create", {"seconds": 30, "cutaway": {"fill": {"before": "v", "after": "w"}}}),
        ("edit", {"video": "v"}),
        ("edit", {"video": "v", "cutaway": {"blend": {"with": "w", "overlap_frames": 300}}}),
        ("create", {"seconds": 30, "cutaway": {"last_frame": "f"}}),
        ("create", {"seconds": 30, "cutaway": {"keyframes": [{"at": 100, "image": "f"}]}}),
        ("create", {"seconds": 3, "cutaway": {"loop": True}}),
    ],
)
def test_every_verb_may_be_longer_than_the_model(operation, body):
    assert told(made(operation, **body))["windows"][1] > 1


def test_a_model_that_cannot_go_on_is_asked_for_no_more_than_it_can():
    model = shows(TEXT=Rank.NATIVE)
    assert made(model=model, num_frames=81).num_frames == 81
    error = refused(model, num_frames=82)
    assert (error.code, error.param) == ("too_long", "num_frames")
    assert "81 frames" in str(error)


def test_what_is_lost_from_window_to_window_has_to_be_allowed():
    model = shows(TEXT=Rank.NATIVE, FIRST=Rank.NATIVE, HEAD=Rank.DEGRADED)
    error = refused(model, num_frames=200)
    assert (error.code, error.param) == ("degraded_refused", "cutaway.allow_degraded")
    assert "something is lost: it cannot be shown the end of a shot" in str(error)
    told = model.model_copy(update={"loses": {Pattern.HEAD: "the motion stops"}})
    assert "something is lost: the motion stops." in str(refused(told, num_frames=200))
    allowed = made(model=model, num_frames=200, cutaway={"allow_degraded": True})
    assert allowed.rank is Rank.DEGRADED


def test_a_closed_shot_ends_by_leading_into_its_start():
    model = shows(TEXT=Rank.NATIVE, HEAD=Rank.NATIVE)
    error = refused(model, num_frames=40, cutaway={"loop": True})
    assert error.code == "too_long"
    assert "the way from its end back to its start" in str(error)
    assert "shorter" not in str(error)  # no length would do
    able = shows(TEXT=Rank.NATIVE, HEAD=Rank.NATIVE, HEAD_TAIL=Rank.NATIVE)
    (windows,) = made(model=able, num_frames=40, fps=16, cutaway={"loop": True}).adjustments
    assert "81 frames" not in windows.reason


def test_where_it_is_left_open_a_model_is_shown_as_much_as_it_looks_at():
    assert made("extend", video="v", num_frames=24).head_frames == 7  # five frames at 16 are seven at 24
    assert made("extend", video="v", num_frames=24, cutaway={"context_frames": 20}).head_frames == 20
    assert made("extend", video="v", num_frames=24, model=BARS).head_frames == 8


def test_context_that_was_asked_for_and_is_not_there_is_told():
    e = made(num_frames=24, cutaway={"fill": {"before": "v", "after": "w", "tail_frames": 240}})
    assert e.head_frames == 240
    short = CLIP.model_copy(update={"frames": 100})
    request = VideoCreate.model_validate(
        {"num_frames": 24, "cutaway": {"fill": {"before": "v", "after": "w", "tail_frames": 200}}}
    )
    e = resolve(request, verb_of(request, "create"), {"before": short, "after": CLIP}, BARS, seed=1)
    assert told(e)["fill.tail_frames"] == (200, 100)
