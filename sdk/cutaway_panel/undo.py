"""The panel's own edits as a stack; takes that lie in the cut are undone by their host.

    edits.done(Step("prompt of 3", key=("91aa…", "prompt"), back=…, again=…))
    edits.undo()

What is typed into one field in one go is one step.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE: Final = 1.0
"""Seconds between two changes of one field behind which the second is a step of its own."""
KEPT: Final = 500


@dataclass(frozen=True)
class Step:
    """Something that was done: how to take it back, and how to do it again."""

    label: str
    key: tuple[Any, ...]
    back: Callable[[], object]
    again: Callable[[], object]


class Edits:
    """Steps that were done, and those that were undone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._clock = clock
        self._last = float("-inf")

    @property
    def labels(self) -> tuple[str, str]:
        """What undo and redo would do."""
        return (self._done[-1].label if self._done else "", self._undone[-1].label if self._undone else "")

    def done(self, step: Step) -> None:
        """Remembers a step; what was undone before it cannot be done again."""
        now, self._last = self._clock() - self._last, self._clock()
        if self._done and not self._undone and self._done[-1].key == step.key and now < PAUSE:
            self._done[-1] = replace(self._done[-1], again=step.again)
        else:
            self._done.append(step)
            del self._done[:-KEPT]
        self._undone.clear()

    def undo(self) -> Step | None:
        """Takes the last step back, and returns it."""
        return self._moved(self._done, self._undone, "back")

    def redo(self) -> Step | None:
        """Does the step again that was undone last, and returns it."""
        return self._moved(self._undone, self._done, "again")

    def forget(self) -> None:
        """Nothing can be undone any more: the cards are those of another timeline."""
        self._done.clear()
        self._undone.clear()

    def _moved(self, source: list[Step], target: list[Step], way: str) -> Step | None:
        self._last = float("-inf")
        if not source:
            return None
        step = source.pop()
        target.append(step)
        getattr(step, way)()
        return step
