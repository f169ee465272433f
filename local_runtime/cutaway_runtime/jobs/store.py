"""The jobs database: every change is one transaction, and a change of state is a compare-and-swap.

A transition names the states it may start from; it is written only while the row still has the
version it was read at, so of a cancel and a completion that meet, exactly one wins. Each recorded
change appends an event that carries the job as it then was; its number is the job's version.

Changes of state are on disk (fsync) before they are answered. Progress is not worth an fsync: it goes
through a second connection that waits for none, and a killed process cannot lose it either.

Not for an event loop and not for several threads: `queue` runs it in a thread of its own.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, BindParameter, Connection, and_, bindparam, func, select, update

from cutaway.wire import CLAIMED, TERMINAL, TRANSITIONS, State, Video, VideoError
from cutaway_runtime.jobs.database import alone, is_shared, not_at_once, prepare_swift
from cutaway_runtime.jobs.files import Files
from cutaway_runtime.jobs.intake import Intake
from cutaway_runtime.jobs.job import MAX_ATTEMPTS, Job
from cutaway_runtime.jobs.keyring import settle
from cutaway_runtime.jobs.leases import RUN_OUT, Leases
from cutaway_runtime.jobs.ledger import TURNS, Ledger
from cutaway_runtime.jobs.outbox import Outbox
from cutaway_runtime.jobs.retention import Retention
from cutaway_runtime.jobs.roster import Roster
from cutaway_runtime.jobs.schema import open_database
from cutaway_runtime.jobs.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cutaway_runtime.jobs.ledger import EventType

_REST: Final = {
    State.PREPARING: (State.RUNNING, State.FINALIZING),
    State.RUNNING: (State.FINALIZING,),
}
"""What lies between a state and completion."""


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
_STILL_AS_READ: Final = and_(
    jobs.c.id == bindparam("read_id"),
    jobs.c.state == bindparam("read_state"),
    jobs.c.version == bindparam("read_version"),
)
_SWAP: Final = update(jobs).where(_STILL_AS_READ)


class NotAllowed(Exception):
    """The job is in a state from which this cannot follow."""

    def __init__(self, job: Job, to: State) -> None:
        super().__init__(f"a job that is {job.state} cannot become {to}")
        self.job = job


class NotOurs(NotAllowed):
    """The lease on the job ran out and it was given back: what this process did for it does not count."""


class Store(Intake):
    """The database at `place`, written; its own reads see its own writes. With `tells`, the end of a job that nobody
    deleted is put into the outbox. No more than `longest` jobs wait at a time. A database that is not there is made, if
    it may be.
    """

    def __init__(
        self, place: Path | URL, *, tells: bool = False, longest: int | None = None, make: bool = True
    ) -> None:
        super().__init__(open_database(place, make=make), longest)
        self.leases: Final = Leases() if is_shared(self._engine) else None
        """Where other servers may work on the same database."""
        self._swift = self._engine.connect()
        self._tells = tells
        self.files: Final = Files(self._connection)
        self.roster: Final = Roster(self._connection)
        self.outbox: Final = Outbox(self._connection)
        self.retention: Final = Retention(self._connection)
        prepare_swift(self._swift)

    def reader(self) -> Ledger:
        """For another thread."""
        return Ledger(self._engine)

    def close(self) -> None:
        """Readers are closed first."""
        super().close()
        self._swift.close()
        self._engine.dispose()

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


def _too_late(job: Job) -> Video:
    """What is shown of a job whose deadline passed."""
    video = job.video()
    begun = "it was being worked on" if job.attempt else "its turn had not come"
    video.error = VideoError(code="deadline_exceeded", message=f"not done by its deadline: {begun}; it is not charged")
    return video
