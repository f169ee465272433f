"""What is shown where no cut was named: how to get one, and a place to drop it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

from cutaway_panel.opening import suffixes
from cutaway_panel.theme import current, sign
from cutaway_panel.window.wording import named, role

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent


def choose_cut(parent: QWidget) -> Path | None:
    """Asks for a file."""
    patterns = " ".join(f"*{suffix}" for suffix in suffixes())
    name, _ = QFileDialog.getOpenFileName(parent, parent.tr("Open a cut"), "", parent.tr("Cuts") + f" ({patterns})")
    return Path(name) if name else None


def dropped(data: QMimeData) -> Path | None:
    """The cut among what is dragged; None where none of it can be opened."""
    paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return next((path for path in paths if path.suffix.lower() in suffixes()), None)


class StartWindow(QMainWindow):
    """A page of three steps and a button; a file that is dropped on it is opened."""

    chosen = Signal(object)
    """The path of a cut."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("Cutaway"))
        self.setAcceptDrops(True)
        self.resize(QSize(720, 520))
        page = QFrame(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(48, 36, 48, 36)
        column.setSpacing(14)
        picture = QLabel(page)
        picture.setPixmap(sign("fill", 56, current().tokens.accent, self.devicePixelRatioF()))
        column.addStretch(1)
        column.addWidget(picture)
        title = role(QLabel(self.tr("Open a cut"), page), "heading")
        title.setStyleSheet(f"font-size: {1.7 * title.font().pointSizeF():.1f}pt")
        column.addWidget(title)
        for text in self._steps():
            label = QLabel(text, page)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        self.button = role(named(QPushButton(self.tr("Open a cut…"), page), self.tr("Open a cut")), "action")
        self.button.setShortcut(QKeySequence(QKeySequence.StandardKey.Open))
        self.button.setDefault(True)
        self.button.clicked.connect(self._choose)
        column.addSpacing(6)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)
        hint = role(QLabel(self.tr("Or drop the file here. Next time: cutaway panel CUT.otio"), page), "muted")
        column.addWidget(hint)
        column.addStretch(2)
        self.setCentralWidget(page)
        self.button.setFocus()

    def _steps(self) -> tuple[str, ...]:
        return (
            self.tr("DaVinci Resolve: File › Export › Timeline…, type OTIO. With the plugin it comes by itself."),
            self.tr("Premiere Pro, Final Cut, Avid: export XML, FCPXML or AAF. A copy is made of it to work on."),
            self.tr("No cut yet: cutaway board new BOARD.json, then cutaway board render BOARD.json."),
        )

    def _choose(self) -> None:
        path = choose_cut(self)
        if path is not None:
            self.chosen.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        path = dropped(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.chosen.emit(path)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        super().closeEvent(event)
        self.closed.emit()
