"""The desk, heard on the GUI thread.

    bridge = Bridge(desk)
    bridge.changed.connect(view.show_state)      # a Storyboard, at most thirty times a second
    bridge.choose("91aa…")                       # the card that every view shows

The desk tells of a new state on whichever thread made it. A state that is overtaken before the window
could paint it is never delivered; the last one always is.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from cutaway_panel.gui_thread import doors_open, on_gui_thread

if TYPE_CHECKING:
    from cutaway_panel.desk import Desk
    from cutaway_panel.state import CardView, Storyboard

PAUSE_MS: Final = 33
"""Between two deliveries, milliseconds."""


class Bridge(QObject):
    """States of a desk as signals, and the card that is chosen. Lives on the GUI thread."""

    changed = Signal(object)
    """A `Storyboard`."""
    current_changed = Signal(str)
    """The id of the chosen card; "" where none is."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        doors_open()
        self.desk = desk
        self._state = desk.state
        self._current = ""
        self._lock = Lock()
        self._waiting: Storyboard | None = None
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._stop = desk.listen(self._hear)

    @property
    def state(self) -> Storyboard:
        """The state that was delivered last."""
        return self._state

    @property
    def current(self) -> str:
        """The id of the chosen card; "" where none is."""
        return self._current

    @property
    def card(self) -> CardView | None:
        """The chosen card as it is now."""
        return self._state.card(self._current)

    def choose(self, card_id: str) -> None:
        """Every view shows this card; nothing happens where it is the chosen one."""
        if card_id != self._current:
            self._current = card_id
            self.current_changed.emit(card_id)

    def close(self) -> None:
        """Nothing is delivered any more."""
        self._stop()
        self._timer.stop()

    def _hear(self, state: Storyboard) -> None:
        """On any thread: the newest state waits; the GUI thread is told once."""
        with self._lock:
            first = self._waiting is None
            self._waiting = state
        if first:
            on_gui_thread(self, self._schedule)

    @Slot()
    def _schedule(self) -> None:
        gone = self._since.elapsed() if self._since.isValid() else PAUSE_MS
        self._timer.start(max(0, PAUSE_MS - gone))

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            state, self._waiting = self._waiting, None
        if state is None:
            return
        self._since.start()
        self._state = state
        self.changed.emit(state)
        if self._current and state.card(self._current) is None:
            self.choose("")
