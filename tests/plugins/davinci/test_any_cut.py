"""Whatever the cut: takes lie where they were asked for, nothing of the editor's changes, and all of it can be undone."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from film import filmed

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.storyboard.asks import blending, extension, generation, remake
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Take
from cutaway.timebase import FrameRange
from cutaway.timeline.edits import Room
from cutaway.timeline.index import Kind
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble

LONG = 160
"""Frames of every file."""

tracks = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from([0, 0, 1, 7, 24]), st.integers(2, 40)), min_size=1, max_size=4),
        st.sampled_from([False] * 9 + [True]),
    ),
    min_size=1,
    max_size=3,
)
"""Of each track its clips, as (hole before, length), and whether it is locked."""
steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 200), st.integers(1, 30)), min_size=2, max_size=6)
"""What is asked for, roughly where, and for how many frames."""


def cut_in(world, folder, made, start):
    media = world.project.add_clip(filmed(folder / "shot.mkv", LONG, 10))
    timeline = world.project.add_timeline("cut", start=start)
    for number, (clips, locked) in enumerate(made, start=1):
        track = timeline.tracks["video"][0] if number == 1 else timeline.add_track("video")
        at = 0
        for n, (hole, frames) in enumerate(clips):
            timeline.put(media, at + hole, frames, left=20, track=number, name=f"{number}.{n}")
            at += hole + frames
        track.locked = locked
    return timeline


def asked(index, verb, at, frames):
    """A card for some place of the cut; None where there is none of the kind."""
    shots = [i for t in index.video_tracks for i in t.items if i.kind is Kind.CLIP and "." in i.name]
    holes = board_of(index, every_gap=True).cards
    shot = shots[at % len(shots)]
    first = at % int(shot.record.duration)
    try:
        return (
            lambda: holes[at % len(holes)] if holes else None,
            lambda: extension(index, shot, frames, room=Room.GAP),
            lambda: extension(index, shot, frames, edge="head", room=Room.ROLL),
            lambda: remake(index, shot, FrameRange(int(shot.record.start) + first, int(shot.record.end))),
            lambda: blending(index, shot, frames),
            lambda: generation(index, at % max(1, int(index.duration)), frames),
        )[verb]()
    except EditRefused:
        return None


def rows(world):
    timeline = world.project.timelines[0]
    return [
        (track.name, [(item.name, item.start, item.end, item.left) for item in track.items])
        for track in timeline.tracks["video"]
    ], timeline.markers.copy()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=tracks, wanted=steps, start=st.sampled_from([0, 86400]), order=st.randoms(use_true_random=False))
def test_takes_come_and_go_and_the_cut_stays(made, wanted, start, order, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    world = ResolveDouble("21.1.1")
    timeline = cut_in(world, folder, made, start)
    host = LiveHost(InAppLink(world), folder=folder / "cutaway")
    before, digest = rows(world), host.snapshot().digest
    theirs = {row for _, items in before[0] for row in items}
    there = []
    for n, (verb, at, frames) in enumerate(wanted):
        snapshot = host.snapshot()
        card = asked(snapshot.index, verb, at, frames)
        if card is None:
            continue
        media = filmed(folder / f"take{n}.mkv", LONG, 90)
        take = Take(path=media.name, available_frames=LONG, used_start=12, used_frames=card.placement.frames)
        was = rows(world)
        (result,) = host.place(PlacePlan(snapshot.digest, card, take, media))
        if isinstance(result, NotPlaced):
            assert isinstance(result.error, (EditRefused, TimelineChanged)), result.error
            assert rows(world) == was
            continue
        assert isinstance(result, Placed)
        (item,) = [one for one in timeline.items if one.name == media.name]
        assert (item.start - start, item.end - start) == (result.span.start, result.span.end)
        assert (item.left, item.track is timeline.tracks["video"][result.track]) == (12, True)
        there.append(result)
        for track in timeline.tracks["video"]:
            assert all(a.end <= b.start for a, b in zip(track.items, track.items[1:], strict=False))
        assert theirs <= {row for _, items in rows(world)[0] for row in items}
    assert [one.handle for one in host.placements()] == [one.handle for one in there]
    order.shuffle(there)
    for placed in there:
        host.remove(placed)
    assert rows(world) == before
    assert host.snapshot().digest == digest
    assert world.misuses == []


@pytest.mark.parametrize("verb", range(6))
def test_each_kind_of_place_is_found_in_some_cut(verb, tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path, [([(0, 30), (24, 30), (0, 30)], False)], 0)
    index = LiveHost(InAppLink(world), folder=tmp_path / "cutaway").snapshot().index
    assert any(asked(index, verb, at, 8) is not None for at in range(3))
