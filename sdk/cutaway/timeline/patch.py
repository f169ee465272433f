"""What an edit did to a cut: it can be done again, undone to the character, and written down.

    doc, patch = edits.fill(index, gap, media)
    patch.undone(doc) == the document before
    Patch.from_json(patch.to_json()) == patch

A patch holds the text it took out and the text it put in, list by list: items of a track, or members of
an object such as the timeline's metadata. Done to any other document than the one it was made for, it
refuses and changes nothing. Patches that touch nothing of each other can change places (`rebased`), so
that an edit in the middle of a history can be undone and the later ones stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cutaway.errors import TimelineChanged
from cutaway.timeline.doc import Document
from cutaway.timeline.rope import Arr, Element, Field, Leaf, Node, Obj, Splice, joined, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Where: TypeAlias = tuple[int | str, ...]
"""Which list: () the tracks of the timeline, (t,) the items of track t; behind "timeline" come the keys that
lead to an object or a list of the timeline's own: ("timeline", "metadata") the members of its metadata."""
TIMELINE: Final = "timeline"


class Touching(ValueError):
    """Two changes of the same items, which cannot change places."""


@dataclass(frozen=True)
class Change:
    """One list of items or of members, spliced. A member's lead holds its key."""

    where: Where
    splice: Splice

    @property
    def inverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.where, self.splice.inverse)

    @property
    def growth(self) -> int:
        """By how many elements the list gets longer."""
        return len(self.splice.inserted) - len(self.splice.removed)

    def rebased(self, over: Change) -> Change:
        """The same change, for the list as it is after another one; both were made for the same document.

        Raises:
            Touching: one of them changes what the other one does.
        """
        mine, others = self.where, over.where
        if mine == others:
            before = _lies_before(over.splice, self.splice)
            if not before or not over.growth:
                return self
            return replace(self, splice=replace(self.splice, start=self.splice.start + over.growth))
        if TIMELINE in mine or TIMELINE in others:
            shorter = min(len(mine), len(others))
            if mine[:shorter] == others[:shorter] and _names_inner(self, over):
                raise Touching(f"both change {'.'.join(map(str, mine))}")
            return self
        if not others and isinstance(mine[0], int):  # tracks came or went: the number of mine may be another one now
            first, last = over.splice.start, over.splice.start + len(over.splice.removed)
            if first <= mine[0] < last:
                raise Touching(f"track {mine[0]} is replaced")
            return replace(self, where=(mine[0] + over.growth,)) if mine[0] >= last else self
        if not mine and isinstance(others[0], int):
            start = self.splice.start
            if start <= others[0] < start + len(self.splice.removed):
                raise Touching(f"track {others[0]} is replaced")
        return self

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the texts as they stand in the file."""
        return {
            "where": list(self.where),
            "start": self.splice.start,
            "removed": [[e.lead, joined(e.node)] for e in self.splice.removed],
            "inserted": [[e.lead, joined(e.node)] for e in self.splice.inserted],
            "tails": list(self.splice.tails),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Change:
        removed, inserted = (
            tuple(Element(lead, Document.parse(text).root) for lead, text in data[key])
            for key in ("removed", "inserted")
        )
        return cls(tuple(data["where"]), Splice(data["start"], removed, inserted, (data["tails"][0], data["tails"][1])))


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
        return self._through(document, "done")

    def undone(self, document: Document) -> Document:
        """The document without the edit, to the character.

        Raises:
            TimelineChanged: what the edit put in is no longer there.
        """
        return self.inverse._through(document, "undone")  # noqa: SLF001 - another one of its own kind

    @property
    def inverse(self) -> Patch:
        """The patch that takes this one back."""
        return replace(self, changes=tuple(change.inverse for change in reversed(self.changes)))

    def then(self, other: Patch) -> Patch:
        """Both edits as one."""
        return Patch(self.label, self.changes + other.changes)

    @property
    def to_tracks(self) -> Patch:
        """What it does to tracks and their items."""
        return replace(self, changes=tuple(one for one in self.changes if TIMELINE not in one.where[:1]))

    @property
    def to_timeline(self) -> Patch:
        """What it does to the timeline's own members."""
        return replace(self, changes=tuple(one for one in self.changes if TIMELINE in one.where[:1]))

    def rebased(self, over: Patch) -> Patch:
        """The same edit, for the document as it is after another one; both were made for the same document.

        Raises:
            Touching: one of them changes what the other one does.
        """
        mine = list(self.changes)
        for passing in over.changes:
            for n, own in enumerate(mine):
                mine[n] = own.rebased(passing)
                if n + 1 < len(mine):
                    passing = passing.rebased(own)  # noqa: PLW2901 - it goes on behind this one
        return replace(self, changes=tuple(mine))

    def _through(self, document: Document, verb: str) -> Document:
        timeline = document.timeline
        try:
            changes = (*self.to_tracks.changes, *self.to_timeline.changes)  # neither knows of the other
            for where, together in groupby(changes, key=lambda change: change.where):
                timeline = _changed(timeline, where, [change.splice for change in together])
        except (ValueError, IndexError, KeyError):
            raise TimelineChanged(
                f"{self.label!r} cannot be {verb}: the items it would touch are not the ones it was made for. "
                "Take a new snapshot and plan again",
                path=document.path,
            ) from None
        return document.with_timeline(timeline)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads, with the texts as they stand in the file."""
        return {"label": self.label, "changes": [change.to_json() for change in self.changes]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Patch:
        """The patch that `to_json` wrote down. It compares by text, so it fits the document read from a file again."""
        return cls(data["label"], tuple(map(Change.from_json, data["changes"])))


def with_member(timeline: Obj, keys: Sequence[str], key: str, value: Any) -> tuple[Obj, Change]:
    """The timeline with one member of an object set or replaced, and the change that did it.

    `keys` lead from the timeline to the object; none for the timeline itself. All other members keep their
    text. A new member comes last, laid out like the others.

    Raises:
        KeyError: there is no such object.
    """
    owner, margin = _object_at(timeline, keys)
    number = next((n for n, there in enumerate(owner.fields) if there.key == key), len(owner.fields))
    made, tail = owner, owner.tail
    if not owner.fields:
        lead, tail = ("{" + json.dumps(key) + ": ", "}") if margin is None else _first_lead(key, margin)
        made = Obj((Field(lead, key, Leaf.of("null")),), tail)
    new = made.with_field(key, Leaf.new(value)).fields[number]
    splice = Splice(
        number,
        tuple(Element(old.lead, old.node) for old in owner.fields[number : number + 1]),
        (Element(new.lead, new.node),),
        (owner.tail, tail),
    )
    change = Change((TIMELINE, *keys), splice)
    return _changed(timeline, change.where, [change.splice]), change


def without_member(timeline: Obj, keys: Sequence[str], key: str) -> tuple[Obj, Change]:
    """The timeline less one member of an object, and the change that did it.

    Raises:
        KeyError: there is no such object, or it has no such member.
    """
    owner, _ = _object_at(timeline, keys)
    number = next((n for n, there in enumerate(owner.fields) if there.key == key), None)
    if number is None:
        raise KeyError(key)
    left = owner.without_field(key)
    touched = 2 if number == 0 and left.fields else 1  # the next one becomes the first, with another lead
    splice = Splice(
        number,
        tuple(Element(old.lead, old.node) for old in owner.fields[number : number + touched]),
        tuple(Element(new.lead, new.node) for new in left.fields[number : number + touched - 1]),
        (owner.tail, left.tail),
    )
    change = Change((TIMELINE, *keys), splice)
    return _changed(timeline, change.where, [change.splice]), change


def with_elements(timeline: Obj, keys: Sequence[str], values: Sequence[Any]) -> tuple[Obj, Change | None]:
    """The timeline with other values in a list of its own, and the change that did it; None where they are the same.

    Only the part of the list that differs is written anew.

    Raises:
        KeyError: there is no such list.
    """
    array = _list_at(timeline, keys)
    old, new = [_value(element.node) for element in array.elements], list(values)
    if old == new:
        return timeline, None
    head = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    splice = array.splice(head, len(old) - tail, [Leaf.new(one) for one in new[head : len(new) - tail]])
    change = Change((TIMELINE, *keys), splice)
    return _changed(timeline, change.where, [change.splice]), change


def with_each(timeline: Obj, keys: Sequence[str], values: Mapping[int, Any]) -> tuple[Obj, tuple[Change, ...]]:
    """The timeline with some elements of a list of its own replaced, each by a change of its own.

    Raises:
        KeyError: there is no such list.
        IndexError: it has no such element.
    """
    array, where = _list_at(timeline, keys), (TIMELINE, *keys)
    if values and max(values) >= len(array.elements):
        raise IndexError(max(values))
    changes = tuple(Change(where, array.splice(n, n + 1, [Leaf.new(value)])) for n, value in values.items())
    return _changed(timeline, where, [change.splice for change in changes]), changes


def _lies_before(one: Splice, other: Splice) -> bool:
    """Whether a splice of a list lies in front of another; neither may reach into the other, nor leave open which."""
    first, second = (one, other) if one.start <= other.start else (other, one)
    end = first.start + len(first.removed)
    if end > second.start or (end == second.start and not (first.removed and second.removed)):
        raise Touching(f"both change element {second.start}")
    return first is one


def _names_inner(one: Change, other: Change) -> bool:
    """Whether the change of the outer list touches the member that the inner one lies in."""
    outer, inner = (one, other) if len(one.where) < len(other.where) else (other, one)
    if not outer.where or outer.where[0] != TIMELINE:
        return False
    key = inner.where[len(outer.where)]
    return any(_key_of(e.lead) == key for e in (*outer.splice.removed, *outer.splice.inserted))


def _changed(timeline: Obj, where: Where, splices: Sequence[Splice]) -> Obj:
    """The timeline with one list changed."""
    if where[:1] == (TIMELINE,):
        changed = _spliced_at(timeline, where[1:], splices)
        assert isinstance(changed, Obj)
        return changed
    stack = timeline.get("tracks")
    if not isinstance(stack, Obj):
        raise KeyError("tracks")
    if not where:
        return timeline.with_field("tracks", _with_spliced_children(stack, splices))
    tracks, number = stack.get("children"), where[0]
    if not isinstance(tracks, Arr) or not isinstance(number, int):
        raise KeyError("children")
    element = tracks.elements[number]
    if not isinstance(element.node, Obj):
        raise KeyError(number)
    track = _with_spliced_children(element.node, splices)
    elements = (*tracks.elements[:number], Element(element.lead, track), *tracks.elements[number + 1 :])
    return timeline.with_field("tracks", stack.with_field("children", Arr(elements, tracks.tail)))


def _with_spliced_children(node: Obj, splices: Sequence[Splice]) -> Obj:
    array = node.get("children")
    if not isinstance(array, Arr):
        raise KeyError("children")
    return node.with_field("children", array.spliced(*splices))


# -- objects and lists of the timeline's own, which a document does not open -------------------------


def _spliced_at(node: Node, keys: Where, splices: Sequence[Splice]) -> Node:
    """A node with the list that keys lead to spliced. What was closed is closed again."""
    opened = _opened(node)
    if not keys:
        changed: Node = _spliced_members(opened, splices) if isinstance(opened, Obj) else opened.spliced(*splices)
    else:
        key = str(keys[0])
        inner = opened.get(key) if isinstance(opened, Obj) else None
        if inner is None or not isinstance(opened, Obj):
            raise KeyError(key)
        changed = opened.with_field(key, _spliced_at(inner, keys[1:], splices))
    return Leaf.of(joined(changed)) if isinstance(node, Leaf) else changed


def _spliced_members(node: Obj, splices: Sequence[Splice]) -> Obj:
    """An object as a list of its members, each under a lead that holds its key."""
    members = Arr(tuple(Element(there.lead, there.node) for there in node.fields), node.tail)
    changed = members.spliced(*splices)
    return Obj(tuple(Field(e.lead, _key_of(e.lead), e.node) for e in changed.elements), changed.tail)


def _opened(node: Node) -> Obj | Arr:
    opened = read(node.text, lambda path, _head: not path) if isinstance(node, Leaf) else node
    if isinstance(opened, Leaf):
        raise KeyError("neither an object nor a list")
    return opened


def _object_at(timeline: Obj, keys: Sequence[str]) -> tuple[Obj, str | None]:
    """The object that keys lead to, and how deep its line is indented; None where it does not begin one."""
    found, margin = timeline, None
    for key in keys:
        member = next((there for there in found.fields if there.key == key), None)
        opened = _opened(member.node) if member is not None else None
        if member is None or not isinstance(opened, Obj):
            raise KeyError(key)
        line = member.lead.rpartition("\n")
        margin = line[2][: len(line[2]) - len(line[2].lstrip(" \t"))] if line[1] else None
        found = opened
    return found, margin


def _list_at(timeline: Obj, keys: Sequence[str]) -> Arr:
    """The list that keys lead to."""
    owner, _ = _object_at(timeline, keys[:-1])
    found = owner.get(keys[-1])
    array = _opened(found) if found is not None else None
    if not isinstance(array, Arr):
        raise KeyError(keys[-1])
    return array


def _first_lead(key: str, margin: str) -> tuple[str, str]:
    """The lead and the tail of an object's only member, on a line of its own."""
    return "{\n" + margin + "    " + json.dumps(key) + ": ", "\n" + margin + "}"


def _key_of(lead: str) -> str:
    """The key in a member's lead: between its quotes there is nothing else."""
    key = json.loads(lead[lead.find('"') : lead.rfind('"') + 1], strict=False)
    assert isinstance(key, str)
    return key


def _value(node: Node) -> Any:
    return node.value if isinstance(node, Leaf) else json.loads(joined(node))
