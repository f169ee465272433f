"""Patches that were all made for one document, put one behind the other.

    batch = Batch()
    for patch in patches:
        batch.add(patch)             # raises Touching, and is as it was
    batch.patches                    # each for the document with those before it

What shifts a patch are the lists that earlier ones made longer or shorter. Where each patch splices the
items of a track once, as most do, a place among the splices of that track says it; only patches that do
more are gone through one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.timeline.patch import Change, Patch, Where


class Batch:
    """Patches that follow one another; they were made for the same document."""

    def __init__(self) -> None:
        self.patches: list[Patch] = []
        self._lists: dict[Where, _Splices] | None = {}

    def add(self, patch: Patch) -> Patch:
        """Puts a patch behind the others, and returns it as it is there.

        Raises:
            Touching: one of them changes what it changes; it is left out.
        """
        if self._lists is not None and _splices_items_once(patch):
            added = replace(patch, changes=tuple(self._there(change).behind(change) for change in patch.changes))
            for change in patch.changes:
                self._there(change).add(change)
        else:
            added = patch
            for there in self.patches:
                added = added.rebased(there)
            self._lists = None
        self.patches.append(added)
        return added

    def _there(self, change: Change) -> _Splices:
        assert self._lists is not None
        return self._lists.setdefault(change.where, _Splices())


class _Splices:
    """The changes of one list that follow one another, by where they lie in the list as it was before any."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._changes: list[Change] = []
        self._growths: list[int] = []

    def behind(self, change: Change) -> Change:
        """A change of the same list, as it is behind those here. Only its neighbours could touch it."""
        at = bisect_left(self._starts, change.splice.start)
        for there in self._changes[max(0, at - 1) : at + 1]:
            change.rebased(there)
        shift = sum(self._growths[:at])
        return replace(change, splice=replace(change.splice, start=change.splice.start + shift)) if shift else change

    def add(self, change: Change) -> None:
        at = bisect_left(self._starts, change.splice.start)
        self._starts.insert(at, change.splice.start)
        self._changes.insert(at, change)
        self._growths.insert(at, change.growth)


def _splices_items_once(patch: Patch) -> bool:
    """Whether it changes the items of tracks and nothing else, those of each track at one place."""
    lists = [change.where for change in patch.changes]
    return len(set(lists)) == len(lists) and all(len(where) == 1 and isinstance(where[0], int) for where in lists)
