"""Content of files: SHA-256, computed once and remembered by path, size and time of change."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    Seen = tuple[int, int, str]

SETTLED: Final = 2.0
"""Seconds after which a file's time of change can be trusted to change with it."""
KEPT: Final = 20_000


class Hashes:
    """What files contain. `remember` writes what was learned; without it everything still works."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = _read(path)
        self._news = False

    def of(self, path: Path) -> str:
        """The SHA-256 of a file, as hex.

        Raises:
            OSError: it cannot be read.
        """
        about = path.stat()
        name = os.path.abspath(path)  # noqa: PTH100 - resolving links would ask the disk once more per part
        seen = self._known.get(name)
        if isinstance(seen, list) and seen[:2] == [about.st_size, about.st_mtime_ns]:
            return str(seen[2])
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time() - about.st_mtime > SETTLED:
            self._known[name] = [about.st_size, about.st_mtime_ns, sha256]
            self._news = True
        return sha256

    def remember(self) -> None:
        if self._news:
            newest = dict(list(self._known.items())[-KEPT:])
            write_atomically(self._path, json.dumps(newest))
            self._news = False


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_atomically(path: Path, text: str | bytes) -> None:
    """Puts a file in place whole: readers see the old one or the new one, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}.part")
    try:
        with part.open("wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
