"""What was typed and not told yet: a field that is typed into becomes one edit, not one for each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from cutaway_panel.bridge import Bridge

QUIET_MS: Final = 700
"""How long nothing is typed before an edit is told, milliseconds."""


class Pending(QObject):
    """Fields of one card that wait to be told to the desk."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._card = ""
        self._fields: dict[str, Any] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.tell)

    def __contains__(self, field: str) -> bool:
        """Whether a field waits; what a new state says of it is older."""
        return field in self._fields

    def put(self, card_id: str, **fields: Any) -> None:
        """A field was changed by hand."""
        if card_id != self._card:
            self.tell()
        self._card = card_id
        self._fields |= fields
        self._timer.start()

    def now(self, card_id: str, **fields: Any) -> None:
        """The same, told at once: a choice rather than a text."""
        self.put(card_id, **fields)
        self.tell()

    def tell(self) -> None:
        """Everything that waits goes to the desk as one edit."""
        self._timer.stop()
        fields, self._fields = self._fields, {}
        if fields:
            self._bridge.desk.edit(self._card, **fields)
