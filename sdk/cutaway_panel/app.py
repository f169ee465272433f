"""The application around the window: one of it at a time, from a desk to an exit code.

run(lambda: (Mode.FILES, FileHost("cut.otio")), AsyncCutaway)     # raises a panel that runs, else opens one
open_panel(desk)                                                  # the window in front of a desk that exists
start(lambda path: Desk(lambda: open_file(path), AsyncCutaway))   # no cut yet: the page that says how to get one
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from cutaway.home import Home
from cutaway_panel.bridge import Bridge
from cutaway_panel.desk import Desk
from cutaway_panel.theme import Look, Theme, icon, wear
from cutaway_panel.window.connection import DOCTOR
from cutaway_panel.window.instance import Instance, raise_running
from cutaway_panel.window.panel import PanelWindow
from cutaway_panel.window.settings import Settings
from cutaway_panel.window.start import StartWindow, choose_cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.client.client import AsyncCutaway
    from cutaway.hosts.base import Host
    from cutaway_panel.state import Mode

    OpenCut = Callable[[Path], Desk]
    """A desk with this cut on it; not connected yet."""

CLOSING: Final = 2.0
"""Seconds a desk has to close."""


class Panel(QObject):
    """The windows of one application. Desks that are left are closed beside it."""

    def __init__(
        self,
        application: QApplication,
        home: Home,
        *,
        theme: Theme | None = None,
        open_cut: OpenCut | None = None,
        doctor: str = DOCTOR,
    ) -> None:
        super().__init__(application)
        application.setQuitOnLastWindowClosed(False)  # the window in front decides, not the list of keys behind it
        self._doctor = doctor
        self._application = application
        self._open_cut = open_cut
        self._settings = Settings(home)
        self._leaving: list[threading.Thread] = []
        self._desk: Desk | None = None
        self.window: PanelWindow | StartWindow | None = None
        look = self._settings.look()
        wear(application, look if theme is None else Look(theme, look.scale, look.still))
        application.setWindowIcon(icon("fill", self._settings.look().tokens.accent))
        self._instance = Instance(home, self)
        self._instance.asked.connect(self._asked)

    def show_desk(self, desk: Desk) -> None:
        """The window in front of a desk takes the place of the one there is."""
        opens = self._open_cut is not None
        old, window = self.window, PanelWindow(Bridge(desk), self._settings, opens=opens, doctor=self._doctor)
        self.window = window
        window.open_asked.connect(self._choose)
        window.closed.connect(partial(self._closed, window))
        self._leave()
        self._desk = desk
        desk.connect()
        window.show()
        if old is not None:
            old.close()
            old.deleteLater()

    def show_start(self) -> None:
        """The page that says how to get a cut."""
        window = self.window = StartWindow()
        window.chosen.connect(self.open)
        window.closed.connect(partial(self._closed, window))
        window.show()

    def open(self, path: Path) -> None:
        """Another cut."""
        if self._open_cut is not None:
            self.show_desk(self._open_cut(path))

    def run(self) -> int:
        """Until the last window is closed."""
        code = self._application.exec()
        self._instance.close()
        self._leave()
        for thread in self._leaving:
            thread.join(2 * CLOSING)
        return code

    def _choose(self, path: Path | None) -> None:
        if path is None and self.window is not None:
            path = choose_cut(self.window)
        if path is not None:
            self.open(path)

    def _closed(self, window: PanelWindow | StartWindow) -> None:
        """The window that was in front is closed: nothing is left to do."""
        if window is self.window:
            self._application.quit()

    def _asked(self, path: str) -> None:
        """A second panel was started."""
        if path:
            self.open(Path(path))
        if isinstance(self.window, PanelWindow):
            self.window.come_up()
        elif self.window is not None:
            self.window.raise_()
            self.window.activateWindow()

    def _leave(self) -> None:
        """The desk there was is closed, which may take a moment where its application hangs."""
        if self._desk is not None:
            thread = threading.Thread(target=self._desk.close, args=(CLOSING,), name="cutaway-closing")
            thread.start()
            self._leaving.append(thread)
            self._desk = None


def open_panel(
    desk: Desk,
    *,
    theme: Theme | None = None,
    open_cut: OpenCut | None = None,
    doctor: str = DOCTOR,
    home: Home | None = None,
) -> int:
    """Shows a desk until its window is closed; the desk is closed then too. Returns the exit code."""
    panel = Panel(_application(), home or Home.find(), theme=theme, open_cut=open_cut, doctor=doctor)
    panel.show_desk(desk)
    return panel.run()


def run(
    open_host: Callable[[], tuple[Mode, Host]],
    open_client: Callable[[], AsyncCutaway],
    *,
    theme: Theme | None = None,
    cut: Path | None = None,
    open_cut: OpenCut | None = None,
    doctor: str = DOCTOR,
    home: Home | None = None,
) -> int:
    """Raises the panel that runs, which opens `cut` where one is named; else opens one. Returns the exit code."""
    home = home or Home.find()
    if raise_running(home, cut):
        return 0
    return open_panel(Desk(open_host, open_client), theme=theme, open_cut=open_cut, doctor=doctor, home=home)


def start(open_cut: OpenCut, *, theme: Theme | None = None, home: Home | None = None) -> int:
    """Shows how to get a cut, then the cut. Returns the exit code."""
    home = home or Home.find()
    if raise_running(home):
        return 0
    panel = Panel(_application(), home, theme=theme, open_cut=open_cut)
    panel.show_start()
    return panel.run()


def _application() -> QApplication:
    there = QApplication.instance()
    application = there if isinstance(there, QApplication) else QApplication(["cutaway"])
    application.setApplicationName("cutaway")
    application.setApplicationDisplayName("Cutaway")
    return application
