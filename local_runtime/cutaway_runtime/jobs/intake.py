"""New jobs: accepted once, in their place in the queue, and what they cost set aside, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from cutaway.wire import Details, Priority, State, Video
from cutaway_runtime.jobs.database import alone, put
from cutaway_runtime.jobs.job import Job
from cutaway_runtime.jobs.keyring import THE_OPERATOR, Caller, reserve
from cutaway_runtime.jobs.keys import CHARACTER_KEY, JOB_KEY, KEY_SECONDS, REPEAT_SECONDS, KeyReused
from cutaway_runtime.jobs.ledger import Ledger
from cutaway_runtime.jobs.tables import events, jobs, keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.jobs.ledger import EventType

URGENCY: Final[dict[Priority, int]] = {Priority.INTERACTIVE: 1, Priority.NORMAL: 0, Priority.BATCH: -1}

# Built once: putting a statement together costs more than running it.
_NTH: Final = select(jobs.c.number).where(jobs.c.state == State.QUEUED, ~jobs.c.deleted).limit(1).offset(bindparam("n"))
_REPEAT: Final = (
    select(*jobs.c)
    .where(jobs.c.digest == bindparam("digest"), jobs.c.created_at > bindparam("since"), ~jobs.c.deleted)
    .order_by(jobs.c.number.desc())
    .limit(1)
)
_ADD_JOB: Final = insert(jobs)
_ADD_EVENT: Final = insert(events)


class QueueFull(Exception):
    """As many jobs wait as may."""

    def __init__(self, longest: int, whose: str = "jobs", more: int = 1) -> None:
        full = f"{longest} {whose} are waiting, and no more may"
        if more > 1:
            full = f"{longest} {whose} may wait at a time, and with {more} more it would be too many"
        super().__init__(f"{full}; send this again when some are done")


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request that was accepted, on its way to being a row."""

    video: Video
    spec: str
    digest: str
    key: str | None = None
    repeat: bool = False
    """The client says that it sent this before, and sends no key."""
    caller: Caller = THE_OPERATOR
    """Whose job it is."""
    others: Sequence[tuple[Video, str]] = ()
    """Further takes: jobs of their own, made together with this one or not at all, which answer for no request."""


class Intake(Ledger):
    """A ledger in which new jobs are entered. No more than `longest` wait at a time."""

    def __init__(self, engine: Engine, longest: int | None) -> None:
        super().__init__(engine)
        self._longest = longest

    def create(self, new: NewJob) -> tuple[Job, bool]:
        """The job, and whether it was already there: the key, the rows of all takes and their first events in one
        transaction.

        Raises:
            KeyReused: the key stands for another request.
            QueueFull: as many jobs wait as may, of all or of this caller.
            QuotaSpent: the caller's plan allows no more this month.
        """
        now = time.time()
        with self._connection.begin():
            alone(self._connection)
            found = self._earlier(new.digest, new.key, new.repeat, now)
            if found is not None:
                return found, True
            self._admit(new.caller, 1 + len(new.others))
            job = self._add(new.video, new.spec, new.digest, new.caller, now)
            for video, spec in new.others:
                self._add(video, spec, "", new.caller, now)
            if new.key is not None:
                kept = {"key": new.key, "digest": new.digest, "job": job.id, "created_at": now}
                put(self._connection, keys, kept, "key")
        return job, False

    def _admit(self, caller: Caller, more: int) -> None:
        """Raises `QueueFull`: so many more may not wait."""
        longest, most = self._longest, caller.plan.max_waiting
        if longest is not None:
            room = longest - more
            if room < 0 or self._connection.scalar(_NTH, {"n": room}) is not None:
                raise QueueFull(longest, more=more)
        if most is not None and self._waiting_of(caller.owner) + more > most:
            raise QueueFull(most, "jobs of yours", more)

    def _add(self, video: Video, spec: str, digest: str, caller: Caller, now: float) -> Job:
        """A new row, its first event, and what it costs its caller. Raises `QuotaSpent`."""
        details = video.cutaway or Details()
        row = {
            "id": video.id,
            "state": State.QUEUED,
            "version": 1,
            "attempt": 0,
            "progress": 0,
            "created_at": now,
            "video": video.model_dump_json(exclude_none=True),
            "spec": spec,
            "digest": digest,
            "owner": caller.owner,
            "priority": caller.plan.priority,
            "urgency": URGENCY[details.priority or Priority.NORMAL],
            "deadline_at": details.deadline_at,
        }
        self._connection.execute(_ADD_JOB, row)
        reserve(self._connection, caller, video.id)
        job = self._read(self._connection, video.id)
        self._tell(self._connection, job, "state")
        return job

    def earlier(self, digest: str, key: str | None, *, repeat: bool) -> Job | None:
        """The job that this very request made before, if it did; `create` asks again.

        Raises:
            KeyReused: the key stands for another request.
        """
        with self._connection.begin():
            return self._earlier(digest, key, repeat, time.time())

    def _earlier(self, digest: str, key: str | None, repeat: bool, now: float) -> Job | None:  # noqa: FBT001
        if key is not None:
            since = {"key": key, "since": now - KEY_SECONDS}
            row = self._connection.execute(JOB_KEY, since).one_or_none()
            if row is None and self._connection.execute(CHARACTER_KEY, since).one_or_none() is not None:
                raise KeyReused(key)
            if row is None:
                return None
            if row.digest != digest:
                raise KeyReused(key)
            return self._read(self._connection, row.job, deleted=True)
        if repeat:
            same = self._connection.execute(_REPEAT, {"digest": digest, "since": now - REPEAT_SECONDS}).one_or_none()
            return Job.of(same) if same is not None else None
        return None

    def _waiting_of(self, owner: str) -> int:
        query = select(func.count()).where(jobs.c.state == State.QUEUED, ~jobs.c.deleted, jobs.c.owner == owner)
        return int(self._connection.scalar(query) or 0)

    @staticmethod
    def _tell(connection: Connection, job: Job, what: EventType) -> None:
        document = job.video().model_dump_json(exclude_none=True)
        connection.execute(_ADD_EVENT, {"job": job.id, "seq": job.version, "type": what, "video": document})
