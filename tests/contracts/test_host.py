"""What every host must do. A new host joins by adding itself to `host` with a way to make a cut of clips and gaps."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sdk" / "timeline"))
from cuts import clip, cut, dissolve, gap, text_of, track

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.hosts.base import Host, NotPlaced, Placed, PlacePlan
from cutaway.hosts.otio_file import FileHost
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Take
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat
from cutaway_davinci.errors import EditionLimit
from cutaway_davinci.handoff import HandoffHost
from cutaway_davinci.host import LiveHost
from cutaway_davinci.loopback import LoopbackLink
from cutaway_davinci.testing.editions import FREE, STUDIO
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.script import Script


def filmed(path, frames, level=100):
    """A clip of one grey that gets brighter by one every frame."""
    path.write_bytes(_filmed(frames, level))
    return path


@cache
def _filmed(frames, level):
    with tempfile.TemporaryDirectory() as folder:
        return _written(Path(folder) / "clip.mkv", frames, level).read_bytes()


def _written(path, frames, level):
    with Writer(path, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        levels = (level + np.arange(frames)).astype(np.uint8)
        writer.write(np.broadcast_to(levels[:, None, None, None], (frames, 36, 64, 3)).copy())
        writer.finish()
    return path


def on_disk(folder, items):
    """A cut whose clips are files of 72 frames from timecode 86400, the used part starting 12 in."""
    for n, item in enumerate(items):
        if item["OTIO_SCHEMA"].startswith("Clip"):
            media = item["media_references"]["DEFAULT_MEDIA"]
            media["target_url"] = str(filmed(folder / f"{n}.mkv", 72, 10 + 60 * (n % 3)))
            media["available_range"]["duration"]["value"] = 72.0
    path = folder / "cut.otio"
    path.write_text(text_of(cut(track(items))), encoding="utf-8")
    return path


ITEMS = [("a", 48), (None, 24), ("b", 48), (None, 12), ("c", 48)]


def in_resolve(folder, world):
    """The same cut in Resolve: files of 72 frames, the used part starting 12 in."""
    timeline, at = world.project.add_timeline("cut"), 0
    for n, (name, frames) in enumerate(ITEMS):
        if name:
            media = world.project.add_clip(filmed(folder / f"{n}.mkv", 72, 10 + 60 * (n % 3)))
            timeline.put(media, at, frames, left=12, name=name)
        at += frames
    return timeline


@contextmanager
def file(folder, _edition=None):
    items = [clip(name, frames, 24.0) if name else gap(frames, 24.0) for name, frames in ITEMS]
    yield FileHost(on_disk(folder, items))


@contextmanager
def live(folder, edition):
    """Through an agent; which process that runs in is not what is tested here (tests/plugins/davinci)."""
    world = edition.world()
    in_resolve(folder, world)
    yield LiveHost(InAppLink(world), folder=folder / "cutaway")
    assert world.misuses == []


@contextmanager
def in_app(folder, edition):
    """Through the socket of the script that Resolve's own menu starts."""
    world = edition.world()
    in_resolve(folder, world)
    with Script(world, folder / "address"):
        host = LiveHost(LoopbackLink(folder / "address"), folder=folder / "cutaway")
        yield host
        host.close()
    assert world.misuses == []


@contextmanager
def by_files(folder, edition):
    """Resolve exports, takes go into what it is to import, and it does: that import is asked for at the end."""
    world = edition.world()
    in_resolve(folder, world)
    watched = folder / "watched"
    watched.mkdir()
    resolve = Handle(world)  # the editor's own hands: no Python is needed for a menu
    timeline = resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.Export(str(watched / "cut.otio"), resolve.EXPORT_OTIO, resolve.EXPORT_NONE)
    host = HandoffHost(watched)
    yield host
    host.close()
    if host.output.is_file():
        assert came_in(host, edition.world()) == where(host)
    assert world.misuses == []


def came_in(host, world):
    """What lies on the timeline of a Resolve that was given the host's output."""
    pool = Handle(world).GetProjectManager().GetCurrentProject().GetMediaPool()
    made = pool.ImportTimelineFromFile(str(host.output), {})
    assert made is not None, "Resolve does not take it"
    start = made.GetStartFrame()
    items = [item for n in range(made.GetTrackCount("video")) for item in made.GetItemListInTrack("video", n + 1)]
    assert all(item.GetMediaPoolItem() is not None for item in items)
    return [(item.GetName(), item.GetStart() - start, item.GetEnd() - start) for item in items]


HOSTS = [
    pytest.param((file, None), id="file"),
    *(pytest.param((live, edition), id=f"live-{edition}") for edition in STUDIO),
    *(pytest.param((in_app, edition), id=f"in-app-{edition}") for edition in (*FREE[:-1], STUDIO[-1])),
    *(pytest.param((by_files, edition), id=f"files-{edition}") for edition in (STUDIO[0], FREE[-1])),
]
"""Every way in, in every version and edition in which it is one. By files, Resolve's part is to write one and to take
one: two editions stand for all, and every one takes what they make, below."""


WAYS = [
    pytest.param((file, None), id="file"),
    pytest.param((live, STUDIO[0]), id=f"live-{STUDIO[0]}"),
    pytest.param((live, STUDIO[-1]), id=f"live-{STUDIO[-1]}"),
    pytest.param((in_app, FREE[-2]), id=f"in-app-{FREE[-2]}"),
    pytest.param((by_files, FREE[-1]), id=f"files-{FREE[-1]}"),
]
"""Every way in once, live in the oldest and the newest: for what no version answers differently."""


@pytest.fixture(params=HOSTS)
def host(request, tmp_path) -> Iterator[Host]:
    way, edition = request.param
    with way(tmp_path, edition) as made:
        yield made


each_way = pytest.mark.parametrize("host", WAYS, indirect=True)


def test_the_free_edition_from_21_1_on_is_reached_by_files_alone_and_says_so(tmp_path):
    world = FREE[-1].world()
    in_resolve(tmp_path, world)
    assert (world.in_app(), world.scriptapp("Resolve")) == (None, None)
    world.in_app = lambda: Handle(world)  # as if a Python had found its way in
    with pytest.raises(EditionLimit, match="File > Export > Timeline"):
        LiveHost(InAppLink(world), folder=tmp_path).snapshot()


@pytest.mark.parametrize("edition", [*STUDIO, *FREE], ids=str)
def test_what_is_made_by_files_comes_into_every_resolve_in_its_place_and_online(edition, tmp_path):
    with by_files(tmp_path, edition) as host:
        host.place(*takes_for(host, tmp_path))
        assert host.output.is_file()
        assert [row[1] for row in where(host)] == [0, 48, 72, 120, 132]


@pytest.fixture
def first(host, tmp_path):
    """The first card of the cut and a take for it."""
    card = board_of(host.snapshot().index).cards[0]
    media = filmed(tmp_path / "take.mkv", card.placement.frames + 24, 30)
    take = Take(
        path=media.name, available_frames=card.placement.frames + 24, used_start=12, used_frames=card.placement.frames
    )
    return card, take, media


def where(host):
    return [
        (i.name, i.record.start, i.record.end)
        for t in host.snapshot().index.tracks
        for i in t.items
        if i.kind == "clip"
    ]


@each_way
def test_a_snapshot_does_not_change_by_looking(host):
    assert host.snapshot().digest == host.snapshot().digest
    assert host.info().timeline


def test_placing_fills_the_place_exactly_and_moves_nothing_else(host, first):
    card, take, media = first
    before = where(host)
    (placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    assert (placed.span.start, placed.span.duration) == (48, 24)
    assert [row for row in where(host) if row[0] in "abc"] == before
    assert len(where(host)) == len(before) + 1


@each_way
def test_placing_the_same_take_again_changes_nothing(host, first):
    card, take, media = first
    host.place(PlacePlan(host.snapshot().digest, card, take, media))
    once = host.snapshot().digest
    (again,) = host.place(PlacePlan(once, card, take, media))
    assert host.snapshot().digest == once
    assert again.span.start == 48
    host.remove(again)
    assert len(where(host)) == 3


@each_way
def test_a_plan_for_another_cut_is_refused_and_nothing_happens(host, first):
    card, take, media = first
    old = host.snapshot().digest
    host.place(PlacePlan(old, card, take, media))
    after = host.snapshot().digest
    with pytest.raises(TimelineChanged):
        host.place(PlacePlan(old, board_of(host.snapshot().index).cards[0], take, media))
    assert host.snapshot().digest == after


def test_removing_gives_back_the_cut_as_it_was(host, first):
    card, take, media = first
    before = host.snapshot()
    (placed,) = host.place(PlacePlan(before.digest, card, take, media))
    host.remove(placed)
    assert host.snapshot().digest == before.digest
    with pytest.raises(TimelineChanged):
        host.remove(placed)


def test_two_takes_are_switched_there_and_back(host, first, tmp_path):
    card, take, media = first
    host.place(PlacePlan(host.snapshot().digest, card, take, media))
    second_media = filmed(tmp_path / "second.mkv", 48, 90)
    second = Take(path=second_media.name, available_frames=48, used_start=12, used_frames=24)
    host.select_take(card, second, second_media)
    shown = host.snapshot().digest
    host.select_take(card, take, media)
    host.select_take(card, second, second_media)
    assert host.snapshot().digest == shown
    assert len(where(host)) == 4


@each_way
def test_a_take_of_the_wrong_length_is_refused_and_nothing_happens(host, first):
    card, take, media = first
    before = host.snapshot().digest
    (result,) = host.place(PlacePlan(before, card, take.model_copy(update={"used_frames": 20}), media))
    assert isinstance(result, NotPlaced)
    assert isinstance(result.error, EditRefused)
    assert host.snapshot().digest == before


def takes_for(host, folder):
    """A plan for each hole of the cut."""
    digest, plans = host.snapshot().digest, []
    for n, card in enumerate(board_of(host.snapshot().index).cards):
        frames = card.placement.frames
        media = filmed(folder / f"take{n}.mkv", frames + 24, 30 + 60 * n)
        take = Take(path=media.name, available_frames=frames + 24, used_start=12, used_frames=frames)
        plans.append(PlacePlan(digest, card, take, media))
    return plans


def test_many_takes_are_placed_at_once_each_in_its_place(host, tmp_path):
    before, plans = where(host), takes_for(host, tmp_path)
    placed = host.place(*plans)
    assert [(one.card_id, one.span.start, one.span.duration) for one in placed] == [
        (plans[0].card.id, 48, 24),
        (plans[1].card.id, 120, 12),
    ]
    assert {one.digest for one in placed} == {host.snapshot().digest}
    assert [row for row in where(host) if row[0] in "abc"] == before
    assert [row[1] for row in where(host)] == [0, 48, 72, 120, 132]


@each_way
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_take_that_is_refused_among_others_holds_nobody_up_and_is_named(bad, host, tmp_path):
    plans = takes_for(host, tmp_path)
    third = PlacePlan(plans[0].digest, *_another(plans[0]))  # a second take for the first place
    plans = [*plans, third]
    wrong = plans[bad].take.model_copy(update={"used_frames": 5})
    plans[bad] = PlacePlan(plans[bad].digest, plans[bad].card, wrong, plans[bad].media)
    results = host.place(*plans)
    assert [isinstance(one, Placed) for one in results] == [n != bad for n in range(3)]
    assert (results[bad].card_id, results[bad].take_id) == (plans[bad].card.id, wrong.id)
    assert isinstance(results[bad].error, EditRefused)
    assert len(where(host)) == 3 + len({plan.card.id for n, plan in enumerate(plans) if n != bad})


def _another(plan):
    media = filmed(plan.media.with_name("other.mkv"), 48, 90)
    return plan.card, plan.take.model_copy(update={"id": "f" * 32, "path": media.name}), media


@each_way
def test_of_takes_placed_at_once_each_can_be_removed_by_itself(host, tmp_path):
    before = host.snapshot().digest
    first, second = host.place(*takes_for(host, tmp_path))
    host.remove(first)
    assert [row[1] for row in where(host)] == [0, 72, 120, 132]
    with pytest.raises(TimelineChanged):
        host.remove(first)
    host.remove(second)
    assert host.snapshot().digest == before


@each_way
def test_what_was_placed_is_listed_oldest_first_and_can_be_removed_by_that(host, tmp_path):
    before = host.snapshot().digest
    first, second = host.place(*takes_for(host, tmp_path))
    listed = host.placements()
    assert [(one.card_id, one.take_id, one.span, one.handle) for one in listed] == [
        (one.card_id, one.take_id, one.span, one.handle) for one in (first, second)
    ]
    host.remove(listed[1])
    assert [one.card_id for one in host.placements()] == [first.card_id]
    host.remove(listed[0])
    assert host.placements() == ()
    assert host.snapshot().digest == before


@each_way
def test_its_project_is_one_object_and_keeps_cards(host, first):
    card, _, _ = first
    host.project.put(card)
    assert host.project is host.project
    assert host.project.card(card.id).placement == card.placement


@each_way
def test_nothing_is_placed_on_another_cut_than_the_one_it_was_planned_on(host, tmp_path):
    first, second = takes_for(host, tmp_path)
    host.place(first)
    after = host.snapshot().digest
    with pytest.raises(TimelineChanged):
        host.place(second)
    assert host.snapshot().digest == after


@pytest.mark.parametrize(("frame", "level"), [(0, 10 + 12), (47, 10 + 59), (72, 10 + 60 * 2 + 12), (120, None)])
def test_the_picture_at_a_frame_is_the_one_the_timeline_shows(host, frame, level, tmp_path):
    if level is None:
        with pytest.raises(Exception, match="nothing is shown"):
            host.frame_at(frame, tmp_path / "frame.png")
        return
    with Clip(host.frame_at(frame, tmp_path / "frame.png")) as still:
        assert abs(int(still.read(0, 1)[0, 10, 10, 0]) - level) <= 1


def test_a_take_without_the_handles_a_dissolve_needs_is_refused(tmp_path):
    items = [clip("a", 48, 24.0), dissolve(6, 6, 24.0), gap(24, 24.0), clip("b", 48, 24.0)]
    host = FileHost(on_disk(tmp_path, items))
    card = board_of(host.snapshot().index).cards[0]
    assert card.head_handle == 6
    media = filmed(tmp_path / "take.mkv", 24)
    before = host.snapshot().digest
    (result,) = host.place(PlacePlan(before, card, Take(path="take.mkv", available_frames=24, used_frames=24), media))
    assert "handle" in str(result.error)
    assert host.snapshot().digest == before
