"""One card on its way to a take: ordered, waited for, fetched, put on the card.

    waiting -> sending -> queued -> running -> finishing -> done
                  |          |         |           |
                  +----------+---------+-----------+-----> failed, cancelled

The steps are those of `produce`; here they are awaited. Of one thread, that of the queue's loop; what takes long
is done by `Counter.hands`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cutaway.errors import (
    ConnectionFailed,
    CutawayError,
    DownloadError,
    JobCancelled,
    JobStalled,
    RateLimited,
    ServerError,
    TimelineError,
    UnsupportedCapability,
    WaitTimeout,
)
from cutaway.storyboard.bench import Bench, Order, Stopped, Unwanted, broken, raw_path, received, sent
from cutaway.storyboard.card import Card, CardState
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.forecast import expected
from cutaway.storyboard.job import ENDED, Job, JobState
from cutaway.wire import OutputFormat, Status, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from cutaway.client.client import AsyncCutaway
    from cutaway.client.video import AsyncVideo
    from cutaway.storyboard.card import Take
    from cutaway.storyboard.produce import Gate
    from cutaway.storyboard.project import Project
    from cutaway.storyboard.request import CardRequest
    from cutaway.timeline.index import Index
    from cutaway.wire import ModelInfo

T = TypeVar("T")

ALIVE: Final = (ConnectionFailed, ServerError, RateLimited, WaitTimeout, JobStalled, DownloadError, OSError)
"""Errors behind which the job is still there: a retry waits for it and submits nothing."""


@dataclass
class Cut:
    """Where cards lie: what is looked at when their plates are cut and their seams measured."""

    project: Project
    index: Index
    folders: tuple[Path, ...]
    take_format: OutputFormat = OutputFormat.PRORES
    """The codec of the takes on disk."""
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Asked:
    """One take that is wanted: with this seed, as a variation of that take."""

    seed: int | None = None
    parent: str | None = None


@dataclass
class Counter:
    """What all errands of a queue share."""

    client: asyncio.Future[AsyncCutaway]
    hands: Executor
    stopped: Callable[[], bool]
    tell: Callable[[], object]
    gate: Gate | None = None
    plates: dict[str, Path] = field(default_factory=dict)
    submitting: set[asyncio.Task[Any]] = field(default_factory=set)
    """Submissions whose answers have not come: whoever leaves waits for them."""
    _models: tuple[ModelInfo, ...] | None = None

    async def models(self) -> tuple[ModelInfo, ...]:
        """What the server has, asked once; empty where it does not say."""
        if self._models is None:
            try:
                self._models = tuple(await (await self.client).models.list())
            except CutawayError:
                return ()
        return self._models

    def forget_models(self) -> None:
        """The server may be another one now."""
        self._models = None

    async def by_hand(self, cut: Cut, work: Callable[[Bench], T]) -> T:
        """Something that decodes or encodes, on another thread."""

        def done() -> T:
            with Footage(cut.index, cut.folders, size=cut.size) as footage:
                bench = Bench(cut.project, footage, cut.take_format, self.plates, self.stopped)
                found = work(bench)
                with suppress(CutawayError):
                    cut.size = footage.size()
                return found

        return await asyncio.get_running_loop().run_in_executor(self.hands, done)


@dataclass
class Errand:
    """A card of the queue, and everything about it that moves."""

    counter: Counter
    cut: Cut
    job: Job
    asked: Asked = Asked()
    more: deque[Asked] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    began: float = 0.0
    is_unwanted: bool = False
    _is_found: bool = False
    """Its job was submitted before."""
    _eta: tuple[float, float] | None = None
    """What the server said is left, and when it said so."""

    @property
    def card(self) -> Card:
        return self.cut.project.card(self.job.card_id)

    @property
    def job_now(self) -> Job:
        """The job with the time it took and will take, if it is under way."""
        if self.task is None or self.job.state in ENDED:
            return self.job
        elapsed, left = time.monotonic() - self.began, None
        if self._eta is not None:
            left = self._eta[0] - (time.monotonic() - self._eta[1])
        elif self.job.estimate is not None:
            left = self.job.estimate - elapsed
        return replace(self.job, elapsed=elapsed, remaining=None if left is None else max(0.0, left))

    def expect(self) -> None:
        """Notes how long it will take, as far as past takes tell."""
        project = self.cut.project
        self.job = replace(self.job, estimate=expected(self.card, project.look, project.cards))

    async def run(self) -> None:
        """All of it; however it ends, the card and the job say so."""
        self.began, self._eta, self.is_unwanted = time.monotonic(), None, False
        self._moved(JobState.SENDING, progress=None, remaining=None, actual=None, error="", tries=self.job.tries + 1)
        try:
            await self._made()
        except Stopped:
            return
        except (CutawayError, OSError) as error:
            await self._failed(error)
        else:
            took = time.monotonic() - self.began
            self._moved(JobState.DONE, progress=None, remaining=None, elapsed=took, actual=took)

    async def cancel(self) -> None:
        """Ends the job at the server; what is not there yet is ended when it is."""
        self.is_unwanted = True
        job_id = self.card.job_id
        if job_id is not None:
            videos = (await self.counter.client).videos
            try:
                await videos.cancel(job_id)
            except UnsupportedCapability:
                await videos.delete(job_id)

    # -- the steps ---------------------------------------------------------------------------------

    async def _made(self) -> None:
        """Takes, until one is good enough."""
        gate, seed = self.counter.gate, self._seed()
        made: list[Take] = []
        while True:
            take = await self._taken(seed)
            made.append(take)
            next_seed = gate.next_seed(made) if gate else None
            note = gate.note(made) if gate and next_seed is None else ""
            await self._changed(partial(_received, take=take, made=made, note=note))
            if next_seed is None:
                return
            seed = next_seed

    async def _taken(self, seed: int | None) -> Take:
        as_asked, request, video = await self._submitted(seed)
        self._standing(video)
        video = await video.wait(stall_timeout=None, on_progress=self._standing)
        self._eta = None
        self._moved(JobState.FINISHING, progress=None)
        raw = await video.save(raw_path(self.cut.project, as_asked, video))
        take = await self.counter.by_hand(self.cut, lambda bench: bench.take(as_asked, request, video, raw))
        take.seconds, take.parent = self._seconds(video), self.asked.parent
        return take

    async def _submitted(self, seed: int | None) -> tuple[Card, CardRequest, AsyncVideo]:
        """The card as it was asked, its request and its job: the one it has already, else a new one."""
        client, models = await self.counter.client, await self.counter.models()
        as_asked = self.card.model_copy(deep=True)
        self._is_found = as_asked.job_id is not None

        def by_hand(bench: Bench) -> tuple[CardRequest, Order | None]:
            request = bench.request(as_asked, lambda: models, seed=seed)
            return request, None if as_asked.job_id is not None else bench.order(as_asked, request)

        request, order = await self.counter.by_hand(self.cut, by_hand)
        if as_asked.job_id is not None:
            video = await client.videos.retrieve(as_asked.job_id)
            as_asked.prompt = video.prompt or as_asked.prompt  # it may have been edited since
            return as_asked, request, video
        assert order is not None
        if self.is_unwanted:
            raise Unwanted("it was cancelled before it was sent")
        task = asyncio.create_task(self._submit(order))
        self.counter.submitting.add(task)
        task.add_done_callback(self.counter.submitting.discard)
        video = await asyncio.shield(task)  # whoever leaves now still learns the job's id
        if self.is_unwanted:
            await self.cancel()
        return as_asked, request, video

    async def _submit(self, order: Order) -> AsyncVideo:
        videos = (await self.counter.client).videos
        video: AsyncVideo = await getattr(videos, order.method)(**order.keywords)
        await self._changed(**sent(video, order.request))
        return video

    def _standing(self, video: Video) -> None:
        """What the server says of the job."""
        if video.cutaway is not None and video.cutaway.eta_s is not None:
            self._eta = (video.cutaway.eta_s, time.monotonic())
        runs = video.status is not Status.QUEUED
        state = CardState.RUNNING if runs else CardState.QUEUED
        if self.card.state is not state:
            self.cut.project.change(self.job.card_id, written=False, state=state)
        progress = video.progress / 100 if runs else None
        self._moved(JobState.RUNNING if runs else JobState.QUEUED, progress=progress, cost=cost_of(video))

    async def _failed(self, error: Exception) -> None:
        """The card and the job say what went wrong. A card that has takes keeps them in view."""
        is_cancelled = isinstance(error, (JobCancelled, Unwanted))
        with suppress(TimelineError):  # the card was dropped meanwhile
            fields, card = broken(error), self.card
            if isinstance(error, ALIVE):
                del fields["job_id"]
            if card.takes:
                fields["state"] = CardState.APPLIED if card.applied_take else CardState.REVIEW
            await self._changed(**fields | ({"error": ""} if is_cancelled else {}))
        state = JobState.CANCELLED if is_cancelled else JobState.FAILED
        self._moved(state, progress=None, remaining=None, error="" if is_cancelled else str(error))

    async def _changed(self, by: Callable[[Card], dict[str, Any]] | None = None, **fields: Any) -> None:
        """The card with other values, on disk when this returns."""
        await asyncio.to_thread(self.cut.project.change, self.job.card_id, by, **fields)
        self.counter.tell()

    def _moved(self, state: JobState, **fields: Any) -> None:
        self.job = replace(self.job, state=state, **fields)
        self.counter.tell()

    def _seed(self) -> int | None:
        """Another seed than the card's, where it would only make the same take again."""
        look, card = self.cut.project.look, self.card
        if self.asked.seed is not None or card.seed is not None or look.seed is None:
            return self.asked.seed
        return look.seed + len(card.takes) if card.takes else None

    def _seconds(self, video: Video) -> float | None:
        """How long the take took; of a job that was found again, what the server says of it."""
        usage = video.cutaway.usage if video.cutaway else None
        if self._is_found:
            return usage.wall_s if usage else None
        return round(time.monotonic() - self.began, 3)


def _received(card: Card, *, take: Take, made: Sequence[Take], note: str) -> dict[str, Any]:
    return received(card, take, made) | ({"notes": [*card.notes, note]} if note else {})


def cost_of(video: Video) -> float | None:
    """What a job cost, in the server's own money, where it says so in its usage."""
    usage = video.cutaway.usage if video.cutaway else None
    found = (usage.model_extra or {}).get("cost") if usage else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
