"""A whole cut, from cards to takes in their places.

    host = FileHost("out.otio", run="fill 1")
    cards = planned(host.snapshot().index, host.project).cards
    for outcome in carried_out(host, client, cards): ...
    undone_run(host)

Each take is placed as soon as it is there, so that a crash loses nothing: run again, what was made is
placed, what was submitted is waited for, and only the rest is asked for.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CutawayError, EditRefused, TimelineChanged
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.board import Board, board_of
from cutaway.storyboard.card import Card, CardState, Take
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.placing import placed
from cutaway.storyboard.produce import Gate, Production, Progress, produce
from cutaway.storyboard.request import request_for
from cutaway.timeline.doc import Document, member
from cutaway.timeline.index import Index, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cutaway.hosts.base import Placed
    from cutaway.hosts.otio_file import FileHost
    from cutaway.storyboard.project import Logged, Project
    from cutaway.timeline.patch import Patch
    from cutaway.timeline.rope import Element

STAND_IN: Final = "take"
"""What a take is called that does not exist yet."""


@dataclass(frozen=True)
class Change:
    """What a card will do to a track: items that go and items that come, as (kind, name, frames)."""

    track: int
    removed: tuple[tuple[str, str, int | str], ...]
    inserted: tuple[tuple[str, str, int | str], ...]


@dataclass(frozen=True)
class Rehearsal:
    """One card, gone through without doing anything.

    `asks` is the call of the client with its frames; `changes` what the edit does; `refusal` why it
    cannot be done, where it cannot.
    """

    card: Card
    asks: dict[str, Any]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    refusal: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a card: its take, and where it lies now, or why it does not."""

    card: Card
    take: Take | None = None
    placed: Placed | None = None
    refusal: str = ""


def planned(index: Index, project: Project | None = None, **choice: Any) -> Board:
    """The board of a cut, whose cards keep their ids from one reading to the next.

    A card that the project already knows is the project's, with its words and takes. `choice` is what
    `board_of` takes.
    """
    board = board_of(index, **choice)
    known = {card.id: card for card in project.cards} if project else {}
    named = [named_card(card) for card in board.cards]
    return replace(board, cards=tuple(known.get(card.id, card) for card in named))


def named_card(card: Card) -> Card:
    """A card whose id says what it asks for and where, so that the same question has the same id."""
    place = card.placement
    said = [card.kind, place.track, place.start, place.frames, place.edge, place.ripple, place.mode, card.fingerprint]
    return card.model_copy(update={"id": hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()[:32]})


def carried_out(
    host: FileHost,
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
    production = Production(
        project=host.project, index=index, client=client, folders=host.folders, gate=gate, on_progress=on_progress
    )
    host.project.put(*cards)
    step = at_once or max(1, len(cards))
    for first in range(0, len(cards), step):
        waiting = []
        for card in cards[first : first + step]:
            if card.state is CardState.REVIEW and card.take() is not None and reaches(card, gate):
                yield put(host, card)  # made by a run that ended before it was placed
                continue
            try:
                _stand_in(card, index)
            except (EditRefused, TimelineChanged) as error:
                yield Outcome(card, refusal=str(error))  # nothing is made that could not be placed
            else:
                waiting.append(card)
        for card in produce(production, waiting):
            if card.state is not CardState.REVIEW:
                yield Outcome(card, refusal=card.error or str(card.state))
            elif not reaches(card, gate):
                yield Outcome(card, card.take(), refusal=card.notes[-1] if card.notes else "its seam is too poor")
            else:
                yield put(host, card)


def put(host: FileHost, card: Card, take: Take | None = None) -> Outcome:
    """Puts a take of a card (the active one, if none is named) into the cut as it is now."""
    take = take or card.take()
    if take is None:
        return Outcome(card, refusal="it has no take yet")
    media = host.project.takes_folder / take.path
    if not media.is_file():
        return Outcome(card, take, refusal=f"its file is gone: {media}")
    try:
        there = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    except (EditRefused, TimelineChanged) as error:
        card.state, card.error = CardState.STALE if isinstance(error, TimelineChanged) else card.state, str(error)
        host.project.put(card)
        return Outcome(card, take, refusal=str(error))
    card.state, card.active_take, card.applied_take, card.error = CardState.APPLIED, take.id, take.id, ""
    host.project.put(card)
    return Outcome(card, take, there)


def adopted(project: Project, other: Project) -> None:
    """Brings the cards and takes of another cut into a project; what it has already stays."""
    known = {card.id for card in project.cards}
    for card in other.cards:
        if card.takes and card.id not in known and other.folder != project.folder:
            for take in card.takes:
                shutil.copyfile(other.takes_folder / take.path, project.takes_folder / take.path)
            project.put(card.model_copy(update={"state": CardState.REVIEW, "applied_take": None}))


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
    done = [edit for edit in host.project.logged() if not edit.undone]
    if not done:
        raise TimelineChanged(f"nothing was done to {host.path.name} that could be undone", path=host.path)
    if steps is None:
        last = done[-1].run
        same = 0
        while same < len(done) and (everything or (last and done[-1 - same].run == last)):
            same += 1
        steps = max(1, same)
    edits = host.undo(steps)
    shown = {edit.card for edit in host.project.logged() if not edit.undone}
    for card in host.project.cards:
        if card.state is CardState.APPLIED and card.id not in shown:
            card.state, card.applied_take = CardState.REVIEW if card.takes else CardState.READY, None
            host.project.put(card)
    return edits


# -- without doing anything ------------------------------------------------------------------------


def rehearsed(
    index: Index, cards: Iterable[Card], project: Project | None = None, folders: Sequence[Path] = ()
) -> Iterator[Rehearsal]:
    """What each card would ask for and change, by itself, on the cut as it is. Nothing is sent or written."""
    look = project.look if project else None
    with Footage(index, folders) as footage:
        for card in cards:
            try:
                request = request_for(card, footage, look)
            except CutawayError as error:
                yield Rehearsal(card, {}, (), (), str(error))
                continue
            asks = {
                "method": request.method,
                "frames": request.frames,
                "head_handle": request.head,
                "tail_handle": request.tail,
            }
            notes = (*request.notes, *spare_media(card, footage))
            try:
                patch = _stand_in(card, index)
            except (EditRefused, TimelineChanged) as error:
                yield Rehearsal(card, asks, (), notes, str(error))
                continue
            yield Rehearsal(card, asks, _changes(patch, index), notes)


def _stand_in(card: Card, index: Index) -> Patch:
    """The edit that a card's take will be, before there is one.

    Raises:
        EditRefused: it would break something.
        TimelineChanged: its place is gone.
    """
    take = Take(
        id=STAND_IN,
        path=f"{STAND_IN}.mov",
        available_frames=card.head_handle + card.placement.frames + card.tail_handle,
        used_start=card.head_handle,
        used_frames=card.placement.frames,
    )
    return placed(card, take, index, Path(take.path))[1]


def spare_media(card: Card, footage: Footage) -> tuple[str, ...]:
    """The neighbours' own unused media, where it would cover a place without anything being generated."""
    if card.kind not in {"fill", "extend"}:
        return ()
    place, found = card.placement, []
    for item in footage.index.tracks[place.track].items:
        sides = {"tail": item.record.end == place.start, "head": item.record.start == place.behind}
        for n, side in enumerate(("head", "tail")):
            if item.kind is Kind.CLIP and sides[side] and place.edge in {"none", side}:
                with suppress(Unavailable):
                    spare = footage.handles(item)[n]
                    if spare >= place.frames:
                        found.append(f"{item.name} has {spare} unused frames at its {side}, which would fit here")
    return tuple(found)


def read_from(index: Index, source: Path | None) -> Index:
    """The same index, whose relative media are looked for beside another file."""
    return index if source is None else replace(index, document=replace(index.document, path=source))


def _changes(patch: Patch, index: Index) -> tuple[Change, ...]:
    return tuple(
        Change(
            change.where[0] if change.where else -1,
            tuple(_listed(element, index) for element in change.splice.removed),
            tuple(_listed(element, index) for element in change.splice.inserted),
        )
        for change in patch.changes
    )


def _listed(element: Element, index: Index) -> tuple[str, str, int | str]:
    """An item by what it is, its name and its frames."""
    node = Document.parse("".join(element.node.pieces())).root
    schema = str(member(node, "OTIO_SCHEMA", "")).partition(".")[0].lower()
    trim = member(node, "source_range") or {}
    duration = trim.get("duration") or {}
    value, rate = duration.get("value"), duration.get("rate")
    frames: int | str = ""
    if isinstance(value, int | float) and isinstance(rate, int | float) and rate:
        exact = value * index.rate.fps / rate
        frames = round(exact) if abs(exact - round(exact)) < 1e-3 else f"{exact:.3f}"
    return schema, str(member(node, "name") or ""), frames
