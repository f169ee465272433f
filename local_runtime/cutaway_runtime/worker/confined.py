"""A process with little to lose: limits of memory, time and files, no network, no rights beyond reading.

What a platform does not have is left out: macOS knows no limit of address space, Windows none of these, and a
network of one's own wants Linux, with user namespaces or root.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Of address space: libraries take a third of it before a frame is decoded."""
CPU_SECONDS: Final = 10
OPEN_FILES: Final = 64

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_PR_SET_DEATH_SIGNAL, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVILEGES = 1, 4, 38
_CAPABILITY_VERSION: Final = 0x20080522
_READ_ANY_FILE: Final = 1 << 2
"""CAP_DAC_READ_SEARCH: a server that root runs may keep its files in the folder of somebody else."""
_SIGKILL: Final = 9


def limit(*, memory: int = MEMORY_BYTES, cpu: int = CPU_SECONDS, writes: bool = False) -> None:
    """Less memory, less time, few files, no core dump; unless it `writes`, nothing is written to any file."""
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the caller remains
        return
    limits = [
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, memory),
    ]
    if not writes:
        limits.append((resource.RLIMIT_FSIZE, 0))
    for what, value in limits:
        if sys.platform == "darwin" and what == resource.RLIMIT_AS:
            continue  # refused there
        _soft, hard = resource.getrlimit(what)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (most, hard if what == resource.RLIMIT_CPU else most))


def leave_network() -> bool:
    """From here on there is no network, not even loopback; whether that could be had.

    To be called before anything starts a thread: a process with threads gets no namespace of users.
    """
    libc = _libc()
    return libc is not None and any(libc.unshare(flags) == 0 for flags in (_NEW_NET, _NEW_NET | _NEW_USER))


def give_up_rights() -> None:
    """No rights of root but to read, none to be had by starting another program, and nobody may look into this one."""
    libc = _libc()
    if libc is None:
        return
    libc.prctl(_PR_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    kept = (ctypes.c_uint32 * 6)(_READ_ANY_FILE, _READ_ANY_FILE, 0, 0, 0, 0)  # effective, permitted, inheritable
    libc.capset(header, kept)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent() -> None:
    """Killed when the process that forked this one ends, however that ends."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
