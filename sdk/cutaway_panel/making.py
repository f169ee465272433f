"""What the queue says, on the board; and what is asked of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cutaway.storyboard.card import CardState
from cutaway.storyboard.job import ENDED, Job, JobState, Server, Worklist
from cutaway.storyboard.queue import CardQueue
from cutaway_panel.state import Connection, JobView, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway.client.client import AsyncCutaway
    from cutaway_panel.tools import Tools


class Making:
    """The queue of a desk. The queue tells on its own thread; the desk's thread takes up what is newest."""

    def __init__(self, tools: Tools, open_client: Callable[[], AsyncCutaway], **how: Any) -> None:
        self._tools = tools
        self._told: Worklist | None = None
        self._lock = threading.Lock()
        self._seen = Worklist()
        self._views: dict[str, tuple[Job, JobView]] = {}
        self.queue = CardQueue(open_client, self._hear, **how)

    def follow(self) -> None:
        """The queue sees the cut that lies on the table now."""
        looked = self._tools.table.looked
        assert looked is not None
        index, form = looked.snapshot.index, looked.info.take_format
        self.queue.follow(looked.project, index, looked.folders, take_format=form)

    def make(self, card_ids: Sequence[str]) -> None:
        """One more take of each card."""
        table = self._tools.table
        cards = [card for name in card_ids if (card := table.card(name)) is not None]
        for card in cards:
            if card.locked:
                self._tools.say(f"card {self._tools.number(card.id)} is locked", "warning", fix="unlock it first")
            elif card.state is CardState.DRAFT:
                self._tools.say(f"card {self._tools.number(card.id)} has no words yet", "warning", fix="write a prompt")
        wanted = [card.id for card in cards if not card.locked and card.state is not CardState.DRAFT]
        if len(cards) < len(card_ids):
            self._tools.say("a shot is there already; ask for a remix of it", "warning")
        ready = table.taken_up(wanted)
        for name in wanted:
            card = table.card(name)
            if name in ready:
                self.queue.add(name)
            elif card is not None:
                self._tools.say(f"card {self._tools.number(name)} has no place to be made for: {card.error}", "warning")
        self._tools.show(*(card for name in wanted if (card := table.card(name)) is not None))

    def vary(self, card_id: str, take_id: str) -> None:
        """One more take like this one: of the same words, with the next seed that no take of the card has."""
        card = self._tools.open_card(card_id)
        take = card.take(take_id) if card is not None else None
        if card is None or take is None:
            return
        used = {there.seed for there in card.takes}
        seed = (take.seed or 0) + 1
        while seed in used:
            seed += 1
        self.queue.add(card_id, seed=seed, parent=take.id)

    def retry(self, card_id: str) -> None:
        """A card that failed is made again, also where the queue of this window does not know it."""
        if card_id in self._tools.jobs:
            self.queue.retry(card_id)
        else:
            self.make([card_id])

    # -- what the queue says -----------------------------------------------------------------------

    def _hear(self, worklist: Worklist) -> None:
        """On the queue's thread."""
        with self._lock:
            first, self._told = self._told is None, worklist
        if first:
            self._tools.post(self._take_up)

    def _take_up(self) -> None:
        with self._lock:
            now, self._told = self._told, None
        if now is None:
            return
        before, self._seen, tools = self._seen, now, self._tools
        places = [n for n, (old, job) in enumerate(zip(before.jobs, now.jobs, strict=False)) if old is not job]
        places += range(len(before.jobs), len(now.jobs))
        moved = [now.jobs[n] for n in places]
        then = dict(tools.jobs)
        gone = {job.card_id for job in before.jobs} - {job.card_id for job in now.jobs} if _left(before, now) else ()
        tools.jobs = {name: job for name, job in then.items() if name not in gone} if gone else tools.jobs
        tools.jobs |= {job.card_id: job for job in moved}
        queue = [*tools.board.state.queue[: len(now.jobs)], *[None] * (len(now.jobs) - len(before.jobs))]
        for n in places:
            queue[n] = self._view(now.jobs[n])
        cards = [tools.table.card(name) for name in (*(job.card_id for job in moved), *gone)]
        tools.board.show(
            *(tools.view(card) for card in cards if card is not None),
            queue=tuple(queue),
            paused=now.paused,
            **({} if now.server is before.server else {"connection": self._connection(now.server)}),
        )
        for job in moved:
            self._told_of(job, then.get(job.card_id))
        if now.paused and now.why_paused and now.why_paused != before.why_paused:
            tools.say(f"the queue was paused: {now.why_paused}", "warning")

    def _connection(self, server: Server) -> Connection:
        return replace(
            self._tools.board.state.connection,
            server="localhost" if server.address == "local" else server.address,
            models=server.models,
            styles=server.styles,
            server_problem=Problem(server.problem) if server.problem else None,
        )

    def _told_of(self, job: Job, before: Job | None) -> None:
        """A sentence on a card that has come to an end."""
        if job.state not in ENDED or (before is not None and before.state in ENDED):
            return
        number = self._tools.number(job.card_id)
        if job.state is JobState.DONE:
            self._tools.say(f"a take of card {number} is there, after {job.actual or 0:.0f} s")
        elif job.state is JobState.FAILED:
            self._tools.say(f"card {number}: {job.error}", "error")

    def _view(self, job: Job) -> JobView:
        """A job with the name of its card; the same object as long as it is the same job."""
        there = self._views.get(job.card_id)
        if there is not None and there[0] is job:
            return there[1]
        view = self._tools.board.state.card(job.card_id)
        title = f"{view.number} {view.title}" if view else there[1].title if there else job.card_id[:6]
        made = JobView(
            card_id=job.card_id,
            title=title,
            state=job.state,
            progress=job.progress,
            elapsed=job.elapsed,
            remaining=job.remaining,
            estimate=job.estimate,
            actual=job.actual,
            cost="" if job.cost is None else f"{job.cost:.2f}",
            error=job.error,
        )
        self._views[job.card_id] = (job, made)
        return made


def _left(before: Worklist, now: Worklist) -> bool:
    """Whether a card may be listed no longer: there are fewer, or another one stands where it stood."""
    pairs = zip(before.jobs, now.jobs, strict=False)
    return len(now.jobs) < len(before.jobs) or any(a is not b and a.card_id != b.card_id for a, b in pairs)
