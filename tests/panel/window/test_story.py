"""A whole story with the keyboard alone: a gap is chosen, described, made, looked at, put into the cut, and taken out.

In front of a real desk on a real file, with takes of a real runtime.
"""

import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from filmed import filmed_cut
from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from cutaway import AsyncCutaway, Cutaway
from cutaway.client import local
from cutaway.home import Home
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.card import CardState
from cutaway_panel.app import Panel
from cutaway_panel.bridge import Bridge
from cutaway_panel.desk import Desk
from cutaway_panel.opening import open_file, worked_on
from cutaway_panel.state import Mode
from cutaway_panel.theme import Look, wear
from cutaway_panel.window.confirm import Confirm
from cutaway_panel.window.instance import raise_running
from cutaway_panel.window.panel import PanelWindow
from cutaway_panel.window.settings import Settings

WAIT = 60_000
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        with Cutaway() as client:
            client.models.list()
            yield
        local.stop()


def opened(qtbot, desk, folder):
    """A window in front of a desk; both are closed at the end, whatever happens."""
    wear(QApplication.instance(), Look())
    window = PanelWindow(Bridge(desk), Settings(Home(folder)))
    qtbot.addWidget(window, before_close_func=lambda _: desk.close())
    desk.connect()
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: bool(window.bridge.state.cards), timeout=WAIT)
    return window


@pytest.mark.slow
def test_from_a_gap_to_a_take_in_the_cut_and_back_with_the_keyboard_alone(qtbot, runtime, tmp_path):
    path = filmed_cut(tmp_path, ["A", 12, "B", 10, "C"])
    before = path.read_bytes()
    window = opened(qtbot, Desk(lambda: open_file(path), AsyncCutaway), tmp_path)
    bridge = window.bridge

    def press(key, modifiers=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(QApplication.focusWidget() or window, key, modifiers)

    assert QApplication.focusWidget() is window.strip.list
    press(Qt.Key.Key_Home)
    assert bridge.card.kind == "shot"
    press(Qt.Key.Key_F8)
    gap = bridge.card
    assert (gap.kind, gap.frames) == ("fill", 12)
    press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is window.editor.fields.prompt
    qtbot.keyClicks(QApplication.focusWidget(), "a red ball rolls in")
    for takes in (1, 2):
        press(Qt.Key.Key_Return, CTRL)
        qtbot.waitUntil(lambda takes=takes: len(bridge.state.card(gap.id).takes) == takes, timeout=WAIT)
    assert bridge.card.card.prompt == "a red ball rolls in"
    assert bridge.card.state is CardState.REVIEW

    shown = window.doings._take.take.number
    press(Qt.Key.Key_Left, CTRL)
    press(Qt.Key.Key_F6)
    assert window.doings._take.take.number != shown or QApplication.focusWidget() is not window.editor.fields.prompt
    press(Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: window.findChild(Confirm) is not None, timeout=WAIT)
    assert "12 frames" in window.findChild(Confirm).accessibleDescription()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(bridge.state.applied), timeout=WAIT)
    assert bridge.state.card(gap.id).state is CardState.APPLIED
    assert path.read_bytes() != before

    press(Qt.Key.Key_Z, CTRL | ALT)
    qtbot.waitUntil(lambda: not bridge.state.applied, timeout=WAIT)
    assert path.read_bytes() == before
    press(Qt.Key.Key_Q, CTRL)
    assert not window.isVisible()
    bridge.desk.close()


def test_closing_leaves_no_thread_and_no_file_of_the_panel(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    home = Home.find()
    before = set(threading.enumerate())
    nobody = lambda: AsyncCutaway("http://127.0.0.1:9/v1", api_key="x", max_retries=0)  # noqa: E731
    path = filmed_cut(tmp_path, ["A", 12, "B"])
    panel = Panel(QApplication.instance(), home)
    panel.show_desk(Desk(lambda: open_file(path), nobody))
    window = panel.window
    qtbot.waitUntil(lambda: bool(window.bridge.state.cards), timeout=WAIT)
    QTimer.singleShot(100, window.close)
    assert panel.run() == 0
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before, timeout=10_000)
    assert not (home.folder / "panel.json").exists()


def test_from_the_first_page_to_a_cut_to_another_that_a_second_panel_names(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    home, before = Home.find(), set(threading.enumerate())
    nobody = lambda: AsyncCutaway("http://127.0.0.1:9/v1", api_key="x", max_retries=0)  # noqa: E731
    cuts = [filmed_cut(tmp_path, ["A", 12, "B"]), filmed_cut(tmp_path, ["A", 10, "B", 9, "C"], name="other.otio")]
    panel = Panel(QApplication.instance(), home, open_cut=lambda path: Desk(lambda: open_file(path), nobody))
    panel.show_start()
    start = panel.window
    assert start.isVisible()
    start.chosen.emit(cuts[0])
    assert not start.isVisible()
    first = panel.window
    qtbot.waitUntil(lambda: len(first.bridge.state.cards) == 3, timeout=WAIT)
    assert raise_running(home, cuts[1])
    qtbot.waitUntil(lambda: panel.window is not first, timeout=WAIT)
    qtbot.waitUntil(lambda: len(panel.window.bridge.state.cards) == 5, timeout=WAIT)
    assert not isValid(first) or not first.isVisible()
    QTimer.singleShot(100, panel.window.close)
    assert panel.run() == 0
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before, timeout=10_000)


class Hanging(FileHost):
    """An application that stops answering when it is told to."""

    def __init__(self, path):
        self.hangs, self.go = False, threading.Event()
        super().__init__(path)

    def snapshot(self):
        if self.hangs:
            self.go.wait(30)
        return super().snapshot()


def test_while_the_application_hangs_the_window_goes_on(qtbot, tmp_path):
    """The longest time in which the window does nothing, while it is scrolled, typed into and asked to look again."""
    host = Hanging(filmed_cut(tmp_path, ["A", 12, "B", 10, "C"]))
    nobody = lambda: AsyncCutaway("http://127.0.0.1:9/v1", api_key="x", max_retries=0)  # noqa: E731
    window = opened(qtbot, Desk(lambda: (Mode.FILES, host), nobody), tmp_path)
    qtbot.wait(500)
    host.hangs = True
    took = []
    for doing in (
        window.bridge.desk.sync,
        lambda: window.bridge.choose(window.bridge.state.cards[1].id),
        lambda: qtbot.keyClick(window.strip.list, Qt.Key.Key_Right),
        window.actions_["find_gaps"].trigger,
        window.actions_["apply"].trigger,
        window.actions_["sync"].trigger,
    ):
        timer = QElapsedTimer()
        timer.start()
        doing()
        took.append(timer.elapsed())
        qtbot.wait(20)
    assert max(took) < 1000, took
    qtbot.waitUntil(lambda: bool(window.bridge.state.connection.busy), timeout=WAIT)
    qtbot.waitUntil(lambda: "no answer for" in window.connection.busy.text(), timeout=8000)
    host.go.set()
    qtbot.waitUntil(lambda: not window.bridge.state.connection.busy, timeout=WAIT)
    window.close()
    began = time.monotonic()
    window.bridge.desk.close()
    assert time.monotonic() - began < 5


def test_a_cut_of_another_format_is_worked_on_as_a_copy(tmp_path):
    edl = tmp_path / "cut.edl"
    edl.write_text(
        "TITLE: CUT\n\n001  AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n* FROM CLIP NAME: a.mov\n"
    )
    before = edl.read_bytes()
    copy = worked_on(edl)
    assert copy.name == "cut.edl.otio"
    assert worked_on(edl) == copy
    assert edl.read_bytes() == before
    assert open_file(edl)[1].info().timeline
