"""Pictures of the cut and of takes, small, for the picture pool.

    frames = Frames()
    frames.look_at(cut)
    frames.thumbnail(view, 160, 90, side="first")          # (90, 160, 3) RGB uint8, or None

Each reader has files of its own open, few of them. A frame that cannot be had is None, never another one.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway.errors import MediaError
from cutaway.storyboard.footage import Footage
from cutaway.wire import Verb
from cutaway_panel.cards import SHOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.media.extra import Pixels
    from cutaway.timeline.index import Index, Item
    from cutaway_panel.state import CardView, TakeView

KEPT_OPEN: Final = 4
"""Files that one reader keeps open."""


@dataclass(frozen=True)
class Cut:
    """A cut as it was looked at last, for those who read its media."""

    index: Index
    folders: tuple[Path, ...]
    takes_folder: Path


class Frames:
    """Frames of one cut at a time, from any thread."""

    def __init__(self) -> None:
        self._cut: Cut | None = None
        self._lock = threading.Lock()
        self._free: list[Footage] = []
        """Open files of the cut that nobody reads just now."""

    def look_at(self, cut: Cut | None) -> None:
        """The cut that pictures are of from now on; files of the one before are let go of."""
        with self._lock:
            self._cut, free, self._free = cut, self._free, []
        for footage in free:
            footage.close()

    @property
    def cut(self) -> Cut | None:
        return self._cut

    def thumbnail(
        self, view: CardView, width: int, height: int, *, take: TakeView | None, side: str = "first"
    ) -> Pixels | None:
        """The first or last picture of a take, a shot or a place; of a hole, what is seen before or behind it."""
        try:
            if take is not None:
                return self._of_take(take, width, height, side)
            return self._of_place(view, width, height, side)
        except (MediaError, OSError):
            return None

    def _of_take(self, take: TakeView, width: int, height: int, side: str) -> Pixels:
        from cutaway.media.decode import Clip

        used = take.take.used
        at = used.start if side == "first" else used.end - 1
        with Clip(take.path) as clip:
            return clip.glance(at, width, height)

    def _of_place(self, view: CardView, width: int, height: int, side: str) -> Pixels | None:
        cut = self._cut
        if cut is None:
            return None
        inside = view.kind in {SHOT, Verb.REMIX, Verb.LOOP, Verb.BLEND}
        first, last = view.span.start, view.span.end - 1
        behind = view.card.placement.behind if view.card is not None else last + 1
        at = (first if inside else first - 1) if side == "first" else (last if inside else behind)
        with self._read(cut) as footage:
            item = shot_seen(footage, view.track, at)
            return None if item is None else footage.clip(item).glance(footage.source_frame(item, at), width, height)

    @contextmanager
    def _read(self, cut: Cut) -> Iterator[Footage]:
        """Open files of a cut, for one reader at a time."""
        with self._lock:
            footage = self._free.pop() if self._free and self._cut is cut else None
        footage = footage or Footage(cut.index, cut.folders, keep=KEPT_OPEN)
        try:
            yield footage
        finally:
            with self._lock:
                is_wanted = self._cut is cut
                if is_wanted:
                    self._free.append(footage)
            if not is_wanted:
                footage.close()


def shot_seen(footage: Footage, track: int, frame: int) -> Item | None:
    """The shot of a track at a record frame, else what is seen there."""
    if frame < 0:
        return None
    items = footage.index.tracks[track].items if track < len(footage.index.tracks) else ()
    own = (i for i in items if i.kind in {"clip", "nested"} and i.record.start <= frame < i.record.end)
    return next(own, None) or footage.item_at(frame)
