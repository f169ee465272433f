"""Each unit: fresh, restored from the cache, or made; and why.

    its file is what the lock or the cache says      fresh
    the cache has it                                 restore
    else                                             make

A unit that is asked for as it was the last time keeps the model and the revision of the lock, so nothing has
to be asked of any server. For a new or changed one the server says which model answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway.errors import CutawayError
from cutaway.storyboard.render.pace import length_of, weight_of
from cutaway.storyboard.render.unit import Made, Pin, Unit, digest_of, key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cutaway.storyboard.render.cache import Cache, Slate
    from cutaway.storyboard.render.expansion import Expanded
    from cutaway.storyboard.render.hashes import Hashes
    from cutaway.storyboard.render.lock import Locked
    from cutaway.storyboard.render.offer import Offer


class LockDrift(CutawayError):
    """What was asked for, or what the server has, is not what the lock says; nothing was done."""


class Action(StrEnum):
    """What a run would do about a unit."""

    FRESH = "fresh"
    RESTORE = "restore"
    MAKE = "make"


@dataclass(frozen=True)
class Step:
    """One unit in the plan. `known` is what the lock says of it where it still holds, `slate` what the cache has."""

    unit: Unit
    digest: str
    pin: Pin
    key: str
    action: Action
    why: str
    known: Locked | None = None
    slate: Slate | None = None

    @property
    def weight(self) -> float | None:
        return weight_of(self.unit)

    @property
    def length(self) -> float | None:
        return length_of(self.unit)


@dataclass(frozen=True)
class Choice:
    """Which units a run is about: those whose id or asset matches one of `only`, and what they need.

    `force` makes them all; `update` asks the server for models instead of keeping those of the lock; `locked`
    refuses another model than the lock's.
    """

    only: tuple[str, ...] = ()
    force: bool = False
    update: bool = False
    locked: bool = False

    def of(self, expanded: Expanded) -> set[str]:
        if not self.only:
            return {unit.id for unit in expanded.units}
        chosen: set[str] = set()
        for unit in reversed(expanded.units):  # needed units stand before those that need them
            named = (unit.id, unit.asset, unit.board or unit.asset)
            if unit.id in chosen or any(fnmatchcase(name, glob) for name in named for glob in self.only):
                chosen |= {unit.id, *unit.needs}
        return chosen


class Planner:
    """Makes the plan of one manifest. `offer` is asked only where the lock does not say which model answers."""

    def __init__(
        self,
        expanded: Expanded,
        out: Path,
        lock: dict[str, Locked],
        cache: Cache,
        hashes: Hashes,
        offer: Callable[[], Awaitable[Offer]],
    ) -> None:
        self.expanded, self.out, self.lock, self.cache, self.hashes, self.offer = (
            expanded, out, lock, cache, hashes, offer,
        )  # fmt: skip
        self.digests: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    def drift(self) -> list[str]:
        """What the manifest asks otherwise than the lock says, and what the lock has beyond it."""
        found = []
        for unit in self.expanded.units:
            entry = self.lock.get(unit.id)
            if entry is None:
                found.append(f"{unit.id} is not in the lock")
            elif entry.digest != self._digest(unit):
                found.append(f"{unit.id} is asked for otherwise than in the lock")
        gone = self.lock.keys() - {unit.id for unit in self.expanded.units}
        return found + [f"{name} is in the lock and not in the manifest" for name in sorted(gone)]

    async def steps(self, choice: Choice) -> list[Step]:
        chosen = choice.of(self.expanded)
        return [await self._step(unit, choice) for unit in self.expanded.units if unit.id in chosen]

    async def _step(self, unit: Unit, choice: Choice) -> Step:
        entry = self.lock.get(unit.id)
        kept = entry is not None and entry.digest == self._digest(unit) and not choice.update
        step = self._with(unit, choice, entry.pin if entry is not None and kept else await self._offered(unit))
        if step.action is Action.MAKE and kept and (now := await self._offered(unit, step.pin)) != step.pin:
            if choice.locked:
                raise LockDrift(
                    f"{unit.id} is not in the cache and cannot be made as the lock has it: the lock says "
                    f"{step.pin.model} ({step.pin.provenance}), the server has {now.provenance}; "
                    "render without --locked to lock anew"
                )
            step = self._with(unit, choice, now)
        return step

    async def _offered(self, unit: Unit, pinned: Pin | None = None) -> Pin:
        """Which model the server answers with; of a pinned one, what it is there now."""
        kind = "fill" if unit.kind == "cut" else unit.kind
        return (await self.offer()).pin(pinned.model if pinned is not None else unit.model, kind, unit.pictures)

    def _with(self, unit: Unit, choice: Choice, pin: Pin) -> Step:
        """What would be done about a unit that this model answers."""
        digest, entry = self._digest(unit), self.lock.get(unit.id)
        key = self.keys[unit.id] = self._key(unit, digest, pin)
        known = entry if entry is not None and entry.key == key else None
        if choice.force:
            return Step(unit, digest, pin, key, Action.MAKE, "forced", known)
        if known is not None and self._is_there(known.files):
            return Step(unit, digest, pin, key, Action.FRESH, "", known)
        slate = self.cache.slate(key)
        if slate is not None:
            if unit.kind != "cut" and self._is_there({unit.output: slate.sha256}):
                return Step(unit, digest, pin, key, Action.FRESH, "", known, slate)
            return Step(unit, digest, pin, key, Action.RESTORE, self._missing(unit, known), known, slate)
        return Step(
            unit, digest, pin, key, Action.MAKE, _reason(unit, entry, digest, key, self._missing(unit, known)), known
        )

    def _missing(self, unit: Unit, known: Locked | None) -> str:
        files = list(known.files) if known is not None else [unit.output]
        gone = [name for name in files if not (self.out / name).is_file()]
        return f"{gone[0]} is missing" if gone else f"{unit.output} is another file"

    def _is_there(self, files: dict[str, str]) -> bool:
        try:
            return bool(files) and all(self.hashes.of(self.out / name) == sha256 for name, sha256 in files.items())
        except OSError:
            return False

    def _digest(self, unit: Unit) -> str:
        """What a unit asks; of what the manifest makes itself, what that asks."""
        if unit.id not in self.digests:
            self.digests[unit.id] = unit.digest(self._contents(unit, {u.id: u for u in self.expanded.units}))
        return self.digests[unit.id]

    def _contents(self, unit: Unit, units: dict[str, Unit]) -> dict[str, str]:
        found = {}
        for argument, given in unit.inputs.items():
            found[argument] = self._digest(units[given.id]) if isinstance(given, Made) else self.hashes.of(given)
        if unit.kind == "cut":
            found |= self._media_of_cut(unit)
        return found

    def _media_of_cut(self, unit: Unit) -> dict[str, str]:
        """The content of every clip of a cut, by number."""
        from cutaway.storyboard.render.cuts import media_of

        cut = unit.inputs["cut"]
        assert isinstance(cut, Path)
        return {f"media {n}": self.hashes.of(path) for n, path in enumerate(media_of(cut, unit.arguments.get("rate")))}

    def _key(self, unit: Unit, digest: str, pin: Pin) -> str:
        """Of the digest, the pin and the keys of what the manifest makes itself: their models count as well."""
        upstream = [self.keys[needed] for needed in unit.needs]
        return key_of(digest_of([digest, upstream]) if upstream else digest, pin)


def _reason(unit: Unit, entry: Locked | None, digest: str, key: str, missing: str) -> str:
    if entry is None:
        return "new"
    if entry.digest != digest:
        return "changed"
    if entry.key != key:
        return "what it is made from has changed" if unit.needs else "another model or revision"
    return f"{missing} and not in the cache"
