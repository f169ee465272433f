"""A span of a track given to a take: the one move that most edits are made of.

    |   A   |  gap  |   B   |            the span may begin and end anywhere
          [    span    ]
    |  A  |     X      | B' |            what it covers makes way, what it cuts into is trimmed

Who may give up frames is for the edit to say; everything else refuses. Transitions stay whole: one whose
cut lies on an edge of the span needs handles of the take, one that reaches into the span from outside
is in the way.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cutaway.errors import EditRefused
from cutaway.timeline.cutting import second_half, trimmed
from cutaway.timeline.doc import children, member
from cutaway.timeline.index import Index, Item, Kind, Span, TrackIndex
from cutaway.timeline.patch import Change
from cutaway.timeline.rationals import FrameCount, whole_if
from cutaway.timeline.rope import Arr, Node, Obj, joined
from cutaway.timeline.takes import TakeMedia, clip_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WAS_BYTES: Final = 64 * 1024
"""How much replaced text a clip carries along; more is left to the project beside the timeline."""


@dataclass(frozen=True)
class Move:
    """A span of a track (record time) for a take. Only items at the positions in `may` give up anything."""

    track: int
    span: Span
    take: TakeMedia
    may: frozenset[int]


def given(index: Index, moves: Sequence[Move]) -> list[Change]:
    """The changes that carry out moves, from the last frame to the first, so that none shifts another.

    Raises:
        EditRefused: a move takes from an item that may not give, breaks a transition, or meets another move.
    """
    changes: list[Change] = []
    behind: tuple[int, int] | None = None
    for move in sorted(moves, key=lambda m: (m.track, m.span.start), reverse=True):
        track = editable(index, move.track)
        covered = _covered(track, move)
        first, last = covered[0], covered[-1]
        if behind is not None and behind[0] == move.track and last.position >= behind[1]:
            raise EditRefused(f"two takes were given for {last.name or last.kind}; place one after the other")
        behind = (move.track, first.position)
        for transition in track.items[max(0, first.position - 1) : last.position + 2]:
            if transition.kind is Kind.TRANSITION:
                _check_transition(transition, move)
        nodes = _nodes(index, track, move, covered)
        splice = items_of(index, move.track).splice(first.position, last.position + 1, nodes)
        changes.append(Change((move.track,), splice))
    return changes


def _covered(track: TrackIndex, move: Move) -> tuple[Item, ...]:
    """The items a span lies on, from the first to the last, the transitions between them included."""
    span, take = move.span, move.take
    if span.start < 0 or span.end > track.duration or span.duration <= 0:
        raise EditRefused(f"frames {span.start} to {span.end} do not lie on a track of {track.duration}")
    if take.used.duration != ceil(span.duration):
        raise EditRefused(
            f"the place is {span.duration} frames long and take {take.id} uses {take.used.duration}; "
            "a take is never stretched. Conform it to the length of its place"
        )
    start = first_touched(track, span.start)
    end = start
    for item in track.items[start:]:
        if item.kind is not Kind.TRANSITION:
            if item.record.start >= span.end:
                break
            if item.record.overlaps(span) and item.position not in move.may:
                raise EditRefused(
                    f"{item.name or item.kind} lies there and is not part of the edit", items=(item.name,)
                )
            end = item.position + 1
    while start < end and track.items[start].kind is Kind.TRANSITION:
        start += 1
    if start == end:
        raise EditRefused(f"nothing lies at frames {span.start} to {span.end}")
    return track.items[start:end]


def _nodes(index: Index, track: TrackIndex, move: Move, covered: tuple[Item, ...]) -> list[Node]:
    """What stands in the place of the covered items: the head of the first, the take, the tail of the last."""
    span, first, last = move.span, covered[0], covered[-1]
    nodes: list[Node] = []
    if first.record.start < span.start:
        nodes.append(trimmed(first, 0, whole_if(first.record.end - span.start), index.rate, index.dialect))
    was = [joined(item.node) for item in covered]
    exactly = first is last and first.record == span
    nodes.append(
        clip_of(
            _at_rate(index, move.take),
            span.duration,
            like=(_duration_of(first.node) if exactly else None) or like_of(index, track),
            was=was if sum(map(len, was)) <= WAS_BYTES else None,
        )
    )
    if last.record.end > span.end:
        rest = trimmed(last, whole_if(span.end - last.record.start), 0, index.rate, index.dialect)
        nodes.append(second_half(rest) if first is last and len(nodes) > 1 else rest)
    return nodes


def _check_transition(transition: Item, move: Move) -> None:
    """Refuses a move that a transition would not survive."""
    span, take = move.span, move.take
    cut = whole_if(transition.record.start + transition.offsets[0])
    reach_in, reach_out = transition.offsets
    name = transition.name or "a transition"
    if cut == span.start:  # the take comes in through it: its head is seen before its first frame
        if take.head_handle < reach_in:
            _short(name, take, "head", reach_in, take.head_handle)
        if reach_out > span.duration:
            raise EditRefused(f"{name} reaches {reach_out} frames past its cut; the place is {span.duration} long")
    elif cut == span.end:
        if take.tail_handle < reach_out:
            _short(name, take, "tail", reach_out, take.tail_handle)
        if reach_in > span.duration:
            raise EditRefused(f"{name} reaches {reach_in} frames before its cut; the place is {span.duration} long")
    elif span.start < cut < span.end:
        if transition.position not in move.may:
            raise EditRefused(f"{name} lies inside the place", items=(transition.name,))
    elif transition.record.overlaps(span):
        raise EditRefused(
            f"{name} reaches from {transition.record.start} to {transition.record.end}, into the place; "
            "move the place to its edge",
            items=(transition.name,),
        )


def _short(name: str, take: TakeMedia, side: str, needed: FrameCount, found: int) -> NoReturn:
    raise EditRefused(
        f"{name} at the {side} of the place needs {needed} spare frames of the take; take {take.id} has {found}. "
        f"Ask for {whole_if(needed - found)} more {side} handle frames",
        items=(name,),
    )


# -- looking at a track --------------------------------------------------------------------------


def first_touched(track: TrackIndex, frame: FrameCount) -> int:
    """The position of the first item, transitions included, whose cut or end lies behind a frame."""
    return bisect_right(track.items, frame, key=_end_of)


def _end_of(item: Item) -> FrameCount:
    return whole_if(item.record.end - item.offsets[1])


def editable(index: Index, number: int) -> TrackIndex:
    if not 0 <= number < len(index.tracks):
        raise EditRefused(f"there is no track {number}; the cut has {len(index.tracks)}, counted from 0")
    track = index.tracks[number]
    named = track.name or str(number)
    if track.problem:
        raise EditRefused(f"track {named} is read-only: {track.problem}")
    if track.locked:
        raise EditRefused(f"track {named} is locked; unlock it in the editor, or use a track above")
    return track


def items_of(index: Index, number: int) -> Arr:
    stack = index.timeline.get("tracks")
    node = children(stack)[number].node if stack is not None else None
    array = node.get("children") if isinstance(node, Obj) else None
    if not isinstance(array, Arr):
        raise EditRefused(f"track {number} has no list of items")
    return array


def clip_for(index: Index, number: int, take: TakeMedia, duration: FrameCount) -> Node:
    return clip_of(_at_rate(index, take), duration, like=like_of(index, index.tracks[number]))


def _at_rate(index: Index, take: TakeMedia) -> TakeMedia:
    if take.rate != index.rate:
        raise EditRefused(f"take {take.id} runs at {take.rate}, the timeline at {index.rate}; conform it first")
    return take


def like_of(index: Index, track: TrackIndex) -> Any:
    """How times of a track are spelled: those of its first item that counts at the timeline's rate."""
    for item in track.items:
        found = _duration_of(item.node)
        if found is not None and item.source is not None and item.source.duration.rate == index.rate.fraction:
            return found
    return None


def _duration_of(node: Node) -> Any:
    trim = member(node, "source_range")
    return trim.get("duration") if isinstance(trim, dict) else None
