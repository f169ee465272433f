"""Whether a process still runs: the one that started this one above all, since what Resolve starts is to end with it.

A process whose parent is gone gets another one, but not on Windows: there the number stays and says nothing, so the
parent is held by a handle.
"""

from __future__ import annotations

import os
import sys

_SYNCHRONIZE = 0x00100000
_STILL_RUNS = 0x00000102


class Parent:
    """The process that started this one, as it is now."""

    def __init__(self) -> None:
        self.pid = os.getppid()
        self._handle = _opened(self.pid)

    def is_there(self) -> bool:
        """Whether it still runs; True where nobody can tell."""
        if sys.platform != "win32":
            return os.getppid() == self.pid
        return not self._handle or _goes_on(self._handle)


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    if sys.platform == "win32":
        handle = _opened(pid)
        return bool(handle) and _goes_on(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # it is somebody else's
    return True


def _opened(pid: int) -> int:
    """A handle of a process on Windows; 0 where it cannot be had, and elsewhere."""
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.OpenProcess(_SYNCHRONIZE, False, pid) or 0)


def _goes_on(handle: int) -> bool:
    """Whether the process of a handle still runs, on Windows."""
    if sys.platform != "win32":
        return False
    import ctypes

    return bool(ctypes.windll.kernel32.WaitForSingleObject(handle, 0) == _STILL_RUNS)
