"""What the window shows, as values: made by the desk, painted by the views, changed by nobody.

    desk.state.connection.timeline, desk.state.cards[3].badge, desk.state.card("91aa…").takes

A state is replaced whole whenever something in it changes; what did not change is the same object as
before, so a view compares with `is`. Positions are record frames from the first frame of the timeline,
`end` exclusive; timecodes are for reading only. No Qt here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cutaway.storyboard.job import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cutaway.hosts.base import Capability
    from cutaway.storyboard.card import Card, CardState, Take
    from cutaway.timebase import FrameRange, Rate

__all__ = [
    "Applied",
    "CardView",
    "Connection",
    "Effect",
    "JobState",
    "JobView",
    "Mode",
    "Notice",
    "Problem",
    "Storyboard",
    "TakeView",
]


class Mode(StrEnum):
    """How the application is reached; the connection strip always names it."""

    NONE = "not connected"
    LIVE = "live"
    IN_APP = "in-app"
    FILES = "files"


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, in the words of the error, and what to do about it."""

    what: str
    fix: str = ""


@dataclass(frozen=True)
class Connection:
    """Which timeline of which application, and which server makes the takes."""

    mode: Mode = Mode.NONE
    application: str = ""
    version: str = ""
    project: str = ""
    timeline: str = ""
    rate: Rate | None = None
    size: tuple[int, int] | None = None
    """Width and height in pixels, where a clip of the cut says it."""
    start: str = ""
    """Timecode of the first frame."""
    frames: int = 0
    capabilities: frozenset[Capability] = frozenset()
    server: str = ""
    models: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    folder: Path | None = None
    """Where cards and takes are kept."""
    busy: str = ""
    """What the application is being asked just now; "" where it is not."""
    problem: Problem | None = None
    server_problem: Problem | None = None


@dataclass(frozen=True)
class TakeView:
    """A take of a card."""

    take: Take
    number: int
    """From 1, in the order they were made."""
    path: Path
    is_active: bool
    is_applied: bool
    star: bool = False
    note: str = ""
    parent: str | None = None
    """The take that this one was made from."""


@dataclass(frozen=True)
class CardView:
    """A place in the cut: a card, or a shot between cards, which can be chosen and asked for more."""

    id: str
    number: int
    """From 1, in timeline order."""
    kind: str
    """A verb of `wire.Verb`; "shot" for a clip of the editor's."""
    title: str
    span: FrameRange
    track: int
    track_name: str
    timecode_in: str
    timecode_out: str
    seconds: float
    card: Card | None = None
    state: CardState | None = None
    progress: float | None = None
    """0 to 1, while it runs and the server says."""
    takes: tuple[TakeView, ...] = ()
    before: str = ""
    after: str = ""
    locked: bool = False
    colour: str = ""
    problem: str = ""

    @property
    def frames(self) -> int:
        return self.span.duration

    @property
    def badge(self) -> str:
        """The state in words, never by colour alone: "running 42 %"."""
        if self.state is None:
            return ""
        percent = f" {self.progress:.0%}".replace("%", " %") if self.progress is not None else ""
        return f"{self.state}{percent}"


@dataclass(frozen=True)
class JobView:
    """A card in the queue. Seconds are of the wall clock."""

    card_id: str
    title: str
    state: JobState
    progress: float | None = None
    elapsed: float = 0.0
    remaining: float | None = None
    """From the server, else from how long such jobs took before; None where nobody knows."""
    estimate: float | None = None
    """What was expected before it began."""
    actual: float | None = None
    """What it took, once it is done."""
    cost: str = ""
    error: str = ""


@dataclass(frozen=True)
class Effect:
    """What applying a take would do to the cut, before it is done."""

    card_id: str
    take_id: str
    where: str
    """Track and timecode: "V2, 01:00:12:05, 72 frames, new track"."""
    policy: str
    """in gap, track above, as take."""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""
    """Why it cannot be done; "" where it can."""


@dataclass(frozen=True)
class Applied:
    """A take that lies in the cut, which `undo` can take out."""

    card_id: str
    take_id: str
    where: str
    handle: str


@dataclass(frozen=True)
class Notice:
    """Something that was done or went wrong, in a sentence. `level` is info, warning or error."""

    text: str
    level: str = "info"
    fix: str = ""


@dataclass(frozen=True)
class Storyboard:
    """All of it."""

    connection: Connection = field(default_factory=Connection)
    cards: tuple[CardView, ...] = ()
    queue: tuple[JobView, ...] = ()
    paused: bool = False
    applied: tuple[Applied, ...] = ()
    """Oldest first."""
    notices: tuple[Notice, ...] = ()
    """Newest last; the last two hundred."""
    edits: tuple[str, str] = ("", "")
    """What undo and redo of the panel's own edits would do: "prompt of 3"; "" where there is nothing."""
    revision: int = 0
    by_id: Mapping[str, CardView] = field(default_factory=dict, repr=False, compare=False)

    def card(self, card_id: str) -> CardView | None:
        return self.by_id.get(card_id)
