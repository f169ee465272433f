"""What the actions do: each a word to the desk, with the chosen card. What touches the cut asks first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from cutaway.hosts.base import Capability
from cutaway.storyboard.card import CardState, Role
from cutaway.wire import Verb
from cutaway_panel.gui_thread import on_gui_thread
from cutaway_panel.takes import Playhead, TakeChoice
from cutaway_panel.window.allowed import GOING, is_here, jobs_of, makeable
from cutaway_panel.window.confirm import Confirm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, Effect, TakeView


class Chosen(Protocol):
    """What the strip knows: the cards that are selected."""

    @property
    def selected(self) -> tuple[CardView, ...]: ...


class Doings(QObject):
    """Words to the desk. `told` is called before each: what was typed goes first."""

    def __init__(self, bridge: Bridge, chosen: Chosen, told: Callable[[], object], window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._chosen = chosen
        self._told = told
        self._window = window
        self._take = TakeChoice.of(bridge)
        self._asks = True
        """Whether applying asks first; until the editor says that it need not."""

    # -- the queue ---------------------------------------------------------------------------------

    def make(self) -> None:
        self.make_cards(makeable(self._chosen.selected or self._one()))

    def make_all(self) -> None:
        self.make_cards([card for card in makeable(self._bridge.state.cards) if card.state is CardState.READY])

    def make_cards(self, cards: Sequence[CardView]) -> None:
        """Asks for a take of each; first whether that is meant, where it may cost money."""
        self._told()
        ids = [card.id for card in cards]
        server = self._bridge.state.connection.server
        if not ids:
            return
        if is_here(server):
            self._bridge.desk.make(*ids)
            return
        count = self.tr("1 take") if len(ids) == 1 else self.tr("{n} takes").format(n=len(ids))
        frames = sum(card.frames for card in cards)
        seconds = sum(card.seconds for card in cards)
        Confirm(
            self._window,
            self.tr("Make {count} on {server}?").format(count=count, server=server),
            [
                self.tr("{frames} frames, {seconds:.1f} seconds in all.").format(frames=frames, seconds=seconds),
                self.tr("The server is not on this machine and may charge for them."),
            ],
            self.tr("Make"),
            lambda: self._bridge.desk.make(*ids),
        ).open()

    def cancel(self) -> None:
        for job in jobs_of(self._bridge.state, self._chosen.selected or self._one()):
            if job.state in GOING:
                self._bridge.desk.cancel(job.card_id)

    def retry(self) -> None:
        for job in jobs_of(self._bridge.state, self._chosen.selected or self._one()):
            if job.state not in GOING:
                self._bridge.desk.retry(job.card_id)

    def pause(self) -> None:
        self._bridge.desk.resume() if self._bridge.state.paused else self._bridge.desk.pause()

    # -- cards -------------------------------------------------------------------------------------

    def lock(self) -> None:
        for card in self._one():
            self._told()
            self._bridge.desk.edit(card.id, locked=not card.locked)

    def drop(self) -> None:
        for card in self._chosen.selected or self._one():
            if card.card is not None:
                self._bridge.desk.drop(card.id)

    def reveal(self) -> None:
        for card in self._one():
            self._bridge.desk.reveal(card.span.start)

    def grab_first(self) -> None:
        self._grab(Role.FIRST)

    def grab_last(self) -> None:
        self._grab(Role.LAST)

    def _grab(self, role: Role) -> None:
        for card in self._one():
            self._told()
            self._bridge.desk.grab(card.id, role)

    # -- shots -------------------------------------------------------------------------------------

    def extend_tail(self) -> None:
        self._ask(Verb.EXTEND, edge="tail")

    def extend_head(self) -> None:
        self._ask(Verb.EXTEND, edge="head")

    def remix(self) -> None:
        self._ask(Verb.REMIX)

    def blend(self) -> None:
        """At the cut behind the shot."""
        for card in self._one():
            self._bridge.desk.ask(Verb.BLEND, at=card.span.end, track=card.track)

    def loop(self) -> None:
        self._ask(Verb.LOOP)

    def remix_marked(self) -> None:
        """What is marked or selected in the application."""
        self._told()
        self._bridge.desk.ask(Verb.REMIX)

    def generate(self) -> None:
        """At the playhead; where there is none, behind the chosen card."""
        card = self._bridge.card
        if card is None or Capability.PLAYHEAD in self._bridge.state.connection.capabilities:
            self._bridge.desk.ask(Verb.GENERATE)
        else:
            self._bridge.desk.ask(Verb.GENERATE, at=card.span.end, track=card.track)

    def recut(self) -> None:
        """What lies in the cut stays up to the frame in the preview; the rest is made anew."""
        kept = Playhead.of(self._bridge).frame
        for card in self._one():
            if 0 < kept < card.frames:
                self._bridge.desk.recut(card.id, kept)

    def board(self) -> None:
        self._bridge.desk.board_from_selection()

    def _ask(self, verb: Verb, edge: str = "tail") -> None:
        for card in self._one():
            self._told()
            self._bridge.desk.ask(verb, at=card.span.start, track=card.track, edge=edge)

    # -- takes -------------------------------------------------------------------------------------

    def star(self) -> None:
        if (both := self._both()) is not None:
            self._bridge.desk.star(both[0].id, both[1].take.id, not both[1].star)

    def more_like(self) -> None:
        if (both := self._both()) is not None:
            self._bridge.desk.more_like(both[0].id, both[1].take.id)

    def delete_take(self) -> None:
        if (both := self._both()) is not None:
            self._bridge.desk.delete_take(both[0].id, both[1].take.id)

    def use_take(self) -> None:
        if (both := self._both()) is not None:
            self._bridge.desk.use_take(both[0].id, both[1].take.id)

    def next_take(self) -> None:
        self._step(+1)

    def last_take(self) -> None:
        self._step(-1)

    def _step(self, steps: int) -> None:
        """Looks at the take behind or before, round and round."""
        if (both := self._both()) is not None:
            card, take = both
            ids = [one.take.id for one in card.takes]
            self._take.choose(ids[(ids.index(take.take.id) + steps) % len(ids)])

    def _both(self) -> tuple[CardView, TakeView] | None:
        """The card and the take under the eye."""
        card, take = self._take.card, self._take.take
        return (card, take) if card is not None and take is not None else None

    # -- the cut -----------------------------------------------------------------------------------

    def apply(self) -> None:
        self._apply("auto")

    def apply_above(self) -> None:
        self._apply("above")

    def apply_take(self) -> None:
        self._apply("take")

    def _apply(self, policy: str) -> None:
        if (both := self._both()) is not None:
            self.ask_to_apply(both[0].id, both[1].take.id, policy)

    def ask_to_apply(self, card_id: str, take_id: str, policy: str = "auto") -> None:
        """Finds out what would change, then asks whether that is meant."""
        self._told()

        def came(effect: Effect) -> None:
            """On the desk's thread."""
            on_gui_thread(self, lambda: self._ask_to_apply(effect, policy))

        self._bridge.desk.effect(card_id, take_id or None, came, policy=policy)

    def _ask_to_apply(self, effect: Effect, policy: str) -> None:
        card = self._bridge.state.card(effect.card_id)
        number = str(card.number) if card is not None else ""
        if effect.refusal:
            Confirm(self._window, self.tr("Card {n} cannot be applied").format(n=number), [effect.refusal], "").open()
            return

        def put() -> None:
            self._bridge.desk.apply(effect.card_id, effect.take_id, policy=policy)

        if not self._asks:
            put()
            return
        question = Confirm(
            self._window,
            self.tr("Put the take of card {n} into the cut?").format(n=number),
            [effect.where, *effect.changes, *effect.notes],
            self.tr("Apply"),
            put,
        )
        question.offer_silence(self.tr("Do not ask again until the panel is closed"), self._be_silent)
        question.open()

    def _be_silent(self) -> None:
        self._asks = False

    def undo_apply(self) -> None:
        """Takes out what was applied last, which is all it touches; nothing is asked."""
        self._bridge.desk.undo_apply()

    # -- files -------------------------------------------------------------------------------------

    def export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export OTIO"), "", "OpenTimelineIO (*.otio)")
        if name:
            path = Path(name)
            self._bridge.desk.export(path if path.suffix else path.with_suffix(".otio"))

    def folder(self) -> None:
        folder = self._bridge.state.connection.folder
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _one(self) -> tuple[CardView, ...]:
        card = self._bridge.card
        return () if card is None else (card,)
