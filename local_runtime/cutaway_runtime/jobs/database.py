"""SQLite or PostgreSQL: everything in which they differ.

SQLite has one writer, and the lock on the data folder sees to it that it is one server. On PostgreSQL several servers
write, so three things are added there: what is looked at before something new is promised is looked at by one of them
at a time (`alone`), a row that is about to change is held (`FOR UPDATE`, which SQLAlchemy leaves out for SQLite), and a
job is worked on under a lease (`leases`).
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Float, cast, create_engine, event, extract, func, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine, Executable, Table
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from cutaway_runtime.jobs.absence import Absence

VARIABLE: Final = "CUTAWAY_DATABASE_URL"
FILE: Final = "jobs.sqlite"

NOW: Final = cast(extract("epoch", func.clock_timestamp()), Float)
"""Unix seconds by PostgreSQL's own clock: those of the machines around it may differ."""

_CONNECT: Final = {"connect_timeout": 10, "tcp_user_timeout": 10_000, "application_name": "cutaway"}
"""A database that does not answer is noticed; the URL may say otherwise."""
_AT_CONNECT: Final = {
    "sqlite": ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"),
    # A server that was frozen in the middle of a change must not hold up the others.
    "postgresql": ("SET idle_in_transaction_session_timeout = '10s'",),
}
_PROMISES: Final = 0x63757461
_SCHEMA: Final = 0x63757462
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:lock)")
_NOT_AT_ONCE: Final = text("SET LOCAL synchronous_commit = off")


class BadDatabase(ValueError):
    """CUTAWAY_DATABASE_URL names no database that can be used. Tells no password."""


def place_of(data_dir: Path, environment: Mapping[str, str] = os.environ) -> Path | URL:
    """Where the jobs of a data folder are kept: where the environment says, else in a file of the folder.

    Raises:
        BadDatabase: the environment says nothing that can be used.
    """
    given = environment.get(VARIABLE)
    if not given:
        return data_dir / FILE
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise BadDatabase(f"{VARIABLE} is no address; it reads postgresql://user:password@host/database") from None
    if url.drivername not in {"postgresql", "postgres"}:
        raise BadDatabase(
            f"{VARIABLE} begins with {url.drivername}://, and what can be used is postgresql://; "
            f"without it, jobs are kept in {FILE} of the data folder"
        )
    if find_spec("psycopg") is None:
        raise BadDatabase(f'{VARIABLE} names a PostgreSQL database, which needs: pip install "cutaway[postgres]"')
    return url.set(drivername="postgresql+psycopg")


def engine_of(place: Path | URL, absence: Absence | None = None) -> Engine:
    """An engine on a database; connects to nothing yet. Of PostgreSQL with what is known of its `absence`."""
    if isinstance(place, Path):
        engine = create_engine(f"sqlite:///{place}", connect_args={"check_same_thread": False, "timeout": 10})
    else:
        engine = create_engine(place, connect_args={k: v for k, v in _CONNECT.items() if k not in place.query})
        if absence is not None:
            event.listen(
                engine, "do_connect", lambda _dialect, _entry, args, options: absence.connect(*args, **options)
            )

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in _AT_CONNECT[engine.dialect.name]:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


def is_shared(of: Engine | Connection) -> bool:
    """Whether several servers may work on it: PostgreSQL."""
    return of.dialect.name == "postgresql"


def is_away(error: BaseException) -> bool:
    """Whether a PostgreSQL server does not answer, or ended what was going on."""
    return isinstance(error, OperationalError) and hasattr(error.orig, "sqlstate")


def put(connection: Connection, table: Table, row: Mapping[str, Any], key: str) -> None:
    """A row, in the place of the one that has the same `key`."""
    connection.execute(_put(connection.dialect.name, table, tuple(row), key), dict(row))


@cache
def _put(dialect: str, table: Table, columns: tuple[str, ...], key: str) -> Executable:
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    new: Executable = statement.on_conflict_do_update(
        index_elements=[key], set_={column: statement.excluded[column] for column in columns}
    )
    return new


def alone(connection: Connection) -> None:
    """From here to the end of the transaction nobody else promises anything: keys, names and quotas that were looked
    at are still so when the promise is written.
    """
    if is_shared(connection):
        connection.execute(_LOCK, {"lock": _PROMISES})


def alone_at_start(connection: Connection) -> None:
    """The same for the schema: of servers that start at once, one makes or migrates it, all of it or nothing."""
    if is_shared(connection):
        connection.execute(_LOCK, {"lock": _SCHEMA})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's driver would not begin before a CREATE or an ALTER


def not_at_once(connection: Connection) -> None:
    """What this transaction writes need not be on disk when it returns; on SQLite its connection is prepared for it."""
    if is_shared(connection):
        connection.execute(_NOT_AT_ONCE)


def prepare_swift(connection: Connection) -> None:
    """A connection for what is not worth an fsync."""
    if not is_shared(connection):
        connection.execute(text("PRAGMA synchronous=NORMAL"))
        connection.commit()
