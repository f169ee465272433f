"""A cut in the one shape that DaVinci Resolve imports.

Resolve answers a valid but differently written OTIO with nothing at all, not even a message. What it
takes, found by trying (davinci-resolve-mcp, otio-kit):

    Clip.2 with `media_references` and the active key DEFAULT_MEDIA      one reference, online or missing
    available_range on every reference, source_range in the same timecode
    target_url a bare absolute path                                      no file://, no quoting
    stock schemas only                                                   an unknown effect refuses the file
    enabled, metadata, markers and effects on every item                 markers inside the used range
    global_start_time; tracks named "Video 1", "Audio 1", ...            unique names

What had to be changed or left out is returned, item by item. The document itself is not touched.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.rationals import BadTime, rational, time_range
from cutaway.timeline.rope import value
from cutaway.timeline.takes import DEFAULT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

_STOCK_EFFECTS: Final = frozenset({"Effect.1", "LinearTimeWarp.1", "FreezeFrame.1", "TimeEffect.1"})
_VERSION: Final = {"Resolve OTIO Meta Version": "1.0"}


def resolve_shaped(document: Document, path_of: Callable[[str], str | None]) -> tuple[Document, tuple[str, ...]]:
    """The timeline as Resolve writes them itself, and what that changed.

    Args:
        document: any timeline.
        path_of: from a media URL to the absolute path of its file, or None where there is none.

    Raises:
        UnreadableTimeline: there is no timeline in the document.
        AmbiguousRate: its rate is not clear, so its start cannot be written.
    """
    index = Index.of(document)
    shaper = _Shaper(index, path_of)
    timeline = shaper.timeline(deepcopy(value(index.timeline)))
    return Document.parse(json.dumps(timeline, ensure_ascii=False, indent=4)), tuple(shaper.notes)


class _Shaper:
    def __init__(self, index: Index, path_of: Callable[[str], str | None]) -> None:
        self.index = index
        self.path_of = path_of
        self.notes: list[str] = []

    def timeline(self, data: dict[str, Any]) -> dict[str, Any]:
        rate = self.index.rate.fps
        start = data.get("global_start_time") or _time(0, rate)
        data["global_start_time"] = start
        metadata = data.setdefault("metadata", {})
        metadata["Resolve_OTIO"] = _VERSION | (metadata.get("Resolve_OTIO") or {})
        data["name"] = data.get("name") or "Timeline"
        counted = {"Video": 0, "Audio": 0}
        tracks = []
        for number, track in enumerate(data["tracks"]["children"]):
            kind = track.get("kind")
            if kind not in counted or self.index.tracks[number].problem:
                why = self.index.tracks[number].problem or f"Resolve has no {kind} tracks"
                self.notes.append(f"track {track.get('name') or number} was left out: {why}")
                continue
            counted[kind] += 1
            tracks.append(self.track(track, f"{kind} {counted[kind]}"))
        data["tracks"]["children"] = tracks
        return data

    def track(self, data: dict[str, Any], name: str) -> dict[str, Any]:
        metadata = data.setdefault("metadata", {})
        metadata["Resolve_OTIO"] = {"Locked": False} | (metadata.get("Resolve_OTIO") or {})
        data |= {"name": name, "source_range": None, "enabled": data.get("enabled", True)}
        data["children"] = [self.item(child) for child in data.get("children", [])]
        return data

    def item(self, data: dict[str, Any]) -> dict[str, Any]:
        schema = str(data.get("OTIO_SCHEMA", ""))
        data.setdefault("metadata", {})
        if schema.startswith("Transition."):
            return data
        data |= {"enabled": data.get("enabled", True), "markers": data.get("markers") or []}
        data["effects"] = self.effects(data)
        if schema.startswith("Clip."):
            self.clip(data)
        elif schema.startswith(("Stack.", "Track.")):
            data["children"] = [self.item(child) for child in data.get("children", [])]
        return data

    def effects(self, data: dict[str, Any]) -> list[Any]:
        found = data.get("effects") or []
        kept = [e for e in found if isinstance(e, dict) and e.get("OTIO_SCHEMA") in _STOCK_EFFECTS]
        if len(kept) < len(found):
            self.notes.append(f"{data.get('name')}: {len(found) - len(kept)} effects that Resolve does not know")
        return kept

    def clip(self, data: dict[str, Any]) -> None:
        name = data.get("name") or "clip"
        several = data.pop("media_references", None)
        one = data.pop("media_reference", None)
        if isinstance(several, dict) and several:
            active = several.get(data.get("active_media_reference_key") or DEFAULT_KEY)
            reference = active or several.get(DEFAULT_KEY) or next(iter(several.values()))
            others = len({json.dumps(r, sort_keys=True) for r in several.values()}) - 1
            if others:
                self.notes.append(f"{name}: {others} more takes; Resolve sees the active one")
        else:
            reference = one
        reference = self.reference(name, reference if isinstance(reference, dict) else {})
        if data.get("source_range") is None:
            data["source_range"] = deepcopy(reference.get("available_range"))
        if reference.get("available_range") is None:
            reference["available_range"] = deepcopy(data["source_range"])
        data["OTIO_SCHEMA"] = "Clip.2"
        data["media_references"] = {DEFAULT_KEY: reference}
        data["active_media_reference_key"] = DEFAULT_KEY
        data["markers"] = self.markers(name, data)

    def reference(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        url = data.get("target_url")
        path = self.path_of(url) if isinstance(url, str) and url else None
        schema = str(data.get("OTIO_SCHEMA", ""))
        if path is None and not schema.startswith("ImageSequenceReference."):
            self.notes.append(f"{name} is offline: {url or 'no media is named'}")
        base: dict[str, Any] = {"metadata": {}, "name": "", "available_range": None, "available_image_bounds": None}
        made = base | data
        if path is not None:
            made |= {"OTIO_SCHEMA": "ExternalReference.1", "target_url": path}
        elif not schema:
            made["OTIO_SCHEMA"] = "MissingReference.1"
        return made

    def markers(self, name: str, data: dict[str, Any]) -> list[Any]:
        """Markers that lie in the used range; Resolve drops the others without a word."""
        try:
            used = time_range(data.get("source_range"))
        except BadTime:
            return []
        kept = []
        for marker in data["markers"]:
            try:
                at = rational((marker.get("marked_range") or {}).get("start_time"))
            except (BadTime, AttributeError):
                continue
            if used is None or used.start.seconds <= at.seconds < used.start.seconds + used.duration.seconds:
                kept.append(marker)
        if len(kept) < len(data["markers"]):
            self.notes.append(f"{name}: {len(data['markers']) - len(kept)} markers outside the part that is used")
        return kept


def _time(frame: int, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(frame)}
