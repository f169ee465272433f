"""The file host: takes in the file at once or one by one, out of it in any order, the mirror always beside them."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import CUTS, by_library, clip, cut, dissolve, gap, text_of, track

from cutaway.errors import TimelineChanged
from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.asks import blending, extension, remake, shot_at
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Card, CardState, Take
from cutaway.storyboard.mirror import Mirror
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.edits import Room

FILES = settings(max_examples=max(15, CUTS // 10), deadline=None)
"""Each example writes a file a dozen times."""
A, B, C, D = (clip(name, 48, 24.0) for name in "abcd")
ITEMS = [A, gap(24, 24.0), B, C, gap(12, 24.0), D]


def host_of(folder, items=None, *, metadata=None, name="cut.otio"):
    data = cut(track(items or ITEMS), track([gap(60, 24.0), clip("x", 48, 24.0), gap(96, 24.0)], name="V2"))
    if metadata is not None:
        data["metadata"] = metadata
    path = folder / name
    path.write_text(text_of(data), encoding="utf-8")
    return FileHost(path, run="test")


def take_for(card, name="t"):
    frames = card.placement.frames
    return Take(id=(name + card.id)[:32], path=f"{name}.mov", available_frames=frames + 24, used_start=12,
                used_frames=frames)  # fmt: skip


def plan(host, card, name="t"):
    return PlacePlan(host.snapshot().digest, card, take_for(card, name), Path(f"/takes/{card.id}-{name}.mov"))


def holes(host):
    """The cards of the cut, kept in the project with a take each."""
    cards = list(board_of(host.snapshot().index, every_gap=True).cards)
    for card in cards:
        card.takes, card.state = [take_for(card)], CardState.REVIEW
    host.project.put(*cards)
    return cards


def mirror(host):
    return Mirror.read(Document.open(host.path).timeline)


def states(host):
    return {card["span"]["start"]: card["state"] for card in mirror(host).cards}


# -- the mirror --------------------------------------------------------------------------------------


def test_with_a_take_the_timeline_says_which_cards_it_has(tmp_path):
    host = host_of(tmp_path)
    original = host.path.read_bytes()
    cards = holes(host)
    first = next(card for card in cards if card.placement.start == 48)
    (placed,) = host.place(plan(host, first))
    metadata = json.loads(host.path.read_text("utf-8"))["metadata"]
    assert metadata["foreign_app"] == {"version": "1.2"}
    ours = metadata["cutaway"]
    assert list(ours) == ["schema", "project", "revision", "cards"]
    assert (ours["schema"], ours["project"]) == (1, host.project.contents.id)
    assert ours["revision"] == host.project.contents.revision
    assert {"id": first.id, "kind": "fill", "state": "applied", "span": {"start": 48, "duration": 24}} in ours["cards"]
    assert [card["span"]["start"] for card in ours["cards"]] == [0, 48, 108, 168]
    assert sorted(card["state"] for card in ours["cards"]) == ["applied", "review", "review", "review"]
    host.remove(placed)
    assert host.path.read_bytes() == original


@pytest.mark.parametrize("metadata", [{}, {"cutaway": {"note": "mine"}}, {"a": 1, "cutaway": {}, "z": [1.50]}])
def test_what_others_keep_beside_the_mirror_and_in_it_stays(metadata, tmp_path):
    host = host_of(tmp_path, metadata=metadata)
    original = host.path.read_bytes()
    for card in holes(host):
        host.place(plan(host, card))
    now = json.loads(host.path.read_text("utf-8"))["metadata"]
    theirs = {
        key: value for key, value in now["cutaway"].items() if key not in {"schema", "project", "revision", "cards"}
    }
    assert {**now, "cutaway": theirs} == {"cutaway": {}, **metadata}
    assert set(states(host).values()) == {"applied"}
    host.undo(4)
    assert host.path.read_bytes() == original


LAYOUTS = {
    "one line": lambda data: text_of(data, None),
    "tabs": lambda data: text_of(data, "\t") + "\n",
    "Windows": lambda data: "\ufeff" + text_of(data).replace("\n", "\r\n") + "\r\n",
    "in a collection": lambda data: text_of({"OTIO_SCHEMA": "SerializableCollection.1", "children": [data]}),
    "without metadata": lambda data: text_of({key: value for key, value in data.items() if key != "metadata"}),
    "metadata null": lambda data: text_of(data | {"metadata": None}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_however_a_file_is_written_the_mirror_goes_in_and_comes_out_to_the_byte(layout, tmp_path):
    path = tmp_path / "cut.otio"
    path.write_bytes(LAYOUTS[layout](cut(track(ITEMS))).encode())
    host = FileHost(path)
    original, cards = path.read_bytes(), holes(host)
    host.place(plan(host, cards[0]))
    host.place(plan(host, cards[1]))
    assert [card["state"] for card in mirror(host).cards] == ["applied", "applied"]
    json.loads(path.read_text("utf-8-sig"))
    host.undo(2)
    assert path.read_bytes() == original


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ([1, 2], "no object"),
        ({"cutaway": "mine"}, "another program"),
        ({"cutaway": {"schema": 99, "project": "p", "revision": 1, "cards": []}}, "newer cutaway"),
    ],
)
def test_where_no_mirror_can_be_written_the_take_is_placed_and_that_is_said(metadata, says, tmp_path):
    host = host_of(tmp_path, metadata=metadata)
    original = host.path.read_bytes()
    (placed,) = host.place(plan(host, holes(host)[1]))
    assert json.loads(host.path.read_text("utf-8"))["metadata"] == metadata
    assert says in placed.notes[0]
    host.remove(placed)
    assert host.path.read_bytes() == original


def test_a_mirror_of_another_project_is_replaced_and_said(tmp_path):
    host = host_of(tmp_path)
    host.place(plan(host, holes(host)[1]))
    other = host_of(tmp_path, name="other.otio")
    other.path.write_bytes(host.path.read_bytes())
    other.project.write()
    before = other.path.read_bytes()
    (placed,) = other.place(plan(other, holes(other)[0]))
    assert f"named project {host.project.contents.id[:6]}" in placed.notes[0]
    assert mirror(other).project == other.project.contents.id
    other.remove(placed)
    assert other.path.read_bytes() == before


def test_looking_writes_nothing(tmp_path):
    host = host_of(tmp_path)
    host.place(plan(host, holes(host)[1]))
    before, when = host.path.read_bytes(), host.path.stat().st_mtime_ns
    again = FileHost(host.path)
    again.snapshot(), again.info()
    Document.open(host.path).save(tmp_path / "saved.otio")
    assert (host.path.read_bytes(), host.path.stat().st_mtime_ns) == (before, when)
    assert (tmp_path / "saved.otio").read_bytes() == before


# -- where a project is found ------------------------------------------------------------------------


def test_a_renamed_file_finds_its_project_and_goes_on_with_it(tmp_path):
    host = host_of(tmp_path)
    original = host.path.read_bytes()
    cards = holes(host)
    host.place(plan(host, cards[0]))
    renamed = host.path.rename(tmp_path / "final.otio")
    again = FileHost(renamed)
    assert again.project.folder == host.project.folder
    assert "was found" in again.notes[0]
    again.place(plan(again, again.project.card(cards[1].id)))
    again.undo(2)
    assert renamed.read_bytes() == original


def test_a_copy_knows_the_cards_and_edits_them_in_a_project_of_its_own(tmp_path):
    host = host_of(tmp_path)
    cards = holes(host)
    cards[1].prompt = "a red ball"
    host.project.put(cards[1])
    host.place(plan(host, cards[0]))
    log = (host.project.folder / "patches.jsonl").read_bytes()
    copy = FileHost(shutil.copy(host.path, tmp_path / "copy.otio"))
    assert "this is a copy" in copy.notes[0]
    assert copy.project.card(cards[1].id).prompt == "a red ball"
    assert Path(copy.project.cards[0].takes[0].path).is_absolute()
    assert not copy.project.folder.exists(), "looking makes no project"
    before = copy.path.read_bytes()
    copy.place(plan(copy, copy.project.card(cards[1].id)))
    assert mirror(copy).project == copy.project.contents.id != host.project.contents.id
    copy.undo()
    assert copy.path.read_bytes() == before
    assert (host.project.folder / "patches.jsonl").read_bytes() == log


def test_without_any_project_the_cards_are_known_from_the_timeline_alone(tmp_path):
    host = host_of(tmp_path)
    cards = holes(host)
    host.place(*(plan(host, card) for card in cards[:2]))
    host.select_take(cards[0], take_for(cards[0], "second"), Path("/takes/second.mov"))
    (tmp_path / "far").mkdir()
    shutil.rmtree(host.project.folder)
    alone = FileHost(shutil.copy(host.path, tmp_path / "far" / "alone.otio"))
    assert "was not found" in alone.notes[0]
    assert "4 cards and 3 takes" in alone.notes[0]
    told = {card.id: card for card in alone.project.cards}
    for card in cards:
        assert (told[card.id].kind, told[card.id].placement.span) == (card.kind, card.placement.span)
    shown = told[cards[0].id]
    assert [take.path for take in shown.takes] == [f"/takes/{cards[0].id}-t.mov", "/takes/second.mov"]
    assert shown.take().path == "/takes/second.mov"
    assert shown.take().used == cards[0].takes[0].used


def test_what_the_timeline_and_the_project_do_not_agree_about_is_said(tmp_path):
    host = host_of(tmp_path)
    cards = holes(host)
    host.place(plan(host, cards[0]))
    old = (host.project.folder / "project.json").read_bytes()
    cards[0].state = CardState.APPLIED
    host.project.put(cards[0])
    assert FileHost(host.path).notes == ()
    cards[1].state = CardState.FAILED
    host.project.put(cards[1])
    (note,) = FileHost(host.path).notes
    assert f"card {cards[1].id[:6]} is review in the timeline and failed in the project" in note
    host.place(plan(host, cards[2]))
    (host.project.folder / "project.json").write_bytes(old)
    before = host.path.read_bytes()
    assert "an older copy of it" in FileHost(host.path).notes[0]
    assert host.path.read_bytes() == before


# -- many at once, and out again in any order --------------------------------------------------------


def counted(monkeypatch):
    """How often a timeline is read from text, and written."""
    done = {"read": 0, "written": 0}
    parse, save = Document.parse.__func__, Document.save

    def counting_parse(cls, data, *, path=None):
        done["read"] += path is not None
        return parse(cls, data, path=path)

    def counting_save(self, *args, **more):
        done["written"] += 1
        return save(self, *args, **more)

    monkeypatch.setattr(Document, "parse", classmethod(counting_parse))
    monkeypatch.setattr(Document, "save", counting_save)
    return done


def test_takes_that_are_ready_are_one_write_with_one_backup(tmp_path, monkeypatch):
    host = host_of(tmp_path)
    original = host.path.read_bytes()
    plans = [plan(host, card) for card in holes(host)]
    done = counted(monkeypatch)
    results = host.place(*plans)
    assert all(isinstance(one, Placed) for one in results)
    assert done == {"read": 1, "written": 1}, "read back once; what was planned on was read before"
    assert (tmp_path / "cut.otio.bak").read_bytes() == original
    assert len({one.handle for one in results}) == 4
    host.undo(1)
    assert sorted(states(host).values()) == ["applied", "applied", "applied", "review"]
    host.undo(3)
    assert host.path.read_bytes() == original


def test_a_disk_that_is_full_leaves_the_cut_and_the_history_as_they_were(tmp_path, monkeypatch):
    host = host_of(tmp_path)
    original = host.path.read_bytes()
    plans = [plan(host, card) for card in holes(host)]

    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Document, "save", full)
        with pytest.raises(OSError, match="No space"):
            host.place(*plans)
    assert host.path.read_bytes() == original
    with pytest.raises(TimelineChanged, match="the log has 0"):
        host.undo(1)
    assert all(isinstance(one, Placed) for one in host.place(*plans))


def test_an_edit_that_a_run_did_not_live_to_write_is_not_undone(tmp_path):
    host = host_of(tmp_path)
    original, cards = host.path.read_bytes(), holes(host)
    host.place(plan(host, cards[0]))
    host.place(plan(host, cards[1]))
    host.undo(1)
    first = host.path.read_bytes()
    host.place(plan(host, cards[2]))
    host.path.write_bytes(first)  # as if it had died between the log and the file
    assert [edit.card for edit in host.edits()] == [cards[0].id]
    host.place(plan(host, cards[3]))
    host.undo(2)
    assert host.path.read_bytes() == original
    with pytest.raises(TimelineChanged, match="the log has 0"):
        host.undo(1)


def test_two_takes_for_one_gap_share_it_and_the_third_is_refused(tmp_path):
    host = host_of(tmp_path)
    (whole,) = [card for card in holes(host) if card.placement.start == 48]
    parts = []
    for start in (48, 60):
        place = whole.placement.model_copy(update={"start": start, "frames": 12})
        parts.append(Card(kind=whole.kind, placement=place))
    results = host.place(*(plan(host, card) for card in (*parts, whole)))
    assert [type(one) for one in results] == [Placed, Placed, NotPlaced]
    rows = [row[:2] for row in by_library(host.path.read_text("utf-8"))[0]]
    assert rows == [(0, 48), (48, 12), (60, 12), (72, 48), (120, 48), (168, 12), (180, 48)]


def asked(index):
    """Cards of several kinds for the same cut, most of which leave each other alone."""
    return [
        *board_of(index, every_gap=True).cards,
        extension(index, shot_at(index, 130, 0), 7, edge="tail"),
        extension(index, shot_at(index, 10, 0), 5, room=Room.RIPPLE),
        remake(index, shot_at(index, 190, 0), FrameRange(190, 200)),
        blending(index, shot_at(index, 80, 0), 8),
    ]


@FILES
@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_takes_come_out_in_any_order_and_the_last_one_leaves_the_first_text(tmp_path_factory, chance, together):
    host = host_of(tmp_path_factory.mktemp("cut"))
    original = host.path.read_bytes()
    cards = asked(host.snapshot().index)
    chance.shuffle(cards)
    host.project.put(*cards)
    there = [one for one in host.place(*(plan(host, card) for card in cards[:together])) if isinstance(one, Placed)]
    for card in cards[together:]:
        there += [one for one in host.place(plan(host, card)) if isinstance(one, Placed)]
    rows = by_library(host.path.read_text("utf-8"))
    assert sum(row[3].startswith(tuple(c.id for c in cards)) for t in rows for row in t) == len(there)
    chance.shuffle(there)
    left = list(there)
    while left:
        before, progress = host.path.read_bytes(), False
        for one in list(left):
            try:
                host.remove(one)
            except TimelineChanged:  # a later take lies on it
                assert host.path.read_bytes() == before
                continue
            left.remove(one)
            before, progress = host.path.read_bytes(), True
            applied = {card["id"] for card in mirror(host).cards if card["state"] == "applied"} if left else set()
            assert applied == {other.card_id for other in left}
        assert progress
    assert host.path.read_bytes() == original


@FILES
@given(st.randoms(use_true_random=False))
def test_placed_at_once_or_one_by_one_the_cut_is_the_same(tmp_path_factory, chance):
    folder = tmp_path_factory.mktemp("cut")
    at_once, by_one = host_of(folder), host_of(folder, name="two.otio")
    cards = list(board_of(at_once.snapshot().index, every_gap=True).cards)
    cards.append(blending(at_once.snapshot().index, shot_at(at_once.snapshot().index, 80, 0), 8))
    chance.shuffle(cards)
    first = at_once.place(*(plan(at_once, card) for card in cards))
    second = [one for card in cards for one in by_one.place(plan(by_one, card))]
    assert by_library(at_once.path.read_text("utf-8")) == by_library(by_one.path.read_text("utf-8"))
    assert [(a.card_id, a.track, a.span) for a in first] == [(b.card_id, b.track, b.span) for b in second]
    assert [c["state"] for c in mirror(at_once).cards] == [c["state"] for c in mirror(by_one).cards]


def test_a_blend_in_the_place_of_a_dissolve_brings_the_dissolve_back(tmp_path):
    host = host_of(tmp_path, [A, dissolve(6, 6, 24.0), B])
    original, index = host.path.read_bytes(), host.snapshot().index
    card = blending(index, index.tracks[0].items[0], 16, over_transition=True)
    (placed,) = host.place(plan(host, card))
    assert (placed.span.start, placed.span.duration) == (40, 16)
    assert [row[2] for row in by_library(host.path.read_text("utf-8"))[0]] == ["Clip", "Clip", "Clip"]
    host.remove(placed)
    assert host.path.read_bytes() == original
