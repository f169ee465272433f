"""The sound of a take: on a track of its own, linked with the picture, and gone with it."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import GAP, cut_in, heard

from cutaway.errors import EditRefused, HostUnavailable
from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.media.encode import Writer
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Take
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat
from cutaway_davinci.errors import NotVerified
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.editions import FREE, STUDIO
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble

STRIDE = int(os.environ.get("CUTAWAY_DIALOG_STRIDE", "13"))


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def host(world, tmp_path):
    return LiveHost(InAppLink(world), folder=tmp_path / "cutaway")


def plan_for(host, folder, *, sound="generate", name="take.mov", card=None):
    snapshot = host.snapshot()
    card = card or board_of(snapshot.index).cards[0]
    card.sound = sound
    media = heard(folder / name, GAP[1] + 24)
    take = Take(path=name, available_frames=GAP[1] + 24, used_start=12, used_frames=GAP[1])
    return PlacePlan(snapshot.digest, card, take, media)


def placed(host, plan):
    (result,) = host.place(plan)
    assert isinstance(result, Placed), result.error
    return result


def content(world):
    timeline = world.project.timelines[0]
    tracks = [
        (kind, track.name, track.holds, [(i.name, i.start, i.duration, i.left) for i in track.items])
        for kind, tracks in timeline.tracks.items()
        for track in tracks
    ]
    return tracks, {frame: dict(marker) for frame, marker in timeline.markers.items()}


def sounds(world):
    return [(t.name, [(i.start, i.duration, i.left) for i in t.items]) for t in world.project.timeline.tracks["audio"]]


@pytest.mark.parametrize("edition", [STUDIO[0], FREE[-2], STUDIO[-1]], ids=str)
def test_it_lies_under_its_picture_on_a_new_track_linked_and_leaves_with_it(edition, tmp_path):
    world = edition.world()
    timeline = cut_in(world, tmp_path)
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    before, digest = content(world), host.snapshot().digest
    result = placed(host, plan_for(host, tmp_path))
    assert sounds(world) == [("Audio 1", []), ("Cutaway", [(86400 + GAP[0], GAP[1], 12)])]
    picture, sound = timeline.tracks["video"][0].items[1], timeline.tracks["audio"][1].items[0]
    assert picture.linked == [sound]
    assert not any("linked" in note for note in result.notes)
    host.remove(result)
    assert content(world) == before
    assert host.snapshot().digest == digest
    assert world.misuses == []


def test_a_card_that_wants_none_gets_none(host, world, tmp_path):
    placed(host, plan_for(host, tmp_path, sound="none"))
    assert sounds(world) == [("Audio 1", [])]


def test_our_track_is_used_again_where_it_is_free_and_not_locked(host, world, tmp_path):
    timeline = world.project.timeline
    ours = timeline.add_track("audio", name="Cutaway")
    placed(host, plan_for(host, tmp_path))
    assert [len(items) for _, items in sounds(world)] == [0, 1]
    host.remove(host.placements()[0])
    assert [name for name, _ in sounds(world)] == ["Audio 1", "Cutaway"]  # the editor's, whatever it is called
    ours.locked = True
    placed(host, plan_for(host, tmp_path))
    assert [len(items) for _, items in sounds(world)] == [0, 0, 1]


def test_another_take_brings_its_own_sound_and_the_first_comes_back_with_its_own(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    placed(host, plan)
    before = content(world)
    second = plan_for(host, tmp_path, name="second.mov", card=plan.card)
    switched = host.select_take(plan.card, second.take, second.media)
    assert [name for name, items in sounds(world) if items] == ["Cutaway"]
    assert world.project.timeline.tracks["audio"][1].items[0].name == "second.mov"
    host.remove(switched)
    assert content(world) == before
    host.remove(host.placements()[0])
    assert sounds(world) == [("Audio 1", [])]


def test_sound_that_was_moved_by_hand_is_the_editors(host, world, tmp_path):
    result = placed(host, plan_for(host, tmp_path))
    world.project.timeline.tracks["audio"][1].items[0].start += 5
    host.remove(result)
    assert [len(items) for _, items in sounds(world)] == [0, 1]
    assert len(world.project.timeline.tracks["video"][0].items) == 2


def test_sound_on_a_track_that_was_locked_since_holds_the_picture_too(host, world, tmp_path):
    result = placed(host, plan_for(host, tmp_path))
    world.project.timeline.tracks["audio"][1].locked = True
    before = content(world)
    with pytest.raises(EditRefused, match="locked"):
        host.remove(result)
    assert content(world) == before


def test_where_resolve_lays_no_sound_there_is_no_picture_either(host, world, tmp_path):
    before, plan = content(world), plan_for(host, tmp_path)
    silent = plan.media.with_name("silent.mov")
    with Writer(silent, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.PRORES) as writer:
        writer.write(np.zeros((GAP[1] + 24, 36, 64, 3), np.uint8))
        writer.finish()
    known = world.project.add_clip(silent)  # Resolve knows the file as one without sound
    known.path = plan.media
    (result,) = host.place(plan)
    assert isinstance(result, NotPlaced)
    assert isinstance(result.error, NotVerified)
    assert content(world) == before


def test_a_link_that_does_not_come_about_is_said_and_both_are_there(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    world.faults.fail_once("Timeline.SetClipsLinked")
    result = placed(host, plan)
    assert "its sound is not linked with it" in result.notes
    assert [len(items) for _, items in sounds(world)] == [0, 1]


@pytest.mark.parametrize("switches", [False, True], ids=["first", "switched"])
def test_wherever_a_dialog_opens_both_are_there_or_neither(switches, host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    first = placed(host, plan)  # the backup is made
    if not switches:
        host.remove(first)
    else:
        plan = plan_for(host, tmp_path, name="second.mov", card=plan.card)
    before, calls = content(world), 0
    while True:
        world.faults.open_dialog_after(calls)
        try:
            (result,) = host.place(PlacePlan(host.snapshot().digest, plan.card, plan.take, plan.media))
            error = getattr(result, "error", None)
        except HostUnavailable as raised:
            error = raised
        if error is None:
            break
        assert isinstance(error, (HostUnavailable, EditRefused)), calls
        world.faults.modal = False
        host.snapshot()
        assert content(world) == before, calls
        calls += STRIDE
        assert calls < 3000, error
    assert calls > 100
    assert [len(items) for _, items in sounds(world)] == [0, 1]
