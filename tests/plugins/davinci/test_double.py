"""The double refuses what Resolve refuses, and keeps a timeline as Resolve does."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in, filmed, with_sound

from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway_davinci.testing.editions import FREE, STUDIO, VERSIONS
from cutaway_davinci.testing.link import MODULE
from cutaway_davinci.testing.resolve import UNTITLED, ResolveDouble
from cutaway_davinci.testing.served import Served
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


def test_in_its_lenient_way_a_missing_name_reads_none_as_with_the_real_thing(world):  # Q1
    world.lenient = True
    assert hasattr(timeline(world), "GetTracks")
    assert timeline(world).GetTracks is None
    assert world.in_app().EXPORT_NOTHING is None
    with pytest.raises(TypeError, match="NoneType"):
        timeline(world).GetTracks()
    assert world.misuses == []


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


NEVER = {
    "Project": "GetTimelineByName GetTimelineById GetRenderSettings GetCurrentRenderPresetName",
    "ProjectManager": "SaveProjectAs",
    "MediaPool": "RenameSubFolder CreateSmartBin GetClipByName",
    "Timeline": "GetTracks SetStartFrame InsertClip OverwriteClip MoveTrack Undo GetPlayheadFrame SplitClip BladeAt ImportOTIO",
    "TimelineItem": "SetStart SetEnd SetDuration Trim Move SplitAt GetTimeline GetTakes SetTake RenderInPlace EnableVoiceIsolationState",
    "MediaPoolItem": "GetThumbnail GetFilePath GetFolder",
    "Resolve": "Undo BeginUndo OnTimelineChanged RegisterCallback",
}
"""Names that people and programs make up, and that no version has."""


def test_no_version_has_what_people_make_up():
    assert not [f"{kind}.{name}" for kind, names in NEVER.items() for name in names.split() if (kind, name) in calls()]


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


def test_free_on_linux_reads_no_h264(tmp_path):  # Q35
    path = tmp_path / "clip.mp4"
    with Writer(path, width=64, height=36, rate=Rate.parse(24)) as writer:
        writer.write(np.zeros((2, 36, 64, 3), np.uint8))
        writer.finish()
    for studio, linux, count in ((False, True, 0), (True, True, 1), (False, False, 1)):
        world = ResolveDouble("20.3", studio=studio)
        world.on_linux = linux
        assert len(project(world).GetMediaPool().ImportMedia([{"FilePath": str(path)}])) == count


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


# -- constants, exchange -----------------------------------------------------------------------------


def exported(world, path):
    resolve = world.in_app()
    assert timeline(world).Export(str(path), resolve.EXPORT_OTIO, resolve.EXPORT_NONE) is True
    return path


def come_in(world, path, **options):
    return project(world).GetMediaPool().ImportTimelineFromFile(str(path), options)


@pytest.mark.parametrize("wrong", [lambda w: "EXPORT_OTIO", lambda w: 14, lambda w: 14.0, lambda w: None])
def test_an_export_wants_a_live_constant(wrong, world, tmp_path):  # Q16
    with pytest.raises(Misuse, match="live constant"):
        timeline(world).Export(str(tmp_path / "cut.otio"), wrong(world), world.in_app().EXPORT_NONE)


def test_constants_are_of_the_resolve_and_of_its_version():
    old, new = ResolveDouble("18.5"), ResolveDouble("21.1.1")
    assert old.in_app().EXPORT_OTIO != new.in_app().EXPORT_OTIO
    for world, ask, why in (
        (old, lambda w: w.in_app().EXPORT_ALE, "no EXPORT_ALE in this version"),
        (new, lambda w: w.in_app().EXPORT_FCPXML_1_3, "no EXPORT_FCPXML_1_3"),
        (new, lambda w: w.in_app().GetProjectManager().EXPORT_OTIO, "read from the Resolve"),
    ):
        with pytest.raises(Misuse, match=why):
            ask(world)
        assert why in world.misuses[-1]


def test_what_the_double_writes_the_library_reads_as_the_timeline_lies(world, tmp_path):
    otio = pytest.importorskip("opentimelineio")
    world.project.timeline.on_add_marker(5, "Mint", "here", "why", 1, "hidden")
    read = otio.adapters.read_from_file(str(exported(world, tmp_path / "cut.otio")))
    (track,) = read.video_tracks()
    shown = [(type(i).__name__, i.name, i.source_range.start_time.value, i.source_range.duration.value) for i in track]
    assert shown == [("Clip", "a", 12, 48), ("Gap", "", 0, 24), ("Clip", "b", 12, 48)]
    assert read.global_start_time.value == 86400
    assert [(m.name, m.marked_range.start_time.value) for m in read.tracks.markers] == [("here", 5)]


def test_an_export_that_cannot_be_written_says_true_and_leaves_no_file(world, tmp_path):  # Q16
    path = tmp_path / "nowhere" / "cut.otio"
    exported(world, path)
    assert not path.exists()


def test_fcpxml_1_10_makes_a_folder_once(world, tmp_path):  # Q17
    resolve, path = world.in_app(), str(tmp_path / "cut.fcpxml")
    assert timeline(world).Export(path, resolve.EXPORT_FCPXML_1_10, resolve.EXPORT_NONE) is True
    assert Path(path).is_dir()
    assert timeline(world).Export(path, resolve.EXPORT_FCPXML_1_10, resolve.EXPORT_NONE) is False
    with pytest.raises(Misuse, match="no rules for what EXPORT_FCP_7_XML writes"):
        timeline(world).Export(path, resolve.EXPORT_FCP_7_XML, resolve.EXPORT_NONE)
    with pytest.raises(Misuse, match="needs a subtype"):
        timeline(world).Export(path, resolve.EXPORT_EDL)
    with pytest.raises(Misuse, match=r"importing \.xml"):
        come_in(world, tmp_path / "cut.xml")


def test_what_was_exported_comes_in_again_as_it_lay(tmp_path):  # Q18: False from 21.1 on, where the media is there
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    before = items(world)
    world.project.timeline.markers[7] = {"color": "Red", "duration": 1, "note": "n", "name": "m", "customData": "gone"}
    path = exported(world, tmp_path / "cut.otio")
    assert come_in(world, path) is None  # its name is taken
    assert come_in(world, path, timelineName="again") is None  # and its media is in the pool
    made = come_in(world, path, timelineName="again", importSourceClips=False)
    assert (made.GetName(), timeline(world).GetName()) == ("again", "again")
    assert items(world) == before
    assert timeline(world).GetMarkers() == {
        7.0: {"color": "Red", "duration": 1, "note": "n", "name": "m", "customData": ""}
    }
    assert all(item.GetMediaPoolItem() is not None for item in timeline(world).GetItemListInTrack("video", 1))


def test_before_21_1_the_pool_is_not_linked_and_importing_again_is_allowed(tmp_path):  # Q18, 19.1.3
    world = ResolveDouble("19.1")
    cut_in(world, tmp_path)
    path = exported(world, tmp_path / "cut.otio")
    offline = come_in(world, path, timelineName="offline", importSourceClips=False)
    assert [item.GetMediaPoolItem() for item in offline.GetItemListInTrack("video", 1)] == [None, None]
    online = come_in(world, path, timelineName="online")
    assert all(item.GetMediaPoolItem() for item in online.GetItemListInTrack("video", 1))


def altered(path, change):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


def clip_in(data):
    return data["tracks"]["children"][0]["children"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: clip_in(d).update(effects=[{"OTIO_SCHEMA": "Sparkle.1"}]),
        lambda d: clip_in(d).update(OTIO_SCHEMA="Clip.1"),
        lambda d: clip_in(d).update(active_media_reference_key="take 2"),
        lambda d: clip_in(d)["source_range"]["start_time"].update(value=100000.0),
        lambda d: clip_in(d)["media_references"]["DEFAULT_MEDIA"].update(target_url="file:///a.mkv"),
        lambda d: clip_in(d)["media_references"]["DEFAULT_MEDIA"].update(target_url="/nowhere/a.mkv"),
        lambda d: clip_in(d)["media_references"]["DEFAULT_MEDIA"].update(available_range=None),
        lambda d: d.update(global_start_time=None),
        lambda d: d.update(OTIO_SCHEMA="SerializableCollection.1"),
        lambda d: clip_in(d).pop("enabled"),
    ],
    ids=["effect", "clip.1", "key", "origin", "scheme", "moved", "range", "start", "root", "enabled"],
)
def test_a_file_that_is_not_as_resolve_writes_it_gives_none_and_nothing_else(change, tmp_path):  # Q18, Q19
    world, other = ResolveDouble("21.1.1"), ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    path = exported(world, tmp_path / "cut.otio")
    assert come_in(other, path) is not None
    other = ResolveDouble("21.1.1")
    assert come_in(other, altered(path, change)) is None
    assert (other.project.timelines, other.misuses) == ([], [])


def test_media_that_moved_is_found_in_the_folder_that_is_named(tmp_path):
    world, other = ResolveDouble("20.3"), ResolveDouble("20.3")
    cut_in(world, tmp_path)
    path = exported(world, tmp_path / "cut.otio")
    (tmp_path / "moved").mkdir()
    for name in ("a.mkv", "b.mkv"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    assert come_in(other, path) is None
    assert come_in(other, path, sourceClipsPath=str(tmp_path / "moved")) is not None


def test_over_the_line_to_another_process_it_is_the_same(world, tmp_path, monkeypatch):
    path = tmp_path / "cut.otio"
    with Served(world) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("far", MODULE / "Modules" / "DaVinciResolveScript.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        resolve = module.scriptapp("Resolve")
        assert world.constant("EXPORT_OTIO") == resolve.EXPORT_OTIO
        far = resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
        assert far.Export(str(path), resolve.EXPORT_OTIO, resolve.EXPORT_NONE) is True
        far.AddMarker(3, "Mint", "", "", 1, "ours")
        assert list(far.GetMarkers()) == [3.0]
        with pytest.raises(AssertionError, match="no GetTracks"):
            far.GetTracks()
        resolve.__dict__["line"].lines.close()
    assert path.is_file()


# -- takes, sound, marks, settings -------------------------------------------------------------------


@pytest.mark.parametrize("inclusive", [False, True])
def test_takes_are_looked_up_by_their_clip_and_leave_the_item_where_it_lies(inclusive, world, tmp_path):  # Q31
    world.inclusive_take_ends = inclusive
    second = world.project.add_clip(filmed(tmp_path / "second.mkv", 72, 90))
    (item, _) = timeline(world).GetItemListInTrack("video", 1)
    clip = project(world).GetMediaPool().GetRootFolder().GetClipList()[-1]
    assert (item.GetTakesCount(), item.GetSelectedTakeIndex(), item.FinalizeTake()) == (0, 0, False)
    end = 5 + 48 - inclusive
    assert item.AddTake(clip, 5, end) is True
    assert item.GetTakesCount() == 2
    numbers = {item.GetTakeByIndex(n)["mediaPoolItem"].GetUniqueId(): n for n in (1, 2)}
    assert item.GetSelectedTakeIndex() != numbers[second.id]
    told = item.GetTakeByIndex(numbers[second.id])
    assert (told["startFrame"], told["endFrame"]) == (5, end)
    assert item.SelectTakeByIndex(numbers[second.id]) is True
    assert items(world)[0] == ("a", 86400, 86448)
    assert (item.GetMediaPoolItem().GetUniqueId(), item.GetLeftOffset()) == (second.id, 5)
    assert item.DeleteTakeByIndex(numbers[second.id]) is False  # it is shown
    assert item.FinalizeTake() is True
    assert item.GetTakesCount() == 0


def test_a_take_of_another_length_is_not_shown_and_one_on_a_locked_track_not_added(world, tmp_path):
    clip = project(world).GetMediaPool().GetRootFolder().GetClipList()[1]
    (item, _) = timeline(world).GetItemListInTrack("video", 1)
    assert item.AddTake(clip) is True  # all 72 frames
    assert item.SelectTakeByIndex(1) is False
    assert item.SelectTakeByIndex(3) is False
    assert item.GetTakeByIndex(3) is None
    timeline(world).SetTrackLock("video", 1, True)
    assert item.AddTake(clip, 0, 48) is False
    with pytest.raises(Misuse, match="a clip of the pool"):
        item.AddTake("second.mkv")


@pytest.mark.parametrize(("choice", "end"), [("kept", 86448), ("lengthen", 86472)])
def test_what_a_take_of_another_length_does_is_a_choice(choice, end, world):
    world.other_takes = choice
    (item, _) = timeline(world).GetItemListInTrack("video", 1)
    item.AddTake(project(world).GetMediaPool().GetRootFolder().GetClipList()[1])
    assert item.SelectTakeByIndex(1) is True
    assert (item.GetStart(), item.GetEnd(), item.GetLeftOffset()) == (86400, end, 0)


def test_sound_lies_beside_the_picture_linked_and_stays_when_that_is_deleted(world, tmp_path):  # Q12
    path = with_sound(tmp_path / "loud.mkv", 48)
    world.project.pool.root.clips.insert(0, world.project.add_clip(path))
    append(world, recordFrame=86448)
    (sound,) = timeline(world).GetItemListInTrack("audio", 1)
    picture = timeline(world).GetItemListInTrack("video", 1)[1]
    assert [one.GetUniqueId() for one in picture.GetLinkedItems()] == [sound.GetUniqueId()]
    assert sound.GetTrackTypeAndIndex() == ["audio", 1]
    assert timeline(world).DeleteClips([picture], False) is True
    assert [(one.GetStart(), one.GetLinkedItems()) for one in timeline(world).GetItemListInTrack("audio", 1)] == [
        (86448, [])
    ]


def test_items_are_linked_by_hand_and_sound_needs_media_that_has_some(world, tmp_path):
    assert append(world, mediaType=2) == [None]
    (a, b) = timeline(world).GetItemListInTrack("video", 1)
    assert timeline(world).SetClipsLinked([a], True) is False
    assert timeline(world).SetClipsLinked([a, b], True) is True
    assert [one.GetName() for one in a.GetLinkedItems()] == ["b"]
    assert timeline(world).SetClipsLinked([a, b], False) is True
    assert b.GetLinkedItems() == []


def test_marks_count_from_the_start_and_are_left_out_where_there_are_none(world):
    here = timeline(world)
    assert here.GetMarkInOut() == {}
    assert here.SetMarkInOut(10, 20) is True
    assert here.GetMarkInOut() == {"video": {"in": 10, "out": 20}, "audio": {"in": 10, "out": 20}}
    here.ClearMarkInOut("audio")
    assert here.GetMarkInOut() == {"video": {"in": 10, "out": 20}}
    with pytest.raises(Misuse, match="a mark type is one of"):
        here.SetMarkInOut(1, 2, "both")


def test_settings_have_new_names_from_21_1_on_and_the_rate_is_locked_by_the_first_clip(tmp_path):
    new, old = ResolveDouble("21.1.1"), ResolveDouble("21.0.4")
    cut_in(new, tmp_path)
    assert timeline(new).SetSettings({"timelineResolutionWidth": "1080"}) is False  # the project's are in force
    assert timeline(new).SetSettings({"useCustomSettings": "1", "timelineResolutionWidth": "1080"}) is True
    assert timeline(new).GetSettings()["timelineResolutionWidth"] == "1080"
    assert timeline(new).SetSettings({"timelineFrameRate": "25"}) is False
    old.project.add_timeline("empty")
    timeline(old).SetSetting("useCustomSettings", "1")
    assert timeline(old).SetSetting("timelineFrameRate", "29.97 DF") is True
    assert timeline(old).GetSetting("timelineDropFrameTimecode") == "1"
    with pytest.raises(Misuse, match="settings are text"):
        timeline(old).SetSetting("timelineFrameRate", 25)
    with pytest.raises(Misuse, match=r"is not in 21\.0\.4"):
        timeline(old).SetSettings({})


def test_a_project_has_a_rate_for_timelines_that_are_made(tmp_path):
    world = ResolveDouble("21.1.1")
    assert project(world).SetSettings({"timelineFrameRate": "25"}) is True
    assert project(world).GetMediaPool().CreateEmptyTimeline("first").GetSettings()["timelineFrameRate"] == "25"
    cut_in(world, tmp_path)
    assert project(world).SetSettings({"timelineFrameRate": "24"}) is False
    assert project(world).GetSettings()["timelineFrameRate"] == "25"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda w: project(w).GetMediaPool().AppendToTimeline([project(w).GetMediaPool().GetRootFolder()]),
        lambda w: project(w).GetMediaPool().GetRootFolder().GetClipList()[0].SetMetadata("Scene", "1"),
        lambda w: project(w).GetMediaPool().GetRootFolder().GetClipList()[0].SetThirdPartyMetadata("a", "b"),
        lambda w: project(w).GetSetting("timelineFrameRate"),
        lambda w: timeline(w).SetSetting("timelineFrameRate", "24"),
    ],
)
def test_forms_that_21_1_calls_deprecated_are_misuse(wrong, world):
    with pytest.raises(Misuse):
        wrong(world)
    assert world.misuses


def test_a_name_is_free_or_nothing_happens(world):
    pool, manager = project(world).GetMediaPool(), world.in_app().GetProjectManager()
    assert pool.CreateEmptyTimeline("cut") is None
    assert pool.CreateEmptyTimeline("other").GetTrackCount("video") == 1
    assert timeline(world).SetName("cut") is False
    assert manager.CreateProject("Film") is None
    assert manager.CreateProject("Scratch").GetName() == "Scratch"
    assert manager.DeleteProject("Scratch") is False  # it is open
    assert manager.LoadProject("Film").GetTimelineCount() == 2
    assert manager.DeleteProject("Scratch") is True
    assert manager.GetProjectListInCurrentFolder() == ["Film"]


def test_a_start_timecode_moves_everything(world):
    assert timeline(world).SetStartTimecode("10:00:00:00") is True
    assert items(world) == [("a", 864000, 864048), ("b", 864072, 864120)]


def test_a_copy_of_a_timeline_shares_nothing_with_it(world, tmp_path):
    world.project.pool.root.clips.insert(0, world.project.add_clip(with_sound(tmp_path / "loud.mkv", 48)))
    append(world, recordFrame=86448)
    original = world.project.timeline
    copy = timeline(world).DuplicateTimeline("copy")
    assert copy.GetUniqueId() != original.id
    picture = copy.GetItemListInTrack("video", 1)[1]
    (sound,) = copy.GetItemListInTrack("audio", 1)
    assert [one.GetUniqueId() for one in picture.GetLinkedItems()] == [sound.GetUniqueId()]
    copy.DeleteClips([picture, sound], False)
    assert len(original.tracks["video"][0].items) == 3
