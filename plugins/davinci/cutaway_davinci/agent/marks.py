"""Markers of ours on the timeline: which card and take lie there, hidden in their custom data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cutaway_davinci.agent.listing import markers_of

COLOR = "Mint"


def marked(timeline: Any, entry: dict[str, Any]) -> list[str]:
    """A marker in the span of a take, on the first frame that has none. What is to be said of it.

    The frame counts from the start of the timeline; the name of the file stands in the note, so that the take is
    found again without the journal.
    """
    there = markers_of(timeline)
    if any(marker["data"] == entry["mark"] for marker in there):
        return []
    taken = {marker["frame"] for marker in there}
    free = [n for n in range(entry["record"], entry["record"] + entry["frames"]) if n not in taken]
    name, note = entry["label"] or "Cutaway", Path(entry["media"]).name
    if free and timeline.AddMarker(free[0], COLOR, name, note, 1, entry["mark"]):
        return []
    return ["no marker could be set on it"]


def unmarked(timeline: Any, mark: str) -> None:
    """Takes away our marker, where there is one."""
    if any(marker["data"] == mark for marker in markers_of(timeline)):
        timeline.DeleteMarkerByCustomData(mark)
