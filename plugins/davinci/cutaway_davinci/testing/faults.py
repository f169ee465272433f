"""What goes wrong with Resolve, put there by a test."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Instead:
    """The answer that is given in the place of the real one."""

    answer: Any = None


class Faults:
    """Troubles of one Resolve. Names are those of calls: "MediaPool.AppendToTimeline"."""

    def __init__(self) -> None:
        self.modal = False
        """A dialog is open: every call answers None (Q26)."""
        self.loses_at_save = False
        """Items appended from now on vanish when the project is saved (Q13)."""
        self._instead: dict[str, list[Any]] = {}
        self._replaced: dict[str, list[Any]] = {}
        self._hangs: set[str] = set()
        self._opens: set[str] = set()
        self._calls_left: int | None = None
        self._released = threading.Event()

    def hang(self, name: str) -> None:
        """The next such call does not come back before `release` (Q28: playback, rendering, a modal dialog)."""
        self._released.clear()
        self._hangs.add(name)

    def release(self) -> None:
        """What hangs comes back, with None and nothing done."""
        self._released.set()

    def open_dialog_at(self, name: str) -> None:
        """A dialog opens in the middle of the work, at the next such call (Q26)."""
        self._opens.add(name)

    def open_dialog_after(self, calls: int) -> None:
        """A dialog opens when so many more calls were answered, whichever they are (Q26)."""
        self._calls_left = calls

    def fail_once(self, name: str, answer: Any = False) -> None:  # noqa: FBT002 - False is what Resolve answers
        """The next such call does nothing and answers so (Q2, Q12)."""
        self._instead.setdefault(name, []).append(answer)

    def lie_once(self, name: str, answer: Any) -> None:
        """The next such call does its work and answers something else, `[None]` for one (Q2)."""
        self._replaced.setdefault(name, []).append(answer)

    def before(self, name: str) -> Instead | None:
        if name in self._hangs:
            self._hangs.discard(name)
            self._released.wait()
            return Instead()
        if name in self._opens:
            self._opens.discard(name)
            self.modal = True
        if self._calls_left is not None:
            self._calls_left -= 1
            if self._calls_left < 0:
                self.modal, self._calls_left = True, None
        if self.modal:
            return Instead()
        if self._instead.get(name):
            return Instead(self._instead[name].pop(0))
        return None

    def after(self, name: str, answer: Any) -> Any:
        return self._replaced[name].pop(0) if self._replaced.get(name) else answer
