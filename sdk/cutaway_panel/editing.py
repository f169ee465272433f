"""What is edited at the desk: the fields of cards, and which of their takes are shown, kept and remembered how.

Each is a step that can be taken back. On disk a moment later.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from cutaway.errors import TimelineError
from cutaway.storyboard.card import Card, CardState
from cutaway.storyboard.job import ENDED
from cutaway.wire import Verb
from cutaway_panel.undo import Step

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.storyboard.card import Take
    from cutaway_panel.tools import Tools

EDITABLE: Final = frozenset(Card.model_fields) - {
    "id", "kind", "state", "placement", "takes", "active_take", "applied_take", "fingerprint", "derived_from",
    "job_id", "error", "notes", "created", "updated", "revision",
}  # fmt: skip
LENGTHS: Final = frozenset({"frames", "head_handle", "tail_handle"})
"""Fields that a job under way depends on."""


class Editing:
    """Edits of cards and takes."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._unwanted: list[tuple[str, Take, Path]] = []
        """Takes that were deleted: their files go when nobody can take that back any more."""

    def edit(self, card_id: str, fields: dict[str, Any]) -> None:
        """Other values in fields of a card. `frames` is the length of its place."""
        unlocks = set(fields) == {"locked"}
        card = self._tools.table.kept(card_id) if unlocks else self._tools.open_card(card_id)
        if card is None or (why := self._refusal(card, fields)):
            if card is not None:
                self._tools.say(why, "warning")
            return
        label = f"{', '.join(fields)} of {self._tools.number(card_id)}"
        if (frames := fields.pop("frames", None)) is not None:
            fields["placement"] = card.placement.model_copy(update={"frames": max(1, int(frames))})
        before = {name: getattr(card, name) for name in fields}
        if before != fields and self._set(card_id, fields):
            self._done(
                label,
                (card_id, *sorted(fields)),
                lambda: self._set(card_id, before),
                lambda: self._set(card_id, fields),
            )

    def _refusal(self, card: Card, fields: dict[str, Any]) -> str:
        if unknown := fields.keys() - EDITABLE - {"frames"}:
            return f"nothing was changed: a card has no {', '.join(sorted(unknown))} to edit"
        if fields.keys() & LENGTHS and card.state in {CardState.QUEUED, CardState.RUNNING}:
            return "its length stays while it is being made; cancel it first"
        return ""

    def undo(self) -> None:
        """Takes the last edit back."""
        self._stepped(self._tools.edits.undo(), "undo")

    def redo(self) -> None:
        """Does the edit again that was undone last."""
        self._stepped(self._tools.edits.redo(), "do again")

    def drop(self, card_id: str) -> None:
        """Takes a card off the board. A place that was found stays away until places are looked for again."""
        card = self._tools.open_card(card_id)
        if card is None:
            return
        job = self._tools.jobs.get(card_id)
        is_made = job is not None and job.state not in ENDED
        if is_made or card.applied_take is not None:
            why = "is being made; cancel it first" if is_made else "has a take in the cut; undo that first"
            self._tools.say(f"card {self._tools.number(card_id)} {why}", "warning")
            return
        project, label = self._tools.table.project, f"drop of {self._tools.number(card_id)}"

        def dropped() -> None:
            project.contents.dismissed.append(card_id)
            project.drop([card])
            self._tools.lay_out()

        def back() -> None:
            project.contents.dismissed = [one for one in project.contents.dismissed if one != card_id]
            project.put(card)
            self._tools.lay_out()

        dropped()
        self._done(label, (card_id, "drop"), back, dropped)

    # -- takes -------------------------------------------------------------------------------------

    def use(self, card_id: str, take_id: str) -> None:
        """The take that a card shows."""
        found = self._take(card_id, take_id)
        if found is not None and found[0].active_take != take_id:
            before = found[0].active_take
            self._set(card_id, {"active_take": take_id})
            back = partial(self._set, card_id, {"active_take": before})
            again = partial(self._set, card_id, {"active_take": take_id})
            self._done(f"take of {self._tools.number(card_id)}", (card_id, "active_take"), back, again)

    def mark(self, card_id: str, take_id: str, **fields: Any) -> None:
        """Other values in fields of a take: its star, its note."""
        found = self._take(card_id, take_id)
        if found is None:
            return
        before = {name: getattr(found[1], name) for name in fields}
        if before != fields:
            label = f"{', '.join(fields)} of take {found[0].takes.index(found[1]) + 1} of {self._tools.number(card_id)}"
            back, again = partial(self._mark, card_id, take_id, before), partial(self._mark, card_id, take_id, fields)
            again()
            self._done(label, (card_id, take_id, *fields), back, again)

    def delete(self, card_id: str, take_id: str) -> None:
        """A take less. Its file goes when the desk is closed; until then the edit can be taken back."""
        found = self._take(card_id, take_id)
        if found is None or self._tools.open_card(card_id) is None:
            return
        card, take = found
        if card.applied_take == take_id:
            self._tools.say("this take lies in the cut; undo that first, or apply another one", "warning")
            return
        at, active, state = card.takes.index(take), card.active_take, card.state

        def back() -> None:
            self._by(card_id, lambda now: {
                "takes": [*now.takes[:at], take, *now.takes[at:]], "active_take": active, "state": state,
            })  # fmt: skip

        def deleted() -> None:
            self._by(card_id, lambda now: _without(now, take_id))

        label = f"deleting take {at + 1} of {self._tools.number(card_id)}"
        deleted()
        self._unwanted.append((card_id, take, self._tools.table.project.takes_folder / take.path))
        self._done(label, (card_id, take_id, "delete"), back, deleted)

    def finish(self) -> None:
        """Nothing can be taken back any more: files of deleted takes go."""
        table = self._tools.table
        for card_id, take, path in self._unwanted:
            card = table.card(card_id)
            if card is None or card.take(take.id) is None:
                with suppress(OSError):
                    path.unlink()
        self._unwanted.clear()
        self._tools.edits.forget()

    # -- how ---------------------------------------------------------------------------------------

    def _take(self, card_id: str, take_id: str) -> tuple[Card, Take] | None:
        card = self._tools.table.card(card_id)
        take = card.take(take_id) if card is not None and take_id else None
        if card is None or take is None:
            self._tools.say("this take is no longer there", "warning")
            return None
        return card, take

    def _mark(self, card_id: str, take_id: str, fields: dict[str, Any]) -> None:
        self._by(card_id, lambda card: {
            "takes": [take.model_copy(update=fields) if take.id == take_id else take for take in card.takes]
        })  # fmt: skip

    def _set(self, card_id: str, fields: dict[str, Any]) -> bool:
        return self._by(card_id, lambda _: fields)

    def _by(self, card_id: str, change: Any) -> bool:
        """Whether a card took other values; it is written soon."""
        try:
            card = self._tools.table.project.change(card_id, change, written=False)
        except ValidationError as error:
            first = error.errors()[0]
            self._tools.say(f"{'.'.join(map(str, first['loc']))} was not changed: {first['msg']}", "warning")
            return False
        except TimelineError as error:
            self._tools.say(str(error), "warning")
            return False
        if card.state in {CardState.DRAFT, CardState.READY}:
            lacks_words = card.kind is Verb.GENERATE and not card.prompt
            card.state = CardState.DRAFT if lacks_words else CardState.READY
        self._tools.write_soon()
        self._tools.show(card)
        return True

    def _done(self, label: str, key: tuple[str, ...], back: Any, again: Any) -> None:
        self._tools.edits.done(Step(label, key, back, again))
        self._tools.board.change(edits=self._tools.edits.labels)

    def _stepped(self, step: Step | None, what: str) -> None:
        if step is None:
            self._tools.say(f"there is no edit to {what}")
        self._tools.board.change(edits=self._tools.edits.labels)


def _without(card: Card, take_id: str) -> dict[str, Any]:
    """The fields of a card with a take less; the newest of the others is shown instead of it."""
    left = [take for take in card.takes if take.id != take_id]
    fields: dict[str, Any] = {"takes": left}
    if card.active_take == take_id:
        fields["active_take"] = left[-1].id if left else None
    if not left and card.state in {CardState.REVIEW, CardState.STALE}:
        fields["state"] = CardState.READY
    return fields
