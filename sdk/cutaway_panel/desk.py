"""The desk: one cut, its cards, its queue and its application, for whatever window sits in front of it.

    desk = Desk(lambda: (Mode.FILES, FileHost("cut.otio")), AsyncCutaway)
    desk.listen(window.show)
    desk.connect()
    desk.edit(card_id, prompt="a red ball rolls in")

No call waits. Each becomes a message to the desk's own thread, which alone changes what is on the table; what
takes long is done by the host's thread, the queue's thread and the picture pool. What comes of it is a new
`state`, and what goes wrong a notice in it: nothing here raises into a window. No Qt.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from cutaway.errors import CutawayError
from cutaway.storyboard.card import Card, CardState
from cutaway.timebase import timecode
from cutaway.wire import Verb
from cutaway_panel.board import Board
from cutaway_panel.frames import Frames
from cutaway_panel.hostline import HostLine
from cutaway_panel.state import Connection, Mode, Problem
from cutaway_panel.table import Looked, Table
from cutaway_panel.undo import Edits, Step
from cutaway_panel.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway.client.client import AsyncCutaway
    from cutaway.hosts.base import Host
    from cutaway.media.extra import Pixels
    from cutaway_panel.state import Storyboard

WRITTEN_AFTER: Final = 0.3
"""Seconds after an edit at which the project is written, so that typing is one write."""
EDITABLE: Final = frozenset(Card.model_fields) - {
    "id", "kind", "state", "placement", "takes", "active_take", "applied_take", "fingerprint", "derived_from",
    "job_id", "error", "notes", "created", "updated", "revision",
}  # fmt: skip


class Desk:
    """One cut on the table.

    Args:
        open_host: opens the application, or a file; called on the host's thread at every `connect`.
        open_client: makes the client; called on the queue's thread.
        min_frames: shorter holes are left alone.
    """

    def __init__(
        self,
        open_host: Callable[[], tuple[Mode, Host]],
        open_client: Callable[[], AsyncCutaway],
        *,
        min_frames: int = 2,
    ) -> None:
        self._open_client = open_client
        self._board = Board()
        self._table = Table(min_frames=min_frames)
        self._frames = Frames()
        self._edits = Edits()
        self._worker = Worker("cutaway-desk", self._surprised)
        self._line = HostLine(open_host, answer=self._worker.post, busy=self._busy)
        self._write: threading.Timer | None = None

    # -- what is there -----------------------------------------------------------------------------

    @property
    def state(self) -> Storyboard:
        """The latest; readable from any thread."""
        return self._board.state

    def listen(self, told: Callable[[Storyboard], object]) -> Callable[[], None]:
        """Calls `told` with each new state, on the thread that made it; returns the end of it."""
        return self._board.listen(told)

    def until(self, wanted: Callable[[Storyboard], bool], timeout: float = 60.0) -> Storyboard:
        """Waits for a state; for scripts and tests, never on the thread of a window.

        Raises:
            TimeoutError: there was none within so many seconds; the message sums up the state.
        """
        return self._board.until(wanted, timeout)

    # -- the connection ----------------------------------------------------------------------------

    def connect(self) -> None:
        """Opens the host and the server; again after a problem. A host that hangs is left behind."""
        self._post(lambda: self._line.open(self._opened, self._not_connected))

    def sync(self) -> None:
        """Looks at the application: a new snapshot, in which cards find their places again."""
        self._post(lambda: self._look("looking at the cut"))

    def close(self, timeout: float = 2.0) -> None:
        """Writes what is unwritten and ends the threads, as far as that is possible in so many seconds."""
        self._worker.post(self._written)
        self._line.close(timeout / 2)
        self._worker.close(timeout / 2)

    def _opened(self, mode: Mode) -> None:
        self._board.change(connection=replace(self.state.connection, mode=mode, problem=None))
        self._look("looking at the cut")

    def _look(self, what: str, then: Callable[[], object] = lambda: None) -> None:
        def looked(found: Looked) -> None:
            self._laid(found)
            then()

        self._line.ask(what, Looked.at, looked, self._host_failed)

    def _laid(self, looked: Looked) -> None:
        """The cut as it was just looked at."""
        table = self._table
        if table.looked is None or table.looked.project.folder != looked.project.folder:
            self._written()
            self._edits.forget()
            table.found.clear()
            table.size = None
        table.lay(looked)
        cut = table.cut
        assert cut is not None
        self._frames.look_at(cut)
        info, index = looked.info, looked.snapshot.index
        self._board.lay_out(
            table.views(),
            connection=replace(
                self.state.connection,
                application=info.name,
                version=info.version,
                project=info.project,
                timeline=info.timeline,
                rate=index.rate,
                start=timecode(int(index.start), index.rate),
                frames=int(index.duration),
                capabilities=info.capabilities,
                problem=None,
            ),
            edits=self._edits.labels,
        )

    def _busy(self, what: str) -> None:
        if self.state.connection.busy != what:
            self._board.change(connection=replace(self.state.connection, busy=what))

    def _not_connected(self, error: Exception) -> None:
        self._board.change(connection=Connection(problem=_problem(error), server=self.state.connection.server))
        self._board.say(str(error), "error")

    def _host_failed(self, error: Exception) -> None:
        self._board.change(connection=replace(self.state.connection, problem=_problem(error)))
        self._board.say(str(error), "error")

    # -- cards -------------------------------------------------------------------------------------

    def edit(self, card_id: str, **fields: Any) -> None:
        """Other values in some fields of a card; `frames` is the length of its place. One step to undo."""
        self._post(lambda: self._edit(card_id, fields))

    def undo_edit(self) -> None:
        """Takes the last edit back."""
        self._post(lambda: self._stepped(self._edits.undo()))

    def redo_edit(self) -> None:
        """Does the edit again that was undone last."""
        self._post(lambda: self._stepped(self._edits.redo()))

    def find_gaps(
        self,
        *,
        tracks: Sequence[int] | None = None,
        min_frames: int = 2,
        every_gap: bool = False,
        placeholders: bool = False,
    ) -> None:
        """A card for each hole of the tracks; dismissed ones too. `placeholders` are clips that show nothing."""
        choice = {
            "tracks": tracks, "min_frames": min_frames, "every_gap": every_gap,
            "disabled_is_hole": placeholders, "offline_is_hole": placeholders,
        }  # fmt: skip
        self._post(lambda: self._find(choice))

    def drop(self, card_id: str) -> None:
        """Takes a card off the board; its takes stay on disk."""
        self._post(lambda: self._drop(card_id))

    def _edit(self, card_id: str, fields: dict[str, Any]) -> None:
        card = self._table.kept(card_id)
        if card is None:
            self._board.say("a shot of the cut has no words to edit; ask for a remix of it", "warning")
            return
        unknown = fields.keys() - EDITABLE - {"frames"}
        if unknown or (card.locked and fields.keys() - {"locked"}):
            why = f"a card has no {', '.join(sorted(unknown))} to edit" if unknown else "the card is locked"
            self._board.say(f"nothing was changed: {why}", "warning", fix="" if unknown else "unlock it first")
            return
        if (frames := fields.pop("frames", None)) is not None:
            fields["placement"] = card.placement.model_copy(update={"frames": max(1, int(frames))})
        before = {name: getattr(card, name) for name in fields}
        if before == fields or not self._set(card_id, fields):
            return
        label = f"{', '.join(fields)} of {self._number(card_id)}".replace("placement", "length")
        key = (card_id, *sorted(fields))
        back, again = lambda: self._set(card_id, before), lambda: self._set(card_id, fields)
        self._edits.done(Step(label, key, back, again))
        self._board.change(edits=self._edits.labels)

    def _set(self, card_id: str, fields: dict[str, Any]) -> bool:
        """Whether a card took the values; it is written soon."""
        try:
            card = self._table.project.change(card_id, written=False, **fields)
        except ValidationError as error:
            first = error.errors()[0]
            self._board.say(f"{'.'.join(map(str, first['loc']))} was not changed: {first['msg']}", "warning")
            return False
        if card.state in {CardState.DRAFT, CardState.READY}:
            lacks_words = card.kind is Verb.GENERATE and not card.prompt
            card.state = CardState.DRAFT if lacks_words else CardState.READY
        self._write_soon()
        self._board.show(self._table.view(card))
        return True

    def _stepped(self, step: Step | None) -> None:
        if step is None:
            self._board.say("there is no edit to undo or redo", "info")
        self._board.change(edits=self._edits.labels)

    def _find(self, choice: dict[str, Any]) -> None:
        if self._table.looked is None:
            self._board.say("no timeline is open; connect first", "warning")
            return
        self._table.project.contents.dismissed.clear()
        found = self._table.find(**choice)
        self._board.lay_out(self._table.views())
        self._board.say(f"{found} places found" + "".join(f"; {note}" for note in self._table.notes))

    def _drop(self, card_id: str) -> None:
        card = self._table.card(card_id)
        if card is None or card.locked:
            self._board.say("the card is locked; unlock it first" if card else "there is no such card", "warning")
            return
        project = self._table.project

        def dropped() -> None:
            self._table.found.pop(card_id, None)
            project.contents.dismissed.append(card_id)
            project.drop([card])
            self._board.lay_out(self._table.views())

        def back() -> None:
            project.contents.dismissed = [one for one in project.contents.dismissed if one != card_id]
            project.put(card)
            self._board.lay_out(self._table.views())

        label = f"drop of {self._number(card_id)}"
        dropped()
        self._edits.done(Step(label, (card_id, "drop"), back, dropped))
        self._board.change(edits=self._edits.labels)

    def _number(self, card_id: str) -> int:
        view = self.state.card(card_id)
        return view.number if view else 0

    # -- pictures ----------------------------------------------------------------------------------

    def thumbnail(
        self, card_id: str, width: int, height: int, *, take_id: str | None = None, side: str = "first"
    ) -> Pixels | None:
        """The first or last picture of a card: of its take, of its shot, or of what lies beside its hole.

        (height, width, 3) RGB uint8; None where none is to be had. Blocks: for the picture pool only.
        """
        view = self.state.card(card_id)
        if view is None:
            return None
        wanted = [t for t in view.takes if (t.take.id == take_id if take_id is not None else t.is_active)]
        return self._frames.thumbnail(view, width, height, take=wanted[0] if wanted else None, side=side)

    # -- the desk's thread -------------------------------------------------------------------------

    def _post(self, work: Callable[[], object]) -> None:
        self._worker.post(work)

    def _surprised(self, error: Exception) -> None:
        self._board.say(f"{type(error).__name__}: {error}", "error")

    def _write_soon(self) -> None:
        if self._write is None:
            self._write = threading.Timer(WRITTEN_AFTER, self._post, [self._written])
            self._write.daemon = True
            self._write.start()

    def _written(self) -> None:
        """Edits that are not on disk yet go there."""
        if self._write is not None:
            self._write.cancel()
            self._write = None
            self._table.project.write()


def _problem(error: Exception) -> Problem:
    """An error in its own words; one that was not raised on purpose is named."""
    return Problem(str(error) if isinstance(error, CutawayError) else f"{type(error).__name__}: {error}")
