"""Whether a file carries content credentials (C2PA): seen, never verified. Standard library only.

    manifest_in(Path("take.mov"))      # True, False, or None where this cannot be told

In an MP4 or MOV the manifest lies in a `uuid` box of the outermost level, so that the sizes of a few boxes
are all that is read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MANIFEST: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The extended type of the box that C2PA keeps its manifest in."""
_BOXES: Final = 10_000
"""More boxes at the outermost level are no video."""


def manifest_in(path: Path) -> bool | None:
    """Whether a manifest lies in a file; None where it cannot be read, or is no MP4 or MOV."""
    try:
        with path.open("rb") as file:
            return _found(file)
    except (OSError, struct.error, ValueError):
        return None


def _found(file: BinaryIO) -> bool | None:
    at, first = 0, True
    for _ in range(_BOXES):
        file.seek(at)
        head = file.read(8)
        if not head:
            return None if first else False
        size, kind = struct.unpack(">I4s", head)
        if first and kind not in {b"ftyp", b"wide", b"moov", b"free", b"skip", b"mdat"}:
            return None
        header = 8
        if size == 1:
            (size,), header = struct.unpack(">Q", file.read(8)), 16
        if kind == b"uuid" and file.read(16) == MANIFEST:
            return True
        if size == 0:  # up to the end of the file
            return False
        if size < header:
            return None
        at, first = at + size, False
    return None
