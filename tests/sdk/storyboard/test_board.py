"""From a timeline to cards, and back to their places after the editor moved things."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, dissolve, gap, text_of, track

from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Card, CardState
from cutaway.storyboard.places import Found, Lost, Tied, find
from cutaway.storyboard.project import Project
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.wire import Verb


def index_of(*tracks, **more):
    return Index.of(Document.parse(text_of(cut(*tracks, **more))))


def places(board):
    return [(str(c.kind), c.placement.track, c.placement.start, c.placement.frames) for c in board.cards]


A, B, C = (clip(name, 48, 24.0) for name in "abc")


def test_each_hole_of_a_track_is_one_fill_card_even_where_gaps_touch():
    index = index_of(track([A, gap(24, 24.0), B, gap(10, 24.0), gap(6, 24.0), C]))
    assert places(board_of(index)) == [("fill", 0, 48, 24), ("fill", 0, 120, 16)]


def test_a_gap_under_or_over_a_picture_is_no_hole():
    below = index_of(track([A, gap(24, 24.0), B]), track([gap(40, 24.0), clip("x", 40, 24.0)], name="V2"))
    assert places(board_of(below)) == []
    assert places(board_of(below, every_gap=True)) == [("fill", 1, 0, 40), ("fill", 0, 48, 24)]


def test_only_the_part_of_a_gap_that_shows_nothing_is_a_hole():
    index = index_of(track([A, gap(24, 24.0), B]), track([gap(40, 24.0), clip("x", 12, 24.0)], name="V2"))
    assert places(board_of(index)) == [("fill", 0, 52, 20)]


def test_a_hole_through_all_tracks_is_asked_for_once_on_the_lowest():
    index = index_of(track([A, gap(24, 24.0), B]), track([gap(100, 24.0), clip("x", 40, 24.0)], name="V2"))
    assert places(board_of(index)) == [("fill", 0, 48, 24)]


def test_a_disabled_shot_is_a_hole_only_when_told():
    hidden = clip("b", 48, 24.0, enabled=False)
    index = index_of(track([A, hidden, C]))
    assert places(board_of(index)) == []
    assert places(board_of(index, disabled_is_hole=True)) == [("fill", 0, 48, 48)]


def test_a_shot_that_is_longer_than_its_media_asks_for_the_missing_frames():
    short = clip("b", 48, 24.0)
    short["media_references"]["DEFAULT_MEDIA"]["available_range"]["duration"]["value"] = 12.0 + 40.0
    index = index_of(track([A, short, C]))
    board = board_of(index)
    assert places(board) == [("extend", 0, 48 + 40, 8)]
    assert board.cards[0].placement.edge == "tail"


def test_a_slip_of_a_frame_is_noted_and_left_alone():
    board = board_of(index_of(track([A, gap(1, 24.0), B])))
    assert board.cards == ()
    assert "left alone" in board.notes[0]


def test_a_dissolve_beside_a_hole_asks_for_handles():
    card = board_of(index_of(track([A, dissolve(6, 4, 24.0), gap(24, 24.0), B]))).cards[0]
    assert (card.head_handle, card.tail_handle) == (6, 0)


def test_a_locked_track_is_left_out_and_said():
    locked = track([A, gap(24, 24.0), B]) | {"metadata": {"Resolve_OTIO": {"Locked": True}}}
    board = board_of(index_of(locked))
    assert board.cards == ()
    assert "locked" in board.notes[0]


def test_a_clip_that_is_only_described_becomes_a_card_with_its_words():
    described = clip("x", 48, 24.0)
    described["media_references"]["DEFAULT_MEDIA"] = {
        "OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "available_range": None,
        "generator_kind": "cutaway.generate", "parameters": {"prompt": "a red ball", "seed": 7},
    }  # fmt: skip
    board = board_of(index_of(track([A, described, C])))
    assert places(board) == [("generate", 0, 48, 48)]
    assert (board.cards[0].prompt, board.cards[0].seed) == ("a red ball", 7)


FIRST = [A, gap(24, 24.0), B, C]


def planned():
    return board_of(index_of(track(FIRST))).cards[0]


@pytest.mark.parametrize(
    ("items", "start"),
    [
        (FIRST, 48),
        ([C, A, gap(24, 24.0), B], 96),  # moved
        ([clip("z", 10, 24.0), *FIRST], 58),  # something came before
        ([A, gap(30, 24.0), B, C], 48),  # got longer
        ([clip("renamed", 48, 24.0) | {"media_references": A["media_references"]}, gap(24, 24.0), B], 48),
    ],
)
def test_a_place_is_found_again_by_its_neighbours(items, start):
    found = find(planned(), index_of(track(items)))
    assert isinstance(found, Found)
    assert found.item.record.start == start


def test_what_changed_about_a_place_is_said():
    found = find(planned(), index_of(track([A, gap(30, 24.0), B, C])))
    assert "30 frames" in found.changed[0]


def test_a_gap_that_was_closed_is_lost_and_nothing_else_is_taken_for_it():
    assert isinstance(find(planned(), index_of(track([A, B, gap(24, 24.0), clip("d", 9, 24.0)]))), Lost)


def test_two_places_that_look_alike_are_a_tie():
    again = find(planned(), index_of(track([clip("x", 7, 24.0), A, gap(24, 24.0), B, A, gap(24, 24.0), B])))
    assert isinstance(again, Tied)
    assert len(again.items) == 2


def test_a_project_keeps_cards_and_what_a_newer_version_wrote(tmp_path):
    timeline = tmp_path / "cut.otio"
    project = Project.beside(timeline)
    card = planned()
    card.prompt = "a dog"
    project.put(card)
    again = Project.beside(timeline)
    assert again.card(card.id[:6]).prompt == "a dog"
    assert again.card(card.id).state is CardState.READY
    data = again.cards[0].model_dump() | {"mood": "blue"}
    again.put(Card.model_validate(data))
    assert Project.beside(timeline).cards[0].model_dump()["mood"] == "blue"
    assert Project.beside(timeline).cards[0].kind is Verb.FILL


def test_a_still_is_held_for_as_long_as_its_clip_and_asks_for_nothing():
    still = clip("title", 48, 24.0)
    still["media_references"]["DEFAULT_MEDIA"]["available_range"]["duration"]["value"] = 1.0
    assert places(board_of(index_of(track([A, still, B])))) == []
