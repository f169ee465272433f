"""The edits of a cut as a stack from which any can be taken, not only the last.

    | A | B | C |   A comes out   ->   | B' | C' |       and A'', to be undone behind C

An edit in the middle changes places with those made after it, one by one, until it is the last; then it
is undone like any other. What A had written into the timeline's mirror of the cards is B's doing from
then on, so that undoing every edit still gives back the first text to the character.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.errors import TimelineChanged
from cutaway.timeline.patch import Patch, Touching

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.storyboard.project import Logged


class History:
    """Edits that are in a cut, oldest first. Their patches follow one another."""

    def __init__(self, edits: Iterable[Logged]) -> None:
        self._edits = list(edits)
        self._patches: dict[str, Patch] = {}
        self._changed: set[str] = set()

    @property
    def cards(self) -> set[str]:
        """The cards whose takes are in the cut by these edits."""
        return {edit.card for edit in self._edits}

    def taken(self, edit: Logged) -> Patch:
        """The patch of an edit as if it had been made last; the history goes on without it.

        Raises:
            TimelineChanged: a later edit lies on it; the history is as it was.
        """
        at = next(n for n, there in enumerate(self._edits) if there.id == edit.id)
        later = self._edits[at + 1 :]
        patch = self._patch(edit)
        if later:
            back, mirror, moved = patch.to_tracks.inverse, patch.to_timeline, {}
            try:
                for other in later:
                    own, told = self._patch(other).to_tracks, self._patch(other).to_timeline
                    moved[other.id] = own.rebased(back).then(told)
                    back = back.rebased(own)
            except Touching:
                raise TimelineChanged(
                    f"{edit.label!r} cannot be undone by itself, since {other.label!r} was done to the same items "
                    "after it. Undo that one first"
                ) from None
            first = later[0].id
            moved[first] = Patch(later[0].label, mirror.changes).then(moved[first])
            self._patches |= moved
            self._changed |= set(moved)
            patch = back.inverse
        del self._edits[at]
        return patch

    def amended(self, patch: Patch) -> None:
        """Adds to what the last edit did."""
        last = self._edits[-1]
        self._patches[last.id] = self._patch(last).then(patch)
        self._changed.add(last.id)

    def rewritten(self) -> list[Logged]:
        """The edits whose patches are others now."""
        return [
            edit.model_copy(update={"patch": self._patches[edit.id].to_json()})
            for edit in self._edits
            if edit.id in self._changed
        ]

    def _patch(self, edit: Logged) -> Patch:
        if edit.id not in self._patches:
            self._patches[edit.id] = Patch.from_json(edit.patch)
        return self._patches[edit.id]
