"""A timeline of the double, by the rules that were measured on the real thing.

Q numbers are those of the project's sheet of Resolve's quirks; what the sheet calls open is refused here.
"""

from __future__ import annotations

from bisect import insort
from copy import copy
from math import floor
from typing import TYPE_CHECKING, Any, ClassVar, Final

from cutaway.timebase import Rate, TimebaseError, frame_of_timecode, timecode
from cutaway_davinci.testing.handle import Kept
from cutaway_davinci.testing.vocabulary import (
    CLIP_COLORS,
    MARKER_COLORS,
    TIMECODE_PAGES,
    TIMELINE_SETTINGS,
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


class ItemKept(Kept):
    """An item of a track. `start` is the absolute record frame, the start timecode included (Q4)."""

    kind_of_handle: ClassVar[str] = "TimelineItem"

    def __init__(
        self, world: ResolveDouble, name: str, start: int, duration: int, *, clip: ClipKept | None = None, left: int = 0
    ) -> None:
        super().__init__(world)
        self.id = world.new_id()
        self.name, self.start, self.duration, self.clip, self.left = name, start, duration, clip, left
        self.color, self.enabled, self.doomed = "", True, False
        self.linked: list[ItemKept] = []
        self.type = "video" if clip is not None else "generator"

    @property
    def end(self) -> int:
        return self.start + self.duration

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

    def on_get_linked_items(self) -> list[ItemKept]:
        return list(self.linked)

    def on_get_type(self) -> str:
        return self.type

    def on_get_clip_color(self) -> str:
        return self.color

    def on_set_clip_color(self, color: str) -> bool:
        """True on titles too, where nothing sticks (Q23)."""
        one_of("a clip color", color, CLIP_COLORS)
        if self.clip is not None:
            self.color = color
        return True


class TrackKept:
    """One track; its items in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.locked, self.enabled = False, True
        self.items: list[ItemKept] = []

    def put(self, item: ItemKept) -> None:
        insort(self.items, item, key=lambda one: one.start)

    def is_free(self, start: int, end: int) -> bool:
        return all(item.end <= start or end <= item.start for item in self.items)


class TimelineKept(Kept):
    """A timeline: tracks by type, bottom first, and its markers by frames from the start (Q5)."""

    kind_of_handle: ClassVar[str] = "Timeline"

    def __init__(
        self, world: ResolveDouble, project: ProjectKept, name: str, *, rate: str = "24", start: int = 86400
    ) -> None:
        super().__init__(world)
        self.project, self.id, self.name = project, world.new_id(), name
        self.frame_rate, self.start = rate, start
        self.tracks = {"video": [TrackKept("Video 1")], "audio": [TrackKept("Audio 1")], "subtitle": []}
        self.markers: dict[int, dict[str, Any]] = {}
        self.playhead = start
        self.selected: list[ItemKept] = []
        self.misses_next_timecode = False

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.frame_rate.split()[0])

    @property
    def drops(self) -> bool:
        return self.frame_rate.endswith("DF")

    def put(self, clip: ClipKept, at: int, frames: int, *, left: int = 0, track: int = 1, name: str = "") -> ItemKept:
        """An item of the cut as the editor made it; `at` counts from the start of the timeline."""
        item = ItemKept(self.world, name or clip.name, self.start + at, frames, clip=clip, left=left)
        self.tracks["video"][track - 1].put(item)
        return item

    def appended(self, info: dict[str, Any]) -> ItemKept | None:
        """What AppendToTimeline does with one clip.

        The end of the source is exclusive (Q3); the record frame is absolute (Q4); what would overlap is dropped, and
        an item without an id comes back (Q7); there is no track that is not there (Q8); media at another rate lasts
        the floor of its length (Q9). Open on the sheet, so refused here: a locked track, and frames the media lacks.
        """
        clip, kind = info["mediaPoolItem"], info.get("mediaType")
        if kind not in {None, _VIDEO, _AUDIO}:
            raise Misuse(f"mediaType is 1 (video) or 2 (audio), not {kind!r}")
        tracks, number = self.tracks["audio" if kind == _AUDIO else "video"], info.get("trackIndex", 1)
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
        item.type = "audio" if kind == _AUDIO else "video"
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

    def on_get_setting(self, name: str = "") -> Any:
        settings = self.on_get_settings()
        if name and name not in TIMELINE_SETTINGS:
            raise Misuse(f"a timeline has no setting {name!r}")
        return settings[name] if name else settings

    def on_get_settings(self) -> dict[str, str]:
        return {
            "useCustomSettings": "0",
            "timelineFrameRate": self.frame_rate,
            "timelineDropFrameTimecode": "1" if self.drops else "0",
            "timelineResolutionWidth": "1920",
            "timelineResolutionHeight": "1080",
            "timelinePixelAspectRatio": "square",
        }

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

    def on_add_track(self, kind: str, options: Any = None) -> bool:
        """On top of the others of its type."""
        one_of("a track type", kind, TRACK_TYPES)
        if isinstance(options, dict):
            checked_dict("AddTrack", options, TRACK_OPTIONS, self.world.version)
        self.tracks[kind].append(TrackKept(f"{kind.title()} {len(self.tracks[kind]) + 1}"))
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
        tracks = [track for kept in self.tracks.values() for track in kept]
        homes = [next((track for track in tracks if item in track.items), None) for item in items]
        if self.world.page != "edit" or not items or any(home is None or home.locked for home in homes):
            return False
        for item, home in zip(items, homes, strict=True):
            assert home is not None
            home.items.remove(item)
            item.gone = True
        return True

    def on_duplicate_timeline(self, name: str = "") -> TimelineKept | None:
        """None where the name is taken. The copy is then the one that is open, so that a script has to look."""
        name = name or f"{self.name} copy"
        if any(there.name == name for there in self.project.timelines):
            return None
        made = copy(self)
        made.id, made.name, made.markers = self.world.new_id(), name, {k: dict(v) for k, v in self.markers.items()}
        made.tracks = {kind: [_copied(track, self.world) for track in tracks] for kind, tracks in self.tracks.items()}
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

    def on_get_markers(self) -> dict[float, dict[str, Any]]:
        """The keys come back as floats (Q22)."""
        return {float(frame): dict(marker) for frame, marker in self.markers.items()}

    def on_add_marker(
        self, frame: float, color: str, name: str, note: str, duration: float, custom_data: str = ""
    ) -> bool:
        """Frames from the start (Q5). False where there is one already (Q22)."""
        one_of("a marker color", color, MARKER_COLORS)
        if int(frame) in self.markers or frame < 0:
            return False
        self.markers[int(frame)] = {
            "color": color, "duration": duration, "note": note, "name": name, "customData": custom_data,
        }  # fmt: skip
        return True

    def on_delete_marker_by_custom_data(self, custom_data: str) -> bool:
        found = next((frame for frame, there in self.markers.items() if there["customData"] == custom_data), None)
        if found is None:
            return False
        del self.markers[found]
        return True


def _copied(track: TrackKept, world: ResolveDouble) -> TrackKept:
    """A track with items of its own, which have ids of their own."""
    made = copy(track)
    made.items = [copy(item) for item in track.items]
    for item in made.items:
        item.id = world.new_id()
    return made
