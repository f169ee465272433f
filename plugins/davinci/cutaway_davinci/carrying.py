"""How an edit of the timeline core is carried out by means of Resolve, which can append and delete, and nothing else.

fill        into the hole, where it is free
all others  on the track "Cutaway" above, at the same frames: Resolve's scripting trims, splits and moves nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.storyboard.places import card_id
from cutaway.storyboard.placing import placed
from cutaway.timeline.edits import OVERLAY_TRACK
from cutaway.timeline.index import Index, Kind

if TYPE_CHECKING:
    from cutaway.hosts.base import PlacePlan
    from cutaway.timeline.index import Item


@dataclass(frozen=True)
class Move:
    """A part of a file on a video track: record and source frames. `track` counts from 1; 0 is a new one on top."""

    track: int
    record: int
    frames: int
    first: int
    track_name: str = OVERLAY_TRACK


def move_for(plan: PlacePlan, index: Index) -> Move:
    """Where a take goes, decided by the timeline core; on a track above where items of the cut would be changed.

    Raises:
        TimelineChanged: the place of the card is gone.
        EditRefused: the take does not fit, the track is locked, or what lies behind would have to move.
    """
    card = plan.card
    if card.placement.mode == "insert" or card.placement.ripple != "none":
        raise EditRefused(
            "Resolve's scripting cannot move what lies behind; fill a gap, or put the take on a track above"
        )
    after = _after(plan, index, card)
    if _others(after, card.id) != _others(index, card.id):
        above = card.placement.model_copy(update={"mode": "overlay"})
        after = _after(plan, index, card.model_copy(update={"placement": above}))
    item = next((i for track in after.video_tracks for i in track.items if card_id(i) == card.id), None)
    if item is None:
        raise TimelineChanged("the take has no place on the timeline any more; take a new snapshot and plan again")
    return _move(plan, index, after, item)


def _move(plan: PlacePlan, index: Index, after: Index, item: Item) -> Move:
    start, frames = item.record.start, item.record.duration
    if frames != plan.take.used_frames or not isinstance(start, int):
        raise EditRefused(f"the take uses {plan.take.used_frames} frames; its place has {frames}, from {start}")
    number = [track.number for track in after.video_tracks].index(item.track) + 1
    is_new = len(after.video_tracks) > len(index.video_tracks)
    return Move(0 if is_new else number, start, int(frames), plan.take.used_start)


def _after(plan: PlacePlan, index: Index, card: Any) -> Index:
    document, _ = placed(card, plan.take, index, plan.media)
    return Index.of(document, rate=index.rate)


def _others(index: Index, card: str) -> list[tuple[Any, ...]]:
    """Everything on the timeline but gaps and the takes of one card."""
    tracks = [*index.video_tracks, *(track for track in index.tracks if not track.is_video)]
    found = []
    for kind in ("Video", "Audio"):
        for number, track in enumerate(t for t in tracks if t.kind == kind):
            items = (i for i in track.items if i.kind is not Kind.GAP and card_id(i) != card)
            found += [(kind, number, i.name, i.record, i.source, i.enabled, i.speed) for i in items]
    return found
