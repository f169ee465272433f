"""Where a take came from: its whole slate, to be read and copied."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final
from weakref import ref

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cutaway_panel.gui_thread import doors_open, lead_back
from cutaway_panel.takes import slate
from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.credentials import manifest_in

if TYPE_CHECKING:
    from pathlib import Path
    from weakref import ReferenceType

    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge


_WORD: Final = 40
"""Letters from which on a text without spaces gets a line that can be scrolled."""


class ProvenanceView(QWidget):
    """The slate of the chosen take. Every text can be selected; all of it goes to the clipboard as JSON."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._credentials: QLabel | None = None
        self._path = ""
        self._choice = TakeChoice.of(bridge)
        self.setAccessibleName(self.tr("Provenance"))
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.copy_button = QPushButton(self.tr("Copy as JSON"))
        self.copy_button.setToolTip(self.tr("The whole slate to the clipboard (Ctrl+C)"))
        self.copy_button.clicked.connect(self.copy)
        self._rows = QWidget()
        self._form = QFormLayout(self._rows)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(5)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._rows)
        area.setAccessibleName(self.tr("Slate"))
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(top)
        layout.addWidget(area, 1)
        doors_open()
        self._choice.changed.connect(self._show)
        self._show()

    def copy(self) -> None:
        """The slate as JSON, onto the clipboard."""
        card, take = self._choice.card, self._choice.take
        if card is not None and take is not None:
            QGuiApplication.clipboard().setText(slate.as_json(card, take))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _show(self) -> None:
        card, take = self._choice.card, self._choice.take
        self.copy_button.setEnabled(take is not None)
        while self._form.rowCount():
            self._form.removeRow(0)
        self._credentials, self._path = None, ""
        if card is None or take is None:
            self.heading.setText(self.tr("Choose a take to see where it came from."))
            return
        self.heading.setText(self.tr("Take {0} of card {1}").format(take.number, card.number))
        for name, text in slate.rows(card, take):
            self._form.addRow(
                _name(name), _word(name, text) if len(text) > _WORD and " " not in text else _text(name, text)
            )
        self._credentials = _text(self.tr("Content credentials"), self.tr("being looked for …"))
        self._form.addRow(_name(self.tr("Content credentials")), self._credentials)
        self._path = str(take.path)
        Thread(target=_look, args=[take.path, ref(self)], name="credentials", daemon=True).start()

    def _take_in(self, path: str, *, found: bool | None) -> None:
        if path != self._path or self._credentials is None:
            return
        self._credentials.setText(
            self.tr("a C2PA manifest is in the file; it was not verified here")
            if found
            else self.tr("none in the file")
            if found is False
            else self.tr("not known: the file cannot be read, or is no MP4 or MOV")
        )


def _look(path: Path, view: ReferenceType[ProvenanceView]) -> None:
    """On a thread of its own, which outlives the view where the file lies far away."""
    found = manifest_in(path)
    lead_back(view, lambda there: there._take_in(str(path), found=found))  # noqa: SLF001 - of this file


def _name(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label


def _text(name: str, text: str) -> QLabel:
    """Words, which wrap."""
    field = QLabel(text)
    field.setWordWrap(True)
    field.setTextFormat(Qt.TextFormat.PlainText)
    field.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    field.setAccessibleName(name)
    return field


def _word(name: str, text: str) -> QLineEdit:
    """A path or a sum, which does not wrap and is scrolled instead."""
    field = QLineEdit(text)
    field.setReadOnly(True)
    field.setCursorPosition(0)
    field.setAccessibleName(name)
    return field
