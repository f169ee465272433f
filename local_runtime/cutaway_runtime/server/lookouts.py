"""Who looks into uploads for a server: processes that stay, and that give each file a child of its own.

Started when the first file comes, up to `MOST` of them, and ended with the server, or by themselves after a while
without work. Where a process cannot be forked, each file has a process that is started anew for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway_runtime.worker.confined import CPU_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOOKOUT: Final = ("-m", "cutaway_runtime.worker.lookout")
PROBE: Final = ("-m", "cutaway_runtime.worker.probe")
FORKS: Final = sys.platform == "linux"
MOST: Final = max(1, min(4, os.cpu_count() or 1))
"""Files that are looked into at a time; others wait."""
ANSWER_SECONDS: Final = 30.0
"""More than a lookout grants a child. One that does not answer by then is frozen, and killed."""
_LINE: Final = 256 * 1024


@dataclass(frozen=True)
class Seen:
    """What came of a look: how the process ended that took it, and what it said."""

    ends: int
    """As `Popen.returncode`."""
    said: str

    @property
    def is_good(self) -> bool:
        return self.ends == 0

    @property
    def why_not(self) -> str:
        """In words for whoever sent the file."""
        if self.ends == 1 and self.said:
            return self.said
        if os.name == "posix" and self.ends == -signal.SIGXCPU:
            return f"it takes longer than the {CPU_SECONDS} s that a look may take"
        return "it cannot be decoded"


class _Gone(Exception):
    """A lookout ended in the middle of a question, or before it."""


class Lookouts:
    """One per server. Each lookout is asked one thing at a time."""

    def __init__(self, command: Sequence[str] = (sys.executable, *LOOKOUT), *, forks: bool = FORKS) -> None:
        self._command = tuple(command)
        self._forks = forks
        self._places = asyncio.Semaphore(MOST)
        self._free: list[asyncio.subprocess.Process] = []

    async def look(self, path: Path, container: str) -> Seen:
        """What a process finds that looks into a file. Never an error of the file's making."""
        async with self._places:
            if not self._forks:
                return await _looked_afresh(path, container)
            for _attempt in range(2):  # the first one may just have ended because it had nothing to do
                lookout = self._free.pop() if self._free else await self._start()
                try:
                    seen = await _asked(lookout, path, container)
                except _Gone:
                    await _end(lookout)
                except BaseException:
                    await _end(lookout)
                    raise
                else:
                    self._free.append(lookout)
                    return seen
            return Seen(-signal.SIGKILL, "")

    async def close(self) -> None:
        """Ends all of them; what is looked into meanwhile is not waited for."""
        free, self._free = self._free, []
        await asyncio.gather(*map(_end, free))

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=few_threads(),
            limit=_LINE,
        )


def few_threads() -> dict[str, str]:
    """The environment of a confined process: without threads it does not need, which take room, and die in a fork."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


async def _asked(lookout: asyncio.subprocess.Process, path: Path, container: str) -> Seen:
    assert lookout.stdin is not None
    assert lookout.stdout is not None
    try:
        lookout.stdin.write(json.dumps({"path": str(path), "container": container}).encode() + b"\n")
        await lookout.stdin.drain()
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await lookout.stdout.readline()
    except (OSError, ValueError, TimeoutError) as lost:
        raise _Gone from lost
    if not answer.endswith(b"\n"):
        raise _Gone
    told = json.loads(answer)
    return Seen(told["ends"], told["said"])


async def _looked_afresh(path: Path, container: str) -> Seen:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *PROBE,
        str(path),
        container,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=few_threads(),
    )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return Seen(-getattr(signal, "SIGXCPU", 24), "")
    finally:
        await _end(process)
    assert process.returncode is not None
    return Seen(process.returncode, said.decode("utf-8", "replace").strip())


async def _end(process: asyncio.subprocess.Process) -> None:
    """Killed, where it has not ended; it has nothing to put in order."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
