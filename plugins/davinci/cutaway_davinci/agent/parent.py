"""Whether the process that started this one still runs; what Resolve starts is to end with it.

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
        if sys.platform != "win32":
            return os.getppid() == self.pid
        import ctypes

        waited = ctypes.windll.kernel32.WaitForSingleObject(self._handle, 0)
        return not self._handle or bool(waited == _STILL_RUNS)


def _opened(pid: int) -> int:
    """A handle of a process on Windows; 0 where it cannot be had, and elsewhere."""
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.OpenProcess(_SYNCHRONIZE, False, pid) or 0)
