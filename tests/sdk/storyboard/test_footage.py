"""Which frame of which file a place on the timeline shows, and what a card therefore asks for."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, dissolve, gap, span, text_of, track

from cutaway.media.encode import Writer
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import BoardLook, Card, Character, Placement
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.request import request_for
from cutaway.timebase import FrameRange, Rate
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.wire import OutputFormat, Verb


def filmed(path, frames=96, base=20, rate=24):
    """Frame n is grey n + base."""
    with Writer(path, width=64, height=36, rate=Rate.parse(rate), format=OutputFormat.FFV1) as writer:
        levels = (base + np.arange(frames)).astype(np.uint8)
        writer.write(np.broadcast_to(levels[:, None, None, None], (frames, 36, 64, 3)).copy())
        writer.finish()
    return path


@pytest.fixture
def shoot(tmp_path):
    """A cut of the given items over real files; the media of clip "a" is a.mkv from timecode 86400."""

    opened = []

    def made(*items, rate=24.0):
        for item in items:
            if item["OTIO_SCHEMA"].startswith("Clip"):
                media = item["media_references"]["DEFAULT_MEDIA"]
                path = tmp_path / f"{item['name']}.mkv"
                if not path.exists():
                    filmed(path, rate=rate)
                media["target_url"] = str(path)
                media["available_range"] = span(86400, 96, rate)
        document = Document.parse(text_of(cut(track(list(items)), rate=rate)))
        opened.append(Footage(Index.of(document), [tmp_path]))
        return opened[-1]

    yield made
    for footage in opened:
        footage.close()


def shown(footage, position, frames):
    item = footage.index.tracks[0].items[position]
    return [footage.source_frame(item, frame) for frame in frames]


def test_the_trim_and_the_timecode_of_the_media_are_taken_off(shoot):
    footage = shoot(clip("a", 48, 24.0))
    assert shown(footage, 0, [0, 1, 47]) == [12, 13, 59]
    item = footage.index.tracks[0].items[0]
    assert footage.frames(item, FrameRange(0, 3), 64, 36)[:, 0, 0, 0].tolist() == [32, 33, 34]


@pytest.mark.parametrize(("speed", "expected"), [(2.0, [12, 14, 58]), (0.5, [12, 13, 24]), (-1.0, [35, 34, 12])])
def test_a_retimed_shot_is_seen_through_its_speed(shoot, speed, expected):
    footage = shoot(clip("a", 24, 24.0, speed=speed))
    assert shown(footage, 0, [0, 1, 23]) == expected


def test_a_freeze_shows_one_frame(shoot):
    frozen = clip("a", 24, 24.0)
    frozen["effects"] = [
        {"OTIO_SCHEMA": "FreezeFrame.1", "time_scalar": 0, "name": "", "metadata": {}, "effect_name": ""}
    ]
    assert shown(shoot(frozen), 0, [0, 10, 23]) == [12, 12, 12]


def test_media_at_another_rate_is_counted_in_its_own_frames(shoot, tmp_path):
    filmed(tmp_path / "a.mkv", frames=120, rate=30)
    footage = shoot(clip("a", 24, 24.0))
    assert shown(footage, 0, [0, 4, 8]) == [15, 20, 25]


def test_a_frame_the_file_does_not_have_is_not_replaced_by_a_neighbour(shoot):
    footage = shoot(clip("a", 90, 24.0))
    with pytest.raises(Unavailable, match="the file has 96"):
        shown(footage, 0, [89])


@pytest.mark.parametrize(
    "url", ["file://{p}", "file://localhost{p}", "{p}", "{quoted}", "a #1%20.mkv", "/elsewhere/a #1%20.mkv"]
)
def test_media_are_found_however_their_url_is_written(tmp_path, url):
    path = filmed(tmp_path / "a #1%20.mkv", frames=4)
    quoted = "file://" + str(path).replace("%", "%25").replace("#", "%23").replace(" ", "%20")
    item = clip("a", 2, 24.0)
    item["media_references"]["DEFAULT_MEDIA"]["target_url"] = url.format(p=path, quoted=quoted)
    document = Document.parse(text_of(cut(track([item]))), path=tmp_path / "cut.otio")
    footage = Footage(Index.of(document), [tmp_path])
    assert footage.path(footage.index.tracks[0].items[0]) == path


def test_unused_media_on_both_sides_is_known(shoot):
    footage = shoot(clip("a", 48, 24.0))
    assert footage.handles(footage.index.tracks[0].items[0]) == (12, 36)


def test_a_hole_is_asked_for_with_the_motion_on_both_sides(shoot):
    footage = shoot(clip("a", 48, 24.0), gap(10, 24.0), clip("b", 24, 24.0))
    card = board_of(footage.index).cards[0]
    request = request_for(card, footage)
    assert (request.method, request.frames) == ("fill", 10)
    assert request.plates["before"][:, 0, 0, 0].tolist() == [32 + n for n in range(40, 48)]
    assert request.plates["after"][:, 0, 0, 0].tolist() == [32 + n for n in range(8)]
    assert request.arguments["num_frames"] == 10
    assert request.arguments["output"] == "segment"
    assert request.arguments["rate"].fraction == Fraction(24)


def test_a_dissolve_is_asked_for_as_handles_and_the_motion_ends_before_them(shoot):
    footage = shoot(clip("a", 48, 24.0), dissolve(6, 4, 24.0), gap(10, 24.0), clip("b", 24, 24.0))
    request = request_for(board_of(footage.index).cards[0], footage)
    assert (request.frames, request.head, request.tail) == (16, 6, 0)
    assert request.plates["before"][-1, 0, 0, 0] == 32 + 41


@pytest.mark.parametrize(("items", "direction", "first"), [("ag", "forward", 32 + 40), ("ga", "backward", 32)])
def test_a_hole_at_an_end_continues_the_only_shot_beside_it(shoot, items, direction, first):
    made = {"a": clip("a", 48, 24.0), "g": gap(10, 24.0)}
    footage = shoot(*[made[key] for key in items])
    request = request_for(board_of(footage.index).cards[0], footage)
    assert (request.method, request.arguments["direction"]) == ("extend", direction)
    assert request.plates["video"][0, 0, 0, 0] == first


def test_a_neighbour_that_cannot_be_read_is_said_and_not_guessed(shoot):
    footage = shoot(clip("a", 48, 24.0), gap(10, 24.0), clip("b", 24, 24.0))
    footage.path(footage.index.tracks[0].items[2]).write_bytes(b"not a video")
    request = request_for(board_of(footage.index).cards[0], footage)
    assert request.method == "extend"
    assert any("right neighbour could not be used" in note for note in request.notes)


def test_a_remix_starts_from_what_lies_there(shoot):
    footage = shoot(clip("a", 48, 24.0))
    card = Card(kind=Verb.REMIX, placement=Placement(track=0, start=10, frames=5), prompt="at night", strength=0.4)
    request = request_for(card, footage)
    assert request.method == "edit"
    assert request.plates["video"][:, 0, 0, 0].tolist() == [42, 43, 44, 45, 46]
    assert request.arguments["strength"] == 0.4


def test_a_character_is_described_wherever_it_is_named(shoot):
    look = BoardLook(seed=9, style="film-noir", characters=[Character(name="Mia", description="a woman in a red coat")])
    footage = shoot(clip("a", 48, 24.0), gap(10, 24.0), clip("b", 24, 24.0))
    card = board_of(footage.index).cards[0].model_copy(update={"prompt": "Mia turns round"})
    arguments = request_for(card, footage, look).arguments
    assert "red coat" in arguments["prompt"]
    assert (arguments["seed"], arguments["style"]) == (9, "film-noir")
