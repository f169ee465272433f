"""A slate to read and to keep: all that is known, and nothing that is not."""

import json

from cutaway.storyboard.card import Take
from cutaway_panel.state import TakeView
from cutaway_panel.takes import slate


def test_every_value_of_the_slate_has_a_row(state):
    card = state.cards[0]
    said = dict(slate.rows(card, card.takes[2]))
    assert said["Prompt"] == "a red ball rolls into the alley and stops at the drain"
    assert said["Expanded prompt"].startswith("wide shot")
    assert (said["Model"], said["Revision"], said["Seed"], said["Job"]) == (
        "wan2.2-i2v-14b",
        "3f1c9a7",
        "43",
        "video_3",
    )
    assert said["Path"] == "first_last"
    assert said["Profile"] == "balanced"
    assert said["Adjusted"] == "frames: 36 became 37 (4n + 1 frames)"
    assert said["Segment"] == "frames 0 up to 36: painted"
    assert said["Made from"] == "take 2"
    assert said["SHA-256"] == "9f" * 32


def test_a_take_that_nobody_described_has_only_what_it_is(state, tmp_path):
    bare = TakeView(
        Take(id="x", path="x.mov", available_frames=10, used_frames=10),
        9,
        tmp_path / "x.mov",
        is_active=False,
        is_applied=False,
    )
    assert [name for name, _ in slate.rows(state.cards[0], bare)] == ["Card", "Take", "Made", "File"]
    assert slate.brief(bare) == []


def test_a_seed_of_zero_is_a_seed(state, tmp_path):
    take = Take(id="x", path="x.mov", available_frames=10, used_frames=10, seed=0, slate={"seed": 0})
    assert ("Seed", "0") in slate.brief(TakeView(take, 1, tmp_path, is_active=False, is_applied=False))


def test_json_holds_the_take_whole(state):
    card = state.cards[0]
    kept = json.loads(slate.as_json(card, card.takes[0]))
    assert Take.model_validate(kept["take"]) == card.takes[0].take
    assert kept["note"] == "the ball is too bright"
    assert kept["card"] == {"id": "card1", "number": 2, "kind": "fill"}
