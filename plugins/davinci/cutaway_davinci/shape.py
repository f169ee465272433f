"""What the agent lists, as the timeline that everybody else works on.

    | A |    | B |    items with record frames     ->     | A | Gap | B |     an OTIO document

Items of ours carry their card, as a file of ours would. A transition is an item without media that lies over a cut.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from cutaway.timebase import Rate
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway_davinci.agent.listing import same_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction

_VERSION: Final = {"Resolve OTIO Meta Version": "1.0"}


@dataclass(frozen=True)
class Listed:
    """A listing of the agent: the timeline, and which of its items are ours, by item id."""

    data: Mapping[str, Any]
    ours: Mapping[str, tuple[str, str]]
    """Item id -> (card, take)."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Listed:
        """By the journal; where a picture is not in it, by our markers, which know card, take and file name.

        The sound of a take is nobody's by itself: a card has one place.
        """
        ours = {entry["item"]: (entry["card"], entry["take"]) for entry in data["placed"]}
        marked = [(m, m["data"].split(":")) for m in data["markers"] if m["data"].startswith("cutaway:")]
        for track in (track for track in data["tracks"] if track["kind"] == "video"):
            for item in track["items"]:
                named = PureWindowsPath((item["media"] or {}).get("path", "")).name
                for marker, parts in marked:
                    inside = item["start"] <= marker["frame"] < item["start"] + item["frames"]
                    if inside and len(parts) == 3 and same_file(marker["note"], named):
                        ours.setdefault(item["id"], (parts[1], parts[2]))
        return cls(data, ours)

    @property
    def rate(self) -> Rate:
        """Of the timeline: "23.976", "29.97 DF", "24.0"."""
        return Rate.parse(str(self.data["timeline"]["rate"]).split()[0])

    @property
    def drops(self) -> bool:
        """Whether its timecode drops numbers."""
        timeline = self.data["timeline"]
        return bool(timeline["drop"] or str(timeline["rate"]).endswith("DF"))

    @property
    def start(self) -> int:
        return int(self.data["timeline"]["start"])

    def document(self) -> Document:
        """The timeline as OTIO, video tracks first, the lowest one first."""
        timeline = {
            "OTIO_SCHEMA": "Timeline.1",
            "metadata": {"Resolve_OTIO": _VERSION},
            "name": self.data["timeline"]["name"],
            "global_start_time": _time(self.start, self.rate.fraction),
            "tracks": {
                "OTIO_SCHEMA": "Stack.1",
                "metadata": {},
                "name": "tracks",
                "source_range": None,
                "effects": [],
                "markers": [],
                "enabled": True,
                "children": [self._track(track) for track in self.data["tracks"]],
            },
        }
        return Document.parse(json.dumps(timeline, ensure_ascii=False))

    def index(self) -> Index:
        return Index.of(self.document(), rate=self.rate)

    def _track(self, track: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "OTIO_SCHEMA": "Track.1",
            "metadata": {"Resolve_OTIO": {"Locked": track["locked"]}},
            "name": track["name"],
            "source_range": None,
            "effects": [],
            "markers": [],
            "enabled": track["enabled"],
            "children": list(self._children(track["items"])),
            "kind": track["kind"].title(),
        }

    def _children(self, items: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        at, listed = 0, list(items)
        over = [item for item in listed if item["media"] is None and _lies_over_a_cut(item, listed)]
        for item in (one for one in listed if one not in over):
            cut = item["start"]
            if cut > at:
                yield self._gap(cut - at)
            else:
                here = (one for one in over if one["start"] <= cut <= one["start"] + one["frames"])
                yield from (self._transition(one, cut) for one in islice(here, 1) if at)
            yield self._clip(item)
            at = item["start"] + item["frames"]

    def _gap(self, frames: int) -> dict[str, Any]:
        return _item("Gap.1", "", {}, self._span(0, frames))

    def _transition(self, item: Mapping[str, Any], cut: int) -> dict[str, Any]:
        rate = self.rate.fraction
        return {
            "OTIO_SCHEMA": "Transition.1",
            "metadata": {},
            "name": item["name"],
            "transition_type": "SMPTE_Dissolve",
            "in_offset": _time(cut - item["start"], rate),
            "out_offset": _time(item["start"] + item["frames"] - cut, rate),
        }

    def _clip(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Its source starts where its media does, and so many frames later as are left of it; at the media's rate."""
        media, metadata = item["media"], {"Resolve": {"id": item["id"]}}
        if item["id"] in self.ours:
            card, take = self.ours[item["id"]]
            metadata["cutaway"] = {"schema": 1, "id": item["id"], "card": card, "role": "take", "take": take}
        if media is None or not media["path"]:
            made = _item("Clip.2", item["name"], metadata, self._span(0, item["frames"]), item["enabled"])
            reference: dict[str, Any] = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": ""}
        else:
            rate = Rate.parse(media["rate"]).fraction if media["rate"] else self.rate.fraction
            span = self._span(0, item["frames"]) | {"start_time": _time(media["start"] + item["left"], rate)}
            made = _item("Clip.2", item["name"], metadata, span, item["enabled"])
            available = {
                "OTIO_SCHEMA": "TimeRange.1",
                "start_time": _time(media["start"], rate),
                "duration": _time(media["frames"], rate),
            }
            reference = {
                "OTIO_SCHEMA": "ExternalReference.1",
                "metadata": {},
                "name": item["name"],
                "available_range": available,
                "target_url": media["path"],
            }
        if item["speed"] != 1:
            made["effects"] = [_warp(item["speed"])]
        made["media_references"] = {"DEFAULT_MEDIA": reference}
        made["active_media_reference_key"] = "DEFAULT_MEDIA"
        return made

    def _span(self, start: int, frames: int) -> dict[str, Any]:
        rate = self.rate.fraction
        return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(frames, rate)}


def _lies_over_a_cut(item: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> bool:
    """Whether an item overlaps others of its track, as only transitions do."""
    start, end = item["start"], item["start"] + item["frames"]
    return any(o is not item and o["start"] < end and start < o["start"] + o["frames"] for o in items)


def _item(schema: str, name: str, metadata: Any, span: Any, enabled: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002
    return {
        "OTIO_SCHEMA": schema,
        "metadata": metadata,
        "name": name,
        "source_range": span,
        "effects": [],
        "markers": [],
        "enabled": enabled,
    }


def _warp(speed: float) -> dict[str, Any]:
    """A clip that shows its media faster, slower or backwards; its length stays that on the timeline."""
    schema, told = ("FreezeFrame.1", 0.0) if speed == 0 else ("LinearTimeWarp.1", speed)
    return {"OTIO_SCHEMA": schema, "metadata": {}, "name": "", "effect_name": schema[:-2], "time_scalar": told}


def _time(frames: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}
