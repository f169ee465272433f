"""The jobs database, read.

Reads see what was last written and wait for nobody, so an event loop may do them itself.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from sqlalchemy import Connection, Engine, Row, bindparam, func, select

from cutaway.wire import CLAIMED, TERMINAL, Character, CharacterDetails, File, MediaFacts, State
from cutaway_runtime.jobs.job import Job
from cutaway_runtime.jobs.keyring import Keyring
from cutaway_runtime.jobs.shelf import ANY_ID
from cutaway_runtime.jobs.tables import characters, deliveries, events, files, jobs, keys

if TYPE_CHECKING:
    from collections.abc import Collection

EventType = Literal["state", "progress"]

TURNS: Final = (jobs.c.priority.desc(), jobs.c.urgency.desc(), jobs.c.number)
"""The order in which jobs are worked on."""

# Built once: putting a statement together costs more than running it.
_READ: Final = select(*jobs.c).where(jobs.c.id == bindparam("id"))
_HOLD: Final = _READ.with_for_update()
_AHEAD: Final = select(func.count()).where(
    jobs.c.state == State.QUEUED,
    ~jobs.c.deleted,
    (jobs.c.priority > bindparam("priority"))
    | (
        (jobs.c.priority == bindparam("priority"))
        & (
            (jobs.c.urgency > bindparam("urgency"))
            | ((jobs.c.urgency == bindparam("urgency")) & (jobs.c.number < bindparam("number")))
        )
    ),
)
_EVENTS: Final = (
    select(events).where(events.c.job == bindparam("id"), events.c.seq > bindparam("after")).order_by(events.c.seq)
)
_FILE: Final = select(*files.c).where(files.c.id == bindparam("id"), ~files.c.deleted)
_CHARACTER: Final = select(*characters.c).where(characters.c.id == bindparam("id"), ~characters.c.deleted)
_CHARACTERS: Final = select(*characters.c).where(~characters.c.deleted).order_by(characters.c.number)
_OF_KEY: Final = select(keys.c.job).where(keys.c.key == bindparam("key"))
_WAITING: Final = tuple(state for state in State if state not in TERMINAL)


class NoSuchJob(LookupError):
    """There is no such job, or it was deleted."""


class UnknownCursor(LookupError):
    """A page was asked to start after something that is not there."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event: which change of the job it tells of, and the job after it, as JSON."""

    seq: int
    type: EventType
    video: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload as the contract shows it, and the container its bytes were recognised as."""

    file: File
    container: str


class Ledger:
    """One reader, with a connection of its own; for one thread.

    What `seen_by` an owner gives reads the same database and finds nothing that belongs to somebody else.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._owner: str | None = None
        self.keyring: Final = Keyring(self._connection)

    def seen_by(self, owner: str | None) -> Self:
        """This ledger as that owner sees it; None sees everything."""
        seen = copy(self)
        seen._owner = owner  # noqa: SLF001 - a copy of itself
        return seen

    def _hides(self, row: Row[Any]) -> bool:
        """Whether a row is somebody else's. Every reading that an id from outside leads to asks this."""
        return self._owner is not None and row.owner != self._owner

    def close(self) -> None:
        self._connection.close()

    def job(self, job_id: str) -> Job:
        """Raises `NoSuchJob`."""
        with self._connection.begin():
            return self._read(self._connection, job_id)

    def job_even_deleted(self, job_id: str) -> Job:
        """For whoever works on it. Raises `NoSuchJob`."""
        with self._connection.begin():
            return self._read(self._connection, job_id, deleted=True)

    def of_key(self, key: str) -> Job | None:
        """The job that was made under an idempotency key, if there is one."""
        with self._connection.begin():
            job_id = self._connection.scalar(_OF_KEY, {"key": key})
            if job_id is None:
                return None
            job = self._read(self._connection, job_id, deleted=True)
            return None if job.deleted else job

    def in_hand(self, job_id: str) -> bool:
        """Whether a worker has the job, deleted or not."""
        return self.job_even_deleted(job_id).state in CLAIMED

    def page(self, *, after: str | None, limit: int, newest_first: bool) -> tuple[list[Job], bool]:
        """Jobs in the order of their arrival, and whether there are more behind them.

        Raises:
            UnknownCursor: no such job to start after.
        """
        rows, more = self._page(jobs, after=after, limit=limit, newest_first=newest_first)
        return [Job.of(row) for row in rows], more

    def _page(self, table: Any, *, after: str | None, limit: int, newest_first: bool) -> tuple[list[Row[Any]], bool]:
        order = table.c.number.desc() if newest_first else table.c.number.asc()
        query = select(*table.c).where(~table.c.deleted).order_by(order).limit(limit + 1)
        if self._owner is not None:
            query = query.where(table.c.owner == self._owner)
        with self._connection.begin():
            if after is not None:
                there = self._connection.execute(select(*table.c).where(table.c.id == after)).one_or_none()
                if there is None or self._hides(there):
                    raise UnknownCursor(after)
                start = there.number
                query = query.where(table.c.number < start if newest_first else table.c.number > start)
            rows = list(self._connection.execute(query))
        return rows[:limit], len(rows) > limit

    def position(self, job: Job) -> int | None:
        """How many jobs are ahead of a queued one."""
        if job.state is not State.QUEUED:
            return None
        with self._connection.begin():
            turn = {"number": job.number, "priority": job.priority, "urgency": job.urgency}
            return self._connection.scalar(_AHEAD, turn)

    def counts(self) -> dict[State, int]:
        """How many jobs that nobody deleted there are in each state."""
        query = select(jobs.c.state, func.count()).where(~jobs.c.deleted).group_by(jobs.c.state)
        with self._connection.begin():
            return {State(state): number for state, number in self._connection.execute(query).tuples()}

    def oldest_waiting(self) -> float | None:
        """When the queued job whose turn is next was accepted, in Unix seconds."""
        query = select(func.min(jobs.c.created_at)).where(jobs.c.state == State.QUEUED, ~jobs.c.deleted)
        with self._connection.begin():
            found: float | None = self._connection.scalar(query)
        return found

    def untold(self) -> int:
        """How many events lie in the outbox."""
        with self._connection.begin():
            return int(self._connection.scalar(select(func.count(deliveries.c.due_at))) or 0)

    def in_state(self, states: Collection[State], limit: int | None = None) -> list[Job]:
        """Jobs in the order of their turns, the first `limit` of them."""
        query = select(*jobs.c).where(jobs.c.state.in_(list(states))).order_by(*TURNS).limit(limit)
        with self._connection.begin():
            return [Job.of(row) for row in self._connection.execute(query)]

    def last_completed(self) -> float | None:
        """When a job was completed last; None where none was."""
        query = select(func.max(jobs.c.ended_at)).where(jobs.c.state == State.COMPLETED)
        with self._connection.begin():
            found: float | None = self._connection.scalar(query)
        return found

    def completed(self, limit: int) -> list[Job]:
        """The jobs that were completed, deleted or not, those accepted last first."""
        query = select(*jobs.c).where(jobs.c.state == State.COMPLETED).order_by(jobs.c.number.desc()).limit(limit)
        with self._connection.begin():
            return [Job.of(row) for row in self._connection.execute(query)]

    def events(self, job_id: str, *, after: int = 0) -> list[Recorded]:
        """What was recorded of a job behind event number `after`, in order."""
        with self._connection.begin():
            rows = self._connection.execute(_EVENTS, {"id": job_id, "after": after})
            return [Recorded(row.seq, row.type, row.video) for row in rows]

    def stale(self, video_ids: list[str], file_ids: list[str]) -> tuple[list[str], list[str]]:
        """Those of the given ids whose folders hold nothing that anybody was promised, nor what the next attempt at a
        job goes on from.
        """
        with self._connection.begin():
            kept = jobs.c.state.in_([State.COMPLETED, *_WAITING]) & ~jobs.c.deleted
            videos = set(self._connection.scalars(select(jobs.c.id).where(kept)))
            uploads = set(self._connection.scalars(select(files.c.id).where(~files.c.deleted)))
            kept_ids = videos | uploads | needed(self._connection, [*video_ids, *file_ids])
        return [i for i in video_ids if i not in kept_ids], [i for i in file_ids if i not in kept_ids]

    def over(self, job_ids: Collection[str]) -> set[str]:
        """Those of the given ids at whose jobs nobody will work any more."""
        with self._connection.begin():
            query = select(jobs.c.id).where(jobs.c.id.in_(list(job_ids)), jobs.c.state.in_(_WAITING))
            return set(job_ids) - set(self._connection.scalars(query))

    def file(self, file_id: str) -> StoredFile | None:
        with self._connection.begin():
            row = self._connection.execute(_FILE, {"id": file_id}).one_or_none()
        return _stored_file(row) if row is not None and not self._hides(row) else None

    def file_page(self, *, after: str | None, limit: int, newest_first: bool) -> tuple[list[StoredFile], bool]:
        """Raises `UnknownCursor`."""
        rows, more = self._page(files, after=after, limit=limit, newest_first=newest_first)
        return [_stored_file(row) for row in rows], more

    def character(self, character_id: str) -> Character | None:
        with self._connection.begin():
            row = self._connection.execute(_CHARACTER, {"id": character_id}).one_or_none()
        return shown_character(row) if row is not None and not self._hides(row) else None

    def characters(self) -> list[Character]:
        """All there are, in the order of their making."""
        with self._connection.begin():
            return [shown_character(row) for row in self._connection.execute(_CHARACTERS) if not self._hides(row)]

    def character_page(self, *, after: str | None, limit: int, newest_first: bool) -> tuple[list[Character], bool]:
        """Raises `UnknownCursor`."""
        rows, more = self._page(characters, after=after, limit=limit, newest_first=newest_first)
        return [shown_character(row) for row in rows], more

    def unused_characters(self, character_ids: list[str]) -> list[str]:
        """Those of the given ids that were deleted, or never were, and that no unfinished job was accepted with."""
        with self._connection.begin():
            there = set(self._connection.scalars(select(characters.c.id).where(~characters.c.deleted)))
            there |= needed(self._connection, character_ids)
        return [i for i in character_ids if i not in there]

    def versions(self, job_ids: Collection[str]) -> dict[str, int]:
        """Which change of each job was the last one."""
        query = select(jobs.c.id, jobs.c.version).where(jobs.c.id.in_(list(job_ids)))
        with self._connection.begin():
            return dict(self._connection.execute(query).tuples().all())

    def _read(self, connection: Connection, job_id: str, *, deleted: bool = False, hold: bool = False) -> Job:
        """A job; with `hold`, nobody else changes it before this transaction ends."""
        row = connection.execute(_HOLD if hold else _READ, {"id": job_id}).one_or_none()
        if row is None or self._hides(row) or (row.deleted and not deleted):
            raise NoSuchJob(job_id)
        return Job.of(row)


def needed(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids of files, videos and characters that an unfinished job starts from."""
    if not ids:
        return set()
    specs = connection.scalars(select(jobs.c.spec).where(jobs.c.state.in_(_WAITING)))
    return {one for spec in specs for one in ANY_ID.findall(spec)}.intersection(ids)


def _stored_file(row: Row[Any]) -> StoredFile:
    file = File(
        id=row.id,
        bytes=row.bytes,
        created_at=int(row.created_at),
        filename=row.filename,
        purpose=row.purpose,
        sha256=row.sha256,
        media=MediaFacts.model_validate_json(row.media),
    )
    return StoredFile(file, row.container)


def shown_character(row: Row[Any]) -> Character:
    """A character as the contract shows it."""
    details = CharacterDetails(
        description=row.description, pictures=row.pictures, media=MediaFacts.model_validate_json(row.media)
    )
    return Character(id=row.id, created_at=int(row.created_at), name=row.name, cutaway=details)
