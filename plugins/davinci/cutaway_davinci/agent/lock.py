"""One writer at a time: page, playhead, bin and timeline of Resolve belong to everybody who talks to it.

The lock is a file beside the projects that every process of ours takes before it changes anything. It is held by the
system, so one that is killed holds nobody up.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway_davinci.agent.trouble import BUSY, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "writer.lock"
PATIENCE = 3.0
_LOOK = 0.05


@contextmanager
def writing(folder: str, patience: float | None = None) -> Iterator[None]:
    """The only writer of a folder's projects, for as long as the block lasts.

    Raises:
        Trouble: another process of ours goes on writing for longer than `patience` seconds (`PATIENCE` if not given).
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    handle = os.open(str(Path(folder) / NAME), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + (PATIENCE if patience is None else patience)
        while not _taken(handle):
            if time.monotonic() >= until:
                raise Trouble(BUSY, "another Cutaway works on this Resolve just now; try again when it is done")
            time.sleep(_LOOK)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Whether the lock is ours now; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
