"""One worker process, and the line to it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING, Final

from cutaway_runtime.worker.protocol import Ready, report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cutaway_runtime.worker.protocol import Heard

START_SECONDS: Final = 120.0
"""How long a worker may take to import what it needs."""
LOG_BYTES: Final = 4 * 1024 * 1024
LINE_LIMIT: Final = 16 * 1024 * 1024


class WorkerLost(Exception):
    """The worker ended or froze."""


class WorkerNotStarted(Exception):
    """No worker can be started, which is no job's fault."""


class Worker:
    """One process, and the line to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid

    @classmethod
    async def start(cls, command: Sequence[str], log_file: Path, inherit: Sequence[int] = ()) -> Worker:
        """A worker that said it is ready.

        Raises:
            WorkerNotStarted: it ended, or said nothing in time. What it last wrote is for the operator.
        """
        with log_file.open("ab") as stderr:
            if stderr.tell() > LOG_BYTES:
                stderr.truncate(0)
            begun = stderr.tell()
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                pass_fds=tuple(inherit),
                limit=LINE_LIMIT,
            )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not isinstance(await worker.hear(), Ready):
                    pass
        except BaseException as error:
            await worker.end()
            if not isinstance(error, (TimeoutError, WorkerLost)):
                raise
            said = _tail(log_file, begun)
            raise WorkerNotStarted(f"the worker did not start ({error or 'in time'}); it wrote: {said}") from error
        return worker

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def tell(self, text: bytes) -> None:
        """Raises `WorkerLost`."""
        assert self.process.stdin is not None
        if self.process.stdin.is_closing():
            raise WorkerLost("the worker hung up")
        self.process.stdin.write(text)

    async def hear(self) -> Heard:
        """The next report. Raises `WorkerLost`."""
        assert self.process.stdout is not None
        text = await self.process.stdout.readline()
        if not text.endswith(b"\n"):
            code = await self.process.wait()
            raise WorkerLost(f"the worker ended with {_exit(code)}")
        try:
            return report(text)
        except ValueError as error:
            raise WorkerLost(f"the worker said something that is no report: {text[:80]!r}") from error

    def signal(self, send: Callable[[], None]) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.alive:
                send()

    async def end(self) -> None:
        """Gone when this returns."""
        self.signal(self.process.kill)
        await self.process.wait()


def _tail(path: Path, start: int) -> str:
    """The last line from byte `start` on: before that other workers wrote, and what they were given stands there."""
    lines = path.read_bytes()[start:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1][-300:] if lines else "(nothing)"


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
