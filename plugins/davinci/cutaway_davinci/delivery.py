"""The cut as Resolve is to import it: under a new name, with our takes named in markers, and with their sound.

    V1   | A | take | B |      ->     V1   | A | take | B |      the marker says which card and take it is
                                      A1       | take |          linked with its picture

Markers survive in Resolve where metadata of others may not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Kind
from cutaway.timeline.references import active_reference
from cutaway_davinci.exported import MARK, SHORT, base_name, named_in, pictures, timeline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway.timeline.index import Item

_LINK: Final = "Link Group ID"
_SOUND_TRACK: Final = "Cutaway"


def delivered(document: Document, name: str, has_sound: Callable[[str, str], bool]) -> Document:
    """The cut for Resolve.

    Args:
        document: with all that we know of it.
        name: of its timeline; Resolve takes none that it has already.
        has_sound: whether a take of a card is to be heard: by the card's id and the path of the take.
    """
    index = Index.of(document)
    heard = _heard(index, has_sound)
    data = json.loads(document.text())
    timeline = timeline_of(data)
    _silence(index, timeline)
    timeline["name"] = name
    for clip in pictures(timeline):
        ours = (clip.get("metadata") or {}).get(MARK)
        if isinstance(ours, dict) and ours.get("role") == "take" and clip.get("source_range"):
            clip["markers"] = [*_others(clip, ours), _marker(clip, ours)]
    group = _highest_link(timeline)
    for track in _tracks(heard):
        made = []
        at = 0
        for item in track:
            group += 1
            clip = _clip_of(timeline, str(item.metadata[MARK]["id"]))
            clip["metadata"].setdefault("Resolve_OTIO", {})[_LINK] = group
            start, frames = int(item.record.start), int(item.record.duration)
            made += [_gap(clip, start - at)] if start > at else []
            made.append(_sound(clip, group))
            at = start + frames
        timeline["tracks"]["children"].append(_audio_track(made))
    return Document.parse(json.dumps(data, ensure_ascii=False, indent=4))


def _heard(index: Index, has_sound: Callable[[str, str], bool]) -> list[Item]:
    """The takes that are to be heard and are not yet, in order."""
    there = {
        (item.record.start, (active_reference(item.node) or {}).get("target_url"))
        for track in index.tracks
        for item in track.items
        if track.kind == "Audio" and item.kind is Kind.CLIP
    }
    found = []
    for item in (item for track in index.video_tracks for item in track.items if item.kind is Kind.CLIP):
        ours = item.metadata.get(MARK)
        url = (active_reference(item.node) or {}).get("target_url")
        if isinstance(ours, dict) and ours.get("role") == "take" and ours.get("id") and item.speed == 1:
            heard = isinstance(url, str) and has_sound(str(ours.get("card")), url)
            found += [item] if heard and (item.record.start, url) not in there else []
    return sorted(found, key=lambda item: item.record.start)


def _silence(index: Index, timeline: dict[str, Any]) -> None:
    """Takes the sound of takes away that came back from Resolve under a picture which shows another take by now."""
    shown = {
        (ours["card"][:SHORT], item.record.start): ours["take"][:SHORT]
        for track in index.video_tracks
        for item in track.items
        if isinstance(ours := item.metadata.get(MARK), dict) and ours.get("role") == "take"
    }
    for track in (track for track in index.tracks if track.kind == "Audio"):
        children = timeline["tracks"]["children"][track.number]["children"]
        for item in (item for item in track.items if item.kind is Kind.CLIP):
            card, take = named_in(base_name((active_reference(item.node) or {}).get("target_url"))) or ("", "")
            if shown.get((card, item.record.start), take) != take:
                children[item.position] = _gap(children[item.position], int(item.record.duration))


def _tracks(items: Sequence[Item]) -> list[list[Item]]:
    """Items on as few tracks as let none overlap."""
    made: list[list[Item]] = []
    for item in items:
        free = next((track for track in made if track[-1].record.end <= item.record.start), None)
        if free is None:
            made.append([item])
        else:
            free.append(item)
    return made


def _clip_of(timeline: dict[str, Any], own_id: str) -> dict[str, Any]:
    return next(clip for clip in pictures(timeline) if (clip.get("metadata") or {}).get(MARK, {}).get("id") == own_id)


def _highest_link(timeline: dict[str, Any]) -> int:
    """The highest number by which Resolve links clips, so that ours are others."""
    clips = (item for track in timeline["tracks"]["children"] for item in track.get("children") or [])
    numbers = (((clip.get("metadata") or {}).get("Resolve_OTIO") or {}).get(_LINK) for clip in clips)
    return max((number for number in numbers if isinstance(number, int)), default=0)


def _others(clip: dict[str, Any], ours: dict[str, Any]) -> list[Any]:
    return [marker for marker in clip.get("markers") or [] if marker.get("name") != _name(ours)]


def _name(ours: dict[str, Any]) -> str:
    return f"Cutaway {str(ours.get('card'))[:SHORT]}:{str(ours.get('take'))[:SHORT]}"


def _marker(clip: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """On the first frame that is shown, since Resolve drops those outside."""
    start = clip["source_range"]["start_time"]
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": _name(ours),
        "color": "MINT",
        "marked_range": {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": dict(start, value=1.0)},
    }


def _sound(clip: dict[str, Any], group: int) -> dict[str, Any]:
    """The same part of the same file, to be heard; it is nobody's place."""
    return dict(clip, markers=[], effects=[], metadata={"Resolve_OTIO": {_LINK: group}})


def _gap(clip: dict[str, Any], frames: int) -> dict[str, Any]:
    like = clip["source_range"]["duration"]
    span = {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": dict(like, value=0.0),
        "duration": dict(like, value=float(frames)),
    }
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": span,
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _audio_track(children: list[Any]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": _SOUND_TRACK,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
        "kind": "Audio",
    }
