"""Where everything lies in a cut.

    index = Index.of(Document.open("cut.otio"))
    index.rate, index.start, index.duration
    index.tracks[0].items[3].record          # frames on the timeline, record time
    list(index.gaps())

One pass over the file, once per document; nothing here changes anything. All positions are frames at
the rate of the timeline, counted from its first frame: record time. They are whole unless the file
itself says otherwise (some editors write fractional frames); then they are exact fractions.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cutaway.errors import AmbiguousRate, UnreadableTimeline
from cutaway.timebase import Rate, RateLike
from cutaway.timeline.dialects import Dialect, dialect_of
from cutaway.timeline.doc import Document, children, member, schema_of
from cutaway.timeline.rationals import (
    BadTime,
    FrameCount,
    Range,
    Rational,
    exact_rate,
    is_frame_rate,
    rational,
    same,
    time_range,
    whole_if,
)
from cutaway.timeline.references import active_reference, available_range
from cutaway.timeline.rope import Node, Obj

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(StrEnum):
    CLIP = "clip"
    GAP = "gap"
    TRANSITION = "transition"
    NESTED = "nested"  # a stack or a track as an item
    UNKNOWN = "unknown"  # a schema nobody here knows; it stays where it is


class Span(NamedTuple):
    """Record time, `end` exclusive; whole frames in most files, exact fractions in some."""

    start: FrameCount
    end: FrameCount

    @property
    def duration(self) -> FrameCount:
        return whole_if(self.end - self.start)

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Item:
    """One child of a track.

    `record` is where it lies on the timeline; a transition has the span it covers on both sides of its
    cut. `source` is the part of the media in source time at the media's own rate, or None where the
    whole media is used.
    """

    kind: Kind
    track: int
    position: int
    name: str
    record: Span
    node: Node = field(repr=False)
    source: Range | None = None
    enabled: bool = True
    speed: Fraction = Fraction(1)
    """Source frames per record frame: 2 plays twice as fast, -1 in reverse, 0 holds one frame."""
    offsets: tuple[FrameCount, FrameCount] = (0, 0)
    """Of a transition: how far it reaches before and past its cut, in frames of the timeline."""

    @property
    def metadata(self) -> dict[str, Any]:
        found = member(self.node, "metadata")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class TrackIndex:
    """One track. `problem` says why it can only be looked at; its items end where the trouble begins."""

    number: int
    kind: str
    name: str
    enabled: bool
    locked: bool
    items: tuple[Item, ...]
    duration: FrameCount
    problem: str = ""

    @property
    def is_video(self) -> bool:
        return self.kind == "Video"

    def count(self, kind: Kind) -> int:
        """How many children of a kind, as in the file."""
        return sum(item.kind == kind for item in self.items)


@dataclass(frozen=True)
class Index:
    """Every item of one timeline, by track and position."""

    document: Document = field(repr=False)
    timeline: Obj = field(repr=False)
    name: str
    rate: Rate
    start: FrameCount
    """The timecode of the first frame, as a count of frames; 0 where the file names none."""
    tracks: tuple[TrackIndex, ...] = field(repr=False)
    dialect: Dialect
    notes: tuple[str, ...] = ()
    """What a reader of the file should know: which timeline of several this is, what could not be read."""

    @classmethod
    def of(cls, document: Document, *, rate: RateLike | None = None) -> Index:
        """The index of the one timeline in a document.

        Args:
            document: opened.
            rate: of the timeline, where the file is ambiguous.

        Raises:
            UnreadableTimeline: no timeline in it, or one without tracks.
            AmbiguousRate: several rates could be the timeline's.
        """
        return _Indexer(document).index(Rate.parse(rate) if rate is not None else None)

    @property
    def duration(self) -> FrameCount:
        """The length of the longest track."""
        return max((track.duration for track in self.tracks), default=0)

    @property
    def video_tracks(self) -> tuple[TrackIndex, ...]:
        return tuple(track for track in self.tracks if track.is_video)

    def gaps(self) -> Iterator[Item]:
        """Every gap of every track that has a length, in the order of the file."""
        for track in self.tracks:
            for item in track.items:
                if item.kind is Kind.GAP and item.record.duration > 0:
                    yield item

    def before(self, item: Item) -> Item | None:
        """The neighbour on the left, looking past transitions."""
        return self._neighbour(item, -1)

    def after(self, item: Item) -> Item | None:
        """The neighbour on the right, looking past transitions."""
        return self._neighbour(item, +1)

    def transition_at(self, item: Item, side: int) -> Item | None:
        """The transition over the cut at the head (side -1) or the tail (+1) of an item."""
        items = self.tracks[item.track].items
        position = item.position + side
        if 0 <= position < len(items) and items[position].kind is Kind.TRANSITION:
            return items[position]
        return None

    def _neighbour(self, item: Item, step: int) -> Item | None:
        items = self.tracks[item.track].items
        position = item.position + step
        while 0 <= position < len(items):
            if items[position].kind is not Kind.TRANSITION:
                return items[position]
            position += step
        return None


_KINDS: Final = {
    "Clip": Kind.CLIP,
    "Gap": Kind.GAP,
    "Transition": Kind.TRANSITION,
    "Stack": Kind.NESTED,
    "Track": Kind.NESTED,
}


class _Indexer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.notes: list[str] = []
        self.timeline = document.timeline
        if len(document.timelines) > 1:
            self.notes.append(f"the file holds {len(document.timelines)} timelines; this is the first")
        self.stack = self.timeline.get("tracks")
        if not isinstance(self.stack, Obj):
            raise UnreadableTimeline("the timeline has no tracks", path=document.path)
        self.dialect = dialect_of(self.timeline)

    def index(self, rate: Rate | None) -> Index:
        found = rate or self._rate()
        self.rate = Rate(same(found.fraction))
        tracks = tuple(self._track(n, element.node) for n, element in enumerate(children(self._stack())))
        return Index(
            document=self.document,
            timeline=self.timeline,
            name=str(self.timeline.value_of("name") or ""),
            rate=self.rate,
            start=self._start(),
            tracks=tracks,
            dialect=self.dialect,
            notes=tuple(self.notes),
        )

    def _stack(self) -> Obj:
        assert isinstance(self.stack, Obj)
        return self.stack

    # -- the rate of the timeline ----------------------------------------------------------------

    def _rate(self) -> Rate:
        """What the writing application declares, else the rate most picture is cut at, else the start's."""
        declared = self.dialect.declared_rate(self.timeline)
        if declared is not None:
            return Rate.parse(declared)
        counted = self._counted_rates("Video") or self._counted_rates(None)
        ranking = counted.most_common()
        if ranking and (len(ranking) == 1 or ranking[0][1] > ranking[1][1]):
            return Rate.parse(ranking[0][0])
        if ranking:
            names = tuple(str(Rate.parse(rate)) for rate, _ in ranking)
            raise AmbiguousRate(
                f"the timeline's rate is not clear: its items run at {', '.join(names)}. Say which one with `rate`",
                candidates=names,
                path=self.document.path,
            )
        start = self._start_time()
        if start is not None and is_frame_rate(start.rate):
            return Rate.parse(start.rate)
        raise AmbiguousRate(
            "the file does not say at which rate its timeline runs. Say it with `rate`",
            candidates=(),
            path=self.document.path,
        )

    def _counted_rates(self, kind: str | None) -> Counter[Fraction]:
        """How many items are cut at each frame rate, over the tracks of a kind."""
        written: Counter[float] = Counter()
        for track in children(self._stack()):
            if kind is None or member(track.node, "kind") == kind:
                written.update(filter(None, (_written_rate(element.node) for element in children(track.node))))
        counted: Counter[Fraction] = Counter()
        for number, times in written.items():
            with suppress(BadTime):
                counted[exact_rate(number)] += times
        return Counter({rate: times for rate, times in counted.items() if is_frame_rate(rate)})

    def _start_time(self) -> Rational | None:
        found = self.timeline.value_of("global_start_time")
        if found is None:
            return None
        try:
            return rational(found)
        except BadTime as error:
            self.notes.append(f"the start of the timeline is not readable: {error}")
            return None

    def _start(self) -> FrameCount:
        start = self._start_time()
        return 0 if start is None else start.at(self.rate.fraction)

    # -- tracks and items ------------------------------------------------------------------------

    def _track(self, number: int, node: Node) -> TrackIndex:
        name, kind = str(member(node, "name") or ""), str(member(node, "kind") or "")
        enabled, locked = member(node, "enabled", True) is not False, self.dialect.is_locked(node)
        problem, items = "", list[Item]()
        at: FrameCount = 0
        if not isinstance(node, Obj) or schema_of(node) not in {"Track", "Stack"}:
            problem = f"a {schema_of(node) or 'value without a schema'} stands where a track belongs"
        for position, element in enumerate(children(node)):
            try:
                item = self._item(number, position, element.node, at)
            except BadTime as error:
                problem = f"item {position + 1} cannot be placed: {error}"
                break
            if item.kind is Kind.TRANSITION and position == 0:  # it begins before anything else: the cut lies behind
                at = item.offsets[0]
                item = replace(item, record=Span(0, whole_if(at + item.offsets[1])))
            items.append(item)
            if item.kind is not Kind.TRANSITION:
                at = item.record.end
        if items and items[-1].kind is Kind.TRANSITION:
            at = whole_if(at + items[-1].offsets[1])
        try:
            at, problem = self._trimmed(node, at, problem)
        except BadTime as error:
            problem = f"the trim of the track is not readable: {error}"
        if problem:
            self.notes.append(f"track {number} ({name or kind or 'unnamed'}) is read-only: {problem}")
        return TrackIndex(number, kind, name, enabled, locked, tuple(items), at, problem)

    def _trimmed(self, node: Node, length: FrameCount, problem: str) -> tuple[FrameCount, str]:
        """What the track's own trim makes of its length; a trim that cuts something off makes it read-only."""
        trim = time_range(member(node, "source_range"))
        if trim is None:
            return length, problem
        lasts = trim.duration.at(self.rate.fraction)
        if trim.start.value == 0 and lasts >= length:
            return lasts, problem
        return lasts, problem or "the track is trimmed as a whole, which hides some of its items"

    def _item(self, track: int, position: int, node: Node, at: FrameCount) -> Item:
        kind = _KINDS.get(schema_of(node), Kind.UNKNOWN)
        name = str(member(node, "name") or "")
        enabled = member(node, "enabled", True) is not False
        if kind is Kind.TRANSITION:
            reach_in, reach_out = (
                rational(member(node, key)).at(self.rate.fraction) for key in ("in_offset", "out_offset")
            )
            span = Span(whole_if(at - reach_in), whole_if(at + reach_out))
            return Item(kind, track, position, name, span, node, offsets=(reach_in, reach_out))
        if kind is Kind.UNKNOWN:
            raise BadTime(f"nothing is known of a {schema_of(node) or 'value without a schema'}")
        source = time_range(member(node, "source_range"))
        speed = _speed(node)
        duration = self._duration(node, kind, source, speed)
        return Item(kind, track, position, name, Span(at, whole_if(at + duration)), node, source, enabled, speed)

    def _duration(self, node: Node, kind: Kind, source: Range | None, speed: Fraction) -> FrameCount:
        rate = self.rate.fraction
        if source is not None:
            return self.dialect.record_duration(source.duration.at(rate), speed)
        if kind is Kind.CLIP:
            media = available_range(node)
            if media is None:
                raise BadTime("the clip says neither which part of its media it shows nor how long the media is")
            return self.dialect.record_duration(media.duration.at(rate), speed)
        if kind is Kind.NESTED:
            return self._nested_duration(node)
        return 0

    def _nested_duration(self, node: Node) -> FrameCount:
        lengths: list[FrameCount] = []
        for n, element in enumerate(children(node)):
            if schema_of(node) == "Stack" and schema_of(element.node) == "Track":
                lengths.append(self._nested_duration(element.node))
                continue
            item = self._item(-1, n, element.node, 0)
            if item.kind is not Kind.TRANSITION:
                lengths.append(item.record.duration)
        source = time_range(member(node, "source_range"))
        if source is not None:
            return source.duration.at(self.rate.fraction)
        combine = max if schema_of(node) == "Stack" else sum
        return whole_if(combine(lengths)) if lengths else 0


def _written_rate(node: Node) -> float | None:
    """The rate an item's trim is counted in, or its media's where it has no trim."""
    trim = member(node, "source_range") or (active_reference(node) or {}).get("available_range")
    try:
        rate = trim["duration"]["rate"]  # type: ignore[index]
    except (KeyError, TypeError):
        return None
    return rate if isinstance(rate, int | float) else None


_NORMAL: Final = Fraction(1)


def _speed(node: Node) -> Fraction:
    """The product of all constant time warps of an item."""
    effects = member(node, "effects")
    if not effects:
        return _NORMAL
    speed = _NORMAL
    for effect in effects if isinstance(effects, list) else ():
        schema = str(effect.get("OTIO_SCHEMA", "")) if isinstance(effect, dict) else ""
        if schema.startswith("FreezeFrame."):
            return Fraction(0)
        if schema.startswith("LinearTimeWarp."):
            scalar = effect.get("time_scalar", 1)
            try:
                speed *= Fraction(scalar).limit_denominator(1_000_000)
            except (TypeError, ValueError, OverflowError):
                raise BadTime(f"a clip plays at a speed of {scalar!r}") from None
    return speed
