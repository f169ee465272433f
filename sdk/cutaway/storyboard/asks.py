"""Cards for a place that somebody names: this shot longer, this part anew, these two into one another.

    card = extension(index, shot, 24, edge="tail", room=Room.GAP)

`storyboard.board` finds the places where something is missing; here the editor says where. Positions are
record frames. Nothing is changed; a place that no take could be put into is refused here already.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from cutaway.errors import EditRefused
from cutaway.storyboard.card import Card, CardState, Placement
from cutaway.storyboard.places import anchor, place_fingerprint
from cutaway.timeline.edits import Edge, Room
from cutaway.timeline.index import Index, Item, Kind
from cutaway.timeline.rationals import whole_if
from cutaway.wire import Verb

if TYPE_CHECKING:
    from cutaway.timebase import FrameRange

_RIPPLES: Final[dict[Room, Literal["track", "all"]]] = {Room.RIPPLE: "track", Room.RIPPLE_ALL: "all"}


def shot_at(index: Index, frame: int, track: int | None = None) -> Item:
    """The shot that lies at a record frame: on this track, else on the topmost one that shows something there.

    Raises:
        EditRefused: none does; the message says what does.
    """
    tracks = [t for t in reversed(index.video_tracks) if track is None or t.number == track]
    if not tracks:
        named = ", ".join(f"{t.number} ({t.name})" for t in index.video_tracks) or "none"
        raise EditRefused(f"there is no video track {track}; the video tracks: {named}")
    found = None
    for there in tracks:
        for item in there.items:
            if item.kind is not Kind.TRANSITION and item.record.start <= frame < item.record.end:
                found = item
                if item.kind in {Kind.CLIP, Kind.NESTED}:
                    return item
    what = f"a {found.kind} lies there" if found else f"the cut is {index.duration} frames long"
    raise EditRefused(f"no shot lies at frame {frame}: {what}")


def extension(index: Index, shot: Item, frames: int, *, edge: Edge = "tail", room: Room = Room.GAP) -> Card:
    """A shot longer by so many frames, at its head or its tail.

    gap, roll: the place lies beside the shot. ripple: it lies at the cut, and what is behind moves.
    """
    at_tail = edge == "tail"
    cut = _whole(shot.record.end if at_tail else shot.record.start)
    neighbour = index.after(shot) if at_tail else index.before(shot)
    _has_room(shot, neighbour, edge, room)
    start = cut if at_tail or room in _RIPPLES else cut - frames
    if start < 0:
        raise EditRefused(f"{shot.name or 'the shot'} begins at frame {cut}; {frames} frames do not fit before it")
    target = neighbour if room is Room.ROLL and neighbour is not None else shot
    card = Card(
        kind=Verb.EXTEND,
        placement=Placement(
            track=shot.track,
            track_name=index.tracks[shot.track].name,
            start=start,
            frames=frames,
            offset=start - _whole(target.record.start),
            edge="tail" if at_tail else "head",
            ripple=_RIPPLES.get(room, "none"),
            before=anchor(shot if at_tail else neighbour),
            after=anchor(neighbour if at_tail else shot),
            target=anchor(target),
        ),
    )
    return _ready(card)


def _has_room(shot: Item, neighbour: Item | None, edge: Edge, room: Room) -> None:
    """Refuses an extension into what is not there: a gap where a shot lies, or the other way round."""
    wanted = {Room.GAP: "a gap", Room.ROLL: "a neighbouring shot"}.get(room)
    at_the_end = neighbour is None and edge == "tail" and room is Room.GAP
    fits = neighbour is not None and (room is Room.GAP) == (neighbour.kind is Kind.GAP)
    if wanted is not None and not fits and not at_the_end:
        found = f"{neighbour.name or neighbour.kind} is there" if neighbour else "nothing is there"
        raise EditRefused(
            f"extending {shot.name or 'the shot'} at its {edge} needs {wanted} beside it; {found}. "
            "Choose another room: gap, roll, ripple or ripple-all",
            items=(shot.name,),
        )


def remake(index: Index, shot: Item, part: FrameRange | None = None, *, kind: Verb = Verb.REMIX) -> Card:
    """A shot, or a part of it (record time), made anew: remixed, or closed to a loop.

    Raises:
        EditRefused: the part does not lie inside the shot.
    """
    start, end = _whole(shot.record.start), _whole(shot.record.end)
    if part is not None:
        if not (start <= part.start < part.end <= end):
            raise EditRefused(f"{shot.name or 'the shot'} lies at {start} to {end}, the part at {part}")
        start, end = part.start, part.end
    card = Card(kind=kind, placement=_placement(index, shot, start, end - start))
    if (head := index.transition_at(shot, -1)) is not None and start == shot.record.start:
        card.head_handle = ceil(head.offsets[0])
    if (tail := index.transition_at(shot, +1)) is not None and end == shot.record.end:
        card.tail_handle = ceil(tail.offsets[1])
    return _ready(card)


def blending(index: Index, left: Item, frames: int, *, over_transition: bool = False) -> Card:
    """A take over the cut at the end of a shot, as far before it as behind it.

    Args:
        index: of the cut.
        left: the shot in front of the cut.
        frames: how long the blend is.
        over_transition: whether a transition that lies over the cut makes way for it.

    Raises:
        EditRefused: no other shot meets it there, or a transition lies over the cut.
    """
    right = index.after(left)
    if right is None or right.kind is Kind.GAP:
        where = f"{left.name or 'the shot'} at its end, on track {index.tracks[left.track].name or left.track}"
        raise EditRefused(f"no other shot meets {where}. Choose another shot, or another track", items=(left.name,))
    start = _whole(left.record.end) - frames // 2
    if start <= left.record.start or start + frames >= right.record.end:
        raise EditRefused(
            f"{frames} frames over the cut leave nothing of {left.name} ({left.record.duration} frames) "
            f"or {right.name} ({right.record.duration}); ask for fewer",
            items=(left.name, right.name),
        )
    transition = index.transition_at(left, +1)
    if transition is not None and not over_transition:
        raise EditRefused(
            f"{transition.name or 'a transition'} lies over the cut between {left.name} and {right.name}; "
            "say --over-transition to put the blend in its place",
            items=(transition.name,),
        )
    card = Card(kind=Verb.BLEND, placement=_placement(index, left, start, frames))
    card.placement.over_transition = transition is not None
    return _ready(card)


def _placement(index: Index, target: Item, start: int, frames: int) -> Placement:
    return Placement(
        track=target.track,
        track_name=index.tracks[target.track].name,
        start=start,
        frames=frames,
        offset=start - int(target.record.start),
        before=anchor(index.before(target)),
        after=anchor(index.after(target)),
        target=anchor(target),
    )


def _whole(frame: object) -> int:
    """A record frame that a place can begin at.

    Raises:
        EditRefused: the cut does not lie on a whole frame.
    """
    if not isinstance(frame, int):
        raise EditRefused(f"the cut lies at frame {frame}, between two frames; move it to one in the editor")
    return whole_if(frame)  # type: ignore[return-value]


def _ready(card: Card) -> Card:
    card.fingerprint, card.state = place_fingerprint(card.kind, card.placement), CardState.READY
    return card
