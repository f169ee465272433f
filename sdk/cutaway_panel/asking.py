"""New cards for what the editor points at. Where they go is decided by `storyboard.asks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway.errors import CutawayError, EditRefused
from cutaway.storyboard.asks import Spot, card_at, continuation, pointed
from cutaway.storyboard.places import shown_clips
from cutaway.storyboard.plan import named_card
from cutaway.timeline.index import Kind
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.hosts.base import Selection
    from cutaway.storyboard.card import Card
    from cutaway.timebase import FrameRange
    from cutaway.timeline.index import Index
    from cutaway_panel.tools import Tools


class Asking:
    """Cards on request."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def ask(self, verb: Verb, spot: Spot | None, part: FrameRange | None, **how: Any) -> None:
        """A card for a verb at a spot; without one at the selection or the playhead of the application."""
        if spot is not None:
            self._made(lambda index: [card_at(index, verb, spot, **how)])
            return

        def selected(selection: Selection) -> None:
            def cards(index: Index) -> list[Card]:
                there = pointed(selection.spans, selection.playhead, part or selection.marked)
                return [card_at(index, verb, there, **how)]

            self._made(cards)

        self._tools.line.ask("looking at the selection", lambda host: host.selection(), selected, self._tools.failed)

    def board(self) -> None:
        """A card for each item that is selected: shots to be made anew, gaps to be filled."""

        def selected(selection: Selection) -> None:
            self._made(lambda index: _of_selection(index, selection))

        self._tools.line.ask("looking at the selection", lambda host: host.selection(), selected, self._tools.failed)

    def recut(self, card_id: str, kept: int) -> None:
        """The first frames of a take that lies in the cut stay; a new card makes the rest anew."""

        def cards(index: Index) -> list[Card]:
            clip = shown_clips(index).get(card_id)
            if clip is None:
                raise EditRefused("no take of this card lies in the cut; apply it first")
            card, before = continuation(index, clip, kept), self._tools.table.card(card_id)
            if before is not None:
                card.prompt, card.style, card.model = before.prompt, before.style, before.model
                card.derived_from = before.id
            return [card]

        self._made(cards)

    def _made(self, cards: Callable[[Index], list[Card]]) -> None:
        """Puts new cards on the board, or says why there are none."""
        looked = self._tools.table.looked
        if looked is None:
            self._tools.say("no timeline is open; connect first", "warning")
            return
        try:
            made = [named_card(card) for card in cards(looked.snapshot.index)]
        except CutawayError as error:
            self._tools.say(str(error), "warning")
            return
        there, wanted = {card.id for card in looked.project.cards}, {card.id for card in made}
        contents = looked.project.contents
        contents.dismissed = [one for one in contents.dismissed if one not in wanted]
        if new := [card for card in made if card.id not in there]:
            looked.project.put(*new)
        self._tools.table.find()
        self._tools.lay_out()
        numbers = ", ".join(str(self._tools.number(card.id)) for card in made)
        self._tools.say(f"card {numbers}" + ("" if new else " asks for that already"))


def _of_selection(index: Index, selection: Selection) -> list[Card]:
    if not selection.spans:
        raise EditRefused("nothing is selected in the timeline")
    cards = []
    for track, span in selection.spans:
        items = index.tracks[track].items
        is_gap = any(item.kind is Kind.GAP and item.record.start <= span.start < item.record.end for item in items)
        cards.append(card_at(index, Verb.FILL if is_gap else Verb.REMIX, Spot(span.start, track)))
    return cards
