r"""Starts, feeds, watches, cancels and kills the worker. Lives in the server process and never sees a pixel.

    claim -> run -> reports ... -> finished | failed | stopped        the worker is kept for the next job
                        \-> exit, no heartbeat, no progress            the job is queued again, a new worker starts

A cancel climbs a ladder: it is told; after 5 s the worker is asked to end, after 3 s more it is killed. One that stands
still (`standstill`) is asked, and killed.

The file of a job gets its name in the transaction that completes it, and only if the job is still ours.

Where several servers share the jobs, a sign of life is written every second. It brings back what another server did to
the job, and where none could be written for so long that another may take the job, the worker ends before that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cutaway.wire import State, VideoError
from cutaway_runtime.engine.base import DEVICE_FAULT
from cutaway_runtime.jobs.leases import LEASE_SECONDS
from cutaway_runtime.jobs.store import NotAllowed, NotOurs
from cutaway_runtime.worker.child import Worker, WorkerLost, WorkerNotStarted
from cutaway_runtime.worker.outcome import completed
from cutaway_runtime.worker.protocol import (
    WORKER,
    Cancel,
    Failed,
    Finished,
    Heartbeat,
    Progress,
    Said,
    Stopped,
    line,
    located,
    run_line,
)
from cutaway_runtime.worker.standstill import FIRST_SECONDS, Standstill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.jobs.queue import Queue
    from cutaway_runtime.jobs.shelf import Shelf
    from cutaway_runtime.worker.protocol import Result

SILENCE_SECONDS: Final = 30.0
"""A worker that sent nothing for this long, not even a heartbeat, is frozen."""
ANEW_SECONDS: Final = 60.0
"""What is painted sooner is not kept for another attempt; see `resuming`."""
TERM_AFTER: Final = 5.0
KILL_AFTER: Final = 3.0
SIGN_SECONDS: Final = 1.0
"""How often a sign of life is written where other servers look for it."""
SPARE_SECONDS: Final = 3.0
"""So long before a lease ends that could not be renewed the worker is ended."""
PAUSE_SECONDS: Final = 1.0
PAUSE_LONGEST: Final = 30.0

log = logging.getLogger(__name__)


class Supervisor:
    """Feeds one worker from the queue.

    Args:
        queue: of this server.
        shelf: where the files of its jobs are.
        command: that starts a worker.
        inherit: descriptors a worker keeps open.
        log_dir: where what libraries print goes.
        spare: bytes of the disk that are not for what a worker keeps only in case that the job is begun again.
        stuck_seconds: without progress that are never too many, once steps have begun.
        first_seconds: without progress that may pass before a step.
    """

    def __init__(
        self,
        queue: Queue,
        shelf: Shelf,
        *,
        command: Sequence[str] = (sys.executable, *WORKER),
        inherit: Sequence[int] = (),
        log_dir: Path | None = None,
        spare: int = 0,
        stuck_seconds: float = 60.0,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:
        self._queue = queue
        self._command = tuple(command)
        self._shelf = shelf
        self._log_file = (log_dir or shelf.data_dir) / "worker.log"
        self._inherit = tuple(inherit)
        self._spare = spare
        self._bounds = (stuck_seconds, first_seconds)
        self._worker: Worker | None = None
        self._job: str | None = None
        self._attempt = 0
        self._why_lost = ""
        self._unwanted = False
        self._timers: list[asyncio.TimerHandle] = []
        self._task: asyncio.Task[None] | None = None
        self._signs: asyncio.Task[None] | None = None
        self._held_at = 0.0
        self.starts = 0
        """Workers started so far."""
        self.stands_still = False
        """No job can be worked on, for a reason that is tried again and stands in the log."""
        self.closing = False
        """Set once no more work is taken. What becomes of the worker from then on is no job's fault."""

    @property
    def worker_pid(self) -> int | None:
        """Of the worker, while one is alive."""
        return self._worker.pid if self._worker is not None and self._worker.alive else None

    def start(self) -> None:
        """Begins to work, and warms a worker up meanwhile."""
        self._task = asyncio.create_task(self._work(), name="supervisor")
        if self._queue.shared:
            self._signs = asyncio.create_task(self._give_signs(), name="signs of life")

    async def close(self) -> None:
        """Stops working: the job in hand goes back to the queue, at no cost to its attempts."""
        job_id = self._job
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._worker is not None:
            await self._worker.end()
        if job_id is not None:
            await self._queue.set_aside(job_id)
        if self._signs is not None:
            self._signs.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._signs

    def cancel(self, job_id: str) -> None:
        """The job was moved to `cancelling`: the worker is told, and does not get for ever."""
        worker = self._worker
        if job_id != self._job or self._unwanted:
            return
        self._unwanted = True
        if worker is None or not worker.alive:  # one is being started
            return
        with contextlib.suppress(WorkerLost):
            worker.tell(line(Cancel(job_id=job_id)))
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(TERM_AFTER, worker.signal, worker.process.terminate),
            loop.call_later(TERM_AFTER + KILL_AFTER, worker.signal, worker.process.kill),
        ]

    async def _give_signs(self) -> None:
        """A sign of life every second, and a look at the jobs of servers that give none."""
        failures = 0
        while True:
            await asyncio.sleep(SIGN_SECONDS)
            asked = time.monotonic()
            try:
                if self._job is not None:
                    await self._give_sign(self._job, asked)
                for job in await self._queue.recover():
                    log.warning("job %s: its server is gone; it is %s", job.id, job.state)
                    if job.over:
                        await asyncio.to_thread(self._shelf.remove_video, job.id)
            except Exception as error:  # noqa: BLE001 - whatever it is, it may be over the next time
                if not failures:
                    log.warning("no sign of life is written, tried again every %s s: %s", SIGN_SECONDS, error)
                failures += 1
                if self._job is not None and time.monotonic() - self._held_at > LEASE_SECONDS - SPARE_SECONDS:
                    self._stop()  # another server may take the job now
            else:
                failures = 0

    async def _give_sign(self, job_id: str, asked: float) -> None:
        state = await self._queue.renew(job_id)
        if state is not None:
            self._held_at = asked
        if job_id != self._job:
            return  # it ended meanwhile
        if state is State.CANCELLING:
            self.cancel(job_id)
        elif state is None:
            self._stop()

    def _stop(self) -> None:
        """The worker, ended in the middle of a job that is not ours any more."""
        self._unwanted = True
        if self._worker is not None:
            self._worker.signal(self._worker.process.kill)

    async def _work(self) -> None:
        failures = 0
        while not self.closing:
            try:
                await self._settle()
                await self._ready()
                await self._next()
            except Exception as error:
                if self.closing:
                    return  # a signal to all processes came to the worker while it started
                # A full disk, a database in use, no worker: the queue waits, it does not end. It says so once.
                self.stands_still = True
                if not failures:
                    known = isinstance(error, WorkerNotStarted)
                    still = "the queue stands still, tried again, in the end every %s s: %s"
                    log.log(logging.ERROR, still, PAUSE_LONGEST, error, exc_info=None if known else error)
                await asyncio.sleep(min(PAUSE_SECONDS * 2 ** min(failures, 5), PAUSE_LONGEST))
                failures += 1
            else:
                if failures:
                    log.warning("the queue moves again")
                failures = 0
                self.stands_still = False

    async def _next(self) -> None:
        """One job, from the queue to its end."""
        job = await self._queue.claim()
        self._job, self._attempt, self._held_at = job.id, job.attempt, time.monotonic()
        if self.closing:
            return  # `close` puts it down again
        try:
            await self._carry_out(job)
            self._job = None
        except WorkerNotStarted:
            await self._queue.set_aside(job.id)
            self._job = None
            raise
        except WorkerLost as lost:
            log.warning("job %s: %s", job.id, lost)
            self._why_lost = str(lost)
        except NotOurs as taken:
            await self._forget(taken)
        except Exception as error:
            self._why_lost = f"its end could not be written down ({type(error).__name__})"
            raise
        finally:
            for timer in self._timers:
                timer.cancel()
            self._timers = []
            self._unwanted = False

    async def _ready(self) -> Worker:
        if self._worker is None or not self._worker.alive:
            self.starts += 1
            self._worker = await Worker.start(self._command, self._log_file, self._inherit)
        return self._worker

    async def _settle(self) -> None:
        """A job that was lost is given back; tried again until it can be, since nobody else will."""
        if self._job is None:
            return
        if self._worker is not None:
            await self._worker.end()
            self._worker = None
        try:
            left = await self._queue.lost(self._job, "worker_lost", self._why_lost)
        except NotOurs as taken:
            await self._forget(taken)
            return
        await self._clear_up(left)
        self._job = None

    async def _clear_up(self, job: Job) -> None:
        """What lies about of a job that is over. One that is queued again goes on from what was painted."""
        if job.state is State.COMPLETED:
            await asyncio.to_thread(self._shelf.remove_attempt, job.id, self._attempt)
        elif job.over:
            await asyncio.to_thread(self._shelf.remove_video, job.id)

    async def _forget(self, taken: NotOurs) -> None:
        """A job that another server has now, and its files with it; the worker may still be at it."""
        log.warning("job %s: no sign of life came through in time, and another server took it", taken.job.id)
        if self._worker is not None:
            await self._worker.end()
            self._worker = None
        await asyncio.to_thread(self._shelf.remove_attempt, taken.job.id, self._attempt)
        self._job = None

    async def _carry_out(self, job: Job) -> None:
        worker = await self._ready()
        if self._unwanted:
            await self._queue.stopped(job.id)
            return
        spec = located(job.spec, self._shelf.named)
        worker.tell(run_line(spec, attempt=job.attempt, spare=self._spare, anew_seconds=ANEW_SECONDS))
        state, standstill = State.PREPARING, Standstill(*self._bounds)
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    heard = await worker.hear()
            except TimeoutError:
                raise WorkerLost(f"the worker said nothing for {SILENCE_SECONDS:.0f} s") from None
            if isinstance(heard, Heartbeat):
                standstill.beat()
                if standstill.stuck and not self._unwanted:
                    await self._put_down(worker)
                    raise WorkerLost(f"the worker made no progress for {standstill.seconds:.0f} s")
            elif isinstance(heard, Progress):
                standstill.moves(heard)
                state = await self._pass_on(job, heard, state)
            elif isinstance(heard, Said):
                _log(job, heard)
            elif isinstance(heard, (Finished, Failed, Stopped)):
                await self._ended(job, heard)
                return

    @staticmethod
    async def _put_down(worker: Worker) -> None:
        """A worker that stands still, asked to end; it is killed if it does not listen."""
        worker.signal(worker.process.terminate)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KILL_AFTER):
                await worker.process.wait()
        await worker.end()

    async def _ended(self, job: Job, heard: Finished | Failed | Stopped) -> None:
        """The job's end written down, and a worker that is spent replaced."""
        if isinstance(heard, Failed) and heard.code == DEVICE_FAULT:
            raise WorkerLost(heard.message)
        if isinstance(heard, Finished):
            await self._finish(job, heard.result)
        elif isinstance(heard, Failed):
            await self._clear_up(await self._queue.fail(job.id, VideoError(code=heard.code, message=heard.message)))
        else:
            await self._clear_up(await self._queue.stopped(job.id))
        if heard.spent and self._worker is not None:
            log.warning("the worker is replaced: %s", heard.spent)
            await self._worker.end()
            self._worker = None

    async def _pass_on(self, job: Job, heard: Progress, state: State) -> State:
        """Progress into the row; the first frame, and the last one, move the job on."""
        columns: dict[str, Any] = {
            "progress": heard.percent,
            "phase": heard.phase,
            "step": heard.step,
            "total_steps": heard.total,
            "eta_s": heard.eta_s,
        }
        following = state
        if state is State.PREPARING and heard.total is not None:
            following = State.RUNNING
        elif state is State.RUNNING and heard.phase == "encoding":
            following = State.FINALIZING
        if following is state:
            await self._queue.progress(job.id, **columns)
            return state
        try:
            await self._queue.move(job.id, following, **columns)
        except NotOurs:
            raise
        except NotAllowed:
            return state  # being cancelled; the worker will say how it ended
        return following

    async def _finish(self, job: Job, result: Result) -> None:
        """The job, completed; unless a cancel came first, which wins and takes the file with it."""
        name = self._shelf.named(json.loads(job.spec)["output"]).name
        place = partial(self._shelf.place, job.id, job.attempt, name)
        try:
            over = await self._queue.complete(job.id, lambda current: completed(current, result), place)
        except NotOurs:
            raise
        except NotAllowed:
            over = await self._queue.stopped(job.id)
        await self._clear_up(over)


def _log(job: Job, said: Said) -> None:
    """What the worker logged, as an event of this process's log that names the job."""
    logger = logging.getLogger(said.logger)
    record = logger.makeRecord(said.logger, said.level, "", 0, "job %s: %s", (job.id, said.text), None)
    record.exc_text = said.trace or None
    if logger.isEnabledFor(said.level):
        logger.handle(record)
