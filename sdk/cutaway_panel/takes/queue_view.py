"""The queue: what is made, in which order, how far it is, how long it takes and what it costs.

Alt+Up, Alt+Down order   Delete cancel   R retry   Space pause and go on
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from cutaway_panel.state import JobState
from cutaway_panel.takes.queue_rows import ACTIVE, ENDED, JOB, QueueDelegate, QueueModel
from cutaway_panel.takes.row_list import RowList
from cutaway_panel.takes.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import JobView, Storyboard


class QueueView(QWidget):
    """What is being made. Everything here is asked of the desk, and seen once its state says so."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setAccessibleName(self.tr("Queue"))
        self.model = QueueModel(self)
        self.list = RowList()
        self.list.setModel(self.model)
        self.list.setItemDelegate(QueueDelegate(self.list))
        self.list.setAccessibleName(self.tr("Cards in the queue"))
        self.list.setAccessibleDescription(self.tr("Alt with the arrows changes the order, Delete cancels, R retries"))
        self.list.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.list.setDragDropOverwriteMode(False)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setAccessibleName(self.tr("Queue in short"))
        self.empty = QLabel(self.tr("Nothing is queued. What you make waits and runs here."))
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.pause = self._button(self.tr("Pause"), self.tr("Nothing more is sent; what runs is finished"), self.turn)
        self.sooner = self._button(self.tr("Sooner"), self.tr("Made earlier (Alt+Up)"), lambda: self.shift(-1))
        self.later = self._button(self.tr("Later"), self.tr("Made later (Alt+Down)"), lambda: self.shift(1))
        self.cancel = self._button(self.tr("Cancel"), self.tr("Stops it (Delete)"), self._cancel)
        self.retry = self._button(self.tr("Retry"), self.tr("Makes it again (R)"), self._retry)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.pause, self.sooner, self.later, self.cancel, self.retry):
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.summary)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(row)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.model.moved.connect(bridge.desk.reorder)
        self.list.selectionModel().currentChanged.connect(self._enable)
        self.list.doubleClicked.connect(self._open)
        bridge.changed.connect(self._show)
        self._show(bridge.state)

    @property
    def job(self) -> JobView | None:
        """The chosen one."""
        job: JobView | None = self.list.currentIndex().data(JOB)
        return job

    def turn(self) -> None:
        """Pauses the queue, or lets it go on."""
        if self._bridge.state.paused:
            self._bridge.desk.resume()
        else:
            self._bridge.desk.pause()

    def shift(self, rows: int) -> None:
        """Asks for the chosen card to be made so many places later."""
        job, row = self.job, self.list.currentIndex().row()
        if job is not None and 0 <= row + rows < len(self.model.jobs):
            self.model.put(job.card_id, row + rows + (1 if rows > 0 else 0))

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What its keys do: what, and the key."""
        return (
            (self.tr("Make it sooner or later"), "Alt+Up, Alt+Down"),
            (self.tr("Cancel"), "Delete"),
            (self.tr("Retry"), "R"),
            (self.tr("Pause the queue, or go on"), "Space"),
            (self.tr("Show the card"), "Enter"),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Up if alt:
                self.shift(-1)
            case Qt.Key.Key_Down if alt:
                self.shift(1)
            case Qt.Key.Key_Delete:
                self._cancel()
            case Qt.Key.Key_R:
                self._retry()
            case Qt.Key.Key_Space:
                self.turn()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._open()
            case _:
                super().keyPressEvent(event)

    def _button(self, text: str, tip: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.clicked.connect(run)
        return button

    def _cancel(self) -> None:
        job = self.job
        if job is not None and job.state not in ENDED:
            self._bridge.desk.cancel(job.card_id)

    def _retry(self) -> None:
        job = self.job
        if job is not None and job.state in ENDED:
            self._bridge.desk.retry(job.card_id)

    @Slot()
    def _open(self) -> None:
        """The card of the chosen job is the one that every view shows."""
        job = self.job
        if job is not None:
            self._bridge.choose(job.card_id)

    @Slot(object)
    def _show(self, state: Storyboard) -> None:
        chosen = self.job
        self.model.show(state.queue)
        if chosen is not None and (self.job is None or self.job.card_id != chosen.card_id):
            row = next((n for n, job in enumerate(state.queue) if job.card_id == chosen.card_id), -1)
            if row >= 0:
                self.list.setCurrentIndex(self.model.index(row))
        self.list.setVisible(bool(state.queue))
        self.empty.setVisible(not state.queue)
        self.pause.setText(self.tr("Go on") if state.paused else self.tr("Pause"))
        self.summary.setText(self._in_short(state))
        self._enable()
        running = any(job.state in ACTIVE for job in state.queue)
        if running != self._clock.isActive():
            self._clock.start() if running else self._clock.stop()

    def _in_short(self, state: Storyboard) -> str:
        counts = {
            self.tr("waiting"): sum(job.state is JobState.WAITING for job in state.queue),
            self.tr("under way"): sum(job.state in ACTIVE for job in state.queue),
            self.tr("done"): sum(job.state is JobState.DONE for job in state.queue),
            self.tr("failed"): sum(job.state is JobState.FAILED for job in state.queue),
        }
        said = [f"{count} {name}" for name, count in counts.items() if count]
        left = self._left(state.queue)
        if left is not None:
            said.append(self.tr("about {0} left").format(spoken(left)))
        if state.paused:
            said.insert(0, self.tr("Paused"))
        return " · ".join(said)

    def _left(self, jobs: tuple[JobView, ...]) -> float | None:
        """Seconds until all is made, one after the other; None as soon as one of them is anybody's guess."""
        open_ = [job for job in jobs if job.state not in ENDED]
        parts = [job.remaining if job.remaining is not None else job.estimate for job in open_]
        known = [part for part in parts if part is not None]
        return sum(known) if known and len(known) == len(parts) else None

    @Slot()
    def _enable(self) -> None:
        job = self.job
        waits = job is not None and job.state is JobState.WAITING
        self.sooner.setEnabled(waits)
        self.later.setEnabled(waits)
        self.cancel.setEnabled(job is not None and job.state not in ENDED)
        self.retry.setEnabled(job is not None and job.state in ENDED)

    @Slot()
    def _tick(self) -> None:
        if self.isVisible():
            self.model.tick()
