"""The double refuses what Resolve refuses, and keeps a timeline as Resolve does."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in, filmed

from cutaway_davinci.testing.editions import FREE, STUDIO, VERSIONS
from cutaway_davinci.testing.resolve import UNTITLED, ResolveDouble
from cutaway_davinci.testing.vocabulary import Misuse, calls, version_of


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    return world


def project(world):
    return world.in_app().GetProjectManager().GetCurrentProject()


def timeline(world):
    return project(world).GetCurrentTimeline()


def append(world, **info):
    pool = project(world).GetMediaPool()
    clip = pool.GetRootFolder().GetClipList()[0]
    return pool.AppendToTimeline([{"mediaPoolItem": clip, "startFrame": 0, "endFrame": 24, **info}])


def items(world, number=1):
    return [(i.GetName(), i.GetStart(), i.GetEnd()) for i in timeline(world).GetItemListInTrack("video", number)]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda w: timeline(w).GetTracks(), "no GetTracks"),  # a name that people expect, and that never was
        (lambda w: timeline(w).getName(), "no getName"),
        (lambda w: timeline(w).GetTrackCount(), "1 to 1 arguments"),
        (lambda w: timeline(w).GetTrackCount("video", 1), "1 to 1 arguments"),
        (lambda w: timeline(w).GetTrackCount(trackType="video"), "no keywords"),
        (lambda w: timeline(w).GetTrackCount("Video"), "a track type is one of"),
        (lambda w: timeline(w).GetSetting("timelineFrameRate"), "deprecated"),
        (lambda w: timeline(w).AddMarker(0, "Teal", "", "", 1, ""), "a marker color is one of"),
        (lambda w: timeline(w).GetItemListInTrack("video", 1)[0].SetClipColor("Mint"), "a clip color is one of"),
        (lambda w: w.in_app().OpenPage("Edit"), "no page 'Edit'"),
        (lambda w: append(w, record=86400), "no key 'record'"),
        (lambda w: append(w, recordFrame="86400"), "recordFrame is int or float"),
        (lambda w: append(w, mediaType=3), "mediaType is 1"),
        (lambda w: project(w).GetMediaPool().AppendToTimeline([{"startFrame": 0}]), "lacks mediaPoolItem"),
        (lambda w: project(w).GetMediaPool().ImportMedia(["a.mov"]), "is given as a dict"),
        (lambda w: timeline(w).GrabStill(), "the double has no rules for it"),
    ],
)
def test_what_resolve_does_not_have_fails_the_test_that_asks_for_it(wrong, why, world):
    with pytest.raises(Misuse, match=why):
        wrong(world)
    assert len(world.misuses) == 1


def test_asking_whether_a_name_is_there_is_refused_since_the_real_answer_is_always_yes(world):
    with pytest.raises(Misuse):
        hasattr(timeline(world), "GetTracks")


@pytest.mark.parametrize(
    ("name", "since"), [("GetSelectedClips", "21.0.4"), ("GetSettings", "21.1"), ("GetMarkInOut", "19.1")]
)
def test_a_call_is_there_from_its_version_on(name, since):
    for version in VERSIONS:
        world = ResolveDouble(version)
        world.project.add_timeline("cut")
        if version_of(version) >= version_of(since):
            assert getattr(timeline(world), name)
        else:
            with pytest.raises(Misuse, match=f"is not in {version}: it is there from {since}"):
                getattr(timeline(world), name)


def test_an_argument_that_came_later_is_refused_before(tmp_path):
    for version, fits in (("18.5", False), ("19.1", True)):
        world = ResolveDouble(version)
        cut_in(world, tmp_path)
        (item, _) = timeline(world).GetItemListInTrack("video", 1)
        if fits:
            assert item.GetStart(True) == 86400.0
        else:
            with pytest.raises(Misuse, match="0 to 0 arguments"):
                item.GetStart(True)


def test_the_table_knows_the_objects_of_the_interface():
    assert {"Resolve", "Project", "MediaPool", "Timeline", "TimelineItem"} <= {kind for kind, _ in calls()}
    assert len(calls()) > 400


def test_outside_processes_get_in_with_studio_only_and_scripts_with_free_before_21_1():
    assert all(edition.world().scriptapp("Resolve") is not None for edition in STUDIO)
    assert all(edition.world().scriptapp("Resolve") is None for edition in FREE)
    assert [str(e) for e in FREE if e.world().in_app() is None] == ["21.1.1-free"]
    assert ResolveDouble("20.3", external_scripting=False).scriptapp("Resolve") is None


def test_the_end_of_the_source_is_exclusive_and_the_record_frame_absolute(world):  # Q3, Q4
    append(world, recordFrame=86400 + 48)
    assert items(world)[1] == ("a.mkv", 86448, 86472)


def test_what_would_overlap_is_dropped_and_an_item_without_an_id_comes_back(world):  # Q7
    before = items(world)
    (item,) = append(world, recordFrame=86400 + 47)
    assert not item.GetUniqueId()
    assert item.GetStart() is None
    assert items(world) == before


def test_nothing_is_placed_on_a_track_that_is_not_there_or_is_locked(world):  # Q8
    assert append(world, recordFrame=86448, trackIndex=2) == [None]
    world.project.timeline.tracks["video"][0].locked = True
    assert append(world, recordFrame=86448) == [None]


def test_media_at_another_rate_lasts_the_floor_of_its_length(world, tmp_path):  # Q9
    world.project.pool.root.clips.insert(0, world.project.add_clip(filmed(tmp_path / "25.mkv", 72, 10, 25)))
    append(world, recordFrame=86448)  # 24 frames at 25 are 23.04 at 24
    assert items(world)[1][1:] == (86448, 86471)


def test_items_are_deleted_on_the_edit_page_only(world):  # Q12
    (first, _) = timeline(world).GetItemListInTrack("video", 1)
    world.in_app().OpenPage("color")
    assert timeline(world).DeleteClips([first], False) is False
    world.in_app().OpenPage("edit")
    assert timeline(world).DeleteClips([first], False) is True
    assert first.GetName() is None


def test_importing_goes_into_the_open_bin_and_again_makes_a_second_clip(world):  # Q14
    pool = project(world).GetMediaPool()
    path = pool.GetRootFolder().GetClipList()[0].GetClipProperty("File Path")
    pool.SetCurrentFolder(pool.AddSubFolder(pool.GetRootFolder(), "ours"))
    for count in (1, 2):
        pool.ImportMedia([{"FilePath": path}])
        assert len(pool.GetCurrentFolder().GetClipList()) == count
    assert pool.ImportMedia([{"FilePath": path + ".none"}]) == []


def test_a_name_that_is_taken_gives_no_timeline(world):  # Q18
    assert timeline(world).DuplicateTimeline("cut") is None
    assert timeline(world).DuplicateTimeline("cut 2").GetName() == "cut 2"


def test_a_marker_lies_alone_on_its_frame_and_is_named_by_a_float(world):  # Q5, Q22
    assert timeline(world).AddMarker(3, "Mint", "name", "note", 1, "ours") is True
    assert timeline(world).AddMarker(3, "Mint", "name", "note", 1, "ours") is False
    ((frame, marker),) = timeline(world).GetMarkers().items()
    assert isinstance(frame, float)
    assert (frame, marker["customData"]) == (3.0, "ours")


def test_the_playhead_is_known_on_pages_that_have_one_and_the_first_move_after_a_switch_misses(world):  # Q24
    world.in_app().OpenPage("media")
    assert timeline(world).GetCurrentTimecode() is None
    world.in_app().OpenPage("edit")
    project(world).SetCurrentTimeline(timeline(world))
    assert timeline(world).SetCurrentTimecode("01:00:01:00") is True
    assert timeline(world).GetCurrentTimecode() == "01:00:00:00"
    timeline(world).SetCurrentTimecode("01:00:01:00")
    assert timeline(world).GetCurrentTimecode() == "01:00:01:00"


def test_a_title_takes_a_color_with_a_yes_and_has_none(world):  # Q23
    item = world.project.timeline.put(world.project.pool.root.clips[0], 200, 10)
    item.clip = None
    title = timeline(world).GetItemListInTrack("video", 1)[-1]
    assert title.SetClipColor("Teal") is True
    assert title.GetClipColor() == ""


def test_a_project_without_a_name_is_not_saved(world):  # Q27
    world.project.name = UNTITLED
    assert world.in_app().GetProjectManager().SaveProject() is False


def test_what_was_appended_in_a_bad_moment_is_lost_when_the_project_is_saved(world):  # Q13
    world.faults.loses_at_save = True
    before = items(world)
    append(world, recordFrame=86448)
    assert len(items(world)) == len(before) + 1
    world.in_app().GetProjectManager().SaveProject()
    assert items(world) == before


def test_an_open_dialog_makes_every_answer_none(world):  # Q26
    here = timeline(world)
    world.faults.modal = True
    assert here.GetName() is None
    assert world.in_app().GetProjectManager() is None
