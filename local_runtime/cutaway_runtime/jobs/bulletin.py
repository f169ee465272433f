"""Wakes whoever waits for news of a job. Nobody polls; what other servers change is posted here by `queue`."""

from __future__ import annotations

import asyncio
from typing import Final


class Bulletin:
    """One flag per job somebody waits for. For one event loop."""

    def __init__(self) -> None:
        self._flags: Final[dict[str, asyncio.Event]] = {}
        self.closed = asyncio.Event()

    def post(self, job_id: str) -> None:
        """There is news of a job."""
        flag = self._flags.pop(job_id, None)
        if flag is not None:
            flag.set()

    def watched(self) -> list[str]:
        """The jobs somebody waits for news of."""
        return list(self._flags)

    def close(self) -> None:
        """Wakes everybody: the server is going away."""
        self.closed.set()
        for flag in self._flags.values():
            flag.set()
        self._flags.clear()

    def watch(self, job_id: str) -> asyncio.Event:
        """A flag that is set at the next news; taken before looking, so that nothing is missed in between."""
        if self.closed.is_set():
            return self.closed
        return self._flags.setdefault(job_id, asyncio.Event())


async def before(flag: asyncio.Event, seconds: float) -> bool:
    """Whether the flag was set within that time."""
    try:
        async with asyncio.timeout(seconds):
            await flag.wait()
    except TimeoutError:
        return False
    return True
