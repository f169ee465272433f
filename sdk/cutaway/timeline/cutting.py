"""Items cut to length: the nodes an edit puts into a track.

Text goes in and text comes out. Of an item only the numbers that change are written anew, as whole
numbers or decimals as they were, at the rate they were counted in; everything else keeps its
characters.
"""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import EditRefused
from cutaway.timeline.doc import member, schema_of
from cutaway.timeline.index import Item, Kind
from cutaway.timeline.rationals import FrameCount, Range, Rational, exact_rate, whole_if
from cutaway.timeline.references import active_reference, available_range
from cutaway.timeline.rope import Leaf, Node, Obj, read

if TYPE_CHECKING:
    from cutaway.timebase import Rate
    from cutaway.timeline.dialects import Dialect

_EXACT: Final = 2**53


def trimmed(item: Item, head: FrameCount, tail: FrameCount, rate: Rate, dialect: Dialect) -> Node:
    """An item that starts `head` frames later and ends `tail` frames earlier, in record frames.

    The media it shows at every remaining frame stays the same, through its speed.

    Raises:
        EditRefused: nothing of it would be left, or its media range is unknown.
    """
    if head == 0 and tail == 0:
        return item.node
    left = item.record.duration - head - tail
    if head < 0 or tail < 0 or left <= 0:
        raise EditRefused(
            f"{item.name or item.kind!s} lasts {item.record.duration} frames; {head} cannot go from its head and "
            f"{tail} from its tail",
            items=(item.name,),
        )
    used = item.source or _whole(item)
    per_record = abs(item.speed) if item.kind is Kind.CLIP else Fraction(1)
    skipped = tail if item.speed < 0 else head  # in reverse the tail of the shot is the start of its media
    counts_source = dialect.record_duration(Fraction(1), Fraction(2)) != 1
    start = used.start.value + skipped * per_record * used.start.rate / rate.fraction
    shown = left * (per_record if counts_source and item.speed else 1)
    duration = Rational(whole_if(shown * used.duration.rate / rate.fraction), used.duration.rate)
    if item.kind is Kind.GAP:
        start = Fraction(used.start.value)
    return _with_range(item.node, Range(Rational(whole_if(start), used.start.rate), duration))


def _whole(item: Item) -> Range:
    """The range an item without a trim shows."""
    found = available_range(item.node) if item.kind is Kind.CLIP else None
    if found is None:
        raise EditRefused(
            f"{item.name or item.kind!s} cannot be cut: the file does not say which part of its media it shows",
            items=(item.name,),
        )
    return found


def _with_range(node: Node, used: Range) -> Node:
    """An item with another source range; the spelling of its rates is kept."""
    opened = opened_once(node)
    old = member(node, "source_range")
    template = old if isinstance(old, dict) else _media_range(node)
    written = {
        "OTIO_SCHEMA": "TimeRange.1",
        **(template or {}),
        "start_time": written_time(used.start, (template or {}).get("start_time")),
        "duration": written_time(used.duration, (template or {}).get("duration")),
    }
    return closed(opened.with_field("source_range", Leaf.new(written)))


def _media_range(node: Node) -> dict[str, Any] | None:
    found = (active_reference(node) or {}).get("available_range")
    return found if isinstance(found, dict) else None


def written_time(time: Rational, like: Any) -> dict[str, Any]:
    """A RationalTime with the number kinds and the rate spelling of another one where it counts at the same rate."""
    like = like if isinstance(like, dict) else {}
    rate = like.get("rate")
    if not isinstance(rate, (int, float)) or rate <= 0 or exact_rate(rate) != time.rate:
        rate = float(time.rate)
    whole = isinstance(time.value, int) and isinstance(like.get("value"), int) and abs(time.value) < _EXACT
    return {
        **{key: value for key, value in like.items() if key not in {"rate", "value"}},
        "OTIO_SCHEMA": like.get("OTIO_SCHEMA", "RationalTime.1"),
        "rate": rate,
        "value": time.value if whole else float(time.value),
    }


def with_metadata(node: Node, values: dict[str, Any]) -> Node:
    """An item whose `metadata["cutaway"]` holds these values; other metadata keeps its text."""
    opened = opened_once(node)
    metadata = opened.get("metadata")
    if not isinstance(metadata, Leaf) or not isinstance(metadata.value, dict):
        return closed(opened.with_field("metadata", Leaf.new({"cutaway": values})))
    inner = opened_once(metadata)
    return closed(opened.with_field("metadata", closed(inner.with_field("cutaway", Leaf.new(values)))))


def second_half(node: Node) -> Node:
    """The copy a split makes: the same item, under an id of its own if it has one of ours."""
    found = member(node, "metadata")
    ours = found.get("cutaway") if isinstance(found, dict) else None
    if not isinstance(ours, dict) or "id" not in ours:
        return node
    return with_metadata(node, {**ours, "id": uuid.uuid4().hex, "derived_from": ours["id"]})


def gap(duration: Rational, like: Any = None) -> Node:
    """A gap of a duration."""
    written = {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "duration": written_time(duration, like),
            "start_time": written_time(Rational(0, duration.rate), like),
        },
        "effects": [],
        "markers": [],
        "enabled": True,
    }
    return Leaf.new(written)


def opened_once(node: Node) -> Obj:
    """An item with its members opened, so that one of them can be replaced."""
    if isinstance(node, Obj):
        return node
    assert isinstance(node, Leaf)
    opened = read(node.text, lambda path, _head: not path)
    if not isinstance(opened, Obj):
        raise EditRefused(f"a {schema_of(node) or 'value'} is not an item of a track")
    return opened


def closed(node: Obj) -> Node:
    """An edited item as a leaf of its own text, or still opened where it is a composition."""
    if schema_of(node) in {"Track", "Stack"}:
        return node
    return Leaf.of(_text(node))


def _text(node: Node) -> str:
    return node.text if isinstance(node, Leaf) else "".join(node.pieces())
