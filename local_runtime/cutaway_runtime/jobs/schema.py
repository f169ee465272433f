"""The database opened: made at its newest form, or migrated to it.

Alembic takes longer to import than the rest of the server; it is asked only when there is something to migrate.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event, insert, inspect, text

from cutaway_runtime.jobs.tables import HEAD, SEEDS, metadata, plans

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """The database was written by a newer cutaway."""


def open_database(path: Path) -> Engine:
    """An engine on the database at `path`, at the newest schema: WAL, every commit on disk before it returns.

    Raises:
        SchemaTooNew: written by a newer version, which this one must not touch.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 10})
    event.listen(engine, "connect", _prepare)
    with engine.begin() as connection:
        found = _revision(connection)
        if found is None:
            metadata.create_all(connection)
            connection.execute(insert(plans), list(SEEDS))
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    if found is not None and found != HEAD:
        migrate(engine)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _revision(connection: Any) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def migrate(engine: Engine, target: str = "head") -> None:
    """Brings an older database to the newest schema, all in one transaction.

    Raises:
        SchemaTooNew: its mark is none of ours.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, target)
        except CommandError as error:
            found = _revision(connection)
            raise SchemaTooNew(
                f"the jobs database is of schema {found!r} and this version knows up to {HEAD!r}: "
                "update cutaway, or give it another --data-dir"
            ) from error
