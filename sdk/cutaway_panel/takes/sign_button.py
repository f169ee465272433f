"""A small button with a drawn sign; what it does stands in its tip and its accessible name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QToolButton

from cutaway_panel.theme import current, icon, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_panel.theme import Tokens


class SignButton(QToolButton):
    """`tip` ends with the key in brackets: "Star (S)". The sign is drawn anew when the theme changes."""

    def __init__(self, name: str, tip: str, run: Callable[[], object], *, checkable: bool = False) -> None:
        super().__init__()
        self._sign = name
        self._drawn: tuple[str, Tokens] | None = None
        self.setCheckable(checkable)
        self.setIconSize(QSize(16, 16))
        self.say(name, tip)
        self.clicked.connect(run)

    def say(self, name: str, tip: str) -> None:
        """Another sign, another thing it does."""
        self._sign = name
        self.setToolTip(tip)
        self.setAccessibleName(tip.rsplit(" (", 1)[0])
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.StyleChange}:
            self._draw()

    def _draw(self) -> None:
        tokens = current().tokens
        if self._drawn == (self._sign, tokens):
            return
        self._drawn = self._sign, tokens
        made = icon(self._sign, tokens.text, tokens.line)
        made.addPixmap(sign(self._sign, 32, tokens.on_chosen), QIcon.Mode.Normal, QIcon.State.On)
        self.setIcon(made)
