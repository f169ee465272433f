"""What Resolve wrote, as the cut that takes are put into: whose project it is, and which of its clips are ours.

Resolve keeps little of what it does not know. A take that comes back from it is known by what survives: the name of
its file, or our marker on its clip.

    | A | 91aa03b2c4d5-77bb0e1f2a3c.mov | B |    ->    | A | take 77bb… of card 91aa… | B |
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.card import CardState, new_id
from cutaway.storyboard.places import card_id, shown_clips
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Kind
from cutaway.timeline.references import active_reference
from cutaway.timeline.takes import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.project import Project

MARK: Final = "cutaway"
SHORT: Final = 12
"""Digits of a card and of a take by which they are named in files and markers."""
_OURS: Final = re.compile(r"(?:.*\bcutaway )?([0-9a-f]{12})[-:]([0-9a-f]{12})\b", re.IGNORECASE)
_VERSION: Final = re.compile(r" cutaway \d+$", re.IGNORECASE)
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_SEPARATORS: Final = re.compile(r"[\\/]")


def first_name(name: str) -> str:
    """The name of a timeline before we gave it numbers: "cut" of "cut Cutaway 3"."""
    return _VERSION.sub("", name).strip()


def file_name(name: str) -> str:
    """A name that every system takes for a file."""
    return _UNSAFE.sub("_", name).strip(" .") or "timeline"


def base_name(url: Any) -> str:
    """The name of the file that a URL means, on any system."""
    return _SEPARATORS.split(str(url or ""))[-1]


def taken_from(index: Index, projects: Path) -> Path | None:
    """The folder of the project whose takes lie in a cut: the one folder below `projects` that their paths name."""
    there = {folder.name for folder in projects.iterdir() if folder.is_dir()} if projects.is_dir() else set()
    for item in (item for track in index.tracks for item in track.items if item.kind is Kind.CLIP):
        parts = _SEPARATORS.split(str((active_reference(item.node) or {}).get("target_url") or ""))
        if len(parts) > 3 and parts[-2] == "takes" and parts[-4] == projects.name and parts[-3] in there:
            return projects / parts[-3]
    return None


def recognised(document: Document, project: Project) -> Document:
    """The cut with our takes known as ours again."""
    known = {
        (card.id[:SHORT], take.id[:SHORT]): (card, take)
        for card in project.cards
        for take in card.takes
    }  # fmt: skip
    index = Index.of(document)
    clips = [item for track in index.video_tracks for item in track.items if item.kind is Kind.CLIP]
    if not known or all(card_id(item) for item in clips):
        return document
    data = json.loads(document.text())
    for clip in pictures(timeline_of(data)):
        metadata = clip.get("metadata")
        if isinstance(metadata, dict) and MARK not in metadata and (found := _named(clip, known)) is not None:
            card, take = found
            metadata[MARK] = {"schema": SCHEMA, "id": new_id(), "card": card.id, "role": "take", "take": take.id}
    return Document.parse(json.dumps(data, ensure_ascii=False, indent=4))


def named_in(text: str) -> tuple[str, str] | None:
    """The beginnings of the ids of a card and a take, in the name of a file or of a marker."""
    matched = _OURS.match(text)
    return (matched[1].lower(), matched[2].lower()) if matched else None


def _named(clip: dict[str, Any], known: dict[tuple[str, str], tuple[Card, Take]]) -> tuple[Card, Take] | None:
    """The card and the take that a clip shows, by its file or by a marker on it."""
    references = clip.get("media_references") or {"": clip.get("media_reference")}
    reference = references.get(clip.get("active_media_reference_key")) or next(iter(references.values()), None) or {}
    said = [base_name(reference.get("target_url")), str(clip.get("name") or "")]
    for marker in clip.get("markers") or []:
        said += [str(marker.get("name") or ""), str(marker.get("comment") or "")]
    for text in said:
        if (ids := named_in(text)) in known:
            return known[ids]
    return None


def pictures(timeline: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every clip of the video tracks of a timeline's values. The sound of a take is nobody's place."""
    for track in timeline["tracks"]["children"]:
        if track.get("kind") == "Video":
            yield from _clips(track)


def _clips(data: Any) -> Iterator[dict[str, Any]]:
    if str(data.get("OTIO_SCHEMA", "")).startswith("Clip."):
        yield data
    for child in data.get("children") or []:
        yield from _clips(child)


def settled(project: Project, index: Index) -> int:
    """The cards of a project as a cut shows them: applied where a take of theirs lies in it, and else no longer.

    How many there are that were applied and are not.
    """
    shown = shown_clips(index)
    changed, gone = [], 0
    for card in project.cards:
        item = shown.get(card.id)
        ours = item.metadata.get(MARK, {}) if item is not None else {}
        take = next((take.id for take in card.takes if take.id == ours.get("take")), None)
        if take is not None and (card.state, card.applied_take) != (CardState.APPLIED, take):
            card.state, card.applied_take = CardState.APPLIED, take
            changed.append(card)
        elif take is None and card.state is CardState.APPLIED:
            card.state, card.applied_take = CardState.REVIEW if card.takes else CardState.READY, None
            changed.append(card)
            gone += 1
    if changed:
        project.put(*changed)
    return gone


def timeline_of(data: Any) -> dict[str, Any]:
    """The first timeline of a document's values."""
    return next(_timelines(data))


def _timelines(data: Any) -> Iterator[dict[str, Any]]:
    if str(data.get("OTIO_SCHEMA", "")).startswith("Timeline."):
        yield data
    for one in data.get("children") or []:
        yield from _timelines(one)
