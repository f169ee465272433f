"""The OTIO that Resolve takes: stock schemas, Clip.2, one reference under DEFAULT_MEDIA, bare absolute paths.

Anything else is answered with None and not a word (Q18, Q19). Written from the sheet, without the code of cutaway that
writes the same shape.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import MediaError
from cutaway.timebase import Rate, TimebaseError
from cutaway_davinci.testing.items import ItemKept, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_davinci.testing.pool import ClipKept
    from cutaway_davinci.testing.resolve import ProjectKept
    from cutaway_davinci.testing.timeline import TimelineKept

_KEY: Final = "DEFAULT_MEDIA"
_STOCK: Final = frozenset(
    [
        "Timeline.1",
        "Stack.1",
        "Track.1",
        "Clip.2",
        "Gap.1",
        "Transition.1",
        "Marker.1",
        "Marker.2",
        "ExternalReference.1",
        "MissingReference.1",
        "GeneratorReference.1",
        "ImageSequenceReference.1",
        "Effect.1",
        "TimeEffect.1",
        "LinearTimeWarp.1",
        "FreezeFrame.1",
        "TimeRange.1",
        "RationalTime.1",
        "Box2d.1",
        "V2d.1",
    ]
)
_LINKS_TO_THE_POOL_SINCE: Final = (21, 1)


class _Refused(Exception):
    """Something that Resolve does not take."""


def read(data: Any, project: ProjectKept, options: dict[str, Any]) -> TimelineKept | None:
    """A timeline of the data of an OTIO file, not yet in the project; None on anything that Resolve does not take."""
    try:
        return _Reader(data, project, options).timeline()
    except (_Refused, KeyError, TypeError, ValueError, AttributeError, TimebaseError, MediaError):
        return None


class _Reader:
    def __init__(self, data: Any, project: ProjectKept, options: dict[str, Any]) -> None:
        self.data, self.project, self.options = data, project, options
        self.world = project.world
        self.found: dict[Path, ClipKept] = {}
        self.groups: dict[int, list[ItemKept]] = {}

    def timeline(self) -> TimelineKept:
        _check(self.data)
        name = self.options.get("timelineName") or self.data["name"]
        if self.data["OTIO_SCHEMA"] != "Timeline.1" or not name or self.project.has_timeline(name):
            raise _Refused(name)
        start = self.data["global_start_time"]
        shown = f"{Rate.parse(start['rate']).fps:.5g}"
        made = self.project.made_timeline(name, rate=shown, start=int(start["value"]))
        made.tracks = {kind: [] for kind in made.tracks}
        for track in self.data["tracks"]["children"]:
            self.track(track, made)
        for items in self.groups.values():
            link(items, on=True)
        made.markers = {frame: marker for frame, marker in self.markers(self.data["tracks"]) if frame >= 0}
        self.project.pool.current.clips += [clip for clip in self.found.values() if not self.is_known(clip)]
        return made

    def is_known(self, clip: ClipKept) -> bool:
        return any(clip in folder.clips for folder in self.project.pool.folders())

    def track(self, data: dict[str, Any], timeline: TimelineKept) -> None:
        kind = data["kind"].lower()
        if kind not in {"video", "audio"}:
            raise _Refused(kind)
        track = timeline.add_track(kind, data["name"])
        track.enabled = data["enabled"]
        at = Fraction(timeline.start)
        for child in data["children"]:
            if child["OTIO_SCHEMA"] == "Transition.1":
                reach = [_frames(child[key], timeline.rate) for key in ("in_offset", "out_offset")]
                track.put(ItemKept(self.world, child["name"], int(at - reach[0]), int(sum(reach))))
                continue
            lasts = _frames(child["source_range"]["duration"], timeline.rate)
            if child["OTIO_SCHEMA"] != "Gap.1":
                track.put(self.item(child, kind, int(at), int(at + lasts) - int(at)))
            at += lasts

    def item(self, data: dict[str, Any], kind: str, start: int, duration: int) -> ItemKept:
        item = ItemKept(self.world, data["name"], start, duration)
        item.enabled = data["enabled"]
        item.type = kind
        if data["OTIO_SCHEMA"] == "Clip.2":
            self.shown(item, data)
        group = (data["metadata"].get("Resolve_OTIO") or {}).get("Link Group ID")
        if group is not None:
            self.groups.setdefault(group, []).append(item)
        return item

    def shown(self, item: ItemKept, data: dict[str, Any]) -> None:
        """The media of a clip: one reference, whose range holds what is used, in the timecode of the media."""
        if data["active_media_reference_key"] != _KEY:
            raise _Refused(_KEY)
        reference = data["media_references"][_KEY]
        if reference["OTIO_SCHEMA"] != "ExternalReference.1":
            return
        has, used = reference["available_range"], data["source_range"]
        first, begins = _seconds(has["start_time"]), _seconds(used["start_time"])
        if begins < first or begins + _seconds(used["duration"]) > first + _seconds(has["duration"]):
            raise _Refused("the source does not lie in the media")
        clip = self.clip(reference["target_url"], int(has["start_time"]["value"]))
        if clip is None:
            return
        rate = clip.rate.fraction
        item.clip, item.left = clip, round((begins - first) * rate)
        inside = range(clip.start + item.left, clip.start + item.left + item.duration)
        item.markers = {at - clip.start: marker for at, marker in self.markers(data) if at in inside}

    def clip(self, url: str, start: int) -> ClipKept | None:
        """A clip for a file: imported, or from the pool, or none, which is offline."""
        path = Path(url)
        if not PurePath(url).is_absolute():
            raise _Refused(url)
        known = self.project.pool.clip_of(path, self.options.get("sourceClipsFolders"))
        if known is not None and known.start != start:
            raise _Refused("another origin than the media has")
        links = self.world.version >= _LINKS_TO_THE_POOL_SINCE
        if not self.options.get("importSourceClips", True):
            return known if links else None
        if known is not None and links:
            raise _Refused("it is in the pool already")
        if not path.is_file():
            path = Path(self.options.get("sourceClipsPath") or "") / path.name
        if path not in self.found:
            self.found[path] = self.project.pool.made_clip(path, start=start)
        return self.found[path]

    def markers(self, data: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Markers by their frames; colors and notes are kept, custom data is not."""
        for marker in data["markers"]:
            told = marker["metadata"].get("Resolve_OTIO") or {}
            yield (
                int(marker["marked_range"]["start_time"]["value"]),
                {
                    "color": told.get("Color") or str(marker.get("color", "")).title() or "Blue",
                    "duration": max(1, int(marker["marked_range"]["duration"]["value"])),
                    "note": told.get("Note", ""),
                    "name": marker["name"],
                    "customData": "",
                },
            )


def _check(data: Any) -> None:
    """Every schema below must be a stock one: an unknown effect refuses the file."""
    if isinstance(data, dict):
        if "OTIO_SCHEMA" in data and data["OTIO_SCHEMA"] not in _STOCK:
            raise _Refused(data["OTIO_SCHEMA"])
        for key, value in data.items():
            if key != "metadata":
                _check(value)
    elif isinstance(data, list):
        for value in data:
            _check(value)


def _seconds(time: dict[str, Any]) -> Fraction:
    return Fraction(time["value"]) / Rate.parse(time["rate"]).fraction


def _frames(time: dict[str, Any], rate: Rate) -> Fraction:
    return _seconds(time) * rate.fraction
