"""Room on the disk, kept so that what was accepted can always be brought to an end.

    | in use | free ............................ | reserve | ballast |
                                                 |         '-- a file; given up when even an end cannot be written down
                                                 '-- below this nothing new is accepted

A job that is accepted needs room for its file, and its end needs room in the database: a failure because of a full disk
has to be written to that same disk.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

BALLAST_BYTES: Final = 8 * 1024**2
MIB: Final = 1024**2
DISK_FULL: Final = "53100"
"""As PostgreSQL says it."""


class StorageFull(Exception):
    """Less room than the reserve is left. `free` and `wanted` are in bytes."""

    def __init__(self, free: int, wanted: int) -> None:
        super().__init__(
            f"the disk has {free // MIB} MiB left and {-(-wanted // MIB)} MiB are wanted: delete some videos or files, "
            "then send this again"
        )
        self.free, self.wanted = free, wanted


class Reserve:
    """The room of one data folder. `wanted` bytes are never given to anything new."""

    def __init__(self, folder: Path, wanted: int) -> None:
        self._folder = folder
        self._wanted = wanted
        self._ballast = folder / "ballast"

    def check(self, more: int = 0) -> None:
        """Whether there is room for something new, `more` bytes of which are known already.

        Raises:
            StorageFull: there is not.
        """
        free = shutil.disk_usage(self._folder).free
        if free < self._wanted + more:
            raise StorageFull(free, self._wanted + more)

    def lay_in(self) -> None:
        """Ballast laid in, where there is room for it and none is there yet."""
        if self._ballast.exists() and self._ballast.stat().st_size == BALLAST_BYTES:
            return
        try:
            self.check(BALLAST_BYTES)
            with self._ballast.open("wb") as file:
                # Written, not only announced: a sparse file would give nothing back.
                for _ in range(BALLAST_BYTES // MIB):
                    file.write(os.urandom(MIB))
                file.flush()
                os.fsync(file.fileno())
        except (StorageFull, OSError):
            self._ballast.unlink(missing_ok=True)

    def give_up(self) -> bool:
        """Whether there was ballast, which is room now."""
        try:
            self._ballast.unlink()
        except FileNotFoundError:
            return False
        log.warning(
            "the disk is full: %s MiB of ballast were given up to write down how jobs end", BALLAST_BYTES // MIB
        )
        return True


def is_full(error: BaseException) -> bool:
    """Whether the file system, or the database on it, has no room left."""
    cause = getattr(error, "orig", error)
    if getattr(cause, "errno", None) == errno.ENOSPC or getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL":
        return True
    return getattr(cause, "sqlstate", "") == DISK_FULL
