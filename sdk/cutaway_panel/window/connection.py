"""The connection strip: which timeline of which application, which server, and what is wrong with either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from cutaway_panel.state import Mode
from cutaway_panel.theme import current, figures, icon, sign
from cutaway_panel.window.wording import Shortened, named, role

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from cutaway.timebase import Rate
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import Connection, Problem, Storyboard

DOCTOR: Final = "cutaway doctor"
"""The command that looks into a server or a file that cannot be had."""
PATIENCE: Final = 3
"""Seconds after which an application that does not answer is called slow."""


def rate_in_words(rate: Rate) -> str:
    """As an editor says it: 24 fps, 23.976 fps."""
    return f"{rate.fps:.3f}".rstrip("0").rstrip(".") + " fps"


class Trouble(QFrame):
    """A problem, what to do about it, and a button that tries again."""

    again = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problem")
        self._sign = QLabel(self)
        self._what = role(QLabel(self), "strong")
        self._fix = QLabel(self)
        for label in (self._what, self._fix):
            label.setWordWrap(True)
        self._doctor = named(
            QPushButton(self), self.tr("Copy the command"), self.tr("Copies the command that finds out what is wrong")
        )
        role(self._doctor, "link")
        self._doctor.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._doctor.text()))
        again = named(QPushButton(self.tr("Try again"), self), self.tr("Try again"), name)
        again.clicked.connect(self.again)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._what)
        words.addWidget(self._fix)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._sign)
        row.addLayout(words, 1)
        row.addWidget(self._doctor)
        row.addWidget(again)
        self._told: tuple[str, str, str] | None = None
        self.hide()

    def tell(self, problem: Problem | None, command: str) -> None:
        """Shows a problem with the command that looks into it; hides where there is none."""
        self.setVisible(problem is not None)
        told = (problem.what, problem.fix, command) if problem is not None else None
        if told is None or told == self._told:
            self._told = told
            return
        self._told = told
        self._what.setText(told[0])
        self._fix.setText(told[1])
        self._fix.setVisible(bool(told[1]))
        self._doctor.setText(command)
        self._doctor.setAccessibleName(self.tr("Copy the command {command}").format(command=command))
        self._sign.setPixmap(sign("warning", 22, current().tokens.bad, self.devicePixelRatioF()))
        self.setAccessibleName(" ".join(told[:2]))


class ConnectionStrip(QFrame):
    """One line of facts, and below it what is wrong. `doctor` is the command that examines the application."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None, *, doctor: str = DOCTOR) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self._doctor = doctor
        self._bridge = bridge
        self._shown: Connection | None = None
        self._busy = ""
        self.mode = role(QLabel(self), "strong")
        self._sign = QLabel(self)
        self.application = Shortened("", self)
        self.project = role(Shortened("", self), "muted")
        self.timeline = role(Shortened("", self), "strong")
        self.rate = QLabel(self)
        self.size_ = QLabel(self)
        self.start = QLabel(self)
        self.server = role(Shortened("", self), "muted")
        self.busy = role(Shortened("", self), "info")
        self.sync = QToolButton(self)
        self.sync.setText(self.tr("Re-sync"))
        named(self.sync, self.tr("Re-sync"), self.tr("Reads the cut again; cards find their places again"))
        self.sync.clicked.connect(bridge.desk.sync)
        self.trouble = Trouble(self.tr("Connects to the application again"), self)
        self.server_trouble = Trouble(self.tr("Connects to the server again"), self)
        for trouble in (self.trouble, self.server_trouble):
            trouble.again.connect(bridge.desk.connect)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self._sign)
        for label in (self.mode, self.application, self.project, self.timeline, self.rate, self.size_, self.start):
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.busy)
        row.addWidget(self.server)
        row.addWidget(self.sync)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.trouble)
        column.addWidget(self.server_trouble)
        self._asked = QElapsedTimer()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tell_wait)
        self._dress()
        bridge.changed.connect(self.show_state)
        self.show_state(bridge.state)

    def show_state(self, state: Storyboard) -> None:
        connection = state.connection
        if connection is self._shown:
            return
        self._shown = connection
        self.mode.setText(self._mode(connection.mode))
        self._say(self.application, f"{connection.application} {connection.version}".strip(), self.tr("Application"))
        self._say(self.project, connection.project, self.tr("Project"))
        self._say(self.timeline, connection.timeline, self.tr("Timeline"))
        rate = rate_in_words(connection.rate) if connection.rate is not None else ""
        self._say(self.rate, rate, self.tr("Rate"))
        size = "{} × {}".format(*connection.size) if connection.size is not None else ""
        self._say(self.size_, size, self.tr("Size"))
        self._say(self.start, connection.start, self.tr("Timecode of the first frame"))
        self._say(self.server, connection.server, self.tr("Server"))
        if connection.busy != self._busy:
            self._busy = connection.busy
            self._asked.start()
            self._clock.start() if connection.busy else self._clock.stop()
        self._tell_wait()
        self.trouble.tell(connection.problem, self._doctor)
        self.server_trouble.tell(connection.server_problem, DOCTOR)
        self._show_sign(connection)
        self.setAccessibleName(", ".join(self.facts()))

    def _tell_wait(self) -> None:
        """What the application is asked; after a while how long it has said nothing, and that this holds nobody up."""
        seconds = self._asked.elapsed() // 1000 if self._busy else 0
        slow = seconds >= PATIENCE
        text = self._busy
        if slow:
            text = self.tr("{what}: no answer for {n} s; go on here meanwhile").format(what=text, n=seconds)
        role(self.busy, "warning" if slow else "info")
        self._say(self.busy, text, self.tr("The application is being asked"))

    def facts(self) -> list[str]:
        """Everything the strip says, in order."""
        labels = (self.mode, self.application, self.project, self.timeline, self.rate, self.size_, self.start)
        return [label.text() for label in (*labels, self.server, self.busy) if label.text()]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        tokens = current().tokens
        self.sync.setIcon(icon("sync", tokens.text))
        self.sync.setToolButtonStyle(self.sync.toolButtonStyle().ToolButtonTextBesideIcon)
        self.start.setFont(figures())
        if self._shown is not None:
            self._show_sign(self._shown)

    def _show_sign(self, connection: Connection) -> None:
        tokens = current().tokens
        if connection.problem is not None:
            name, ink = "warning", tokens.bad
        elif connection.mode is Mode.NONE:
            name, ink = "draft", tokens.muted
        else:
            name, ink = "applied", tokens.good
        self._sign.setPixmap(sign(name, 16, ink, self.devicePixelRatioF()))

    def _say(self, label: QLabel, text: str, what: str) -> None:
        label.setVisible(bool(text))
        if text != label.text():
            label.setText(text)
            label.setToolTip(f"{what}: {text}")
            label.setAccessibleName(f"{what}: {text}")

    def _mode(self, mode: Mode) -> str:
        return {
            Mode.NONE: self.tr("Not connected"),
            Mode.LIVE: self.tr("Live"),
            Mode.IN_APP: self.tr("In-app"),
            Mode.FILES: self.tr("Files"),
        }[mode]
