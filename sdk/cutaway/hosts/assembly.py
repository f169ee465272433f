"""A whole cut, from cards to takes in their places.

    host = FileHost("out.otio", run="fill 1")
    cards = planned(host.snapshot().index, host.project).cards
    for outcome in carried_out(host, client, cards): ...
    undone_run(host)

Takes are placed as soon as they are there, those that are there together at once, so that a crash loses
nothing: run again, what was made is placed, what was submitted is waited for, and only the rest is asked
for.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.hosts.base import NotPlaced, PlacePlan
from cutaway.storyboard.card import Card, CardState, Take
from cutaway.storyboard.places import Places
from cutaway.storyboard.plan import read_from, stand_in
from cutaway.storyboard.produce import Gate, Production, Progress, arrivals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cutaway.hosts.base import Host, Placed
    from cutaway.hosts.otio_file import FileHost
    from cutaway.storyboard.project import Logged, Project


@dataclass(frozen=True)
class Outcome:
    """What became of a card: its take, and where it lies now, or why it does not."""

    card: Card
    take: Take | None = None
    placed: Placed | None = None
    refusal: str = ""


def carried_out(
    host: Host,
    client: Any,
    cards: Sequence[Card],
    *,
    source: Path | None = None,
    gate: Gate | None = None,
    at_once: int | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Makes a take for each card and puts it into the cut; what becomes of each card as soon as it is known.

    Args:
        host: of the cut; its project keeps cards and takes.
        client: a `Cutaway`.
        cards: in the order in which they are to be made.
        source: the file whose folder the cut's relative media are named from, where it is another one.
        gate: the least seam; a take below it is kept and not placed.
        at_once: how many cards are submitted before the first is waited for; all of them if not said.
        on_progress: told whenever a card moves.
    """
    index = read_from(host.snapshot().index, source)
    places = Places(index)
    production = Production(
        project=host.project,
        index=index,
        client=client,
        folders=host.folders,
        take_format=host.info().take_format,
        gate=gate,
        on_progress=on_progress,
    )
    host.project.put(*cards)
    step = at_once or max(1, len(cards))
    for first in range(0, len(cards), step):
        ready, waiting = [], []
        for card in cards[first : first + step]:
            if card.state is CardState.REVIEW and card.take() is not None and reaches(card, gate):
                ready.append(card)  # made by a run that ended before it was placed
                continue
            try:
                stand_in(card, places)
            except (EditRefused, TimelineChanged) as error:
                yield Outcome(card, refusal=str(error))  # nothing is made that could not be placed
            else:
                waiting.append(card)
        yield from put(host, *ready)
        for arrived in arrivals(production, waiting):
            yield from _put_or_refused(host, arrived, gate)


def _put_or_refused(host: Host, cards: Sequence[Card], gate: Gate | None) -> Iterator[Outcome]:
    """The takes that came and are good enough, in the cut; of the others, why they are not. In the order they came."""
    good = [card for card in cards if card.state is CardState.REVIEW and reaches(card, gate)]
    there = {outcome.card.id: outcome for outcome in put(host, *good)}
    for card in cards:
        if card.id in there:
            yield there[card.id]
        elif card.state is not CardState.REVIEW:
            yield Outcome(card, refusal=card.error or str(card.state))
        else:
            yield Outcome(card, card.take(), refusal=card.notes[-1] if card.notes else "its seam is too poor")


def put(host: Host, *cards: Card) -> list[Outcome]:
    """Puts the active take of each card into the cut as it is now, all as one step; what became of each."""
    return _put(host, [(card, card.take()) for card in cards])


def put_take(host: Host, card: Card, take: Take, *, digest: str | None = None, above: bool = False) -> Outcome:
    """Puts a certain take of a card into the cut.

    Args:
        host: of the cut.
        card: whose place it is.
        take: of the card.
        digest: of the cut that the editor saw; it is refused where the cut is another one now.
        above: on a track above, whatever lies in the place.
    """
    return _put(host, [(card, take)], digest=digest, above=above)[0]


def show_take(host: Host, card: Card, take: Take) -> Outcome:
    """Shows another take in a place where one of the card lies, by the application's own switch where it has one."""
    media = host.project.takes_folder / take.path
    plan = PlacePlan("", card, take, media)
    try:
        if not media.is_file():
            return Outcome(card, take, refusal=f"its file is gone: {media}")
        placed = host.select_take(card, take, media)
    except (EditRefused, TimelineChanged) as error:
        return _written(host, _noted(plan, NotPlaced(card.id, take.id, error)))
    return _written(host, _noted(plan, placed))


def _put(
    host: Host, chosen: Sequence[tuple[Card, Take | None]], *, digest: str | None = None, above: bool = False
) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}
    plans = []
    if digest is None:
        digest = host.snapshot().digest if chosen else ""
    project = host.project  # of the timeline that was looked at, whichever one is open when the takes lie in it
    folder = project.takes_folder if chosen else Path()
    for card, take in chosen:
        media = folder / take.path if take is not None else None
        if take is None or media is None:
            outcomes[card.id] = Outcome(card, refusal="it has no take yet")
        elif not media.is_file():
            outcomes[card.id] = Outcome(card, take, refusal=f"its file is gone: {media}")
        else:
            plans.append(PlacePlan(digest, card, take, media))
    if plans:
        try:
            results: Sequence[Placed | NotPlaced] = host.place(*(_above(plan) if above else plan for plan in plans))
        except TimelineChanged as error:
            results = [NotPlaced(plan.card.id, plan.take.id, error) for plan in plans]
        outcomes |= {plan.card.id: _noted(plan, result) for plan, result in zip(plans, results, strict=True)}
        project.put(*(plan.card for plan in plans))
    return [outcomes[card.id] for card, _ in chosen]


def _above(plan: PlacePlan) -> PlacePlan:
    """The same take on a track above."""
    placement = plan.card.placement.model_copy(update={"mode": "overlay"})
    return replace(plan, card=plan.card.model_copy(update={"placement": placement}))


def _written(host: Host, outcome: Outcome) -> Outcome:
    host.project.put(outcome.card)
    return outcome


def _noted(plan: PlacePlan, result: Placed | NotPlaced) -> Outcome:
    """What became of a plan, noted on its card."""
    card, take = plan.card, plan.take
    if isinstance(result, NotPlaced):
        card.state = CardState.STALE if isinstance(result.error, TimelineChanged) else card.state
        card.error = str(result.error)
        return Outcome(card, take, refusal=card.error)
    card.state, card.active_take, card.applied_take, card.error = CardState.APPLIED, take.id, take.id, ""
    return Outcome(card, take, result)


def adopted(project: Project, other: Project) -> None:
    """Brings the cards and takes of another cut into a project; what it has already stays."""
    known = {card.id for card in project.cards}
    for card in other.cards:
        if card.takes and card.id not in known and other.folder != project.folder:
            takes = [take.model_copy(update={"path": Path(take.path).name}) for take in card.takes]
            for take, here in zip(card.takes, takes, strict=True):
                if (media := other.folder / "takes" / take.path).is_file():
                    shutil.copyfile(media, project.takes_folder / here.path)
            project.put(card.model_copy(update={"state": CardState.REVIEW, "applied_take": None, "takes": takes}))


def reaches(card: Card, gate: Gate | None) -> bool:
    """Whether the active take of a card meets its neighbours as well as the gate wants."""
    take = card.take()
    score = take.seams.score if take and take.seams else None
    return gate is None or score is None or score >= gate.min_score


def undone_run(host: FileHost, *, steps: int | None = None, everything: bool = False) -> list[Logged]:
    """Undoes the last command on the cut, or so many single edits, or every edit there was; newest first.

    Raises:
        TimelineChanged: nothing is left to undo, or the file was changed by somebody else meanwhile.
    """
    done = host.edits()
    if not done:
        raise TimelineChanged(f"nothing was done to {host.path.name} that could be undone", path=host.path)
    if steps is None:
        last = done[-1].run
        same = 0
        while same < len(done) and (everything or (last and done[-1 - same].run == last)):
            same += 1
        steps = max(1, same)
    return host.undo(steps)
