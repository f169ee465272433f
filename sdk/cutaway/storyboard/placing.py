"""Which edit puts a take of a card into the cut.

    doc, patch = placed(card, take, index, media)
    doc, patches = placed_all(index, [Placing(card, take, media), ...])

The only place where a kind of card meets an edit of the timeline. Pure: a host carries out what comes
out of here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.storyboard.places import Lost, Places, Tied, card_id, find
from cutaway.timebase import FrameRange
from cutaway.timeline import edits
from cutaway.timeline.batch import Batch
from cutaway.timeline.doc import children
from cutaway.timeline.edits import Room
from cutaway.timeline.index import Index, Item, Kind, Span
from cutaway.timeline.moves import first_touched
from cutaway.timeline.patch import Change, Patch, Touching
from cutaway.timeline.rope import Arr, Obj
from cutaway.timeline.takes import TakeMedia, take_keys, with_active_take, with_take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card, Take
    from cutaway.timeline.doc import Document
    from cutaway.timeline.rope import Node


def take_media(card: Card, take: Take, index: Index, media: Path, *, url: str | None = None) -> TakeMedia:
    """A take as media of this cut; without a `url` its path stands as the applications write it, bare and absolute."""
    return TakeMedia(
        id=take.id,
        url=url or str(media if isinstance(media, PureWindowsPath) else media.resolve()),
        rate=index.rate,
        available=FrameRange(0, take.available_frames),
        used=take.used,
        name=media.stem,
        card=card.id,
        slate=take.slate,
    )


@dataclass(frozen=True)
class Placing:
    """A take that is to go to the place of its card; `url` is how the file names it, if not by its absolute path."""

    card: Card
    take: Take
    media: Path
    url: str | None = None


def placed(
    card: Card, take: Take, index: Index, media: Path, *, url: str | None = None, places: Places | None = None
) -> tuple[Document, Patch]:
    """The cut with a take of a card in its place, and the patch that did it.

    The same take again is an empty patch; another take of the same card takes the place of the first.
    `places` are those of the index, where many takes are placed in it.

    Raises:
        TimelineChanged: the place is gone, or could be several.
        EditRefused: the edit would break something.
    """
    found = find(card, places or index)
    if isinstance(found, Lost):
        raise TimelineChanged(f"the place of this card is gone: {found.reason}. The take stays with the card")
    if isinstance(found, Tied):
        where = ", ".join(str(item.record.start) for item in found.items)
        raise TimelineChanged(f"several places look like the one of this card, at frames {where}; say which")
    made = take_media(card, take, index, media, url=url)
    if card_id(found.item) == card.id:
        return switched(index, found.item, made)
    document, patch = _edit(card, found.item, made, index)
    return document, replace(patch, label=str(card.kind))


def placed_all(
    index: Index, placings: Sequence[Placing]
) -> tuple[Document, tuple[Patch | EditRefused | TimelineChanged, ...]]:
    """The cut with many takes in their places, and for each the patch that put it there, or why it could not be.

    The patches follow one another: each is for the cut with those before it. Takes whose places touch
    nothing of each other are planned on the same index; behind one that does, the cut is indexed anew.
    """
    document, results = index.document, list[Patch | EditRefused | TimelineChanged]()
    batch, places = Batch(), Places(index)
    for placing in placings:
        try:
            patch = batch.add(_planned(placing, places))
        except (Touching, EditRefused, TimelineChanged) as problem:
            if not batch.patches and not isinstance(problem, Touching):
                results.append(problem)
                continue
            document, batch = _with_all(document, batch.patches), Batch()
            places = Places(Index.of(document, rate=index.rate))
            try:
                patch = batch.add(_planned(placing, places))
            except (EditRefused, TimelineChanged) as refusal:
                results.append(refusal)
                continue
        results.append(patch)
    return _with_all(document, batch.patches), tuple(results)


def _planned(placing: Placing, places: Places) -> Patch:
    """The patch of a placing, for the cut that `places` are those of."""
    return placed(placing.card, placing.take, places.index, placing.media, url=placing.url, places=places)[1]


def _with_all(document: Document, patches: Sequence[Patch]) -> Document:
    """The document with patches that follow one another."""
    changes = tuple(change for patch in patches for change in patch.changes)
    return Patch("place", changes).done(document) if changes else document


def _edit(card: Card, item: Item, take: TakeMedia, index: Index) -> tuple[Document, Patch]:
    place = card.placement
    span = Span(place.start, place.start + place.frames)
    if item.kind is Kind.GAP and not item.record.overlaps(span):  # the gap has moved, and the place with it
        span = Span(int(item.record.start), int(item.record.start) + place.frames)
    if place.mode == "overlay":
        return edits.overlay(index, span, take)
    if place.mode == "insert":
        return edits.insert(index, item.track, span.start, take, ripple="all" if place.ripple == "all" else "track")
    if item.kind is Kind.GAP:
        return _into_gaps(index, item, span, take)
    lies_in_shot = item.record.start <= span.start and span.end <= item.record.end
    if card.kind == "blend":
        before = int(item.record.end - span.start)
        return edits.blend(index, item, take, before=before, over_transition=place.over_transition)
    if card.kind == "extend" and (place.ripple != "none" or not lies_in_shot):
        room = {"none": Room.GAP, "track": Room.RIPPLE, "all": Room.RIPPLE_ALL}[place.ripple]
        return edits.extend(index, item, take, edge="head" if place.edge == "head" else "tail", room=room)
    if not lies_in_shot:
        span = Span(item.record.start, item.record.end)
    return edits.replace_part(index, item, span, take)


def _into_gaps(index: Index, gap: Item, span: Span, take: TakeMedia) -> tuple[Document, Patch]:
    """A take in a gap, or over several that lie behind one another."""
    track = index.tracks[gap.track]
    behind = takewhile(lambda i: i.record.start < span.end, track.items[first_touched(track, span.start) :])
    there = [i for i in behind if i.kind is not Kind.TRANSITION and i.record.overlaps(span)]
    if len(there) > 1 and all(i.kind is Kind.GAP for i in there):
        return edits.overwrite(index, gap.track, span, take)
    return edits.fill(index, gap, take, span=_inside(gap, span))


def _inside(gap: Item, span: Span) -> Span:
    """The part of a gap a card asked for; the whole gap where both are equally long or it moved."""
    if gap.record.duration == span.duration or span.start < gap.record.start or span.end > gap.record.end:
        return gap.record
    return span


def switched(index: Index, item: Item, take: TakeMedia) -> tuple[Document, Patch]:
    """The cut with another take shown by a clip of ours."""
    if take.key in take_keys(item.node):
        node = with_active_take(item.node, take.key)
    elif item.record.duration != take.used.duration:
        raise EditRefused(f"the take uses {take.used.duration} frames; its clip shows {item.record.duration}")
    else:
        node = with_take(item.node, take)
    return _swapped(index, item, node)


def _swapped(index: Index, item: Item, node: Node) -> tuple[Document, Patch]:
    """One item with another node."""
    if "".join(node.pieces()) == "".join(item.node.pieces()):
        return index.document, Patch("take", ())
    stack = index.timeline.get("tracks")
    track = children(stack)[item.track].node if stack is not None else None
    array = track.get("children") if isinstance(track, Obj) else None
    assert isinstance(array, Arr)
    splice = array.splice(item.position, item.position + 1, [node])
    patch = Patch("take", (Change((item.track,), splice),))
    return patch.done(index.document), patch
