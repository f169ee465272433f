"""From cards to takes: asks for them, waits, conforms what comes, measures the seams.

    for card in produce(production, cards): ...
    for together in arrivals(production, cards): ...       # those that are there at once

    submit all   card.job_id is written before anything else happens, so that a crash loses nothing paid for
    wait         in order; progress of each card; a failed card does not stop the others
    take         what comes is conformed and measured on the `bench`; below the gate, the next seed is tried

It waits as long as it takes. What a window uses is `queue`.

Takes are files in the project and entries on their card. Putting one into the cut is the host's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from cutaway.errors import CutawayError
from cutaway.storyboard.bench import Bench, best, broken, raw_path, received, score, sent
from cutaway.storyboard.card import Card, CardState, Take
from cutaway.storyboard.footage import Footage
from cutaway.wire import ModelInfo, OutputFormat, Status, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from cutaway.storyboard.project import Project
    from cutaway.storyboard.request import CardRequest
    from cutaway.timeline.index import Index


class Progress(Protocol):
    """Told whenever a card moves: the card, and its job where one runs."""

    def __call__(self, card: Card, video: Video | None) -> object: ...


@dataclass(frozen=True)
class Gate:
    """The least seam score a take may have, and how many more seeds are tried to reach it."""

    min_score: float
    retries: int = 2

    def next_seed(self, made: Sequence[Take]) -> int | None:
        """What to try after these takes; None where the last one is good enough, or enough were made."""
        return None if self._reached(made[-1]) or len(made) > self.retries else (made[-1].seed or 0) + 1

    def note(self, made: Sequence[Take]) -> str:
        """What to say where none of these takes is good enough; "" where the last one is."""
        if self._reached(made[-1]):
            return ""
        return f"no take reached a seam of {self.min_score:.2f}; the best has {score(best(made)):.2f}"

    def _reached(self, take: Take) -> bool:
        found = take.seams.score if take.seams else None
        return found is None or found >= self.min_score


@dataclass(frozen=True)
class Production:
    """What all cards of a run share.

    `client` is a `Cutaway`. `folders` are searched for media that moved. `take_format` is the codec of the
    takes on disk: ProRes cuts well everywhere.
    """

    project: Project
    index: Index
    client: Any
    folders: Sequence[Path] = ()
    take_format: OutputFormat = OutputFormat.PRORES
    gate: Gate | None = None
    on_progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    plates: dict[str, Path] = field(default_factory=dict, repr=False)
    """Footage that was written in this run, by its frames."""

    @cached_property
    def models(self) -> Sequence[ModelInfo]:
        """What the server can do, asked once; empty where it does not say."""
        try:
            return tuple(self.client.models.list())
        except CutawayError:
            return ()

    def bench(self, footage: Footage) -> Bench:
        return Bench(self.project, footage, self.take_format, self.plates)


def produce(production: Production, cards: Iterable[Card]) -> Iterator[Card]:
    """Each card, when it has a new take or has failed; in the order they were given.

    A card that was submitted by a run that died goes on where that run was: its job is looked up, not sent
    again. When `cancelled` says so, jobs under way are cancelled and their cards say it.
    """
    with Footage(production.index, production.folders) as footage:
        bench = production.bench(footage)
        waiting = [(card, _submitted(production, bench, card)) for card in cards]
        for card, request in waiting:
            if request is not None:
                _finish(production, bench, card, request)
            yield card


def arrivals(production: Production, cards: Iterable[Card]) -> Iterator[tuple[Card, ...]]:
    """As `produce`, but cards whose jobs have ended already come together, and before any wait those there are.

    So takes that are ready can be placed in one step, and none waits for a job that still runs.
    """
    with Footage(production.index, production.folders) as footage:
        together: list[Card] = []
        bench = production.bench(footage)
        waiting = [(card, _submitted(production, bench, card)) for card in cards]
        for card, request in waiting:
            if together and request is not None and not _has_ended(production, card):
                yield tuple(together)
                together = []
            if request is not None:
                _finish(production, bench, card, request)
            together.append(card)
        if together:
            yield tuple(together)


def _has_ended(p: Production, card: Card) -> bool:
    """Whether a card's job runs no longer; a server that cannot be asked now is left to the wait."""
    assert card.job_id is not None
    try:
        return p.client.videos.retrieve(card.job_id).status in {Status.COMPLETED, Status.FAILED}
    except CutawayError:
        return False


def _submitted(p: Production, bench: Bench, card: Card, *, seed: int | None = None) -> CardRequest | None:
    """Sends a card's request and remembers the job, or says on the card why not."""
    try:
        request = bench.request(card, lambda: p.models, seed=seed)
        if card.job_id is not None and seed is None and card.state in {CardState.QUEUED, CardState.RUNNING}:
            return request
        order = bench.order(card, request)
        video = getattr(p.client.videos, order.method)(**order.keywords)
    except (CutawayError, OSError) as error:
        _moved(p, card, broken(error))
        return None
    _moved(p, card, sent(video, request), video)
    return request


def _finish(p: Production, bench: Bench, card: Card, request: CardRequest) -> None:
    """Waits for a card's job and makes a take of it; below the gate, tries the next seed."""
    made: list[Take] = []
    while True:
        try:
            take = _take(p, bench, card, request)
        except (CutawayError, OSError) as error:
            _moved(p, card, broken(error))
            return
        made.append(take)  # takes of an earlier run may have been made of other words
        _moved(p, card, received(card, take, made))
        seed = p.gate.next_seed(made) if p.gate else None
        if seed is None:
            if p.gate is not None and (note := p.gate.note(made)):
                card.notes.append(note)
                p.project.put(card)
            return
        again = _submitted(p, bench, card, seed=seed)
        if again is None:
            return
        request = again


def _take(p: Production, bench: Bench, card: Card, request: CardRequest) -> Take:
    """The finished job of a card as a take."""
    assert card.job_id is not None
    video = p.client.videos.retrieve(card.job_id)

    def moved(now: Video) -> None:
        if p.cancelled is not None and p.cancelled():
            p.client.videos.cancel(now.id)
        card.state = CardState.RUNNING
        _told(p, card, now)

    video = video.wait(on_progress=moved)
    return bench.take(card, request, video, video.save(raw_path(p.project, card, video)))


def _moved(p: Production, card: Card, fields: dict[str, Any], video: Video | None = None) -> None:
    """A card with other values, written at once."""
    for name, value in fields.items():
        setattr(card, name, value)
    p.project.put(card)
    _told(p, card, video)


def _told(p: Production, card: Card, video: Video | None) -> None:
    if p.on_progress is not None:
        p.on_progress(card, video)
