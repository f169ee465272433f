"""A timeline of the double, by the rules that were measured on the real thing.

Q numbers are those of the project's sheet of Resolve's quirks; what the sheet calls open is refused here.
"""

from __future__ import annotations

from copy import copy
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.timebase import TimebaseError, frame_of_timecode, timecode
from cutaway_davinci.testing.exchange import exported
from cutaway_davinci.testing.handle import Kept
from cutaway_davinci.testing.items import ItemKept, TrackKept, copied, link
from cutaway_davinci.testing.markers import Markers
from cutaway_davinci.testing.settings import Settings
from cutaway_davinci.testing.vocabulary import (
    AUDIO_FORMATS,
    MARK_TYPES,
    TIMECODE_PAGES,
    TRACK_OPTIONS,
    TRACK_TYPES,
    Misuse,
    checked_dict,
    one_of,
)

if TYPE_CHECKING:
    from cutaway_davinci.testing.pool import ClipKept
    from cutaway_davinci.testing.resolve import ProjectKept, ResolveDouble

_VIDEO: Final = 1
_AUDIO: Final = 2


class TimelineKept(Settings, Markers, Kept):
    """A timeline: tracks by type, bottom first, and its markers by frames from the start (Q5)."""

    kind_of_handle: ClassVar[str] = "Timeline"

    def __init__(
        self, world: ResolveDouble, project: ProjectKept, name: str, *, rate: str = "24", start: int = 86400
    ) -> None:
        super().__init__(world)
        self.project, self.id, self.name = project, world.new_id(), name
        self.frame_rate, self.start = rate, start
        self.tracks: dict[str, list[TrackKept]] = {kind: [] for kind in ("video", "audio", "subtitle")}
        self.add_track("video")
        self.add_track("audio")
        self.markers: dict[int, dict[str, Any]] = {}
        self.marks: dict[str, tuple[int, int]] = {}
        """In and out by video and audio, from the start."""
        self.playhead = start
        self.selected: list[ItemKept] = []
        self.misses_next_timecode = False

    def add_track(self, kind: str, name: str = "", *, at: int | None = None, holds: str = "") -> TrackKept:
        """A new track: on top of the others of its type, or as number `at` of them."""
        among = self.tracks[kind]
        track = TrackKept(name or f"{kind.title()} {len(among) + 1}", kind, among, holds=holds)
        among.insert(len(among) if at is None else at - 1, track)
        return track

    @property
    def items(self) -> list[ItemKept]:
        return [item for tracks in self.tracks.values() for track in tracks for item in track.items]

    def put(self, clip: ClipKept, at: int, frames: int, *, left: int = 0, track: int = 1, name: str = "") -> ItemKept:
        """An item of the cut as the editor made it; `at` counts from the start of the timeline."""
        item = ItemKept(self.world, name or clip.name, self.start + at, frames, clip=clip, left=left)
        self.tracks["video"][track - 1].put(item)
        return item

    def appended(self, info: dict[str, Any]) -> ItemKept | None:
        """What AppendToTimeline does with one clip: its picture, its sound, or both, linked, where no type is named.

        The end of the source is exclusive (Q3); the record frame is absolute (Q4); what would overlap is dropped, and
        an item without an id comes back (Q7); there is no track that is not there (Q8); media at another rate lasts
        the floor of its length (Q9). Open on the sheet, so refused here: a locked track, and frames the media lacks.
        """
        clip, kind = info["mediaPoolItem"], info.get("mediaType")
        if kind not in {None, _VIDEO, _AUDIO}:
            raise Misuse(f"mediaType is 1 (video) or 2 (audio), not {kind!r}")
        if kind == _AUDIO:
            return self._laid("audio", info) if clip.has_sound else None
        picture = self._laid("video", info)
        if picture is not None and picture.id and kind is None and clip.has_sound:
            sound = self._laid("audio", info | {"recordFrame": picture.start})
            if sound is not None and sound.id:
                link([picture, sound], on=True)
        return picture

    def _laid(self, kind: str, info: dict[str, Any]) -> ItemKept | None:
        clip, tracks, number = info["mediaPoolItem"], self.tracks[kind], info.get("trackIndex", 1)
        if not 1 <= number <= len(tracks) or tracks[number - 1].locked:
            return None
        track = tracks[number - 1]
        first, behind = int(info.get("startFrame", 0)), int(info.get("endFrame", clip.frames))
        if not 0 <= first < behind <= clip.frames:
            return None
        lasts = floor((behind - first) * self.rate.fraction / clip.rate.fraction)
        last = track.items[-1].end if track.items else self.start
        at = int(info.get("recordFrame", last))
        item = ItemKept(self.world, clip.name, at, lasts, clip=clip, left=first)
        if not track.is_free(at, at + lasts):
            item.id, item.gone = "", True
            return item
        item.doomed = self.world.faults.loses_at_save
        item.type = kind
        track.put(item)
        return item

    # -- what a script may ask -------------------------------------------------------------------

    def on_get_name(self) -> str:
        return self.name

    def on_get_unique_id(self) -> str:
        return self.id

    def on_get_start_frame(self) -> int:
        """Counted at the nominal rate: 86400 for one hour at 23.976 (Q6)."""
        return self.start

    def on_get_end_frame(self) -> int:
        return max((i.end for t in self.tracks["video"] + self.tracks["audio"] for i in t.items), default=self.start)

    def on_get_start_timecode(self) -> str:
        return timecode(self.start, self.rate, drop=self.drops)

    def on_get_track_count(self, kind: str) -> int:
        one_of("a track type", kind, TRACK_TYPES)
        return len(self.tracks[kind])

    def _track(self, kind: str, number: int) -> TrackKept | None:
        """Counted from 1."""
        one_of("a track type", kind, TRACK_TYPES)
        return self.tracks[kind][number - 1] if 1 <= number <= len(self.tracks[kind]) else None

    def on_get_track_name(self, kind: str, number: int) -> str | None:
        track = self._track(kind, number)
        return track.name if track else None

    def on_set_track_name(self, kind: str, number: int, name: str) -> bool:
        if (track := self._track(kind, number)) is None:
            return False
        track.name = name
        return True

    def on_get_is_track_locked(self, kind: str, number: int) -> bool:
        return bool((track := self._track(kind, number)) and track.locked)

    def on_get_is_track_enabled(self, kind: str, number: int) -> bool:
        return bool((track := self._track(kind, number)) and track.enabled)

    def on_get_item_list_in_track(self, kind: str, number: int) -> list[ItemKept] | None:
        track = self._track(kind, number)
        return list(track.items) if track else None

    def on_set_track_lock(self, kind: str, number: int, locked: bool) -> bool:  # noqa: FBT001
        if (track := self._track(kind, number)) is None:
            return False
        track.locked = bool(locked)
        return True

    def on_set_track_enable(self, kind: str, number: int, enabled: bool) -> bool:  # noqa: FBT001
        if (track := self._track(kind, number)) is None:
            return False
        track.enabled = bool(enabled)
        return True

    def on_get_track_sub_type(self, kind: str, number: int) -> str | None:
        track = self._track(kind, number)
        return track.holds if track else None

    def on_add_track(self, kind: str, options: Any = None) -> bool:
        """On top of the others of its type, or where the options say, which from 19.0 on may stand for the format."""
        one_of("a track type", kind, TRACK_TYPES)
        if isinstance(options, dict):
            checked_dict("AddTrack", options, TRACK_OPTIONS, self.world.version)
        else:
            options = {} if options is None else {"audioType": options}
        holds, at = options.get("audioType", ""), options.get("index")
        if holds:
            one_of("an audio format", holds, AUDIO_FORMATS)
        if at is not None and not 1 <= at <= len(self.tracks[kind]) + 1:
            return False
        self.add_track(kind, at=at, holds=holds)
        return True

    def on_delete_track(self, kind: str, number: int) -> bool:
        track = self._track(kind, number)
        if track is None or track.locked or len(self.tracks[kind]) == 1:
            return False
        for item in track.items:
            item.gone = True
        del self.tracks[kind][number - 1]
        return True

    def on_delete_clips(self, items: list[ItemKept], ripple: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Only on the Edit page; linked sound stays where it is (Q12). Nothing goes from a locked track."""
        if ripple:
            raise Misuse("the double keeps no ripple: cutaway moves nothing of the editor's")
        here = self.items
        if self.world.page != "edit" or not items or any(item not in here or item.is_locked for item in items):
            return False
        for item in items:
            item.leave()
        return True

    def on_set_clips_linked(self, items: list[ItemKept], linked: bool) -> bool:  # noqa: FBT001
        """True where all of them are there."""
        here = self.items
        if len(items) < 2 or any(item not in here for item in items):
            return False
        link(items, on=bool(linked))
        return True

    def on_set_name(self, name: str) -> bool:
        if not name or any(there.name == name for there in self.project.timelines if there is not self):
            return False
        self.name = name
        return True

    def on_set_start_timecode(self, text: str) -> bool:
        """Everything moves with it."""
        try:
            start = frame_of_timecode(text, self.rate)
        except TimebaseError:
            return False
        for item in self.items:
            item.start += start - self.start
        self.playhead += start - self.start
        self.start = start
        return True

    def on_get_mark_in_out(self) -> dict[str, dict[str, int]]:
        """From the start (Q5); what is not set is left out."""
        return {kind: {"in": first, "out": last} for kind, (first, last) in self.marks.items()}

    def on_set_mark_in_out(self, first: int, last: int, kind: str = "all") -> bool:
        one_of("a mark type", kind, MARK_TYPES)
        if not 0 <= first <= last:
            return False
        self.marks |= dict.fromkeys(("video", "audio") if kind == "all" else (kind,), (int(first), int(last)))
        return True

    def on_clear_mark_in_out(self, kind: str = "all") -> bool:
        one_of("a mark type", kind, MARK_TYPES)
        for one in ("video", "audio") if kind == "all" else (kind,):
            self.marks.pop(one, None)
        return True

    def on_export(self, path: str, kind: float, sub: float | None = None) -> bool:
        """Types are live values of this Resolve (Q16); see `testing.exchange` for what is written."""
        return exported(self, Path(path), self.world.constant_of("export type", kind), sub)

    def on_duplicate_timeline(self, name: str = "") -> TimelineKept | None:
        """None where the name is taken. The copy is then the one that is open, so that a script has to look."""
        name = name or f"{self.name} copy"
        if self.project.has_timeline(name):
            return None
        made = copy(self)
        made.id, made.name, made.markers = self.world.new_id(), name, {k: dict(v) for k, v in self.markers.items()}
        made.tracks, made.marks, made.selected = copied(self.tracks, self.world), dict(self.marks), []
        self.project.timelines.append(made)
        self.project.timeline = made
        return made

    def on_get_current_timecode(self) -> str | None:
        """Only on the pages that have a playhead (Q24)."""
        return timecode(self.playhead, self.rate, drop=self.drops) if self.world.page in TIMECODE_PAGES else None

    def on_set_current_timecode(self, text: str) -> bool:
        """The first after a timeline was opened answers True and moves nothing (Q24)."""
        if self.world.page not in TIMECODE_PAGES:
            return False
        try:
            frame = frame_of_timecode(text, self.rate)
        except TimebaseError:
            return False
        if self.misses_next_timecode:
            self.misses_next_timecode = False
            return True
        self.playhead = frame
        return True

    def on_get_selected_clips(self) -> list[ItemKept]:
        return list(self.selected)
