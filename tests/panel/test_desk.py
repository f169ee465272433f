"""The desk without a server: the cut on the table, edits that can be taken back, verbs, takes in and out of the cut."""

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from filmed import filmed_cut, level

from cutaway import AsyncCutaway
from cutaway.errors import HostUnavailable, MediaError
from cutaway.hosts.base import Capability, Selection
from cutaway.hosts.otio_file import FileHost
from cutaway.media.encode import Writer
from cutaway.storyboard.card import CardState, Role, Take
from cutaway.storyboard.project import Project
from cutaway.timebase import FrameRange, Rate
from cutaway.wire import OutputFormat, Verb
from cutaway_panel.desk import Desk
from cutaway_panel.state import Mode


def nowhere():
    """A client of a server that is not there."""
    return AsyncCutaway("http://127.0.0.1:9/v1", max_retries=0)


class Pointed(FileHost):
    """A cut in a file whose application has a selection, a playhead, and moods."""

    def __init__(self, path):
        self.pointed = Selection()
        self.hangs = threading.Event()
        self.hangs.set()
        self.is_hanging = threading.Event()
        self.gone = False
        super().__init__(path)

    def info(self):
        info = super().info()
        more = info.capabilities | {Capability.SELECTION, Capability.PLAYHEAD}
        return type(info)(**{**vars(info), "capabilities": more})

    def snapshot(self):
        if not self.hangs.is_set():
            self.is_hanging.set()
        self.hangs.wait(20)
        if self.gone:
            raise HostUnavailable("the application is gone; start it and connect again")
        return super().snapshot()

    def selection(self):
        return self.pointed


@pytest.fixture
def hosts():
    """Every host that was opened, the latest last."""
    return []


@pytest.fixture
def desk_on(hosts):
    """Makes desks, connected; they are closed behind the test within two seconds."""
    desks = []

    def made(path, **more):
        def opened():
            hosts.append(Pointed(path))
            return Mode.FILES, hosts[-1]

        desk = Desk(opened, nowhere, **{"watch": None, **more})
        desks.append(desk)
        desk.connect()
        desk.until(lambda state: state.cards, 20)
        return desk

    yield made
    for host in hosts:
        host.hangs.set()
    for desk in desks:
        began = time.monotonic()
        desk.close()
        assert time.monotonic() - began < 2.5


@pytest.fixture
def cut(tmp_path):
    """A, a gap of 12, B, a gap of 20, C."""
    return filmed_cut(tmp_path, ["A", 12, "B", 20, "C"])


def kinds(state):
    return [(view.kind, view.span.start, view.span.end) for view in state.cards]


def card_of(state, kind="fill", nth=0):
    return [view for view in state.cards if view.kind == kind][nth]


def said(state, words):
    return any(words in notice.text for notice in state.notices)


def with_take(path, card_id, *, grey=200):
    """The project of a cut with a take of a card, as the queue would have made it."""
    project = Project.beside(path)
    card = project.card(card_id)
    name = f"{card.id[:6]}-{grey}.mkv"
    with Writer(project.takes_folder / name, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.FFV1) as w:
        w.write(np.full((card.placement.frames, 36, 64, 3), grey, np.uint8))
        w.finish()
    take = Take(path=name, available_frames=card.placement.frames, used_frames=card.placement.frames, seed=grey)
    project.change(card.id, takes=[*card.takes, take], active_take=take.id, state=CardState.REVIEW)
    return take


@pytest.fixture
def taken(cut, desk_on):
    """A desk with a take of the first gap, and their ids."""
    first = desk_on(cut)
    card_id = card_of(first.state).id
    first.edit(card_id, prompt="a door")
    first.until(lambda state: state.card(card_id).title == "a door")
    first.close()
    take = with_take(cut, card_id)
    return desk_on(cut), card_id, take.id


# -- what lies on the table ----------------------------------------------------------------------


def test_shots_and_the_holes_between_them_are_seen_in_timeline_order(cut, desk_on):
    state = desk_on(cut).until(lambda state: state.connection.server_problem)
    assert kinds(state) == [
        ("shot", 0, 24), ("fill", 24, 36), ("shot", 36, 60), ("fill", 60, 80), ("shot", 80, 104),
    ]  # fmt: skip
    assert [view.number for view in state.cards] == [1, 2, 3, 4, 5]
    fill = card_of(state)
    assert (fill.before, fill.after, fill.timecode_in, fill.timecode_out) == ("A", "B", "01:00:01:00", "01:00:01:12")
    assert (fill.badge, fill.frames, fill.seconds, fill.track_name) == ("ready", 12, 0.5, "V1")
    connection = state.connection
    assert (connection.mode, connection.application, connection.timeline) == (Mode.FILES, "file", "cut")
    assert (str(connection.rate), connection.size, connection.frames, connection.start) == (
        "24", (64, 36), 104, "01:00:00:00",
    )  # fmt: skip
    assert "127.0.0.1:9" in connection.server_problem.what


def test_looking_at_a_cut_writes_nothing(tmp_path, desk_on):
    path = filmed_cut(tmp_path, ["A", 12, "B"], look=False)
    before = sorted(there.name for there in tmp_path.iterdir())
    desk = desk_on(path)
    desk.thumbnail(card_of(desk.state).id, 32, 18)
    desk.effect(card_of(desk.state).id, None, lambda _: None)
    desk.sync()
    desk.close()
    assert sorted(there.name for there in tmp_path.iterdir()) == before


def test_a_state_is_replaced_whole_and_what_did_not_change_is_the_same_object(cut, desk_on):
    desk = desk_on(cut)
    before = desk.state
    first, second = card_of(before), card_of(before, nth=1)
    desk.edit(first.id, prompt="a door")
    after = desk.until(lambda state: state.card(first.id).title == "a door")
    assert after.revision > before.revision
    assert after.card(second.id) is second
    assert all(a is b for a, b in zip(before.cards, after.cards, strict=True) if a.id != first.id)
    assert first.card.prompt == "", "what a view holds does not change under its reader"
    desk.sync()
    again = desk.until(lambda state: state.revision > after.revision and not state.connection.busy)
    assert all(a is b for a, b in zip(after.cards, again.cards, strict=True))


# -- edits ---------------------------------------------------------------------------------------


def test_edits_are_on_disk_soon_and_can_be_taken_back_one_by_one(cut, desk_on):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    desk.edit(name, prompt="a door")
    desk.edit(name, seed=7, strength=0.5)
    desk.edit(name, frames=10)
    state = desk.until(lambda state: state.card(name).frames == 10)
    assert state.edits == ("frames of 2", "")
    deadline = time.monotonic() + 5
    while not (there := Project.beside(cut).cards) or there[0].placement.frames != 10:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (kept,) = there
    assert (kept.prompt, kept.seed, kept.strength, kept.placement.frames) == ("a door", 7, 0.5, 10)
    desk.undo_edit()
    desk.undo_edit()
    state = desk.until(lambda state: state.card(name).card.seed is None)
    assert (state.card(name).frames, state.card(name).card.strength) == (12, None)
    assert state.card(name).card.prompt == "a door"
    desk.redo_edit()
    desk.until(lambda state: state.card(name).card.seed == 7)


def test_typing_is_one_step(cut, desk_on):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    for words in ("a", "a d", "a door"):
        desk.edit(name, prompt=words)
    desk.until(lambda state: state.card(name).card.prompt == "a door")
    desk.undo_edit()
    state = desk.until(lambda state: state.card(name).card.prompt == "")
    assert state.edits[0] == ""


def test_what_cannot_be_edited_is_said_and_changes_nothing(cut, desk_on):
    desk = desk_on(cut)
    name, shot = card_of(desk.state).id, card_of(desk.state, "shot").id
    desk.edit(name, seed="a lot")
    desk.until(lambda state: said(state, "seed was not changed"))
    desk.edit(name, takes=[])
    desk.until(lambda state: said(state, "a card has no takes to edit"))
    desk.edit(shot, prompt="x")
    desk.until(lambda state: said(state, "ask for a remix"))
    desk.edit(name, locked=True)
    desk.edit(name, prompt="x")
    state = desk.until(lambda state: said(state, "is locked"))
    assert (state.card(name).card.prompt, state.card(name).locked) == ("", True)
    desk.drop(name)
    desk.edit(name, locked=False)
    state = desk.until(lambda state: not state.card(name).locked)
    assert state.card(name) is not None


def test_a_dropped_place_stays_away_until_places_are_looked_for_again(cut, desk_on):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    desk.drop(name)
    desk.until(lambda state: state.card(name) is None)
    desk.sync()
    desk.close()
    again = desk_on(cut)
    assert len([view for view in again.state.cards if view.kind == "fill"]) == 1
    again.find_gaps()
    assert again.until(lambda state: state.card(name)).card(name).frames == 12


def test_dropping_can_be_taken_back(cut, desk_on):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    desk.edit(name, prompt="a door")
    desk.drop(name)
    desk.until(lambda state: state.card(name) is None)
    desk.undo_edit()
    assert desk.until(lambda state: state.card(name)).card(name).title == "a door"


def test_gaps_are_found_as_they_are_asked_for(cut, desk_on):
    desk = desk_on(cut)
    desk.find_gaps(min_frames=15)
    state = desk.until(lambda state: said(state, "places found"))
    assert [view.frames for view in state.cards if view.kind == "fill"] == [20]
    assert said(state, "1 places found")
    assert said(state, "the hole of 12 frames")


# -- the cut changes -----------------------------------------------------------------------------


def moved(path, row):
    """The editor changes the cut in the application."""
    filmed_cut(path.parent, row, look=False)


def test_a_card_follows_its_place_when_the_editor_moves_it(cut, desk_on):
    desk = desk_on(cut)
    name = card_of(desk.state, nth=1).id
    desk.edit(name, prompt="a door")
    desk.until(lambda state: state.card(name).title == "a door")
    moved(cut, ["X", "A", 12, "B", 20, "C"])
    desk.sync()
    state = desk.until(lambda state: state.card(name).span.start == 84)
    assert (state.card(name).span.end, state.card(name).badge, state.card(name).problem) == (104, "ready", "")
    assert [view.kind for view in state.cards].count("fill") == 2, "the place is not found a second time"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["A", 10, "B", 20, "C"], "the gap is 10 frames long now and was 12"),
        (["A", "B", 20, "C"], "no longer there"),
    ],
)
def test_a_card_whose_place_changed_is_stale_and_says_why(row, reason, cut, taken):
    desk, name, _ = taken
    moved(cut, row)
    desk.sync()
    state = desk.until(lambda state: state.card(name).state is CardState.STALE)
    assert reason in state.card(name).problem
    assert len(state.card(name).takes) == 1, "its takes stay"
    moved(cut, ["A", 12, "B", 20, "C"])
    desk.sync()
    state = desk.until(lambda state: state.card(name).state is CardState.REVIEW)
    assert state.card(name).problem == ""


def test_a_cut_that_changed_meanwhile_is_not_written_over(cut, taken):
    desk, name, take = taken
    moved(cut, ["A", 12, "B", 20, "D"])
    text = cut.read_text()
    desk.apply(name, take)
    desk.until(lambda state: said(state, "was not applied"))
    assert cut.read_text() == text
    desk.until(lambda state: state.card(name).state is CardState.REVIEW)
    desk.apply(name, take)
    desk.until(lambda state: state.card(name).state is CardState.APPLIED)


def test_the_application_is_watched(cut, desk_on):
    desk = desk_on(cut, watch=0.1)
    moved(cut, ["A", 12, "B"])
    assert len(desk.until(lambda state: len(state.cards) == 3, 5).cards) == 3


# -- takes in the cut and out of it --------------------------------------------------------------


def test_a_take_is_put_in_seen_where_it_lies_and_taken_out_to_the_byte(cut, taken):
    desk, name, take = taken
    before = cut.read_bytes()
    effects = []
    desk.effect(name, take, effects.append)
    desk.apply(name, take)
    state = desk.until(lambda state: state.applied and state.card(name).state is CardState.APPLIED)
    (effect,) = effects
    assert (effect.where, effect.policy, effect.refusal) == ("V1, 01:00:01:00, 12 frames", "in gap", "")
    assert effect.changes == ("the gap of 12 frames on V1 becomes take 1",)
    assert state.applied[0].where == effect.where
    assert state.card(name).takes[0].is_applied
    assert [view.kind for view in state.cards] == ["shot", "fill", "shot", "fill", "shot"], "its clip is the card's"
    assert cut.read_bytes() != before
    desk.undo_apply()
    state = desk.until(lambda state: not state.applied)
    assert cut.read_bytes() == before
    assert (state.card(name).state, state.card(name).takes[0].is_applied) == (CardState.REVIEW, False)
    desk.undo_apply()
    desk.until(lambda state: said(state, "no take of ours lies in the cut"))


def test_above_leaves_everything_where_it_is(cut, taken):
    desk, name, take = taken
    effects = []
    desk.effect(name, take, effects.append, policy="above")
    desk.apply(name, take, policy="above")
    state = desk.until(lambda state: state.card(name).state is CardState.APPLIED)
    assert (effects[0].policy, effects[0].where) == ("track above", "Cutaway, 01:00:01:00, 12 frames, new track")
    tracks = json.loads(cut.read_text())["tracks"]["children"]
    assert [len(track["children"]) for track in tracks] == [5, 2]
    assert state.applied[0].where == "Cutaway, 01:00:01:00, 12 frames"


def test_as_a_take_needs_one_that_lies_there(cut, taken):
    desk, name, take = taken
    desk.apply(name, take, policy="take")
    desk.until(lambda state: said(state, "no take of this card lies in the cut yet"))
    desk.apply(name, take)
    desk.until(lambda state: state.card(name).state is CardState.APPLIED)
    desk.close()
    other = with_take(cut, name, grey=90)
    again = taken[0].__class__(lambda: (Mode.FILES, Pointed(cut)), nowhere, watch=None)
    again.connect()
    again.until(lambda state: state.cards)
    again.apply(name, other.id, policy="take")
    state = again.until(lambda state: state.card(name).takes[1].is_applied)
    again.close()
    assert not state.card(name).takes[0].is_applied
    clip = json.loads(cut.read_text())["tracks"]["children"][0]["children"][1]
    held = [media["metadata"].get("cutaway", {}).get("take") for media in clip["media_references"].values()]
    assert {take, other.id} <= set(held)
    assert other.id[:8] in clip["active_media_reference_key"]


def test_stars_notes_and_the_take_that_is_shown_are_kept_and_can_be_taken_back(cut, taken, desk_on):
    desk, name, take = taken
    desk.star(name, take, on=True)
    desk.note(name, take, "the best")
    state = desk.until(lambda state: state.card(name).takes[0].note == "the best")
    assert state.card(name).takes[0].star
    desk.undo_edit()
    desk.until(lambda state: state.card(name).takes[0].note == "")
    desk.close()
    kept = desk_on(cut).state.card(name).takes[0]
    assert (kept.star, kept.note) == (True, "")


def test_a_deleted_take_can_be_taken_back_until_the_desk_is_closed(cut, taken, desk_on):
    desk, name, take = taken
    path = desk.state.card(name).takes[0].path
    desk.delete_take(name, take)
    state = desk.until(lambda state: not state.card(name).takes)
    assert state.card(name).state is CardState.READY
    desk.undo_edit()
    state = desk.until(lambda state: state.card(name).takes)
    assert (state.card(name).state, path.exists()) == (CardState.REVIEW, True)
    desk.redo_edit()
    desk.until(lambda state: not state.card(name).takes)
    assert path.exists()
    desk.close()
    assert not path.exists()
    assert desk_on(cut).state.card(name).takes == ()


def test_a_take_that_lies_in_the_cut_is_not_deleted(cut, taken):
    desk, name, take = taken
    desk.apply(name, take)
    desk.until(lambda state: state.card(name).state is CardState.APPLIED)
    desk.delete_take(name, take)
    desk.drop(name)
    desk.until(lambda state: said(state, "this take lies in the cut"))
    state = desk.until(lambda state: said(state, "has a take in the cut; undo that first"))
    assert len(state.card(name).takes) == 1


def test_a_clip_of_a_card_that_nobody_knows_any_more_is_a_shot(cut, taken, desk_on):
    desk, name, take = taken
    desk.apply(name, take)
    desk.until(lambda state: state.card(name).state is CardState.APPLIED)
    desk.close()
    project = Project.beside(cut)
    project.drop(project.cards)
    state = desk_on(cut).state
    assert [view.kind for view in state.cards] == ["shot", "shot", "shot", "fill", "shot"]


# -- verbs ---------------------------------------------------------------------------------------


def asked(desk, verb, **how):
    before = {view.id for view in desk.state.cards}
    desk.ask(verb, **how)
    state = desk.until(lambda state: {view.id for view in state.cards} - before)
    (new,) = [view for view in state.cards if view.id not in before]
    return new


def test_a_shot_is_extended_into_the_gap_beside_it(cut, desk_on):
    view = asked(desk_on(cut), Verb.EXTEND, at=10)
    assert (view.kind, view.span, view.card.placement.edge) == ("extend", FrameRange(24, 36), "tail")
    view = asked(desk_on(cut), Verb.EXTEND, at=100, edge="head", frames=8)
    assert (view.span, view.before, view.after) == (FrameRange(72, 80), "", "C")


def test_the_marked_part_of_the_selected_shot_is_remixed(cut, desk_on, hosts):
    desk = desk_on(cut)
    hosts[-1].pointed = Selection(((0, FrameRange(36, 60)),), playhead=2, marked=FrameRange(40, 48))
    view = asked(desk, Verb.REMIX)
    assert (view.kind, view.span) == ("remix", FrameRange(40, 48))
    hosts[-1].pointed = Selection(playhead=50)
    assert asked(desk, Verb.LOOP).span == FrameRange(36, 60)


def test_a_blend_lies_over_the_cut_that_is_named_by_either_side(tmp_path, desk_on):
    desk = desk_on(filmed_cut(tmp_path, ["A", "B", 12]))
    view = asked(desk, Verb.BLEND, at=24, frames=8)
    assert (view.kind, view.span) == ("blend", FrameRange(20, 28))
    desk.ask(Verb.BLEND, at=30, frames=8)
    desk.until(lambda state: said(state, "no other shot meets B"))


def test_a_shot_is_generated_at_the_playhead_in_the_gap_or_above(cut, desk_on, hosts):
    desk = desk_on(cut)
    hosts[-1].pointed = Selection(playhead=64)
    inside = asked(desk, Verb.GENERATE)
    assert (inside.span, inside.track, inside.badge) == (FrameRange(64, 80), 0, "draft")
    assert inside.card.placement.mode == "in_place"
    hosts[-1].pointed = Selection(playhead=10)
    above = asked(desk, Verb.GENERATE, frames=30)
    assert (above.span, above.card.placement.mode) == (FrameRange(10, 40), "overlay")
    behind = asked(desk, Verb.GENERATE, at=104, frames=24)
    assert (behind.span, behind.card.placement.mode) == (FrameRange(104, 128), "overlay")
    effects = []
    desk.effect(behind.id, None, effects.append)
    desk.effect(inside.id, None, effects.append)
    desk.edit(above.id, prompt="rain")
    desk.until(lambda state: state.card(above.id).badge == "ready")
    assert [effect.refusal for effect in effects] == ["", ""]
    assert effects[0].where == "Cutaway, 01:00:04:08, 24 frames, new track"
    assert effects[1].where == "V1, 01:00:02:16, 16 frames"


def test_a_board_is_made_of_what_is_selected(cut, desk_on, hosts):
    desk = desk_on(cut)
    desk.board_from_selection()
    desk.until(lambda state: said(state, "nothing is selected"))
    hosts[-1].pointed = Selection(((0, FrameRange(0, 24)), (0, FrameRange(24, 36)), (0, FrameRange(80, 104))))
    desk.board_from_selection()
    state = desk.until(lambda state: [view.kind for view in state.cards].count("remix") == 2)
    assert [view.span for view in state.cards if view.kind == "remix"] == [FrameRange(0, 24), FrameRange(80, 104)]
    assert len(Project.beside(cut).cards) == 3


def test_what_cannot_be_asked_is_said_in_the_words_of_the_core(cut, desk_on):
    desk = desk_on(cut)
    desk.ask(Verb.REMIX)
    desk.until(lambda state: said(state, "nothing is selected and no playhead is known"))
    desk.ask(Verb.REMIX, at=30)
    desk.until(lambda state: said(state, "no shot lies at frame 30: a gap lies there"))
    assert Project.beside(cut).cards == ()


def test_a_recut_keeps_the_first_frames_of_a_take_and_asks_for_the_rest(cut, taken):
    desk, name, take = taken
    desk.recut(name, 4)
    desk.until(lambda state: said(state, "apply it first"))
    desk.apply(name, take)
    desk.until(lambda state: state.card(name).state is CardState.APPLIED)
    desk.recut(name, 4)
    state = desk.until(lambda state: any(view.kind == "extend" for view in state.cards))
    rest = card_of(state, "extend")
    assert (rest.span, rest.title, rest.card.derived_from) == (FrameRange(28, 36), "a door", name)
    effects = []
    desk.effect(rest.id, None, effects.append)
    desk.sync()
    desk.until(lambda state: effects)
    assert effects[0].refusal == ""
    assert "becomes" in effects[0].changes[0]


# -- pictures ------------------------------------------------------------------------------------


def test_pictures_are_those_of_the_take_the_shot_and_beside_the_hole(cut, taken):
    desk, name, take = taken
    hole = card_of(desk.state, nth=1).id
    shot = card_of(desk.state, "shot").id

    def grey(card, **more):
        picture = desk.thumbnail(card, 32, 18, **more)
        assert picture.shape == (18, 32, 3)
        return float(picture.mean())

    assert grey(name, take_id=take) == pytest.approx(200, abs=2)
    assert grey(shot) == pytest.approx(level("A", 0), abs=2)
    assert grey(shot, side="last") == pytest.approx(level("A", 23), abs=2)
    assert grey(hole) == pytest.approx(level("B", 23), abs=2), "the last picture before it"
    assert grey(hole, side="last") == pytest.approx(level("C", 0), abs=2), "the first one behind it"
    assert desk.thumbnail("nobody", 32, 18) is None


def test_a_reel_runs_from_the_shot_before_through_the_take_into_the_shot_behind(taken):
    desk, name, take = taken
    reel = desk.reel(name, take, context=5)
    assert (reel.frames, reel.place, reel.rate) == (22, FrameRange(5, 17), Rate.parse(24))
    greys = [float(reel.frame(n, 32, 18).mean()) for n in (0, 4, 5, 16, 17, 21)]
    wanted = [level("A", 19), level("A", 23), 200, 200, level("B", 0), level("B", 4)]
    assert greys == pytest.approx(wanted, abs=2)
    assert [reel.label(n) for n in (4, 5, 17)] == [
        "before 1 · 01:00:00:23", "take 1: 1 · 01:00:01:00", "after 1 · 01:00:01:12",
    ]  # fmt: skip
    with pytest.raises(IndexError):
        reel.frame(22, 32, 18)
    reel.close()


def test_a_reel_says_why_a_frame_cannot_be_seen_and_is_dark_only_where_nothing_lies(cut, taken):
    desk, name, take = taken
    (cut.parent / "film.mkv").unlink()
    reel, empty = desk.reel(name, take, context=5), desk.reel(card_of(desk.state, nth=1).id, context=5)
    assert float(reel.frame(5, 32, 18).mean()) == pytest.approx(200, abs=2), "the take is a file of its own"
    assert float(empty.frame(5, 32, 18).mean()) < 30
    for frame, shot in ((4, "A"), (17, "B")):
        with pytest.raises(MediaError, match=f"no frames of {shot}: its media is not on this machine"):
            reel.frame(frame, 32, 18)
    reel.close()
    empty.close()


def test_pictures_from_many_threads_are_the_same(taken):
    desk, name, take = taken
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(desk.thumbnail(name, 32, 18, take_id=take).mean()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_picture_of_the_application_becomes_a_reference(cut, desk_on, hosts):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    desk.grab(name, Role.FIRST)
    desk.until(lambda state: said(state, "no playhead is known"))
    hosts[-1].pointed = Selection(playhead=40)
    desk.grab(name, Role.FIRST)
    (reference,) = desk.until(lambda state: state.card(name).card.references).card(name).card.references
    assert (reference.role, Path(reference.path).is_file()) == (Role.FIRST, True)
    desk.grab(name, Role.FIRST, at=50)
    state = desk.until(lambda state: state.card(name).card.references[0].path != reference.path)
    assert len(state.card(name).card.references) == 1


def test_the_cut_is_written_to_another_file(cut, desk_on, tmp_path):
    desk = desk_on(cut)
    desk.export(tmp_path / "copy.otio")
    desk.until(lambda state: said(state, "was written to"))
    assert (tmp_path / "copy.otio").read_bytes() == cut.read_bytes()
    desk.export(tmp_path / "nowhere" / "copy.otio")
    desk.until(lambda state: any(notice.level == "warning" for notice in state.notices))


# -- an application in trouble -------------------------------------------------------------------


def test_a_host_that_hangs_holds_up_nobody(cut, desk_on, hosts):
    desk = desk_on(cut)
    name = card_of(desk.state).id
    hosts[-1].hangs.clear()
    began = time.monotonic()
    desk.sync()
    desk.apply(name)
    desk.edit(name, prompt="a door")
    picture = desk.thumbnail(name, 32, 18)
    called = time.monotonic() - began
    state = desk.until(lambda state: state.card(name).title == "a door", 2)
    assert state.connection.busy == "looking at the cut"
    assert picture is not None
    assert called < 0.5
    desk.connect()  # the one that hangs is left behind
    state = desk.until(lambda state: len(hosts) == 2 and not state.connection.busy and state.cards, 5)
    assert state.connection.problem is None
    assert state.card(name).title == "a door"


def test_a_host_that_hangs_is_closed_over_its_head(cut, desk_on, hosts):
    """Its close gives the question up that hangs, as that of a live application does."""
    desk = desk_on(cut)
    closed = []

    def close():
        closed.append(threading.current_thread().name)
        hosts[0].hangs.set()

    hosts[0].close = close
    hosts[0].hangs.clear()
    desk.sync()
    assert hosts[0].is_hanging.wait(5)
    desk.connect()
    desk.until(lambda state: len(hosts) == 2 and not state.connection.busy, 5)
    deadline = time.monotonic() + 3
    while not closed and time.monotonic() < deadline:
        time.sleep(0.02)
    assert closed[0] == "cutaway-host-closing"


def test_a_host_that_is_opened_again_is_watched_again(cut, desk_on, hosts):
    desk = desk_on(cut, watch=0.1)
    hosts[-1].hangs.clear()
    assert hosts[-1].is_hanging.wait(5)
    desk.connect()
    desk.until(lambda state: len(hosts) == 2 and not state.connection.busy, 5)
    moved(cut, ["A", 12, "B"])
    desk.until(lambda state: len(state.cards) == 3, 5)


def test_a_host_that_is_gone_is_a_problem_until_it_is_back(cut, desk_on, hosts):
    desk = desk_on(cut, watch=0.1)
    cards = desk.state.cards
    hosts[-1].gone = True
    state = desk.until(lambda state: state.connection.problem, 5)
    assert state.connection.problem.what == "the application is gone"
    assert state.connection.problem.fix == "start it and connect again"
    assert state.cards == cards, "what was seen last stays to be worked on"
    assert len([n for n in state.notices if "is gone" in n.text]) == 1
    time.sleep(0.4)
    assert len([n for n in desk.state.notices if "is gone" in n.text]) == 1, "it is said once"
    hosts[-1].gone = False
    desk.until(lambda state: state.connection.problem is None, 5)


def test_a_cut_that_is_not_there_is_a_problem_and_can_be_opened_later(tmp_path, desk_on):
    path = tmp_path / "later.otio"
    desk = Desk(lambda: (Mode.FILES, FileHost(path)), nowhere, watch=None)
    desk.connect()
    state = desk.until(lambda state: state.connection.problem, 5)
    assert "later.otio" in state.connection.problem.what
    desk.apply("nobody")
    desk.undo_apply()
    desk.find_gaps()
    filmed_cut(tmp_path, ["A", 12, "B"], name="later.otio")
    desk.connect()
    assert len(desk.until(lambda state: state.cards, 5).cards) == 3
    desk.close()


def test_a_listener_hears_every_state_until_it_stops(cut, desk_on):
    desk, heard = desk_on(cut), []
    stop = desk.listen(heard.append)
    name = card_of(desk.state).id
    desk.edit(name, prompt="one")
    desk.until(lambda state: state.card(name).title == "one")
    desk.until(lambda _: bool(heard))
    stop()
    count = len(heard)
    desk.edit(name, prompt="two")
    desk.until(lambda state: state.card(name).title == "two")
    assert len(heard) == count
    assert [state.revision for state in heard] == sorted({state.revision for state in heard})
