"""`cutaway-runtime checkup`: the jobs database, looked at without changing anything, while a server works on it or not.

Prints a JSON list of {"what", "level", "found", "remedy"}, which `cutaway doctor` shows among its own; levels are ok,
note, warning and broken.
"""

from __future__ import annotations

import argparse
import json
import math
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError

from cutaway.home import Home
from cutaway_runtime.jobs.database import BadDatabase, engine_of, place_of
from cutaway_runtime.jobs.tables import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Ask = Callable[[str], list[tuple[Any, ...]]]
    """What a query of the database answers."""

CHECK_SECONDS: Final = 10.0
"""How long the pages of the database are read through; a larger one is read in part."""
_STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock."""
_RESTORE: Final = "cutaway restore BACKUP --data-dir NEW, or see sqlite.org/recovery.html"


def main(arguments: Sequence[str]) -> int:
    """The command, its name first; it ends with 0 whatever it found."""
    parser = argparse.ArgumentParser(prog="cutaway-runtime checkup", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="of the server; the home folder of cutaway if left out")
    options = parser.parse_args(arguments[1:])
    found = [*look(options.data_dir or Home.find().folder)]
    json.dump([dict(zip(("what", "level", "found", "remedy"), row, strict=True)) for row in found], sys.stdout)
    return 0


def look(data_dir: Path) -> Iterator[tuple[str, str, str, str]]:
    """What there is to say about the jobs of a data folder: what, level, found, remedy."""
    try:
        place = place_of(data_dir)
        if isinstance(place, Path) and not place.exists():
            yield "database", "note", f"{place} is not there yet; the first start of the server makes it", ""
            return
        with opened(place) as ask:
            yield _schema(place, ask)
            if isinstance(place, Path):
                yield _pages(place)
            states: dict[str, int] = dict(ask("SELECT state, count(*) FROM jobs WHERE NOT deleted GROUP BY state"))
            under_way = sum(states.get(state, 0) for state in ("preparing", "running", "finalizing", "cancelling"))
            counted = f"{sum(states.values())}, {states.get('queued', 0)} waiting, {under_way} under way"
            yield "jobs", "ok", counted, ""
            ((keys,),) = ask("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL")
            ((plans,),) = ask("SELECT count(*) FROM plans")
            yield "api keys", "ok", f"{keys} in use, {plans} plans", ""
    except BadDatabase as error:
        yield "database", "broken", str(error), "mend CUTAWAY_DATABASE_URL"
    except SQLAlchemyError as error:
        yield "database", "broken", f"PostgreSQL: {getattr(error, 'orig', error)}", "is it up, and its address right?"
    except sqlite3.DatabaseError as error:
        yield "database", "broken", f"{place}: {error}", _RESTORE


@contextmanager
def opened(place: Path | URL, seconds: float | None = None) -> Iterator[Ask]:
    """A database, for reading only; SQLite's interrupted after `seconds`."""
    if isinstance(place, URL):
        engine = engine_of(place)
        try:
            with engine.connect() as connection:
                connection.execute(text("SET TRANSACTION READ ONLY"))
                yield lambda query: [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()
        return
    # Whom nobody has open is opened as if it could not change: SQLite would lay files beside it to read it.
    alone = "" if place.with_name(f"{place.name}-wal").exists() else "&immutable=1"
    with closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro{alone}", uri=True, timeout=5)) as database:
        deadline = math.inf if seconds is None else time.monotonic() + seconds
        database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        yield lambda query: database.execute(query).fetchall()


def _schema(place: Path | URL, ask: Ask) -> tuple[str, str, str, str]:
    ((found,),) = ask("SELECT version_num FROM alembic_version")
    where = "PostgreSQL" if isinstance(place, URL) else f"{place}, {place.stat().st_size / 1e6:.1f} MB"
    said = f"{where}, schema {found}"
    if found > HEAD:
        return "database", "broken", f"{said}; this version knows up to {HEAD}", "update cutaway"
    if found < HEAD:
        return "database", "note", f"{said}; the next start of the server brings it to {HEAD}", ""
    return "database", "ok", said, ""


def _pages(place: Path) -> tuple[str, str, str, str]:
    """Whether what SQLite reads is sound."""
    began = time.monotonic()
    try:
        with opened(place, CHECK_SECONDS) as ask:
            said = [str(line) for (line,) in ask("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return "pages", "note", f"sound as far as {CHECK_SECONDS:.0f} s reach; it is a large one", ""
    if said != ["ok"]:
        return "pages", "broken", f"{place} is damaged: {'; '.join(said)}", _RESTORE
    return "pages", "ok", f"sound, read in {time.monotonic() - began:.2f} s", ""
