"""Takes as the clips a cut shows: media, the part of it that is used, handles, and a slate.

    | head handle |   used   | tail handle |      the media of a take, source time
                  ^ the clip on the timeline

A take is conformed to the rate of the timeline before it comes here, so its frames are the timeline's
frames. Several takes of one card share one clip: each is a media reference under a key of its own, and
changing the take is changing the active key.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import EditRefused
from cutaway.timeline.cutting import closed, opened_once, with_metadata, written_time
from cutaway.timeline.doc import member
from cutaway.timeline.rationals import FrameCount, Rational
from cutaway.timeline.rope import Leaf

if TYPE_CHECKING:
    from cutaway.timebase import FrameRange, Rate
    from cutaway.timeline.rope import Node

SCHEMA: Final = 1
"""Version of what stands in `metadata["cutaway"]`."""
KEY_PREFIX: Final = "cutaway:"
DEFAULT_KEY: Final = "DEFAULT_MEDIA"


@dataclass(frozen=True)
class TakeMedia:
    """One result, as media for a cut.

    `available` is all there is of it and `used` the part between its handles: frames at `rate`, source
    time. `slate` says where it came from (prompt, seed, model, revision) and travels with the clip.
    """

    id: str
    url: str
    rate: Rate
    available: FrameRange
    used: FrameRange
    name: str = ""
    card: str = ""
    slate: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.available.covers(self.used) or not self.used:
            raise EditRefused(f"take {self.id} uses frames {self.used} of {self.available}")

    @property
    def head_handle(self) -> int:
        return self.used.start - self.available.start

    @property
    def tail_handle(self) -> int:
        return self.available.end - self.used.end

    @property
    def key(self) -> str:
        """Under which its media reference stands in a clip."""
        return KEY_PREFIX + self.id[:8]


def clip_of(
    take: TakeMedia,
    duration: FrameCount,
    *,
    like: Any = None,
    was: list[str] | None = None,
) -> Node:
    """A clip that shows a take for a duration, in frames of the timeline.

    Args:
        take: what it shows, from the first used frame.
        duration: most often that of the used part; exactly that of the gap it fills.
        like: a RationalTime of the file, whose spelling of numbers and rate is used.
        was: the texts of the items it stands for, so that they can be found in the file alone.
    """
    rate = take.rate.fraction
    start, frames = Rational(take.used.start, rate), Rational(duration, rate)
    metadata = {"schema": SCHEMA, "id": uuid.uuid4().hex, "card": take.card, "role": "take", "take": take.id}
    if was:
        metadata["was"] = was
    reference = _reference(take, like)
    return Leaf.new(
        {
            "OTIO_SCHEMA": "Clip.2",
            "metadata": {"cutaway": metadata},
            "name": take.name or take.id,
            "source_range": {
                "OTIO_SCHEMA": "TimeRange.1",
                "duration": written_time(frames, like),
                "start_time": written_time(start, like),
            },
            "effects": [],
            "markers": [],
            "enabled": True,
            "media_references": {DEFAULT_KEY: reference, take.key: reference},
            "active_media_reference_key": take.key,
        }
    )


def with_take(node: Node, take: TakeMedia, *, active: bool = True) -> Node:
    """A clip with one more take; the same one again changes nothing.

    `DEFAULT_MEDIA` always repeats the active take: some applications and bundles see only that.
    """
    references = member(node, "media_references")
    if not isinstance(references, dict):
        raise EditRefused(
            f"{member(node, 'name') or 'the clip'} holds a single media reference and takes no second one"
        )
    like = _time_like(node)
    reference = _reference(take, like)
    opened = opened_once(node)
    changed = {**references, take.key: reference}
    if active:
        changed[DEFAULT_KEY] = reference
        opened = opened.with_field("active_media_reference_key", Leaf.new(take.key))
    made = closed(opened.with_field("media_references", Leaf.new(changed)))
    ours = dict((member(made, "metadata") or {}).get("cutaway") or {})
    return with_metadata(made, {**ours, "take": take.id}) if active and ours else made


def with_active_take(node: Node, key: str) -> Node:
    """A clip that shows another of its takes.

    Raises:
        EditRefused: it has no such take; the message lists those it has.
    """
    references = member(node, "media_references")
    if key == member(node, "active_media_reference_key") and isinstance(references, dict):
        return node
    if not isinstance(references, dict) or key not in references:
        known = ", ".join(take_keys(node)) or "none"
        raise EditRefused(f"{member(node, 'name') or 'the clip'} has no take {key}; its takes: {known}")
    opened = opened_once(node)
    opened = opened.with_field("active_media_reference_key", Leaf.new(key))
    return closed(opened.with_field("media_references", Leaf.new({**references, DEFAULT_KEY: references[key]})))


def take_keys(node: Node) -> tuple[str, ...]:
    """The keys of a clip's takes, in the order they came."""
    references = member(node, "media_references")
    return tuple(key for key in references if key.startswith(KEY_PREFIX)) if isinstance(references, dict) else ()


def _reference(take: TakeMedia, like: Any) -> dict[str, Any]:
    rate = take.rate.fraction
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {"cutaway": {"schema": SCHEMA, "take": take.id, "slate": take.slate}},
        "name": take.name or take.id,
        "available_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "duration": written_time(Rational(take.available.duration, rate), like),
            "start_time": written_time(Rational(take.available.start, rate), like),
        },
        "available_image_bounds": None,
        "target_url": take.url,
    }


def _time_like(node: Node) -> Any:
    trim = member(node, "source_range")
    return trim.get("duration") if isinstance(trim, dict) else None
