"""Files of weights, looked at without opening them: only the header is read, and nothing in it is trusted.

    | length | {"name": {"dtype", "shape", "data_offsets"}, ...} | tensors, one after the other |     safetensors
    | GGUF | version | counts | key-value pairs | tensor table | padding | tensors |                  GGUF

Every offset must lie within the file, every dtype be known, every tensor have the bytes its shape says.
A file that lies about itself is refused here, before a library maps it into memory.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cutaway_runtime.registry.errors import DamagedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_HEADER: Final = 100_000_000
"""Bytes; what the safetensors library itself accepts."""
MAX_TENSORS: Final = 1_000_000
_BLOCK: Final = 4 << 20
BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
    "C64": 64,
}  # fmt: skip
"""Of each dtype of safetensors, how many a value takes."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file of weights says of itself: the shape of each tensor, its dtype, and free text."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())


def sha256(path: Path, told: Callable[[int], None] = lambda _read: None) -> str:
    """Of the whole file; `told` hears of every few megabytes read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            told(len(block))
    return digest.hexdigest()


def header(path: Path) -> Header:
    """The header of a `.safetensors` or `.gguf` file, checked.

    Raises:
        DamagedFile: it is not what its name says, cut short, or contradicts itself.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        try:
            return _gguf(file, size) if path.suffix == ".gguf" else _safetensors(file, size)
        except (_Wrong, struct.error, UnicodeDecodeError, RecursionError, OverflowError) as wrong:
            kind = "GGUF" if path.suffix == ".gguf" else "safetensors"
            raise DamagedFile(
                f"{path} is no whole {kind} file: {wrong}; fetch it again from where it came", path=path
            ) from wrong


class _Wrong(Exception):
    """What does not fit, in words."""


def _safetensors(file: BinaryIO, size: int) -> Header:
    if size < 8:
        raise _Wrong(f"it has {size} bytes")
    (length,) = struct.unpack("<Q", file.read(8))
    if length > min(MAX_HEADER, size - 8):
        raise _Wrong(f"its header should have {length} bytes, of {size}")
    try:
        table = json.loads(file.read(length), object_pairs_hook=_once)
    except ValueError as error:
        raise _Wrong(f"its header is no JSON ({error})") from error
    if not isinstance(table, dict):
        raise _Wrong("its header is no table of tensors")
    notes = table.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(text, str) for text in notes.values()):
        raise _Wrong("its notes are no texts")
    spans: list[tuple[int, int]] = []
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    for name, entry in table.items():
        shapes[name], dtypes[name], span = _entry(name, entry)
        spans.append(span)
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            raise _Wrong(f"its tensors overlap or leave a hole at byte {min(start, end)}")
        end = stop
    if end != size - 8 - length:
        raise _Wrong(f"its tensors end at byte {end} of {size - 8 - length}")
    return Header(shapes, dtypes, notes)


def _entry(name: str, entry: Any) -> tuple[tuple[int, ...], str, tuple[int, int]]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _Wrong(f"{name!r} is no tensor")
    dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    if dtype not in BITS:
        raise _Wrong(f"{name!r} is of the unknown dtype {dtype!r}")
    if not _counts(shape) or not _counts(span) or len(span) != 2:
        raise _Wrong(f"shape or place of {name!r} is no list of counts")
    if (span[1] - span[0]) * 8 != math.prod(shape) * BITS[dtype]:
        raise _Wrong(f"{name!r} has {span[1] - span[0]} bytes, and its shape {shape} of {dtype} wants another number")
    return tuple(shape), dtype, (span[0], span[1])


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands in it twice")
    return table


# -- GGUF ---------------------------------------------------------------------------------------

_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_BLOCKS: Final = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 20: ("IQ4_NL", 32, 18),
    23: ("IQ4_XS", 256, 136), 30: ("BF16", 1, 2),
}  # fmt: skip
"""Of each GGUF type that diffusers reads: its name, and how many values take how many bytes."""


def _gguf(file: BinaryIO, size: int) -> Header:
    reader = _Reader(file, size)
    if file.read(4) != b"GGUF":
        raise _Wrong("it does not begin with GGUF")
    version = reader.number("I")
    if version not in {2, 3}:
        raise _Wrong(f"it is of version {version}; 2 and 3 are read")
    tensors, pairs = reader.number("Q"), reader.number("Q")
    if max(tensors, pairs) > MAX_TENSORS:
        raise _Wrong(f"it claims {tensors} tensors and {pairs} notes")
    notes = dict(reader.pair() for _ in range(pairs))
    alignment = int(notes.get("general.alignment", "32"))
    if alignment < 1 or alignment & (alignment - 1):
        raise _Wrong(f"its alignment is {alignment}")
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    end = 0
    for _ in range(tensors):
        name, shape, kind, offset = reader.tensor()
        if name in shapes:
            raise _Wrong(f"{name!r} stands in it twice")
        if kind not in _BLOCKS:
            raise _Wrong(f"{name!r} is of GGUF type {kind}, which diffusers does not read")
        dtypes[name], values, taken = _BLOCKS[kind]
        shapes[name] = shape
        if (shape[-1] if shape else 1) % values or offset % alignment:
            raise _Wrong(f"{name!r} does not lie on whole blocks")
        end = max(end, offset + math.prod(shape) // values * taken)
    start = -(-file.tell() // alignment) * alignment
    if start + end > size:
        raise _Wrong(f"its tensors end at byte {start + end} of {size}")
    return Header(shapes, dtypes, notes)


class _Reader:
    """Reads the front of a GGUF file; no count in it can make this read more than the file has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def number(self, code: str) -> Any:
        made = struct.Struct(f"<{code}")
        return made.unpack(self._file.read(made.size))[0]

    def text(self) -> str:
        length = self.number("Q")
        if length > self._size - self._file.tell():
            raise _Wrong("a text in it is longer than the file")
        return self._file.read(length).decode()

    def pair(self) -> tuple[str, str]:
        """A key and its value as text; lists are passed over."""
        name = self.text()
        return name, self._value(self.number("I"))

    def _value(self, kind: int) -> str:
        if kind == _STRING:
            return self.text()
        if kind in _SCALARS:
            return str(self.number(_SCALARS[kind]))
        if kind != _ARRAY:
            raise _Wrong(f"a note in it is of the unknown type {kind}")
        inner, count = self.number("I"), self.number("Q")
        if inner in _SCALARS:
            width = struct.calcsize(f"<{_SCALARS[inner]}") * count
            if width > self._size - self._file.tell():
                raise _Wrong("a list in it is longer than the file")
            self._file.seek(width, 1)
        elif inner == _STRING and count <= self._size:
            for _ in range(count):
                self.text()
        else:
            raise _Wrong("a list in it is of no type that can be passed over")
        return "[...]"

    def tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        """Name, shape as torch writes it, type, and offset within the data."""
        name, dimensions = self.text(), self.number("I")
        if dimensions > 8:
            raise _Wrong(f"{name!r} has {dimensions} dimensions")
        shape = tuple(self.number("Q") for _ in range(dimensions))
        return name, shape[::-1], self.number("I"), self.number("Q")
