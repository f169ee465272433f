"""How far a cut has drifted from a card: where its place is now, and what is different there.

    there = followed(card, Places(index))
    there.placement                # the same place in the cut as it is now
    there.reason                   # why what was made for it may not fit any more; "" where it does

    planned   | A | gap 24 | B |         placement: start 48, after "A", before "B"
    now       | X | A | gap 24 | B' |    placement: start 72; reason: the shot behind it, B, is not what it was

A place that only moved is followed in silence. Whether a card becomes stale by a reason is for its keeper:
without takes there is nothing that could be stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway.storyboard.places import Found, Lost, Tied, anchor, card_id, find, fingerprint, place_fingerprint
from cutaway.timeline.index import Item, Kind
from cutaway.wire import Verb

if TYPE_CHECKING:
    from cutaway.storyboard.card import Anchor, Card, Placement
    from cutaway.storyboard.places import Places
    from cutaway.timeline.index import Index


GAP: Final = "gap"
"""What a gap looks like, whatever lies beside it."""


@dataclass(frozen=True)
class Followed:
    """Where the place of a card is now. `is_there` is False where it is gone, or could be several."""

    placement: Placement
    reason: str = ""
    is_there: bool = True
    is_shown: bool = False
    """A clip shows a take of the card there."""

    def fingerprint(self, card: Card) -> str:
        """Of the place as it is now."""
        return place_fingerprint(card.kind, self.placement)


def followed(card: Card, places: Places) -> Followed:
    """Where a card's place is in the cut that `places` are those of."""
    place, found = card.placement, find(card, places)
    if isinstance(found, Lost):
        return Followed(place, found.reason, is_there=False)
    if isinstance(found, Tied):
        where = ", ".join(str(item.record.start) for item in found.items)
        return Followed(place, f"several places look like this one, at frames {where}; say which", is_there=False)
    if card_id(found.item) == card.id:
        return _shown(card, found, places.index)
    return _moved(card, found.item, places.index)


def _shown(card: Card, found: Found, index: Index) -> Followed:
    """A card whose take lies in the cut."""
    clip = found.item
    there = {"track": clip.track, "track_name": index.tracks[clip.track].name, "start": int(clip.record.start)}
    placement = card.placement.model_copy(update=there)
    if clip.record.duration == placement.frames:
        return Followed(placement, is_shown=True)
    return Followed(
        placement,
        f"its clip is {clip.record.duration} frames long now; the place has {placement.frames}",
        is_shown=True,
    )


def _moved(card: Card, item: Item, index: Index) -> Followed:
    """A card whose place lies in or beside an item."""
    place, record = card.placement, item.record
    start, frames = place.start, place.frames
    if place.offset is not None:
        start = int(record.start) + place.offset
    elif item.kind is Kind.GAP and not (record.start <= start and place.span.end <= record.end):
        start = int(record.start)
    before, after = _beside(place.before, item, index, -1), _beside(place.after, item, index, +1)
    sees_left, sees_right = _seen_sides(card)
    reasons = [_changed("before", place.before, before)] if sees_left else []
    reasons += [_changed("behind", place.after, after)] if sees_right else []
    if item.kind is Kind.GAP and place.target is not None:
        was, length = place.target.frames or frames, max(1, int(record.duration))
        fills = frames == was and not place.offset
        if (fills and length != was) or start + frames > record.end:
            reasons.insert(0, f"the gap is {length} frames long now and was {was}")
            start, frames = (int(record.start), length) if fills else (start, frames)
    placement = place.model_copy(
        update={
            "track": item.track,
            "track_name": index.tracks[item.track].name,
            "start": max(0, start),
            "frames": frames,
            "before": anchor(before) if place.before is not None else None,
            "after": anchor(after) if place.after is not None else None,
            "target": anchor(item),
        }
    )
    return Followed(placement, "; ".join(reason for reason in reasons if reason))


def _seen_sides(card: Card) -> tuple[bool, bool]:
    """Which of its neighbours a take is made from: the others may change as they like."""
    if card.kind is Verb.EXTEND:
        return card.placement.edge == "tail", card.placement.edge == "head"
    return card.kind is Verb.FILL, card.kind in {Verb.FILL, Verb.BLEND}


def _beside(remembered: Anchor | None, item: Item, index: Index, step: int) -> Item | None:
    """What lies on one side of a place now: the item itself, where the place hangs on it, else the next shot."""
    if remembered is None:
        return None
    if item.kind is not Kind.GAP and remembered.fingerprint == fingerprint(item):
        return item
    beside = index.before if step < 0 else index.after
    found = beside(item)
    while (
        found is not None
        and item.kind is Kind.GAP
        and (found.kind is Kind.GAP or not found.enabled)
        and fingerprint(found) != remembered.fingerprint
    ):
        found = beside(found)
    return found


def _changed(side: str, remembered: Anchor | None, now: Item | None) -> str:
    if (
        remembered is None
        or remembered.fingerprint == GAP
        or (now is not None and fingerprint(now) == remembered.fingerprint)
    ):
        return ""
    was = remembered.name or "a shot"
    if now is None:
        return f"the shot {side} it, {was}, is gone"
    name = now.name or str(now.kind)
    return f"the shot {side} it is {name} and was {was}" if name != was else f"the shot {side} it, {was}, was trimmed"
