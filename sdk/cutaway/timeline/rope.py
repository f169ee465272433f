"""JSON text that can be edited without being rewritten.

A document is read once into a tree that remembers its own text. Only the containers on the way to
something editable are opened (`Obj`, `Arr`); everything else is a `Leaf`: a span of the original text
and its parsed value. Joining the tree gives back the same characters; an edit replaces nodes and leaves
all other text, foreign keys, order, white space and the spelling of numbers alone.

    {"a": 1, "children": [ {clip}, {gap} ]}
     ^lead ^leaf           ^leaf    ^leaf    -> swap the gap's leaf, keep every other character

Nodes are immutable. Reading a value costs the C scanner of `json` and nothing more.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring as _quoted
from math import isfinite
from typing import Any, Final, NoReturn, TypeAlias

_WORDS: Final = {None: "null", True: "true", False: "false"}
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_decode_at: Final = json.JSONDecoder(strict=False).raw_decode
_OPEN_NUMBER: Final = re.compile(r"[-+]?(?:inf(?:inity)?|nan)\b", re.IGNORECASE)
_STRING_OR_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[-+]?(?:[iI]nf(?:inity)?|[nN]a[nN])\b', re.DOTALL)


class JSONTextError(ValueError):
    """Text that is not JSON, with the line and column where it stops being so."""

    def __init__(self, problem: str, text: str, at: int) -> None:
        line = text.count("\n", 0, at) + 1
        column = at - text.rfind("\n", 0, at)
        super().__init__(f"{problem} at line {line}, column {column}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is not opened: a span of some text, and what it says.

    A `fresh` one is not laid out yet: it takes the layout of the place it is put in.
    """

    source: str = field(repr=False)
    start: int
    end: int
    value: Any
    fresh: bool = False

    @classmethod
    def new(cls, value: Any) -> Leaf:
        """A new value, to be laid out where it is put."""
        return cls("", 0, 0, value, fresh=True)

    @classmethod
    def of(cls, text: str) -> Leaf:
        """A leaf of its own text.

        Raises:
            JSONTextError: not one JSON value.
        """
        node = read(text, lambda _path, _head: False)
        assert isinstance(node, Leaf)
        return node

    @property
    def text(self) -> str:
        return json.dumps(self.value, ensure_ascii=False) if self.fresh else self.source[self.start : self.end]

    def pieces(self) -> Iterator[str]:
        yield self.text


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an opened object; `lead` is all text from the one before up to the value, its key included."""

    lead: str
    key: str
    node: Node


@dataclass(frozen=True, slots=True)
class Obj:
    """An opened object. `tail` is the text from its last value to its closing brace."""

    fields: tuple[Field, ...]
    tail: str

    def get(self, key: str) -> Node | None:
        return next((item.node for item in self.fields if item.key == key), None)

    def value_of(self, key: str, default: Any = None) -> Any:
        """The parsed value of a member that is a leaf."""
        node = self.get(key)
        return node.value if isinstance(node, Leaf) else default

    def with_field(self, key: str, node: Node) -> Obj:
        """The same object with one member replaced, or added behind the others in their own layout."""
        for n, item in enumerate(self.fields):
            if item.key == key:
                swapped = Field(item.lead, key, _settled(node, item.lead))
                return Obj((*self.fields[:n], swapped, *self.fields[n + 1 :]), self.tail)
        if not self.fields:
            return Obj((Field("{" + json.dumps(key) + ": ", key, node),), "}")
        lead = _next_lead(self.fields[-1].lead, first=len(self.fields) == 1)
        lead = _rekeyed(lead, key)
        return Obj((*self.fields, Field(lead, key, _settled(node, lead))), self.tail)

    def without_field(self, key: str) -> Obj:
        """The same object less one member; nothing happens where it has none."""
        kept = [item for item in self.fields if item.key != key]
        if len(kept) == len(self.fields):
            return self
        if not kept:
            return Obj((), "{}")
        if kept[0] is not self.fields[0]:
            first = kept[0]
            kept[0] = Field(_rekeyed(self.fields[0].lead, first.key), first.key, first.node)
        return Obj(tuple(kept), self.tail)

    def pieces(self) -> Iterator[str]:
        for item in self.fields:
            yield item.lead
            yield from item.node.pieces()
        yield self.tail


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an opened array; `lead` is the text from the one before up to it."""

    lead: str
    node: Node


@dataclass(frozen=True, slots=True)
class Arr:
    """An opened array. `tail` is the text from its last element to its closing bracket."""

    elements: tuple[Element, ...]
    tail: str

    def splice(self, start: int, stop: int, nodes: Sequence[Node]) -> Splice:
        """The change that puts others in the place of elements [start, stop), laid out like their neighbours."""
        old = self.elements
        first = old[0].lead if old else "["
        later = old[1].lead if len(old) > 1 else "," + (first[1:] or " ")
        leads = [element.lead for element in old[start:stop]]
        leads += [first if start + n == 0 else later for n in range(len(leads), len(nodes))]
        new = tuple(Element(lead, _settled(node, lead)) for lead, node in zip(leads, nodes, strict=False))
        if start == 0 and stop < len(old) and bool(stop) != bool(new):  # another element is the first one now
            new += (Element(later if new else first, old[stop].node),)
            stop += 1
        empty_after = len(old) - (stop - start) + len(new) == 0
        tail = "[]" if empty_after else self.tail if old else "]"
        return Splice(start, old[start:stop], new, (self.tail, tail))

    def spliced(self, *splices: Splice) -> Arr:
        """The array with changes, made one after the other.

        Raises:
            ValueError: another array than the one they were made for.
        """
        elements, tail = list(self.elements), self.tail
        for splice in splices:
            end = splice.start + len(splice.removed)
            there = elements[splice.start : end]
            if len(there) != len(splice.removed) or not all(map(_same, there, splice.removed)):
                raise ValueError("the elements are not the ones this change was made for")
            elements[splice.start : end] = splice.inserted
            tail = splice.tails[1]
        return Arr(tuple(elements), tail)

    def pieces(self) -> Iterator[str]:
        for element in self.elements:
            yield element.lead
            yield from element.node.pieces()
        yield self.tail


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of an array: at `start`, `removed` made way for `inserted`."""

    start: int
    removed: tuple[Element, ...]
    inserted: tuple[Element, ...]
    tails: tuple[str, str]
    """The tail of the array before and after."""

    @property
    def inverse(self) -> Splice:
        """The change that takes this one back, to the character."""
        return Splice(self.start, self.inserted, self.removed, self.tails[::-1])


def _same(there: Element, expected: Element) -> bool:
    """The same text, whether or not it is the same object."""
    if there is expected:
        return True
    return there.lead == expected.lead and (there.node is expected.node or joined(there.node) == joined(expected.node))


Node: TypeAlias = Leaf | Obj | Arr
Opens: TypeAlias = Callable[[tuple[str | int, ...], str], bool]
"""(path, the next few hundred characters) -> whether to open the container that begins there."""


def joined(node: Node) -> str:
    """The text of a node."""
    return "".join(node.pieces())


def value(node: Node) -> Any:
    """What a node says, parsed. For opened nodes this walks the tree; meant for tests and small parts."""
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Obj):
        return {item.key: value(item.node) for item in node.fields}
    return [value(element.node) for element in node.elements]


def read(text: str, opens: Opens, *, max_depth: int = 32) -> Node:
    """The tree of a whole text. White space around the value belongs to whoever keeps the text.

    Numbers written Inf, inf or nan, which some editors write, are read as not finite.

    Raises:
        JSONTextError: not one JSON value, or nested more deeply than the interpreter's own limit.
    """
    collecting = gc.isenabled()
    gc.disable()  # a large file makes millions of objects and no garbage
    try:
        return _Reader(text, opens, max_depth).whole()
    finally:
        if collecting:
            gc.enable()


_BRACKETS: Final = bytes.maketrans(b"[]", b"{}")
_OTHERS: Final = bytes(set(range(256)) - set(b'[]{}"'))


def is_deeper(text: str, depth: int) -> bool:
    """Whether objects and lists lie in one another more than `depth` deep. Looks at brackets only, and reads nothing.

    What is left of the text when all but quotes and brackets is taken out is small; two quotes in a row hold nothing,
    and every other piece between quotes is a text. Then each round takes out the innermost brackets.
    """
    plain = text.encode("utf-8", "replace")
    if b"\\" in plain:
        plain = plain.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = plain.translate(_BRACKETS, _OTHERS).replace(b'""', b"")
    brackets = b"".join(marks.split(b'"')[::2])
    for _ in range(depth):
        if b"{}" not in brackets:
            return len(brackets) > depth and brackets.count(b"{") > depth
        brackets = brackets.replace(b"{}", b"")
    return b"{}" in brackets


class _Reader:
    def __init__(self, text: str, opens: Opens, max_depth: int) -> None:
        self.text = text
        self.scanned = text  # what the scanner reads: same length, odd numbers spelled its way
        self.opens = opens
        self.max_depth = max_depth

    def whole(self) -> Node:
        try:
            return self._whole()
        except json.JSONDecodeError as error:
            if not _OPEN_NUMBER.search(self.text):
                self.fail(error.msg, error.pos)
        self.scanned = _STRING_OR_WORD.sub(_spelled_nan, self.text)
        try:
            return self._whole()
        except json.JSONDecodeError as error:
            self.fail(error.msg, error.pos)

    def _whole(self) -> Node:
        start = self.skip(0)
        try:
            node, end = self.node(start, ())
        except RecursionError:
            self.fail("values are nested too deeply", start)
        end = self.skip(end)
        if end != len(self.text):
            self.fail("there is more text behind the value", end)
        return node

    def node(self, at: int, path: tuple[str | int, ...]) -> tuple[Node, int]:
        opening = self.text[at : at + 1]
        if opening in "{[" and opening and len(path) < self.max_depth and self.opens(path, self.text[at : at + 400]):
            return self.obj(at, path) if opening == "{" else self.arr(at, path)
        try:
            parsed, end = _decode_at(self.scanned, at)
        except StopIteration as stop:  # raised by the scanner for an empty place
            raise json.JSONDecodeError("a value is missing", self.text, stop.value or at) from None
        while self.scanned[end : end + 1] == " " != self.text[end : end + 1]:  # the rest of a re-spelled number
            end += 1
        return Leaf(self.text, at, end, parsed), end

    def obj(self, at: int, path: tuple[str | int, ...]) -> tuple[Obj, int]:
        fields: list[Field] = []
        lead_from, at = at, self.skip(at + 1)
        if self.text[at : at + 1] == "}":
            return Obj((), self.text[lead_from : at + 1]), at + 1
        while True:
            if self.text[at : at + 1] != '"':
                self.fail("a key in double quotes is missing", at)
            key, at = _decode_at(self.scanned, at)
            at = self.expect(":", self.skip(at))
            node, end = self.node(at, (*path, key))
            fields.append(Field(self.text[lead_from:at], key, node))
            lead_from, at = end, self.skip(end)
            if self.text[at : at + 1] == "}":
                return Obj(tuple(fields), self.text[lead_from : at + 1]), at + 1
            at = self.expect(",", at)

    def arr(self, at: int, path: tuple[str | int, ...]) -> tuple[Arr, int]:
        elements: list[Element] = []
        lead_from, at = at, self.skip(at + 1)
        if self.text[at : at + 1] == "]":
            return Arr((), self.text[lead_from : at + 1]), at + 1
        while True:
            node, end = self.node(at, (*path, len(elements)))
            elements.append(Element(self.text[lead_from:at], node))
            lead_from, at = end, self.skip(end)
            if self.text[at : at + 1] == "]":
                return Arr(tuple(elements), self.text[lead_from : at + 1]), at + 1
            at = self.expect(",", at)

    def expect(self, mark: str, at: int) -> int:
        if self.text[at : at + 1] != mark:
            self.fail(f"{mark!r} is missing", at)
        return self.skip(at + 1)

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        assert match is not None
        return match.end()

    def fail(self, problem: str, at: int) -> NoReturn:
        raise JSONTextError(problem, self.text, at) from None


def _spelled_nan(match: re.Match[str]) -> str:
    """A number that is not finite, spelled so that the scanner knows it, in as many characters.

    Which of the infinities it was does not matter to a reader that refuses them all; the text that is kept is
    the original one.
    """
    word = match[0]
    if word.startswith('"'):
        return word
    return "NaN".ljust(len(word))


def _settled(node: Node, lead: str) -> Node:
    """A fresh value in the layout of its place: on lines of its own, as deep as the line its lead ends with."""
    if not isinstance(node, Leaf) or not node.fresh:
        return node
    if "\n" not in lead:
        text = node.text
    else:
        line = lead.rsplit("\n", 1)[1]
        text = _laid_out(node.value, line[: len(line) - len(line.lstrip(" \t"))])
    return Leaf(text, 0, len(text), node.value)


def _float(number: float) -> str:
    return repr(number) if isfinite(number) else json.dumps(number)


_SPELLED: Final[dict[type, Callable[[Any], str]]] = {
    str: _quoted,
    int: repr,
    float: _float,
    bool: _WORDS.__getitem__,
    type(None): _WORDS.__getitem__,
}


def _laid_out(data: Any, margin: str) -> str:
    """JSON over several lines, four spaces a level, as `json.dumps(indent=4)` writes it and several times faster."""
    spelled = _SPELLED.get(type(data))
    if spelled is not None:
        return spelled(data)
    inner = margin + "    "
    if isinstance(data, dict) and data:
        members = [f"{inner}{_quoted(str(key))}: {_laid_out(item, inner)}" for key, item in data.items()]
        return "{\n" + ",\n".join(members) + "\n" + margin + "}"
    if isinstance(data, list | tuple) and data:
        return "[\n" + ",\n".join([inner + _laid_out(item, inner) for item in data]) + "\n" + margin + "]"
    return json.dumps(data, ensure_ascii=False)


def _next_lead(lead: str, *, first: bool) -> str:
    """The lead of a member, made fit to stand behind another one."""
    return "," + lead[1:] if first else lead


def _rekeyed(lead: str, key: str) -> str:
    """A lead with another key in it: between the quotes of a lead there is only its key."""
    return lead[: lead.find('"')] + json.dumps(key) + lead[lead.rfind('"') + 1 :]
