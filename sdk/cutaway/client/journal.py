"""What this machine has submitted, so that nothing asked for and paid for is lost with a process.

One row per create, written before the request leaves. A journal that cannot be written never stops
a create: the first failure is reported as a warning and the journal is left alone from then on.

    sending -> accepted -> completed -> saved          sending -> refused
    accepted, completed -> failed, cancelled, deleted
"""

from __future__ import annotations

import threading
import time
import warnings
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import os
    import sqlite3

    from cutaway.home import Home

EntryState = Literal["sending", "accepted", "completed", "saved", "refused", "failed", "cancelled", "deleted"]
UNFINISHED: Final = ("accepted", "completed")
"""There is a job, and nobody has fetched its video yet."""
KEPT: Final = 30 * 24 * 3600
"""Seconds for which an entry is kept; servers keep videos for less."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS submissions (
    key       TEXT PRIMARY KEY,
    base_url  TEXT NOT NULL,
    video_id  TEXT,
    digest    TEXT NOT NULL,
    path      TEXT,
    state     TEXT NOT NULL,
    created   REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_video ON submissions (video_id);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One create. `digest` is of its parameters, `created` is Unix seconds, `path` is where it is being saved."""

    key: str
    base_url: str
    video_id: str | None
    digest: str
    path: str | None
    state: EntryState
    created: float


class Journal:
    """The journal in a home folder; the file is opened by the first entry."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._broken = False

    def sending(self, key: str, base_url: str, digest: str) -> None:
        """About to be sent."""
        self._run(
            "INSERT OR REPLACE INTO submissions VALUES (?, ?, NULL, ?, NULL, 'sending', ?)",
            (key, base_url, digest, time.time()),
        )

    def accepted(self, key: str, video_id: str) -> None:
        """The server has made a job of it."""
        self._run("UPDATE submissions SET state = 'accepted', video_id = ? WHERE key = ?", (video_id, key))

    def refused(self, key: str) -> None:
        """The server said no, so there is no job."""
        self._run("UPDATE submissions SET state = 'refused' WHERE key = ?", (key,))

    def ended(self, base_url: str, video_id: str, state: EntryState) -> None:
        """The job has come to `state`. Jobs that this machine did not submit are not noted."""
        self._run(
            "UPDATE submissions SET state = ? WHERE video_id = ? AND base_url = ? AND state != 'saved'",
            (state, video_id, base_url),
        )

    def saving(self, base_url: str, video_id: str, path: str | os.PathLike[str]) -> None:
        """A download to `path` begins."""
        self._run(
            "UPDATE submissions SET path = ? WHERE video_id = ? AND base_url = ?",
            (str(Path(path).expanduser().absolute()), video_id, base_url),
        )

    def entries(self, base_url: str | None = None) -> list[Entry]:
        """Everything noted, oldest first; with `base_url`, of one server only."""
        rows = self._run(
            "SELECT key, base_url, video_id, digest, path, state, created FROM submissions"
            " WHERE ?1 IS NULL OR base_url = ?1 ORDER BY created, key",
            (base_url,),
        )
        return [Entry(*row) for row in rows]

    def unfinished(self, base_url: str) -> list[Entry]:
        """Jobs of a server that are running, or finished and not yet saved; oldest first."""
        return [entry for entry in self.entries(base_url) if entry.state in UNFINISHED and entry.video_id]

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        import sqlite3

        with self._lock:
            if self._broken:
                return []
            try:
                if self._connection is None:
                    self._connection = self._opened()
                return self._connection.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._broken = True
                warnings.warn(
                    f"the journal {self._home.journal} cannot be used ({error}); jobs are made as usual, and "
                    "client.videos.resume() will not know of them",
                    RuntimeWarning,
                    stacklevel=2,
                )
                return []

    def _opened(self) -> sqlite3.Connection:
        import sqlite3

        self._home.create()
        self._home.journal.touch(mode=0o600)
        connection = sqlite3.connect(self._home.journal, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            # A write survives the end of this process, kill -9 included, without waiting for the disk.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            connection.execute("DELETE FROM submissions WHERE created < ?", (time.time() - KEPT,))
        except BaseException:
            connection.close()
            raise
        weakref.finalize(self, connection.close)
        return connection
