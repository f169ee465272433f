"""A reel as pictures on the GUI thread: a `Feed` that tells by a signal and moves with the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cutaway_panel.gui_thread import doors_open, on_gui_thread
from cutaway_panel.pictures import image_of
from cutaway_panel.takes.feed import Feed, Shot

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, TakeView
    from cutaway_panel.takes.playhead import Playhead


class Source(QObject):
    """The reel of one card, with one of its takes in the place, decoded ahead of the playhead."""

    ready = Signal()
    """Another frame can be painted, or the reel turned out to be unreadable."""

    def __init__(
        self, bridge: Bridge, card: CardView, take: TakeView | None, playhead: Playhead, parent: QObject
    ) -> None:
        super().__init__(parent)
        desk = bridge.desk
        card_id, take_id = card.id, take.take.id if take is not None else None
        self._closed = False
        self._of = _place(card), take_id
        self._playhead = playhead
        doors_open()
        self.feed: Feed[QImage] = Feed(
            lambda: desk.reel(card_id, take_id),
            made=image_of,
            told=self._tell,
        )
        playhead.moved.connect(self._aim)
        playhead.ran.connect(self._aim)
        playhead.covered.connect(self._aim)
        self._aim()

    def shows(self, card: CardView, take: TakeView | None) -> bool:
        """Whether it is the reel of this take in this place, between these neighbours."""
        return self._of == (_place(card), take.take.id if take is not None else None)

    def size(self, width: int, height: int) -> None:
        """Pictures are wanted at this size, pixels of the screen."""
        self.feed.size(width, height)

    def ready_frames(self) -> list[int]:
        """Frames that may be shown now, the best first: that under the playhead; while it runs, one it just passed."""
        head = self._playhead
        if head.speed:
            return self.feed.passed(head.frame, head.speed)
        return [head.frame] if self.feed.shot(head.frame) is not None else []

    def shot(self, frame: int) -> Shot[QImage] | None:
        """A frame, if it is ready."""
        return self.feed.shot(frame)

    @property
    def problem(self) -> str:
        """Why nothing can be seen; "" where something can."""
        return self.feed.problem

    def close(self) -> None:
        """Never waits."""
        self._closed = True
        self.feed.close()
        self.deleteLater()

    @Slot()
    def _aim(self) -> None:
        self.feed.aim(self._playhead.frame, self._playhead.speed, self._playhead.wraps)

    def _tell(self) -> None:
        """On the feed's thread."""
        on_gui_thread(self, self._hear)

    def _hear(self) -> None:
        if self._closed:
            return
        feed = self.feed
        if feed.place is not None and feed.extent is not None and feed.rate is not None:
            self._playhead.cover(feed.place, feed.extent, feed.rate)
        self.ready.emit()


def _place(card: CardView) -> tuple[object, ...]:
    return card.id, card.span, card.track, card.before, card.after
