"""From any thread to that of the window.

    on_gui_thread(view, lambda: view.show_picture(image))     # returns at once

A signal must not be emitted by an object that another thread may be destroying. So threads never touch the
window's objects: they hand over what is to be run, to one object that lives as long as the process, and it
is run only while its owner is still there. A thread that the window does not wait for holds no reference to one of
its objects either, or it may be the last to let go of it, and destroy it there: `lead_back` takes a weak one.

Nor may Python's collector destroy one there: it runs on whichever thread happens to allocate, and a window dropped
with a cycle in it would go where its timers cannot be stopped; the next one that fires ends the process. From the
first `doors_open` on, garbage is collected on the window's thread alone, a few times a second.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimerEvent, Signal, Slot
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Callable
    from weakref import ReferenceType

SWEEP_MS: Final = 250
Owner = TypeVar("Owner", bound=QObject)


class _Door(QObject):
    """Lives on the GUI thread, and is never destroyed before the process ends."""

    knocked = Signal(object, object)
    led = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        application = QCoreApplication.instance()
        if application is not None:
            self.moveToThread(application.thread())
        self.knocked.connect(self._open, Qt.ConnectionType.QueuedConnection)
        self.led.connect(self._lead, Qt.ConnectionType.QueuedConnection)
        self.startTimer(SWEEP_MS)

    def timerEvent(self, _event: QTimerEvent) -> None:  # noqa: N802 - Qt's name
        sweep()

    @Slot(object, object)
    def _open(self, owner: QObject, run: Callable[[], object]) -> None:
        if isValid(owner):
            run()

    @Slot(object, object)
    def _lead(self, owner: ReferenceType[QObject], run: Callable[[QObject], object]) -> None:
        there = owner()
        if there is not None and isValid(there):
            run(there)


_DOORS: list[_Door] = []


def on_gui_thread(owner: QObject, run: Callable[[], object]) -> None:
    """Runs something on the GUI thread, soon, unless `owner` is gone by then. `doors_open` comes first."""
    _DOORS[0].knocked.emit(owner, run)


def lead_back(owner: ReferenceType[Owner], run: Callable[[Owner], object]) -> None:
    """As `on_gui_thread`, from a thread that must not keep the owner alive: `run` is given it, if it is still there."""
    _DOORS[0].led.emit(owner, run)


def doors_open() -> None:
    """Said on the GUI thread by whoever starts a thread that will want to come back."""
    gc.disable()
    if not _DOORS:
        _DOORS.append(_Door())


def sweep() -> None:
    """What the collector would have done by now, by its own thresholds: the oldest generation that is due."""
    due = [
        n
        for n, (count, threshold) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if count > threshold
    ]
    if due:
        gc.collect(due[-1])
