"""Pictures of the cut and of takes, small, for the picture pool.

    frames = Frames()
    frames.look_at(cut)
    frames.thumbnail(view, 160, 90, side="first")          # (90, 160, 3) RGB uint8, or None

Each thread has files of its own open, few of them. A frame that cannot be had is None, never another one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutaway.errors import MediaError
from cutaway.storyboard.footage import Footage
from cutaway.timebase import FrameRange
from cutaway.wire import Verb
from cutaway_panel.cards import SHOT

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.media.extra import Pixels
    from cutaway.timeline.index import Index, Item
    from cutaway_panel.state import CardView, TakeView


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
        self._here = threading.local()

    def look_at(self, cut: Cut) -> None:
        """The cut that pictures are of from now on."""
        self._cut = cut

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
        from cutaway.media.conform import fitted
        from cutaway.media.decode import Clip

        used = take.take.used
        at = used.start if side == "first" else used.end - 1
        with Clip(take.path) as clip:
            return fitted(clip.read(at, at + 1)[0], width, height)

    def _of_place(self, view: CardView, width: int, height: int, side: str) -> Pixels | None:
        footage = self._footage()
        if footage is None:
            return None
        inside = view.kind in {SHOT, Verb.REMIX, Verb.LOOP, Verb.BLEND}
        first, last = view.span.start, view.span.end - 1
        at = (first if inside else first - 1) if side == "first" else (last if inside else last + 1)
        if view.card is not None and not inside:
            at = view.card.placement.behind if side != "first" else at
        item = shot_seen(footage, view.track, at)
        if item is None:
            return None
        found: Pixels = footage.frames(item, FrameRange.of(at, 1), width, height)[0]
        return found

    def _footage(self) -> Footage | None:
        """This thread's open files of the cut."""
        cut = self._cut
        if cut is None:
            return None
        if getattr(self._here, "cut", None) is not cut:
            if (before := getattr(self._here, "footage", None)) is not None:
                before.close()
            self._here.cut, self._here.footage = cut, Footage(cut.index, cut.folders, keep=4)
        footage: Footage = self._here.footage
        return footage


def shot_seen(footage: Footage, track: int, frame: int) -> Item | None:
    """The shot of a track at a record frame, else what is seen there."""
    if frame < 0:
        return None
    items = footage.index.tracks[track].items if track < len(footage.index.tracks) else ()
    own = (i for i in items if i.kind in {"clip", "nested"} and i.record.start <= frame < i.record.end)
    return next(own, None) or footage.item_at(frame)
