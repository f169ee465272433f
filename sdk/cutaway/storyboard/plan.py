"""What a cut will be asked for, and what that will do to it; nothing is sent or written here.

board = planned(index, project)              # cards that keep their ids
for rehearsal in rehearsed(index, board.cards): ...
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CutawayError, EditRefused, TimelineChanged
from cutaway.storyboard.board import Board, board_of
from cutaway.storyboard.card import Card, Take
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.places import Places
from cutaway.storyboard.placing import placed
from cutaway.storyboard.request import request_for
from cutaway.timeline.doc import Document, member
from cutaway.timeline.index import Index, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cutaway.storyboard.project import Project
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


def rehearsed(
    index: Index, cards: Iterable[Card], project: Project | None = None, folders: Sequence[Path] = ()
) -> Iterator[Rehearsal]:
    """What each card would ask for and change, by itself, on the cut as it is. Nothing is sent or written."""
    look = project.look if project else None
    places = Places(index)
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
                patch = stand_in(card, places)
            except (EditRefused, TimelineChanged) as error:
                yield Rehearsal(card, asks, (), notes, str(error))
                continue
            yield Rehearsal(card, asks, changes_of(patch, index), notes)


def stand_in(card: Card, places: Places) -> Patch:
    """The edit that a card's take will be, before there is one, in the cut that `places` are those of.

    Raises:
        EditRefused: it would break something.
        TimelineChanged: its place is gone.
    """
    take = stand_in_take(card)
    return placed(card, take, places.index, Path(take.path), places=places)[1]


def stand_in_take(card: Card) -> Take:
    """A take of the length that a card asks for, which does not exist yet."""
    return Take(
        id=STAND_IN,
        path=f"{STAND_IN}.mov",
        available_frames=card.head_handle + card.placement.frames + card.tail_handle,
        used_start=card.head_handle,
        used_frames=card.placement.frames,
    )


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


def changes_of(patch: Patch, index: Index) -> tuple[Change, ...]:
    """What an edit does to each track, item by item."""
    return tuple(
        Change(
            int(change.where[0]) if change.where else -1,
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
