"""`cutaway-runtime backup TO` and `cutaway-runtime restore FROM`: the data folder, copied while a server works on it.

    TO/jobs.sqlite      as it stood at one moment (SQLite's own backup)
    TO/videos/... TO/files/... TO/characters/...
                        the files that the database at that moment promised
    TO/backup.json      what is in it: sizes and SHA-256; written last, so that a backup without it is none

The database is copied first. Files of this runtime never change once they have their name, so those that are copied
afterwards are the very ones; one that was deleted in between is listed as missing, and one that is not what its job
says it was is copied as it is and listed as differing. Models are not copied: they are
pulled again. Neither are keys of this machine (`token`), which belong to the person and not to the data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL

from cutaway import __version__
from cutaway.home import FILE_MODE, FOLDER_MODE, Home
from cutaway.wire import MEDIA_TYPE, Details, State, Video
from cutaway_runtime.jobs import mark, shelf
from cutaway_runtime.jobs.database import VARIABLE, BadDatabase, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OK: Final = 0
REFUSED: Final = 2
CHANGED: Final = 7
DATABASE: Final = "jobs.sqlite"
LIST: Final = "backup.json"
CHUNK: Final = 1024 * 1024


class Refused(Exception):
    """What cannot be done as it was asked. Nothing was changed."""


def main(arguments: Sequence[str]) -> int:
    """Carry out one of the two commands; the exit code."""
    options = _parser().parse_args(arguments)
    folder: Path = options.data_dir or Home.find().folder
    try:
        if isinstance(place_of(folder), URL):
            raise Refused(
                f"jobs are in PostgreSQL ({VARIABLE}): save them with pg_dump first, then copy videos, files and "
                f"characters of {folder}"
            )
        told = backup(folder, options.place) if options.verb == "backup" else restore(options.place, folder)
    except (Refused, BadDatabase) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except (OSError, sqlite3.Error) as error:
        again = f"remove {options.place} and begin again" if options.verb == "backup" else "begin again"
        sys.stderr.write(f"the {options.verb} ended in the middle: {error}; make room, {again}\n")
        return REFUSED
    sys.stdout.write(json.dumps(told) + "\n" if options.json else _line(options.verb, told) + "\n")
    return CHANGED if told["missing"] or told["differs"] else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cutaway-runtime")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, metavar in (("backup", "TO"), ("restore", "FROM")):
        verb = verbs.add_parser(name)
        verb.add_argument("place", metavar=metavar, type=Path)
        verb.add_argument("--data-dir", type=Path, help="of the server; the home folder of cutaway if left out")
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _line(verb: str, told: dict[str, Any]) -> str:
    done = "backed up" if verb == "backup" else "restored"
    missing = f"; {len(told['missing'])} were deleted meanwhile" if told["missing"] else ""
    differs = f"; not what they were made as: {', '.join(told['differs'])}" if told["differs"] else ""
    return f"{told['jobs']} jobs and {told['files']} files, {told['bytes'] / 1e6:.1f} MB, {done}{missing}{differs}"


def backup(data: Path, to: Path) -> dict[str, Any]:
    """A copy of the data folder in a new folder; a server may be at work on it.

    Raises:
        Refused: there is no data, or something lies where the backup should.
    """
    source = data / DATABASE
    if not source.is_file():
        raise Refused(f"{data} holds no jobs: there is no {DATABASE} in it")
    if to.exists():
        raise Refused(f"{to} is there already; a backup goes into a new folder")
    to.mkdir(mode=FOLDER_MODE, parents=True)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(to / DATABASE)) as copy:
        live.backup(copy)
        (to / DATABASE).chmod(FILE_MODE)
        promised = [*_promised(copy)]
        jobs = copy.execute("SELECT count(*) FROM jobs WHERE NOT deleted").fetchone()[0]
    kept, missing, differs = [], [], []
    for name, sha256 in promised:
        try:
            kept.append(_copied(data / name, to / name, name))
        except FileNotFoundError:
            missing.append(name)
        else:
            differs += [name] if sha256 not in {None, kept[-1]["sha256"]} else []
    listed = {"version": __version__, "made_at": int(time.time()), "jobs": jobs, "files": kept}
    listed |= {"missing": missing, "differs": differs}
    part = to / f"{LIST}.part"
    part.write_text(json.dumps(listed, indent=1), "utf-8")
    part.replace(to / LIST)
    return _told(listed)


def restore(place: Path, data: Path) -> dict[str, Any]:
    """A backup made into a data folder that holds no jobs yet; every file is checked first.

    Raises:
        Refused: the backup is none, or not whole; or the folder holds jobs.
    """
    listed = _listed(place)
    if (data / DATABASE).exists():
        raise Refused(f"{data} holds jobs already; restore into another folder, or move that {DATABASE} away")
    wrong = [file["name"] for file in listed["files"] if _digest(place / file["name"]) != file["sha256"]]
    sound, noted = _looked_at(place / DATABASE)
    if wrong or not sound:
        raise Refused(f"{place} is damaged: {', '.join(wrong[:5]) or DATABASE} is not what was backed up")
    if not mark.fits(noted, data):
        raise Refused(f"{data} holds files of other jobs, which are kept elsewhere; restore into another folder")
    data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for file in listed["files"]:
        _copied(place / file["name"], data / file["name"], file["name"])
    part = data / f"{DATABASE}.restored"
    shutil.copyfile(place / DATABASE, part)
    part.chmod(FILE_MODE)
    part.replace(data / DATABASE)  # last: a folder that was restored halfway holds no jobs
    return _told(listed)


def _listed(place: Path) -> dict[str, Any]:
    """What a backup says is in it.

    Raises:
        Refused: nothing that was written here: names of other files than `backup` copies, for one.
    """
    try:
        listed: dict[str, Any] = json.loads((place / LIST).read_text("utf-8"))
        names = [file["name"] for file in listed["files"]]
        odd = [name for name in names if not shelf.NAME.fullmatch(name) or _leads_out(place, name)]
        _told(listed)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        raise Refused(f"{place} is no finished backup: it has no {LIST} that can be read") from None
    if odd:
        raise Refused(f"{place} is no backup of this runtime: {odd[0]!r} is no file that one has")
    return listed


def _leads_out(place: Path, name: str) -> bool:
    """Whether a link on the way leads out of the backup."""
    return not (place / name).resolve().is_relative_to(place.resolve())


def _looked_at(database: Path) -> tuple[bool, str | None]:
    """Whether a copy of a database is sound, and its mark."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            older = not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone()
            noted = None if older else copy.execute("SELECT value FROM facts WHERE name = ?", [mark.FACT]).fetchone()
    except sqlite3.DatabaseError:
        return False, None
    return sound, noted[0] if noted else None


def _promised(database: sqlite3.Connection) -> Iterator[tuple[str, str | None]]:
    """The files that somebody may ask for, by their names below the data folder, and the SHA-256 that is known of them:
    finished videos, uploads, stills of characters.
    """
    for video_id, document in database.execute(
        "SELECT id, video FROM jobs WHERE state = ? AND NOT deleted", (State.COMPLETED.value,)
    ):
        video = Video.model_validate_json(document)
        if video.expires_at is None or video.expires_at > time.time():
            details = video.cutaway or Details()
            yield f"videos/{video_id}/video{MEDIA_TYPE[details.format][1]}", details.sha256
    for file_id, sha256 in database.execute("SELECT id, sha256 FROM files WHERE NOT deleted"):
        yield f"files/{file_id}/content", sha256
    for character_id, pictures in database.execute("SELECT id, pictures FROM characters WHERE NOT deleted"):
        yield from ((f"characters/{character_id}/{number}.png", None) for number in range(pictures))


def _copied(source: Path, target: Path, name: str) -> dict[str, Any]:
    """The file, whole under its name, with what it is."""
    size, digest = 0, hashlib.sha256()
    with source.open("rb") as file:
        target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        with part.open("wb") as out:
            while chunk := file.read(CHUNK):
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
    part.chmod(FILE_MODE)
    part.replace(target)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _told(listed: dict[str, Any]) -> dict[str, Any]:
    return {
        "jobs": listed["jobs"],
        "files": len(listed["files"]),
        "bytes": sum(file["bytes"] for file in listed["files"]),
        "missing": listed["missing"],
        "differs": listed.get("differs", []),
    }
