"""The bundled runtime as a process on this machine: find it, start it, stop it.

The SDK knows the runtime by its command line, by /health, and by two files in the home folder:
`runtime.json` (where it listens) and `token` (its key). It is started detached, stays when this
process ends, and ends by itself when it has had nothing to do.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import BinaryIO, Final, TypedDict, cast
from urllib.parse import urlsplit

from cutaway.client.io import IO, BlockingIO, run
from cutaway.client.request import Request
from cutaway.errors import ConnectionFailed, RuntimeUnavailable
from cutaway.home import Home

IDLE_EXIT: Final = 900
"""Seconds without work after which a runtime that a client started ends."""
START_DEADLINE: Final = 30.0
HEALTH_TIMEOUT: Final = 5.0
NEEDS: Final = ("cutaway_runtime", "fastapi", "uvicorn", "python_multipart", "sqlalchemy", "alembic", "av", "cv2")
LOG_TAIL: Final = 4000

_started: Final[dict[int, subprocess.Popen[bytes]]] = {}
"""Processes that this one started: asked about here, since a dead child still has a process id."""


class Running(TypedDict):
    """What runtime.json says."""

    url: str
    pid: int
    version: str
    started_at: float


def running(home: Home) -> Running | None:
    """The runtime noted in the home folder if its process is alive; whether it answers is another matter."""
    try:
        note = json.loads(home.runtime.read_text("utf-8"))
        url, pid = str(note["url"]), int(note["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if urlsplit(url).hostname not in {"127.0.0.1", "::1", "localhost"} or not alive(pid):
        return None
    return cast("Running", {**note, "url": url.rstrip("/"), "pid": pid})


def token(home: Home) -> str | None:
    """The local runtime's key, or None before it has made one."""
    try:
        return home.token.read_text("utf-8").strip() or None
    except OSError:
        return None


def token_for(base_url: str, home: Home) -> str | None:
    """The local runtime's key if `base_url` is where it listens; nobody else is shown it."""
    found = running(home)
    if found is None or urlsplit(found["url"])[:2] != urlsplit(base_url)[:2]:
        return None
    return token(home)


def find(home: Home | None = None) -> Running | None:
    """The local runtime that is running and answers, or None; nothing is started."""
    home, io = home or Home.find(), BlockingIO()
    try:
        return running(home) if run(answering(io, home)) else None
    finally:
        run(io.close())


async def answering(io: IO, home: Home) -> str | None:
    """Where a running local runtime answers, or None."""
    found = running(home)
    if found is None:
        return None
    try:
        answer = await io.request(Request("GET", f"{found['url']}/health", timeout=HEALTH_TIMEOUT))
        body = json.loads(answer.body)
    except (ConnectionFailed, ValueError):
        return None
    # The process id tells the runtime from a stranger who has taken over its port, or its id.
    same = isinstance(body, dict) and body.get("pid") == found["pid"]
    return found["url"] if answer.status == 200 and same else None


async def find_or_start(io: IO, home: Home) -> str:
    """Where the local runtime answers; started, with a line on stderr that says so, if none was running.

    Raises:
        RuntimeUnavailable: it is not installed, died, or did not answer within thirty seconds.
    """
    url = await answering(io, home)
    if url is not None:
        return url
    installed_or_raise()
    deadline = io.now() + START_DEADLINE
    with _lock_file(home) as lock:
        while not locked(lock):
            # Somebody else is starting one; it is ours as well as soon as it answers.
            await io.sleep(0.05)
            url = await answering(io, home)
            if url is not None:
                return url
            if io.now() > deadline:
                raise RuntimeUnavailable("another process has been starting the local runtime for too long")
        url = await answering(io, home)
        return url if url is not None else await _start(io, home, deadline)


def _lock_file(home: Home) -> BinaryIO:
    try:
        home.create()
        return home.runtime_lock.open("ab")
    except OSError as error:
        raise RuntimeUnavailable(
            f"the local runtime needs a home folder it can write, and {home.folder} is none ({error}); set CUTAWAY_HOME"
        ) from error


def installed_or_raise() -> None:
    """Check that the runtime and what it needs can be imported.

    Raises:
        RuntimeUnavailable: with the command that installs it.
    """
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise RuntimeUnavailable(
            "no server was named and the local runtime is not installed here "
            f'(missing: {", ".join(missing)}): pip install "cutaway[runtime]", or give base_url or CUTAWAY_BASE_URL'
        )


async def _start(io: IO, home: Home, deadline: float) -> str:
    with home.runtime_log.open("wb") as log:
        process = _spawned(home, log)
    _started[process.pid] = process
    while True:
        found = running(home)
        url = await answering(io, home) if found and found["pid"] == process.pid else None
        if url is not None:
            _say(f"cutaway: started the local runtime at {url} (stop it with: cutaway stop)")
            return url
        if process.poll() is not None:
            raise RuntimeUnavailable(
                f"the local runtime ended while starting, with exit code {process.returncode}; "
                f"the end of {home.runtime_log}:\n{log_tail(home)}",
                log=log_tail(home),
            )
        if io.now() > deadline:
            process.terminate()
            raise RuntimeUnavailable(
                f"the local runtime did not answer within {START_DEADLINE:.0f} s; "
                f"the end of {home.runtime_log}:\n{log_tail(home)}",
                log=log_tail(home),
            )
        await io.sleep(0.02)


def _say(line: str) -> None:
    """A line on stderr, where there is one: applications with a window may have none."""
    if sys.stderr is not None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _spawned(home: Home, log: BinaryIO) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cutaway_runtime", "serve", "--port", "0", "--idle-exit", str(IDLE_EXIT)]
    environment = {**os.environ, "CUTAWAY_HOME": str(home.folder)}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
        command,
        cwd=home.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        creationflags=flags,
        start_new_session=True,
    )


def log_tail(home: Home) -> str:
    """The end of what the local runtime last said."""
    try:
        return home.runtime_log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace").strip()
    except OSError:
        return ""


def stop(home: Home | None = None, *, timeout: float = 10.0) -> bool:
    """End the local runtime and wait until it has gone. False if none was running.

    Raises:
        RuntimeUnavailable: the noted process does not answer as a runtime, so it was left alone; or it
            is still there after `timeout` seconds.
    """
    home = home or Home.find()
    found = running(home)
    if found is None:
        return False
    pid = found["pid"]
    if find(home) is None:
        raise RuntimeUnavailable(
            f"process {pid}, noted in {home.runtime} as the local runtime, does not answer as one; "
            "it was left alone: end it by hand if it is the runtime, else delete that file",
            log=log_tail(home),
        )
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + timeout
    while alive(pid):
        if time.monotonic() > deadline:
            raise RuntimeUnavailable(f"the local runtime (process {pid}) did not end within {timeout:.0f} s")
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    if pid <= 0:
        return False
    child = _started.get(pid)
    if child is not None:
        if child.poll() is None:
            return True
        del _started[pid]
        return False
    return _exists(pid)


def _exists(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        # os.kill(pid, 0) would end the process here. 0x1000: query; 259: still active.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        code = ctypes.c_ulong()
        found = bool(handle and ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code)))
        ctypes.windll.kernel32.CloseHandle(handle)
        return found and code.value == 259
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def locked(file: BinaryIO) -> bool:
    """Take the lock on an open file, if nobody has it; closing the file gives it back.

    True as well where the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
    return True
