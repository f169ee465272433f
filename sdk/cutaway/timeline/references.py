"""The media a clip refers to.

A `Clip.2` has several references, each under a key, and shows one of them; a `Clip.1` has one. Each may say how
much media there is: `available_range`, in source time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway.timeline.doc import member
from cutaway.timeline.rationals import BadTime, Range, time_range

if TYPE_CHECKING:
    from cutaway.timeline.rope import Node


def active_reference(node: Node) -> dict[str, Any] | None:
    """The media reference that is shown: of a `Clip.2` the active one of several, of a `Clip.1` its only one."""
    several = member(node, "media_references")
    if isinstance(several, dict) and several:
        key = member(node, "active_media_reference_key") or "DEFAULT_MEDIA"
        found = several.get(key, several.get("DEFAULT_MEDIA"))
    else:
        found = member(node, "media_reference")
    return found if isinstance(found, dict) else None


def available_range(node: Node) -> Range | None:
    """The whole of the media a clip shows, source time; None where the file does not say.

    Raises:
        BadTime: it says something that means nothing.
    """
    return extent(active_reference(node) or {})


def extent(reference: dict[str, Any]) -> Range | None:
    """How much media there is of a reference, source time; None where it does not say.

    Raises:
        BadTime: it says something that means nothing.
    """
    found = reference.get("available_range")
    try:
        return time_range(found)
    except BadTime:
        if _is_unmeasured(found):
            return None
        raise


def _is_unmeasured(found: Any) -> bool:
    """Kdenlive writes stills and media it has not measured with rate 0."""
    duration = found.get("duration") if isinstance(found, dict) else None
    return isinstance(duration, dict) and duration.get("rate") == 0
