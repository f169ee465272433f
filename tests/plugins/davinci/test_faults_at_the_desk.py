"""What goes wrong with Resolve, seen from the desk: a sentence in its state, and the timeline as it was."""

import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import GAP, cut_in, take_for

from cutaway import AsyncCutaway
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import CardState
from cutaway_davinci.host import LiveHost
from cutaway_davinci.link import AgentProcess
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import UNTITLED, ResolveDouble
from cutaway_davinci.testing.served import Served
from cutaway_panel.desk import Desk
from cutaway_panel.state import Mode


def nobody():
    """A client of a server that is not there: nothing is made here."""
    return AsyncCutaway(base_url="http://127.0.0.1:9", api_key="none", max_retries=0)


def with_a_take(host, folder):
    """The card of the hole, with a take that is ready to be applied."""
    card = board_of(host.snapshot().index).cards[0]
    take, media = take_for(card, folder)
    host.project.takes_folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(media, host.project.takes_folder / take.path)
    card.takes, card.active_take, card.state = [take], take.id, CardState.REVIEW
    host.project.put(card)
    return card.id


def content(world):
    timeline = world.project.timelines[0]
    tracks = [
        (track.name, [(item.name, item.start, item.duration, item.left) for item in track.items])
        for tracks in timeline.tracks.values()
        for track in tracks
    ]
    return tracks, {frame: dict(marker) for frame, marker in timeline.markers.items()}


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def table(world, tmp_path):
    """A desk with the card, and its id."""
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    card = with_a_take(host, tmp_path)
    desk = Desk(lambda: (Mode.LIVE, host), nobody)
    desk.connect()
    desk.until(lambda state: state.card(card) is not None and state.connection.server_problem is not None)
    yield desk, card
    world.faults.release()
    desk.close()


def complaint(desk, known):
    """What the desk says is wrong, once it says more than before."""
    state = desk.until(lambda state: [n for n in state.notices[known:] if n.level in {"warning", "error"}])
    return next(notice.text for notice in state.notices[known:] if notice.level in {"warning", "error"})


def wait_for(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


FAULTS = {
    "a dialog opens at the append": lambda world: world.faults.open_dialog_at("MediaPool.AppendToTimeline"),
    "a dialog opens at the save": lambda world: world.faults.open_dialog_at("ProjectManager.SaveProject"),
    "a dialog opens at the backup": lambda world: world.faults.open_dialog_at("Timeline.DuplicateTimeline"),
    "the append gives [None]": lambda world: world.faults.fail_once("MediaPool.AppendToTimeline", [None]),
    "the file is not imported": lambda world: world.faults.fail_once("MediaPool.ImportMedia", []),
    "no backup is made": lambda world: world.faults.fail_once("Timeline.DuplicateTimeline", None),
    "the project is not saved": lambda world: world.faults.fail_once("ProjectManager.SaveProject"),
    "the take is lost at the save": lambda world: setattr(world.faults, "loses_at_save", True),
    "the project has no name": lambda world: setattr(world.project, "name", UNTITLED),
    "the track is locked": lambda world: setattr(world.project.timeline.tracks["video"][0], "locked", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_and_the_timeline_is_as_it_was_until_it_works(fault, table, world):
    desk, card = table
    before, known = content(world), len(desk.state.notices)
    FAULTS[fault](world)
    desk.apply(card)
    assert complaint(desk, known)
    assert desk.state.applied == ()
    world.faults.modal = world.faults.loses_at_save = False
    world.project.name, world.project.timelines[0].tracks["video"][0].locked = "Film", False
    desk.sync()
    wait_for(lambda: content(world) == before)
    desk.apply(card)
    state = desk.until(lambda state: state.applied and state.card(card).state is CardState.APPLIED)
    assert (state.card(card).span.start, state.card(card).frames) == GAP
    desk.undo_apply()
    desk.until(lambda state: not state.applied)
    wait_for(lambda: content(world) == before)


def test_a_resolve_that_hangs_leaves_the_desk_answering_and_the_timeline_as_it_was(world, tmp_path):
    with Served(world) as served:
        host = LiveHost(AgentProcess(environment=served.environment), folder=tmp_path / "cutaway")
        card = with_a_take(host, tmp_path)
        desk = Desk(lambda: (Mode.LIVE, host), nobody)
        desk.connect()
        desk.until(lambda state: state.card(card) is not None and state.connection.server_problem is not None)
        before, known = content(world), len(desk.state.notices)
        world.faults.hang("MediaPool.AppendToTimeline")
        host.deadline = 1.5  # a take may need four times that
        desk.apply(card)
        desk.edit(card, prompt="written while Resolve hangs")
        desk.until(lambda state: state.card(card).card.prompt == "written while Resolve hangs", 2)
        assert "did not answer" in complaint(desk, known)
        host.deadline = 30
        desk.sync()
        wait_for(lambda: content(world) == before)  # while the first call still hangs
        desk.apply(card)
        desk.until(lambda state: len(state.applied) == 1)
        desk.close()
        host.close()
