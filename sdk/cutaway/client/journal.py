"""What this machine has submitted, so that nothing asked for and paid for is lost with a process.

One row per create, on disk before the request leaves. The prompt itself is not kept, only its SHA-256.

    sending -> accepted -> completed -> saved          sending -> refused     there is no job
    accepted, completed -> failed, cancelled, deleted  sending -> unknown     no answer came
    unknown -> accepted, refused                       (also read from a `sending` whose process has gone)

A journal that cannot be used never stops a create and never holds one up for long. One that another
process keeps locked gets its entries when it is free, a damaged one is set aside and begun anew, and one
that cannot be written at all is left alone; each is said once, as a warning.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import warnings
import weakref
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cutaway.home import Home

EntryState = Literal[
    "sending", "unknown", "accepted", "completed", "saved", "refused", "failed", "cancelled", "deleted"
]
UNFINISHED: Final = ("accepted", "completed")
"""There is a job, and nobody has fetched its video yet."""
KEPT: Final = 30 * 24 * 3600
"""Seconds for which an entry is kept; servers keep videos for less."""
SENDING: Final = 3600.0
"""Seconds after which nobody is sending any more, whatever process has the sender's number."""
PATIENCE: Final = (1000, 50)
"""Milliseconds for which a locked journal is waited for: the first time, and while it stays locked."""
LOCKED: Final = frozenset({5, 6})
DAMAGED: Final = frozenset({11, 26})
"""SQLite's primary result codes: busy and locked; corrupt and not a database."""

PROCESS: Final = os.urandom(4).hex()
"""Tells this process from others that have had its number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One create: what it was sent under, to whom, and what is known of its fate.

    `digest` is the SHA-256 of its parameters, `prompt` that of its prompt ("" without one); `model` and
    `size` are those asked for. `created` is Unix seconds, `path` where its video is meant to go, `account`
    tells the key of the server it was asked with.
    """

    key: str
    base_url: str
    video_id: str | None
    digest: str
    path: str | None
    state: EntryState
    created: float
    operation: str = ""
    prompt: str = ""
    model: str = ""
    size: str = ""
    sender: str = ""
    account: str = ""


COLUMNS: Final = tuple(column.name for column in fields(Entry))
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
"""The first version's table; columns of later ones are added where they are missing."""
_NAMES: Final = ", ".join(COLUMNS)
_INSERT: Final = f"INSERT OR REPLACE INTO submissions ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_SELECT: Final = f"SELECT {_NAMES} FROM submissions WHERE ?1 IS NULL OR base_url = ?1 ORDER BY created, key"  # noqa: S608

_TAKE: Final = (
    f"INSERT OR IGNORE INTO submissions ({_NAMES}) "  # noqa: S608
    f"SELECT {', '.join({'key': '?', 'video_id': '?'}.get(name, name) for name in COLUMNS)} "
    "FROM submissions WHERE key = ?"
)


class Journal:
    """The journal in a home folder; the file is opened by the first entry."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._broken = False
        self._said: set[str] = set()
        self._late: list[tuple[str, tuple[object, ...]]] = []
        """Statements that wait for their turn, in their order."""

    def sending(
        self,
        key: str,
        base_url: str,
        digest: str,
        *,
        path: str | os.PathLike[str] | None = None,
        operation: str = "",
        prompt: str = "",
        model: str = "",
        size: str = "",
        account: str = "",
    ) -> Entry:
        """About to be sent; returns when that is on disk, or cannot be."""
        meant = None if path is None else str(Path(path).expanduser().absolute())
        entry = Entry(
            key, base_url, None, digest, meant, "sending", time.time(), operation,
            digest_of_prompt(prompt), model, size, f"{os.getpid()} {PROCESS}", account,
        )  # fmt: skip
        self._write(_INSERT, astuple(entry))
        return entry

    def accepted(self, key: str, video_id: str, others: Sequence[str] = ()) -> None:
        """The server has made a job of it, and `others` of its further takes: they are noted under key/2, key/3, ..."""
        self._write("UPDATE submissions SET state = 'accepted', video_id = ? WHERE key = ?", (video_id, key))
        for number, other in enumerate(others, 2):
            self._write(_TAKE, (f"{key}/{number}", other, key))

    def refused(self, key: str) -> None:
        """There is no job: the server said no, or the request never left."""
        self._write("UPDATE submissions SET state = 'refused' WHERE key = ?", (key,))

    def unknown(self, key: str) -> None:
        """It may have left, and no answer came."""
        self._write("UPDATE submissions SET state = 'unknown' WHERE key = ? AND state = 'sending'", (key,))

    def ended(self, base_url: str, video_id: str, state: EntryState) -> None:
        """The job has come to `state`. Jobs that this machine did not submit are not noted."""
        self._write(
            "UPDATE submissions SET state = ? WHERE video_id = ? AND base_url = ? AND state != 'saved'",
            (state, video_id, base_url),
        )

    def saving(self, base_url: str, video_id: str, path: str | os.PathLike[str]) -> None:
        """A download to `path` begins."""
        self._write(
            "UPDATE submissions SET path = ? WHERE video_id = ? AND base_url = ?",
            (str(Path(path).expanduser().absolute()), video_id, base_url),
        )

    def entries(self, base_url: str | None = None) -> list[Entry]:
        """Everything noted, oldest first; with `base_url`, of one server only."""
        return [_told(Entry(*row)) for row in self._read(_SELECT, (base_url,))]

    def unfinished(self, base_url: str) -> list[Entry]:
        """Jobs of a server that are running, or finished and not yet saved; oldest first."""
        return [entry for entry in self.entries(base_url) if entry.state in UNFINISHED and entry.video_id]

    def unanswered(self, base_url: str) -> list[Entry]:
        """What was sent to a server and never answered, oldest first."""
        return [entry for entry in self.entries(base_url) if entry.state == "unknown"]

    def close(self) -> None:
        with self._lock:
            if self._late and not self._broken:
                self._attempt(self._flushed)
            if self._late:
                keys = ", ".join(str(values[0]) for statement, values in self._late if statement == _INSERT)
                self._warn("lost", f"has not got its last {len(self._late)} entries (keys {keys or 'none'})")
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # -- the file ------------------------------------------------------------------------------

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock:
            if not self._broken:
                self._late.append((statement, values))
                self._attempt(self._flushed)

    def _read(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        def read() -> list[Any]:
            self._flushed()
            return self._opened().execute(statement, values).fetchall()

        with self._lock:
            return [] if self._broken else self._attempt(read)

    def _flushed(self) -> list[Any]:
        """Write what waits, in its order."""
        connection = self._opened()
        while self._late:
            connection.execute(*self._late[0])
            del self._late[0]
        if "locked" in self._said:
            self._said.discard("locked")
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE[0]}")
        return []

    def _attempt(self, work: Any) -> list[Any]:
        """The rows of `work`; none where the file is in trouble, which is then said."""
        import sqlite3

        for _ in range(2):
            try:
                return work()  # type: ignore[no-any-return]
            except (sqlite3.Error, OSError) as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if code in LOCKED:
                    self._warn("locked", f"is held by another process ({error}); entries are added when it is free")
                    if self._connection is not None:
                        self._connection.execute(f"PRAGMA busy_timeout = {PATIENCE[1]}")
                    return []
                if code in DAMAGED and self._set_aside(error):
                    continue
                self._warn(
                    "broken",
                    f"cannot be used ({error}); jobs are made as usual, and client.videos.resume() does not know them",
                )
                self._broken = True
                self._late.clear()
                return []
        return []

    def _set_aside(self, error: Exception) -> bool:
        """A damaged file gets another name, so that a new one can be begun; once in a client's life."""
        if "damaged" in self._said:
            return False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        aside = self._home.journal.with_name(f"journal-damaged-{time.time():.0f}.db")
        try:
            for suffix in ("", "-wal", "-shm"):
                path = Path(f"{self._home.journal}{suffix}")
                if path.exists():
                    path.replace(f"{aside}{suffix}")
        except OSError:
            return False
        self._warn("damaged", f"is damaged ({error}); it was set aside as {aside.name}, and a new one is begun")
        return True

    def _warn(self, kind: str, what: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            warnings.warn(f"the journal {self._home.journal} {what}", RuntimeWarning, stacklevel=6)

    def _opened(self) -> sqlite3.Connection:
        import sqlite3

        if self._connection is not None:
            return self._connection
        self._home.create()
        self._home.journal.touch(mode=0o600)
        patience = PATIENCE["locked" in self._said] / 1000
        connection = sqlite3.connect(
            self._home.journal, timeout=patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # What is noted survives this process and a power cut: it is on disk before the request leaves.
            connection.execute("PRAGMA synchronous = FULL")
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        weakref.finalize(self, connection.close)
        self._connection = connection
        return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """The table as it is now, whichever version made it, without what is too old."""
    connection.executescript(SCHEMA)
    if len(_columns(connection)) < len(COLUMNS):
        connection.execute("BEGIN IMMEDIATE")
        for name in COLUMNS:
            if name not in _columns(connection):
                connection.execute(f"ALTER TABLE submissions ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
        connection.execute("COMMIT")
    connection.execute("DELETE FROM submissions WHERE created < ?", (time.time() - KEPT,))


def _columns(connection: sqlite3.Connection) -> set[str]:
    return {row[1] for row in connection.execute("PRAGMA table_info(submissions)")}


def _told(entry: Entry) -> Entry:
    """An entry as it stands now: one that nobody is sending any more was never answered."""
    if entry.state != "sending" or (time.time() - entry.created < SENDING and _lives(entry.sender)):
        return entry
    return replace(entry, state="unknown")


def _lives(sender: str) -> bool:
    from cutaway.client.local import alive

    number, _, process = sender.partition(" ")
    if number == str(os.getpid()):
        return process == PROCESS
    return number.isdigit() and alive(int(number))


def digest_of_prompt(prompt: str) -> str:
    """SHA-256 of a prompt, however its words are spaced; "" without words."""
    words = " ".join(prompt.split())
    return hashlib.sha256(words.encode()).hexdigest() if words else ""
