"""The take in its place: the shot before, the take, the shot behind, frame by frame or at the cut's rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.playhead import Playhead
from cutaway_panel.takes.screen import Screen
from cutaway_panel.takes.source import Source
from cutaway_panel.takes.transport import Transport

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent

    from cutaway_panel.bridge import Bridge


class PlayerView(QWidget):
    """Shows the chosen take between its neighbours. Works while it is seen, and only then."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._choice = TakeChoice.of(bridge)
        self.playhead = Playhead.of(bridge)
        self.source: Source | None = None
        self.screen_ = Screen()
        self.transport = Transport(bridge)
        self.setAccessibleName(self.tr("Preview"))
        self.setAccessibleDescription(
            self.tr("The take between the shots before and behind it. J, K, L play; arrows step; O loops.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.screen_, 1)
        layout.addWidget(self.transport)
        self._shown: int | None = None
        self.screen_.resized.connect(self._resize)
        self.screen_.painted.connect(self._painted)
        self.playhead.moved.connect(self._show)
        self._choice.changed.connect(self._load)
        self._load()

    @property
    def shown(self) -> int | None:
        """The frame on the screen, counted from the first of the place; None while there is none."""
        return self._shown

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What its keys do: what, and the key."""
        return self.playhead.keys()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not self.playhead.press(event):
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._load()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._drop()

    @Slot()
    def _load(self) -> None:
        card, take = self._choice.card, self._choice.take
        size = self._bridge.state.connection.size
        if size is not None:
            self.screen_.set_shape(*size)
        if card is None or not self.isVisible():
            self._drop()
            return
        if self.source is not None:
            if self.source.shows(card, take):
                return
            self.source.close()
        self.source = Source(self._bridge, card, take, self.playhead, self)
        self.source.ready.connect(self._show)
        self._resize()

    def _drop(self) -> None:
        if self.source is not None:
            self.source.close()
            self.source = None
        self._show()

    @Slot()
    def _resize(self) -> None:
        if self.source is not None:
            self.source.size(*self.screen_.pixels())

    @Slot()
    def _show(self) -> None:
        if self.source is None:
            self._shown = None
            words = self.tr("Choose a card to look at it.") if self._choice.card is None else ""
            self.screen_.set_pictures(None, message=words)
            self.transport.say("")
            return
        ready = self.source.ready_frames()
        shot = self.source.shot(ready[0]) if ready else None
        if shot is None:
            if self.source.problem:
                self._shown = None
                self.screen_.set_pictures(None, message=self.source.problem)
            return  # what is on the screen stays until the frame is there
        self._shown = shot.frame
        self.screen_.set_pictures(shot.picture, message=shot.problem)
        self.transport.say(shot.label)
        self.screen_.describe(shot.label, spoken=not self.playhead.speed)

    @Slot()
    def _painted(self) -> None:
        if self._shown is not None:
            self.playhead.showed(self._shown)
