"""HTTP/1.1 as uvicorn speaks it, without patience for who sends a request drop by drop to hold the connection.

| accept .. head .. body .. | answer .................. |
  '-- 1 KiB in 30 s,          '-- as long as it takes
      or it is hung up on
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

SECONDS: Final = 30.0
LEAST: Final = 1024
"""Bytes of one request that have to arrive within SECONDS, unless it is whole by then."""


class Patience(H11Protocol):
    """One connection."""

    _looks: TimerHandle | None = None
    _received = 0
    _before: tuple[object, int] | None = None
    """Which request was awaited at the last look, and how much had arrived of everything until then."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looks is not None:
            self._looks.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

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
