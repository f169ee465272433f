"""From a timeline to cards: every place in the cut where something is missing.

    board = board_of(Index.of(doc))
    board.cards                     # in timeline order

    a hole in the picture            a fill card, as long as the hole
    a shot longer than its media     an extend card, for the frames that are not there
    a clip that is only described    a generate card, with the prompt found in it

Reading a board changes nothing. What is not made a card, and why, stands in `notes`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.card import BoardLook, Card, CardState, Placement, now
from cutaway.storyboard.places import anchor, card_id, generator, is_offline, place_fingerprint, shows_picture
from cutaway.timeline.index import Index, Item, Kind, Span
from cutaway.timeline.rationals import BadTime, FrameCount, whole_if
from cutaway.timeline.references import active_reference, extent
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cutaway.timeline.index import TrackIndex
    from cutaway.timeline.rationals import Range

MIN_FRAMES: Final = 2
"""A hole shorter than this is a slip of the hand, not a place for a shot."""
SPARE_HANDLES: Final = 12
"""Frames a take brings at either end beyond what transitions need, where the model can afford them."""


@dataclass(frozen=True)
class Board:
    """Cards in timeline order, and what they share."""

    cards: tuple[Card, ...]
    look: BoardLook = field(default_factory=BoardLook)
    notes: tuple[str, ...] = ()


def board_of(
    index: Index,
    *,
    every_gap: bool = False,
    disabled_is_hole: bool = False,
    offline_is_hole: bool = False,
    min_frames: int = MIN_FRAMES,
    tracks: Sequence[int] | None = None,
) -> Board:
    """The cards a cut asks for.

    Args:
        index: of the cut.
        every_gap: also gaps where another track shows a picture; else only holes in the picture.
        disabled_is_hole: a disabled clip shows nothing.
        offline_is_hole: a clip without media shows nothing.
        min_frames: shorter holes are noted and left alone.
        tracks: only these, by number from 0; else all video tracks.
    """
    finder = _Finder(index, disabled_is_hole, offline_is_hole, min_frames)
    wanted = [t for t in index.video_tracks if tracks is None or t.number in tracks]
    cards = [card for track in wanted for card in finder.cards(track, every_gap=every_gap)]
    cards.sort(key=lambda card: (card.placement.start, card.placement.track))
    return Board(tuple(cards), notes=tuple(finder.notes))


class _Finder:
    def __init__(self, index: Index, disabled_is_hole: bool, offline_is_hole: bool, min_frames: int) -> None:  # noqa: FBT001
        self.index = index
        self.min_frames = min_frames
        self.disabled_is_hole = disabled_is_hole
        self.offline_is_hole = offline_is_hole
        self.notes: list[str] = []
        self.made = now()

    @cached_property
    def covered(self) -> dict[int, list[Span]]:
        """Where each track shows a picture."""
        return {track.number: self._covered(track) for track in self.index.video_tracks}

    def _covered(self, track: TrackIndex) -> list[Span]:
        if not track.enabled:
            return []
        shown = (item for item in track.items if item.kind is Kind.CLIP or item.kind is Kind.NESTED)
        return _merged(item.record for item in shown if not self._hole(item))

    def _hole(self, item: Item) -> bool:
        if item.kind is Kind.GAP:
            return True
        if not shows_picture(item):
            return self.disabled_is_hole and item.kind is Kind.CLIP
        return self.offline_is_hole and is_offline(item)

    def cards(self, track: TrackIndex, *, every_gap: bool) -> Iterable[Card]:
        if track.problem or track.locked:
            why = track.problem or "it is locked"
            self.notes.append(f"track {track.name or track.number} was left out: {why}")
            return
        others = [] if every_gap else self._others(track)
        for run in self._runs(track):
            for hole in _less(Span(run[0].record.start, run[-1].record.end), others):
                yield from self._fill(track, run, hole)
        for item in track.items:
            if item.kind is Kind.CLIP and not self._hole(item):
                reference = active_reference(item.node) or {}
                if (media := _outgrown(item, reference)) is not None:
                    yield from self._extensions(track, item, media)
                if (parameters := generator(reference)) is not None:
                    yield self._described(track, item, parameters)

    def _runs(self, track: TrackIndex) -> Iterable[list[Item]]:
        """Neighbouring holes of a track, as one."""
        run: list[Item] = []
        for item in track.items:
            if item.kind is Kind.TRANSITION:
                continue
            if self._hole(item) and card_id(item) is None:
                if item.record.duration > 0:
                    run.append(item)
            elif run:
                yield run
                run = []
        if run:
            yield run

    def _others(self, track: TrackIndex) -> list[Span]:
        """Where a gap of this track is no hole: another track shows a picture, or a lower one asks for it already."""
        spans = [span for number, there in self.covered.items() if number != track.number for span in there]
        lower = [t for t in self.index.video_tracks if t.number < track.number and not t.problem and not t.locked]
        spans += [item.record for t in lower for item in t.items if self._hole(item)]
        return _merged(spans)

    def _fill(self, track: TrackIndex, run: list[Item], hole: Span) -> Iterable[Card]:
        start, frames = int(hole.start), ceil(hole.duration)
        if not (isinstance(hole.start, int) and isinstance(hole.end, int)):
            self.notes.append(f"the hole at frame {float(hole.start):.2f} does not lie on whole frames")
        if frames < self.min_frames:
            self.notes.append(f"the hole of {hole.duration} frames at {hole.start} on {track.name} was left alone")
            return
        first, last = run[0], run[-1]
        before = self.index.before(first) if hole.start == first.record.start else None
        after = self.index.after(last) if hole.end == last.record.end else None
        target = next((item for item in run if item.record.overlaps(hole)), first)
        placement = Placement(
            track=track.number,
            track_name=track.name,
            start=start,
            frames=frames,
            offset=start - int(target.record.start),
            before=anchor(before),
            after=anchor(after),
            target=anchor(target),
        )
        yield self._card(Verb.FILL, placement, first if hole.start == first.record.start else None, last)

    def _card(
        self,
        kind: Verb,
        placement: Placement,
        first: Item | None = None,
        last: Item | None = None,
        **described: Any,
    ) -> Card:
        """A card for a place that lies from the head of `first` to the tail of `last`, where transitions may be."""
        head = self.index.transition_at(first, -1) if first is not None else None
        tail = self.index.transition_at(last, +1) if last is not None else None
        ready = kind is not Verb.GENERATE or described.get("prompt")
        return Card(
            kind=kind,
            state=CardState.READY if ready else CardState.DRAFT,
            placement=placement,
            head_handle=ceil(head.offsets[0]) if head is not None else 0,
            tail_handle=ceil(tail.offsets[1]) if tail is not None else 0,
            fingerprint=place_fingerprint(kind, placement),
            created=self.made,
            updated=self.made,
            **described,
        )

    def _extensions(self, track: TrackIndex, item: Item, media: Range) -> Iterable[Card]:
        """A shot whose trim reaches beyond its media: the editor asks for more."""
        assert item.source is not None
        rate = self.index.rate.fraction
        head = media.start.at(rate) - item.source.start.at(rate)
        tail = item.source.end_at(rate) - media.end_at(rate)
        missing: list[tuple[str, FrameCount]] = [
            (e, whole_if(n / item.speed)) for e, n in (("head", head), ("tail", tail))
        ]
        for edge, frames in missing:
            if frames < self.min_frames or frames >= item.record.duration:
                continue
            count = ceil(frames)
            start = item.record.start if edge == "head" else item.record.end - count
            placement = Placement(
                track=track.number,
                track_name=track.name,
                start=int(start),
                frames=count,
                offset=int(start) - int(item.record.start),
                edge="head" if edge == "head" else "tail",
                target=anchor(item),
                before=anchor(self.index.before(item) if edge == "head" else item),
                after=anchor(item if edge == "head" else self.index.after(item)),
            )
            yield self._card(Verb.EXTEND, placement)

    def _described(self, track: TrackIndex, item: Item, parameters: dict[str, Any]) -> Card:
        """A clip that only says what should be there."""
        placement = Placement(
            track=track.number,
            track_name=track.name,
            start=int(item.record.start),
            frames=ceil(item.record.duration),
            offset=0,
            target=anchor(item),
            before=anchor(self.index.before(item)),
            after=anchor(self.index.after(item)),
        )
        known = {
            key: parameters[key] for key in ("prompt", "negative_prompt", "seed", "style", "model") if key in parameters
        }
        return self._card(Verb.GENERATE, placement, item, item, **known)


def _outgrown(item: Item, reference: dict[str, Any]) -> Range | None:
    """The media of a shot whose trim reaches beyond it."""
    try:
        media = extent(reference)
    except BadTime:
        return None
    if media is None or item.source is None or media.covers(item.source) or item.speed <= 0 or _is_still(media):
        return None
    return media


def _is_still(media: Range) -> bool:
    """A picture: applications write one frame of media and hold it for as long as its clip lasts."""
    return media.duration.value <= 1


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same frames as few spans in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.end > span.start:
            merged.append(span)
    return merged


def _less(span: Span, others: Sequence[Span]) -> Iterable[Span]:
    """What is left of a span without others, which are in order and do not overlap."""
    at = span.start
    for other in others[bisect_right(others, at, key=lambda o: o.end) :]:
        if other.start >= span.end:
            break
        if other.start > at:
            yield Span(at, other.start)
        at = max(at, other.end)
    if at < span.end:
        yield Span(at, span.end)
