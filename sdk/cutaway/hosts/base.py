"""What cutaway asks of an editing application.

    snapshot = host.snapshot()                  # the cut, frozen, with a digest
    ... cards, requests, takes: pure functions ...
    (placed,) = host.place(plan)                # refused if the cut is no longer the snapshot's
    results = host.place(*plans)                # many takes as one step, where the application allows it

The file host, Resolve and Blender differ only here. A host decides nothing: what to place where was
decided by `timeline.edits`; the host carries it out by the means of its application, reads back what
it did, and undoes exactly that. Positions are record frames from the first frame of the timeline, at
the timeline's exact rate; record offsets, channel numbers and nominal rates are the host's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cutaway.errors import CutawayError
    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.project import Project
    from cutaway.timebase import FrameRange, Rate
    from cutaway.timeline.doc import Document
    from cutaway.timeline.index import Index


class Capability(StrEnum):
    """What a host can do; a panel hides or explains what is missing."""

    LIVE = "live"  # the application is open and shows the change at once
    SELECTION = "selection"
    PLAYHEAD = "playhead"
    TAKES = "takes"  # several takes on one clip, switched in place
    PROGRAM_FRAME = "program_frame"  # the picture as the timeline shows it, graded and composited
    MARKERS = "markers"
    CLIP_METADATA = "clip_metadata"
    IN_PLACE = "in_place"  # items of the cut may be replaced or trimmed; else only tracks above are used
    RIPPLE = "ripple"
    BACKUP = "backup"
    UNDO = "undo"


@dataclass(frozen=True)
class HostInfo:
    """Which application, which version, which timeline."""

    name: str
    version: str
    project: str
    timeline: str
    capabilities: frozenset[Capability]
    take_format: OutputFormat = OutputFormat.PRORES
    """The codec that takes are kept in, since this application reads it on this machine."""
    notes: tuple[str, ...] = ()
    """What there is to know about this way in, a sentence each."""


@dataclass(frozen=True)
class Snapshot:
    """The cut at one moment. `digest` changes whenever anything in it does."""

    document: Document
    index: Index
    digest: str

    @property
    def rate(self) -> Rate:
        return self.index.rate


@dataclass(frozen=True)
class Selection:
    """What the editor has selected: spans of tracks by number, and the playhead, record frames."""

    spans: tuple[tuple[int, FrameRange], ...] = ()
    playhead: int | None = None
    marked: FrameRange | None = None
    """In to out, where the editor set both."""


@dataclass(frozen=True)
class PlacePlan:
    """One take to be put into the cut, planned on the snapshot with this digest."""

    digest: str
    card: Card
    take: Take
    media: Path
    label: str = ""


@dataclass(frozen=True)
class Placed:
    """What a host did, read back from the application: where the take lies now, and how to undo it.

    `handle` is the host's own word for it (a patch id, item ids); it survives a restart.
    """

    card_id: str
    take_id: str
    track: int
    span: FrameRange
    handle: str
    digest: str
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class NotPlaced:
    """A take that a host did not put in, and why. Nothing was done for it."""

    card_id: str
    take_id: str
    error: CutawayError


class Host(Protocol):
    """One timeline in one application.

    Raises, from every call:
        HostUnavailable: the application is not there, is busy, or shows a dialog.
    """

    @property
    def project(self) -> Project:
        """Cards and takes of the timeline that was looked at last; one object for as long as it is the same one."""
        ...

    @property
    def folders(self) -> Sequence[Path]:
        """Searched for media that moved."""
        ...

    def info(self) -> HostInfo: ...

    def snapshot(self) -> Snapshot:
        """The cut as it is now."""
        ...

    def selection(self) -> Selection:
        """What is selected; empty where the host cannot tell."""
        ...

    def frame_at(self, frame: int, path: Path) -> Path:
        """The picture the timeline shows at a record frame, written as PNG.

        Raises:
            MediaError: nothing is shown there, or its media is not to be had.
        """
        ...

    def place(self, *plans: PlacePlan) -> tuple[Placed | NotPlaced, ...]:
        """Puts takes into the cut, in order, and reads back what came of each; all are planned on one snapshot.

        A host whose application allows it does this in one step: one write, one entry in its undo. A take
        that is refused holds nobody up; what was placed before a failure stays placed, and what was not
        comes back with the error (`EditRefused`; `TimelineChanged`, where its place is gone;
        `HostUnavailable`, where the application went away in the middle). The same take of the same card
        again is no change.

        Raises:
            TimelineChanged: the cut is not the one of the plans' digest; nothing was done.
        """
        ...

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        """Shows another take in a place where one of the card lies.

        Raises:
            TimelineChanged: the card has no place in the cut any more; nothing was done.
            EditRefused: the take does not fit there; nothing was done.
        """
        ...

    def placements(self) -> tuple[Placed, ...]:
        """What `place` put into the cut and still lies there, oldest first; each can be handed to `remove`.

        It survives a restart: what a run of yesterday placed is among them.
        """
        ...

    def remove(self, placed: Placed) -> None:
        """Takes out exactly what `place` put in; other takes stay, those placed later too.

        Raises:
            TimelineChanged: it is no longer there as it was placed; nothing was done.
        """
        ...

    def reveal(self, frame: int) -> None:
        """Moves the playhead there, where there is one."""
        ...

    def undo_step(self, label: str) -> AbstractContextManager[None]:
        """Everything inside is one step of the application's undo."""
        ...
