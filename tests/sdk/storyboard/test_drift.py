"""Cards follow their places through the editor's changes, and say when what they were made from is another thing now."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, gap, text_of, track

from cutaway.errors import EditRefused
from cutaway.storyboard.asks import Spot, blending, card_at, continuation, generation, pointed, remake, shot_at
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Card
from cutaway.storyboard.drift import followed
from cutaway.storyboard.places import Places
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Kind
from cutaway.wire import Verb


def index_of(*rows):
    """A cut of tracks: a name is a shot of 24 frames, (name, frames) one of another length, a number a gap."""
    return Index.of(Document.parse(text_of(cut(*(track(list(map(item, row))) for row in rows)))))


def item(one):
    if isinstance(one, int):
        return gap(one, 24.0)
    return clip(*one, 24.0) if isinstance(one, tuple) else clip(one, 24, 24.0)


def hole(index):
    return next(card for card in board_of(index).cards if card.kind is Verb.FILL)


def there(card, *rows):
    return followed(card, Places(index_of(*rows)))


def span(found):
    return (found.placement.start, found.placement.frames)


PLANNED = ["A", 12, "B"]


@pytest.mark.parametrize(
    ("now", "at", "reason"),
    [
        (["A", 12, "B"], (24, 12), ""),
        (["X", "A", 12, "B"], (48, 12), ""),
        ([36, "A", 12, "B"], (60, 12), ""),
        (["A", 20, "B"], (24, 20), "the gap is 20 frames long now and was 12"),
        (["A", 12, "C"], (24, 12), "the shot behind it is C and was B"),
        ([("A", 20), 12, "B"], (20, 12), "the shot before it, A, was trimmed"),
        (["A", "B"], (24, 12), "the gap between its neighbours is no longer there"),
        (["A", 12, "B", "A", 12, "B"], (24, 12), ""),
    ],
)
def test_a_hole_is_followed_and_what_changed_beside_it_is_said(now, at, reason):
    found = there(hole(index_of(PLANNED)), now)
    assert span(found) == at
    assert found.reason == reason


def test_a_hole_that_could_be_several_is_not_guessed():
    found = there(hole(index_of(PLANNED)), ["X", "A", 12, "B", "A", 12, "B"])
    assert not found.is_there
    assert "at frames 48, 108; say which" in found.reason


def test_a_place_inside_a_gap_moves_with_it_and_keeps_its_length():
    card = generation(index_of(["A", 40, "B"]), 30, 10)
    assert span(there(card, ["A", 40, "B"])) == (30, 10)
    moved = there(card, ["X", "A", 40, "B"])
    assert (span(moved), moved.reason) == ((54, 10), "")
    longer = there(card, ["A", 60, "B"])
    assert (span(longer), longer.reason) == ((30, 10), "")
    assert "the gap is 12 frames long now and was 40" in there(card, ["A", 12, "B"]).reason


def test_a_part_of_a_shot_moves_with_the_shot_and_does_not_mind_its_neighbours():
    index = index_of(["A", "B", "C"])
    card = remake(index, shot_at(index, 30), FrameRange(30, 40))
    found = there(card, ["X", "Y", "B", 12])
    assert (span(found), found.reason) == ((54, 10), "")
    assert "B is no longer in the cut" in there(card, ["A", "C"]).reason


def test_a_take_above_moves_with_the_shot_that_lies_under_it():
    card = generation(index_of(["A", "B"]), 30, 48)
    assert card.placement.mode == "overlay"
    found = there(card, [12, "A", "B"])
    assert (span(found), found.reason) == ((42, 48), "")


def test_an_extension_minds_its_own_shot_only():
    index = index_of(["A", 24, "B"])
    card = card_at(index, Verb.EXTEND, Spot(3), frames=10)
    found = there(card, ["X", "A", 30, "C"])
    assert (span(found), found.reason) == ((48, 10), "")


def test_a_blend_minds_both_shots():
    index = index_of(["A", "B", "C"])
    card = blending(index, shot_at(index, 0), 8)
    assert span(there(card, ["X", "A", "B"])) == (44, 8)
    assert there(card, ["A", "C"]).reason == "the shot behind it is C and was B"


def test_a_card_of_another_version_that_noted_less_is_followed_as_far_as_that_goes():
    card = hole(index_of(PLANNED))
    old = Card.model_validate(card.model_dump(exclude={"placement": {"offset": True, "target": {"frames"}}}))
    assert span(there(old, ["X", "A", 12, "B"])) == (48, 12)


# -- what an editor points at ----------------------------------------------------------------------


def test_the_selection_goes_before_the_playhead_and_a_mark_counts_where_it_lies():
    here = FrameRange(24, 48)
    assert pointed([(1, here)], 5, FrameRange(30, 40)) == Spot(24, 1, FrameRange(30, 40))
    assert pointed([(1, here)], 5, FrameRange(40, 60)) == Spot(24, 1)
    assert pointed([], 35, FrameRange(30, 40)) == Spot(35, None, FrameRange(30, 40))
    assert pointed([], 5, FrameRange(30, 40)) == Spot(5)
    with pytest.raises(EditRefused, match="nothing is selected and no playhead"):
        pointed([])


def test_an_extension_of_no_said_length_is_a_second_and_no_longer_than_the_gap():
    index = index_of(["A", 40, "B", 10, "C"])
    assert card_at(index, Verb.EXTEND, Spot(0)).placement.frames == 24
    assert card_at(index, Verb.EXTEND, Spot(64)).placement.frames == 10
    assert card_at(index, Verb.EXTEND, Spot(64), edge="head").placement.span == FrameRange(40, 64)


def test_the_gap_that_is_filled_is_the_one_pointed_at():
    index = index_of(["A", 40, "B", 10, "C"])
    assert card_at(index, Verb.FILL, Spot(90)).placement.span == FrameRange(88, 98)
    with pytest.raises(EditRefused, match="no gap lies at frame 5"):
        card_at(index, Verb.FILL, Spot(5))


def test_where_a_shot_is_seen_on_another_track_what_is_generated_goes_above():
    index = index_of(["A", 40, "B"], [24, ("Z", 20)])
    assert card_at(index, Verb.GENERATE, Spot(30)).placement.mode == "overlay"
    on_track = card_at(index, Verb.GENERATE, Spot(30, 0)).placement
    assert (on_track.mode, on_track.span) == ("in_place", FrameRange(30, 64))
    with pytest.raises(EditRefused, match="put a first shot into the cut"):
        generation(index_of([40, "B"]), 10, overlay=True)


def test_a_recut_leaves_something_and_asks_for_something():
    index = index_of(["A", "B"])
    shot = shot_at(index, 0)
    card = continuation(index, shot, 9)
    assert (card.kind, card.placement.span, card.placement.edge) == (Verb.EXTEND, FrameRange(9, 24), "tail")
    assert card.placement.before == card.placement.target
    for kept in (0, 24, 30):
        with pytest.raises(EditRefused, match="keep 1 to 23"):
            continuation(index, shot, kept)
    assert shot.kind is Kind.CLIP
