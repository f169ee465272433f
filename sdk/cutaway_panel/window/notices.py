"""What was done and what went wrong: the last word in the status line, all of it in the log, and diagnostics."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, qVersion
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QGuiApplication,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from cutaway import __version__
from cutaway_panel.theme import LEVEL_INK, current
from cutaway_panel.window.connection import rate_in_words
from cutaway_panel.window.wording import named

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import Notice, Storyboard


def diagnostics(state: Storyboard) -> str:
    """What somebody who helps has to know: versions, connection, counts, the last notices. No keys; home is ~."""
    connection = state.connection
    facts = {
        "cutaway": __version__,
        "Python": platform.python_version(),
        "Qt": qVersion(),
        "system": platform.platform(),
        "screen": QGuiApplication.platformName(),
        "mode": connection.mode,
        "application": f"{connection.application} {connection.version}".strip(),
        "timeline": connection.timeline,
        "rate": rate_in_words(connection.rate) if connection.rate is not None else "",
        "frames": connection.frames,
        "can": ", ".join(sorted(connection.capabilities)),
        "server": connection.server,
        "models": ", ".join(connection.models),
        "cards": len(state.cards),
        "queue": ", ".join(f"{job.state} {job.title}" for job in state.queue),
        "placed": len(state.applied),
    }
    lines = [f"{name:<12} {value}" for name, value in facts.items() if value not in {"", None}]
    for problem in (connection.problem, connection.server_problem):
        if problem is not None:
            lines += [f"{'problem':<12} {problem.what}", f"{'':<12} {problem.fix}"]
    lines += ["", *(line(notice) for notice in state.notices[-50:])]
    return "\n".join(lines).replace(str(Path.home()), "~")


def line(notice: Notice) -> str:
    """A notice as one line; its level in words where it is not just news."""
    level = "" if notice.level == "info" else f"{notice.level}: "
    return f"{level}{notice.text}{' — ' + notice.fix if notice.fix else ''}"


class NoticeLog(QWidget):
    """Every notice, newest below."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._shown: tuple[Notice, ...] = ()
        self.text = named(QPlainTextEdit(self), self.tr("Log"), "")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMaximumBlockCount(400)
        self.text.setPlaceholderText(self.tr("Nothing has happened yet."))
        copy = named(
            QPushButton(self.tr("Copy diagnostics"), self),
            self.tr("Copy diagnostics"),
            self.tr("Versions, connection and the last notices, for a bug report; no keys"),
        )
        copy.clicked.connect(self.copy)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        bridge.changed.connect(self.show_state)
        self.show_state(bridge.state)

    def show_state(self, state: Storyboard) -> None:
        if state.notices is self._shown:
            return
        known = len(self._shown)
        new = state.notices[known:] if known and state.notices[:known] == self._shown else state.notices
        if new is state.notices:
            self.text.clear()
        self._shown = state.notices
        for notice in new:
            self._append(notice)

    def copy(self) -> None:
        """Diagnostics go to the clipboard."""
        QGuiApplication.clipboard().setText(diagnostics(self._bridge.state))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self.text.clear()
            for notice in self._shown:
                self._append(notice)

    def _append(self, notice: Notice) -> None:
        form = QTextCharFormat()
        form.setForeground(QColor(getattr(current().tokens, LEVEL_INK.get(notice.level, "text"))))
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertText(line(notice), form)
        self.text.verticalScrollBar().setValue(self.text.verticalScrollBar().maximum())


def speak(widget: QObject, text: str) -> None:
    """A screen reader says it at once, where one listens; the keyboard stays where it is."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
