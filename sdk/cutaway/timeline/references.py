"""The media a clip refers to.

A `Clip.2` has several references, each under a key, and shows one of them; a `Clip.1` has one. Each may say how
much media there is: `available_range`, in source time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway.timeline.doc import member
from cutaway.timeline.rationals import Range, time_range

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
    """The whole of a clip's media, source time; None where the file does not say.

    Raises:
        BadTime: it says something that means nothing.
    """
    reference = active_reference(node)
    if reference is None:
        return None
    found = reference.get("available_range")
    if isinstance(found, dict) and _is_unknown_length(found):
        return None
    return time_range(found)


def _is_unknown_length(found: dict[str, Any]) -> bool:
    """Kdenlive writes stills and media it has not measured with rate 0."""
    duration = found.get("duration")
    return isinstance(duration, dict) and duration.get("rate") == 0
