"""Cards for a place that somebody names: this shot longer, this part anew, these two into one another.

    card = extension(index, shot, 24, edge="tail", room=Room.GAP)
    card = card_at(index, Verb.REMIX, pointed(spans, playhead, marked))         # what an editor points at

`storyboard.board` finds the places where something is missing; here the editor says where. Positions are
record frames. Nothing is changed; a place that no take could be put into is refused here already.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from cutaway.errors import EditRefused
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Card, CardState, Placement
from cutaway.storyboard.places import anchor, place_fingerprint
from cutaway.timeline.edits import Edge, Room
from cutaway.timeline.index import Index, Item, Kind
from cutaway.timeline.rationals import whole_if
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.timebase import FrameRange

EXTEND_SECONDS: Final = 1.0
BLEND_SECONDS: Final = 1.0
GENERATE_SECONDS: Final = 3.0
"""How long a place usually is, where nobody says it."""
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


@dataclass(frozen=True)
class Spot:
    """What the editor points at: a frame of a track, or of the topmost shot there, and the part that is marked."""

    frame: int
    track: int | None = None
    part: FrameRange | None = None


def pointed(
    spans: Sequence[tuple[int, FrameRange]], playhead: int | None = None, marked: FrameRange | None = None
) -> Spot:
    """The first selected item, else the playhead; the marked part counts where it lies there.

    Raises:
        EditRefused: nothing is selected, and there is no playhead.
    """
    if spans:
        track, span = spans[0]
        return Spot(span.start, track, marked if marked is not None and span.covers(marked) else None)
    if playhead is None:
        raise EditRefused("nothing is selected and no playhead is known here; choose a shot, or say a frame")
    return Spot(playhead, None, marked if marked is not None and playhead in marked else None)


def card_at(
    index: Index,
    verb: Verb,
    spot: Spot,
    *,
    frames: int | None = None,
    edge: Edge = "tail",
    room: Room = Room.GAP,
    overlay: bool = False,
) -> Card:
    """A card for a verb and what the editor points at.

    Args:
        index: of the cut.
        verb: what is asked for.
        spot: where.
        frames: how long; what is usual for the verb, or what the place has room for, where it is not said.
        edge: at which end an extension lies.
        room: where its frames come from.
        overlay: the take goes to a track above, whatever lies there.

    Raises:
        EditRefused: nothing is there that this could be asked of; the message says what is.
    """
    if verb is Verb.GENERATE:
        return generation(index, spot.frame, frames, track=spot.track, overlay=overlay)
    if verb is Verb.FILL:
        return filling(index, spot.frame, track=spot.track)
    if verb is Verb.BLEND:
        return blending(index, _left_of(index, spot), frames or index.rate.frames(BLEND_SECONDS))
    shot = shot_at(index, spot.frame, spot.track)
    if verb is Verb.EXTEND:
        return extension(index, shot, frames or _room_beside(index, shot, edge, room), edge=edge, room=room)
    card = remake(index, shot, spot.part, kind=verb)
    card.placement.mode = "overlay" if overlay else "in_place"
    return card


def _left_of(index: Index, spot: Spot) -> Item:
    """The shot in front of the cut that is meant: the one that ends there, else the one that lies there."""
    if spot.frame > 0:
        with suppress(EditRefused):
            ending = shot_at(index, spot.frame - 1, spot.track)
            if ending.record.end == spot.frame:
                return ending
    return shot_at(index, spot.frame, spot.track)


def _room_beside(index: Index, shot: Item, edge: Edge, room: Room) -> int:
    """How long an extension usually is: a second, and no longer than the gap it goes into."""
    usual = max(1, index.rate.frames(EXTEND_SECONDS))
    beside = index.after(shot) if edge == "tail" else index.before(shot)
    has_end = room is Room.GAP and beside is not None and beside.kind is Kind.GAP
    return min(usual, max(1, int(beside.record.duration))) if has_end and beside is not None else usual


def filling(index: Index, frame: int, *, track: int | None = None) -> Card:
    """The hole that lies at a record frame, filled: on this track, else on the lowest one that has one there.

    Raises:
        EditRefused: no gap lies there.
    """
    tracks = None if track is None else [track]
    found = board_of(index, every_gap=True, min_frames=1, tracks=tracks).cards
    here = [card for card in found if card.kind is Verb.FILL and frame in card.placement.span]
    if not here:
        where = f"frame {frame}" + (f" of track {track}" if track is not None else "")
        raise EditRefused(f"no gap lies at {where}; generate there on a track above, or choose a gap")
    return min(here, key=lambda card: card.placement.track)


def generation(
    index: Index, frame: int, frames: int | None = None, *, track: int | None = None, overlay: bool = False
) -> Card:
    """A shot of its own that begins at a record frame: in the gap that lies there, else on a track above.

    `frames` is how long; three seconds if not said, and no longer than the gap.

    Raises:
        EditRefused: the cut has no item there that the place could be remembered by.
    """
    wanted = frames or max(1, index.rate.frames(GENERATE_SECONDS))
    gap = None if overlay else _gap_at(index, frame, track)
    if gap is not None:
        card = Card(
            kind=Verb.GENERATE, placement=_placement(index, gap, frame, min(wanted, int(gap.record.end) - frame))
        )
    else:
        card = Card(kind=Verb.GENERATE, placement=_placement(index, _below(index, frame, track), frame, wanted))
        card.placement.mode = "overlay"
    card.fingerprint = place_fingerprint(card.kind, card.placement)
    return card  # a draft: nobody has said yet what should be seen


def _gap_at(index: Index, frame: int, track: int | None) -> Item | None:
    """The gap that lies at a frame on this track, or on the lowest one, if no shot is seen there."""
    there = [
        item
        for t in index.video_tracks
        if (track is None or t.number == track) and not t.locked and not t.problem
        for item in t.items
        if item.kind is not Kind.TRANSITION and item.record.start <= frame < item.record.end
    ]
    if track is None and any(item.kind is not Kind.GAP for item in there):
        return None
    return next((item for item in there if item.kind is Kind.GAP), None)


def _below(index: Index, frame: int, track: int | None) -> Item:
    """What a take on a track above is remembered by: what lies under its first frame, else the last shot before it."""
    items = [
        item
        for t in index.video_tracks
        if track is None or t.number == track
        for item in t.items
        if item.kind in {Kind.CLIP, Kind.NESTED} and item.record.start <= frame
    ]
    if not items:
        raise EditRefused(f"no shot lies at frame {frame} or before it; put a first shot into the cut")
    return max(items, key=lambda item: (item.record.end > frame, item.record.end, item.track))


def continuation(index: Index, clip: Item, kept: int) -> Card:
    """The rest of a clip made anew behind its first frames, which stay: a re-cut.

    | A |    take    | B |   ->   | A |take| new | B |          `kept` is how much of the take stays

    Raises:
        EditRefused: nothing of it would stay, or nothing would be left to make.
    """
    start, end = _whole(clip.record.start), _whole(clip.record.end)
    if not 0 < kept < end - start:
        raise EditRefused(f"{clip.name or 'the clip'} has {end - start} frames; keep 1 to {end - start - 1} of them")
    card = Card(kind=Verb.EXTEND, placement=_placement(index, clip, start + kept, end - start - kept))
    card.placement.edge = "tail"
    card.placement.before = anchor(clip)
    return _ready(card)


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
