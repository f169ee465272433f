"""What a card starts from: pictures and clips that are dragged in, chosen, or grabbed at the playhead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cutaway.storyboard.card import CardReference, Role
from cutaway_panel.theme import current, icon
from cutaway_panel.window.wording import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent

    from cutaway.hosts.base import Capability


class Dropped(QListWidget):
    """A list that takes files from outside; Delete removes the chosen one."""

    came = Signal(list)
    unwanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, 2 * (self.fontMetrics().height() + 8) + 6)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.came.emit(paths)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace} and self.currentRow() >= 0:
            self.unwanted.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


class References(QWidget):
    """A card's references. Whatever is done to them comes out as a new list."""

    edited = Signal(list)
    """All references of the card, `CardReference`."""
    grab_asked = Signal(object)
    """A `Role` for the picture at the playhead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: list[CardReference] = []
        self.list = named(
            Dropped(self),
            self.tr("References"),
            self.tr("Pictures and clips this card starts from. Drag files here; Delete removes one."),
        )
        self.role = named(QComboBox(self), self.tr("What the reference is for"))
        for role in Role:
            self.role.addItem(self._name(role), role)
        self.add = named(
            QPushButton(self.tr("Add…"), self), self.tr("Add a reference"), self.tr("Chooses a picture or a clip")
        )
        self.grab_button = named(
            QPushButton(self.tr("Grab playhead"), self),
            self.tr("Grab the picture at the playhead"),
            self.tr("What the application shows now becomes a reference"),
        )
        self.away = named(QToolButton(self), self.tr("Remove the reference"))
        row = QHBoxLayout()
        row.addWidget(self.role, 1)
        row.addWidget(self.away)
        ways = QHBoxLayout()
        ways.addWidget(self.add, 1)
        ways.addWidget(self.grab_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addLayout(ways)
        self.list.came.connect(self._came)
        self.list.unwanted.connect(self._remove)
        self.list.currentRowChanged.connect(self._show_role)
        self.role.activated.connect(self._choose_role)
        self.add.clicked.connect(self._choose)
        self.grab_button.clicked.connect(lambda: self.grab_asked.emit(self.role.currentData()))
        self.away.clicked.connect(lambda: self._remove(self.list.currentRow()))
        self.show_references(())

    def show_references(self, references: Sequence[CardReference]) -> None:
        if self.list.count() and list(references) == self._shown:
            return
        self._shown = list(references)
        row = self.list.currentRow()
        self.list.clear()
        tokens = current().tokens
        for reference in references:
            text = f"{self._name(reference.role)}: {Path(reference.path).name}"
            if reference.frame is not None:
                last = self.tr("last frame")
                text += ", " + (last if reference.frame == -1 else self.tr("frame {n}").format(n=reference.frame))
            sign = "sound" if reference.role is Role.AUDIO else "picture"
            item = QListWidgetItem(icon(sign, tokens.muted), text, self.list)
            item.setToolTip(reference.path)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
        if not references:
            item = QListWidgetItem(self.tr("Drag a picture or a clip here"), self.list)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(min(row, len(self._shown) - 1))
        self.away.setIcon(icon("remove", tokens.text, tokens.line))
        self.away.setEnabled(bool(self._shown))

    def allow(self, capabilities: frozenset[Capability], grabs: Capability) -> None:
        """Grabbing needs an application that shows a picture."""
        self.grab_button.setEnabled(grabs in capabilities)

    def _came(self, paths: list[str]) -> None:
        role: Role = self.role.currentData()
        new = [CardReference(role=role, path=path) for path in paths]
        kept = [one for one in self._shown if role not in {Role.FIRST, Role.LAST} or one.role is not role]
        self.edited.emit([*kept, *new])

    def _choose(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, self.tr("References"))
        if paths:
            self._came(paths)

    def _remove(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            self.edited.emit([one for n, one in enumerate(self._shown) if n != row])

    def _show_role(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            self.role.setCurrentIndex(self.role.findData(self._shown[row].role))

    def _choose_role(self) -> None:
        row = self.list.currentRow()
        if self.list.hasFocus() or not 0 <= row < len(self._shown):
            return
        changed = self._shown[row].model_copy(update={"role": self.role.currentData()})
        self.edited.emit([changed if n == row else one for n, one in enumerate(self._shown)])

    def _name(self, role: Role) -> str:
        return {
            Role.FIRST: self.tr("First frame"),
            Role.LAST: self.tr("Last frame"),
            Role.STYLE: self.tr("Style"),
            Role.SUBJECT: self.tr("Subject"),
            Role.MOTION: self.tr("Motion"),
            Role.AUDIO: self.tr("Sound"),
        }[role]
