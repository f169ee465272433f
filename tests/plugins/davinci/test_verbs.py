"""Every verb from the card to the cut and back: asked for, made by a real runtime, placed, read back, taken out."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import filmed, take_for

from cutaway import Cutaway
from cutaway.client import local
from cutaway.errors import TimelineChanged
from cutaway.hosts.assembly import carried_out
from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.media.decode import Clip
from cutaway.storyboard.asks import blending, continuation, extension, generation, remake, shot_at
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import BoardLook
from cutaway.storyboard.drift import followed
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.places import Places
from cutaway.timebase import FrameRange, Rate, frame_of_timecode
from cutaway.timeline.edits import Room
from cutaway.wire import Verb
from cutaway_davinci.handoff import HandoffHost
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble

CUT = [("a", 48), (None, 24), ("b", 48), ("c", 48)]
"""| a 48 | hole 24 | b 48 | c 48 |, each clip 12 frames into a file of 72."""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        with Cutaway() as made:
            yield made
        local.stop()


def cut_in(world, folder, *, rate=24, shown="24", start=86400):
    timeline, at = world.project.add_timeline("cut", rate=shown, start=start), 0
    for n, (name, frames) in enumerate(CUT):
        if name:
            media = world.project.add_clip(filmed(folder / f"{name}.mkv", 72, 10 + 50 * n, rate))
            timeline.put(media, at, frames, left=12, name=name)
        at += frames
    return timeline


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def host(world, tmp_path):
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    host.snapshot()
    host.project.contents.look = BoardLook(model="bars", seed=5)
    return host


def rows(world, number=0):
    """What Resolve keeps: tracks by name, items by name, absolute frames and source offset."""
    timeline = world.project.timelines[number]
    return [
        (track.name, [(item.name, item.start, item.end, item.left) for item in track.items])
        for track in timeline.tracks["video"] + timeline.tracks["audio"]
    ]


def shot(index, name):
    return next(item for track in index.tracks for item in track.items if item.name == name)


VERBS = {
    "fill": (lambda index: board_of(index).cards[0], 0, (48, 72)),
    "extend tail": (lambda index: extension(index, shot(index, "a"), 10), 0, (48, 58)),
    "extend head": (lambda index: extension(index, shot(index, "b"), 10, edge="head"), 0, (62, 72)),
    "extend tail without room": (lambda index: extension(index, shot(index, "b"), 10, room=Room.ROLL), 1, (120, 130)),
    "extend head without room": (
        lambda index: extension(index, shot(index, "c"), 10, edge="head", room=Room.ROLL), 1, (110, 120),
    ),
    "extend the last shot": (lambda index: extension(index, shot(index, "c"), 10), 0, (168, 178)),
    "remix part": (lambda index: remake(index, shot(index, "b"), FrameRange(80, 100)), 1, (80, 100)),
    "blend": (lambda index: blending(index, shot(index, "b"), 12), 1, (114, 126)),
    "generate in the gap": (lambda index: generation(index, 50, 12), 0, (50, 62)),
    "generate over a shot": (lambda index: generation(index, 80, 20), 1, (80, 100)),
    "re-cut": (lambda index: continuation(index, shot(index, "b"), 20), 1, (92, 120)),
    "loop": (lambda index: remake(index, shot(index, "c"), kind=Verb.LOOP), 1, (120, 168)),
}  # fmt: skip
"""What is asked for, and where its take is to lie: video track from 0, record frames."""


MADE = ("fill", "extend tail", "remix part", "blend", "generate over a shot", "re-cut", "loop")
"""Those whose takes are made by the runtime here; what lies between them differs in the place only."""


@pytest.mark.parametrize("verb", MADE)
def test_a_verb_goes_from_its_card_to_the_cut_and_out_again(verb, host, world, client, tmp_path):
    ask, track, (start, end) = VERBS[verb]
    before, digest = rows(world), host.snapshot().digest
    card = ask(host.snapshot().index)
    card.prompt = "a red ball rolls by"
    (outcome,) = carried_out(host, client, [card])
    assert outcome.placed is not None, outcome.refusal
    assert (outcome.placed.track, outcome.placed.span) == (track, FrameRange(start, end))
    take, media = outcome.take, host.project.takes_folder / outcome.take.path
    with Clip(media) as made:
        assert (len(made), str(made.info.rate)) == (take.available_frames, "24")
    (there,) = [item for item in world.project.timelines[0].items if item.clip and item.clip.path == media.resolve()]
    assert (there.start, there.end, there.left) == (86400 + start, 86400 + end, take.used_start)
    assert [row for name, items in rows(world) for row in items if row[0] in "abc"] == [
        row for name, items in before for row in items
    ]
    host.remove(outcome.placed)
    assert rows(world) == before
    assert host.snapshot().digest == digest
    assert rows(world, 1) == before  # the backup


# -- the same places with takes that were written by hand ----------------------------------------------


def taken(card, folder, name="take.mkv", rate=24, **more):
    """A plan's card, take and media: a file with handles of 12 frames."""
    return card, *take_for(card, folder, name=name, rate=rate)


def place(host, card, folder, **more):
    card, take, media = taken(card, folder, **more)
    (result,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    return result


@pytest.mark.parametrize("verb", VERBS)
def test_a_take_lies_where_its_verb_says_and_goes_again(verb, host, world, tmp_path):
    ask, track, (start, end) = VERBS[verb]
    before, digest = rows(world), host.snapshot().digest
    result = place(host, ask(host.snapshot().index), tmp_path)
    assert isinstance(result, Placed), result.error
    assert (result.track, result.span) == (track, FrameRange(start, end))
    kept = [row for _, items in before for row in items]
    assert [row for _, items in rows(world) for row in items if row[0] != "take.mkv"] == kept
    host.remove(result)
    assert (rows(world), host.snapshot().digest) == (before, digest)


TOGETHER = ("fill", "remix part", "blend", "extend the last shot")
"""Whose places do not touch each other."""


@pytest.mark.parametrize(
    ("shown", "rate", "hour"),
    [
        ("23.976", "24000/1001", 0),
        ("23.976", "24000/1001", 10),
        ("25", 25, 10),
        ("29.97", "30000/1001", 10),
        ("29.97 DF", "30000/1001", 0),
        ("29.97 DF", "30000/1001", 10),
        ("59.94 DF", "60000/1001", 1),
        ("59.94 DF", "60000/1001", 10),
    ],
)
def test_every_rate_and_start_takes_every_kind_of_place_to_the_frame(shown, rate, hour, tmp_path):
    drops = shown.endswith("DF")
    start = frame_of_timecode(f"{hour:02}:00:00{';' if drops else ':'}00", Rate.parse(rate))
    world = ResolveDouble("20.3")
    timeline = cut_in(world, tmp_path, rate=rate, shown=shown, start=start)
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    before, digest, results = rows(world), host.snapshot().digest, []
    for n, (ask, track, (first, last)) in enumerate(VERBS[verb] for verb in TOGETHER):
        result = place(host, ask(host.snapshot().index), tmp_path, name=f"take{n}.mkv", rate=rate)
        assert isinstance(result, Placed), result.error
        assert (result.track, result.span) == (track, FrameRange(first, last))
        (item,) = [item for item in timeline.items if item.name == f"take{n}.mkv"]
        assert (item.start, item.end, item.left) == (start + first, start + last, 12)
        host.reveal(first)
        assert (timeline.playhead, host.selection().playhead) == (start + first, first)
        results.append(result)
    for result in reversed(results):
        host.remove(result)
    assert rows(world) == before
    assert host.snapshot().digest == digest
    assert world.misuses == []


def test_takes_over_one_another_go_on_tracks_of_their_own(host, world, tmp_path):
    before = rows(world)
    index = host.snapshot().index
    first = place(host, remake(index, shot(index, "b"), FrameRange(80, 100)), tmp_path, name="one.mkv")
    index = host.snapshot().index
    second = place(host, remake(index, shot(index, "b"), FrameRange(90, 110)), tmp_path, name="two.mkv")
    assert [one.track for one in (first, second)] == [1, 2]
    host.remove(first)
    assert [name for name, items in rows(world) if items][-1:] != before[-1:]
    host.remove(second)
    assert rows(world) == before


def test_a_free_stretch_of_our_track_is_used_again(host, world, tmp_path):
    index = host.snapshot().index
    place(host, remake(index, shot(index, "b"), FrameRange(80, 100)), tmp_path, name="one.mkv")
    result = place(host, blending(host.snapshot().index, shot(index, "b"), 12), tmp_path, name="two.mkv")
    assert result.track == 1
    assert [name for name, _ in rows(world)] == ["Video 1", "Cutaway", "Audio 1"]


def test_a_locked_track_of_ours_is_left_alone(host, world, tmp_path):
    index = host.snapshot().index
    place(host, remake(index, shot(index, "b"), FrameRange(80, 100)), tmp_path, name="one.mkv")
    world.project.timeline.tracks["video"][1].locked = True
    before = rows(world)
    result = place(host, blending(host.snapshot().index, shot(index, "b"), 12), tmp_path, name="two.mkv")
    if isinstance(result, NotPlaced):
        assert "locked" in str(result.error)
        assert rows(world) == before
    else:
        assert result.track == 2


def test_beside_media_of_another_rate_the_take_is_at_the_timelines(tmp_path):
    world = ResolveDouble("21.1.1")
    timeline = cut_in(world, tmp_path)
    other = world.project.add_clip(filmed(tmp_path / "25.mkv", 72, 10, 25))
    timeline.tracks["video"][0].items[0].clip = other
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    index = host.snapshot().index
    assert (shot(index, "a").record, index.rate.fps) == ((0, 48), 24)
    with Footage(index) as footage:
        shown = footage.frames(shot(index, "a"), FrameRange.of(47, 1), 64, 36)[0]
    assert abs(int(shown[10, 10, 0]) - (10 + 12 + 47 * 25 // 24)) <= 1  # the 47th frame is 48.96 of theirs
    before = rows(world)
    result = place(host, board_of(index).cards[0], tmp_path)
    assert result.span == FrameRange(48, 72)
    host.remove(result)
    assert rows(world) == before


def test_a_take_is_cut_again_its_first_frames_stay_and_the_rest_lies_above(host, world, tmp_path):
    before = rows(world)
    first = place(host, board_of(host.snapshot().index).cards[0], tmp_path, name="first.mkv")
    filled = rows(world)
    index = host.snapshot().index
    second = place(host, continuation(index, shot(index, "first.mkv"), 10), tmp_path, name="rest.mkv")
    assert isinstance(second, Placed), second.error
    assert (second.track, second.span) == (1, FrameRange(58, 72))
    assert [row for row in rows(world) if row[0] == "Video 1"] == [row for row in filled if row[0] == "Video 1"]
    host.remove(second)
    assert rows(world) == filled
    host.remove(first)
    assert rows(world) == before


# -- by files ------------------------------------------------------------------------------------------


def shown(world, timeline):
    """What each frame of the picture shows: file name and source frame, from the top; None where nothing does."""
    frames = []
    for at in range(timeline.start, timeline.on_get_end_frame()):
        lies = (i for t in reversed(timeline.tracks["video"]) for i in t.items if i.start <= at < i.end and i.clip)
        item = next(lies, None)
        frames.append((item.clip.path.name, item.left + at - item.start) if item else None)
    return frames


@pytest.mark.parametrize("verb", VERBS)
def test_by_files_resolve_imports_the_take_in_its_place_and_every_other_frame_as_it_was(verb, world, tmp_path):
    resolve, watched = Handle(world), tmp_path / "watched"
    watched.mkdir()
    timeline = resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    timeline.Export(str(watched / "cut.otio"), resolve.EXPORT_OTIO, resolve.EXPORT_NONE)
    host = HandoffHost(watched)
    ask, _, (start, end) = VERBS[verb]
    before, digest = shown(world, world.project.timeline), host.snapshot().digest
    result = place(host, ask(host.snapshot().index), tmp_path)
    assert isinstance(result, Placed), result.error
    other = ResolveDouble("21.1.1", studio=False)  # a project that has none of the media yet
    pool = Handle(other).GetProjectManager().GetCurrentProject().GetMediaPool()
    assert pool.ImportTimelineFromFile(str(host.output), {}) is not None
    after = shown(other, other.project.timeline)
    assert after[start:end] == [("take.mkv", 12 + n) for n in range(end - start)]
    assert after[:start] + after[end : len(before)] == before[:start] + before[end:]
    host.remove(result)
    assert host.snapshot().digest == digest


# -- the editor goes on cutting ------------------------------------------------------------------------


def moved(timeline, first, by):
    for item in timeline.tracks["video"][0].items[first:]:
        item.start += by


def test_a_card_follows_its_place_after_the_cut_was_moved(host, world, tmp_path):
    index = host.snapshot().index
    card = remake(index, shot(index, "c"), FrameRange(130, 150))
    moved(world.project.timeline, 1, 24)  # b and c, behind a hole that is longer now
    before = rows(world)
    there = followed(card, Places(host.snapshot().index))
    assert (there.reason, there.placement.start) == ("", 154)
    result = place(host, card.model_copy(update={"placement": there.placement}), tmp_path)
    assert isinstance(result, Placed), result.error
    assert result.span == FrameRange(154, 174)
    host.remove(result)
    assert rows(world) == before


def test_a_card_whose_place_is_gone_keeps_its_take_and_changes_nothing(host, world, tmp_path):
    index = host.snapshot().index
    card = remake(index, shot(index, "c"), FrameRange(130, 150))
    world.project.timeline.tracks["video"][0].items.pop()
    before = rows(world)
    result = place(host, card, tmp_path)
    assert isinstance(result.error, TimelineChanged)
    assert rows(world) == before


def test_a_hole_that_the_editor_closed_is_not_filled(host, world, tmp_path):
    card = board_of(host.snapshot().index).cards[0]
    moved(world.project.timeline, 1, -24)
    before = rows(world)
    result = place(host, card, tmp_path)
    assert isinstance(result, NotPlaced)
    assert rows(world) == before


def test_what_is_selected_becomes_cards(host, world):
    """A board from selected clips: a remix of each, over its own frames."""
    timeline = world.project.timeline
    timeline.selected = timeline.tracks["video"][0].items[1:]
    index = host.snapshot().index
    cards = [
        remake(index, shot_at(index, span.start, index.video_tracks[track].number))
        for track, span in host.selection().spans
    ]
    assert [(card.placement.start, card.placement.frames) for card in cards] == [(72, 48), (120, 48)]
