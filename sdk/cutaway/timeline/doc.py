"""A cut as an OTIO file, lossless.

    doc = Document.open("cut.otio")
    doc.save("cut.otio")          # not edited: the same bytes

A document is immutable. It keeps the text of the file; an edit (`timeline.edits`) swaps single items
and leaves every other character alone, so foreign keys, their order, the spelling of numbers and
schemas nobody here knows survive. Files that opentimelineio refuses (a newer `Marker.3`, numbers
written Inf, a byte-order mark) open like any other.

Times in the file are {"OTIO_SCHEMA": "RationalTime.1", "value": v, "rate": r}: v / r seconds. They are
read as exact fractions, and never written back unless an edit changes them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import UnreadableTimeline
from cutaway.timeline.rope import Arr, Element, Field, JSONTextError, Leaf, Node, Obj, is_deeper, read

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 1 << 30
_BOM: Final = "\ufeff"
_BUFFER: Final = 1 << 20
MAX_DEPTH: Final = 64
"""How many objects and lists may lie in one another. Readers of other hands, written in C, end at some depth."""
_NESTING: Final = 24
"""How many compositions may lie in one another."""
COMPOSITIONS: Final = frozenset({"Timeline", "Stack", "Track", "SerializableCollection"})
_EARLIER: Final = {"Sequence": "Track", "Filler": "Gap", "SerializeableCollection": "SerializableCollection"}
"""Names that schemas had once; opentimelineio still reads them."""
_BEGINNINGS: Final = tuple(f'"{name}.' for name in (*COMPOSITIONS, "Sequence", "SerializeableCollection"))


@dataclass(frozen=True)
class Document:
    """One OTIO file: the text around its value, and the value as a tree.

    `path` is where it came from, if from a file; `digest` is the SHA-256 of the bytes it was read from.
    """

    root: Node = field(repr=False)
    head: str = ""
    foot: str = ""
    path: Path | None = None
    digest: str = ""

    @classmethod
    def open(cls, path: Path | str) -> Document:
        """The document in a file.

        Raises:
            UnreadableTimeline: no such file, too large, not UTF-8, not JSON, or nested too deeply.
        """
        path = Path(path)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise UnreadableTimeline(f"{path.name} is larger than {MAX_BYTES >> 30} GiB", path=path)
            data = path.read_bytes()
        except OSError as error:
            raise UnreadableTimeline(f"{path} cannot be read: {error.strerror or error}", path=path) from error
        return replace(cls.parse(data, path=path), path=path)

    @classmethod
    def parse(cls, data: bytes | str, *, path: Path | None = None) -> Document:
        """The document in the bytes or the text of an OTIO file."""
        named = path.name if path else "the text"
        try:
            text = data if isinstance(data, str) else data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableTimeline(
                f"{named} is not UTF-8 text (byte {error.start}); OpenTimelineIO files are JSON", path=path
            ) from error
        if is_deeper(text, MAX_DEPTH):
            raise UnreadableTimeline(
                f"{named} is not an OpenTimelineIO file: values are nested too deeply, more than {MAX_DEPTH} in each "
                "other",
                path=path,
            )
        head = _BOM if text.startswith(_BOM) else ""
        body = text[len(head) :]
        stripped = body.lstrip(" \t\r\n")
        head += body[: len(body) - len(stripped)]
        value_text = stripped.rstrip(" \t\r\n")
        foot = stripped[len(value_text) :]
        try:
            root = read(value_text, _opens, max_depth=2 * _NESTING)
        except JSONTextError as error:
            raise UnreadableTimeline(f"{named} is not an OpenTimelineIO file: {error}", path=path) from error
        digest = hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()
        return cls(root=_opened_where_needed(root), head=head, foot=foot, path=path, digest=digest)

    def text(self) -> str:
        """The whole file."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The whole file, item by item."""
        return chain((self.head,), self.root.pieces(), (self.foot,))

    def save(self, path: Path | str | None = None, *, backup: bool = True) -> Path:
        """Writes the file: beside it first, then renamed over it, so that a reader sees the old one or the new one.

        Where a file stood before and `backup` is set, it stays as `<name>.bak`.

        Raises:
            UnreadableTimeline: no path is known.
            OSError: the disk refuses; the old file is untouched.
        """
        target = Path(path) if path is not None else self.path
        if target is None:
            raise UnreadableTimeline("this timeline came from no file: say where to save it")
        part = target.with_name(target.name + ".part")
        try:
            with part.open("w", buffering=_BUFFER, encoding="utf-8", newline="") as file:
                file.writelines(self.pieces())
                file.flush()
                os.fsync(file.fileno())
            if backup and target.exists():
                shutil.copy2(target, target.with_name(target.name + ".bak"))
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return target

    @property
    def timelines(self) -> tuple[Obj, ...]:
        """Every timeline of the file: itself, or those of a collection."""
        if schema_of(self.root) == "Timeline":
            return (self.root,) if isinstance(self.root, Obj) else ()
        if schema_of(self.root) != "SerializableCollection":
            return ()
        nodes = (element.node for element in children(self.root))
        return tuple(node for node in nodes if isinstance(node, Obj) and schema_of(node) == "Timeline")

    @property
    def timeline(self) -> Obj:
        """The timeline of the file, or the first of several.

        Raises:
            UnreadableTimeline: there is none.
        """
        return self.checked().timelines[0]

    def checked(self) -> Document:
        """The document itself, if it holds a timeline.

        Raises:
            UnreadableTimeline: it does not.
        """
        if not self.timelines:
            raise UnreadableTimeline(
                f"{self.path.name if self.path else 'the file'} holds {_held(self)}, and no timeline. "
                "Export the sequence or the project as a timeline",
                path=self.path,
            )
        return self

    def with_timeline(self, timeline: Obj) -> Document:
        """The same file with another timeline in the place of `timeline`."""
        if self.root is self.timeline:
            return replace(self, root=timeline)
        assert isinstance(self.root, Obj)
        elements = list(children(self.root))
        at = next(n for n, element in enumerate(elements) if element.node is self.timeline)
        elements[at] = Element(elements[at].lead, timeline)
        return replace(self, root=with_children(self.root, tuple(elements)))

    @property
    def schema(self) -> str:
        """What the file holds at its top: "Timeline", "SerializableCollection", "Clip", ..."""
        return schema_of(self.root)


def schema_of(node: Node) -> str:
    """The schema of a node without its version, by its present name; "" where it has none."""
    name = node.value_of("OTIO_SCHEMA") if isinstance(node, Obj) else _schema_of_value(node)
    if not isinstance(name, str):
        return ""
    schema = name.partition(".")[0]
    return _EARLIER.get(schema, schema)


def _held(document: Document) -> str:
    """What a document without a timeline holds."""
    inside = sorted({schema_of(element.node) or "values without a schema" for element in children(document.root)})
    listed = f" of {', '.join(inside)}" if document.schema == "SerializableCollection" and inside else ""
    return f"a {document.schema}{listed}" if document.schema else "a value without a schema"


def _schema_of_value(node: Node) -> Any:
    return node.value.get("OTIO_SCHEMA") if isinstance(node, Leaf) and isinstance(node.value, dict) else None


def member(node: Node, key: str, default: Any = None) -> Any:
    """The parsed value of a member of an item, opened or not."""
    if isinstance(node, Leaf):
        return node.value.get(key, default) if isinstance(node.value, dict) else default
    return node.value_of(key, default) if isinstance(node, Obj) else default


def children(node: Node) -> tuple[Element, ...]:
    """The elements of a composition, none where it has no list of them."""
    found = node.get("children") if isinstance(node, Obj) else None
    return found.elements if isinstance(found, Arr) else ()


def with_children(node: Obj, elements: tuple[Element, ...]) -> Obj:
    """The same composition with other children. The layout of the list is kept."""
    found = node.get("children")
    tail = found.tail if isinstance(found, Arr) else "]"
    if not elements:
        return node.with_field("children", Arr((), "[]"))
    return node.with_field("children", Arr(elements, tail))


def _opens(path: tuple[str | int, ...], head: str) -> bool:
    """Opens the containers on the way to items: timelines, stacks, tracks and their lists of children."""
    if not path:
        return head.startswith("{")
    key = path[-1]
    if key in {"tracks", "children"}:
        return True
    if isinstance(key, int):
        return any(name in head for name in _BEGINNINGS)
    return False


def _opened_where_needed(node: Node) -> Node:
    """Opens a composition that was read as a leaf because its schema stands far behind its first key."""
    if isinstance(node, Leaf):
        if schema_of(node) in COMPOSITIONS:
            text = node.text
            return _opened_where_needed(read(text, lambda path, head: not path or _opens(path, head)))
        return node
    if isinstance(node, Arr):
        elements = tuple(
            element if (opened := _opened_where_needed(element.node)) is element.node else Element(element.lead, opened)
            for element in node.elements
        )
        return node if all(a is b for a, b in zip(elements, node.elements, strict=True)) else Arr(elements, node.tail)
    fields = tuple(
        item
        if item.key not in {"tracks", "children"} or (opened := _opened_where_needed(item.node)) is item.node
        else Field(item.lead, item.key, opened)
        for item in node.fields
    )
    return node if all(a is b for a, b in zip(fields, node.fields, strict=True)) else Obj(fields, node.tail)
