"""What lies on the cutting table: the cut as it was looked at last, its project, and the places found in it.

    table = Table()
    table.lay(looked)                # after every look at the application
    table.cards()                    # the project's cards and the places nobody has asked anything of yet

A place that was found is kept in memory until somebody edits it or asks for it; then it is the project's.
Of one thread, the desk's. Nothing here speaks to an application or a server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cutaway.storyboard.card import Card, CardState
from cutaway.storyboard.drift import followed
from cutaway.storyboard.places import Places
from cutaway.storyboard.plan import planned
from cutaway_panel.cards import card_view, seen
from cutaway_panel.frames import Cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.hosts.base import Host, HostInfo, Placed, Snapshot
    from cutaway.storyboard.project import Project
    from cutaway_panel.state import CardView

MADE = frozenset({CardState.REVIEW, CardState.APPLIED, CardState.STALE})
"""States of cards that something was made for, which a change of the cut may have overtaken."""


@dataclass(frozen=True)
class Looked:
    """One look at the application."""

    info: HostInfo
    snapshot: Snapshot
    project: Project
    folders: tuple[Path, ...]
    placements: tuple[Placed, ...]

    @classmethod
    def at(cls, host: Host) -> Looked:
        """Asks the host for all of it, the cut first: it says which project is its own."""
        snapshot = host.snapshot()
        return cls(host.info(), snapshot, host.project, tuple(host.folders), host.placements())


@dataclass
class Table:
    """The cut, its cards and its places."""

    min_frames: int = 2
    looked: Looked | None = None
    found: dict[str, Card] = field(default_factory=dict)
    """Places nobody has asked anything of."""
    choice: dict[str, Any] = field(default_factory=dict)
    """How places are found, as `board_of` takes it."""
    size: tuple[int, int] | None = None
    """Of the picture in pixels, once a clip said it."""
    notes: tuple[str, ...] = ()

    @property
    def project(self) -> Project:
        assert self.looked is not None
        return self.looked.project

    @property
    def cut(self) -> Cut | None:
        """The cut for those who read its media."""
        if self.looked is None:
            return None
        return Cut(self.looked.snapshot.index, self.looked.folders, self.looked.project.takes_folder)

    def lay(self, looked: Looked) -> None:
        """Takes up the cut as it is now: cards find their places again, and places are found anew."""
        self.looked = looked
        places = Places(looked.snapshot.index)
        shown = {placed.card_id: placed for placed in looked.placements}
        changed = [self._follow(card, places, shown.get(card.id)) for card in self.project.cards]
        if any(changed):
            self.project.put()
        self.find()

    def find(self, **choice: Any) -> int:
        """Finds places where something is missing, as was chosen last where nothing is said; how many there are."""
        assert self.looked is not None
        self.choice |= choice
        board = planned(self.looked.snapshot.index, **{"min_frames": self.min_frames, **self.choice})
        taken = {(card.placement.track, card.placement.start, card.kind) for card in self.project.cards}
        dismissed = set(self.project.contents.dismissed)
        known = {card.id for card in self.project.cards} | dismissed
        self.found = {
            card.id: card
            for card in board.cards
            if card.id not in known and (card.placement.track, card.placement.start, card.kind) not in taken
        }
        self.notes = board.notes
        return len(self.found)

    def cards(self) -> list[Card]:
        return [*self.project.cards, *self.found.values()] if self.looked is not None else []

    def card(self, card_id: str) -> Card | None:
        """A card, or a place that was found."""
        if self.looked is None:
            return None
        found = self.found.get(card_id)
        return found or next((card for card in self.project.cards if card.id == card_id), None)

    def kept(self, card_id: str) -> Card | None:
        """A card as the project's; a place that was found becomes it, to be written with the next change."""
        card = self.card(card_id)
        if self.found.pop(card_id, None) is not None and card is not None:
            self.project.put(card)
        return card

    def views(self) -> list[CardView]:
        """Every card and shot of the cut, in order."""
        if self.looked is None:
            return []
        return seen(self.looked.snapshot.index, self.cards(), self.project.takes_folder)

    def view(self, card: Card) -> CardView:
        """One card as it is now; its number is for the board to know."""
        assert self.looked is not None
        return card_view(self.looked.snapshot.index, card, self.project.takes_folder)

    def _follow(self, card: Card, places: Places, placed: Placed | None) -> bool:
        """A card goes where its place is now; whether anything about it changed."""
        there = followed(card, places)
        before = (card.placement, card.state, card.error, card.applied_take)
        if card.state is CardState.APPLIED and not there.is_shown and placed is None:
            card.state, card.applied_take = CardState.REVIEW if card.takes else CardState.READY, None
        if there.is_shown and card.state in {CardState.REVIEW, CardState.STALE} and placed is not None:
            card.state, card.applied_take = CardState.APPLIED, placed.take_id
        if there.reason and card.state in MADE:
            card.placement = _moved_only(card, there.placement) if there.is_there else card.placement
            if card.state is not CardState.APPLIED or not there.is_there:
                card.state = CardState.STALE
            card.error = there.reason
        elif there.reason and not there.is_there:
            if card.state in {CardState.DRAFT, CardState.READY}:
                card.state, card.error = CardState.STALE, there.reason
        else:
            card.placement = there.placement
            if not there.is_shown:
                card.fingerprint = there.fingerprint(card)
            if card.state is CardState.STALE:
                card.state, card.error = CardState.REVIEW if card.takes else CardState.READY, ""
        return before != (card.placement, card.state, card.error, card.applied_take)


def _moved_only(card: Card, now: Any) -> Any:
    """The place where it is now, remembering the neighbours as they were: they are why the card is stale."""
    return card.placement.model_copy(update={"track": now.track, "track_name": now.track_name, "start": now.start})


def spans(views: Sequence[CardView]) -> int:
    """How many frames the views reach."""
    return max((view.span.end for view in views), default=0)
