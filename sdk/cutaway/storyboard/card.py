"""A card: what is asked for one place in the cut, and the takes that came of it.

    card = Card(kind=Verb.FILL, placement=Placement(track=0, start=96, frames=24), prompt="a red ball rolls in")

Cards are data. They live in the project beside the timeline (`storyboard.project`), a small mirror of
them in the timeline itself. Positions are record frames from the first frame of the timeline, `end`
exclusive; frames of a take are source time at the timeline's rate. Fields written by a newer version
are kept.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cutaway.timebase import FrameRange
from cutaway.wire import Profile, Verb

_IDS = random.Random()  # noqa: S311 - ids are unique, not secret
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDS.seed)


def new_id() -> str:
    """An id that no other card or take has: 128 random bits."""
    return f"{_IDS.getrandbits(128):032x}"


def now() -> str:
    """The time as cards keep it: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class CardState(StrEnum):
    """Where a card is. `stale` means that its place in the cut has changed since it was planned."""

    DRAFT = "draft"
    READY = "ready"
    QUEUED = "queued"
    RUNNING = "running"
    REVIEW = "review"
    APPLIED = "applied"
    STALE = "stale"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What a reference is for."""

    FIRST = "first"
    LAST = "last"
    STYLE = "style"
    SUBJECT = "subject"
    MOTION = "motion"
    AUDIO = "audio"


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", validate_assignment=True)


class Anchor(_Model):
    """An item of the cut that a card hangs on: our id where it carries one, else what it looks like."""

    item_id: str | None = None
    name: str = ""
    fingerprint: str = ""
    frames: int | None = None
    """How long it was, whole frames; None where nobody noted it."""


class Placement(_Model):
    """Where a take goes: a span of one track, record frames.

    `edge` says at which end of the anchored shot an extension lies. `mode` is in_place (the span is
    given to the take), overlay (a track above) or insert (what lies behind moves, on this track or on
    all).
    """

    track: int = Field(ge=0)
    start: int = Field(ge=0)
    frames: int = Field(ge=1)
    track_name: str = ""
    mode: Literal["in_place", "overlay", "insert"] = "in_place"
    edge: Literal["head", "tail", "none"] = "none"
    ripple: Literal["none", "track", "all"] = "none"
    over_transition: bool = False
    """A blend takes the place of the transition that lies over its cut; else one that lies there is in the way."""
    before: Anchor | None = None
    """The shot on the left of the span, or the one an extension continues."""
    after: Anchor | None = None
    """The shot on the right of it."""
    target: Anchor | None = None
    """The item that lies there: the gap, or the shot of which a part is redone."""
    offset: int | None = None
    """How far behind the start of its target the place begins, so that it moves with it; None where nobody noted it."""

    @property
    def span(self) -> FrameRange:
        return FrameRange.of(self.start, self.frames)

    @property
    def behind(self) -> int:
        """The record frame that will follow the take: the end of the place; its start where what lies behind moves."""
        return self.start if self.ripple != "none" or self.mode == "insert" else self.start + self.frames


class CardReference(_Model):
    """A picture or a clip that a card starts from: a file, and of a clip one frame (source time; -1 is the last)."""

    role: Role
    path: str
    frame: int | None = None
    weight: float = Field(default=1.0, ge=0, le=1)


class Seam(_Model):
    """How a take meets its neighbour at one cut, measured (`storyboard.seams`).

    `score` runs from 0 (a hard jump) to 1 (no more change than the footage has by itself).
    """

    score: float = Field(ge=0, le=1)
    psnr: float | None = None
    ssim: float | None = None
    colour_shift: float | None = None
    """Difference of the mean colours of the abutting frames, code values of 255."""
    motion_jump: float | None = None
    """Difference of the motion before and behind the cut, pixels per frame."""
    change_ratio: float | None = None
    """Change over the cut, relative to the neighbour's own change from frame to frame."""
    note: str = ""


class SeamReport(_Model):
    """Both cuts of a take; None where there is no neighbour to meet."""

    head: Seam | None = None
    tail: Seam | None = None

    @property
    def score(self) -> float | None:
        """The worse of both."""
        scores = [seam.score for seam in (self.head, self.tail) if seam is not None]
        return min(scores) if scores else None


class Take(_Model):
    """One result for a card: a file of `available` frames at the timeline's rate, of which `used` are shown.

    `slate` holds where it came from: prompt, seed, model, revision, job, adjustments.
    """

    id: str = Field(default_factory=new_id)
    path: str
    available_frames: int = Field(ge=1)
    used_start: int = Field(default=0, ge=0)
    used_frames: int = Field(ge=1)
    seed: int | None = None
    job_id: str | None = None
    sha256: str | None = None
    preview: bool = False
    slate: dict[str, Any] = Field(default_factory=dict)
    seams: SeamReport | None = None
    seconds: float | None = None
    """From asking for it to having it, wall clock, where that was measured."""
    star: bool = False
    note: str = ""
    parent: str | None = None
    """The take of the same card that this one varies."""
    created: str = Field(default_factory=now)

    @property
    def used(self) -> FrameRange:
        return FrameRange.of(self.used_start, self.used_frames)


class Told(_Model):
    """How a real model is to make a take. What is None on a card, its board says; else it is the model's own."""

    profile: Profile | None = None
    steps: int | None = Field(default=None, ge=1)
    """Of the denoiser."""
    guidance: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """How strictly the prompt is followed."""
    expand_prompt: bool | None = None
    """The prompt is written out by a language model before it is painted."""
    allow_degraded: bool | None = None
    """A way that loses something is accepted where the model has no better one."""

    def told(self, board: Told) -> dict[str, Any]:
        """What there is to tell, by the client's names: one's own values, else the board's."""
        values = {name: getattr(self, name) for name in Told.model_fields}
        values = {name: getattr(board, name) if value is None else value for name, value in values.items()}
        return {name: value for name, value in values.items() if value is not None and value is not False}


class Card(Told):
    """What is asked for one place in the cut."""

    id: str = Field(default_factory=new_id)
    kind: Verb
    state: CardState = CardState.DRAFT
    placement: Placement
    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    model: str | None = None
    style: str | None = None
    strength: float | None = Field(default=None, ge=0, le=1)
    context_frames: int = Field(default=8, ge=1)
    """How many frames of each neighbour the model is shown."""
    head_handle: int = Field(default=0, ge=0)
    tail_handle: int = Field(default=0, ge=0)
    references: list[CardReference] = Field(default_factory=list)
    characters: list[str] = Field(default_factory=list)
    size: str | None = None
    """WIDTHxHEIGHT of its takes in pixels; the board's where it says none, else that of the cut."""
    camera: str | None = None
    """The camera whose background it is: a plate, which has no place in the cut."""
    loops: bool = False
    """The end of its takes is to run into their start; of a new shot that continues nothing."""
    sound: Literal["none", "keep", "generate"] = "none"
    takes: list[Take] = Field(default_factory=list)
    active_take: str | None = None
    applied_take: str | None = None
    fingerprint: str = ""
    """Of the place, as it was when the card was planned."""
    derived_from: str | None = None
    job_id: str | None = None
    locked: bool = False
    """Nothing of it is edited, asked for anew or dropped until the editor unlocks it."""
    colour: str = ""
    error: str = ""
    notes: list[str] = Field(default_factory=list)
    created: str = Field(default_factory=now)
    updated: str = Field(default_factory=now)
    revision: int = 0

    def take(self, take_id: str | None = None) -> Take | None:
        """A take by its id (or the start of one); the active one, else the newest, where none is named."""
        if take_id is not None:
            return next((take for take in self.takes if take.id.startswith(take_id)), None)
        active = next((take for take in self.takes if take.id == self.active_take), None)
        return active or (self.takes[-1] if self.takes else None)


class Character(_Model):
    """Somebody or something that appears in several shots: what to say of it, and pictures of it.

    `images` are files, which go to a model that takes pictures of characters; in a board they are relative to its
    folder.
    """

    name: str = Field(min_length=1)
    description: str = ""
    images: list[str] = Field(default_factory=list)


class BoardLook(Told):
    """What all cards of a board share: one style, one seed family, named characters, size and rate.

    What a real model is told goes with every card that says nothing else itself.
    """

    style: str | None = None
    seed: int | None = None
    model: str | None = None
    characters: list[Character] = Field(default_factory=list)
    size: str | None = None
    rate: str | None = None
