"""Tracks of the double, the items on them, and the takes of an item.

Q numbers are those of the project's sheet of Resolve's quirks; what the sheet calls open is refused here.
"""

from __future__ import annotations

from bisect import insort
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cutaway_davinci.testing.handle import Kept
from cutaway_davinci.testing.markers import Markers
from cutaway_davinci.testing.vocabulary import CLIP_COLORS, Misuse, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway_davinci.testing.pool import ClipKept
    from cutaway_davinci.testing.resolve import ResolveDouble


@dataclass(frozen=True)
class TakeKept:
    """A take of an item: a clip of the pool and its source frames, `end` exclusive."""

    clip: ClipKept
    start: int
    end: int


class ItemKept(Markers, Kept):
    """An item of a track. `start` is the absolute record frame, the start timecode included (Q4)."""

    kind_of_handle: ClassVar[str] = "TimelineItem"

    def __init__(
        self, world: ResolveDouble, name: str, start: int, duration: int, *, clip: ClipKept | None = None, left: int = 0
    ) -> None:
        super().__init__(world)
        self.id = world.new_id()
        self.name, self.start, self.duration, self.clip, self.left = name, start, duration, clip, left
        self.color, self.enabled, self.doomed = "", True, False
        self.percent = 100.0
        """Of its speed."""
        self.linked: list[ItemKept] = []
        self.type = "video" if clip is not None else "generator"
        self.track: TrackKept | None = None
        self.takes: list[TakeKept] = []
        """Of its take selector; empty where it has none."""
        self.chosen = 0
        self.markers: dict[int, dict[str, Any]] = {}

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def is_locked(self) -> bool:
        return self.track is not None and self.track.locked

    def leave(self) -> None:
        """Goes from its track; what it was linked with stays (Q12)."""
        if self.track is not None:
            self.track.items.remove(self)
        self.gone = True

    def on_get_name(self) -> str:
        return self.name

    def on_get_unique_id(self) -> str:
        return self.id

    def on_get_start(self, subframe: bool = False) -> int | float:  # noqa: FBT001, FBT002 - as Resolve asks it
        return float(self.start) if subframe else self.start

    def on_get_end(self, subframe: bool = False) -> int | float:  # noqa: FBT001, FBT002
        """Exclusive (Q3)."""
        return float(self.end) if subframe else self.end

    def on_get_duration(self, subframe: bool = False) -> int | float:  # noqa: FBT001, FBT002
        return float(self.duration) if subframe else self.duration

    def on_get_left_offset(self, subframe: bool = False) -> int | float:  # noqa: FBT001, FBT002
        """Frames of the media before the first that is shown; exact for placement at 100 % (Q10)."""
        return float(self.left) if subframe else self.left

    def on_get_media_pool_item(self) -> ClipKept | None:
        return self.clip

    def on_get_clip_enabled(self) -> bool:
        return self.enabled

    def on_set_clip_enabled(self, on: bool) -> bool:  # noqa: FBT001
        if self.is_locked:
            return False
        self.enabled = bool(on)
        return True

    def on_get_linked_items(self) -> list[ItemKept]:
        return [item for item in self.linked if not item.gone]

    def on_get_track_type_and_index(self) -> list[Any]:
        track = self.track
        return [] if track is None else [track.kind, track.among.index(track) + 1]

    def on_get_type(self) -> str:
        return self.type

    def on_get_speed(self) -> dict[str, Any]:
        return {"Percentage": self.percent, "PitchCorrection": False}

    def on_get_clip_color(self) -> str:
        return self.color

    def on_set_clip_color(self, color: str) -> bool:
        """True on titles too, where nothing sticks (Q23)."""
        one_of("a clip color", color, CLIP_COLORS)
        if self.clip is not None:
            self.color = color
        return True

    # -- the take selector -----------------------------------------------------------------------

    def on_add_take(self, clip: ClipKept, start: float | None = None, end: float | None = None) -> bool:
        """Makes the item a take selector, with what it shows as its first take; what is shown stays.

        The new take stands before the others: which number it has must be looked up (Q31). Open on the sheet, so a
        choice of `ResolveDouble.inclusive_take_ends`: whether the end is exclusive. Refused: a locked track.
        """
        if getattr(clip, "kind_of_handle", "") != "MediaPoolItem":
            raise Misuse(f"AddTake takes a clip of the pool, not {clip!r}")
        if (start is None) != (end is None):
            raise Misuse("AddTake takes a start with an end, or neither")
        first, behind = (0, clip.frames) if start is None or end is None else (int(start), int(end) + self._over)
        if self.clip is None or self.is_locked or not 0 <= first < behind <= clip.frames:
            return False
        if not self.takes:
            self.takes, self.chosen = [TakeKept(self.clip, self.left, self.left + self.duration)], 1
        self.takes.insert(0, TakeKept(clip, first, behind))
        self.chosen += 1
        return True

    def on_get_takes_count(self) -> int:
        """0 where the item is no take selector."""
        return len(self.takes)

    def on_get_selected_take_index(self) -> int:
        return self.chosen if self.takes else 0

    def on_get_take_by_index(self, number: int) -> dict[str, Any] | None:
        if (take := self._take(number)) is None:
            return None
        return {"startFrame": take.start, "endFrame": take.end - self._over, "mediaPoolItem": take.clip}

    def on_select_take_by_index(self, number: int) -> bool:
        """The item shows it, at the same place; linked sound stays.

        Open on the sheet, so a choice of `ResolveDouble.other_takes`: what comes of one of another length.
        """
        take = self._take(number)
        if take is None or self.is_locked:
            return False
        if take.end - take.start != self.duration:
            if self.world.other_takes == "refused":
                return False
            if self.world.other_takes == "lengthen":
                self.duration = take.end - take.start
        self.name = take.clip.name if self.clip is not None and self.name == self.clip.name else self.name
        self.clip, self.left, self.chosen = take.clip, take.start, number
        return True

    def on_delete_take_by_index(self, number: int) -> bool:
        """Open, so refused: the take that is shown."""
        if self._take(number) is None or self.is_locked or number == self.chosen:
            return False
        del self.takes[number - 1]
        self.chosen -= number < self.chosen
        return True

    def on_finalize_take(self) -> bool:
        """What is shown stays, the selector goes. False where there is none (Q31)."""
        if not self.takes or self.is_locked:
            return False
        self.takes, self.chosen = [], 0
        return True

    def _take(self, number: int) -> TakeKept | None:
        """Counted from 1."""
        return self.takes[number - 1] if 1 <= number <= len(self.takes) else None

    @property
    def _over(self) -> int:
        """What has to be added to an end as Resolve says it, for one that is exclusive."""
        return 1 if self.world.inclusive_take_ends else 0


class TrackKept:
    """One track; its items in order. `among` are the tracks of its type."""

    def __init__(self, name: str, kind: str, among: list[TrackKept], *, holds: str = "") -> None:
        self.name, self.kind, self.among = name, kind, among
        self.holds = holds or ("stereo" if kind == "audio" else "")
        """Mono, stereo, ...: what GetTrackSubType answers."""
        self.locked, self.enabled = False, True
        self.items: list[ItemKept] = []

    def put(self, item: ItemKept) -> None:
        insort(self.items, item, key=lambda one: one.start)
        item.track = self

    def is_free(self, start: int, end: int) -> bool:
        return all(item.end <= start or end <= item.start for item in self.items)


def copied(tracks: dict[str, list[TrackKept]], world: ResolveDouble) -> dict[str, list[TrackKept]]:
    """Tracks with items of their own, which have ids of their own and are linked among each other."""
    made: dict[str, list[TrackKept]] = {kind: [] for kind in tracks}
    twins: dict[ItemKept, ItemKept] = {}
    for kind, there in tracks.items():
        for track in there:
            twin = copy(track)
            twin.among, twin.items = made[kind], []
            made[kind].append(twin)
            for item in track.items:
                twins[item] = _twin(item, twin, world)
                twin.items.append(twins[item])
    for item in twins.values():
        item.linked = [twins[one] for one in item.linked if one in twins]
    return made


def _twin(item: ItemKept, track: TrackKept, world: ResolveDouble) -> ItemKept:
    twin = copy(item)
    twin.id, twin.track, twin.takes = world.new_id(), track, list(item.takes)
    twin.markers = {frame: dict(marker) for frame, marker in item.markers.items()}
    return twin


def link(items: Iterable[ItemKept], *, on: bool) -> None:
    """Links items with each other, or takes them out of every link."""
    items = list(items)
    for item in items:
        for other in item.linked:
            other.linked = [one for one in other.linked if one is not item]
        item.linked = []
    if on:
        for item in items:
            item.linked = [one for one in items if one is not item]
