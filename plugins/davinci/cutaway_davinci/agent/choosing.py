"""Resolve's own take selector, on an item of ours: one item, several takes, each shown at the same place.

What Resolve makes of the ends of a take, and of one of another length, nobody has measured. So it is tried with an
exclusive end and with an inclusive one, and what counts is what the item shows afterwards; where neither shows what
was asked for, the item is as it was, and the take is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.laying import is_as_asked, item_of
from cutaway_davinci.agent.listing import VIDEO, items_of, same_file
from cutaway_davinci.agent.trouble import NOT_VERIFIED, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator


def choose(timeline: Any, clip: Any, entry: dict[str, Any], covered: dict[str, Any]) -> str:
    """Shows a take on the item of an entry, and adds it there first if it is not yet: the id of the item then.

    Raises:
        Trouble: the item does not show it as asked; it shows what it did before.
    """
    item = item_of(timeline, VIDEO, entry["track"], covered["item"])
    if item is None:
        raise Trouble(NOT_VERIFIED, "the take that is to get another one beside it is not there")
    behind = entry["first"] + entry["frames"]
    for end in (behind, behind - 1):
        if entry["adds_take"]:
            item.AddTake(clip, entry["first"], end)
        for number in _numbers(item, entry):
            item.SelectTakeByIndex(number)
            break
        if name := _shown(timeline, entry):
            return name
        back_to(timeline, entry, covered)
    raise Trouble(
        NOT_VERIFIED,
        "Resolve's take selector does not show the take as asked, at its place and its length; "
        "apply it without the take selector",
    )


def back_to(timeline: Any, entry: dict[str, Any], covered: dict[str, Any]) -> None:
    """Shows the take from before again, and takes out what an entry added; the selector goes with its second take.

    Raises:
        Trouble: the take from before is not shown.
    """
    for item in list(items_of(timeline, VIDEO, entry["track"])):
        if item.GetStart() != entry["start"] + entry["record"] or not item.GetTakesCount():
            continue
        for number in _numbers(item, covered):
            item.SelectTakeByIndex(number)
            break
        added = sorted(_numbers(item, entry), reverse=True) if entry["adds_take"] else []
        for number in added:
            if number != item.GetSelectedTakeIndex():
                item.DeleteTakeByIndex(number)
        if item.GetTakesCount() == 1:
            item.FinalizeTake()
        if not _shows(item, covered):
            raise Trouble(NOT_VERIFIED, "Resolve does not show the take from before again; choose it by hand")


def has_take(item: Any, entry: dict[str, Any]) -> bool:
    """Whether an item's selector has an entry's take."""
    return next(_numbers(item, entry), 0) > 0


def _numbers(item: Any, entry: dict[str, Any]) -> Iterator[int]:
    """Which of an item's takes are that of an entry: their order is Resolve's own."""
    for number in range(1, int(item.GetTakesCount() or 0) + 1):
        take = item.GetTakeByIndex(number) or {}
        clip = take.get("mediaPoolItem")
        path = str(clip.GetClipProperty("File Path") or "") if clip is not None else ""
        if same_file(path, entry["media"]) and take.get("startFrame") == entry["first"]:
            yield number


def _shown(timeline: Any, entry: dict[str, Any]) -> str:
    """The id of the item that shows an entry's take, to the frame; "" where none does."""
    for item in items_of(timeline, VIDEO, entry["track"]):
        if _shows(item, entry):
            return str(item.GetUniqueId())
    return ""


def _shows(item: Any, entry: dict[str, Any]) -> bool:
    return is_as_asked(item, entry) and int(item.GetLeftOffset() or 0) == entry["first"]
