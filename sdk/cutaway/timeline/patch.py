"""What an edit did to a cut: it can be done again, undone to the character, and written down.

    doc, patch = edits.fill(index, gap, media)
    patch.undone(doc) == the document before
    Patch.from_json(patch.to_json()) == patch

A patch holds the text it took out and the text it put in, list by list. Done to any other document
than the one it was made for, it refuses and changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cutaway.errors import TimelineChanged
from cutaway.timeline.doc import Document
from cutaway.timeline.rope import Arr, Element, Node, Obj, Splice, joined

Where: TypeAlias = tuple[int, ...]
"""Which list of children: () the tracks of the timeline, (t,) the items of track t."""


@dataclass(frozen=True)
class Change:
    """One list of children, spliced."""

    where: Where
    splice: Splice


@dataclass(frozen=True)
class Patch:
    """The changes of one edit, in the order they were made. `label` is what an undo menu shows."""

    label: str
    changes: tuple[Change, ...] = field(repr=False)

    def done(self, document: Document) -> Document:
        """The document with the edit.

        Raises:
            TimelineChanged: another document than the one it was made for.
        """
        return self._through(document, self.changes, undo=False)

    def undone(self, document: Document) -> Document:
        """The document without the edit, to the character.

        Raises:
            TimelineChanged: what the edit put in is no longer there.
        """
        return self._through(document, tuple(reversed(self.changes)), undo=True)

    def then(self, other: Patch) -> Patch:
        """Both edits as one."""
        return Patch(self.label, self.changes + other.changes)

    def _through(self, document: Document, changes: tuple[Change, ...], *, undo: bool) -> Document:
        timeline = document.timeline
        try:
            for change in changes:
                timeline = _changed(timeline, change, undo=undo)
        except (ValueError, IndexError, KeyError):
            verb = "undone" if undo else "done"
            raise TimelineChanged(
                f"{self.label!r} cannot be {verb}: the items it would touch are not the ones it was made for. "
                "Take a new snapshot and plan again",
                path=document.path,
            ) from None
        return document.with_timeline(timeline)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads, with the texts as they stand in the file."""
        return {
            "label": self.label,
            "changes": [
                {
                    "where": list(change.where),
                    "start": change.splice.start,
                    "removed": [[e.lead, joined(e.node)] for e in change.splice.removed],
                    "inserted": [[e.lead, joined(e.node)] for e in change.splice.inserted],
                    "tails": list(change.splice.tails),
                }
                for change in self.changes
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Patch:
        """The patch that `to_json` wrote down. It compares by text, so it fits the document read from a file again."""
        changes = tuple(
            Change(
                tuple(change["where"]),
                Splice(
                    change["start"],
                    tuple(Element(lead, _restored(text)) for lead, text in change["removed"]),
                    tuple(Element(lead, _restored(text)) for lead, text in change["inserted"]),
                    (change["tails"][0], change["tails"][1]),
                ),
            )
            for change in data["changes"]
        )
        return cls(data["label"], changes)

    @property
    def digest(self) -> str:
        """SHA-256 of the written patch."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def _restored(text: str) -> Node:
    """A node of a written patch, opened as a document would open it."""
    return Document.parse(text).root


def _changed(timeline: Obj, change: Change, *, undo: bool) -> Obj:
    """The timeline with one list of children changed."""
    stack = timeline.get("tracks")
    if not isinstance(stack, Obj):
        raise KeyError("tracks")
    if not change.where:
        return timeline.with_field("tracks", _with_spliced_children(stack, change.splice, undo=undo))
    tracks = stack.get("children")
    if not isinstance(tracks, Arr):
        raise KeyError("children")
    number = change.where[0]
    element = tracks.elements[number]
    if not isinstance(element.node, Obj):
        raise KeyError(number)
    track = _with_spliced_children(element.node, change.splice, undo=undo)
    elements = (*tracks.elements[:number], Element(element.lead, track), *tracks.elements[number + 1 :])
    return timeline.with_field("tracks", stack.with_field("children", Arr(elements, tracks.tail)))


def _with_spliced_children(node: Obj, splice: Splice, *, undo: bool) -> Obj:
    array = node.get("children")
    if not isinstance(array, Arr):
        raise KeyError("children")
    return node.with_field("children", splice.undone(array) if undo else splice.done(array))
