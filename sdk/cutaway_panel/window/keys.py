"""The list of all keys: made of the actions there are, so that it cannot be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cutaway_panel.window.actions import keys_of, plain_text, with_keys
from cutaway_panel.window.wording import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent


class HasKeys(Protocol):
    """A part of the window with keys that are not of actions."""

    def accessibleName(self) -> str: ...  # noqa: N802 - Qt's name

    def keys(self) -> tuple[tuple[str, str], ...]: ...


class KeyList(QWidget):
    """A window of its own: what can be done, and with which keys. Typing finds; Escape closes."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Tool)
        self.setWindowTitle(self.tr("All keys"))
        self.word = named(QLineEdit(self), self.tr("Find a key"), self.tr("A word, or a key such as Ctrl"))
        self.word.setPlaceholderText(self.tr("Find"))
        self.word.setClearButtonEnabled(True)
        self.word.textChanged.connect(self._find)
        self.list = named(QTreeWidget(self), self.tr("All keys"))
        self.list.setColumnCount(2)
        self.list.setHeaderLabels([self.tr("What it does"), self.tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.addWidget(self.word)
        column.addWidget(self.list, 1)
        self.resize(520, 640)

    def show_keys(self, window: QWidget, parts: Sequence[HasKeys]) -> None:
        """Every action of the window, the plain keys of its parts, and what lists do by themselves."""
        rows = [(plain_text(action), keys_of(action), action.toolTip()) for action in with_keys(window)]
        rows += [(text, keys, part.accessibleName()) for part in parts for text, keys in part.keys()]  # noqa: SIM118 - no mapping
        self._fill([*rows, *self._native()])
        self.show()
        self.raise_()
        self.activateWindow()
        self.word.setFocus()

    def _native(self) -> Sequence[tuple[str, str, str]]:
        """Keys that lists and fields bring with them."""
        return (
            (self.tr("Card before or behind"), "← →", ""),
            (self.tr("First or last card"), "Home, End", ""),
            (self.tr("Select several cards"), "Shift+← →", ""),
            (self.tr("Write the prompt of a card"), "Enter", ""),
            (self.tr("Next or previous field"), "Tab, Shift+Tab", ""),
            (self.tr("Menus of the window"), "Alt", ""),
        )

    def _fill(self, rows: Sequence[tuple[str, str, str]]) -> None:
        self.list.clear()
        known = set()
        for text, keys, told in rows:
            if (text, keys) in known:
                continue
            known.add((text, keys))
            item = QTreeWidgetItem(self.list, [text, keys])
            item.setToolTip(0, told)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{text}: {keys}")
        self._find(self.word.text())

    def _find(self, word: str) -> None:
        wanted = word.casefold().strip()
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None:
                item.setHidden(wanted not in f"{item.text(0)} {item.text(1)}".casefold())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_F1}:
            self.close()
        else:
            super().keyPressEvent(event)
