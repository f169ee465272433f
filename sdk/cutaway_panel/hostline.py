"""The line to the application: one thread that asks the host one thing at a time.

    line = HostLine(open_host, answer=desk.post)
    line.open(then=connected, failed=not_connected)
    line.ask("looking at the cut", lambda host: host.snapshot(), then=..., failed=...)

Whoever asks never waits. Answers come through `answer`, which hands them to the thread of the asker. An
application that hangs holds up this line only; opening it again leaves the old one behind.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from cutaway.errors import CutawayError, HostUnavailable
from cutaway_panel.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.hosts.base import Host
    from cutaway_panel.state import Mode

T = TypeVar("T")


class HostLine:
    """One thread, one host. `busy` hears what the host is being asked, and "" when it has answered."""

    def __init__(
        self,
        open_host: Callable[[], tuple[Mode, Host]],
        *,
        answer: Callable[[Callable[[], object]], object],
        busy: Callable[[str], object],
    ) -> None:
        self._open_host = open_host
        self._answer, self._busy = answer, busy
        self._named: list[str] = []
        """What was asked and is not answered; on the asker's thread."""
        self._worker: Worker | None = None
        self._host: Host | None = None

    def open(self, then: Callable[[Mode], object], failed: Callable[[Exception], object]) -> None:
        """Opens the host on a thread of its own; one that was open before is closed."""
        self.hang_up()
        worker = self._worker = Worker("cutaway-host", self._surprised)

        def opened() -> None:
            mode, host = self._open_host()
            if worker is not self._worker:
                _closed(host)  # it took so long that the line was opened again meanwhile
                return
            self._host = host
            self._answer(lambda: then(mode))

        self._posted(worker, "connecting", opened, failed)

    def ask(
        self, what: str, do: Callable[[Host], T], then: Callable[[T], object], failed: Callable[[Exception], object]
    ) -> None:
        """Has something done with the host, and its answer or error handed back; what has no name is not told of."""
        worker = self._worker
        if worker is None:
            failed(HostUnavailable("no timeline is open; connect first"))
            return

        def asked() -> None:
            if self._host is None:
                raise HostUnavailable("no timeline is open; connect first")
            found = do(self._host)
            if worker is self._worker:
                self._answer(lambda: then(found))

        self._posted(worker, what, asked, failed)

    def hang_up(self) -> None:
        """Closes the host behind everybody's back, at the latest a second from now."""
        self._named.clear()
        self._busy("")
        self._left(1.0)

    def close(self, timeout: float) -> bool:
        """Closes the host; whether it did within so many seconds."""
        leaving = self._left(timeout)
        leaving.join(timeout)
        return not leaving.is_alive()

    def _left(self, patience: float) -> threading.Thread:
        """Closes the host when it has answered, or over its head where it does not: then it gives the question up."""
        worker, host, self._worker, self._host = self._worker, self._host, None, None

        def leave() -> None:
            if worker is not None:
                worker.post(lambda: _closed(host))
                if not worker.close(patience / 2):
                    _closed(host)

        thread = threading.Thread(target=leave, name="cutaway-host-closing", daemon=True)
        thread.start()
        return thread

    def _posted(
        self, worker: Worker, what: str, do: Callable[[], object], failed: Callable[[Exception], object]
    ) -> None:
        def work() -> None:
            if worker is not self._worker:
                return
            try:
                do()
            except Exception as error:  # noqa: BLE001 - an application can fail in any way; the window goes on
                _told(self._answer, failed, error)
            finally:
                if what and worker is self._worker:
                    self._answer(lambda: self._answered(what))

        if what:  # told at once: what was asked before it, and has no name, may hang
            self._named.append(what)
            self._busy(self._named[0])
        worker.post(work)

    def _answered(self, what: str) -> None:
        if what in self._named:
            self._named.remove(what)
        self._busy(self._named[0] if self._named else "")

    def _surprised(self, error: Exception) -> None:
        """Nothing is let through by `_posted`; closing a host may fail, which nobody needs to hear."""


def _told(answer: Callable[[Callable[[], object]], object], failed: Callable[[Exception], object], error: Any) -> None:
    answer(lambda: failed(error))


def _closed(host: Host | None) -> None:
    """Lets go of a host that has something to let go of."""
    if (close := getattr(host, "close", None)) is not None:
        with suppress(CutawayError, OSError):  # it is gone already
            close()
