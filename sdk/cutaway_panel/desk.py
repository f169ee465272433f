"""The desk: one cut, its cards, its queue and its application, for whatever window sits in front of it.

    desk = Desk(lambda: (Mode.FILES, FileHost("cut.otio")), AsyncCutaway)
    desk.listen(window.show)
    desk.connect()
    desk.edit(card_id, prompt="a red ball rolls in")
    desk.make(card_id)

No call waits. Each becomes a message to the desk's own thread, which alone changes what is on the table; what
takes long is done by the host's thread, the queue's thread and the picture pool. What comes of it is a new
`state`, and what goes wrong a notice in it: nothing here raises into a window. No Qt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import MediaError
from cutaway.hosts.base import Capability
from cutaway.storyboard.asks import Spot
from cutaway.timebase import FrameRange, timecode
from cutaway.timeline.edits import Room
from cutaway_panel.applying import Applying
from cutaway_panel.asking import Asking
from cutaway_panel.board import Board
from cutaway_panel.editing import Editing
from cutaway_panel.hostline import HostLine
from cutaway_panel.making import Making
from cutaway_panel.reel import Reel
from cutaway_panel.state import Connection, Mode
from cutaway_panel.table import Looked, Table
from cutaway_panel.tools import Tools, problem_of, worded
from cutaway_panel.watching import Watching
from cutaway_panel.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cutaway.client.client import AsyncCutaway
    from cutaway.hosts.base import Host
    from cutaway.media.extra import Pixels
    from cutaway.storyboard.card import Role
    from cutaway.wire import Verb
    from cutaway_panel.state import CardView, Effect, Storyboard, TakeView

LOOKED_AGAIN: Final = 2.0
"""Seconds after which the application is asked whether its timeline is still the one on the table."""


class Desk:
    """One cut on the table.

    Args:
        open_host: opens the application, or a file; called on the host's thread at every `connect`.
        open_client: makes the client; called on the queue's thread.
        min_frames: shorter holes are left alone.
        watch: seconds after which the application is looked at again by itself; None for never.
        at_once: how many cards are under way at a time.
        limit: what may be spent before the queue pauses, in the server's own money, where it says what a job cost.
    """

    def __init__(
        self,
        open_host: Callable[[], tuple[Mode, Host]],
        open_client: Callable[[], AsyncCutaway],
        *,
        min_frames: int = 2,
        watch: float | None = LOOKED_AGAIN,
        at_once: int = 3,
        limit: float | None = None,
    ) -> None:
        self._board = Board()
        self._worker = Worker("cutaway-desk", self._surprised)
        line = HostLine(open_host, answer=self._worker.post, busy=self._busy)
        self._tools = Tools(self._board, Table(min_frames=min_frames), line, self._worker.post, self._look)
        self._editing = Editing(self._tools)
        self._asking = Asking(self._tools)
        self._applying = Applying(self._tools, self._editing)
        self._making = Making(self._tools, open_client, at_once=at_once, limit=limit)
        self._watching = Watching(self._tools, watch)

    # -- what is there -----------------------------------------------------------------------------

    @property
    def state(self) -> Storyboard:
        """The latest; readable from any thread."""
        return self._board.state

    def listen(self, told: Callable[[Storyboard], object]) -> Callable[[], None]:
        """Calls `told` with each new state, on the thread that made it; returns the end of it."""
        return self._board.listen(told)

    def until(self, wanted: Callable[[Storyboard], bool], timeout: float = 15.0) -> Storyboard:
        """Waits for a state; for scripts and tests, never on the thread of a window.

        Raises:
            TimeoutError: there was none within so many seconds; the message sums up the state.
        """
        return self._board.until(wanted, timeout)

    # -- the connection ----------------------------------------------------------------------------

    def connect(self) -> None:
        """Opens the host and asks the server who it is; again after a problem. A host that hangs is left behind."""
        self._post(lambda: self._tools.line.open(self._opened, self._not_connected))
        self._making.queue.ask_server()

    def sync(self) -> None:
        """Looks at the application: a new snapshot, in which cards find their places again."""
        self._post(self._look)

    def export(self, path: Path) -> None:
        """Writes the cut as it is now to another `.otio` file; a notice says where, or why not."""
        self._post(lambda: self._applying.export(path))

    def close(self, timeout: float = 2.0) -> None:
        """Writes what is unwritten and ends the threads, as far as that is possible in so many seconds.

        Jobs at the server go on; the next desk on this cut fetches them.
        """
        self._watching.close()
        self._worker.post(self._tools.written)
        self._worker.post(self._editing.finish)
        self._making.queue.close(timeout * 0.7)
        self._tools.line.close(timeout * 0.15)
        self._worker.close(timeout * 0.15)
        self._tools.frames.look_at(None)

    # -- cards -------------------------------------------------------------------------------------

    def edit(self, card_id: str, **fields: Any) -> None:
        """Other values in some fields of a card; `frames` is the length of its place. One step to undo."""
        self._post(lambda: self._editing.edit(card_id, fields))

    def undo_edit(self) -> None:
        """Takes the last edit back."""
        self._post(self._editing.undo)

    def redo_edit(self) -> None:
        """Does the edit again that was undone last."""
        self._post(self._editing.redo)

    def find_gaps(
        self,
        *,
        tracks: Sequence[int] | None = None,
        min_frames: int = 2,
        every_gap: bool = False,
        placeholders: bool = False,
    ) -> None:
        """A card for each hole of the tracks, dismissed ones too. `placeholders` are clips that show nothing."""
        choice = {
            "tracks": tracks, "min_frames": min_frames, "every_gap": every_gap,
            "disabled_is_hole": placeholders, "offline_is_hole": placeholders,
        }  # fmt: skip
        self._post(lambda: self._find(choice))

    def ask(
        self,
        verb: Verb,
        *,
        at: int | None = None,
        track: int | None = None,
        part: FrameRange | None = None,
        frames: int | None = None,
        edge: str = "tail",
        room: str = "gap",
        overlay: bool = False,
    ) -> None:
        """A card for a verb: at a record frame, else at what is selected in the application or at its playhead.

        Args:
            verb: extend, remix, blend, loop, fill, or generate.
            at: the frame; where a shot ends there, a blend is over that cut.
            track: by number from 0; else the topmost one that shows something there.
            part: of a shot, record time; else what is marked in the application, else all of it.
            frames: how long; what is usual, or what there is room for.
            edge: head or tail, of an extension.
            room: gap, roll, ripple or ripple-all: where the frames of an extension come from.
            overlay: the take goes to a track above.
        """
        spot = Spot(at, track, part) if at is not None else None
        how: dict[str, Any] = {"frames": frames, "edge": edge, "overlay": overlay}
        self._post(lambda: self._asking.ask(verb, spot, part, room=Room(room.replace("-", "_")), **how))

    def board_from_selection(self) -> None:
        """A card for each selected item: shots made anew, gaps filled."""
        self._post(self._asking.board)

    def recut(self, card_id: str, kept: int) -> None:
        """The first `kept` frames of the take that lies in the cut stay; a new card continues them."""
        self._post(lambda: self._asking.recut(card_id, kept))

    def drop(self, card_id: str) -> None:
        """Takes a card off the board; its takes stay on disk."""
        self._post(lambda: self._editing.drop(card_id))

    # -- the queue ---------------------------------------------------------------------------------

    def make(self, *card_ids: str) -> None:
        """One more take of each card, in this order, behind those that wait already."""
        self._post(lambda: self._making.make(card_ids))

    def pause(self) -> None:
        """Nothing more is begun; what is under way goes on."""
        self._making.queue.pause()

    def resume(self) -> None:
        """What waits is begun again."""
        self._making.queue.resume()

    def cancel(self, card_id: str) -> None:
        """A card is not made, and its job at the server is ended."""
        self._making.queue.cancel(card_id)

    def retry(self, card_id: str) -> None:
        """A card that failed or was cancelled is made again; a job that is still there is waited for."""
        self._post(lambda: self._making.retry(card_id))

    def reorder(self, card_ids: Sequence[str]) -> None:
        """These cards first, in this order."""
        self._making.queue.order(list(card_ids))

    def clear_queue(self) -> None:
        """Cards whose work has ended are no longer listed in the queue."""
        self._making.queue.forget()

    # -- takes -------------------------------------------------------------------------------------

    def use_take(self, card_id: str, take_id: str) -> None:
        """The take that the card shows; in the cut it is another one only when it is applied."""
        self._post(lambda: self._editing.use(card_id, take_id))

    def star(self, card_id: str, take_id: str, on: bool) -> None:  # noqa: FBT001 - what a toggle says
        """Marks a take as a good one."""
        self._post(lambda: self._editing.mark(card_id, take_id, star=on))

    def note(self, card_id: str, take_id: str, text: str) -> None:
        """What the editor says of a take."""
        self._post(lambda: self._editing.mark(card_id, take_id, note=text))

    def more_like(self, card_id: str, take_id: str) -> None:
        """One more take of the same words, with the next seed; it knows which one it came of."""
        self._post(lambda: self._making.vary(card_id, take_id))

    def delete_take(self, card_id: str, take_id: str) -> None:
        """A take less; its file goes when the desk is closed, and until then this can be undone."""
        self._post(lambda: self._editing.delete(card_id, take_id))

    # -- the cut -----------------------------------------------------------------------------------

    def effect(
        self, card_id: str, take_id: str | None, then: Callable[[Effect], object], *, policy: str = "auto"
    ) -> None:
        """Says, on the desk's thread, what applying would do: of the active take, or of one yet to be made."""
        self._post(lambda: then(self._applying.effect(card_id, take_id, policy)))

    def apply(self, card_id: str, take_id: str | None = None, *, policy: str = "auto") -> None:
        """Puts a take into the cut.

        Args:
            card_id: whose place it is.
            take_id: which; the active one if not said.
            policy: auto (in its place, where the application can), above (a track above), take (by the
                application's own switch, where one of the card's takes lies already).
        """
        self._post(lambda: self._applying.apply(card_id, take_id, policy))

    def undo_apply(self) -> None:
        """Takes the last take out of the cut, and nothing else."""
        self._post(self._applying.undo)

    def reveal(self, frame: int) -> None:
        """Moves the playhead of the application there, where it has one."""
        if Capability.PLAYHEAD in self.state.connection.capabilities:
            self._post(lambda: self._applying.reveal(frame))

    def grab(self, card_id: str, role: Role, *, at: int | None = None) -> None:
        """The application's picture as a reference of a card: at its playhead, or at a record frame."""
        self._post(lambda: self._applying.grab(card_id, role, at))

    # -- pictures: for the picture pool, never for the thread of a window ---------------------------

    def thumbnail(
        self, card_id: str, width: int, height: int, *, take_id: str | None = None, side: str = "first"
    ) -> Pixels | None:
        """The first or last picture of a card: of its take, of its shot, or of what lies beside its hole.

        (height, width, 3) RGB uint8; None where none is to be had. Blocks.
        """
        view = self.state.card(card_id)
        if view is None:
            return None
        return self._tools.frames.thumbnail(view, width, height, take=_take(view, take_id), side=side)

    def reel(self, card_id: str, take_id: str | None = None, *, context: int = 24) -> Reel:
        """A card and what lies around it, as frames; of the active take, where none is named. Blocks; close it.

        Raises:
            MediaError: there is no such card.
        """
        view, cut = self.state.card(card_id), self._tools.frames.cut
        if view is None or cut is None:
            raise MediaError(f"there is no card {card_id[:6]} to look at", source=card_id)
        return Reel(cut, view, _take(view, take_id), context=context)

    # -- the desk's thread -------------------------------------------------------------------------

    def _post(self, work: Callable[[], object]) -> None:
        self._worker.post(work)

    def _surprised(self, error: Exception) -> None:
        self._board.say(worded(error), "error")

    def _opened(self, mode: Mode) -> None:
        self._board.change(connection=replace(self.state.connection, mode=mode, problem=None))
        self._look()

    def _not_connected(self, error: Exception) -> None:
        now, gone = self.state.connection, Connection()
        kept = {name: getattr(now, name) for name in ("server", "models", "styles", "server_problem")}
        self._board.change(connection=replace(gone, problem=problem_of(error), **kept))
        self._board.say(worded(error), "error")

    def _look(self) -> None:
        self._tools.line.ask("looking at the cut", Looked.at, self._laid, self._tools.failed)

    def _laid(self, looked: Looked) -> None:
        """The cut as it was just looked at."""
        table, tools = self._tools.table, self._tools
        is_another = table.looked is None or table.looked.project.folder != looked.project.folder
        if is_another:
            tools.written()
            self._editing.finish()
            table.clear()
        table.lay(looked)
        cut = table.cut
        assert cut is not None
        tools.frames.look_at(cut)
        self._making.follow()
        info, index = looked.info, looked.snapshot.index
        tools.lay_out(
            connection=replace(
                self.state.connection,
                application=info.name,
                version=info.version,
                project=info.project,
                timeline=info.timeline,
                rate=index.rate,
                size=table.size,
                start=timecode(int(index.start), index.rate),
                frames=int(index.duration),
                capabilities=info.capabilities,
                folder=looked.project.folder,
                problem=None,
            ),
            applied=self._applying.placements(),
        )
        for note in info.notes if is_another else ():
            tools.say(note)

    def _find(self, choice: dict[str, Any]) -> None:
        table = self._tools.table
        if table.looked is None:
            self._tools.say("no timeline is open; connect first", "warning")
            return
        table.project.contents.dismissed.clear()
        found = table.find(**choice)
        self._tools.lay_out()
        self._tools.say(f"{found} places found" + "".join(f"; {note}" for note in table.notes))

    def _busy(self, what: str) -> None:
        if self.state.connection.busy != what:
            self._board.change(connection=replace(self.state.connection, busy=what))


def _take(view: CardView, take_id: str | None) -> TakeView | None:
    """A take of a card; the active one, where none is named."""
    wanted = (take for take in view.takes if (take.take.id == take_id if take_id is not None else take.is_active))
    return next(wanted, None)
