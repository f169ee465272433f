"""The only dialog that holds the window up: before the cut is touched, or money may be spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cutaway_panel.theme import current, sign
from cutaway_panel.window.wording import named, role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Confirm(QDialog):
    """What would be done, line by line. Enter does it, Escape does not.

    Args:
        ask: the question, one sentence.
        lines: what would change, each a sentence.
        doing: the word on the button; "" where there is nothing to be done and the dialog only says why.
        then: called when the button was pressed.
    """

    def __init__(
        self, parent: QWidget, ask: str, lines: Sequence[str], doing: str, then: Callable[[], object] | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(ask)
        self.setAccessibleName(ask)
        self.setAccessibleDescription("\n".join(lines))
        tokens = current().tokens
        picture = QLabel(self)
        picture.setPixmap(sign("info" if doing else "warning", 28, tokens.info if doing else tokens.warning))
        words = QVBoxLayout()
        words.setSpacing(6)
        for text, kind in ((ask, "heading"), *((line, "") for line in lines)):
            label = role(QLabel(text, self), kind)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(380)
            words.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        not_now = QPushButton(self.tr("Cancel") if doing else self.tr("Close"), self)
        named(not_now, not_now.text(), self.tr("Nothing is done"))
        not_now.clicked.connect(self.reject)
        buttons.addWidget(not_now)
        if doing:
            self.button = role(named(QPushButton(doing, self), doing), "action")
            self.button.clicked.connect(self.accept)
            self.button.setDefault(True)
            self.button.setFocus()
            buttons.addWidget(self.button)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 16, 14)
        column.setSpacing(16)
        column.addLayout(top)
        column.addLayout(buttons)
        if then is not None:
            self.accepted.connect(then)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.finished.connect(parent.activateWindow)

    def offer_silence(self, text: str, then: Callable[[], object]) -> None:
        """A box below the lines; `then` is called where it is ticked when the button is pressed."""
        box = named(QCheckBox(text, self), text)
        self._column.insertWidget(1, box)
        self.accepted.connect(lambda: then() if box.isChecked() else None)
