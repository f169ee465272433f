"""Plans: ids that stay, places told apart, and edits rehearsed before anything is made."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, dissolve, gap, text_of, track

from cutaway.errors import EditRefused
from cutaway.storyboard.asks import blending, extension, remake, shot_at
from cutaway.storyboard.places import Found, Places, find
from cutaway.storyboard.plan import named_card, planned, stand_in
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.edits import Room
from cutaway.timeline.index import Index

RATE = 24.0


def index_of(*items, above=()):
    tracks = [track(list(items), name="V1"), *([track(list(above), name="V2")] if above else [])]
    return Index.of(Document.parse(text_of(cut(*tracks, rate=RATE))))


def same_three():
    """The same shot three times: nothing but where they lie tells them apart."""
    return index_of(clip("a", 30, RATE), gap(12, RATE), clip("a", 30, RATE), clip("a", 30, RATE))


def test_a_card_has_the_same_id_every_time_the_cut_is_read():
    first, again = (planned(same_three()).cards for _ in range(2))
    assert [card.id for card in first] == [card.id for card in again]
    moved = planned(index_of(clip("a", 31, RATE), gap(12, RATE), clip("a", 30, RATE))).cards
    assert moved[0].id != first[0].id


@pytest.mark.parametrize(
    ("at", "edge", "room", "target"),
    [
        (10, "tail", Room.GAP, 0),
        (50, "head", Room.GAP, 42),
        (50, "tail", Room.RIPPLE, 42),
        (50, "tail", Room.ROLL, 72),
        (80, "head", Room.ROLL, 42),
        (80, "head", Room.RIPPLE_ALL, 72),
        (80, "tail", Room.RIPPLE, 72),
    ],
)
def test_among_equal_shots_the_one_that_was_meant_is_found(at, edge, room, target):
    index = same_three()
    card = extension(index, shot_at(index, at), 5, edge=edge, room=room)
    found = find(card, index)
    assert isinstance(found, Found)
    assert found.item.record.start == target
    assert stand_in(card, Places(index)).changes


def test_the_topmost_shot_is_meant_where_no_track_is_named():
    index = index_of(clip("low", 60, RATE), above=[gap(20, RATE), clip("high", 20, RATE)])
    assert shot_at(index, 25).name == "high"
    assert shot_at(index, 5).name == "low"
    assert shot_at(index, 25, track=0).name == "low"


def test_a_shot_remade_whole_brings_what_dissolves_need():
    index = index_of(
        clip("a", 30, RATE), dissolve(3, 5, RATE), clip("b", 30, RATE), dissolve(4, 2, RATE), clip("c", 30, RATE)
    )
    shot = shot_at(index, 40)
    whole, part = remake(index, shot), remake(index, shot, FrameRange(40, 50))
    assert (whole.head_handle, whole.tail_handle) == (3, 2)
    assert (part.head_handle, part.tail_handle) == (0, 0)


def test_a_blend_lies_as_far_before_the_cut_as_behind_it():
    index = index_of(clip("a", 30, RATE), clip("b", 30, RATE))
    place = blending(index, shot_at(index, 10), 8).placement
    assert (place.start, place.frames) == (26, 8)
    with pytest.raises(EditRefused, match="leave nothing of"):
        blending(index, shot_at(index, 10), 60)


def test_a_card_is_the_same_question_only_with_the_same_length():
    index = same_three()
    shot = shot_at(index, 10)
    five, six = (named_card(extension(index, shot, frames)).id for frames in (5, 6))
    assert five != six
