# SPDX-License-Identifier: GPL-3.0-or-later
"""Which strip is which: an ID-property that survives save, undo and rename, and tells a copy from the original.

    strip["cutaway"] = {"id": ..., "name": ..., "card": ..., "take": ..., "role": ...}

Blender copies ID-properties with a strip and gives the copy another name. So the name is kept beside the id: of
several strips with one id the one that still has that name is the original; the others answer to an id made of
both, which is the same however often it is asked, and are nobody's take. Asking never writes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cutaway.storyboard.card import Card

KEY: Final = "cutaway"
TAKE: Final = "take"
SOUND: Final = "sound"
PLACEHOLDER: Final = "placeholder"
"""Shows where a take will land; not a part of the cut."""
NAME: Final = 60
"""Bytes; Blender's names end at 63."""


@dataclass(frozen=True)
class Identity:
    """What a strip is to us. `id` is "" for one that was never named."""

    id: str = ""
    card: str = ""
    take: str = ""
    role: str = ""
    derived_from: str = ""


def written(strip: Any) -> dict[str, Any]:
    """What stands on a strip, as it stands there."""
    found = strip.get(KEY)
    return found.to_dict() if hasattr(found, "to_dict") else {}


def identities(strips: Iterable[Any]) -> dict[str, Identity]:
    """Strip name -> identity, of all strips of a sequence editor; copies have been told from originals."""
    listed = [(strip.name, written(strip)) for strip in strips]
    holders: dict[str, list[str]] = defaultdict(list)
    kept = {}
    for name, values in listed:
        holders[str(values.get("id", ""))].append(name)
        kept[name] = str(values.get("name", ""))
    found = {}
    for name, values in listed:
        own = str(values.get("id", ""))
        if own and name != _original(holders[own], kept):
            found[name] = Identity(id=_of_copy(own, name), derived_from=own)
            continue
        found[name] = Identity(
            own, str(values.get("card", "")), str(values.get("take", "")), str(values.get("role", ""))
        )
    return found


def named(strip: Any, **values: str) -> str:
    """Gives a strip an identity of its own, or other values to the one it has; returns its id."""
    now = written(strip)
    own = values.get("id") or str(now.get("id") or "") or uuid4().hex
    strip[KEY] = {**now, **values, "id": own, "name": strip.name}
    return own


def title(card: Card, file: str = "") -> str:
    """What a strip of a card is called: by its words; by its file, or by what is asked for, where it has none."""
    words = f"{card.kind}: {card.prompt}" if card.prompt else file or str(card.kind)
    return words.encode()[:NAME].decode("utf-8", "ignore")


def forgotten(strip: Any) -> None:
    """Takes the identity off a strip."""
    if KEY in strip:
        del strip[KEY]


def settled(strips: Iterable[Any]) -> int:
    """Writes down which strips are copies, so that they stay apart whatever becomes of the original; how many."""
    listed = list(strips)
    now = identities(listed)
    copies = 0
    for strip in listed:
        identity = now[strip.name]
        if identity.derived_from:
            strip[KEY] = {"id": identity.id, "name": strip.name, "derived_from": identity.derived_from}
            copies += 1
        elif identity.id and written(strip).get("name") != strip.name:
            named(strip)
    return copies


def by_id(strips: Iterable[Any]) -> Mapping[str, Any]:
    """Id -> strip."""
    listed = list(strips)
    now = identities(listed)
    return {now[strip.name].id: strip for strip in listed if now[strip.name].id}


def _original(names: list[str], kept: Mapping[str, str]) -> str:
    """Of the holders of one id the one whose name is the one beside it; the first by name where none or several are."""
    still = [name for name in names if kept[name] == name]
    return min(still or names)


def _of_copy(own: str, name: str) -> str:
    return hashlib.sha256(f"{own}\n{name}".encode()).hexdigest()[:32]
