"""Which way into Resolve is taken, in which Python, and what is said of the others."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import GAP, cut_in, take_for

from cutaway.errors import CutawayError
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.board import board_of
from cutaway.wire import OutputFormat
from cutaway_davinci import modes
from cutaway_davinci.agent import in_app, lock
from cutaway_davinci.agent.lock import writing
from cutaway_davinci.agent.operations import Operations
from cutaway_davinci.agent.trouble import Trouble
from cutaway_davinci.errors import Busy, DialogOpen, NotConnected, NotExported, NotLoaded, NotResponding
from cutaway_davinci.handoff import HandoffHost
from cutaway_davinci.host import LiveHost
from cutaway_davinci.modes import PYTHONS, bundled, interpreters, live_link, media_folder, open_host
from cutaway_davinci.testing.editions import Edition
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.served import Served
from cutaway_panel.state import Mode

CRASHES = "import os; os._exit(3)"
HANGS = "import sys; sys.stdin.read()"


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch):
    monkeypatch.delenv(PYTHONS, raising=False)


def python(folder, name, code):
    """An interpreter that does something else than running the agent."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o755)
    return str(path)


class Opened:
    """The ways into one Resolve, and what was opened."""

    def __init__(self, folder, world, monkeypatch):
        self.folder, self.world = folder, world
        self.hosts = []
        self.far = Served(world)
        self.far.__enter__()
        self.script = None
        monkeypatch.setattr(modes, "FIRST_WORD", 10.0)

    def __call__(self, mode="auto", **more):
        way, host = open_host(
            mode,
            folder=self.folder / "media",
            data=self.folder / "data",
            environment=self.far.environment,
            **more,
        )
        self.hosts.append(host)
        return way, host

    def start_the_script(self):
        """As the menu of Resolve does."""
        served = in_app.Served(Operations(self.world.in_app()), self.folder / "data")
        ended = threading.Event()

        def turns():
            with served:
                while not ended.is_set():
                    served.turn(0.02)

        self.script = (threading.Thread(target=turns), ended)
        self.script[0].start()

    def close(self):
        self.world.faults.release()
        for host in self.hosts:
            host.close()
        if self.script:
            self.script[1].set()
            self.script[0].join()
        self.far.__exit__()


@pytest.fixture
def opened(tmp_path, monkeypatch):
    made = []

    def of(edition, **more):
        world = ResolveDouble(edition.version, studio=edition.studio, **more)
        cut_in(world, tmp_path)
        made.append(Opened(tmp_path, world, monkeypatch))
        return made[-1]

    yield of
    for one in made:
        one.close()
        assert one.world.misuses == []


STUDIO, FREE, NEWEST_FREE = (
    Edition("21.1.1", studio=True),
    Edition("21.0.4", studio=False),
    Edition("21.1.1", studio=False),
)


# -- which way ------------------------------------------------------------------------------------------


def test_studio_is_reached_live(opened):
    way, host = opened(STUDIO)()
    assert (way, host.info().notes) == (Mode.LIVE, ())
    assert host.snapshot().index.name == "cut"


def test_the_free_edition_is_reached_from_inside_where_the_script_runs(opened):
    ways = opened(FREE)
    ways.start_the_script()
    way, host = ways()
    assert way is Mode.IN_APP
    assert host.snapshot().index.name == "cut"
    assert host.info().notes[0].startswith("not live: no DaVinci Resolve answers")


def test_without_the_script_it_is_by_files_and_each_refusal_is_a_sentence(opened):
    ways = opened(FREE)
    way, host = ways()
    assert way is Mode.FILES
    with pytest.raises(NotExported):
        host.snapshot()
    live, inside, free = host.notes
    assert live.startswith("not live: ")
    assert inside.startswith("not in-app: nothing listens inside Resolve")
    assert "by files only" in free
    assert all("\n" not in note and len(note) < 300 for note in host.notes)


def test_studio_with_its_door_shut_is_by_files_and_says_so(opened):
    way, host = opened(STUDIO, external_scripting=False)()
    assert way is Mode.FILES
    assert host.notes[0].startswith("not live")


def test_a_file_that_is_named_is_the_cut_whatever_resolve_says(opened, tmp_path):
    named = tmp_path / "cut.otio"
    way, host = opened(STUDIO)(otio=named)
    assert way is Mode.FILES
    assert isinstance(host, HandoffHost)
    assert (host.export, host.notes) == (named, ())


@pytest.mark.parametrize("mode", ["live", "in-app"])
def test_a_way_that_was_asked_for_is_not_replaced_by_another(mode, opened):
    with pytest.raises(NotConnected):
        opened(NEWEST_FREE)(mode)


def test_a_way_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="live, in-app and files"):
        open_host("remote")


def test_a_resolve_with_a_dialog_is_not_passed_by(opened):
    ways = opened(STUDIO)
    ways.world.faults.modal = True
    with pytest.raises(DialogOpen, match="dialog"):
        ways()


def test_a_resolve_that_hangs_is_not_passed_by(opened, monkeypatch):
    ways = opened(STUDIO)
    monkeypatch.setattr(modes, "FIRST_WORD", 1.0)
    ways.world.faults.hang("Resolve.GetVersion")
    with pytest.raises(NotResponding):
        ways()


def test_another_timeline_that_is_opened_is_told_of(opened):
    ways, told = opened(STUDIO), threading.Event()
    _, host = ways(changed=told.set)
    assert host.info().timeline == "cut"
    time.sleep(0.1)
    ways.world.project.add_timeline("another", rate="24")
    assert told.wait(10)
    assert host.info().timeline == "another"


@pytest.mark.parametrize("edition", [STUDIO, FREE], ids=["live", "in-app"])
def test_a_host_is_closed_at_once_while_resolve_hangs(edition, opened):
    ways = opened(edition)
    if not edition.studio:
        ways.start_the_script()
    _, host = ways()
    ways.world.faults.hang("Timeline.GetMarkers")
    errors = []

    def looks():
        try:
            host.snapshot()
        except CutawayError as error:
            errors.append(error)

    thread = threading.Thread(target=looks)
    thread.start()
    while "Timeline.GetMarkers" not in ways.world.calls:
        time.sleep(0.01)
    began = time.monotonic()
    host.close()
    thread.join()
    assert time.monotonic() - began < 2
    assert isinstance(errors[0], NotConnected)


def test_what_a_version_cannot_tell_is_said(tmp_path):
    for version, is_said in (("21.0.4", True), ("21.1.1", False)):
        world = ResolveDouble(version)
        cut_in(world, tmp_path)
        notes = LiveHost(InAppLink(world), folder=tmp_path / "cutaway").info().notes
        assert any("speed" in note for note in notes) == is_said


@pytest.mark.skipif(sys.platform != "linux", reason="the codec that Linux has")
def test_takes_are_in_a_codec_that_the_edition_reads(tmp_path):
    for edition, codec in ((STUDIO, OutputFormat.PRORES), (FREE, OutputFormat.DNXHR)):
        world = edition.world()
        cut_in(world, tmp_path)
        assert LiveHost(InAppLink(world), folder=tmp_path / "cutaway").info().take_format is codec


# -- in which Python ------------------------------------------------------------------------------------


def test_pythons_are_tried_in_order_and_each_once(tmp_path, monkeypatch):
    monkeypatch.setenv(PYTHONS, os.pathsep.join(["/b/python", sys.executable, ""]))
    assert interpreters(tmp_path, ["/a/python", "/b/python"]) == (sys.executable, "/a/python", "/b/python")
    good = python(tmp_path, "good", "pass")
    (tmp_path / "interpreter").write_text(good + "\n")
    assert interpreters(tmp_path)[:2] == (good, sys.executable)
    (tmp_path / "interpreter").write_text("/gone/python\n")
    assert interpreters(tmp_path)[0] == sys.executable


def test_resolves_own_python_lies_in_its_program():
    assert bundled("win32", {"PROGRAMFILES": "E:/Programs"}).as_posix() == (
        "E:/Programs/Blackmagic Design/DaVinci Resolve/ResolvePython/ResolvePython.exe"
    )
    assert bundled("darwin").name == bundled("linux").name == "ResolvePython"
    assert media_folder("darwin").parent.name == "Movies"


@pytest.mark.skipif(os.name != "posix", reason="the interpreters are scripts")
@pytest.mark.parametrize("code", [CRASHES, HANGS], ids=["crashes", "hangs"])
def test_a_python_that_fails_costs_a_process_and_the_one_that_works_is_remembered(code, tmp_path, monkeypatch):
    bad = python(tmp_path, "bad", code)
    monkeypatch.setattr(modes, "bundled", lambda: Path(bad))
    monkeypatch.setattr(modes, "FIRST_WORD", 2.0)
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    with Served(world) as far:
        link = live_link(tmp_path / "data", environment=far.environment)
        assert link.python == sys.executable
        link.close()
    assert (tmp_path / "data" / "interpreter").read_text().strip() == sys.executable
    assert interpreters(tmp_path / "data")[0] == sys.executable


@pytest.mark.skipif(os.name != "posix", reason="the interpreters are scripts")
def test_where_no_python_works_it_is_said_what_the_best_of_them_said(tmp_path, monkeypatch):
    bad = python(tmp_path, "bad", CRASHES)
    monkeypatch.setattr(modes, "bundled", lambda: Path(bad))
    with pytest.raises(NotLoaded, match="may not fit this Python"):
        live_link(tmp_path, environment={"RESOLVE_SCRIPT_API": str(tmp_path / "nowhere")})
    with Served(ResolveDouble("21.1.1", studio=False)) as far, pytest.raises(NotConnected, match="no DaVinci Resolve"):
        live_link(tmp_path, environment=far.environment)
    assert not (tmp_path / "interpreter").exists()


# -- one writer -----------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


def test_while_another_process_writes_nothing_is_written_and_looking_goes_on(world, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    snapshot = host.snapshot()
    card = board_of(snapshot.index).cards[0]
    plan = PlacePlan(snapshot.digest, card, *take_for(card, tmp_path))
    with writing(str(tmp_path / "cutaway")):
        (refused,) = host.place(plan)
        assert isinstance(refused.error, Busy)
        with pytest.raises(Busy):
            host.frame_at(3, tmp_path / "frame.png")
        assert host.snapshot().digest == snapshot.digest
        with pytest.raises(Trouble), writing(str(tmp_path / "cutaway"), 0):
            pass
    (placed,) = host.place(plan)
    assert (placed.span.start, placed.span.duration) == GAP


def test_what_another_process_has_begun_is_not_taken_back_under_its_hands(world, tmp_path):
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    snapshot = host.snapshot()
    card = board_of(snapshot.index).cards[0]
    world.faults.open_dialog_at("TimelineItem.SetClipColor")
    with pytest.raises(CutawayError):
        raise host.place(PlacePlan(snapshot.digest, card, *take_for(card, tmp_path)))[0].error
    world.faults.modal = False
    items = world.project.timelines[0].tracks["video"][0].items
    with writing(str(tmp_path / "cutaway")):
        host.snapshot()
        assert len(items) == 3
    host.snapshot()
    assert len(items) == 2


# -- what is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "marks", "marked"),
    [
        ("18.5", {"video": (10, 33)}, None),
        ("19.1", {"video": (10, 33), "audio": (0, 5)}, (10, 34)),
        ("21.1.1", {"audio": (7, 7)}, (7, 8)),
        ("21.1.1", {}, None),
    ],
)
def test_in_to_out_is_told_from_19_1_on(version, marks, marked, tmp_path):
    world = ResolveDouble(version)
    timeline = cut_in(world, tmp_path)
    timeline.marks = marks
    found = LiveHost(InAppLink(world), folder=tmp_path / "cutaway").selection().marked
    assert (found and (found.start, found.end)) == marked
    assert world.misuses == []


@pytest.mark.parametrize(("percent", "speed"), [(50.0, 0.5), (200.0, 2), (-100.0, -1), (100.0, 1)])
def test_the_speed_of_a_shot_is_known_from_21_1_on(percent, speed, tmp_path):
    for version, told in (("21.1.1", speed), ("21.0.4", 1)):
        world = ResolveDouble(version)
        timeline = cut_in(world, tmp_path)
        timeline.tracks["video"][0].items[0].percent = percent
        item = LiveHost(InAppLink(world), folder=tmp_path / "cutaway").snapshot().index.tracks[0].items[0]
        assert (item.speed, item.record.end) == (told, 48)
        assert world.misuses == []
