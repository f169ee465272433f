# SPDX-License-Identifier: GPL-3.0-or-later
"""How an edit of the timeline core is carried out in Blender: decided here, done in `cutting`. No bpy in this file.

fill, extend      into the hole where its channel is free; else on the next free channel above
remix, blend      the shots are trimmed or split around the take; where one of them must stay whole (it would be gone,
                  is a part of an effect, is retimed or is a meta), the take goes above
insert, ripple    what lies behind moves, with what is laid over it
overlay           on a channel "Cutaway" above all shots

Positions are record frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.storyboard.places import card_id
from cutaway.storyboard.placing import placed
from cutaway.timeline.edits import OVERLAY_TRACK
from cutaway.timeline.index import Index, Item, Kind

from .timeline import Listing, Lying, strip_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cutaway.hosts.base import PlacePlan
    from cutaway.storyboard.card import Card

MAX_CHANNEL: Final = 128
CHANNEL_NAME: Final = OVERLAY_TRACK


@dataclass(frozen=True)
class Move:
    """What has to be done for one take. Strips are named by their names in the listing."""

    channel: int
    start: int
    frames: int
    trims: tuple[tuple[str, int, int], ...] = ()
    """Strip, and by how many frames its head and its tail give way."""
    split: tuple[str, int, int] | None = None
    """A strip that ends at the first frame from now on, and goes on at the second one."""
    shifts: tuple[str, ...] = ()
    """Strips that move back by the length of the take."""
    ripple: str = "none"
    names_channel: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_simple(self) -> bool:
        """Whether it only puts a take into a hole of a channel that has shots already."""
        return not (self.trims or self.split or self.shifts or self.names_channel or self.notes)


def move_for(plan: PlacePlan, listing: Listing) -> Move:
    """Where a take goes and what has to give way.

    Raises:
        TimelineChanged: the place of the card is gone.
        EditRefused: the take does not fit, or something that would have to move cannot.
    """
    card = plan.card
    move, why = _in_place(_after(plan, listing.index, card), plan, listing)
    if not why:
        return move
    if card.placement.mode == "insert" or card.placement.ripple != "none":
        raise EditRefused(f"the take cannot be inserted: {why}")
    above = card.model_copy(update={"placement": card.placement.model_copy(update={"mode": "overlay"})})
    move, still = _in_place(_after(plan, listing.index, above), plan, listing)
    if still:
        raise EditRefused(f"the take fits neither in its place ({why}) nor above ({still})")
    return Move(**{**vars(move), "notes": (*move.notes, f"the take lies on a channel above: {why}")})


def _after(plan: PlacePlan, index: Index, card: Card) -> Index:
    document, _ = placed(card, plan.take, index, plan.media)
    return Index.of(document, rate=index.rate)


def _in_place(after: Index, plan: PlacePlan, listing: Listing) -> tuple[Move, str]:
    """The move that leads to a cut of the core, and why it cannot be made, "" where it can."""
    item = next((i for track in after.video_tracks for i in track.items if card_id(i) == plan.card.id), None)
    if item is None:
        raise TimelineChanged("the take has no place in the cut any more; take a new snapshot and plan again")
    start, frames = int(item.record.start), int(item.record.duration)
    if frames != plan.take.used_frames:
        raise EditRefused(f"the take uses {plan.take.used_frames} frames; its place has {frames}, from {start}")
    is_new = len(after.video_tracks) > len(listing.index.video_tracks)
    facts = {one.name: one for one in listing.lying}
    given = _given(listing.index, after, facts)
    shifts, ripple = set(given.shifts), "none"
    if shifts:
        ripple = "all" if plan.card.placement.ripple == "all" else "track"
    if ripple == "all":
        shifts |= {one.name for one in listing.lying if one.start >= start}
    lying = _arranged(listing.lying, given, _with_effects(shifts, facts), frames, plan.card.id)
    base = _top(listing) + 1 if is_new else listing.channels[item.track]
    channel = next((c for c in range(base, MAX_CHANNEL + 1) if _is_free(lying, c, start, start + frames)), 0)
    full = "" if channel else f"no channel from {base} on is free from frame {start} to {start + frames}"
    notes: tuple[str, ...] = ()
    if channel != base and not is_new:
        notes = (f"channel {base} is not free there; the take lies on channel {channel}",)
    split = given.splits[0] if given.splits else None
    move = Move(channel, start, frames, given.trims, split, tuple(sorted(shifts)), ripple, is_new, notes)
    return move, given.why or _clash(lying) or full


@dataclass(frozen=True)
class _Given:
    """What the strips of a cut give up for a take; `why` one of them cannot."""

    trims: tuple[tuple[str, int, int], ...]
    splits: tuple[tuple[str, int, int], ...]
    shifts: tuple[str, ...]
    why: str


def _given(before: Index, after: Index, facts: Mapping[str, Lying]) -> _Given:
    """What became of every strip that did not stay as it was."""
    trims, splits, shifts, why = list[tuple[str, int, int]](), list[tuple[str, int, int]](), list[str](), ""
    pieces = _pieces(after)
    for item in _strips(before):
        name = strip_name(item) or ""
        spans = [(int(i.record.start), int(i.record.end)) for i in pieces.get(name, [])]
        start, end = int(item.record.start), int(item.record.end)
        if spans == [(start, end)]:
            continue
        if len(spans) == 1 and spans[0][1] - spans[0][0] == end - start:
            shifts.append(name)
        elif not spans:
            why = why or f"it would take the place of all of {name!r}"
        else:
            why = why or (f"{name!r} stays whole, since {facts[name].fixed}" if facts[name].fixed else "")
            if len(spans) == 1:
                trims.append((name, spans[0][0] - start, end - spans[0][1]))
            else:
                splits.append((name, spans[0][1], spans[1][0]))
    return _Given(tuple(trims), tuple(splits), tuple(shifts), why)


def _pieces(index: Index) -> dict[str, list[Item]]:
    """What became of each strip: the items that are it, in the order of the track."""
    found: dict[str, list[Item]] = {}
    for item in _strips(index):
        found.setdefault(strip_name(item) or "", []).append(item)
    return found


def _strips(index: Index) -> Iterable[Item]:
    """Every item that is a strip."""
    return (i for track in index.tracks for i in track.items if i.kind is not Kind.GAP and strip_name(i))


def _with_effects(shifts: set[str], facts: Mapping[str, Lying]) -> set[str]:
    """The strips that move, with the effects that are made of them."""
    moving = set(shifts)
    while more := {one.name for one in facts.values() if one.name not in moving and moving & set(one.inputs)}:
        moving |= more
    return moving


def _arranged(
    lying: Iterable[Lying], given: _Given, moving: set[str], frames: int, card: str
) -> list[tuple[Lying, bool, int, int]]:
    """Where everything will lie, and whether it moved; the placeholder of the card is gone."""
    trimmed = {name: (head, tail) for name, head, tail in given.trims}
    cut = {name: (end, start) for name, end, start in given.splits}
    found = []
    for one in lying:
        if one.card == card and card:
            continue
        by = frames if one.name in moving else 0
        head, tail = trimmed.get(one.name, (0, 0))
        start, end = one.start + by + head, one.end + by - tail
        if one.name in cut:
            found += [(one, False, start, cut[one.name][0]), (one, False, cut[one.name][1], end)]
        else:
            found.append((one, bool(by), start, end))
    return found


def _clash(lying: list[tuple[Lying, bool, int, int]]) -> str:
    """What would lie on one another because one of them moved and the other did not, or is torn by it."""
    moved = {one.name for one, has_moved, *_ in lying if has_moved}
    for one, has_moved, start, end in lying:
        if not has_moved:
            continue
        torn = [name for name in one.inputs if name not in moved]
        if torn:
            return f"{one.name!r} is made of {torn[0]!r}, which would stay where it is"
        for other, other_moved, other_start, other_end in lying:
            if not other_moved and other.channel == one.channel and start < other_end and other_start < end:
                return f"{one.name!r} would be moved onto {other.name!r}"
    return ""


def _is_free(lying: list[tuple[Lying, bool, int, int]], channel: int, start: int, end: int) -> bool:
    return not any(one.channel == channel and at < end and start < behind for one, _, at, behind in lying)


def _top(listing: Listing) -> int:
    """The highest channel with a shot."""
    return max((one.channel for one in listing.lying if one.is_shot and not one.card), default=0)
