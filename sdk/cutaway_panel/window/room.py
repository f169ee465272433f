"""How much room the cut has for a card: what lies between the shots beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.timebase import FrameRange
from cutaway_panel.window.card_delegate import SHOT

if TYPE_CHECKING:
    from cutaway_panel.state import CardView, Storyboard


def room_of(state: Storyboard, card: CardView) -> FrameRange | None:
    """From the end of the shot before a card to the start of the one behind it, on its track, record frames.

    None where no shot lies behind it: there is room without end.
    """
    shots = [other.span for other in state.cards if other.kind == SHOT and other.track == card.track]
    behind = [span.start for span in shots if span.start >= card.span.start and span.end > card.span.start]
    if not behind:
        return None
    start = max((span.end for span in shots if span.end <= card.span.start), default=0)
    return FrameRange(start, max(start, min(behind)))
