"""What a model is shown of a request, and which model comes to it."""

from typing import ClassVar

import pytest

from cutaway.wire import MediaFacts, ModelInfo, Pattern, Rank, Verb, VideoCreate
from cutaway_runtime.engine.catalog import BARS, DRAFT
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.pattern import SHOWN, best_for, check_way, pattern_of
from cutaway_runtime.plan.request import PlanError, references, verb_of
from cutaway_runtime.plan.shot import plan_shot

CLIP = MediaFacts(kind="video", width=64, height=36, frames=48, fps="24")
STILL = MediaFacts(kind="image", width=64, height=36)
PICTURE = {"file_id": "file_1"}


def real(name, patterns, **more):
    """A model, as one that is read from weights is published."""
    ranks = {Pattern(pattern): Rank(rank) for pattern, rank in patterns.items()}
    verbs = {"text": Verb.GENERATE, "first_frame": Verb.GENERATE, "head": Verb.EXTEND, "head_tail": Verb.FILL}
    able = {verbs[pattern]: rank for pattern, rank in ranks.items() if pattern in verbs}
    return ModelInfo(id=name, verbs=able, patterns=ranks, size_multiple=2, **more)


WORDS = real("words", {"text": "native"})
STILLS = real(
    "stills",
    {"first_frame": "native", "first_last": "native", "head": "degraded", "head_tail": "degraded"},
    loses={"head": "the motion before the cut is not seen"},
)
WHOLE = real(
    "whole", {"text": "native", "first_frame": "native", "head": "native", "head_tail": "composed"}, references=2
)
HERE = [DRAFT, BARS, WORDS, STILLS, WHOLE]


def request(**body):
    return VideoCreate.model_validate({"prompt": "a red ball", **body})


def resolved(model, operation="create", others=HERE, **body):
    asked = request(**body)
    verb = verb_of(asked, operation)
    facts = {role: CLIP if role in {"video", "before", "after"} else STILL for role in references(asked, verb)}
    return resolve(asked, verb, facts, model, seed=1, others=others)


def refused(model, *args, **body):
    with pytest.raises(PlanError) as caught:
        resolved(model, *args, **body)
    return caught.value


FILL: dict = {"before": {"id": "video_a"}, "after": {"id": "video_b"}}


class TestPatterns:
    CASES: ClassVar = [
        ("create", {}, Pattern.TEXT),
        ("create", {"cutaway": {"loop": True, "references": [PICTURE]}}, Pattern.TEXT),
        ("create", {"input_reference": PICTURE}, Pattern.FIRST),
        ("create", {"cutaway": {"keyframes": [{"at": 0, "image": PICTURE}]}}, Pattern.FIRST),
        ("create", {"cutaway": {"last_frame": PICTURE}}, Pattern.LAST),
        ("create", {"cutaway": {"keyframes": [{"at": -1, "image": PICTURE}]}}, Pattern.LAST),
        ("create", {"num_frames": 9, "cutaway": {"keyframes": [{"at": 8, "image": PICTURE}]}}, Pattern.LAST),
        ("create", {"num_frames": 9, "cutaway": {"keyframes": [{"at": -9, "image": PICTURE}]}}, Pattern.FIRST),
        ("create", {"input_reference": PICTURE, "cutaway": {"last_frame": PICTURE}}, Pattern.FIRST_LAST),
        ("create", {"input_reference": PICTURE, "cutaway": {"keyframes": [{"at": 4, "image": PICTURE}]}}, Pattern.KEYFRAMES),
        ("create", {"cutaway": {"fill": FILL}}, Pattern.HEAD_TAIL),
        ("create", {"cutaway": {"fill": {**FILL, "tail_frames": 1, "head_frames": 1}}}, Pattern.FIRST_LAST),
        ("create", {"cutaway": {"fill": {**FILL, "tail_frames": 1}}}, Pattern.HEAD_TAIL),
        ("extend", {"video": "video_a"}, Pattern.HEAD),
        ("extend", {"video": "video_a", "cutaway": {"context_frames": 1}}, Pattern.FIRST),
        ("extend", {"video": "video_a", "cutaway": {"direction": "backward"}}, Pattern.TAIL),
        ("edit", {"video": "video_a"}, Pattern.LOOSE),
        ("edit", {"video": "video_a", "cutaway": {"blend": {"with": "video_b"}}}, Pattern.OVERLAP),
        ("edit", {"video": "video_a", "cutaway": {"loop": True}}, Pattern.HEAD_TAIL),
    ]  # fmt: skip

    @pytest.mark.parametrize(("operation", "body", "pattern"), CASES)
    def test_a_request_comes_down_to_one_pattern(self, operation, body, pattern):
        asked = request(**body)
        assert pattern_of(asked, verb_of(asked, operation)) is pattern

    def test_every_pattern_is_reached_by_some_request_and_has_words(self):
        assert {pattern for _, _, pattern in self.CASES} == set(Pattern) == set(SHOWN)


def test_a_model_made_for_pictures_says_which_one_to_send_or_who_does_without():
    error = refused(STILLS)
    assert (error.code, error.param) == ("unsupported_capability", "input_reference")
    for words in ("'stills'", "words alone", "a first frame (input_reference)", "use model words or whole"):
        assert words in str(error)
    assert resolved(STILLS, input_reference=PICTURE).pattern is Pattern.FIRST


def test_a_model_that_starts_from_words_alone_names_one_that_takes_a_picture():
    error = refused(WORDS, input_reference=PICTURE)
    assert (error.code, error.param) == ("unsupported_capability", "model")
    assert "a prompt without pictures" in str(error)
    assert "stills or whole" in str(error)


def test_where_no_real_model_can_a_draft_is_named_as_one():
    error = refused(STILLS, others=[DRAFT, BARS, STILLS])
    assert "use model draft (a draft, not a model)" in str(error)
    assert "bars" not in str(error)


def test_a_degraded_way_needs_consent_and_says_what_it_costs():
    body = {"video": "video_a", "num_frames": 8}
    error = refused(STILLS, "extend", **body)
    assert (error.code, error.param) == ("degraded_refused", "cutaway.allow_degraded")
    for words in ("the motion before the cut is not seen", "allow_degraded=True", "--allow-degraded", "model whole"):
        assert words in str(error)
    allowed = resolved(STILLS, "extend", **body, cutaway={"allow_degraded": True})
    assert (allowed.rank, allowed.pattern) == (Rank.DEGRADED, Pattern.HEAD)
    assert resolved(STILLS, "extend", **body, cutaway={"context_frames": 1}).rank is Rank.NATIVE


def test_a_degraded_way_whose_cost_nobody_published_is_described_all_the_same():
    assert SHOWN[Pattern.HEAD_TAIL] in str(refused(STILLS, num_frames=8, cutaway={"fill": FILL}))


def test_pictures_pinned_from_the_first_frame_on_lose_nothing_and_later_ones_are_led_up_to():
    between = {"first_frame": "native", "first_last": "native", "keyframes": "composed", "last_frame": "degraded"}
    model = real("between", between, loses={"last_frame": "time runs backwards in it"})
    middle = {"at": 20, "image": PICTURE}

    def rank(**body):
        return check_way(request(model="between", num_frames=49, **body), Verb.GENERATE, model)

    assert rank(input_reference=PICTURE, cutaway={"keyframes": [middle]}) is Rank.COMPOSED
    assert rank(cutaway={"keyframes": [{"at": 0, "image": PICTURE}, middle]}) is Rank.COMPOSED
    with pytest.raises(PlanError, match="time runs backwards") as caught:
        rank(cutaway={"keyframes": [middle]})
    assert caught.value.code == "degraded_refused"
    assert rank(cutaway={"keyframes": [middle], "allow_degraded": True}) is Rank.DEGRADED


def test_consent_changes_nothing_where_there_is_a_whole_way():
    fill = {"num_frames": 8, "cutaway": {"fill": FILL, "allow_degraded": True}}
    assert resolved(WHOLE, **fill).rank is Rank.COMPOSED
    assert resolved(DRAFT, **fill).rank is Rank.NATIVE


def test_more_pictures_of_characters_than_a_model_takes_are_refused():
    assert refused(WORDS, cutaway={"references": [PICTURE]}).param == "cutaway.references"
    error = refused(WHOLE, cutaway={"references": [PICTURE] * 3})
    assert "3 reference pictures were sent; model 'whole' takes at most 2" in str(error)
    assert "use model whole" in str(refused(WORDS, cutaway={"references": [PICTURE] * 2}))
    assert resolved(WHOLE, cutaway={"references": [PICTURE] * 2}).pattern is Pattern.TEXT


def test_a_picture_of_a_character_is_one_frame_and_does_not_stand_for_a_prompt():
    asked = request(cutaway={"references": [PICTURE, {"id": "video_a", "frame": 60}]})
    named = references(asked, Verb.GENERATE)
    assert list(named) == ["reference.0", "reference.1"]
    with pytest.raises(PlanError) as caught:
        resolve(asked, Verb.GENERATE, {"reference.0": STILL, "reference.1": CLIP}, WHOLE, 1)
    assert caught.value.param == "reference.1"
    assert refused(WHOLE, prompt=" ", cutaway={"references": [PICTURE]}).param == "prompt"


def test_what_only_models_read_is_reported_by_those_who_draw_by_rules():
    told = {"references": [PICTURE], "profile": "fast", "steps": 4, "guidance": 0.0, "expand_prompt": True}
    for drawn in (DRAFT, BARS):
        made = resolved(drawn, cutaway=told)
        assert made.ignored_params == ["references", "profile", "steps", "guidance", "expand_prompt"]
        assert not made.expand_prompt
    made = resolved(WHOLE, cutaway=told)
    assert made.ignored_params == []
    assert made.expand_prompt
    assert resolved(BARS, cutaway={"expand_prompt": False, "references": []}).ignored_params == []


def test_who_answers_a_request_that_names_no_model():
    def best(models, **body):
        asked = request(**body)
        verb = verb_of(asked, "create")
        found = best_for(models, verb, pattern_of(asked, verb), len(asked.cutaway.references))
        return found and found.id

    assert best(HERE) == "words", "a real model, the first that can"
    assert best(HERE, input_reference=PICTURE) == "stills"
    assert best(HERE, num_frames=8, cutaway={"fill": FILL}) == "whole", "composed before degraded"
    assert best(HERE, cutaway={"references": [PICTURE]}) == "whole", "the one that takes the picture"
    assert best([DRAFT, STILLS]) == "draft", "a model that cannot is no answer"
    assert best([DRAFT, STILLS], num_frames=8, cutaway={"fill": FILL}) == "stills", "and is asked for consent"
    assert best([WHOLE.model_copy(update={"installed": False}), BARS, STILLS]) == "bars"
    assert best([STILLS]) is None


def test_only_a_verb_that_the_model_has_is_looked_at():
    assert refused(WORDS, "extend", video="video_a", num_frames=8).code == "unsupported_capability"
    assert check_way(request(), Verb.GENERATE, WORDS) is Rank.NATIVE


class Still:
    """A picture of one colour, as an opened clip."""

    class info:  # noqa: N801 - as `Clip.info`
        width, height, rate, has_audio = 64, 36, None, False

    def __init__(self, level):
        self.level = level

    def __len__(self):
        return 1

    def read(self, start, end):
        import numpy as np

        return np.full((end - start, 36, 64, 3), self.level, np.uint8)


@pytest.mark.parametrize(("model", "seen"), [(WHOLE, [50, 90]), (BARS, [])])
def test_an_engine_is_shown_as_many_pictures_as_it_takes(model, seen):
    asked = request(size="64x36", num_frames=4, fps="24", cutaway={"references": [PICTURE, PICTURE]})
    facts = dict.fromkeys(references(asked, Verb.GENERATE), STILL)
    effective = resolve(asked, Verb.GENERATE, facts, model, 1)
    shot = plan_shot(effective, asked, {"reference.0": Still(50), "reference.1": Still(90)}, model)
    (piece,) = shot.pieces
    assert [int(picture.read(0, 1).mean()) for picture in piece.canvas.references] == seen
    assert all(len(picture) == 1 for picture in piece.canvas.references)
