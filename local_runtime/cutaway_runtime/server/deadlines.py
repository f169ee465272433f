"""The clock of jobs that are wanted by a time: one that is not done by then fails, whether it waits or is worked on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cutaway_runtime.jobs.queue import Queue
    from cutaway_runtime.jobs.shelf import Shelf
    from cutaway_runtime.worker.supervisor import Supervisor

log = logging.getLogger(__name__)

EVERY: Final = 30.0
"""Seconds after which it is looked anyway: for jobs of another server that is gone, and after a failure."""


class Deadlines:
    """One per server."""

    def __init__(self, queue: Queue, shelf: Shelf, supervisor: Supervisor) -> None:
        self._queue = queue
        self._shelf = shelf
        self._supervisor = supervisor
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._rounds(), name="deadlines")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _rounds(self) -> None:
        while True:
            self._queue.promised.clear()  # before looking: what arrives meanwhile sets it again
            try:
                pause = await self.round()
            except Exception:
                log.exception("deadlines could not be looked at; they are again in %s s", EVERY)
                pause = EVERY
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._queue.promised.wait()

    async def round(self) -> float:
        """What is due, now; seconds until something may be again."""
        late, following = await self._queue.late()
        for job in late:
            if job.over:  # what an attempt before left of it goes
                await asyncio.to_thread(self._shelf.remove_video, job.id)
            else:
                self._supervisor.cancel(job.id)
        return EVERY if following is None else min(EVERY, max(0.0, following - time.time()))
