"""What the live host does with a Resolve that behaves, and with one that does not."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import GAP, cut_in, take_for

from cutaway.errors import EditRefused, HostUnavailable, TimelineChanged
from cutaway.hosts.base import Capability, NotPlaced, Placed, PlacePlan
from cutaway.storyboard.board import board_of
from cutaway.timeline.index import Kind
from cutaway_davinci.errors import DialogOpen, EditionLimit, NotConnected, NotSaved, NotVerified
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.editions import FREE
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.items import ItemKept
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import UNTITLED, ResolveDouble


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def host(world, tmp_path):
    return LiveHost(InAppLink(world), folder=tmp_path / "cutaway")


def plan_for(host, folder, **changes):
    snapshot = host.snapshot()
    card = board_of(snapshot.index).cards[0]
    take, media = take_for(card, folder, **changes)
    return PlacePlan(snapshot.digest, card, take, media)


def placed(host, folder):
    (result,) = host.place(plan_for(host, folder))
    assert isinstance(result, Placed), result.error
    return result


def refusal(host, plan):
    (result,) = host.place(plan)
    assert isinstance(result, NotPlaced)
    return result.error


def content(world):
    """Everything on the timeline, as Resolve keeps it."""
    timeline = world.project.timelines[0]
    tracks = [
        (kind, track.name, [(i.name, i.start, i.duration, i.left) for i in track.items])
        for kind, tracks in timeline.tracks.items()
        for track in tracks
    ]
    return tracks, {frame: dict(marker) for frame, marker in timeline.markers.items()}


# -- placing ---------------------------------------------------------------------------------------


def test_a_take_lies_in_its_hole_without_its_handles_and_is_known_as_ours(host, world, tmp_path):
    result = placed(host, tmp_path)
    item = world.project.timelines[0].tracks["video"][0].items[1]
    assert (item.start, item.duration, item.left) == (86400 + 48, 24, 12)
    assert item.color == "Teal"
    ((frame, marker),) = world.project.timelines[0].markers.items()
    assert (frame, marker["customData"]) == (48, f"cutaway:{result.card_id}:{result.take_id}")
    assert item.clip.metadata == {"cutaway.card": result.card_id, "cutaway.take": result.take_id}
    assert [folder.name for folder in world.project.pool.root.folders] == ["Cutaway"]


def test_the_timeline_is_duplicated_once_before_the_first_take_and_stays_the_open_one(host, world, tmp_path):
    before = content(world)
    first = placed(host, tmp_path)
    assert any("cut before Cutaway 1" in note for note in first.notes)
    host.remove(first)
    placed(host, tmp_path)
    assert [timeline.name for timeline in world.project.timelines] == ["cut", "cut before Cutaway 1"]
    assert world.project.timeline.name == "cut"
    copy = world.project.timelines[1]
    assert [(i.name, i.start) for i in copy.tracks["video"][0].items] == [
        (name, start) for name, start, *_ in before[0][0][2]
    ]


def test_page_bin_and_playhead_are_where_the_editor_left_them(host, world, tmp_path):
    world.page = "color"
    world.project.timeline.playhead = 86400 + 5
    bin_before = world.project.pool.current
    result = placed(host, tmp_path)
    host.frame_at(10, tmp_path / "frame.png")
    host.remove(result)
    assert (world.page, world.project.timeline.playhead, world.project.pool.current) == ("color", 86405, bin_before)


def test_a_file_that_is_in_the_pool_is_not_imported_again(host, tmp_path, world):
    host.remove(placed(host, tmp_path))
    placed(host, tmp_path)
    assert world.calls.count("MediaPool.ImportMedia") == 1


def test_a_file_with_accents_is_known_again_however_the_system_spells_them(host, world, tmp_path):
    world.takes_accents_apart = True
    plan = plan_for(host, tmp_path, name="prise brûlée.mkv")
    (result,) = host.place(plan)
    assert isinstance(result, Placed)
    host.remove(result)
    assert host.snapshot().digest == plan.digest


def test_a_locked_track_is_refused(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    world.project.timeline.tracks["video"][0].locked = True
    plan = PlacePlan(host.snapshot().digest, plan.card, plan.take, plan.media)
    before = content(world)
    assert isinstance(refusal(host, plan), EditRefused)
    assert content(world) == before


def test_a_take_over_shots_goes_on_a_track_named_cutaway_that_leaves_with_it(host, world, tmp_path):
    before = content(world)
    plan = plan_for(host, tmp_path)
    place = plan.card.placement.model_copy(update={"mode": "overlay"})
    card = plan.card.model_copy(update={"placement": place})
    (result,) = host.place(PlacePlan(plan.digest, card, plan.take, plan.media))
    assert result.track == 1
    assert [track.name for track in world.project.timelines[0].tracks["video"]] == ["Video 1", "Cutaway"]
    host.remove(result)
    assert content(world) == before


def test_what_lies_behind_is_never_moved(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    place = plan.card.placement.model_copy(update={"ripple": "track"})
    card = plan.card.model_copy(update={"placement": place})
    assert "cannot move" in str(refusal(host, PlacePlan(plan.digest, card, plan.take, plan.media)))


def test_an_edit_by_hand_after_the_snapshot_stops_everything(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    world.project.timeline.tracks["video"][0].items[1].start += 1
    before = content(world)
    with pytest.raises(TimelineChanged):
        host.place(plan)
    assert content(world) == before


def test_a_marker_of_the_editors_is_left_where_it_is(host, world, tmp_path):
    theirs = {"color": "Red", "duration": 1, "note": "", "name": "mine", "customData": ""}
    world.project.timeline.markers[48] = dict(theirs)
    result = placed(host, tmp_path)
    assert sorted(world.project.timeline.markers) == [48, 49]
    host.remove(result)
    assert world.project.timeline.markers == {48: theirs}


def test_removing_a_switched_take_shows_the_one_before_it_again(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    host.place(plan)
    before = host.snapshot().digest
    second, media = take_for(plan.card, tmp_path, name="second.mkv")
    switched = host.select_take(plan.card, second, media)
    assert world.project.timeline.tracks["video"][0].items[1].name == "second.mkv"
    host.remove(switched)
    assert host.snapshot().digest == before


@pytest.mark.parametrize(
    "by_hand",
    [
        lambda item, track: setattr(item, "start", item.start + 1),
        lambda item, track: setattr(item, "duration", item.duration - 1),
        lambda item, track: track.items.remove(item),
    ],
    ids=["moved", "trimmed", "deleted"],
)
def test_a_take_that_was_changed_by_hand_is_not_removed(by_hand, host, world, tmp_path):
    result = placed(host, tmp_path)
    track = world.project.timeline.tracks["video"][0]
    by_hand(track.items[1], track)
    before = content(world)
    with pytest.raises(TimelineChanged):
        host.remove(result)
    assert content(world) == before


def test_a_take_is_found_again_by_its_marker_where_the_journal_is_lost(host, world, tmp_path):
    result = placed(host, tmp_path)
    (host.project.folder / "placed.jsonl").unlink()
    items = host.snapshot().index.tracks[0].items
    assert [item.metadata.get("cutaway", {}).get("card") for item in items] == [None, result.card_id, None]
    with pytest.raises(TimelineChanged):
        host.remove(result)


# -- looking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "rate", "start"),
    [
        ("23.976", "24000/1001", 86400),
        ("25", 25, 90000),
        ("29.97", "30000/1001", 108000),
        ("29.97 DF", "30000/1001", 107892),
        ("24", 24, 0),
        ("60", 60, 2160000),
    ],
)
def test_every_rate_and_start_places_to_the_frame(shown, rate, start, tmp_path):
    world = ResolveDouble("20.3")
    timeline = cut_in(world, tmp_path, rate=rate, shown=shown, start=start)
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    plan = plan_for(host, tmp_path, rate=rate)
    (result,) = host.place(plan)
    item = timeline.tracks["video"][0].items[1]
    assert (item.start, item.duration) == (start + GAP[0], GAP[1])
    assert host.snapshot().index.start == start
    host.reveal(result.span.start)
    assert timeline.playhead == start + GAP[0]
    assert host.selection().playhead == GAP[0]
    assert world.misuses == []


def test_selection_is_told_from_21_0_4_on(tmp_path):
    for version, spans in (("20.3", 0), ("21.0.4", 1)):
        world = ResolveDouble(version)
        timeline = cut_in(world, tmp_path)
        timeline.selected = [timeline.tracks["video"][0].items[1]]
        host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
        found = host.selection().spans
        assert len(found) == spans == (Capability.SELECTION in host.info().capabilities)
        if found:
            assert (found[0][0], found[0][1].start) == (0, sum(GAP))
        assert world.misuses == []


def test_a_dissolve_is_read_as_one_and_a_title_as_a_shot_without_media(host, world):
    timeline = world.project.timeline
    (a, b) = timeline.tracks["video"][0].items
    b.start = a.end
    timeline.tracks["video"][0].put(ItemKept(world, "Cross Dissolve", a.end - 6, 12))
    timeline.tracks["video"][0].put(ItemKept(world, "Title", b.end, 24))
    found = host.snapshot().index.tracks[0].items
    assert [(i.kind, i.record.start, i.record.end) for i in found] == [
        (Kind.CLIP, 0, 48), (Kind.TRANSITION, 42, 54), (Kind.CLIP, 48, 96), (Kind.CLIP, 96, 120),
    ]  # fmt: skip


# -- what goes wrong -------------------------------------------------------------------------------


def again(host, world, before):
    """The timeline is as before once Resolve answers again."""
    world.faults.modal = False
    world.faults.loses_at_save = False
    host.snapshot()
    assert content(world) == before


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("MediaPool.AppendToTimeline", [None]),
        ("MediaPool.AppendToTimeline", []),
        ("MediaPool.AppendToTimeline", None),
        ("MediaPool.ImportMedia", []),
        ("MediaPool.ImportMedia", [None]),
        ("Timeline.DuplicateTimeline", None),
        ("ProjectManager.SaveProject", False),
    ],
)
def test_a_call_that_fails_without_a_word_ends_in_an_error_and_the_timeline_as_before(
    name, answer, host, world, tmp_path
):
    before, plan = content(world), plan_for(host, tmp_path)
    world.faults.fail_once(name, answer)
    assert isinstance(refusal(host, plan), (EditRefused, HostUnavailable))
    assert content(world) == before
    placed(host, tmp_path)


def test_what_answers_none_and_was_done_counts_as_done(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    world.faults.lie_once("MediaPool.AppendToTimeline", [None])
    (result,) = host.place(plan)
    assert isinstance(result, Placed)
    assert (result.span.start, result.span.duration) == GAP


def test_what_is_lost_when_the_project_is_saved_is_not_called_placed(host, world, tmp_path):
    before, plan = content(world), plan_for(host, tmp_path)
    world.faults.loses_at_save = True
    assert isinstance(refusal(host, plan), NotVerified)
    again(host, world, before)


def test_media_at_another_rate_is_refused_and_taken_back(host, world, tmp_path):
    before = content(world)
    assert isinstance(refusal(host, plan_for(host, tmp_path, rate=25)), NotVerified)
    assert content(world) == before


@pytest.mark.parametrize(
    "name",
    [
        "Timeline.GetItemListInTrack",
        "Timeline.DuplicateTimeline",
        "MediaPool.ImportMedia",
        "MediaPool.AppendToTimeline",
        "Timeline.AddMarker",
        "TimelineItem.SetClipColor",
        "ProjectManager.SaveProject",
    ],
)
def test_a_dialog_in_the_middle_ends_in_an_error_and_the_timeline_as_before(name, host, world, tmp_path):
    before, plan = content(world), plan_for(host, tmp_path)
    world.faults.open_dialog_at(name)
    try:
        error = refusal(host, plan)
    except HostUnavailable as raised:
        error = raised
    assert isinstance(error, (HostUnavailable, EditRefused))
    again(host, world, before)
    placed(host, tmp_path)


def test_a_dialog_that_opens_while_a_take_is_switched_gives_the_first_take_back(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    host.place(plan)
    before, digest = content(world), host.snapshot().digest
    second, media = take_for(plan.card, tmp_path, name="second.mkv")
    world.faults.open_dialog_at("MediaPool.AppendToTimeline")
    with pytest.raises(HostUnavailable):
        host.select_take(plan.card, second, media)
    again(host, world, before)
    assert host.snapshot().digest == digest


STRIDE = int(os.environ.get("CUTAWAY_DIALOG_STRIDE", "7"))


@pytest.mark.parametrize("step", ["first", "second", "switched"])
def test_wherever_a_dialog_opens_the_take_lies_there_whole_or_not_at_all(step, host, world, tmp_path):
    if step == "second":  # the backup is made
        host.remove(placed(host, tmp_path))
    plan = plan_for(host, tmp_path)
    take, media = plan.take, plan.media
    if step == "switched":
        host.place(plan)
        take, media = take_for(plan.card, tmp_path, name="second.mkv")
    before, calls = content(world), 0
    while True:
        world.faults.open_dialog_after(calls)
        try:
            (result,) = host.place(PlacePlan(host.snapshot().digest, plan.card, take, media))
            error = getattr(result, "error", None)
        except HostUnavailable as raised:
            error = raised
        if not world.faults.modal:
            break
        assert error is None or isinstance(error, (HostUnavailable, EditRefused)), calls
        if error is None:  # it opened when all was done, and nobody asked any more
            world.faults.modal = False
            break
        again(host, world, before)
        calls += STRIDE
        assert calls < 1000
    assert error is None
    assert calls > 100
    assert content(world) != before


def test_takes_that_were_to_follow_a_failure_say_why_they_are_not_there(host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    world.faults.open_dialog_at("MediaPool.AppendToTimeline")
    results = host.place(plan, plan)
    assert [type(result.error) for result in results] == [DialogOpen, DialogOpen]


@pytest.mark.parametrize(
    "name", ["Timeline.DeleteClips", "Timeline.DeleteMarkerByCustomData", "ProjectManager.SaveProject"]
)
def test_a_dialog_while_a_take_is_removed_ends_in_an_error_and_the_take_goes_later(name, host, world, tmp_path):
    before = content(world)
    result = placed(host, tmp_path)
    world.faults.open_dialog_at(name)
    with pytest.raises((HostUnavailable, EditRefused)):
        host.remove(result)
    again(host, world, before)


def test_deleting_is_tried_twice(host, world, tmp_path):
    before = content(world)
    result = placed(host, tmp_path)
    world.faults.fail_once("Timeline.DeleteClips")
    host.remove(result)
    assert content(world) == before


def test_a_project_without_a_name_is_to_be_saved_first(host, world, tmp_path):
    world.project.name = UNTITLED
    plan = plan_for(host, tmp_path)
    before = content(world)
    assert isinstance(refusal(host, plan), NotSaved)
    assert content(world) == before


def test_without_a_timeline_and_with_a_dialog_every_call_says_so(host, world):
    world.faults.modal = True
    with pytest.raises((DialogOpen, NotConnected), match="dialog"):
        host.snapshot()
    world.faults.modal = False
    world.project.timeline = None
    with pytest.raises(DialogOpen, match="no timeline is open"):
        host.info()


def test_the_free_edition_from_21_1_is_told_the_way_by_files(tmp_path):
    world = FREE[-1].world()
    with pytest.raises(NotConnected):
        LiveHost(InAppLink(world), folder=tmp_path).snapshot()
    world.in_app = lambda: Handle(world)  # as if a Python had found its way in
    with pytest.raises(EditionLimit, match="File > Export > Timeline"):
        LiveHost(InAppLink(world), folder=tmp_path).snapshot()


def test_a_call_that_this_resolve_turns_out_to_lack_ends_in_an_error_and_the_timeline_as_before(tmp_path):
    world = ResolveDouble("20.3")
    cut_in(world, tmp_path)
    world.lenient = True
    world.on_get_version = lambda: [21, 1, 1, 0, ""]  # it says that it is another one
    before = content(world)
    with pytest.raises(DialogOpen):
        LiveHost(InAppLink(world), folder=tmp_path / "cutaway").snapshot()
    assert content(world) == before
