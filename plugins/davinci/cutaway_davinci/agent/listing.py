"""What lies on the timeline that is open, as plain data. Record frames count from its start, ends are exclusive."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.trouble import said

if TYPE_CHECKING:
    from cutaway_davinci.agent.session import Session

NEW_SETTINGS = (21, 1)
SPEED_SINCE = (21, 1)
VIDEO, AUDIO = "video", "audio"
_NOT_CONTENT = ("id", "digest", "project")
"""Keys of a listing that are not what is in the cut. Resolve gives an item another id when it is put back."""


def listing(session: Session) -> dict[str, Any]:
    """Project, timeline, tracks with their items, markers, and the digest of it all.

    Raises:
        Trouble: nothing is open, or Resolve does not answer.
    """
    project, timeline = session.project(), session.timeline()
    settings = timeline.GetSettings() if session.version >= NEW_SETTINGS else timeline.GetSetting()
    settings = said(settings, "the rate of the timeline")
    start = int(said(timeline.GetStartFrame(), "where the timeline starts"))
    clips: dict[str, dict[str, Any]] = {}
    tracks = [
        _track(session, timeline, kind, number, clips)
        for kind in (VIDEO, AUDIO)
        for number in range(1, int(said(timeline.GetTrackCount(kind), "how many tracks there are")) + 1)
    ]
    found = {
        "project": {"id": project.GetUniqueId(), "name": project.GetName()},
        "timeline": {
            "key": said(timeline.GetUniqueId(), "which timeline is open"),
            "name": timeline.GetName(),
            "start": start,
            "rate": str(settings["timelineFrameRate"]),
            "drop": str(settings.get("timelineDropFrameTimecode", "0")) == "1",
        },
        "tracks": tracks,
        "markers": markers_of(timeline),
    }
    found["digest"] = digest_of(found)
    return found


def digest_of(found: dict[str, Any]) -> str:
    """SHA-256 of what is in the cut, whatever ids its items have."""
    return hashlib.sha256(json.dumps(_content(found), sort_keys=True).encode()).hexdigest()


def _content(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _content(one) for key, one in value.items() if key not in _NOT_CONTENT}
    return [_content(one) for one in value] if isinstance(value, list) else value


def markers_of(timeline: Any) -> list[dict[str, Any]]:
    """The timeline's markers in order; their frames come as floats and count from the start."""
    found = said(timeline.GetMarkers(), "which markers there are")
    return [
        {
            "frame": int(frame),
            "duration": int(marker.get("duration", 1)),
            "color": marker.get("color", ""),
            "name": marker.get("name", ""),
            "note": marker.get("note", ""),
            "data": marker.get("customData", ""),
        }
        for frame, marker in sorted(found.items())
    ]


def items_of(timeline: Any, kind: str, number: int) -> list[Any]:
    """The items of a track, counted from 1."""
    return list(said(timeline.GetItemListInTrack(kind, number), f"what lies on {kind} track {number}"))


def path_of(item: Any) -> str:
    """The file an item shows; "" for titles and generators."""
    clip = item.GetMediaPoolItem()
    return str(clip.GetClipProperty("File Path") or "") if clip is not None else ""


def same_file(one: str, other: str) -> bool:
    """Whether two paths are spelled for one file: macOS takes accents apart, Windows does not tell cases apart."""
    return _spelled(one) == _spelled(other)


def _spelled(path: str) -> str:
    return unicodedata.normalize("NFC", os.path.normcase(os.path.normpath(path)))


def _track(session: Session, timeline: Any, kind: str, number: int, clips: dict[str, dict[str, Any]]) -> dict[str, Any]:
    start = int(said(timeline.GetStartFrame(), "where the timeline starts"))
    items = [_item(session, item, start, clips) for item in items_of(timeline, kind, number)]
    return {
        "kind": kind,
        "number": number,
        "name": timeline.GetTrackName(kind, number) or "",
        "locked": bool(timeline.GetIsTrackLocked(kind, number)),
        "enabled": bool(timeline.GetIsTrackEnabled(kind, number)),
        "items": sorted((item for item in items if item["id"]), key=lambda item: (item["start"], item["frames"])),
    }


def _item(session: Session, item: Any, start: int, clips: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = item.GetUniqueId() or ""
    if not name:
        return {"id": ""}  # an item that was never really placed
    first = int(said(item.GetStart(), "where an item starts"))
    media = _media(item.GetMediaPoolItem(), clips)
    return {
        "id": name,
        "name": item.GetName() or "",
        "start": first - start,
        "frames": int(said(item.GetEnd(), "where an item ends")) - first,
        "left": int(item.GetLeftOffset() or 0),
        "enabled": item.GetClipEnabled() is not False,
        "speed": _speed(item) if media is not None and session.version >= SPEED_SINCE else 1.0,
        "media": media,
    }


def _speed(item: Any) -> float:
    """How many frames of the media a frame of the timeline takes; 1.0 where Resolve does not say."""
    try:
        return float((item.GetSpeed() or {})["Percentage"]) / 100
    except (KeyError, TypeError, ValueError):
        return 1.0


def _media(clip: Any | None, clips: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The file behind an item: frames and start at its own rate."""
    if clip is None:
        return None
    name = str(said(clip.GetUniqueId(), "which clip an item shows"))
    if name not in clips:
        facts = said(clip.GetClipProperty(), "which file an item shows")
        clips[name] = {
            "path": str(facts.get("File Path") or ""),
            "rate": str(facts.get("FPS") or ""),
            "frames": _whole(facts.get("Frames")),
            "start": _whole(facts.get("Start")),
        }
    return clips[name]


def _whole(text: Any) -> int:
    try:
        return int(float(text))
    except (TypeError, ValueError):
        return 0
