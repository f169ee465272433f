"""The jobs database: every change is one transaction, and a change of state is a compare-and-swap.

A transition names the states it may start from; it is written only while the row still has the
version it was read at, so of a cancel and a completion that meet, exactly one wins. Each recorded
change appends an event that carries the job as it then was; its number is the job's version.

Changes of state are on disk (fsync) before they are answered. Progress is not worth an fsync: it goes
through a second connection that waits for none, and a killed process cannot lose it either.

Not for an event loop and not for several threads: `queue` runs it in a thread of its own.
"""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, BindParameter, Connection, and_, bindparam, func, insert, select, update

from cutaway.wire import CLAIMED, TERMINAL, TRANSITIONS, Details, Priority, State, Video, VideoError
from cutaway_runtime.jobs.database import BadDatabase, alone, is_shared, not_at_once, prepare_swift, put
from cutaway_runtime.jobs.job import MAX_ATTEMPTS, Job
from cutaway_runtime.jobs.keyring import OPERATOR, THE_OPERATOR, Caller, reserve, settle
from cutaway_runtime.jobs.keys import CHARACTER_KEY, JOB_KEY, KEY_SECONDS, REPEAT_SECONDS, KeyReused
from cutaway_runtime.jobs.leases import RUN_OUT, Leases
from cutaway_runtime.jobs.ledger import TURNS, Ledger
from cutaway_runtime.jobs.outbox import Outbox
from cutaway_runtime.jobs.retention import Retention
from cutaway_runtime.jobs.roster import Roster
from cutaway_runtime.jobs.schema import open_database
from cutaway_runtime.jobs.tables import events, facts, files, jobs, keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cutaway_runtime.jobs.ledger import EventType, StoredFile

_REST: Final = {
    State.PREPARING: (State.RUNNING, State.FINALIZING),
    State.RUNNING: (State.FINALIZING,),
}
"""What lies between a state and completion."""

URGENCY: Final[dict[Priority, int]] = {Priority.INTERACTIVE: 1, Priority.NORMAL: 0, Priority.BATCH: -1}

# Built once: putting a statement together costs more than running it.
_NOW: Final[BindParameter[float]] = bindparam("now")
_NEXT: Final = (
    select(*jobs.c)
    .where(jobs.c.state == State.QUEUED, ~jobs.c.deleted, func.coalesce(jobs.c.deadline_at, _NOW) >= _NOW)
    .order_by(*TURNS)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_PROMISED: Final = (jobs.c.deadline_at.is_not(None), jobs.c.state.in_([State.QUEUED, *CLAIMED - {State.CANCELLING}]))
_LATE: Final = select(*jobs.c).where(*_PROMISED, jobs.c.deadline_at <= _NOW)
_NEXT_DEADLINE: Final = select(func.min(jobs.c.deadline_at)).where(*_PROMISED)
_IN_HAND: Final = select(*jobs.c).where(jobs.c.state.in_(CLAIMED)).order_by(*TURNS)
_NTH: Final = select(jobs.c.number).where(jobs.c.state == State.QUEUED, ~jobs.c.deleted).limit(1).offset(bindparam("n"))
_REPEAT: Final = (
    select(*jobs.c)
    .where(jobs.c.digest == bindparam("digest"), jobs.c.created_at > bindparam("since"), ~jobs.c.deleted)
    .order_by(jobs.c.number.desc())
    .limit(1)
)
_STILL_AS_READ: Final = and_(
    jobs.c.id == bindparam("read_id"),
    jobs.c.state == bindparam("read_state"),
    jobs.c.version == bindparam("read_version"),
)
_SWAP: Final = update(jobs).where(_STILL_AS_READ)
_FOLDER: Final = select(facts.c.value).where(facts.c.name == "folder")
_ADD_JOB: Final = insert(jobs)
_ADD_EVENT: Final = insert(events)


class NotAllowed(Exception):
    """The job is in a state from which this cannot follow."""

    def __init__(self, job: Job, to: State) -> None:
        super().__init__(f"a job that is {job.state} cannot become {to}")
        self.job = job


class NotOurs(NotAllowed):
    """The lease on the job ran out and it was given back: what this process did for it does not count."""


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


class Store(Ledger):
    """The database at `place`, written; its own reads see its own writes. With `tells`, the end of a job that nobody
    deleted is put into the outbox. No more than `longest` jobs wait at a time.
    """

    def __init__(self, place: Path | URL, *, tells: bool = False, longest: int | None = None) -> None:
        super().__init__(open_database(place))
        self.leases: Final = Leases() if is_shared(self._engine) else None
        """Where other servers may work on the same database."""
        self._longest = longest
        self._swift = self._engine.connect()
        self._tells = tells
        self.roster: Final = Roster(self._connection)
        self.outbox: Final = Outbox(self._connection)
        self.retention: Final = Retention(self._connection)
        prepare_swift(self._swift)

    def reader(self) -> Ledger:
        """For another thread."""
        return Ledger(self._engine)

    def keep_files_in(self, folder: Path) -> None:
        """Notes, the first time, which folder the files of these jobs are in; a shared database must not meet another,
        such as the empty one in the place of a file system that is not mounted.

        Raises:
            BadDatabase: it is another folder.
        """
        mark = folder / "folder-id"
        with self._connection.begin():
            alone(self._connection)
            known = self._connection.scalar(_FOLDER)
            found = mark.read_text("ascii").strip() if mark.exists() else None
            if known is None:
                known = found or secrets.token_hex(12)
                self._connection.execute(insert(facts).values(name="folder", value=known))
                if found is None:
                    mark.write_text(known, "ascii")
                found = known
        if found != known:
            raise BadDatabase(
                f"the files of the jobs in this database are in another folder than {folder}: is it mounted, is it the "
                f"right --data-dir? If they were moved there, write {known} into {mark}"
            )

    def close(self) -> None:
        """Readers are closed first."""
        super().close()
        self._swift.close()
        self._engine.dispose()

    # -- jobs ----------------------------------------------------------------------------------

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

    def claim(self) -> Job | None:
        """The job whose turn it is, now in the hands of the caller; None where none waits."""
        with self._connection.begin():
            row = self._connection.execute(_NEXT, {"now": time.time()}).one_or_none()
            if row is None:
                return None
            job = Job.of(row)
            taken = {"state": State.PREPARING, "claimed_at": time.time(), "attempt": job.attempt + 1}
            return self._swap(self._connection, job, "state", taken)

    def move(self, job_id: str, to: State, *, video: Video | None = None, **columns: Any) -> Job:
        """The job in its next state, on disk.

        Raises:
            NotAllowed: from where it stands there is no such step (`wire.TRANSITIONS`).
            NotOurs: another server has it. To cancel is everybody's right.
            NoSuchJob: there is none.
        """
        with self.changing():
            job = self.hold(job_id)
            if to is not State.CANCELLING:
                self._ours(job, to)
            return self._step(job, to, video=video, **columns)

    def _step(self, job: Job, to: State, *, video: Video | None = None, **columns: Any) -> Job:
        """The job as it was just read, in its next state."""
        if to not in TRANSITIONS[job.state]:
            raise NotAllowed(job, to)
        if to is State.CANCELLED and job.state is State.CANCELLING and job.deadline_at is not None:
            to, video = State.FAILED, _too_late(job)  # nobody cancelled it but the clock
        columns["state"] = to
        if video is not None:
            columns["video"] = video.model_dump_json(exclude_none=True)
        if to in TERMINAL:
            columns |= {"ended_at": time.time(), "eta_s": None}
        return self._swap(self._connection, job, "state", columns)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction around everything within, or the one that is open already."""
        if self._connection.in_transaction():
            yield
        else:
            with self._connection.begin():
                yield

    def hold(self, job_id: str) -> Job:
        """A job, deleted or not, that nobody else changes until the end of `changing`. Raises `NoSuchJob`."""
        return self._read(self._connection, job_id, deleted=True, hold=True)

    def held(self, job_id: str, to: State) -> Job:
        """The same, for whoever works on it.

        Raises:
            NotOurs: nobody does any more, or another server.
        """
        job = self.hold(job_id)
        self._ours(job, to)
        if job.state not in CLAIMED:
            raise NotOurs(job, to)
        return job

    def _ours(self, job: Job, to: State) -> None:
        """Raises `NotOurs`: another server works on the job."""
        if self.leases is not None and job.state in CLAIMED and not self.leases.has(job):
            raise NotOurs(job, to)

    def complete(self, job_id: str, made: Callable[[Job], Video], place: Callable[[], None] | None = None) -> Job:
        """The job, completed, by way of the states it still had before it; a short one was never reported running.

        `place` gives its file the name under which it is found: only here, while nobody else can have the job. It may
        be called for a job that is then not completed after all.

        Raises:
            NotAllowed: it is being cancelled.
            NotOurs: another server has it, or had it.
            OSError: from `place`; nothing is written.
        """
        with self.changing():
            job = self.held(job_id, State.COMPLETED)
            for state in _REST.get(job.state, ()):
                job = self._swap(self._connection, job, "state", {"state": state})
            if State.COMPLETED not in TRANSITIONS[job.state]:
                raise NotAllowed(job, State.COMPLETED)
            end: dict[str, Any] = dict.fromkeys(("phase", "step", "total_steps", "eta_s"))
            end |= {"state": State.COMPLETED, "progress": 100, "ended_at": time.time()}
            end["video"] = made(job).model_dump_json(exclude_none=True)
            done = self._swap(self._connection, job, "state", end)
            if place is not None:
                place()
            return done

    def progress(self, job_id: str, **columns: Any) -> Job | None:
        """The job a little further on; None where nobody works on it any more."""
        with self._swift.begin():
            not_at_once(self._swift)
            job = self._read(self._swift, job_id, deleted=True, hold=True)
            if job.state not in CLAIMED or (self.leases is not None and not self.leases.has(job)):
                return None
            return self._swap(self._swift, job, "progress", columns)

    def bury(self, job_id: str) -> Job:
        """The tombstone: from now on nobody sees the job, whatever a worker still does for it.

        Raises:
            NoSuchJob: there is none, or it is buried already.
        """
        with self._connection.begin():
            job = self._read(self._connection, job_id)
            self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(deleted=True))
        return job

    def late(self) -> tuple[list[Job], float | None]:
        """Jobs whose deadlines have passed: failed where they waited, else on their way to that; and when the next one
        passes, in Unix seconds.
        """
        with self.changing():
            alone(self._connection)
            due = [Job.of(row) for row in self._connection.execute(_LATE, {"now": time.time()})]
            ended = [self._miss(job) for job in due]
            return ended, self._connection.scalar(_NEXT_DEADLINE)

    def _miss(self, job: Job) -> Job:
        if job.state is State.QUEUED:
            return self._step(job, State.FAILED, video=_too_late(job))
        return self._step(job, State.CANCELLING)

    def recover(self) -> list[Job]:
        """What a server that was killed left behind, put in order: called before any work.

        A job that was being cancelled is cancelled; one that was being worked on is queued again, or failed where
        that has happened too often. Returns all of them. Where other servers may work on theirs, those jobs are left
        behind whose lease ran out: there this is called again and again.
        """
        with self.changing():
            if self.leases is None:
                left = [Job.of(row) for row in self._connection.execute(_IN_HAND)]
            else:
                left = [Job.of(row) for row in self._connection.execute(RUN_OUT)]
            return [
                self._give_back(job, "interrupted", "the server was stopped while it worked on this") for job in left
            ]

    def give_back(self, job: Job, code: str, why: str) -> Job:
        """A job, as just read, whose worker is gone: back in the queue, with a warning that says `why`, if anything
        does; failed, at the last attempt; or cancelled, where that was asked for.

        Raises:
            NotOurs: another server has it.
        """
        with self.changing():
            self._ours(job, State.QUEUED)
            return self._give_back(job, code, why)

    def _give_back(self, job: Job, code: str, why: str) -> Job:
        if job.state is State.CANCELLING:
            return self._step(job, State.CANCELLED)
        if job.attempt < MAX_ATTEMPTS and not job.deleted:
            fresh: dict[str, Any] = dict.fromkeys(("phase", "step", "total_steps", "eta_s"))
            video = job.video()
            if why and video.cutaway is not None:
                video.cutaway.warnings.append(f"attempt {job.attempt} of {MAX_ATTEMPTS} was lost: {why}")
            return self._step(job, State.QUEUED, video=video, attempt=job.attempt, **fresh)
        video = job.video()
        video.error = VideoError(code=code, message=f"{why}; that was attempt {job.attempt} of {MAX_ATTEMPTS}")
        return self._step(job, State.FAILED, video=video)

    def renew(self, job_id: str) -> State | None:
        """The state of a job that is worked on here, its lease prolonged; None where another server has it."""
        assert self.leases is not None, "this database has one server"
        with self._swift.begin():
            not_at_once(self._swift)
            return self.leases.renew(self._swift, job_id)

    def _swap(self, connection: Connection, job: Job, what: EventType, columns: dict[str, Any]) -> Job:
        """The row changed, if it still is what was read; and the event that tells of it.

        Raises:
            NotAllowed: somebody else was faster. Nothing is written.
        """
        columns["version"] = job.version + 1
        if self.leases is not None:
            columns |= self.leases.after(connection, columns.get("state"))
        if "progress" in columns:  # never goes back, not even when a job is tried again
            columns["progress"] = max(job.progress, columns["progress"])
        as_read = {"read_id": job.id, "read_state": job.state, "read_version": job.version}
        if connection.execute(_SWAP, {**as_read, **columns}).rowcount != 1:
            raise NotAllowed(job, columns.get("state", job.state))
        if "video" in columns:
            columns["document"] = columns.pop("video")
        after = replace(job, **columns)
        self._tell(connection, after, what)
        if after.over:
            settle(connection, after.id, made=after.state is State.COMPLETED)
        if self._tells and after.over and not after.deleted:
            self.outbox.put(connection, after)
        return after

    @staticmethod
    def _tell(connection: Connection, job: Job, what: EventType) -> None:
        document = job.video().model_dump_json(exclude_none=True)
        connection.execute(_ADD_EVENT, {"job": job.id, "seq": job.version, "type": what, "video": document})

    # -- files ---------------------------------------------------------------------------------

    def add_file(self, stored: StoredFile, owner: str = OPERATOR) -> None:
        file = stored.file
        with self._connection.begin():
            self._connection.execute(
                insert(files).values(
                    id=file.id,
                    created_at=time.time(),
                    filename=file.filename,
                    purpose=file.purpose,
                    bytes=file.bytes,
                    sha256=file.sha256,
                    container=stored.container,
                    media=file.media.model_dump_json() if file.media else "{}",
                    owner=owner,
                )
            )

    def bury_file(self, file_id: str) -> bool:
        """Whether there was one."""
        with self._connection.begin():
            statement = update(files).where(files.c.id == file_id, ~files.c.deleted).values(deleted=True)
            return self._connection.execute(statement).rowcount == 1


def _too_late(job: Job) -> Video:
    """What is shown of a job whose deadline passed."""
    video = job.video()
    begun = "it was being worked on" if job.attempt else "its turn had not come"
    video.error = VideoError(code="deadline_exceeded", message=f"not done by its deadline: {begun}; it is not charged")
    return video
