"""A request resolved to whole frames."""

import pytest

from cutaway.wire import MediaFacts, Rank, Verb, VideoCreate
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.effective import nearest_sizes, resolve
from cutaway_runtime.plan.request import PlanError, references, verb_of

CLIP = MediaFacts(kind="video", width=640, height=360, frames=48, fps="24", has_audio=True)
STILL = MediaFacts(kind="image", width=900, height=1600)


def made(operation="create", sources=None, model=BARS, **body):
    request = VideoCreate.model_validate({"prompt": "a red ball", **body})
    verb = verb_of(request, operation)
    roles = references(request, verb)
    facts = {role: (sources or {}).get(role, CLIP) for role in roles}
    return resolve(request, verb, facts, model, seed=7)


def refused(operation="create", **body):
    with pytest.raises(PlanError) as caught:
        made(operation, **body)
    return caught.value


@pytest.mark.parametrize(
    ("operation", "body", "verb"),
    [
        ("create", {}, Verb.GENERATE),
        ("create", {"cutaway": {"loop": True}}, Verb.GENERATE),
        ("create", {"cutaway": {"fill": {"before": "video_a", "after": "video_b"}}}, Verb.FILL),
        ("extend", {"video": "video_a"}, Verb.EXTEND),
        ("edit", {"video": "video_a"}, Verb.REMIX),
        ("remix", {"video": "video_a"}, Verb.REMIX),
        ("edit", {"video": "video_a", "cutaway": {"loop": True}}, Verb.LOOP),
        ("edit", {"video": "video_a", "cutaway": {"blend": {"with": "video_b"}}}, Verb.BLEND),
    ],
)
def test_a_request_means_one_verb(operation, body, verb):
    assert verb_of(VideoCreate(prompt="x", **body), operation) is verb


@pytest.mark.parametrize(
    ("rate", "seconds", "frames"),
    [("23.976", 4, 96), (24, 4, 96), (25, "4", 100), ("29.97", 4, 120), (60, 2.96, 178), ("59.94", 60, 3596)],
)
def test_seconds_become_the_nearest_whole_frames(rate, seconds, frames):
    assert made(fps=rate, seconds=seconds).num_frames == frames


def test_an_exact_count_wins_over_seconds_and_says_so():
    e = made(num_frames=49, seconds=4)
    assert e.num_frames == 49
    assert [a.field for a in e.adjustments] == ["seconds"]


def test_what_is_asked_is_never_replaced_only_what_was_left_open_is_chosen():
    e = made(size="322x182", fps="30000/1001", num_frames=5, seed=3)
    assert (e.size, e.fps, e.num_frames, e.seed, e.adjustments) == ("322x182", "30000/1001", 5, 3, [])
    assert made().seed == 7


@pytest.mark.parametrize(
    ("size", "nearest"),
    [("321x181", ["322x182", "322x180", "320x182"]), ("1280x721", ["1280x722", "1280x720"])],
)
def test_a_size_that_cannot_be_made_is_refused_with_the_nearest_ones(size, nearest):
    error = refused(size=size)
    assert error.code == "unsupported_size"
    for legal in nearest:
        assert legal in str(error)


def test_nearest_sizes_are_legal_themselves():
    model = BARS.model_copy(update={"size_multiple": 16, "min_side": 64, "max_side": 1000})
    for width, height in [(10, 10), (1920, 1080), (333, 222)]:
        for size in nearest_sizes(width, height, model):
            w, h = map(int, size.split("x"))
            assert w % 16 == h % 16 == 0
            assert 64 <= w <= 1000
            assert 64 <= h <= 1000


def test_an_edit_takes_size_and_rate_from_its_clip():
    e = made("edit", video="video_a", strength=0.3)
    assert (e.size, e.fps, e.num_frames, e.strength) == ("640x360", "24", 48, 0.3)


def test_a_clip_of_an_odd_size_is_made_even_and_said():
    odd = CLIP.model_copy(update={"width": 639, "height": 359})
    e = made("edit", video="video_a", sources={"video": odd})
    assert e.width % 2 == e.height % 2 == 0
    assert [a.field for a in e.adjustments] == ["size"]


def test_a_still_gives_its_shape():
    e = made(input_reference="file_1", sources={"first_frame": STILL})
    assert e.width < e.height
    assert e.width / e.height == pytest.approx(9 / 16, rel=0.01)


def test_extending_stitches_by_default_and_can_give_the_new_part_alone():
    assert made("extend", video="video_a", num_frames=24).num_frames == 72
    e = made("extend", video="video_a", num_frames=24, cutaway={"output": "segment", "direction": "backward"})
    assert (e.num_frames, e.head_frames, e.tail_frames) == (24, 0, 8)


def test_filling_knows_both_sides():
    e = made(num_frames=12, cutaway={"fill": {"before": "video_a", "after": "video_b", "tail_frames": 5}})
    assert (e.num_frames, e.paint_frames, e.head_frames, e.tail_frames) == (48 + 12 + 48, 12, 5, 8)


def test_a_neighbour_at_another_rate_is_conformed_and_said():
    other = CLIP.model_copy(update={"fps": "25", "frames": 50})
    e = made(num_frames=12, cutaway={"fill": {"before": "video_a", "after": "video_b"}}, sources={"after": other})
    assert e.fps == "24"
    assert e.source_frames["after"] == 48
    assert [(a.field, a.requested, a.effective) for a in e.adjustments] == [("after.fps", "25", "24")]


def test_a_gap_without_a_length_is_refused():
    error = refused(cutaway={"fill": {"before": "video_a", "after": "video_b"}})
    assert (error.code, error.param) == ("missing_required_parameter", "num_frames")


def test_a_blend_is_as_long_as_both_less_the_overlap():
    e = made("edit", video="video_a", cutaway={"blend": {"with": "video_b", "overlap_frames": 10}})
    assert (e.num_frames, e.paint_frames) == (86, 10)
    assert "49 frames" in str(refused("edit", video="video_a", cutaway={"blend": {"with": "b", "overlap_frames": 49}}))


def test_a_loop_finds_its_length_unless_told():
    assert made("edit", video="video_a", cutaway={"loop": True}).num_frames is None
    assert made("edit", video="video_a", num_frames=40, cutaway={"loop": True}).num_frames == 40
    assert "clip of 48" in str(refused("edit", video="video_a", num_frames=60, cutaway={"loop": True}))


def test_words_are_needed_where_nothing_else_says_what_to_show():
    assert refused(prompt=" ").param == "prompt"
    assert refused("edit", prompt="", video="video_a").param == "prompt"
    assert made("extend", prompt="", video="video_a").verb is Verb.EXTEND
    assert made(prompt="", input_reference="file_1", sources={"first_frame": STILL}).verb is Verb.GENERATE


def test_a_verb_a_model_lacks_is_named():
    narrow = BARS.model_copy(update={"verbs": {Verb.GENERATE: Rank.NATIVE}})
    assert refused("extend", model=narrow, video="video_a").code == "unsupported_capability"


def test_a_still_is_no_clip_and_a_clip_is_no_still():
    assert refused("extend", video="file_1", sources={"video": STILL}).code == "invalid_media"
    assert "which one" in str(refused(input_reference="video_a"))
    assert made(input_reference={"id": "video_a", "frame": -1}).num_frames == 96
    assert refused(input_reference={"id": "video_a", "frame": 48}).param == "input_reference"


def test_fields_a_verb_does_not_read_and_fields_nobody_knows_are_told():
    e = made(strength=0.4, quality="hd", cutaway={"direction": "backward", "mood": "blue"})
    assert e.ignored_params == ["direction", "strength", "quality", "cutaway.mood"]


def test_an_unknown_style_lists_the_known_ones():
    model = BARS.model_copy(update={"styles": ["film-noir"]})
    error = refused(model=model, cutaway={"style": "baroque"})
    assert error.code == "unknown_style"
    assert "film-noir" in str(error)


def test_more_than_a_minute_is_refused():
    assert refused(num_frames=1500, fps=24).code == "too_long"


def test_less_than_a_frame_is_refused():
    assert refused(seconds=0.01, fps=24).param == "seconds"


def test_a_range_lies_in_the_clip():
    e = made("edit", video="video_a", cutaway={"range": {"start": 10, "end": 20}})
    assert (e.num_frames, e.paint_frames) == (48, 10)
    for start, end in [(40, 50), (20, 20), (30, 20)]:
        assert refused("edit", video="video_a", cutaway={"range": {"start": start, "end": end}}).param == "range"
