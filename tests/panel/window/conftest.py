"""Windows in front of a desk on paper. Lets the tests of this folder import it as `panel.window.paper`."""

import os
import sys
from pathlib import Path

import pytest

from cutaway_panel.toolkit import problem

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if wrong := problem():
    pytest.skip(wrong, allow_module_level=True)

_TESTS = str(Path(__file__).parents[2])
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)


@pytest.fixture(scope="session")
def qapp_args():
    return ["cutaway"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder of the test's own."""
    from cutaway.home import Home

    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    found = Home.find()
    found.create()
    return found


@pytest.fixture
def desk():
    from panel.window.paper import PaperDesk, a_cut

    return PaperDesk(a_cut())


@pytest.fixture
def window(qtbot, desk, home):
    """A window on `desk`, seen and in front; closed at the end."""
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.theme import Look, wear
    from cutaway_panel.window.panel import PanelWindow
    from cutaway_panel.window.settings import Settings

    application = QApplication.instance()
    wear(application, Look())
    shown = PanelWindow(Bridge(desk), Settings(home), opens=True)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shown)
    yield shown
    shown.close()
    shown.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else every theme dresses it again
