"""The queue as the server and the supervisor see it: writing in a thread of its own, reading at once,
and a wake-up at every change.

job, replayed = await queue.submit(new)
async for recorded in queue.follow(job.id): ...      until the job is over
job = await queue.claim()                            for the one who works
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from cutaway.wire import CLAIMED, TERMINAL, State, Video, VideoError
from cutaway_runtime.jobs import diary
from cutaway_runtime.jobs.bulletin import Bulletin, before
from cutaway_runtime.jobs.database import is_away
from cutaway_runtime.jobs.job import Job
from cutaway_runtime.jobs.reserve import is_full
from cutaway_runtime.jobs.store import NotAllowed, NotOurs, Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cutaway_runtime.jobs.intake import NewJob
    from cutaway_runtime.jobs.ledger import Recorded
    from cutaway_runtime.jobs.reserve import Reserve

P = ParamSpec("P")
T = TypeVar("T")


GATHER_SECONDS: Final = 0.2
LISTEN_SECONDS: Final = 0.5
"""How often it is looked whether other servers changed a job that somebody here waits for, or left one to be done."""
LATE_BEATS: Final = 40
AWAY_SECONDS: Final = 8.0
"""How long what was done waits for a database that is being started again; a lease lasts longer."""
AWAY_PAUSE: Final = 0.25

log = logging.getLogger(__name__)


class Queue:
    """Jobs for one event loop."""

    def __init__(self, store: Store, reserve: Reserve, *, keep_seconds: float | None = None) -> None:
        self.store: Final = store
        self._keep_seconds = keep_seconds
        self._reserve = reserve
        self.ledger = store.reader()
        self.keyring: Final = self.ledger.keyring
        self.bulletin: Final = Bulletin()
        self.ended: Final = asyncio.Event()
        """Set whenever a job ends; for one listener, who clears it."""
        self.endings: Final[Counter[str]] = Counter()
        """How many jobs ended since this was made, by state."""
        self.promised: Final = asyncio.Event()
        """Set whenever a job with a deadline arrives; for one listener, who clears it."""
        self._work = asyncio.Event()
        self._thread: Final = ThreadPoolExecutor(1, "jobs")
        self._listener: asyncio.Task[None] | None = None

    def seen_by(self, owner: str | None) -> Queue:
        """This queue as that owner sees it: jobs of others are not there. None sees everything."""
        seen = copy(self)
        seen.ledger = self.ledger.seen_by(owner)
        return seen

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A call of the store, in the store's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    async def answers(self, seconds: float) -> bool:
        """Whether the database does, within so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.run(self.store.versions, [""])
        except (TimeoutError, DBAPIError):
            return False
        return True

    async def close(self) -> None:
        self.bulletin.close()
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        self.ledger.close()
        await self.run(self.store.close)
        self._thread.shutdown()

    # -- whoever asks --------------------------------------------------------------------------

    async def submit(self, new: NewJob) -> tuple[Job, bool]:
        """The job, stored, and whether it was there before. Raises `KeyReused`."""
        job, replayed = await self.run(self.store.create, new)
        if not replayed:
            diary.accepted(new)
            self._work.set()
            if job.deadline_at is not None:
                self.promised.set()
        return job, replayed

    def job(self, job_id: str) -> Job:
        """Raises `NoSuchJob`."""
        return self.ledger.job(job_id)

    def shown(self, job: Job) -> Video:
        """A job as the contract shows it, with its place in the queue and the time its file goes (Unix seconds)."""
        video = job.video(queue_position=self.ledger.position(job))
        if video.expires_at is None and self._keep_seconds is not None and video.completed_at is not None:
            video.expires_at = int(video.completed_at + self._keep_seconds)
        return video

    async def changed(self, job_id: str, seconds: float) -> Job:
        """The job once there is news: at once when it is over, and at the latest after `seconds`.

        Other news is gathered for `GATHER_SECONDS`, so that nobody asks more than a few times a second.

        Raises:
            NoSuchJob: there is none.
        """
        start, first = time.monotonic(), None
        while True:
            flag = self.bulletin.watch(job_id)
            job = self.job(job_id)
            first = first or job
            if job.over:
                self.bulletin.post(job_id)
                return job
            passed = time.monotonic() - start
            pause = GATHER_SECONDS if job.version != first.version else seconds
            if passed >= pause or self.bulletin.closed.is_set():
                return job
            await before(flag, pause - passed)

    async def over(self, job_id: str, seconds: float) -> bool:
        """Whether a job, deleted or not, ended within `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            flag = self.bulletin.watch(job_id)
            if not self.ledger.in_hand(job_id):
                return True
            if self.bulletin.closed.is_set() or not await before(flag, deadline - time.monotonic()):
                return False

    def news(self, job_id: str, after: int) -> tuple[Job, list[Recorded]]:
        """The job, and what was recorded of it behind event `after`. Raises `NoSuchJob`."""
        return self.ledger.job(job_id), self.ledger.events(job_id, after=after)

    async def follow(self, job_id: str, *, after: int, heartbeat: float) -> AsyncIterator[Recorded | None]:
        """What is recorded of a job behind event `after`, as it happens, up to its end.

        None stands for a silence of `heartbeat` seconds.

        Raises:
            NoSuchJob: it was deleted.
        """
        while not self.bulletin.closed.is_set():
            flag = self.bulletin.watch(job_id)
            job, news = self.news(job_id, after)
            for recorded in news:
                after = recorded.seq
                yield recorded
            if job.over:
                self.bulletin.post(job_id)
                return
            if not await before(flag, heartbeat):
                yield None

    async def cancel(self, job_id: str) -> Job:
        """The job, cancelled if it only waited, or on its way there. A job that is over stays as it is.

        Raises:
            NoSuchJob: there is none.
        """
        self.job(job_id)
        return self._told(await self._record(self._cancel_seen, job_id))

    def _cancel_seen(self, job_id: str) -> tuple[Job, bool]:
        self.store.job(job_id)
        return self._cancel(job_id)

    def _cancel(self, job_id: str) -> tuple[Job, bool]:
        """The job, and whether this changed it."""
        job = self.store.job_even_deleted(job_id)
        while not job.over and job.state is not State.CANCELLING:
            to = State.CANCELLED if job.state is State.QUEUED else State.CANCELLING
            try:
                return self.store.move(job_id, to, deadline_at=None), True
            except NotAllowed as moved_on:
                job = moved_on.job
        return job, False

    async def late(self) -> tuple[list[Job], float | None]:
        """Jobs whose deadlines have passed, as they are now, and when the next one passes (Unix seconds)."""
        late, following = await self._record(self.store.late)
        for job in late:
            self._tell(job)
        return late, following

    async def bury(self, job_id: str) -> Job:
        """The job, cancelled if it was alive; nobody sees it any more. Raises `NoSuchJob`."""
        self.job(job_id)
        return self._told(await self._record(self._bury, job_id))

    def _bury(self, job_id: str) -> tuple[Job, bool]:
        # The tombstone first: should this process die now, nothing brings the job back.
        self.store.bury(job_id)
        return self._cancel(job_id)

    # -- whoever works -------------------------------------------------------------------------

    async def recover(self) -> list[Job]:
        """Before any work: what an earlier server left behind. Where there are several servers, again and again: what
        one of them left that is gone.
        """
        left = await self.run(self.store.recover)
        for job in left:
            diary.put_back(job)
            self._tell(job)
        self._work.set()
        return left

    @property
    def shared(self) -> bool:
        """Whether other servers may work on the same jobs."""
        return self.store.leases is not None

    def listen(self) -> None:
        """From now on, what other servers change is news here too; where there can be none this does nothing."""
        if self.shared:
            self._listener = asyncio.create_task(self._listen(), name="news of other servers")

    async def _listen(self) -> None:
        seen: dict[str, int] = {}
        failures = 0
        for beat in count():
            await asyncio.sleep(LISTEN_SECONDS)
            self._work.set()  # whoever waits for work looks again
            if beat % LATE_BEATS == 0:
                self.ended.set()  # what a server that is gone had left to tell
            watched = self.bulletin.watched()
            try:
                now = await self.run(self.store.versions, watched) if watched else {}
            except Exception as error:  # noqa: BLE001 - whatever it is, it may be over the next time
                if not failures:
                    log.warning("the database gives no news, asked again every %s s: %s", LISTEN_SECONDS, error)
                failures += 1
                continue
            failures = 0
            for job_id in watched:
                if now.get(job_id) != seen.get(job_id):
                    self.bulletin.post(job_id)
            seen = now

    async def renew(self, job_id: str) -> State | None:
        """A sign of life for a job that is worked on here: what it is now, None where another server has it."""
        return await self.run(self.store.renew, job_id)

    async def claim(self) -> Job:
        """The next job, in the hands of the caller; waits until there is one."""
        while True:
            await self._work.wait()
            self._work.clear()  # before looking: a job that arrives meanwhile sets it again
            job = await self._record(self.store.claim)
            if job is not None:
                diary.begun(job)
                self._work.set()
                return job

    async def set_aside(self, job_id: str) -> None:
        """A job that is put down because the server ends: queued again, and the attempt does not count."""
        with suppress(NotOurs):
            diary.put_back(await self._record(self._set_aside, job_id))

    def _set_aside(self, job_id: str) -> Job:
        with self.store.changing():
            job = self.store.hold(job_id)
            if job.state not in CLAIMED:
                return job
            return self.store.give_back(replace(job, attempt=job.attempt - 1), "interrupted", "")

    async def move(self, job_id: str, to: State, *, video: Video | None = None, **columns: Any) -> Job:
        """Raises `NotAllowed`: the job was cancelled, or taken away; `NotOurs`: another server has it."""
        return await self._record(self.store.move, job_id, to, video=video, **columns)

    async def complete(self, job_id: str, made: Callable[[Job], Video], place: Callable[[], None] | None = None) -> Job:
        """See `Store.complete`. Raises `NotAllowed`: it is being cancelled; `NotOurs`: another server has it."""
        return await self._record(self.store.complete, job_id, made, place)

    async def stopped(self, job_id: str) -> Job:
        """The job that a worker left because it was asked to: cancelled, or too late. Raises `NotOurs`."""
        return await self._record(self._stopped, job_id)

    def _stopped(self, job_id: str) -> Job:
        with self.store.changing():
            self.store.held(job_id, State.CANCELLED)
            return self.store.move(job_id, State.CANCELLED)

    async def progress(self, job_id: str, **columns: Any) -> Job | None:
        """The job a little further on; None where that could not be kept: the disk is full, the database away."""
        try:
            changed = await self.run(self.store.progress, job_id, **columns)
        except Exception as error:
            if not is_full(error) and not is_away(error):
                raise
            return None
        self.bulletin.post(job_id)
        return changed

    async def fail(self, job_id: str, error: VideoError) -> Job:
        """The job, failed for this reason; or cancelled, if that was asked for meanwhile. Raises `NotOurs`."""
        return await self._record(self._fail, job_id, error)

    def _fail(self, job_id: str, error: VideoError) -> Job:
        with self.store.changing():
            job = self.store.held(job_id, State.FAILED)
            if job.state is State.CANCELLING:
                return self.store.move(job_id, State.CANCELLED)
            video = job.video()
            video.error = error
            return self.store.move(job_id, State.FAILED, video=video)

    async def lost(self, job_id: str, code: str, why: str) -> Job:
        """The job of a worker that is gone: queued again, or failed if it was the last; cancelled if that was asked.

        Raises:
            NotOurs: another server has it.
        """
        job = await self._record(self._lost, job_id, code, why)
        if job.state is State.QUEUED:
            self._work.set()
        return job

    def _lost(self, job_id: str, code: str, why: str) -> Job:
        with self.store.changing():
            job = self.store.hold(job_id)
            return self.store.give_back(job, code, why) if job.state in CLAIMED else job

    def idle(self) -> bool:
        """No job waits and none is worked on."""
        unfinished = [state for state in State if state not in TERMINAL]
        return not self.ledger.in_state(unfinished)

    async def _record(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A change, and the news of it. One that finds the disk full is written in the place of the ballast; one that
        finds the database away waits for it a little.
        """
        deadline = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                changed = await self.run(function, *args, **kwargs)
            except Exception as error:
                if is_full(error):
                    if not await self.run(self._reserve.give_up):
                        raise
                elif is_away(error) and time.monotonic() < deadline:
                    await asyncio.sleep(AWAY_PAUSE)
                else:
                    raise
            else:
                break
        if isinstance(changed, Job):
            self._tell(changed)
        return changed

    def _told(self, found: tuple[Job, bool]) -> Job:
        """A job, and whether it was changed. Who follows it looks again in any case: deleted, it is not there."""
        job, changed = found
        if changed:
            self._tell(job)
        else:
            self.bulletin.post(job.id)
        return job

    def _tell(self, changed: Job) -> None:
        self.bulletin.post(changed.id)
        if changed.over:
            diary.over(changed)
            self.endings[changed.state] += 1
            self.ended.set()
