"""What is looked at again and again: the folder that Resolve exports to, and which timeline is open in it."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOK: Final = 1.0
"""Seconds between two looks. A file that grew in between is not told of yet."""


class Export(NamedTuple):
    """A file as it was seen: it is another one when any of this is another."""

    path: Path
    changed: int
    """Nanoseconds, by the clock of the file system."""
    size: int


def newest(folder: Path) -> Export | None:
    """The export of a folder that was written last; what lies in folders below it is not looked at."""
    found = [export for path in folder.glob("*.otio") if (export := seen(path)) is not None]
    return max(found, key=lambda export: (export.changed, export.path), default=None)


def seen(path: Path) -> Export | None:
    """A file as it is now; None where there is none."""
    with suppress(OSError):
        facts = path.stat()
        if path.is_file() and facts.st_size:
            return Export(path, facts.st_mtime_ns, facts.st_size)
    return None


class Watch:
    """Looks until it is stopped, in a thread of its own.

    Args:
        look: what there is now.
        told: called in that thread when there is something else than before, once it stays as it is.
        seconds: between two looks.
    """

    def __init__(self, look: Callable[[], object], told: Callable[[], object], *, seconds: float = LOOK) -> None:
        self._look, self._told, self._seconds = look, told, seconds
        self._stopped = threading.Event()
        self._known = look()
        self._thread = threading.Thread(target=self._turns, name="watch exports", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Has the looking ended, without waiting for a look that is under way."""
        self._stopped.set()

    def stop(self) -> None:
        """Ends the looking; nothing is told of afterwards."""
        self.end()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _turns(self) -> None:
        before = self._known
        while not self._stopped.wait(self._seconds):
            now = self._look()
            if now != self._known and now == before and not self._stopped.is_set():
                self._known = now
                self._told()
            before = now
