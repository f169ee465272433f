"""Now and then: what is older than the operator keeps goes, then what is too much, the oldest first; and history is
forgotten. What a server that was killed left of an attempt at a job that is over goes too. Nothing is removed that an
unfinished job starts from.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

from cutaway_runtime.jobs.retention import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway_runtime.jobs.queue import Queue
    from cutaway_runtime.jobs.shelf import Shelf
    from cutaway_runtime.server.settings import Settings

log = logging.getLogger(__name__)

EVERY: Final = 600.0
"""Seconds between two rounds."""


class Upkeep:
    """One per server."""

    def __init__(self, queue: Queue, shelf: Shelf, settings: Settings) -> None:
        self._queue = queue
        self._shelf = shelf
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._rounds(), name="upkeep")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _rounds(self) -> None:
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("a round of upkeep failed; the next one is in %s s", EVERY)
            await asyncio.sleep(EVERY)

    async def round(self) -> None:
        """What is due, now."""
        retention = self._queue.store.retention
        while await self._queue.run(retention.forget) == AT_ONCE:
            pass
        await self._clear_attempts()
        videos, uploads = await asyncio.to_thread(self._shelf.folders)
        await discard(self._queue, self._shelf, [*videos, *uploads])
        settings = self._settings
        if settings.keep_seconds is None and settings.keep_bytes is None:
            return
        finished = await self._queue.run(retention.finished, videos)
        if settings.keep_seconds is not None:
            limit = time.time() - settings.keep_seconds
            for video_id, _at in [one for one in finished if one[1] < limit]:
                await self._remove(video_id)
            finished = [one for one in finished if one[1] >= limit]
            for file_id in await self._queue.run(retention.idle_files, limit):
                await self._queue.run(self._queue.store.files.bury, file_id)
                await asyncio.to_thread(self._shelf.remove_file, file_id)
        if settings.keep_bytes is not None:
            sizes = await asyncio.to_thread(self._sizes, [video_id for video_id, _at in finished])
            too_much = sum(sizes.values()) - settings.keep_bytes
            for video_id, size in sizes.items():
                if too_much <= 0:
                    break
                await self._remove(video_id)
                too_much -= size

    async def _clear_attempts(self) -> None:
        left = await asyncio.to_thread(self._shelf.attempted)
        over = await self._queue.run(self._queue.store.over, {video_id for video_id, _attempt in left})
        for video_id, attempt in left:
            if video_id in over:
                await asyncio.to_thread(self._shelf.remove_attempt, video_id, attempt)

    async def _remove(self, video_id: str) -> None:
        await self._queue.run(self._queue.store.retention.expire, video_id)
        await asyncio.to_thread(self._shelf.remove_video, video_id)

    def _sizes(self, video_ids: list[str]) -> dict[str, int]:
        """Bytes of each folder, in the same order."""
        return {video_id: _size(self._shelf.video_folder(video_id)) for video_id in video_ids}


async def discard(queue: Queue, shelf: Shelf, ids: Sequence[str]) -> None:
    """Removes the folders of those videos and uploads that were deleted; one that an unfinished job starts from waits
    for the end of that job, and for the next round.
    """
    for one in await queue.run(queue.store.retention.discarded, ids):
        await asyncio.to_thread(shelf.remove_video if one.startswith("video_") else shelf.remove_file, one)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
