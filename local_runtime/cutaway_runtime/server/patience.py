"""HTTP/1.1 as uvicorn speaks it, without patience for who sends a request drop by drop to hold the connection.

| accept .. head .. body .. | answer .................. |
  '-- 1 KiB in 30 s,          '-- as long as it takes
      or it is hung up on

Where all connections are taken that the process may hold, the one that has been idle for the longest makes room.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

SECONDS: Final = 30.0
LEAST: Final = 1024
"""Bytes of one request that have to arrive within SECONDS, unless it is whole by then."""
MOST: Final = 4096
SPARE: Final = 64
"""Descriptors that are not for connections: the database, the worker, the log."""
BACKLOG: Final = 128
"""Connections that the loop takes in one turn; twice as many are there before any of them can be hung up on."""


class Patience(H11Protocol):
    """One connection."""

    _looks: TimerHandle | None = None
    most: ClassVar[int] = MOST
    """Connections that are held at a time."""
    _received = 0
    _heard = 0.0
    _before: tuple[object, int] | None = None
    """Which request was awaited at the last look, and how much had arrived of everything until then."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._heard = self.loop.time()
        if len(self.connections) > self.most:
            self._make_room()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looks is not None:
            self._looks.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        self._heard = self.loop.time()
        super().data_received(data)

    def _make_room(self) -> None:
        """Whoever was heard of last the longest ago, and waits for no answer; this one, if all wait for theirs."""
        held = [one for one in self.connections if isinstance(one, Patience) and not one.transport.is_closing()]
        idle = [one for one in held if one.conn.their_state is h11.IDLE]
        min(idle, key=lambda one: one._heard, default=self).transport.abort()  # noqa: SLF001 - of this class

    def _look(self) -> None:
        seen = (self._awaited(), self._received)
        if self._before is not None and seen[0] is self._before[0]:
            answered = self.conn.our_state is h11.DONE
            if answered or seen[1] - self._before[1] < LEAST:
                self.transport.close()
                return
        self._before = seen if seen[0] is not None else None
        self._looks = self.loop.call_later(SECONDS, self._look)

    def _awaited(self) -> Any:
        """What stands for the request of which more has to come; None where the server is the one who is waited for."""
        if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY} or self.flow.read_paused:
            return None
        return self.cycle or self


def connections_allowed() -> int:
    """How many connections this process may hold, once it may open as many descriptors as it is let. A download and an
    upload need two more each.
    """
    if sys.platform == "win32":
        return MOST
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 3 * MOST + SPARE + 2 * BACKLOG)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return min(MOST, max(8, (allowed - SPARE - 2 * BACKLOG) // 3))
