"""What an editing application means by what it writes.

OTIO leaves open where the rate of a timeline stands, how long a retimed clip lasts on the timeline and
which tracks are locked. Each application answers in its own way; a `Dialect` is that answer. Facts are
from the applications' own exports and from exporters made against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from cutaway.timeline.doc import children, member
from cutaway.timeline.rationals import FrameCount, whole_if

if TYPE_CHECKING:
    from cutaway.timeline.rope import Node, Obj


@dataclass(frozen=True)
class Dialect:
    """How one application writes OTIO.

    `mark` is the metadata key its exports carry. `trims_source` says what the duration of a retimed
    clip's source range counts: source frames (Premiere: the clip lasts that many divided by the speed)
    or record frames (everybody else: the speed only decides how much media is consumed).
    """

    name: str
    mark: str = ""
    trims_source: bool = False

    def record_duration(self, source_duration: FrameCount, speed: Fraction) -> FrameCount:
        """How long an item lasts on the timeline, given the duration of its source range at the same rate."""
        if not self.trims_source or speed == 1 or speed == 0:  # noqa: PLR1714 - hashing fractions is slow
            return source_duration
        return whole_if(Fraction(source_duration) / abs(speed))

    def declared_rate(self, timeline: Obj) -> float | str | None:
        """The rate the application wrote down for the whole timeline, where it does."""
        for place in (timeline, timeline.get("tracks")):
            found = _metadata(place).get(self.mark) if self.mark and place is not None else None
            if isinstance(found, dict):
                for key in ("VideoFrameRate", "framerate", "frame_rate", "timeline.rate"):
                    rate = _rate_in(found.get(key))
                    if rate is not None:
                        return rate
        return None

    def is_locked(self, track: Node) -> bool:
        """Whether the editor has locked the track."""
        found = _metadata(track).get(self.mark) if self.mark else None
        return isinstance(found, dict) and found.get("Locked") is True


GENERIC: Final = Dialect("generic")
RESOLVE: Final = Dialect("resolve", mark="Resolve_OTIO")
PREMIERE: Final = Dialect("premiere", mark="PremierePro_OTIO", trims_source=True)
HIERO: Final = Dialect("hiero", mark="foundry")
KDENLIVE: Final = Dialect("kdenlive", mark="kdenlive")
BLENDER: Final = Dialect("blender", mark="blender")
DIALECTS: Final = (RESOLVE, PREMIERE, HIERO, KDENLIVE, BLENDER)


def dialect_of(timeline: Obj) -> Dialect:
    """Who wrote a timeline, by the marks in its metadata and in that of its stack and tracks."""
    stack = timeline.get("tracks")
    places = [timeline, *([stack] if stack is not None else [])]
    if stack is not None:
        places += [element.node for element in children(stack)]
    marks = {key for place in places for key in _metadata(place)}
    for dialect in DIALECTS:
        if dialect.mark in marks or any(mark.startswith(f"{dialect.mark}.") for mark in marks):
            return dialect
    return GENERIC


def _metadata(node: Node) -> dict[str, Any]:
    found = member(node, "metadata")
    return found if isinstance(found, dict) else {}


def _rate_in(value: Any) -> float | str | None:
    """A rate written as a number, as text, or as an OTIO time whose rate it is."""
    if isinstance(value, dict):
        value = value.get("rate", value.get("value"))
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) and value else None
