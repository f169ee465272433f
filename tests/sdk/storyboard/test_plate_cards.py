"""Cards that lie in no cut: backgrounds of cameras, which loop, or follow a clip of their own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import cut, gap, text_of, track

from cutaway.storyboard.card import Card, CardReference, Placement, Role
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.request import request_for
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.wire import Verb


@pytest.fixture
def nothing():
    """A cut without a shot."""
    with Footage(Index.of(Document.parse(text_of(cut(track([gap(48, 24)])))))) as footage:
        yield footage


def plate(kind, **fields):
    place = Placement(track=0, start=0, frames=24)
    return Card(kind=kind, placement=place, prompt="sea", size="64x36", camera="cam", **fields)


@pytest.mark.parametrize("loops", [False, True])
def test_a_plate_is_asked_for_as_a_loop_only_where_it_is_to_be_one(nothing, loops):
    request = request_for(plate(Verb.GENERATE, loops=loops), nothing)
    assert (request.method, request.frames) == ("create", 24)
    assert request.arguments.get("loop", False) is loops


def test_a_plate_follows_the_clip_it_brings_frame_for_frame(nothing):
    motion = CardReference(role=Role.MOTION, path="clay.mkv")
    request = request_for(plate(Verb.REMIX, references=[motion], strength=0.9), nothing)
    assert (request.method, request.frames, request.plates) == ("edit", 24, {})
    assert (request.arguments["video"], request.arguments["strength"]) == ("clay.mkv", 0.9)
    assert "rate" not in request.arguments  # the clip has one
    assert request.notes == ()
