"""How far a long look at many bytes has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Progress:
    """Of `total` bytes of all files together `done` are through; `file` is the one at hand."""

    file: str
    done: int
    total: int


Watch: TypeAlias = "Callable[[Progress], None]"


def unwatched(_progress: Progress) -> None:
    """Nobody looks."""


class Tally:
    """Counts bytes over several files and tells a watcher."""

    def __init__(self, total: int, watch: Watch) -> None:
        self._total = total
        self._done = 0
        self._watch = watch
        self.file = ""
        """The one that is being counted."""

    def add(self, count: int) -> None:
        self._done += count
        self._watch(Progress(self.file, self._done, self._total))
