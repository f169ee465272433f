"""Where a take came from: its whole slate, to be read and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cutaway_panel.takes import slate
from cutaway_panel.takes.choice import TakeChoice

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge


class ProvenanceView(QWidget):
    """The slate of the chosen take. Every text can be selected; all of it goes to the clipboard as JSON."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self._choice.changed.connect(self._show)
        self._show()

    def text_of(self, name: str) -> str:
        """What stands beside a name; "" where it has no row."""
        for row in range(self._form.rowCount()):
            label, field = (
                self._form.itemAt(row, role).widget()
                for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole)
            )
            if isinstance(label, QLabel) and isinstance(field, QLabel) and label.text() == name:
                return field.text()
        return ""

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
        if card is None or take is None:
            self.heading.setText(self.tr("Choose a take to see where it came from."))
            return
        self.heading.setText(self.tr("Take {0} of card {1}").format(take.number, card.number))
        for name, text in slate.rows(card, take):
            label, field = QLabel(name), QLabel(text)
            label.setProperty("role", "muted")
            field.setWordWrap(True)
            field.setTextFormat(Qt.TextFormat.PlainText)
            field.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            field.setAccessibleName(name)
            self._form.addRow(label, field)
