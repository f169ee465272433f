"""A place with what lies around it, as one run of frames: the shot before, the take, the shot behind.

    reel = Reel(cut, card, take, context=24)
    reel.frame(reel.place.start, 960, 540)       # the first frame of the take
    reel.label(reel.place.start - 1)             # "before 1 · 01:00:03:11"

    | before: context frames |  place: the take, or dark  | after: context frames |
    0                        place.start                  place.end               frames

Frames are counted from the first of the reel. Where nothing lies, the picture is dark; what lies there and cannot
be read is an error that says why.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from cutaway.errors import MediaError
from cutaway.media.decode import Clip
from cutaway.media.extra import np
from cutaway.storyboard.footage import Footage
from cutaway.timebase import FrameRange, Rate, timecode
from cutaway_panel.frames import shot_seen

if TYPE_CHECKING:
    from cutaway.media.extra import Pixels
    from cutaway_panel.frames import Cut
    from cutaway_panel.state import CardView, TakeView

DARK: Final = (20, 20, 23)


class Reel:
    """The frames of a card and its neighbours. From any thread; close it.

    Args:
        cut: as it was looked at last.
        card: or shot of it.
        take: what lies in the place; dark where there is none, and the shot itself where the card is one.
        context: how many frames of the neighbours are before and behind it, as far as the cut goes.
    """

    def __init__(self, cut: Cut, card: CardView, take: TakeView | None, *, context: int = 24) -> None:
        self.rate: Rate = cut.index.rate
        self._start = int(cut.index.start)
        self._card, self._take = card, take
        used = take.take.used_frames if take is not None else card.frames
        behind = card.card.placement.behind if card.card is not None else card.span.end
        before = min(context, card.span.start)
        after = max(0, min(context, int(cut.index.duration) - behind))
        self.place = FrameRange.of(before, used)
        self.frames = before + used + after
        self._behind = behind
        self._footage = Footage(cut.index, cut.folders, keep=3)
        self._clip: Clip | None = None
        self._one_at_a_time = Lock()

    def frame(self, n: int, width: int, height: int) -> Pixels:
        """(height, width, 3) RGB uint8.

        Raises:
            IndexError: the reel has no such frame.
            MediaError: what lies there cannot be read, and why.
        """
        if not 0 <= n < self.frames:
            raise IndexError(f"frame {n} was asked of a reel of {self.frames}")
        with self._one_at_a_time:
            try:
                return self._frame(n, width, height)
            except OSError as error:
                raise MediaError(f"{self.label(n)} cannot be read: {error}") from error

    def label(self, n: int) -> str:
        """Where a frame lies: "before 12 · 01:00:03:00", "take 3: 5 · 01:00:03:17", "after 1 · …"."""
        record = self._record(n)
        if n < self.place.start:
            named = f"before {self.place.start - n}"
        elif n >= self.place.end:
            named = f"after {n - self.place.end + 1}"
        else:
            what = f"take {self._take.number}" if self._take is not None else self._card.kind
            named = f"{what}: {n - self.place.start + 1}"
        return f"{named} · {timecode(self._start + record, self.rate)}"

    def close(self) -> None:
        """Lets go of every file."""
        with self._one_at_a_time:
            self._footage.close()
            if self._clip is not None:
                self._clip.close()
                self._clip = None

    def _record(self, n: int) -> int:
        """The record frame that is seen; behind a place that moves what lies behind, the one that will follow it."""
        if n >= self.place.end:
            return self._behind + n - self.place.end
        return self._card.span.start + n - self.place.start

    def _frame(self, n: int, width: int, height: int) -> Pixels:
        if n in self.place and self._take is not None:
            if self._clip is None:
                self._clip = Clip(self._take.path)
            at = self._take.take.used_start + n - self.place.start
            return self._clip.glance(at, width, height)
        is_shot = self._card.card is None or self._card.kind in {"remix", "loop", "blend"}
        if n in self.place and not is_shot:
            return np.full((height, width, 3), DARK, np.uint8)
        record = self._record(n)
        item = shot_seen(self._footage, self._card.track, record)
        if item is None:
            return np.full((height, width, 3), DARK, np.uint8)
        return self._footage.clip(item).glance(self._footage.source_frame(item, record), width, height)
