"""The gap finder: on which tracks, from which length, and what counts as a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QSpinBox, QToolButton, QWidget

from cutaway_panel.window.wording import named, role

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import Storyboard


class GapFinder(QFrame):
    """A row of choices above the cards; Enter looks, Escape puts the row away."""

    left = Signal()
    """It was put away: the keyboard goes back to the cards."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._bridge = bridge
        self._tracks: dict[int, QCheckBox] = {}
        self._row = QHBoxLayout()
        self._row.setSpacing(10)
        self.least = named(
            QSpinBox(self), self.tr("Least length in frames"), self.tr("Shorter holes are slips of the hand")
        )
        self.least.setRange(1, 9999)
        self.least.setValue(2)
        self.least.setSuffix(self.tr(" frames"))
        self.every = named(
            QCheckBox(self.tr("Every gap"), self),
            self.tr("Every gap"),
            self.tr("Also gaps above or below which another track shows a picture"),
        )
        self.placeholders = named(
            QCheckBox(self.tr("Placeholders"), self),
            self.tr("Placeholders"),
            self.tr("Also disabled clips, clips without media, and black or named stand-ins"),
        )
        self.button = named(QPushButton(self.tr("Find gaps"), self), self.tr("Find gaps"))
        self.button.setDefault(True)
        self.button.clicked.connect(self.look)
        away = named(QToolButton(self), self.tr("Put the gap finder away"))
        away.setText("×")
        away.clicked.connect(self.put_away)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(role(QLabel(self.tr("Tracks"), self), "muted"))
        row.addLayout(self._row)
        least = role(QLabel(self.tr("From"), self), "muted")
        least.setBuddy(self.least)
        row.addWidget(least)
        for widget in (self.least, self.every, self.placeholders):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.button)
        row.addWidget(away)
        bridge.changed.connect(self.show_state)
        self.show_state(bridge.state)
        self.hide()

    def show_state(self, state: Storyboard) -> None:
        """One box for each track that has a card or a shot; those known before keep their tick."""
        names = {card.track: card.track_name for card in sorted(state.cards, key=lambda card: card.track)}
        if names == {track: box.text() for track, box in self._tracks.items()}:
            return
        ticked = {track for track, box in self._tracks.items() if not box.isChecked()}
        for box in self._tracks.values():
            self._row.removeWidget(box)
            box.deleteLater()
        self._tracks = {}
        for track, name in names.items():
            box = named(QCheckBox(name, self), self.tr("Look on track {name}").format(name=name))
            box.setChecked(track not in ticked)
            self._row.addWidget(box)
            self._tracks[track] = box

    def look(self) -> None:
        """Asks the desk; every track where none is ticked, or all are."""
        ticked = [track for track, box in self._tracks.items() if box.isChecked()]
        some = ticked if 0 < len(ticked) < len(self._tracks) else None
        self._bridge.desk.find_gaps(
            tracks=some,
            min_frames=self.least.value(),
            every_gap=self.every.isChecked(),
            placeholders=self.placeholders.isChecked(),
        )

    def bring(self) -> None:
        """Shows the row, ready to type the least length."""
        self.show()
        self.least.setFocus()
        self.least.selectAll()

    def put_away(self) -> None:
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.look()
        else:
            super().keyPressEvent(event)
