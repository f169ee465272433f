"""Places in a cut: what they look like, and how to find one again after the editor moved things.

An item is known by the id we left in its metadata, where the application kept that. Where it did not,
by its fingerprint: which media it shows and which part of it. A gap has nothing of its own; it is
known by the shots on both sides. Two candidates are never chosen between: the editor is asked.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from cutaway.storyboard.card import Anchor
from cutaway.timeline.index import Index, Item, Kind
from cutaway.timeline.references import active_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cutaway.storyboard.card import Card, Placement
    from cutaway.timeline.rationals import FrameCount
    from cutaway.wire import Verb

_SEPARATORS: Final = re.compile(r"[\\/]")


def own_id(item: Item) -> str | None:
    """The id cutaway gave an item, where the file still has it."""
    return _ours(item).get("id")


def card_id(item: Item) -> str | None:
    """The card whose take an item shows."""
    return _ours(item).get("card")


def _ours(item: Item) -> dict[str, Any]:
    found = item.metadata.get("cutaway")
    return found if isinstance(found, dict) else {}


def fingerprint(item: Item) -> str:
    """What an item shows, whatever it is called and wherever it lies: media, part and speed; of a gap, only that.

    Folders, quoting and the spelling of rates do not count, since applications rewrite them.
    """
    if item.kind is Kind.GAP:
        return "gap"
    reference = active_reference(item.node) or {}
    url = reference.get("target_url") or reference.get("name_prefix") or reference.get("generator_kind") or ""
    shown = [item.kind, _basename(str(url)) or item.name, str(item.speed)]
    if item.source is not None:
        shown += [str(item.source.start.seconds), str(item.source.duration.seconds)]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16]


def _basename(url: str) -> str:
    return _SEPARATORS.split(unquote(url).rstrip("/\\"))[-1]


def anchor(item: Item | None) -> Anchor | None:
    """An item as a card remembers it."""
    if item is None:
        return None
    frames = int(item.record.duration)
    return Anchor(item_id=own_id(item), name=item.name, fingerprint=fingerprint(item), frames=frames)


def place_fingerprint(kind: Verb, place: Placement) -> str:
    """Of a card's whole place: its neighbours, its target and its length. Where it lies may change."""
    parts = [kind, str(place.frames), place.edge]
    parts += [spot.fingerprint if spot else "-" for spot in (place.before, place.target, place.after)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Found:
    """Where a card's place is now. `changed` says what is different from when it was planned."""

    item: Item
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tied:
    """Several places that could be meant; the editor has to say which."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Lost:
    """The place is gone; the takes stay with the card."""

    reason: str


class Places:
    """The items of a cut by what they are known by, looked up once where many cards are to be found."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._prints: dict[int, str] = {}
        self.items = [i for track in index.tracks for i in track.items if i.kind is not Kind.TRANSITION]

    @cached_property
    def by_card(self) -> dict[str | None, list[Item]]:
        return _grouped(self.items, card_id)

    @cached_property
    def by_own_id(self) -> dict[str | None, list[Item]]:
        return _grouped(self.items, own_id)

    @cached_property
    def by_fingerprint(self) -> dict[str | None, list[Item]]:
        return _grouped(self.items, self.fingerprint)

    @cached_property
    def gaps(self) -> list[tuple[Item, Item | None, Item | None]]:
        """Every gap with its neighbours."""
        return [(gap, self.index.before(gap), self.index.after(gap)) for gap in self.index.gaps()]

    def fingerprint(self, item: Item) -> str:
        """What an item shows, as `fingerprint` says it."""
        if id(item) not in self._prints:
            self._prints[id(item)] = fingerprint(item)
        return self._prints[id(item)]

    def gaps_between(self, before: Anchor | None, after: Anchor | None) -> list[Item]:
        """The gaps with the neighbours that are remembered; one of two may have been replaced."""
        numbers: Iterable[int] = range(len(self.gaps))
        if before is not None or after is not None:
            remembered = [(n, spot) for n, spot in enumerate((before, after)) if spot is not None]
            known = [(n, name) for n, spot in remembered for name in (spot.item_id, spot.fingerprint) if name]
            numbers = sorted({number for key in known for number in self._gaps_beside.get(key, ())})
        there = [self.gaps[number] for number in numbers]
        return [gap for gap, left, right in there if self._between(left, right, before, after)]

    def gap_where_it_lay(self, place: Placement) -> Item | None:
        """The gap that begins where a place's target began, if its neighbours are those that are remembered."""
        number = None if place.offset is None else self._gaps_at.get((place.track, place.start - place.offset))
        if number is None or (place.before is None and place.after is None):
            return None
        gap, left, right = self.gaps[number]
        return gap if self._between(left, right, place.before, place.after) else None

    @cached_property
    def _gaps_at(self) -> dict[tuple[int, FrameCount], int]:
        """The numbers of the gaps by their tracks and the frames they begin at."""
        return {(gap.track, gap.record.start): number for number, (gap, _, _) in enumerate(self.gaps)}

    @cached_property
    def _gaps_beside(self) -> dict[tuple[int, str], list[int]]:
        """Which gaps have a neighbour on the left (0) or the right (1) that is known by an id or a fingerprint."""
        beside: dict[tuple[int, str], list[int]] = defaultdict(list)
        for number, (_, *neighbours) in enumerate(self.gaps):
            for side, item in enumerate(neighbours):
                for name in (own_id(item), self.fingerprint(item)) if item is not None else ():
                    if name:
                        beside[side, name].append(number)
        return beside

    def _between(self, left: Item | None, right: Item | None, before: Anchor | None, after: Anchor | None) -> bool:
        checks = [self._same(left, before), self._same(right, after)]
        if before is None and after is None:
            return all(checks)
        known = [check for check, remembered in zip(checks, (before, after), strict=True) if remembered is not None]
        return all(known) if len(known) == 1 else any(known) and sum(checks) >= 1

    def _same(self, item: Item | None, remembered: Anchor | None) -> bool:
        if item is None or remembered is None:
            return item is None and remembered is None
        if remembered.item_id is not None and own_id(item) is not None:
            return own_id(item) == remembered.item_id
        return self.fingerprint(item) == remembered.fingerprint


def _grouped(items: Iterable[Item], key: Callable[[Item], str | None]) -> dict[str | None, list[Item]]:
    grouped: dict[str | None, list[Item]] = defaultdict(list)
    for item in items:
        grouped[key(item)].append(item)
    return grouped


def find(card: Card, where: Index | Places) -> Found | Tied | Lost:
    """The item a card's place is on now: its gap or shot, or the clip that shows its take.

    By id first, then by fingerprint; among equals the one that lies where it lay, on its track.
    """
    places = where if isinstance(where, Places) else Places(where)
    place = card.placement
    if shown := places.by_card.get(card.id):
        return _one(card, shown)
    target = place.target
    if target is not None and target.item_id is not None and (same := places.by_own_id.get(target.item_id)):
        return _one(card, same)
    if target is not None and target.fingerprint != "gap":
        same = places.by_fingerprint.get(target.fingerprint)
        return _one(card, same) if same else Lost(f"{target.name or 'the shot'} is no longer in the cut")
    if (gap := places.gap_where_it_lay(place)) is not None:
        return _one(card, [gap])
    gaps = places.gaps_between(place.before, place.after)
    if not gaps and place.before is None and place.after is None:  # a hole inside a gap touches no neighbour
        gaps = [item for item in places.index.gaps() if item.track == place.track and _covers(item, place)]
    return _one(card, gaps) if gaps else Lost("the gap between its neighbours is no longer there")


def _where_it_lay(candidates: list[Item], place: Placement) -> list[Item]:
    """Those that lie where a place's target lay: under all of it, else at the edge that grows, else at its start."""
    there = [item for item in candidates if item.track == place.track]
    if place.offset is not None and (noted := [i for i in there if i.record.start + place.offset == place.start]):
        return noted
    under = [item for item in there if place.ripple == "none" and _covers(item, place)]
    grown = {
        "tail": lambda item: item.record.end == place.start,
        "head": lambda item: item.record.start == place.behind,
    }
    at_edge = [item for item in there if place.edge != "none" and grown[place.edge](item)]
    return under or at_edge or [item for item in there if item.record.start <= place.start < item.record.end]


def _covers(item: Item, place: Placement) -> bool:
    return item.record.start <= place.start and place.start + place.frames <= item.record.end


def _one(card: Card, candidates: list[Item]) -> Found | Tied:
    """The only candidate, or the one that matches best; a tie where none does."""
    place = card.placement
    if len(candidates) > 1:
        exact = _where_it_lay(candidates, place)
        same_track = [i for i in candidates if i.track == place.track]
        candidates = exact or (same_track if len(same_track) == 1 else candidates)
    if len(candidates) > 1:
        return Tied(tuple(candidates))
    item = candidates[0]
    changed = []
    if item.track != place.track:
        changed.append(f"it moved from track {place.track} to {item.track}")
    if place.target is not None and place.target.fingerprint == "gap" and item.record.duration != place.frames:
        changed.append(f"it is {item.record.duration} frames long and was {place.frames}")
    return Found(item, tuple(changed))


def shown_clips(index: Index) -> dict[str, Item]:
    """The clips that show takes, by their cards; of the halves of one that was split the first."""
    items = (item for track in reversed(index.tracks) for item in reversed(track.items))
    return {name: item for item in items if (name := card_id(item))}


def as_it_lies(card: Card, clips: Mapping[str, Item], index: Index) -> Card:
    """A card with the place where a clip shows its take now; as it is, where none does."""
    clip = clips.get(card.id)
    if clip is None:
        return card
    there = {"track": clip.track, "track_name": index.tracks[clip.track].name, "start": int(clip.record.start)}
    return card.model_copy(update={"placement": card.placement.model_copy(update=there)})


def is_offline(item: Item) -> bool:
    """A clip that names no media."""
    reference = active_reference(item.node)
    schema = str((reference or {}).get("OTIO_SCHEMA", ""))
    return item.kind is Kind.CLIP and (reference is None or schema.startswith("MissingReference."))


def generator(reference: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters of media that is only described so far (a GeneratorReference of ours)."""
    if not str(reference.get("OTIO_SCHEMA", "")).startswith("GeneratorReference."):
        return None
    if not str(reference.get("generator_kind", "")).startswith("cutaway"):
        return None
    found = reference.get("parameters")
    return found if isinstance(found, dict) else {}


def shows_picture(item: Item) -> bool:
    """Whether the item covers what lies below it."""
    return item.enabled and (item.kind is Kind.CLIP or item.kind is Kind.NESTED)
