"""How long a card will take, from how long such cards took before: the takes of its project remember.

seconds = expected(card, project.look, project.cards)        # None where nothing like it was made yet
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.storyboard.card import BoardLook, Card

REMEMBERED: Final = 9
"""How many takes of a kind are looked at, the latest ones."""


def expected(card: Card, look: BoardLook, cards: Iterable[Card]) -> float | None:
    """Seconds for one take of a card: the median pace of the last ones of its kind and model, for its frames."""
    model = card.model or look.model
    paces = [
        (take.created, take.seconds / take.available_frames)
        for there in cards
        for take in there.takes
        if take.seconds is not None
        and take.slate.get("kind") == card.kind
        and (model is None or take.slate.get("model") == model)
    ]
    if not paces:
        return None
    latest = [pace for _, pace in sorted(paces)[-REMEMBERED:]]
    return median(latest) * (card.head_handle + card.placement.frames + card.tail_handle)
