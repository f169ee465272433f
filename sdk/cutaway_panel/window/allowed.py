"""What can be done now, of everything there is: the names of actions, from the state and what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cutaway.hosts.base import Capability
from cutaway.storyboard.card import CardState
from cutaway_panel.state import JobState, Mode
from cutaway_panel.window.card_delegate import SHOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cutaway_panel.state import CardView, JobView, Storyboard

GOING: Final = frozenset({JobState.WAITING, JobState.SENDING, JobState.QUEUED, JobState.RUNNING, JobState.FINISHING})
_AGAIN: Final = frozenset({JobState.FAILED, JobState.CANCELLED})
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ALWAYS: Final = frozenset({
    "connect", "quit", "find_card", "next_open", "last_open", "next_pane", "last_pane", "show_all", "show_gaps",
    "show_open", "show_ready", "show_review", "show_failed", "rows", "larger", "smaller", "dark", "light", "contrast",
    "still", "on_top", "keys", "log", "diagnostics",
})  # fmt: skip


def jobs_of(state: Storyboard, cards: Iterable[CardView]) -> list[JobView]:
    """What the queue holds of these cards."""
    ids = {card.id for card in cards}
    return [job for job in state.queue if job.card_id in ids]


def makeable(cards: Iterable[CardView]) -> list[CardView]:
    """Cards of which a take can be made."""
    return [card for card in cards if card.card is not None and not card.locked]


def is_here(server: str) -> bool:
    """Whether a server runs on this machine, and so cannot cost anything."""
    address = urlsplit(server if "//" in server else f"//{server}").hostname
    return not server or address in _HERE


def allowed(state: Storyboard, card: CardView | None, selected: Sequence[CardView]) -> set[str]:
    """The names of the actions that mean something now."""
    connection = state.connection
    can = set(_ALWAYS)
    if connection.mode is not Mode.NONE:
        can |= {"sync", "find_gaps", "export", "generate"}
        can |= {"board", "remix_marked"} if Capability.SELECTION in connection.capabilities else set()
        can |= {"folder"} if connection.folder is not None else set()
    can |= {name for name, there in zip(("undo_edit", "redo_edit"), state.edits, strict=True) if there}
    can |= {"undo_apply"} if state.applied else set()
    can |= {"pause"} if state.queue or state.paused else set()
    if any(one.state is CardState.READY for one in makeable(state.cards)):
        can.add("make_all")
    if makeable(selected):
        can.add("make")
    jobs = jobs_of(state, selected)
    can |= {"cancel"} if any(job.state in GOING for job in jobs) else set()
    can |= {"retry"} if any(job.state in _AGAIN for job in jobs) else set()
    return can | (_of_card(state, card) if card is not None else set())


def _of_card(state: Storyboard, card: CardView) -> set[str]:
    """What can be done with one card, or asked of one shot."""
    capabilities = state.connection.capabilities
    can = {"reveal"} if Capability.PLAYHEAD in capabilities else set()
    if card.kind == SHOT:
        return can | {"extend_tail", "extend_head", "remix", "blend", "loop"}
    can.add("lock")
    can |= {"recut"} if card.state is CardState.APPLIED else set()
    if not card.locked:
        can |= {"write", "roll", "drop"}
        can |= {"grab_first", "grab_last"} if Capability.PLAYHEAD in capabilities else set()
    if card.takes:
        can |= {"star", "more_like", "delete_take", "use_take", "apply", "apply_above"}
        can |= {"next_take", "last_take"} if len(card.takes) > 1 else set()
        can |= {"apply_take"} if Capability.TAKES in capabilities else set()
    return can
