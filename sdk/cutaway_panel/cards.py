"""Cards and shots as the views show them, in timeline order.

    views = seen(index, [card_view(index, card, project.takes_folder) for card in project.cards])

A shot between cards is a view like a card, so that it can be chosen and asked for more. A clip that shows a
take is its card's; what lies where the card lies now is for `storyboard.drift` to say.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.places import card_id, fingerprint, own_id
from cutaway.timebase import FrameRange, timecode
from cutaway.timeline.index import Index, Item, Kind
from cutaway_panel.state import CardView, TakeView

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from cutaway.storyboard.card import Card

SHOT: Final = "shot"


def seen(index: Index, cards: Iterable[CardView]) -> list[CardView]:
    """The cards and every shot of a cut in timeline order; where both begin at a frame, the shot first."""
    cards = list(cards)
    ours = {view.id for view in cards}
    views = [shot_view(index, item, name) for name, item in shots(index, ours).items()]
    return sorted([*views, *cards], key=lambda view: (view.span.start, view.track, view.kind != SHOT))


def shots(index: Index, ours: Collection[str] = ()) -> dict[str, Item]:
    """The clips by names that stay theirs when they move: what they show, counted where it is the same.

    Not those that show takes of `ours`, by the ids of the cards.
    """
    found: dict[str, Item] = {}
    times: Counter[str] = Counter()
    for track in index.video_tracks:
        for item in track.items:
            if item.kind in {Kind.CLIP, Kind.NESTED} and card_id(item) not in ours and item.record.duration >= 1:
                shown = own_id(item) or fingerprint(item)
                times[shown] += 1
                found[f"{SHOT}-{shown}-{times[shown]}"] = item
    return found


def shot_view(index: Index, item: Item, name: str) -> CardView:
    """A clip of the editor's."""
    span = FrameRange(int(item.record.start), max(int(item.record.start) + 1, int(item.record.end)))
    before, after = index.before(item), index.after(item)
    return CardView(
        id=name,
        number=0,
        kind=SHOT,
        title=item.name or str(item.kind),
        before=_named(before),
        after=_named(after),
        **_where(index, item.track, span),
    )


def card_view(index: Index, card: Card, takes_folder: Path) -> CardView:
    """A card as it is now. What the view holds does not change when the card does."""
    place = card.placement
    return CardView(
        id=card.id,
        number=0,
        kind=str(card.kind),
        title=_title(card),
        card=card.model_copy(update={"takes": list(card.takes), "notes": list(card.notes)}),
        state=card.state,
        takes=take_views(card, takes_folder),
        before=place.before.name if place.before else "",
        after=place.after.name if place.after else "",
        locked=card.locked,
        colour=card.colour,
        problem=card.error,
        **_where(index, place.track, place.span),
    )


def take_views(card: Card, takes_folder: Path) -> tuple[TakeView, ...]:
    """The takes of a card in the order in which they were made."""
    active = card.take()
    return tuple(
        TakeView(
            take=take,
            number=number,
            path=takes_folder / take.path,
            is_active=active is not None and take.id == active.id,
            is_applied=take.id == card.applied_take,
            star=take.star,
            note=take.note,
            parent=take.parent,
        )
        for number, take in enumerate(card.takes, 1)
    )


def _where(index: Index, track: int, span: FrameRange) -> dict[str, Any]:
    start, rate = int(index.start), index.rate
    return {
        "span": span,
        "track": track,
        "track_name": track_name(index, track),
        "timecode_in": timecode(start + span.start, rate),
        "timecode_out": timecode(start + span.end, rate),
        "seconds": rate.seconds(span.duration),
    }


def track_name(index: Index, track: int) -> str:
    """What the editor calls a track: its name, else its number among the video tracks."""
    named = index.tracks[track].name if track < len(index.tracks) else ""
    number = next((n for n, t in enumerate(index.video_tracks, 1) if t.number == track), track + 1)
    return named or f"V{number}"


def _title(card: Card) -> str:
    """The first words of the prompt, else what is asked for."""
    words = " ".join(card.prompt.split())
    return words[:60] if words else f"{card.kind} {card.placement.frames} frames"


def _named(item: Item | None) -> str:
    return "" if item is None else item.name or str(item.kind)
