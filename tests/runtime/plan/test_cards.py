"""One video told in cards: where they lie, whose words reign, and what cannot be."""

import pytest

from cutaway.timebase import Rate
from cutaway.wire import MediaFacts, Pattern, Segment, Verb, VideoCreate
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan import cards as board
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.outline import outline
from cutaway_runtime.plan.pattern import pattern_of
from cutaway_runtime.plan.request import PlanError, references

RATE = Rate.parse(24)
STILL = MediaFacts(kind="image", width=64, height=36)
CLIP = MediaFacts(kind="video", width=64, height=36, frames=48, fps="24", duration_s=2.0)
PICTURE, FILM = {"file_id": "file_p"}, {"file_id": "file_c"}


def request(*cards, prompt="dawn", **body):
    extras = {**body.pop("cutaway", {}), "cards": list(cards)}
    return VideoCreate.model_validate({"prompt": prompt, "fps": "24", "size": "64x36", **body, "cutaway": extras})


def resolved(*cards, **body):
    asked = request(*cards, **body)
    facts = {role: CLIP if role.startswith("clip.") else STILL for role in references(asked, Verb.GENERATE)}
    return resolve(asked, Verb.GENERATE, facts, BARS, seed=1)


def refused(*cards, **body):
    with pytest.raises(PlanError) as caught:
        resolved(*cards, **body)
    return caught.value


def words(effective, asked):
    return [(span.range.start, span.range.end, span.prompt, span.opens) for span in outline(effective, asked).spans]


class TestWords:
    def test_a_prompt_reigns_until_the_next_one(self):
        cards = ({"at": 24, "prompt": "noon"}, {"at": 60, "image": PICTURE}, {"at_s": 3, "prompt": "dusk"})
        assert words(resolved(*cards, num_frames=96), request(*cards)) == [
            (0, 24, "dawn", True),
            (24, 72, "noon", True),
            (72, 96, "dusk", True),
        ]

    def test_a_card_at_the_start_takes_the_place_of_the_requests_prompt(self):
        cards = ({"at": 0, "prompt": "noon"},)
        assert words(resolved(*cards, num_frames=48), request(*cards)) == [(0, 48, "noon", True)]

    def test_words_about_a_picture_open_no_scene(self):
        cards = ({"at": 0, "image": PICTURE}, {"at": 24, "prompt": "pan left", "image": PICTURE})
        assert words(resolved(*cards, num_frames=48), request(*cards)) == [
            (0, 24, "dawn", False),
            (24, 48, "pan left", False),
        ]

    def test_a_first_frame_is_where_the_requests_words_begin(self):
        cards = ({"at": 24, "prompt": "noon"},)
        effective = resolved(*cards, num_frames=48, input_reference=PICTURE)
        assert words(effective, request(*cards, input_reference=PICTURE)) == [
            (0, 24, "dawn", False),
            (24, 48, "noon", True),
        ]

    def test_without_cards_the_prompt_lies_over_all(self):
        assert words(resolved(num_frames=48), request()) == [(0, 48, "dawn", False)]

    def test_nothing_is_said_of_the_first_frames(self):
        problem = refused({"at": 24, "prompt": "noon"}, prompt="", num_frames=48)
        assert (problem.code, problem.param) == ("missing_required_parameter", "prompt")
        assert "frame 24" in str(problem)
        assert resolved({"at": 24, "prompt": "noon"}, prompt="", num_frames=48, input_reference=PICTURE)
        assert resolved({"at": 0, "image": PICTURE}, {"at": 24, "prompt": "noon"}, prompt="", num_frames=48)

    def test_two_prompts_for_one_frame(self):
        problem = refused({"at": 24, "prompt": "a"}, {"at_s": 1, "prompt": "b"}, num_frames=48)
        assert problem.param == "cards.1.prompt"
        assert "card 0 and card 1 both have a prompt for frame 24" in str(problem)


class TestPlaces:
    def test_footage_lies_from_the_cards_time_on(self):
        laid = resolved(
            {"at": 72, "clip": FILM}, {"at": 24, "image": PICTURE}, {"at": -1, "image": PICTURE}, num_frames=120
        )
        assert [(c.card, c.at, c.known) for c in laid.cards] == [(1, 24, 1), (0, 72, 47), (2, 119, 1)]
        told = {a.field: (a.requested, a.effective) for a in laid.adjustments}
        assert told == {"cards.0.frames": (48, 47)}

    def test_a_clip_ends_where_it_is_told_or_where_the_next_card_begins(self):
        laid = resolved(
            {"at": 0, "clip": FILM, "frames": 12}, {"at": 24, "clip": FILM}, {"at": 48, "prompt": "x"}, num_frames=96
        )
        assert [c.known for c in laid.cards] == [12, 24, 0]
        long = resolved({"at": 12, "clip": FILM, "frames": 99}, num_frames=200)
        assert long.cards[0].known == 48
        assert long.adjustments[0].reason == "the clip has no more frames"
        cut = resolved({"at": 12, "clip": FILM, "frames": 40}, num_frames=24)
        assert (cut.cards[0].known, cut.adjustments[0].reason) == (12, "the video ends there")

    @pytest.mark.parametrize(("when", "param"), [({"at": 48}, "cards.0.at"), ({"at_s": 2.0}, "cards.0.at_s")])
    def test_a_time_outside_the_video(self, when, param):
        problem = refused({**when, "prompt": "x"}, num_frames=48)
        assert problem.param == param
        assert "48 frames" in str(problem)

    @pytest.mark.parametrize(
        ("cards", "body", "said"),
        [
            (
                [{"at": 9, "image": PICTURE}, {"at": 9, "image": PICTURE}],
                {},
                "cards.0.image and cards.1.image both say what frame 9",
            ),
            (
                [{"at": 0, "clip": FILM, "frames": 20}, {"at": 9, "image": PICTURE}],
                {},
                "cards.0.clip and cards.1.image",
            ),
            ([{"at": 0, "image": PICTURE}], {"input_reference": PICTURE}, "input_reference"),
            ([{"at": -1, "image": PICTURE}], {"cutaway": {"last_frame": PICTURE}}, "last_frame"),
            ([{"at": 5, "image": PICTURE}], {"cutaway": {"keyframes": [{"at": 5, "image": PICTURE}]}}, "keyframes.0"),
        ],
    )
    def test_one_picture_to_a_frame(self, cards, body, said):
        assert said in str(refused(*cards, num_frames=48, **body))

    def test_beside_other_pictures(self):
        extras = {"last_frame": PICTURE, "keyframes": [{"at": 30, "image": PICTURE}]}
        laid = resolved({"at": 10, "clip": FILM}, num_frames=48, input_reference=PICTURE, cutaway=extras)
        assert laid.cards[0].known == 20, "up to the keyframe"
        assert len(outline(laid, request({"at": 10, "clip": FILM}, input_reference=PICTURE, cutaway=extras)).known) == 4

    def test_a_still_for_a_clip_and_a_clip_for_a_still(self):
        asked = request({"at": 0, "clip": PICTURE}, num_frames=8)
        with pytest.raises(PlanError, match=r"`cards.0.clip` is a clip"):
            resolve(asked, Verb.GENERATE, {"clip.0": STILL}, BARS, seed=1)
        asked = request({"at": 0, "image": FILM}, num_frames=8)
        with pytest.raises(PlanError, match=r"`cards.0.image` is a still"):
            resolve(asked, Verb.GENERATE, {"card.0": CLIP}, BARS, seed=1)


class TestLength:
    @pytest.mark.parametrize(
        ("cards", "frames"),
        [
            ([{"at": 48, "prompt": "x"}], 48 + 96),
            ([{"at": 48, "prompt": "x"}, {"at_s": 1, "prompt": "y"}], 48 + 96),
            ([{"at": 48, "clip": FILM}], 48 + 48),
            ([{"at": 48, "clip": FILM, "frames": 10}], 58),
            ([{"at": -1, "image": PICTURE}], 96),
            ([{"at_s": 59, "prompt": "x"}], 60 * 24),
        ],
    )
    def test_cards_come_to_a_length(self, cards, frames):
        assert resolved(*cards).num_frames == frames

    def test_what_was_asked_for_wins(self):
        assert resolved({"at": 48, "prompt": "x"}, seconds=3).num_frames == 72

    def test_never_more_than_a_minute(self):
        assert refused({"at_s": 60, "prompt": "x"}).code == "too_long"


def test_segments_say_whose_card_they_are():
    laid = resolved(
        {"at": 24, "image": PICTURE}, {"at": 24, "prompt": "x"}, {"at": 48, "clip": FILM}, num_frames=120
    ).cards
    whole = [Segment(start=0, end=24, method="scene"), Segment(start=24, end=120, method="painted")]
    told = [(s.start, s.end, s.card) for s in board.labelled(whole, laid)]
    assert told == [(0, 24, None), (24, 25, 0), (25, 48, 1), (48, 96, 2), (96, 120, 2)]
    assert board.labelled(whole, []) == whole


@pytest.mark.parametrize(
    ("cards", "more", "pattern"),
    [
        ([{"at": 9, "prompt": "x"}], {}, Pattern.TEXT),
        ([{"at": 0, "image": PICTURE}], {}, Pattern.FIRST),
        ([{"at_s": 0, "image": PICTURE}, {"at": -1, "image": PICTURE}], {}, Pattern.FIRST_LAST),
        ([{"at": 47, "image": PICTURE}], {"num_frames": 48}, Pattern.LAST),
        ([{"at": 9, "image": PICTURE}], {}, Pattern.KEYFRAMES),
        ([{"at": 0, "clip": FILM}], {}, Pattern.HEAD),
        ([{"at": 0, "clip": FILM, "frames": 8}, {"at": -1, "image": PICTURE}], {}, Pattern.HEAD_TAIL),
        ([{"at": 40, "clip": FILM, "frames": 8}], {"num_frames": 48}, Pattern.TAIL),
        ([{"at": 9, "clip": FILM}], {}, Pattern.KEYFRAMES),
    ],
)
def test_what_a_model_is_shown(cards, more, pattern):
    assert pattern_of(request(*cards, **more), Verb.GENERATE) is pattern


def test_other_verbs_have_no_cards():
    asked = VideoCreate.model_validate({"prompt": "x", "video": FILM, "cutaway": {"cards": [{"at": 0, "prompt": "y"}]}})
    effective = resolve(asked, Verb.REMIX, {"video": CLIP}, BARS, seed=1)
    assert effective.ignored_params == ["cards"]
    assert effective.cards == []
