"""A cut by hand, and a desk that only writes down what it is told; it refuses cards that it does not have."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from cutaway.hosts.base import Capability
from cutaway.storyboard.card import Card, CardState, Placement, Take
from cutaway.timebase import FrameRange, Rate, timecode
from cutaway.wire import Verb
from cutaway_panel.board import Board
from cutaway_panel.state import CardView, Connection, Effect, Mode, TakeView

RATE = Rate.parse(24)
ALL = frozenset(Capability)
HOUR = 3600 * 24


def view(number, start, frames, *, kind="shot", state=None, takes=0, **more):
    """A place of the cut; a card with a prompt of its number where it is no shot."""
    span = FrameRange.of(start, frames)
    name = f"card{number}"
    card = None
    if kind != "shot":
        made = [
            Take(id=f"{name}take{n}", path=f"{n}.mov", available_frames=frames, used_frames=frames)
            for n in range(takes)
        ]
        card = Card(
            id=name, kind=Verb(kind), placement=Placement(track=0, start=start, frames=frames), state=state,
            prompt=f"prompt {number}", takes=made, active_take=made[0].id if made else None,
        )  # fmt: skip
        more["takes"] = tuple(
            TakeView(take, n, Path("/takes") / take.path, n == 1, is_applied=False) for n, take in enumerate(made, 1)
        )
    return CardView(
        id=name, number=number, kind=kind, title=f"title {number}", span=span, track=0, track_name="V1",
        timecode_in=timecode(HOUR + start, RATE), timecode_out=timecode(HOUR + span.end, RATE),
        seconds=RATE.seconds(frames), card=card, state=state, **more,
    )  # fmt: skip


def a_cut():
    """| shot | gap, ready | shot | gap, two takes | shot | gap, failed | shot |, 48 frames each."""
    return (
        view(1, 0, 48),
        view(2, 48, 48, kind="fill", state=CardState.READY, before="title 1", after="title 3"),
        view(3, 96, 48),
        view(4, 144, 48, kind="fill", state=CardState.REVIEW, takes=2),
        view(5, 192, 48),
        view(6, 240, 48, kind="fill", state=CardState.FAILED, problem="the model refused the prompt"),
        view(7, 288, 48),
    )


CONNECTION = Connection(
    mode=Mode.LIVE, application="DaVinci Resolve Studio", version="21.1", project="Film", timeline="Cut 3", rate=RATE,
    size=(1920, 1080), start="01:00:00:00", frames=336, capabilities=ALL, server="127.0.0.1:8000",
    models=("draft", "bars"), styles=("film", "pixel"),
)  # fmt: skip


class DarkReel:
    """Frames that are all dark."""

    rate = RATE
    frames = 96
    place = FrameRange(24, 72)

    def frame(self, n, width, height):
        return np.full((height, width, 3), n, np.uint8)

    def label(self, n):
        return f"frame {n}"

    def close(self):
        return None


class PaperDesk:
    """Words are written down in `said`; the state is changed by the test alone."""

    VERBS = frozenset({
        "connect", "sync", "edit", "undo_edit", "redo_edit", "find_gaps", "ask", "board_from_selection", "drop", "make",
        "pause", "resume", "cancel", "retry", "reorder", "use_take", "star", "note", "more_like", "delete_take", "apply",
        "undo_apply", "recut", "reveal", "grab", "export",
    })  # fmt: skip

    def __init__(self, cards=()):
        self.board = Board()
        self.said = []
        self.closed = False
        self.effect_ = Effect(
            "", "", "V1, 01:00:06:00, 48 frames", "in gap", ("the gap becomes a clip",), ("no backup",)
        )
        if cards:
            self.show(*cards)

    def show(self, *cards, **fields):
        self.board.lay_out(cards, **{"connection": CONNECTION, **fields})

    @property
    def state(self):
        return self.board.state

    def listen(self, told):
        return self.board.listen(told)

    def __getattr__(self, name):
        if name not in self.VERBS:
            raise AttributeError(name)

        def said(*words, **more):
            known = {card.id for card in self.state.cards}
            if words and name not in {"reveal", "export", "ask", "reorder"} and words[0] not in known:
                raise KeyError(f"{name}: there is no card {words[0]}")
            self.said.append((name, *words, *((more,) if more else ())))

        return said

    def effect(self, card_id, take_id, then, *, policy="auto"):
        del policy
        if self.state.card(card_id) is None:
            raise KeyError(card_id)
        then(replace(self.effect_, card_id=card_id, take_id=take_id))

    def thumbnail(self, card_id, width, height, *, take_id=None, side="first"):
        del card_id, take_id
        return np.full((height, width, 3), 90 if side == "first" else 160, np.uint8)

    def reel(self, card_id, take_id=None, *, context=24):
        del card_id, take_id, context
        return DarkReel()

    def close(self, timeout=2.0):
        del timeout
        self.closed = True
