"""What everything that is done at the desk is done with. Of the desk's thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CutawayError
from cutaway.storyboard.card import CardState
from cutaway.storyboard.job import Job, JobState
from cutaway_panel.cards import seen
from cutaway_panel.frames import Frames
from cutaway_panel.state import Problem
from cutaway_panel.undo import Edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.storyboard.card import Card
    from cutaway_panel.board import Board
    from cutaway_panel.hostline import HostLine
    from cutaway_panel.state import CardView
    from cutaway_panel.table import Table

WRITTEN_AFTER: Final = 0.3
"""Seconds after an edit at which the project is written, so that typing is one write."""


@dataclass
class Tools:
    """The board that the views see, the table, the line to the application, and the edits of this panel."""

    board: Board
    table: Table
    line: HostLine
    post: Callable[[Callable[[], object]], object]
    """Has something done by the desk's thread."""
    look: Callable[[], object]
    """Looks at the application again."""
    edits: Edits = field(default_factory=Edits)
    frames: Frames = field(default_factory=Frames)
    jobs: dict[str, Job] = field(default_factory=dict)
    """What the queue says of each card."""
    _write: threading.Timer | None = None

    def say(self, text: str, level: str = "info", fix: str = "") -> None:
        """A sentence for the reader of the window."""
        self.board.say(text, level, fix)

    def failed(self, error: Exception) -> None:
        """The application could not do something; the window says so and goes on."""
        self.board.change(connection=replace(self.board.state.connection, problem=problem_of(error)))
        self.say(worded(error), "error")

    # -- cards -------------------------------------------------------------------------------------

    def view(self, card: Card) -> CardView:
        """A card as it is now, with what the queue says of it."""
        view, job = self.table.view(card), self.jobs.get(card.id)
        if job is not None and job.state in {JobState.WAITING, JobState.SENDING}:
            return replace(view, state=CardState.QUEUED)
        return replace(view, progress=job.progress) if job is not None and job.state is JobState.RUNNING else view

    def show(self, *cards: Card) -> None:
        """Cards that look otherwise now."""
        self.board.show(*map(self.view, cards), edits=self.edits.labels)

    def lay_out(self, **fields: Any) -> None:
        """Every card anew, where some came, went or moved, and other fields of the state with them."""
        looked = self.table.looked
        views = seen(looked.snapshot.index, map(self.view, self.table.cards())) if looked is not None else []
        self.board.lay_out(views, edits=self.edits.labels, **fields)

    def number(self, card_id: str) -> int:
        """How a card is called in the window."""
        view = self.board.state.card(card_id)
        return view.number if view else 0

    def open_card(self, card_id: str) -> Card | None:
        """A card that may be changed, as the project's; where there is none or it is locked, that is said."""
        card = self.table.card(card_id)
        if card is None:
            what = "a shot of the cut has no words to edit; ask for a remix of it"
            self.say(what if self.board.state.card(card_id) else "this card is no longer there", "warning")
            return None
        if card.locked:
            self.say(f"card {self.number(card_id)} is locked and was not changed", "warning", fix="unlock it first")
            return None
        return self.table.kept(card_id)

    # -- the project -------------------------------------------------------------------------------

    def write_soon(self) -> None:
        """The project is written a moment after the last edit."""
        if self._write is None:
            self._write = threading.Timer(WRITTEN_AFTER, self.post, [self.written])
            self._write.daemon = True
            self._write.start()

    def written(self) -> None:
        """Edits that are not on disk yet go there."""
        if self._write is not None:
            self._write.cancel()
            self._write = None
            self.table.project.write()


def worded(error: Exception) -> str:
    """An error in its own words; one that was not raised on purpose is named."""
    return str(error) if isinstance(error, CutawayError) else f"{type(error).__name__}: {error}"


def problem_of(error: Exception) -> Problem:
    """An error for the connection strip: its first sentence, and behind it what to do."""
    what, _, fix = worded(error).partition("; ")
    return Problem(what, fix)
