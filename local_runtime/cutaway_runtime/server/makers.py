"""Who makes stills and sound of finished videos: processes that decode, since the server does not.

However many ask, a file is made by one process at a time, and no more than `MOST` files are made at once; others wait.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from cutaway_runtime.server.refusal import Refusal
from cutaway_runtime.worker.variants import FULL, SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAKER: Final = ("-m", "cutaway_runtime.worker.variants")
MAKER_SECONDS: Final = 120.0
MOST: Final = max(1, min(4, os.cpu_count() or 1))

log: Final = logging.getLogger(__name__)


class SourceGone(Exception):
    """The video that something was to be made of is not there any more."""


class Makers:
    """One per server."""

    def __init__(self, command: Sequence[str] = (sys.executable, *MAKER), *, seconds: float = MAKER_SECONDS) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._places = asyncio.Semaphore(MOST)
        self._targets: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def make(self, source: Path, path: Path, video_id: str) -> None:
        """The file at `path`, named for what it is (`thumbnail.jpg`), of the video at `source`; once.

        Raises:
            SourceGone: the video was deleted.
            Refusal: 404, it has no sound; 507, the disk is full; 500, it could not be made.
        """
        alone = self._targets.setdefault(path, asyncio.Lock())
        async with alone:
            if await asyncio.to_thread(path.exists):
                return
            async with self._places:
                if not await asyncio.to_thread(source.exists):
                    raise SourceGone
                await self._made(source, path, video_id)

    async def _made(self, source: Path, path: Path, video_id: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, str(source), str(path), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            async with asyncio.timeout(self._seconds):
                _, said = await process.communicate()
        except TimeoutError:
            raise Refusal(500, "variant_failed", f"{path.stem} took too long to make") from None
        finally:
            await _end(process, path)
        if process.returncode == SILENT:
            raise Refusal(404, "no_audio", f"{video_id} has no sound", param="variant")
        if process.returncode == FULL:
            why = "the disk is full: delete some videos, then send this again"
            raise Refusal(507, "storage_full", why)
        if process.returncode != 0:
            log.error("%s of %s: %s", path.stem, video_id, said.decode("utf-8", "replace"))
            why = f"{path.stem} could not be made of {video_id}; the server's log says why"
            raise Refusal(500, "variant_failed", why)


async def _end(process: asyncio.subprocess.Process, path: Path) -> None:
    """Killed, where it has not ended, as when the server does; and what it had begun removed."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    path.with_name(f"{path.name}.{process.pid}.part").unlink(missing_ok=True)
