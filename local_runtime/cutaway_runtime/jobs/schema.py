"""The database opened: made at its newest form, or migrated to it.

Alembic takes longer to import than the rest of the server; it is asked only when there is something to migrate.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, Connection, Engine, insert, inspect, text
from sqlalchemy.exc import OperationalError

from cutaway_runtime.jobs.database import VARIABLE, BadDatabase, alone_at_start, engine_of
from cutaway_runtime.jobs.tables import HEAD, SEEDS, metadata, plans

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """The database was written by a newer cutaway."""


class NoDatabase(BadDatabase):
    """No jobs were ever kept there."""


def open_database(place: Path | URL, *, make: bool = True) -> Engine:
    """An engine on a database, at the newest schema: every commit is on disk before it returns.

    Raises:
        SchemaTooNew: written by a newer version, which this one must not touch.
        NoDatabase: there is none, and none was to be made.
        BadDatabase: a server that cannot be reached, or that lets nobody in.
    """
    if isinstance(place, Path) and not make and not place.exists():
        raise _none(place)
    absence = import_module("cutaway_runtime.jobs.absence").Absence() if isinstance(place, URL) else None
    engine = engine_of(place, absence)
    try:
        with engine.begin() as connection:
            alone_at_start(connection)
            found = _revision(connection)
            if found is None and not make:
                raise _none(place)
            if found is None:
                _make(connection)
            elif found != HEAD:
                _migrate(connection, "head")
    except BaseException as error:
        engine.dispose()
        if isinstance(place, URL) and isinstance(error, OperationalError):
            raise BadDatabase(f"the database {_shown(place)} cannot be used: {error.orig}") from error
        raise
    if absence is not None:
        absence.bounded = True
    return engine


def _none(place: Path | URL) -> NoDatabase:
    where = f"{place.parent}: there is no {place.name} in it" if isinstance(place, Path) else _shown(place)
    return NoDatabase(
        f"no server ever kept jobs in {where}. Name the server's folder with --data-dir or CUTAWAY_HOME, its database, "
        f"if it has one, with {VARIABLE}; a new server is started once before this"
    )


def _shown(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def migrate(engine: Engine, target: str = "head") -> None:
    """Brings an older database, or an empty one, to a schema, all in one transaction.

    Raises:
        SchemaTooNew: its mark is none of ours.
    """
    with engine.begin() as connection:
        alone_at_start(connection)
        _migrate(connection, target)


def _make(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(insert(plans), list(SEEDS))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _revision(connection: Connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def _migrate(connection: Connection, target: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
    except CommandError as error:
        found = _revision(connection)
        raise SchemaTooNew(
            f"the jobs database is of schema {found!r} and this version knows up to {HEAD!r}: "
            "update cutaway, or give it another --data-dir"
        ) from error


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
