"""Which folder belongs to which database: both bear the same mark.

    <data>/folder-id            24 hexadecimal digits
    table facts, "folder"       the same

A database that is empty because it is the wrong one knows none of the files in a folder. Whoever took it at its word
would take every one of them for a leftover.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, exists, insert, select, update

from cutaway_runtime.jobs.database import FILE, VARIABLE, BadDatabase, alone, is_shared
from cutaway_runtime.jobs.shelf import sync_folder
from cutaway_runtime.jobs.tables import characters, facts, files, jobs

if TYPE_CHECKING:
    from sqlalchemy import URL

NAME: Final = "folder-id"
FACT: Final = "folder"
BEGUN: Final = "begun "
"""Stands before a mark that the folder may not bear yet."""
_KNOWN: Final = select(facts.c.value).where(facts.c.name == FACT)
_ANYTHING: Final = select(exists(select(jobs.c.id)) | exists(select(files.c.id)) | exists(select(characters.c.id)))


class OtherFolder(BadDatabase):
    """The folder and the database do not belong together. Neither was changed."""


def refuse_new(place: Path | URL, folder: Path) -> None:
    """Before a database is opened, which makes it where it is not there.

    Raises:
        OtherFolder: the folder bears a mark, so its jobs are somewhere, and here they are not.
    """
    if isinstance(place, Path) and not place.exists() and _read(folder) is not None:
        raise OtherFolder(
            f"the jobs of the files in {folder} are kept elsewhere: there is no {FILE} in it, and {VARIABLE} is not "
            f"set. Set it, or put the {FILE} back. To give these files up for new jobs, remove {folder / NAME}"
        )


def pair(connection: Connection, folder: Path) -> None:
    """Marks both the first time, and from then on sees to it that they are the same two.

    The database begins: whoever is killed in between leaves a folder that may still be marked, and none with a mark
    that no database knows.

    Raises:
        OtherFolder: they are not: another database, or the empty place of a file system that is not mounted.
    """
    with connection.begin():
        alone(connection)
        if connection.scalar(_KNOWN) is None and _read(folder) is None:
            connection.execute(insert(facts).values(name=FACT, value=BEGUN + secrets.token_hex(12)))
    with connection.begin():
        alone(connection)
        noted = connection.scalar(_KNOWN) or ""
        known, found = noted.removeprefix(BEGUN), _read(folder)
        begun = noted != known
        if known and found is None and (begun or not is_shared(connection)):  # SQLite's file lies in the folder itself
            _write(folder, known)
            found = known
        if known != found:
            raise OtherFolder(_strange(folder, known, found))
        if begun:
            connection.execute(update(facts).where(facts.c.name == FACT).values(value=known))


def fits(noted: str | None, folder: Path) -> bool:
    """Whether a folder may become that of a database in which this is noted."""
    return _read(folder) in {None, (noted or "").removeprefix(BEGUN)}


def knows_anything(connection: Connection) -> bool:
    """Whether the database has ever told anybody of a job, an upload or a character. Within a transaction."""
    return bool(connection.scalar(_ANYTHING))


def _strange(folder: Path, known: str, found: str | None) -> str:
    mend = f"write {known} into {folder / NAME}" if known else f"remove {folder / NAME}"
    if found is None:
        return (
            f"the files of the jobs in this database are in another folder than {folder}: is it mounted, is it the "
            f"right --data-dir? If they were moved there, {mend}"
        )
    return (
        f"the files in {folder} are of jobs in another database: is {VARIABLE} what it was, is it the right "
        f"--data-dir? If they are of these jobs after all, {mend}"
    )


def _read(folder: Path) -> str | None:
    try:
        return (folder / NAME).read_text("ascii").strip()
    except FileNotFoundError:
        return None


def _write(folder: Path, mark: str) -> None:
    """Whole, and on disk; the database has it already. Several servers may do this at once, with the same mark."""
    part = folder / f"{NAME}.{secrets.token_hex(4)}.part"
    with part.open("x", encoding="ascii") as file:
        file.write(mark)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / NAME)
    sync_folder(folder)
