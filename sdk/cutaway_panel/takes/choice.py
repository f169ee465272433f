"""Which take of the chosen card is looked at: all views of a window follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, Storyboard, TakeView


class TakeChoice(QObject):
    """The take under the eye; the card's active one, else its newest, until another is chosen."""

    changed = Signal()
    """Another card, another take, or something about them."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self._chosen = ""
        self._was: tuple[CardView | None, TakeView | None] = (bridge.card, self.take)
        bridge.changed.connect(self._follow)
        bridge.current_changed.connect(self._turn)

    @classmethod
    def of(cls, bridge: Bridge) -> TakeChoice:
        """That of the window; made when it is asked for first."""
        known = bridge.findChild(cls)
        return known if known is not None else cls(bridge)

    @property
    def card(self) -> CardView | None:
        return self._bridge.card

    @property
    def take(self) -> TakeView | None:
        card = self._bridge.card
        if card is None or not card.takes:
            return None
        chosen = next((view for view in card.takes if view.take.id == self._chosen), None)
        return chosen or next((view for view in card.takes if view.is_active), card.takes[-1])

    def choose(self, take_id: str) -> None:
        """Every view shows this take."""
        if take_id != self._chosen:
            self._chosen = take_id
            self._tell()

    @Slot(object)
    def _follow(self, _: Storyboard) -> None:
        self._tell()

    @Slot(str)
    def _turn(self, _: str) -> None:
        self._chosen = ""
        self._tell()

    def _tell(self) -> None:
        now = self._bridge.card, self.take
        if now[0] is not self._was[0] or now[1] is not self._was[1]:
            self._was = now
            self.changed.emit()
