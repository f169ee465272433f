"""The agent as a process: one question, one answer, a deadline on each; killed and started anew where it hangs.

link = AgentProcess()
link.ask("selection", {}, deadline=10)
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from cutaway_davinci.agent.trouble import UNREACHABLE
from cutaway_davinci.errors import NotConnected, NotLoaded, NotResponding, error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT: Final = Path(__file__).resolve().parents[1]
_NOT_OURS: Final = ("PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "QT_PLUGIN_PATH")
"""What Resolve leaves in the environment of what it starts, and would break another Python."""


class Link(Protocol):
    """A way to the agent."""

    def ask(self, operation: str, asked: Mapping[str, Any], *, deadline: float) -> dict[str, Any]:
        """The answer of one operation, within so many seconds.

        Raises:
            CutawayError: one of `cutaway_davinci.errors`.
        """
        ...

    def close(self) -> None: ...


class AgentProcess:
    """Starts the agent at the first question, and again after it was killed, or after it lost the Resolve it had.

    Args:
        python: the interpreter; this one if not given.
        environment: put over that of this process.
    """

    def __init__(self, python: str = sys.executable, environment: Mapping[str, str] | None = None) -> None:
        self.python = python
        self.environment = dict(environment or {})
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._asked = 0
        self._has_resolve = False

    def ask(self, operation: str, asked: Mapping[str, Any], *, deadline: float) -> dict[str, Any]:
        with self._lock:
            process = self._running()
            self._asked += 1
            line = json.dumps({"id": self._asked, "do": operation, "with": dict(asked)})
            assert process.stdin is not None
            try:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                reply = json.loads(self._lines.get(timeout=deadline))
            except queue.Empty:
                self._end()
                raise NotResponding(
                    f"DaVinci Resolve did not answer {operation} within {deadline:g} s: a dialog may be open in it, or "
                    "it is playing or rendering. Close the dialog or stop, and try again"
                ) from None
            except (OSError, ValueError) as error:
                self._end()
                raise NotLoaded(
                    "the process that talks to DaVinci Resolve ended; Blackmagic's module may not fit this Python "
                    f"({self.python}). Try again, or another interpreter"
                ) from error
        if reply.get("id") != self._asked:
            self.close()
            raise NotConnected(f"the process that talks to DaVinci Resolve answered another question than {operation}")
        if "trouble" in reply:
            code, message = reply["trouble"]["code"], reply["trouble"]["message"]
            if code == UNREACHABLE and self._has_resolve:
                self.close()  # Resolve was quit: what the module holds of it stays dead when it is started again
            raise error_of(code, message)
        self._has_resolve = True
        answer: dict[str, Any] = reply["answer"]
        return answer

    def close(self) -> None:
        """Ends the agent, if it runs; a question that is under way is given up."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        try:
            process = subprocess.Popen(  # noqa: S603 - the interpreter that the caller named
                [self.python, "-m", "cutaway_davinci.agent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=of_agent(self.environment),
                encoding="utf-8",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise NotLoaded(f"{self.python} does not start: {error.strerror}") from error
        self._process, self._lines, self._has_resolve = process, queue.Queue(), False
        threading.Thread(target=_read, args=(process.stdout, self._lines), daemon=True).start()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close() if stream else None


def of_agent(over: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that runs the agent's code and nothing of Resolve's."""
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_OURS}
    return environment | dict(over) | {"PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"}


def _read(stream: IO[str] | None, lines: queue.Queue[str]) -> None:
    """Hands on what the agent says; an empty line is its end."""
    with suppress(ValueError, OSError):
        for line in stream or ():
            lines.put(line)
    lines.put("")
