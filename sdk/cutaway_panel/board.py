"""The state that the views see, as it grows: each change makes a new one out of the last.

    board = Board()
    stop = board.listen(print)
    board.change(paused=True)
    board.show(view)                # one card; every other stays the same object

Changed by one thread (the desk's), read by any.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cutaway_panel.state import Notice, Storyboard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway_panel.state import CardView

NOTICES: Final = 200


class Board:
    """The latest state, and who wants to hear of the next."""

    def __init__(self) -> None:
        self._state = Storyboard()
        self._told: tuple[Callable[[Storyboard], object], ...] = ()
        self._moved = threading.Condition()
        self._places: dict[str, int] = {}

    @property
    def state(self) -> Storyboard:
        return self._state

    def listen(self, told: Callable[[Storyboard], object]) -> Callable[[], None]:
        """Tells of each new state, on the thread that made it, until the function that is returned is called."""
        with self._moved:
            self._told = (*self._told, told)

        def stop() -> None:
            with self._moved:
                self._told = tuple(one for one in self._told if one is not told)

        return stop

    def until(self, wanted: Callable[[Storyboard], bool], timeout: float) -> Storyboard:
        """The first state from now on of which `wanted` is true; for scripts, never for a window.

        Raises:
            TimeoutError: none within so many seconds.
        """
        with self._moved:
            if not self._moved.wait_for(lambda: wanted(self._state), timeout):
                raise TimeoutError(f"nothing of the kind within {timeout:g} s; {_summed(self._state)}")
            return self._state

    def change(self, **fields: Any) -> None:
        """A new state with other values in some of its fields."""
        with self._moved:
            self._state = replace(self._state, revision=self._state.revision + 1, **fields)
            self._moved.notify_all()
            state, told = self._state, self._told
        for one in told:
            one(state)

    def lay_out(self, views: Sequence[CardView], **fields: Any) -> None:
        """All cards anew, numbered in this order; one that looks as before stays the same object."""
        known = self._state.by_id
        numbered = [replace(view, number=number) for number, view in enumerate(views, 1)]
        kept = tuple(known[view.id] if known.get(view.id) == view else view for view in numbered)
        self._places = {view.id: place for place, view in enumerate(kept)}
        self.change(cards=kept, by_id={view.id: view for view in kept}, **fields)

    def show(self, *views: CardView, **fields: Any) -> None:
        """Cards that look otherwise now, where they were in the order; one that is not there is passed over."""
        cards, by_id = list(self._state.cards), dict(self._state.by_id)
        for view in views:
            place = self._places.get(view.id)
            if place is not None and cards[place] != (numbered := replace(view, number=cards[place].number)):
                cards[place] = by_id[view.id] = numbered
        self.change(cards=tuple(cards), by_id=by_id, **fields)

    def say(self, text: str, level: str = "info", fix: str = "") -> None:
        """A sentence for the reader of the window."""
        self.change(notices=(*self._state.notices, Notice(text, level, fix))[-NOTICES:])


def _summed(state: Storyboard) -> str:
    jobs = ", ".join(f"{job.title}: {job.state}" for job in state.queue) or "nothing is queued"
    last = f"; last notice: {state.notices[-1].text}" if state.notices else ""
    return f"{len(state.cards)} cards; {jobs}{last}"
