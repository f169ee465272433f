"""Thumbnails, filmstrips and the frames at a cut, made by a few threads and handed to the GUI thread.

    pool = PicturePool.of(bridge)
    pool.ready.connect(repaint_row)                       # a PictureKey
    pixmap = pool.picture(PictureKey.of(card_id, 160, 90, ratio), by=view)
    pool.keep(view, keys_in_sight)                        # what scrolled away is not made any more

Threads ask the desk and turn what comes into images; a pixmap is made of them on the GUI thread alone,
which never waits. What was asked for last is made first. All pixmaps together stay under a number of
bytes; the one that was not painted for the longest goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from cutaway.errors import MediaError
from cutaway_panel.gui_thread import doors_open, on_gui_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.media.extra import Pixels
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.desk import Desk
    from cutaway_panel.state import CardView, Storyboard

LIMIT: Final = 64 << 20
"""Bytes of pixmaps: about a thousand thumbnails of 160 x 90 on a screen with two pixels to a point."""
THREADS: Final = 2
WAITING: Final = 256
"""Requests that wait at most; the oldest are forgotten, and asked for again when they are painted again."""


@dataclass(frozen=True)
class PictureKey:
    """Which picture: of a card, or of one of its takes, `width` x `height` pixels of the screen.

    With `frames` it is a row of pictures of that size, edge to edge: frames counted from the first of the place,
    those outside it being the neighbours'. Else it is one, the `side` of the place: first or last.
    """

    card_id: str
    width: int
    height: int
    take_id: str | None = None
    side: str = "first"
    frames: tuple[int, ...] = ()
    ratio: float = 1.0
    """Pixels of the screen to a point of the layout."""

    @classmethod
    def of(
        cls,
        card_id: str,
        width: float,
        height: float,
        ratio: float = 1.0,
        *,
        take_id: str | None = None,
        side: str = "first",
        frames: tuple[int, ...] = (),
    ) -> PictureKey:
        """A picture that is `width` x `height` points large on a screen with `ratio` pixels to a point."""
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        return cls(card_id, *size, take_id, side, frames, ratio)


class PicturePool(QObject):
    """Pictures by key. Lives on the GUI thread; `limit` is in bytes."""

    ready = Signal(object)
    """A `PictureKey` whose picture is there now, or is known not to be had."""

    def __init__(
        self, desk: Desk, parent: QObject | None = None, *, limit: int = LIMIT, threads: int = THREADS
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._limit = limit
        self._pixmaps: OrderedDict[PictureKey, QPixmap] = OrderedDict()
        self._bytes = 0
        self._failed: dict[PictureKey, str] = {}
        self._places: dict[str, tuple[object, ...]] = {}
        self._asked = Condition()
        self._waiting: OrderedDict[PictureKey, set[int]] = OrderedDict()
        self._making: dict[PictureKey, bool] = {}
        self._closed = False
        doors_open()
        self._threads = [Thread(target=self._run, name=f"pictures {n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @classmethod
    def of(cls, bridge: Bridge) -> PicturePool:
        """That of the window; made when it is asked for first. It forgets what a new state shows otherwise."""
        known = bridge.findChild(cls)
        if known is None:
            known = cls(bridge.desk, bridge)
            known.follow(bridge.state)
            bridge.changed.connect(known.follow)
        return known

    @property
    def bytes(self) -> int:
        """Of all pixmaps that are kept."""
        return self._bytes

    @property
    def waiting(self) -> int:
        """Requests that nobody has begun."""
        return len(self._waiting)

    @property
    def making(self) -> int:
        """Requests that are begun and not there yet."""
        return len(self._making)

    def picture(self, key: PictureKey, by: object = None) -> QPixmap | None:
        """The picture, if it is there; else None, and `ready` tells when it is. `by` is the view that shows it."""
        found = self._pixmaps.get(key)
        if found is not None:
            self._pixmaps.move_to_end(key)
            return found
        if key not in self._failed:
            self._ask(key, id(by))
        return None

    def problem(self, key: PictureKey) -> str | None:
        """Why there is no such picture; "" where there is nothing to show, None where it is there or on its way."""
        return self._failed.get(key)

    def keep(self, by: object, keys: Iterable[PictureKey]) -> None:
        """A view shows these now: what else it asked for, and nobody has begun, is dropped."""
        shown, who = set(keys), id(by)
        with self._asked:
            for key in [key for key, views in self._waiting.items() if who in views and key not in shown]:
                self._waiting[key].discard(who)
                if not self._waiting[key]:
                    del self._waiting[key]

    def forget(self, card_id: str) -> None:
        """Pictures of a card are made anew when they are asked for."""
        for key in [key for key in self._pixmaps if key.card_id == card_id]:
            self._bytes -= _size(self._pixmaps.pop(key))
        for key in [key for key in self._failed if key.card_id == card_id]:
            del self._failed[key]
        with self._asked:
            for key in self._making:
                if key.card_id == card_id:
                    self._making[key] = False

    @Slot(object)
    def follow(self, state: Storyboard) -> None:
        """Forgets the cards that moved, or whose neighbours or takes are others."""
        places = {view.id: _place(view) for view in state.cards}
        for card_id, place in self._places.items():
            if places.get(card_id) != place:
                self.forget(card_id)
        self._places = places

    def close(self) -> None:
        """Nothing is made any more; threads end with what they are at."""
        with self._asked:
            self._closed = True
            self._waiting.clear()
            self._asked.notify_all()

    def _ask(self, key: PictureKey, who: int) -> None:
        with self._asked:
            if self._making.get(key):
                return
            self._waiting.setdefault(key, set()).add(who)
            self._waiting.move_to_end(key)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
            self._asked.notify()

    def _take_in(self, key: PictureKey, image: QImage | None, problem: str) -> None:
        with self._asked:
            fresh = self._making.pop(key, False)
        if self._closed or not fresh:
            self.ready.emit(key)  # it was forgotten meanwhile: who still shows it asks again
            return
        if image is None:
            self._failed[key] = problem
        else:
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(key.ratio)
            old = self._pixmaps.pop(key, None)
            self._bytes += _size(pixmap) - (_size(old) if old is not None else 0)
            self._pixmaps[key] = pixmap
            while self._bytes > self._limit and self._pixmaps:
                self._bytes -= _size(self._pixmaps.popitem(last=False)[1])
        self.ready.emit(key)

    def _run(self) -> None:
        while True:
            with self._asked:
                while not self._waiting and not self._closed:
                    self._asked.wait()
                if self._closed:
                    return
                key, _ = self._waiting.popitem()
                self._making[key] = True
            image, problem = self._image(key)
            on_gui_thread(self, partial(self._take_in, key, image, problem))

    def _image(self, key: PictureKey) -> tuple[QImage | None, str]:
        try:
            if key.frames:
                return image_of(self._row(key)), ""
            pixels = self._desk.thumbnail(key.card_id, key.width, key.height, take_id=key.take_id, side=key.side)
        except Exception as error:  # noqa: BLE001 - shown in the place of the picture
            return None, str(error)
        return (None, "") if pixels is None else (image_of(pixels), "")

    def _row(self, key: PictureKey) -> Pixels:
        """The frames of a key beside each other, black where there is none: (H, W x n, 3).

        Raises:
            MediaError: none of them can be read.
        """
        outside = max(0, -min(key.frames))
        reel = self._desk.reel(key.card_id, key.take_id, context=max(1, outside))
        try:
            row = np.zeros((key.height, key.width * len(key.frames), 3), np.uint8)
            tiles = [(n, frame + reel.place.start) for n, frame in enumerate(key.frames)]
            there = [(n, at) for n, at in tiles if 0 <= at < reel.frames]
            unread: list[MediaError] = []
            for n, at in there:
                try:
                    row[:, n * key.width : (n + 1) * key.width] = reel.frame(at, key.width, key.height)
                except MediaError as error:
                    unread.append(error)
            if unread and len(unread) == len(there):
                raise unread[0]
            return row
        finally:
            reel.close()


def image_of(pixels: Pixels) -> QImage:
    """A picture (H, W, 3) uint8 RGB as an image of its own memory, in the form that is painted fastest."""
    height, width, _ = pixels.shape
    packed: Any = np.ascontiguousarray(pixels)
    image = QImage(packed.data, width, height, width * 3, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * max(1, pixmap.depth() // 8)


def _place(view: CardView) -> tuple[object, ...]:
    """What decides which pictures a card shows."""
    return view.span, view.track, view.before, view.after, view.state, tuple(take.take.id for take in view.takes)
