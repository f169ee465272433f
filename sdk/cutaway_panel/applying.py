"""Takes on their way into the cut and out of it, by the application's own means.

applying.apply(card_id, take_id, policy="auto")     # refused if the cut is not the one on the table
applying.undo()                                     # exactly the last take that lies in it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.hosts.assembly import put_take, show_take
from cutaway.storyboard.card import CardReference, CardState, Role
from cutaway_panel.effects import effect_of, where
from cutaway_panel.state import Applied, Effect

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.hosts.assembly import Outcome
    from cutaway.hosts.base import Host, Placed
    from cutaway_panel.editing import Editing
    from cutaway_panel.tools import Tools


class Applying:
    """What is done to the cut."""

    def __init__(self, tools: Tools, editing: Editing) -> None:
        self._tools = tools
        self._editing = editing

    def effect(self, card_id: str, take_id: str | None, policy: str) -> Effect:
        """What applying would do to the cut on the table."""
        looked, card = self._tools.table.looked, self._tools.table.card(card_id)
        cut = self._tools.table.cut
        if card is None or looked is None or cut is None:
            return Effect(card_id, take_id or "", "", "", refusal="this is no card of the cut")
        return effect_of(card, card.take(take_id), cut, looked.info.capabilities, policy)

    def apply(self, card_id: str, take_id: str | None, policy: str) -> None:
        """Puts a take into the cut that is on the table."""
        table = self._tools.table
        card = table.kept(card_id)
        take = card.take(take_id) if card is not None else None
        if card is None or take is None or table.looked is None:
            self._tools.say("there is no such take to apply", "warning")
            return
        effect = self.effect(card_id, take.id, policy)
        if effect.refusal:
            self._tools.say(f"card {self._tools.number(card_id)} was not applied: {effect.refusal}", "warning")
            return
        digest, there, chosen = table.looked.snapshot.digest, card, take

        def put(host: Host) -> Outcome:
            if policy == "take":
                return show_take(host, there, chosen)
            return put_take(host, there, chosen, digest=digest, above=policy == "above")

        what = f"applying card {self._tools.number(card_id)}"
        self._tools.line.ask(what, put, lambda outcome: self._applied(outcome, effect), self._tools.failed)

    def undo(self) -> None:
        """Takes the last take out that lies in the cut."""

        def removed(host: Host) -> Placed | None:
            placements = host.placements()
            if placements:
                host.remove(placements[-1])
            return placements[-1] if placements else None

        self._tools.line.ask("undoing", removed, self._undone, self._not_undone)

    def reveal(self, frame: int) -> None:
        """Moves the application's playhead."""
        self._tools.line.ask("moving the playhead", lambda host: host.reveal(frame), lambda _: None, self._tools.failed)

    def export(self, path: Path) -> None:
        """Writes the cut as it is to another file."""

        def written(host: Host) -> Path:
            return host.snapshot().document.save(path, backup=False)

        self._tools.line.ask(
            "writing the cut", written, lambda there: self._tools.say(f"the cut was written to {there}"), self._refused
        )

    def grab(self, card_id: str, role: Role, at: int | None) -> None:
        """The application's picture as a reference of a card: at its playhead, or at a record frame."""
        card = self._tools.open_card(card_id)
        if card is None:
            return
        folder = self._tools.table.project.frames_folder

        def grabbed(host: Host) -> Path:
            frame = at if at is not None else host.selection().playhead
            if frame is None:
                raise EditRefused("no playhead is known here; drag a picture in instead")
            return host.frame_at(frame, folder / f"{card_id[:12]}-{role}-{frame}.png")

        self._tools.line.ask(
            "grabbing a picture", grabbed, lambda path: self._grabbed(card_id, role, path), self._refused
        )

    def placements(self) -> tuple[Applied, ...]:
        """What lies in the cut by us, oldest first."""
        looked = self._tools.table.looked
        if looked is None:
            return ()
        index = looked.snapshot.index
        return tuple(
            Applied(placed.card_id, placed.take_id, where(index, placed.track, placed.span), placed.handle)
            for placed in looked.placements
        )

    # -- what came of it ---------------------------------------------------------------------------

    def _applied(self, outcome: Outcome, effect: Effect) -> None:
        number = self._tools.number(outcome.card.id)
        if outcome.placed is not None:
            notes = "".join(f"; {note}" for note in outcome.placed.notes)
            self._tools.say(f"card {number} lies in the cut: {effect.where}{notes}")
        else:
            has_changed = outcome.card.state is CardState.STALE
            again = "the cut was looked at again; apply it once more" if has_changed else ""
            self._tools.show(outcome.card)
            self._tools.say(f"card {number} was not applied: {outcome.refusal}", "warning", fix=again)
        self._tools.look()

    def _undone(self, placed: Placed | None) -> None:
        if placed is None:
            self._tools.say("no take of ours lies in the cut")
            return
        self._tools.say(f"the take of card {self._tools.number(placed.card_id)} was taken out of the cut")
        self._tools.look()

    def _not_undone(self, error: Exception) -> None:
        if isinstance(error, (EditRefused, TimelineChanged)):
            self._tools.say(f"nothing was undone: {error}", "warning")
            self._tools.look()
        else:
            self._tools.failed(error)

    def _refused(self, error: Exception) -> None:
        """Something that could not be done, and says nothing about the application."""
        self._tools.say(str(error), "warning")

    def _grabbed(self, card_id: str, role: Role, path: Path) -> None:
        card = self._tools.table.card(card_id)
        if card is None:
            return
        alone = {Role.FIRST, Role.LAST}
        kept = [one for one in card.references if not (role in alone and one.role is role)]
        self._editing.edit(card_id, {"references": [*kept, CardReference(role=role, path=str(path))]})
