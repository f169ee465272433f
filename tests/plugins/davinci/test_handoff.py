"""Resolve by files: what it exports, what it is to import, and what comes back."""

import json
import os
import sys
import threading
from pathlib import Path

import opentimelineio as otio
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "sdk" / "timeline"))
from cuts import clip, cut, gap, text_of, track
from film import cut_in, filmed, heard, take_for

from cutaway.errors import TimelineChanged, UnreadableTimeline
from cutaway.hosts.assembly import put_take
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import CardState, Take
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.wire import OutputFormat
from cutaway_davinci.codecs import take_format
from cutaway_davinci.errors import NotExported
from cutaway_davinci.exported import file_name, first_name
from cutaway_davinci.handoff import HandoffHost, how_to
from cutaway_davinci.testing.editions import FREE, STUDIO
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.watching import Watch

ITEMS = [("a", 48), (None, 24), ("b", 48), (None, 12), ("c", 48)]


def exported(folder, items=ITEMS, *, name="cut", file="cut.otio"):
    """A timeline as Resolve exports it: | a 48 | hole 24 | b 48 | hole 12 | c 48 |, files of 72 frames."""
    made = [clip(label, frames, 24.0) if label else gap(frames, 24.0) for label, frames in items]
    for item in made:
        if item["OTIO_SCHEMA"].startswith("Clip"):
            media = item["media_references"]["DEFAULT_MEDIA"]
            media["target_url"] = str(filmed(folder / "media" / f"{item['name']}.mkv", 72, 10))
            media["available_range"]["duration"]["value"] = 72.0
    document = json.loads(text_of(cut(track(made))))
    document["name"] = name
    document["metadata"] = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
    path = folder / file
    path.write_text(json.dumps(document, indent=4), encoding="utf-8")
    return written_later(path)


def written_later(path):
    """The file as the newest of its folder: clocks of file systems may be coarse."""
    last = max(there.stat().st_mtime_ns for there in path.parent.glob("*.otio"))
    os.utime(path, ns=(last + 10**9, last + 10**9))
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "media").mkdir()
    return tmp_path


@pytest.fixture
def host(folder):
    exported(folder)
    host = HandoffHost(folder)
    yield host
    host.close()


def applied(host):
    """A take of the first card that has none, in the project as the panel keeps it, and applied."""
    card = board_of(host.snapshot().index).cards[0]
    take_id = card.id[::-1]
    take, _ = take_for(card, host.project.takes_folder, name=f"{card.id[:12]}-{take_id[:12]}.mkv")
    card.takes, card.active_take = [take.model_copy(update={"id": take_id})], take_id
    host.project.put(card)
    outcome = put_take(host, card, card.takes[0])
    assert outcome.placed is not None, outcome.refusal
    return outcome.placed


def rows(path):
    index = Index.of(Document.open(path))
    return [(i.name, i.record.start, i.record.end) for t in index.tracks for i in t.items if i.kind == "clip"]


def as_it_comes_back(host, folder, *, renamed=False):
    """What Resolve would export of the timeline it imported: nothing of ours but file names and markers."""
    data = json.loads(host.output.read_text())
    data["metadata"] = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
    for item in data["tracks"]["children"][0]["children"]:
        item["metadata"] = {}
        for reference in (item.get("media_references") or {}).values():
            reference["metadata"] = {}
            if renamed and (path := Path(reference["target_url"])).parent.name == "takes":
                moved = folder / "media" / f"graded {item['name'][:4]}.mkv"
                moved.write_bytes(path.read_bytes())
                item["name"], reference["name"], reference["target_url"] = moved.name, moved.name, str(moved)
    path = folder / "cut again.otio"
    path.write_text(json.dumps(data))
    return written_later(path)


# -- there ----------------------------------------------------------------------------------------------


def test_a_take_goes_into_a_copy_that_resolve_imports_and_the_export_stays(host, folder):
    before = (folder / "cut.otio").read_bytes()
    placed = applied(host)
    assert (placed.span.start, placed.span.duration) == (48, 24)
    assert (folder / "cut.otio").read_bytes() == before
    assert host.output == folder / "to Resolve" / "cut.otio"
    read = otio.adapters.read_from_file(str(host.output))
    assert read.name == "cut Cutaway 1"
    shown = read.tracks[0][1]
    assert (shown.trimmed_range().start_time.value, shown.duration().value) == (12, 24)
    assert list(shown.media_references()) == ["DEFAULT_MEDIA"]
    assert Path(shown.media_reference.target_url).is_file()
    assert [row for row in rows(host.output) if row[0] in "abc"] == rows(folder / "cut.otio")
    assert any(str(host.output) in note for note in placed.notes)
    assert any("File > Import > Timeline" in note for note in host.info().notes)


def test_every_output_has_a_name_that_resolve_does_not_have_yet(host):
    names = []
    for _ in range(2):
        placed = applied(host)
        names.append(Document.open(host.output).timeline.value_of("name"))
    host.remove(placed)
    names.append(Document.open(host.output).timeline.value_of("name"))
    assert names == ["cut Cutaway 1", "cut Cutaway 2", "cut Cutaway 3"]
    assert len(rows(host.output)) == 4


def test_the_same_cut_is_there_as_fcp7_xml(host):
    applied(host)
    xml = otio.adapters.read_from_file(str(host.output.with_suffix(".xml")), adapter_name="fcp_xml")
    (video,) = xml.tracks if isinstance(xml, otio.schema.Timeline) else xml[0].tracks
    clips = list(video.find_clips())
    assert [int(one.range_in_parent().start_time.value) for one in clips] == [0, 48, 72, 132]
    assert clips[1].media_reference.target_url.startswith("file:///")


def test_everything_can_be_taken_out_again_by_another_run(host, folder):
    before = host.snapshot().digest
    applied(host)
    applied(host)
    again = HandoffHost(folder)
    for placed in again.placements():
        again.remove(placed)
    assert again.snapshot().digest == before
    assert rows(again.output) == rows(folder / "cut.otio")


def test_where_nothing_can_be_written_for_resolve_the_take_is_in_the_cut_and_it_is_said(host, folder):
    (folder / "to Resolve").write_text("a file where a folder should be")
    placed = applied(host)
    assert any("could not be written" in note for note in placed.notes)
    assert len(host.placements()) == 1
    (folder / "to Resolve").unlink()
    applied(host)
    assert len(rows(host.output)) == 5


def test_takes_are_in_a_codec_that_resolve_reads(host):
    assert host.info().take_format is (OutputFormat.DNXHR if sys.platform == "linux" else OutputFormat.PRORES)
    assert take_format(system="linux", studio=True) is OutputFormat.PRORES
    assert take_format(system="darwin") is take_format(system="win32") is OutputFormat.PRORES
    assert take_format(system="linux", wanted=OutputFormat.MP4, studio=True) is OutputFormat.MP4
    assert take_format(system="win32", wanted=OutputFormat.MP4) is OutputFormat.MP4
    with pytest.raises(ValueError, match=r"H\.264"):
        take_format(system="linux", wanted=OutputFormat.MP4)
    with pytest.raises(ValueError, match="takes no ffv1"):
        take_format(system="win32", wanted=OutputFormat.FFV1)


# -- and back -------------------------------------------------------------------------------------------


def test_after_the_editor_moved_things_the_cards_find_their_places_again(host, folder):
    plan = PlacePlan(host.snapshot().digest, *_card_and_take(host))
    host.project.put(plan.card)
    exported(folder, [("c", 30), *ITEMS[:3], (None, 12)])
    assert host.project.card(plan.card.id).id == plan.card.id
    with pytest.raises(TimelineChanged):
        host.place(plan)
    (placed,) = host.place(PlacePlan(host.snapshot().digest, plan.card, plan.take, plan.media))
    assert placed.span.start == 30 + 48


def _card_and_take(host):
    card = board_of(host.snapshot().index).cards[0]
    return card, *take_for(card, host.project.takes_folder)


@pytest.mark.parametrize("renamed", [False, True], ids=["by its file", "by its marker"])
def test_a_take_that_comes_back_from_resolve_is_known_and_its_card_applied(renamed, host, folder):
    placed = applied(host)
    applied(host)
    as_it_comes_back(host, folder, renamed=renamed)
    again = HandoffHost(folder)
    assert again.snapshot().index.name == "cut Cutaway 2"
    items = again.snapshot().index.tracks[0].items
    assert items[1].metadata["cutaway"]["card"] == placed.card_id
    assert items[1].metadata["cutaway"]["take"] == placed.take_id
    card = again.project.card(placed.card_id)
    assert (card.state, card.applied_take) == (CardState.APPLIED, placed.take_id)
    assert again.placements() == ()  # it is the editor's now
    assert again.output.name == "cut.otio"


def test_another_take_can_be_shown_where_one_came_back(host, folder):
    placed = applied(host)
    as_it_comes_back(host, folder)
    card = host.project.card(placed.card_id)
    second, media = take_for(card, host.project.takes_folder, name="second.mkv")
    again = host.select_take(card, second, media)
    assert again.span == placed.span
    shown = otio.adapters.read_from_file(str(host.output)).tracks[0][1]
    assert Path(shown.media_reference.target_url) == media


def test_takes_that_are_not_in_the_new_export_can_be_applied_again(host, folder):
    placed = applied(host)
    exported(folder, [*ITEMS, ("d", 10)])
    assert any("1 takes" in note for note in host.info().notes)
    card = host.project.card(placed.card_id)
    assert (card.state, card.applied_take) == (CardState.REVIEW, None)
    assert put_take(host, card, card.takes[0]).placed is not None


def test_the_same_export_again_is_gone_on_with(host, folder):
    applied(host)
    before = host.snapshot().digest
    exported(folder)
    assert host.snapshot().digest == before
    assert len(host.placements()) == 1


def test_each_timeline_has_its_own_cards_and_the_newest_export_is_the_cut(host, folder):
    applied(host)
    first = host.project.folder
    exported(folder, name="other: cut", file="other.otio")
    assert host.info().timeline == "other: cut"
    assert host.project.folder == folder / "projects" / "other_ cut"
    assert host.project.cards == ()
    written_later(folder / "cut.otio")
    assert host.project.folder == first
    assert len(host.project.cards) == 1


def test_an_export_that_cannot_be_read_does_not_take_the_place_of_one_that_could(host, folder):
    before = host.snapshot().digest
    (folder / "broken.otio").write_text("{")
    written_later(folder / "broken.otio")
    assert host.snapshot().digest == before
    assert any("broken.otio" in note for note in host.info().notes)
    with pytest.raises(UnreadableTimeline):
        HandoffHost(folder).snapshot()


def test_without_an_export_it_is_said_what_to_click(tmp_path):
    with pytest.raises(NotExported, match="File > Export > Timeline") as refused:
        HandoffHost(tmp_path).snapshot()
    assert str(tmp_path) in str(refused.value)
    assert all(word in " ".join(how_to(tmp_path)) for word in ("Export", "Import", "to Resolve"))


def test_one_file_can_be_followed_wherever_it_lies(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    host = HandoffHost(elsewhere, exported(folder))
    applied(host)
    assert host.output == elsewhere / "to Resolve" / "cut.otio"
    assert host.info().timeline == "cut"


@pytest.mark.parametrize(
    ("given", "first", "file"),
    [("cut", "cut", "cut"), ("cut Cutaway 12", "cut", "cut"), ("Cutaway 3", "Cutaway 3", "Cutaway 3"),
     ("a/b: c?", "a/b: c?", "a_b_ c_"), ("..", "..", "timeline")],
)  # fmt: skip
def test_names_of_timelines_and_of_their_files(given, first, file):
    assert first_name(given) == first
    assert file_name(first_name(given)) == file


# -- through Resolve itself -------------------------------------------------------------------------------


def write(world, path):
    """File > Export > Timeline."""
    resolve = Handle(world)
    timeline = resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.Export(str(path), resolve.EXPORT_OTIO, resolve.EXPORT_NONE)
    return written_later(path)


def brought_in(world, path):
    """File > Import > Timeline, in a project that has none of the media yet: what lies on the tracks then."""
    pool = Handle(world).GetProjectManager().GetCurrentProject().GetMediaPool()
    assert pool.ImportTimelineFromFile(str(path), {}) is not None
    return world.project.timeline


@pytest.mark.parametrize("edition", [STUDIO[0], STUDIO[-1], FREE[-1]], ids=str)
def test_a_take_with_sound_goes_through_resolve_and_comes_back_as_the_take_of_its_card(edition, tmp_path):
    world = edition.world()
    cut_in(world, tmp_path)
    (tmp_path / "watched").mkdir()
    write(world, tmp_path / "watched" / "cut.otio")
    host = HandoffHost(tmp_path / "watched")
    card = board_of(host.snapshot().index).cards[0]
    card.sound, take_id = "generate", card.id[::-1]
    media = heard(host.project.takes_folder / f"{card.id[:12]}-{take_id[:12]}.mov", 48)
    card.takes = [Take(id=take_id, path=media.name, available_frames=48, used_start=12, used_frames=24)]
    host.project.put(card)
    placed = put_take(host, card, card.takes[0]).placed

    other = edition.world()
    timeline = brought_in(other, host.output)
    picture, sound = timeline.tracks["video"][0].items[1], timeline.tracks["audio"][-1].items[0]
    assert [(i.start, i.duration, i.left, i.clip.path) for i in (picture, sound)] == [(86448, 24, 12, media)] * 2
    assert picture.linked == [sound]
    assert all(item.clip is not None for item in timeline.tracks["video"][0].items)

    write(other, tmp_path / "watched" / "cut.otio")
    assert host.project.card(card.id).state is CardState.APPLIED
    ours = [i for t in host.snapshot().index.tracks for i in t.items if i.metadata.get("cutaway")]
    assert [(i.metadata["cutaway"]["take"], i.record.start) for i in ours] == [(take_id, placed.span.start)]
    second = heard(host.project.takes_folder / "second.mov", 48)
    host.select_take(card, card.takes[0].model_copy(update={"id": "f" * 32, "path": second.name}), second)
    again = brought_in(edition.world(), host.output)
    assert again.tracks["video"][0].items[1].clip.path == second
    assert [i.clip.path for track in again.tracks["audio"] for i in track.items if i.clip] == [second]
    assert world.misuses == other.misuses == []


# -- watching -------------------------------------------------------------------------------------------


def test_a_new_export_is_told_of_once_it_is_whole(host, folder):
    told = threading.Event()
    stop = host.listen(told.set, seconds=0.02)
    assert not told.wait(0.1)
    exported(folder, [*ITEMS, ("d", 10)])
    assert told.wait(10)
    assert [row[0] for row in rows(folder / "cut.otio")][-1] == "d"
    assert host.snapshot().index.duration == 190
    stop()
    told.clear()
    exported(folder)
    assert not told.wait(0.1)


def test_a_file_that_still_grows_is_not_told_of():
    seen, looked, told = iter([0, 1, 2, 3, 3, 3, 3]), threading.Event(), []

    def look():
        found = next(seen, None)
        if found is None:
            looked.set()
        return 3 if found is None else found

    watch = Watch(look, lambda: told.append(looked.is_set()), seconds=0.005)
    assert looked.wait(10)
    watch.stop()
    assert told == [False]
