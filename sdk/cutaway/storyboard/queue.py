"""The queue of cards behind a window: one thread that speaks with the server, told what to do from any other.

    queue = CardQueue(AsyncCutaway, told=inbox.put)          # a `Worklist` whenever something moves
    queue.follow(host.project, snapshot.index, host.folders)
    queue.add(card.id)
    queue.close()

    add        the card waits; what is before it goes first, `at_once` cards are under way at a time
    order      its plates are cut and uploaded; the job's id is written before anything else happens
    wait       progress as the server tells it; many cards wait at once, on one thread
    take       fetched, conformed, measured (`bench`); an entry on the card

A job that was submitted and not fetched survives its process: `follow` finds it in the project and goes on. No
call waits. Decoding and encoding are done by threads of their own. Nothing here knows a window or an application.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CutawayError, TimelineError
from cutaway.storyboard.card import CardState
from cutaway.storyboard.errand import Asked, Counter, Cut, Errand
from cutaway.storyboard.job import ENDED, Job, JobState, Server, Worklist
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from cutaway.client.client import AsyncCutaway
    from cutaway.storyboard.produce import Gate
    from cutaway.storyboard.project import Project
    from cutaway.timeline.index import Index
    from cutaway.wire import ModelInfo

TICK: Final = 1.0
"""Seconds between two looks at the clock while something runs."""
HANDS: Final = 2
"""Threads that decode and encode."""
LAST_WORDS: Final = 1.0
"""Seconds that the answer to a submission may still take when the queue is closed."""
UNDER_WAY: Final = {CardState.QUEUED, CardState.RUNNING}


class CardQueue:
    """Cards on their way to takes.

    Args:
        open_client: makes the client, on the queue's thread.
        told: hears of every change, on the queue's thread; it must not wait.
        at_once: how many cards are under way at a time.
        limit: what may be spent, in the server's own money, before the queue pauses; None for no limit. It
            counts where the server says what a job cost.
        gate: the least seam; below it the next seeds are tried.
    """

    def __init__(
        self,
        open_client: Callable[[], AsyncCutaway],
        told: Callable[[Worklist], object],
        *,
        at_once: int = 3,
        limit: float | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.at_once, self.limit = at_once, limit
        self._open_client, self._hear = open_client, told
        self._now = Worklist()
        self._errands: dict[str, Errand] = {}
        self._cuts: dict[Path, Cut] = {}
        self._closing = threading.Event()
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="cutaway-media")
        self._loop = asyncio.new_event_loop()
        self._left = asyncio.Event()
        self._counter = Counter(self._loop.create_future(), self._hands, self._closing.is_set, self._tell, gate)
        self._cut: Cut | None = None
        self._gone = 0.0
        """What was spent on cards that are listed no longer."""
        self._asking: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="cutaway-queue", daemon=True)
        self._thread.start()

    @property
    def now(self) -> Worklist:
        """The queue as it was told of last."""
        return self._now

    # -- from any thread ---------------------------------------------------------------------------

    def follow(
        self,
        project: Project,
        index: Index,
        folders: Sequence[Path] = (),
        *,
        take_format: OutputFormat = OutputFormat.PRORES,
    ) -> None:
        """The cut as it is now. Jobs of its cards that an earlier process left are waited for.

        `take_format` is the codec that its application reads.
        """
        self._do(lambda: self._follow(Cut(project, index, tuple(folders), take_format)))

    def add(self, card_id: str, *, seed: int | None = None, parent: str | None = None) -> None:
        """One more take of a card of the cut that was followed last, behind those that wait already."""
        self._do(lambda: self._add(card_id, Asked(seed, parent)))

    def order(self, card_ids: Sequence[str]) -> None:
        """These cards first, in this order."""
        self._do(lambda: self._order(card_ids))

    def pause(self) -> None:
        """Nothing more is begun; what is under way goes on."""
        self._do(lambda: self._pause(""))

    def resume(self) -> None:
        """What waits is begun again."""
        self._do(self._resume)

    def cancel(self, card_id: str) -> None:
        """A card is not made, and its job at the server is ended."""
        self._do(lambda: self._cancel(card_id))

    def retry(self, card_id: str) -> None:
        """A card that failed or was cancelled is made again; a job that is still there is waited for."""
        self._do(lambda: self._retry(card_id))

    def forget(self, *card_ids: str) -> None:
        """Cards whose work has ended are no longer listed; all of them where none is named."""
        self._do(lambda: self._forget(card_ids))

    def ask_server(self) -> None:
        """Asks the server who it is and what it has."""
        self._do(lambda: self._spawn(self._acquainted()))

    def close(self, timeout: float = 2.0) -> bool:
        """Leaves: jobs at the server go on and are found again. Whether the thread ended within so many seconds."""
        self._closing.set()
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._left.set)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _do(self, work: Callable[[], object]) -> None:
        if not self._closing.is_set():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(work)

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_left())

    async def _until_left(self) -> None:
        self._open()
        ticking = self._loop.create_task(self._tick())
        await self._left.wait()
        if self._counter.submitting:
            await asyncio.wait(self._counter.submitting, timeout=LAST_WORDS)
        running = [errand.task for errand in self._errands.values() if errand.task is not None]
        tasks = [ticking, *self._asking, *running, *self._counter.submitting]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=LAST_WORDS / 2)
        self._hands.shutdown(wait=False, cancel_futures=True)
        if (opened := self._counter.client).exception() is None:
            with suppress(CutawayError, TimeoutError):
                await asyncio.wait_for(opened.result().close(), LAST_WORDS / 2)

    def _open(self) -> None:
        """Makes the client; where that fails, every card that wants it is told why."""
        self._counter.client = self._loop.create_future()
        try:
            self._counter.client.set_result(self._open_client())
        except Exception as error:  # noqa: BLE001 - an address or a key can be wrong in ways that only its library knows
            told = error if isinstance(error, CutawayError) else CutawayError(f"{type(error).__name__}: {error}")
            self._counter.client.set_exception(told)
            self._counter.client.exception()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._tell()

    def _tell(self, **fields: Any) -> None:
        """Tells what has changed, if anything has."""
        for errand in self._errands.values():
            errand.job = errand.job_now
        jobs = tuple(errand.job for errand in self._errands.values())
        now = replace(self._now, jobs=jobs, spent=sum(job.cost or 0 for job in jobs) + self._gone, **fields)
        if now != self._now:
            self._now = now
            self._hear(now)

    # -- what it is told ---------------------------------------------------------------------------

    def _follow(self, cut: Cut) -> None:
        before = self._cuts.get(cut.project.folder)
        self._cut = self._cuts[cut.project.folder] = cut
        if before is not None:
            cut.size = before.size
        for errand in self._errands.values():
            if errand.cut is before:
                errand.cut = cut
        for card in cut.project.cards:
            if card.job_id is not None and card.state in UNDER_WAY and card.id not in self._errands:
                self._put(card.id, cut, Asked())
        self._begin()

    def _add(self, card_id: str, asked: Asked) -> None:
        there = self._errands.get(card_id)
        if there is not None and there.job.state not in ENDED:
            there.more.append(asked)
        elif self._cut is not None:
            self._put(card_id, self._cut, asked)
        self._begin()

    def _put(self, card_id: str, cut: Cut, asked: Asked) -> None:
        before = self._errands.pop(card_id, None)
        self._gone += (before.job.cost or 0) if before else 0
        errand = self._errands[card_id] = Errand(self._counter, cut, Job(card_id), asked)
        try:
            errand.expect()
        except TimelineError as error:
            errand.job = replace(errand.job, state=JobState.FAILED, error=str(error))

    def _begin(self) -> None:
        """As many cards as may be under way, the first ones that wait."""
        if self.limit is not None and self._now.spent >= self.limit and not self._now.paused:
            self._pause(f"{self._now.spent:g} of {self.limit:g} are spent")
        running = [errand for errand in self._errands.values() if errand.task is not None]
        waiting = [e for e in self._errands.values() if e.job.state is JobState.WAITING and e.task is None]
        if not self._now.paused:
            for errand in waiting[: max(0, self.at_once - len(running))]:
                errand.task = self._loop.create_task(errand.run())
                errand.task.add_done_callback(partial(self._ended, errand))
        self._tell()

    def _ended(self, errand: Errand, task: asyncio.Task[None]) -> None:
        errand.task = None
        if task.cancelled():
            return
        if (surprise := task.exception()) is not None:
            errand.job = replace(errand.job, state=JobState.FAILED, error=f"{type(surprise).__name__}: {surprise}")
        if errand.more and errand.job.state is JobState.DONE:
            asked, more = errand.more.popleft(), errand.more
            self._put(errand.job.card_id, errand.cut, asked)
            self._errands[errand.job.card_id].more = more
        self._begin()

    def _order(self, card_ids: Sequence[str]) -> None:
        first = {card_id: self._errands[card_id] for card_id in card_ids if card_id in self._errands}
        self._errands = first | self._errands
        self._tell()

    def _pause(self, why: str) -> None:
        self._tell(paused=True, why_paused=why)

    def _resume(self) -> None:
        self._tell(paused=False, why_paused="")
        self._begin()

    def _cancel(self, card_id: str) -> None:
        errand = self._errands.get(card_id)
        if errand is None or errand.job.state in ENDED:
            return
        errand.more.clear()
        if errand.task is None:
            errand.job = replace(errand.job, state=JobState.CANCELLED, remaining=None)
            self._tell()
        else:
            self._spawn(self._cancelled(errand))

    async def _cancelled(self, errand: Errand) -> None:
        try:
            await errand.cancel()
        except CutawayError as error:
            errand.job = replace(errand.job, error=f"it could not be cancelled: {error}")
            self._tell()

    def _retry(self, card_id: str) -> None:
        errand = self._errands.get(card_id)
        if errand is not None and errand.job.state in ENDED:
            errand.job = replace(errand.job, state=JobState.WAITING, error="", actual=None, elapsed=0.0)
            errand.expect()
            self._begin()

    def _forget(self, card_ids: Sequence[str]) -> None:
        for card_id, errand in list(self._errands.items()):
            if errand.job.state in ENDED and (not card_ids or card_id in card_ids):
                self._gone += errand.job.cost or 0
                del self._errands[card_id]
        self._tell()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _acquainted(self) -> None:
        """Asks the server what it has; a client that could not be made is tried again."""
        if self._counter.client.exception() is not None:
            self._open()
        self._counter.forget_models()
        try:
            client = await self._counter.client
            models = tuple(await client.models.list())
            offers = tuple(model for model in models if model.installed)
            server = Server(client.server, tuple(m.id for m in offers), _styles(models), offers=offers)
        except (CutawayError, OSError) as error:
            server = replace(self._now.server, problem=str(error))
        if server == self._now.server:
            self._hear(self._now)  # the same answer is an answer too
        self._tell(server=server)


def _styles(models: Sequence[ModelInfo]) -> tuple[str, ...]:
    """Every style that a model has, each once."""
    return tuple(dict.fromkeys(style for model in models for style in model.styles))
