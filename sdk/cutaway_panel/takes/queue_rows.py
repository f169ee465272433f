"""The rows of the queue: which cards, in which order, and how one is painted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cutaway_panel.state import JobState
from cutaway_panel.takes.lettering import write
from cutaway_panel.takes.spoken import spoken
from cutaway_panel.theme import JOB_INK, current, draw_sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from cutaway_panel.state import JobView

Index = QModelIndex | QPersistentModelIndex

JOB: Final = Qt.ItemDataRole.UserRole + 1
MIME: Final = "application/x-cutaway-card"
ACTIVE: Final = frozenset({JobState.SENDING, JobState.QUEUED, JobState.RUNNING, JobState.FINISHING})
ENDED: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
SIGNS: Final = {
    JobState.WAITING: "draft",
    JobState.SENDING: "up",
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.FINISHING: "down",
    JobState.DONE: "applied",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
_PAD: Final = 8


class QueueModel(QAbstractListModel):
    """Cards of the queue in the order they are made. Only what waits here can be moved."""

    moved = Signal(object)
    """The ids of all cards in the order that was asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: tuple[JobView, ...] = ()
        self.since = time.monotonic()
        """When these jobs were told of, seconds."""

    def show(self, jobs: tuple[JobView, ...]) -> None:
        """What is in the queue now; rows that stay are told one by one."""
        if jobs is self.jobs:
            return
        self.since = time.monotonic()
        if [job.card_id for job in jobs] == [job.card_id for job in self.jobs]:
            before, self.jobs = self.jobs, jobs
            for row, (old, new) in enumerate(zip(before, jobs, strict=True)):
                if old is not new:
                    self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self.jobs = jobs
        self.endResetModel()

    def tick(self) -> None:
        """Time passes for what is under way."""
        for row, job in enumerate(self.jobs):
            if job.state in ACTIVE:
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: ARG002, N802 - Qt's name
        return len(self.jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.jobs):
            return None
        job = self.jobs[index.row()]
        if role == JOB:
            return job
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return f"{job.title}, {self.state(job)}"
        if role in {Qt.ItemDataRole.AccessibleDescriptionRole, Qt.ItemDataRole.ToolTipRole}:
            return "\n".join(line for line in (self.times(job), job.error) if line)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags | Qt.ItemFlag.ItemIsDropEnabled
        waits = self.jobs[index.row()].state is JobState.WAITING
        return flags | Qt.ItemFlag.ItemIsDragEnabled if waits else flags

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        data = QMimeData()
        data.setData(MIME, self.jobs[indexes[0].row()].card_id.encode() if indexes else b"")
        return data

    def dropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        card_id = bytes(data.data(MIME).data()).decode()
        if action is not Qt.DropAction.MoveAction or column > 0 or not card_id:
            return False
        self.put(card_id, row if row >= 0 else parent.row() if parent.isValid() else len(self.jobs))
        return False  # the desk orders; the rows follow its state

    def put(self, card_id: str, row: int) -> None:
        """Asks for a card to be made before the one in `row`; never before what is under way."""
        order = [job.card_id for job in self.jobs]
        was = order.index(card_id) if card_id in order else -1
        if was < 0 or self.jobs[was].state is not JobState.WAITING:
            return
        first = next(n for n, job in enumerate(self.jobs) if job.state is JobState.WAITING)
        row = max(first, min(row, len(order)))
        order.insert(row, card_id)
        del order[was if row > was else was + 1]
        if order != [job.card_id for job in self.jobs]:
            self.moved.emit(order)

    def state(self, job: JobView) -> str:
        """The state in words, with how far it is."""
        percent = f" {job.progress:.0%}".replace("%", " %") if job.progress is not None and job.state in ACTIVE else ""
        return f"{job.state}{percent}"

    def times(self, job: JobView) -> str:
        """Elapsed and remaining while it is made; what was expected before, and what it took after; and the cost."""
        passed = time.monotonic() - self.since if job.state in ACTIVE else 0.0
        said = []
        if job.state in ACTIVE:
            said.append(self.tr("{0} gone").format(spoken(job.elapsed + passed)))
            if job.remaining is not None:
                said.append(self.tr("{0} left").format(spoken(job.remaining - passed)))
        if job.actual is not None:
            said.append(self.tr("took {0}").format(spoken(job.actual)))
        if job.estimate is not None:
            said.append(self.tr("estimate {0}").format(spoken(job.estimate)))
        elif job.state not in ENDED:
            said.append(self.tr("no estimate yet"))
        if job.cost:
            said.append(job.cost)
        return " · ".join(said)


class QueueDelegate(QStyledItemDelegate):
    """Paints a job: its title and state, a bar, times and cost, and what went wrong."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        job: JobView | None = index.data(JOB)
        model = index.model()
        both = job is not None and bool(job.error) and isinstance(model, QueueModel) and bool(model.times(job))
        lines = 3 if both else 2
        return QSize(220, lines * (option.fontMetrics.height() + 2) + 2 * _PAD + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        job: JobView | None = index.data(JOB)
        model = index.model()
        if job is None or not isinstance(model, QueueModel):
            return
        tokens = current().tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)

        def ink(name: str) -> str:
            return tokens.on_chosen if chosen else str(getattr(tokens, name))

        painter.save()
        painter.setFont(option.font)
        row = option.rect.adjusted(2, 1, -2, -1)
        painter.fillRect(row, QColor(tokens.chosen if chosen else tokens.raised))
        inside = row.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        line = QRect(inside.left(), inside.top(), inside.width(), option.fontMetrics.height())
        self._title(painter, line, job, model.state(job), ink("text"), ink(JOB_INK[job.state]))
        self._bar(painter, QRect(line.left(), line.bottom() + 4, line.width(), 4), job, ink(JOB_INK[job.state]))
        line.translate(0, line.height() + 11)
        times = model.times(job)
        if times:
            write(painter, line, times, ink("muted"))
            line.translate(0, line.height() + 2)
        write(painter, line, job.error, ink("bad"))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.focus), tokens.focus_width))
            painter.drawRect(row.adjusted(1, 1, -1, -1))
        painter.restore()

    def _title(self, painter: QPainter, line: QRect, job: JobView, state: str, ink: str, state_ink: str) -> None:
        """The title on the left; on the right the state, as a sign and in words."""
        room = write(painter, line, state, state_ink, end=True)
        side = line.height() - 2
        draw_sign(
            painter, SIGNS[job.state], QRectF(line.right() - room - side - 5, line.top() + 1, side, side), state_ink
        )
        bold = QFont(painter.font())
        bold.setBold(True)
        painter.save()
        painter.setFont(bold)
        write(painter, line.adjusted(0, 0, -(room + side + 16), 0), job.title, ink)
        painter.restore()

    def _bar(self, painter: QPainter, bar: QRect, job: JobView, ink: str) -> None:
        """How far it is; an empty groove where nobody says."""
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            return
        painter.fillRect(bar, QColor(current().tokens.base))
        done = 1.0 if job.state is JobState.DONE else job.progress or 0.0
        if job.state is not JobState.WAITING:
            painter.fillRect(QRect(bar.left(), bar.top(), round(bar.width() * done), bar.height()), QColor(ink))
