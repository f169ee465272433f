"""The OTIO that Resolve writes: Clip.2, one reference under DEFAULT_MEDIA, bare absolute paths (Q19, Q20).

Written from the sheet, without the code of cutaway that reads and writes the same shape: two hands that have to agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from cutaway.timebase import Rate
    from cutaway_davinci.testing.items import ItemKept, TrackKept
    from cutaway_davinci.testing.timeline import TimelineKept


def written(timeline: TimelineKept) -> dict[str, Any]:
    """A timeline as the data of an OTIO file. Custom data of markers does not travel (open on the sheet)."""
    groups: dict[frozenset[int], int] = {}
    for item in timeline.items:
        if item.linked:
            groups.setdefault(frozenset({id(item), *map(id, item.linked)}), len(groups) + 1)
    rate = timeline.rate
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}},
        "name": timeline.name,
        "global_start_time": _time(timeline.start, rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "metadata": {},
            "name": "",
            "source_range": None,
            "effects": [],
            "markers": _markers(timeline.markers, 0, rate),
            "enabled": True,
            "children": [
                _track(track, timeline, groups) for kind in ("video", "audio") for track in timeline.tracks[kind]
            ],
        },
    }


def _track(track: TrackKept, timeline: TimelineKept, groups: dict[frozenset[int], int]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {"Resolve_OTIO": {"Locked": track.locked}},
        "name": track.name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": track.enabled,
        "children": list(_children(track, timeline, groups)),
        "kind": track.kind.title(),
    }


def _children(track: TrackKept, timeline: TimelineKept, groups: dict[frozenset[int], int]) -> Iterator[dict[str, Any]]:
    at, rate = timeline.start, timeline.rate
    over = [item for item in track.items if item.clip is None and not _is_alone(item, track)]
    for item in (one for one in track.items if one not in over):
        if item.start > at:
            yield _node("Gap.1", "", _span(0, item.start - at, rate))
        for cut in over:
            if at == item.start and cut.start < item.start < cut.end:
                yield {
                    "OTIO_SCHEMA": "Transition.1",
                    "metadata": {},
                    "name": cut.name,
                    "transition_type": "SMPTE_Dissolve",
                    "in_offset": _time(item.start - cut.start, rate),
                    "out_offset": _time(cut.end - item.start, rate),
                }
        group = groups.get(frozenset({id(item), *map(id, item.linked)}))
        yield _clip(item, rate) | {"metadata": {"Resolve_OTIO": {"Link Group ID": group} if group else {}}}
        at = item.end


def _is_alone(item: ItemKept, track: TrackKept) -> bool:
    return all(one is item or one.end <= item.start or item.end <= one.start for one in track.items)


def _clip(item: ItemKept, rate: Rate) -> dict[str, Any]:
    clip = item.clip
    if clip is None:
        span = _span(0, item.duration, rate)
        reference: dict[str, Any] = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": ""}
        first = 0
    else:
        begins = (clip.start + item.left) / clip.rate.fraction * rate.fraction
        first = clip.start + item.left
        span = _span(begins, item.duration, rate)
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "metadata": {},
            "name": clip.name,
            "available_range": _span(clip.start, clip.frames, clip.rate),
            "available_image_bounds": None,
            "target_url": str(clip.path),
        }
    node = _node("Clip.2", item.name, span, enabled=item.enabled)
    node["markers"] = _markers(item.markers, first, clip.rate if clip is not None else rate)
    return node | {"media_references": {"DEFAULT_MEDIA": reference}, "active_media_reference_key": "DEFAULT_MEDIA"}


def _node(schema: str, name: str, span: Any, *, enabled: bool = True) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": span,
        "effects": [],
        "markers": [],
        "enabled": enabled,
    }


def _markers(markers: dict[int, dict[str, Any]], first: int, rate: Rate) -> list[dict[str, Any]]:
    return [
        {
            "OTIO_SCHEMA": "Marker.2",
            "metadata": {"Resolve_OTIO": {"Keywords": [], "Note": marker["note"], "Color": marker["color"]}},
            "name": marker["name"],
            "color": marker["color"].upper(),
            "marked_range": _span(first + frame, int(marker["duration"]), rate),
        }
        for frame, marker in sorted(markers.items())
    ]


def _time(value: int | Fraction, rate: Rate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate.fraction), "value": float(value)}


def _span(start: int | Fraction, frames: int, rate: Rate) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(frames, rate)}
