# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to a scene, so that exactly that can be undone: kept in the scene itself.

Blender's own undo and the saved file carry it with the strips it speaks of, so both always say the same. An entry
knows strips by their ids, not where they lay: what moved since as a whole can still be undone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

KEY: Final = "cutaway_journal"


@dataclass(frozen=True)
class Shown:
    """The part of a take's file that a strip shows."""

    take: str
    media: str
    name: str
    first: int
    frames: int


@dataclass(frozen=True)
class Entry:
    """One take that was put in, or took the place of another one of its card."""

    handle: str
    card: str
    strip: str
    """Its id, as those of all others here."""
    shown: Shown
    was: Shown | None = None
    """What the strip showed before, where it lay there already."""
    sound: str = ""
    trims: tuple[tuple[str, int, int], ...] = ()
    split: tuple[str, str] | None = None
    """The two parts of a shot that the take lies between."""
    ripple: str = "none"
    named: tuple[str, ...] = ()
    """Strips that had no id before."""
    channel_name: tuple[int, str] | None = None
    """A channel that was named, and what it was called before."""


def entries(scene: Any) -> list[Entry]:
    """What was done and not undone, oldest first."""
    return list(_read(scene.get(KEY, "[]")))


def last_of(scene: Any, card: str) -> Entry | None:
    """What was done last for a card and not undone."""
    return next((one for one in reversed(entries(scene)) if one.card == card), None)


def keep(scene: Any, listed: list[Entry]) -> None:
    """Replaces the whole journal of a scene."""
    if listed:
        scene[KEY] = json.dumps([_plain(one) for one in listed])
    elif scene.get(KEY) is not None:
        del scene[KEY]


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[Entry, ...]:
    """A host asks several times for each change."""
    return tuple(_entry(one) for one in json.loads(text))


def new_handle() -> str:
    """By which an entry is known."""
    return uuid4().hex


def _plain(entry: Entry) -> dict[str, Any]:
    was = vars(entry.was) if entry.was is not None else None
    return vars(entry) | {"shown": vars(entry.shown), "was": was}


def _entry(data: dict[str, Any]) -> Entry:
    made = dict(data)
    made["shown"] = Shown(**data["shown"])
    made["was"] = Shown(**data["was"]) if data["was"] else None
    made["trims"] = tuple((name, head, tail) for name, head, tail in data["trims"])
    for name in ("split", "channel_name"):
        made[name] = tuple(data[name]) if data[name] else None
    made["named"] = tuple(data["named"])
    return Entry(**made)
