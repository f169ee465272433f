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

from cutaway.errors import MediaError
from cutaway.storyboard.card import Card, CardState
from cutaway.storyboard.drift import followed
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.places import Places
from cutaway.storyboard.plan import planned
from cutaway_panel.cards import card_view
from cutaway_panel.frames import Cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.hosts.base import Host, HostInfo, Placed, Snapshot
    from cutaway.storyboard.card import Placement
    from cutaway.storyboard.project import Project
    from cutaway_panel.state import CardView

MADE = frozenset({CardState.REVIEW, CardState.APPLIED, CardState.STALE})
"""States of cards that something was made for, which a change of the cut may have overtaken."""
STILL = MADE | {CardState.DRAFT, CardState.READY, CardState.FAILED, CardState.CANCELLED}
"""States of cards that are not on their way."""


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
    _projects: dict[Path, Project] = field(default_factory=dict)
    """Every project that lay on the table, by its folder."""

    @property
    def project(self) -> Project:
        assert self.looked is not None
        return self.looked.project

    @property
    def takes_folder(self) -> Path:
        """Where takes lie, if there are any: looking makes no folder."""
        return self.project.folder / "takes"

    @property
    def cut(self) -> Cut | None:
        """The cut for those who read its media."""
        if self.looked is None:
            return None
        return Cut(self.looked.snapshot.index, self.looked.folders, self.takes_folder)

    def clear(self) -> None:
        """Another timeline comes: nothing of this one is on the table any more."""
        self.looked, self.size = None, None
        self.found.clear()
        self.choice.clear()

    def lay(self, looked: Looked) -> None:
        """Takes up the cut as it is now: cards find their places again, and places are found anew."""
        project, before = looked.project, self._projects.get(looked.project.folder)
        if before is not None and before is not project and project.contents.revision <= before.contents.revision:
            project.go_on_as(before)  # opened anew; what is not written yet and what the queue changes is in the other
        self._projects[project.folder] = project
        self.looked = looked
        if self.size is None:
            self.size = _size(looked)
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
        """A card as the project's; a place that was found becomes it, and is on disk with the next write."""
        card = self.card(card_id)
        if self.found.pop(card_id, None) is not None and card is not None:
            self.project.put(card, written=False)
        return card

    def taken_up(self, card_ids: Sequence[str]) -> list[str]:
        """Those of the cards that can be made, as the project's, in their places as these are now."""
        assert self.looked is not None
        places = Places(self.looked.snapshot.index)
        cards = [card for name in card_ids if (card := self.card(name)) is not None]
        ready = []
        for card in cards:
            self.found.pop(card.id, None)
            if card.state is CardState.STALE:
                there = followed(card, places)
                if not there.is_there:
                    continue
                card.placement, card.fingerprint, card.error = there.placement, there.fingerprint(card), ""
                card.state = CardState.REVIEW if card.takes else CardState.READY
            ready.append(card)
        if ready:
            self.project.put(*ready)
        return [card.id for card in ready]

    def view(self, card: Card) -> CardView:
        """One card as it is now; its number is for the board to know."""
        assert self.looked is not None
        return card_view(self.looked.snapshot.index, card, self.takes_folder)

    def _follow(self, card: Card, places: Places, placed: Placed | None) -> bool:
        """A card goes where its place is now; whether anything about it changed."""
        there = followed(card, places)
        before = (card.placement, card.state, card.error, card.applied_take)
        is_in = there.is_shown or placed is not None
        if not is_in and (card.applied_take is not None or card.state is CardState.APPLIED):
            card.applied_take = None
            if card.state is CardState.APPLIED:
                card.state = CardState.REVIEW if card.takes else CardState.READY
        elif placed is not None and card.applied_take != placed.take_id:
            card.applied_take = placed.take_id
            card.state = CardState.APPLIED if card.state in MADE else card.state
        if there.reason and (card.state in MADE or not there.is_there):
            if there.is_there:
                card.placement = _moved_only(card, there.placement)
            if card.state in STILL and not is_in:
                card.state = CardState.STALE
            card.error = there.reason if card.state in STILL else card.error
        else:
            card.placement = there.placement
            if not there.is_shown:
                card.fingerprint = there.fingerprint(card)
            if card.state in {CardState.STALE, CardState.APPLIED}:
                card.state, card.error = _settled(card), ""
        return before != (card.placement, card.state, card.error, card.applied_take)


def _size(looked: Looked) -> tuple[int, int] | None:
    """The picture size of the cut, where a clip of it is on this machine."""
    try:
        with Footage(looked.snapshot.index, looked.folders) as footage:
            return footage.size()
    except MediaError:
        return None


def _settled(card: Card) -> CardState:
    """The state of a card that is not on its way."""
    if card.applied_take is not None:
        return CardState.APPLIED
    return CardState.REVIEW if card.takes else CardState.READY


def _moved_only(card: Card, now: Placement) -> Placement:
    """The place where it is now, remembering the neighbours as they were: they are why the card is stale."""
    return card.placement.model_copy(update={"track": now.track, "track_name": now.track_name, "start": now.start})
