"""The edits: what a take does to a cut.

    index = Index.of(doc)
    doc, patch = fill(index, gap, take)

Each is a pure function of the index of a document: it returns the document after the edit and the
patch that did it, or refuses and changes nothing. Above each stands what it does to a track. `X` is
the take; letters are the items of the cut. Positions are record frames.

All of them are one move: a span of a track is given to the take. They differ in which span, in what
may lie there, and in what happens behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from cutaway.errors import EditRefused
from cutaway.timeline.cutting import gap as new_gap
from cutaway.timeline.cutting import trimmed
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Item, Kind, Span, TrackIndex
from cutaway.timeline.moves import Move, clip_for, editable, first_touched, given, items_of, like_of
from cutaway.timeline.patch import Change, Patch
from cutaway.timeline.rationals import FrameCount, Rational, whole_if
from cutaway.timeline.rope import Arr, Element, Leaf, Node, Obj
from cutaway.timeline.takes import TakeMedia, clip_of

if TYPE_CHECKING:
    from collections.abc import Sequence

OVERLAY_TRACK: Final = "Cutaway"
Edge: TypeAlias = Literal["head", "tail"]
Edited: TypeAlias = tuple[Document, Patch]


class Room(StrEnum):
    """Where the frames of an extension come from."""

    GAP = "gap"  # the gap beside the shot gets shorter
    ROLL = "roll"  # the neighbour gives up frames at the cut
    RIPPLE = "ripple"  # everything behind moves, on this track
    RIPPLE_ALL = "ripple_all"  # everything behind moves, on every track


@dataclass(frozen=True)
class Filling:
    """One gap and the take for it; `span` where only a part of the gap is filled, record time."""

    gap: Item
    take: TakeMedia
    span: Span | None = None


def fill(index: Index, gap: Item, take: TakeMedia, *, span: Span | None = None) -> Edited:
    """Puts a take into a gap, or into a part of it. The track keeps its length.

    | A |  gap  | B |   ->   | A |   X   | B |        or   | A |gap| X |gap| B |
    """
    return fill_all(index, [Filling(gap, take, span)])


def fill_all(index: Index, fillings: Sequence[Filling]) -> Edited:
    """Fills many gaps as one edit; one gap takes one take at a time."""
    moves = []
    for filling in fillings:
        gap = filling.gap
        if gap.kind is not Kind.GAP:
            raise EditRefused(f"{gap.name or gap.kind} is no gap", items=(gap.name,))
        moves.append(Move(gap.track, filling.span or gap.record, filling.take, frozenset({gap.position})))
    return _edited(index, "fill", given(index, moves))


def extend(index: Index, shot: Item, take: TakeMedia, *, edge: Edge = "tail", room: Room = Room.GAP) -> Edited:
    """Lengthens a shot by a take beside it. The shot itself is not touched.

    gap     | A |  gap  | B |   ->   | A | X |gap| B |
    roll    | A |    B      |   ->   | A | X |   B   |
    ripple  | A | B | C |       ->   | A | X | B | C |
    """
    if shot.kind not in {Kind.CLIP, Kind.NESTED}:
        raise EditRefused(f"{shot.name or shot.kind} is no shot to extend", items=(shot.name,))
    length = take.used.duration
    at = shot.record.end if edge == "tail" else shot.record.start
    if room in {Room.RIPPLE, Room.RIPPLE_ALL}:
        return insert(index, shot.track, at, take, ripple="all" if room is Room.RIPPLE_ALL else "track", label="extend")
    span = Span(at, whole_if(at + length)) if edge == "tail" else Span(whole_if(at - length), at)
    neighbour = index.after(shot) if edge == "tail" else index.before(shot)
    if neighbour is None and edge == "tail" and room is Room.GAP:
        return insert(index, shot.track, at, take, ripple="track", label="extend")
    if neighbour is None or (room is Room.GAP) != (neighbour.kind is Kind.GAP):
        found = f"{neighbour.name or neighbour.kind} is there" if neighbour else "nothing is there"
        wanted = "a gap" if room is Room.GAP else "a neighbouring shot"
        raise EditRefused(
            f"extending {shot.name or 'the shot'} at its {edge} needs {wanted} beside it; {found}. "
            "Choose another `room`: gap, roll, ripple or ripple_all",
            items=(shot.name,),
        )
    if neighbour.record.duration < length or (room is Room.ROLL and neighbour.record.duration == length):
        raise EditRefused(
            f"{length} frames were asked for; {neighbour.name or 'the gap'} has {neighbour.record.duration}",
            items=(neighbour.name,),
        )
    move = Move(shot.track, span, take, frozenset({neighbour.position}))
    return _edited(index, "extend", given(index, [move]))


def replace_part(index: Index, item: Item, span: Span, take: TakeMedia) -> Edited:
    """Puts a take in the place of a part of one shot, or of all of it.

    |    A    |   ->   | A | X | A' |
    """
    if not (item.record.start <= span.start < span.end <= item.record.end):
        raise EditRefused(
            f"{item.name} lies at {item.record.start} to {item.record.end}, the part at {span.start} to {span.end}",
            items=(item.name,),
        )
    move = Move(item.track, span, take, frozenset({item.position}))
    return _edited(index, "remix", given(index, [move]))


def blend(index: Index, left: Item, take: TakeMedia, *, before: int, over_transition: bool = False) -> Edited:
    """Lays a take over the cut behind a shot, `before` frames of it in front of the cut.

    |   A   |   B   |   ->   |  A |  X  |  B  |
    """
    right = index.after(left)
    if right is None or left.kind is Kind.GAP or right.kind is Kind.GAP:
        raise EditRefused(f"no two shots meet at the end of {left.name or left.kind}", items=(left.name,))
    transition = index.transition_at(left, +1)
    if transition is not None and not over_transition:
        raise EditRefused(
            f"a transition lies over the cut between {left.name} and {right.name}; say that the blend replaces it",
            items=(transition.name,),
        )
    cut = left.record.end
    span = Span(whole_if(cut - before), whole_if(cut - before + take.used.duration))
    may = {left.position, right.position} | ({transition.position} if transition else set())
    return _edited(index, "blend", given(index, [Move(left.track, span, take, frozenset(may))]))


def overwrite(index: Index, track: int, span: Span, take: TakeMedia) -> Edited:
    """Puts a take over whatever lies in a span of a track. The track keeps its length.

    | A | B | C |   ->   | A |  X  | C' |
    """
    items = editable(index, track).items
    may = frozenset(item.position for item in items if item.record.overlaps(span))
    return _edited(index, "overwrite", given(index, [Move(track, span, take, may)]))


def insert(
    index: Index,
    track: int,
    at: FrameCount,
    take: TakeMedia,
    *,
    ripple: Literal["track", "all"] = "track",
    label: str = "insert",
) -> Edited:
    """Opens a track at a frame and puts a take there; what lies behind moves.

    | A | B |   ->   | A | X | B |          ripple="all": every other track gets as long a gap at that frame

    Raises:
        EditRefused: the frame lies inside a shot or a transition of a track that would move, or behind
            the end of the track.
    """
    length = take.used.duration
    changes = [_opened(index, track, at, clip_for(index, track, take, length))]
    if ripple == "all":
        for other in index.tracks:
            if other.number != track and other.duration > at:
                hole = new_gap(Rational(length, index.rate.fraction), like_of(index, other))
                changes.append(_opened(index, other.number, at, hole))
    return _edited(index, label, changes)


def overlay(index: Index, span: Span, take: TakeMedia, *, track_name: str = OVERLAY_TRACK) -> Edited:
    """Puts a take on a track of its own above everything, so that nothing of the cut is touched.

                                 |     gap     | X |
    |  A  |   B   |   ->   |  A  |   B   |
    """
    top = next((t for t in reversed(index.tracks) if t.is_video and t.name == track_name), None)
    if top is not None and top.duration <= span.start and not top.problem and not top.locked:
        return _edited(index, "overlay", [_appended(index, top, span, take)])
    if top is not None:
        covering = [i for i in top.items if i.kind is Kind.GAP and _inside(span, i.record)]
        if covering and not top.problem and not top.locked:
            return fill(index, covering[0], take, span=span)
    return _edited(index, "overlay", [_new_track(index, span, take, track_name)])


def _opened(index: Index, number: int, at: FrameCount, node: Node) -> Change:
    """One track with a node put in at a cut; the items behind it move."""
    track = editable(index, number)
    if at > track.duration:
        raise EditRefused(f"frame {at} lies behind the end of track {track.name or number} at {track.duration}")
    position = first_touched(track, at)
    for item in track.items[max(0, position - 1) : position + 2]:
        if item.kind is Kind.TRANSITION and _lies_over(item, at):
            raise EditRefused(
                f"{item.name or 'a transition'} lies over frame {at} of track {track.name or number}, from "
                f"{item.record.start} to {item.record.end}; it stays whole. Choose a place clear of it",
                items=(item.name,),
            )
    if position < len(track.items):
        item = track.items[position]
        if item.kind is Kind.GAP and item.record.start < at:  # a gap has no inside: it just gets longer around it
            head = trimmed(item, 0, item.record.end - at, index.rate, index.dialect)
            tail = trimmed(item, at - item.record.start, 0, index.rate, index.dialect)
            splice = items_of(index, number).splice(position, position + 1, [head, node, tail])
            return Change((number,), splice)
        if item.kind is not Kind.TRANSITION and item.record.start < at:
            raise EditRefused(
                f"frame {at} lies inside {item.name or item.kind} on track {track.name or number}",
                items=(item.name,),
            )
    splice = items_of(index, number).splice(position, position, [node])
    return Change((number,), splice)


def _lies_over(transition: Item, at: FrameCount) -> bool:
    """Whether something put in at a frame would come between a transition and what it reaches into."""
    span, cut = transition.record, transition.record.start + transition.offsets[0]
    return span.start < at < span.end or (cut == at and span.duration > 0)


def _appended(index: Index, track: TrackIndex, span: Span, take: TakeMedia) -> Change:
    nodes = [clip_for(index, track.number, take, span.duration)]
    empty = whole_if(span.start - track.duration)
    if empty:
        nodes.insert(0, new_gap(Rational(empty, index.rate.fraction), like_of(index, track)))
    array = items_of(index, track.number)
    splice = array.splice(len(array.elements), len(array.elements), nodes)
    return Change((track.number,), splice)


def _hole(index: Index, track: TrackIndex, frames: FrameCount) -> Node:
    """A gap, spelled like its track."""
    return new_gap(Rational(frames, index.rate.fraction), like_of(index, track))


def _new_track(index: Index, span: Span, take: TakeMedia, name: str) -> Change:
    """A video track on top of the others, with the take at its place."""
    like = next((like_of(index, track) for track in index.video_tracks), None)
    items = [clip_of(take, span.duration, like=like)]
    if span.start:
        items.insert(0, new_gap(Rational(span.start, index.rate.fraction), like))
    values: list[Any] = [item.value for item in items if isinstance(item, Leaf)]
    track = {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {"cutaway": {"schema": 1, "role": "overlay"}},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": values,
        "kind": "Video",
    }
    stack = index.timeline.get("tracks")
    assert isinstance(stack, Obj)
    array = stack.get("children")
    assert isinstance(array, Arr)
    above = 1 + max((t.number for t in index.tracks if t.is_video), default=-1)
    splice = array.splice(above, above, [Leaf.new(track)])
    laid_out = splice.inserted[0]
    opened = Element(laid_out.lead, Document.parse("".join(laid_out.node.pieces())).root)
    splice = replace(splice, inserted=(opened, *splice.inserted[1:]))
    return Change((), splice)


def _edited(index: Index, label: str, changes: Sequence[Change]) -> Edited:
    patch = Patch(label, tuple(changes))
    return patch.done(index.document), patch


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
