"""Where a take came from, as rows to read and as JSON to keep. No Qt.

    [("Prompt", "a red ball rolls in"), ("Model", "wan2.2-i2v"), ...] = rows(card, take)
    as_json(card, take)

Nothing is made up: what the slate does not say has no row.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway_panel.state import CardView, TakeView

_NAMES: Final = (
    ("prompt", "Prompt"),
    ("expanded_prompt", "Expanded prompt"),
    ("model", "Model"),
    ("revision", "Revision"),
    ("seed", "Seed"),
    ("profile", "Profile"),
    ("steps", "Steps"),
    ("guidance", "Guidance"),
    ("path", "Path"),
    ("rank", "Rank"),
    ("job", "Job"),
)
"""What a slate says, in the order it is read. `path` is the way the model went: which of its abilities made it."""
_BRIEF: Final = ("model", "seed", "profile", "steps", "guidance", "path")


def rows(card: CardView, take: TakeView) -> list[tuple[str, str]]:
    """Everything that is known about a take, each as a name and a text."""
    slate = take.take.slate
    said = {"seed": take.take.seed, "job": take.take.job_id, **{key: v for key, v in slate.items() if v is not None}}
    found = [("Card", f"{card.number}, {card.kind}: {card.title}" if card.title else f"{card.number}, {card.kind}")]
    found.append(("Take", f"{take.number}, {take.take.used_frames} of {take.take.available_frames} frames used"))
    found += _said(said, [key for key, _ in _NAMES])
    if take.take.preview:
        found.append(("Preview", "made small and fast, to be made again in full"))
    if take.parent:
        found.append(("Made from", _parent(card, take.parent)))
    found += [("Adjusted", _adjustment(entry)) for entry in _list(slate.get("adjustments"))]
    found += [("Note", str(note)) for note in _list(slate.get("notes"))]
    found += [("Segment", _segment(entry)) for entry in _list(slate.get("segments"))]
    if take.note:
        found.append(("Your note", take.note))
    found += [("Made", take.take.created), ("File", str(take.path))]
    if take.take.sha256:
        found.append(("SHA-256", take.take.sha256))
    return found


def brief(take: TakeView) -> list[tuple[str, str]]:
    """The parameters one would turn to get another take."""
    said = {"seed": take.take.seed, **{key: v for key, v in take.take.slate.items() if v is not None}}
    return _said(said, _BRIEF)


def as_json(card: CardView, take: TakeView) -> str:
    """The take and its slate, as they are kept, with the card's number and kind."""
    record: dict[str, Any] = {
        "card": {"id": card.id, "number": card.number, "kind": str(card.kind)},
        "take": take.take.model_dump(mode="json"),
        "number": take.number,
        "star": take.star,
        "note": take.note,
        "parent": take.parent,
    }
    return json.dumps(record, ensure_ascii=False, indent=2)


def _said(said: dict[str, Any], keys: Iterable[str]) -> list[tuple[str, str]]:
    names = dict(_NAMES)
    return [(names[key], str(said[key])) for key in keys if str(said.get(key) or "") or said.get(key) == 0]


def _parent(card: CardView, take_id: str) -> str:
    known = next((view.number for view in card.takes if view.take.id == take_id), None)
    return f"take {known}" if known is not None else f"take {take_id[:12]}, which is gone"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _adjustment(entry: Any) -> str:
    """What was asked, what was given, and why."""
    if not isinstance(entry, dict):
        return str(entry)
    told = f"{entry.get('field', 'a value')}: {entry.get('requested')} became {entry.get('effective')}"
    reason = entry.get("reason")
    return f"{told} ({reason})" if reason else told


def _segment(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    return f"frames {entry.get('start')} up to {entry.get('end')}: {entry.get('method')}"
