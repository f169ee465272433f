"""From any thread to that of the window.

    on_gui_thread(view, lambda: view.show_picture(image))     # returns at once

A signal must not be emitted by an object that another thread may be destroying. So threads never touch the
window's objects: they hand over what is to be run, to one object that lives as long as the process, and it
is run only while its owner is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Callable


class _Door(QObject):
    """Lives on the GUI thread, and is never destroyed before the process ends."""

    knocked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        application = QCoreApplication.instance()
        if application is not None:
            self.moveToThread(application.thread())
        self.knocked.connect(self._open, Qt.ConnectionType.QueuedConnection)

    @Slot(object, object)
    def _open(self, owner: QObject, run: Callable[[], object]) -> None:
        if isValid(owner):
            run()


_DOORS: list[_Door] = []


def on_gui_thread(owner: QObject, run: Callable[[], object]) -> None:
    """Runs something on the GUI thread, soon, unless `owner` is gone by then. `doors_open` comes first."""
    _DOORS[0].knocked.emit(owner, run)


def doors_open() -> None:
    """Said on the GUI thread by whoever starts a thread that will want to come back."""
    if not _DOORS:
        _DOORS.append(_Door())
