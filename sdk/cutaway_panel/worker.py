"""A thread that does one thing after another.

    worker = Worker("cutaway-host", failed=print)
    worker.post(host.snapshot)
    worker.close(timeout=2)

Work that never ends holds up neither the one who handed it in nor the end of the program.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Worker:
    """One thread, and the work it was handed. `failed` is told of an error that the work let through."""

    def __init__(self, name: str, failed: Callable[[Exception], object]) -> None:
        self._todo: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._failed = failed
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def post(self, work: Callable[[], object]) -> None:
        """Hands work in; from any thread, at once."""
        self._todo.put(work)

    def close(self, timeout: float) -> bool:
        """Does what was handed in, then ends; whether it did within so many seconds."""
        self._todo.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._todo.get()) is not None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next piece of work is still done
                self._failed(error)
