"""What a server answers about videos, models and itself."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cutaway.wire.states import State, Status
from cutaway.wire.words import MAX_SECONDS, OutputFormat, Pattern, Priority, Profile, Rank, Verb


class Answer(BaseModel):
    """Anything that a server says in JSON."""

    # Servers add fields of their own; a client keeps what it does not know.
    model_config = ConfigDict(extra="allow", defer_build=True)


class VideoError(Answer):
    """Why a job failed. `code` is for programs, `message` for people."""

    code: str = "unknown"
    message: str = ""


class Adjustment(Answer):
    """A value that could not be used as asked, and what was used instead."""

    field: str
    requested: Any = None
    effective: Any = None
    reason: str = ""


class Segment(Answer):
    """How a run of frames came to be. Frames count from 0 in the result, `end` exclusive."""

    start: int
    end: int
    method: str
    card: int | None = None
    """Which of the request's cards is seen here, counted from 0; None where its own prompt is, or without cards."""


class Usage(Answer):
    """What a job took: wall seconds of its phases, and bytes."""

    wall_s: float | None = None
    queued_s: float | None = None


class Details(Answer):
    """The `cutaway` object of an answer: the true state and everything measured about a job."""

    state: State = State.QUEUED
    verb: Verb | None = None
    phase: str | None = None
    step: int | None = None
    total_steps: int | None = None
    queue_position: int | None = None
    eta_s: float | None = None
    priority: Priority | None = None
    """Its place among those that are equally early by their callers' plans."""
    deadline_at: float | None = None
    """When it fails if it is not done, in Unix seconds."""
    siblings: list[str] = Field(default_factory=list)
    """Ids of the other takes of the same request, in their order."""
    attempt: int = 0
    engine: str | None = None
    model_revision: str | None = None
    preview: bool = False
    """True for a draft or a test picture: rendered by rules, not by a model."""
    rank: Rank | None = None
    """How the model comes to what was asked; `degraded` only where that was allowed."""
    path: str | None = None
    """Which way was taken, such as "native: WanVACEPipeline head_tail"; several where windows differed."""
    profile: Profile | None = None
    expanded_prompt: str | None = None
    """What was painted instead of `prompt`, where that was written out."""
    num_frames: int | None = None
    fps: str | None = None
    duration_s: float | None = None
    seed: int | None = None
    style: str | None = None
    format: OutputFormat = OutputFormat.MP4
    adjustments: list[Adjustment] = Field(default_factory=list)
    ignored_params: list[str] = Field(default_factory=list)
    understood_terms: list[str] = Field(default_factory=list)
    unmatched_terms: list[str] = Field(default_factory=list)
    segments: list[Segment] = Field(default_factory=list)
    emulated: list[str] = Field(default_factory=list)
    """What was asked and came by another way than the server's own, such as "extend: from its last frame"."""
    characters: list[str] = Field(default_factory=list)
    """Ids of the characters that were named."""
    parent_ids: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    usage: Usage | None = None
    sha256: str | None = None
    bytes: int | None = None
    media_type: str | None = None


class Video(Answer):
    """One job and, when completed, the video it made. Times are Unix seconds."""

    id: str
    object: Literal["video"] = "video"
    created_at: int = 0
    completed_at: int | None = None
    expires_at: int | None = None
    status: Status = Status.QUEUED
    progress: int = Field(default=0, ge=0, le=100)
    prompt: str | None = None
    model: str = ""
    seconds: str = ""
    size: str = ""
    remixed_from_video_id: str | None = None
    error: VideoError | None = None
    cutaway: Details | None = None


class VideoDeleted(Answer):
    """The answer to a delete."""

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: bool = True


class VideoPage(Answer):
    """One page of a list; the next one starts `after` the last id."""

    object: Literal["list"] = "list"
    data: list[Video] = Field(default_factory=list)
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class Event(Answer):
    """One line of /videos/{id}/events. `seq` counts from 1 per job; the last event is terminal."""

    seq: int
    type: Literal["state", "progress"]
    video: Video


class Estimate(Answer):
    """What a request would come to, without making it.

    Seconds and gigabytes are None where nothing is known to say them by: never a guess. `basis` says whether they
    were measured here on such jobs before, or come from a model of the machine. They are those of one take.
    """

    object: Literal["estimate"] = "estimate"
    n: int = 1
    """How many takes it would be."""
    verb: Verb
    model: str
    preview: bool = False
    rank: Rank | None = None
    num_frames: int | None = None
    fps: str = ""
    size: str = ""
    duration_s: float | None = None
    wall_s: float | None = None
    queued_s: float | None = None
    vram_gb: float | None = None
    disk_mb: float | None = None
    money: float | None = None
    basis: Literal["measured", "modelled"] | None = None
    adjustments: list[Adjustment] = Field(default_factory=list)
    ignored_params: list[str] = Field(default_factory=list)


class QueueEntry(Answer):
    """A job that is not over: where it stands, and when it may be done."""

    id: str
    state: State
    position: int = 0
    """0 for one that is worked on, then 1, 2, ... in the order of their turns."""
    progress: int = 0
    eta_s: float | None = None


class QueueState(Answer):
    """What the server is busy with."""

    object: Literal["queue"] = "queue"
    running: int = 0
    queued: int = 0
    jobs: list[QueueEntry] = Field(default_factory=list)


class Quota(Answer):
    """What the caller's plan allows, and what is left of it. A video counts when it is accepted; what fails, is refused
    or cancelled is given back.
    """

    object: Literal["quota"] = "quota"
    plan: str = ""
    videos_a_month: int | None = None
    used: int = 0
    left: int | None = None
    resets_at: int = 0
    """When the next month begins, in Unix seconds; months are those of UTC."""
    priority: int = 0
    """A higher one comes first."""
    max_waiting: int | None = None


class Style(Answer):
    """A look with a name; `models` are those that know it."""

    id: str
    object: Literal["style"] = "style"
    description: str = ""
    models: list[str] = Field(default_factory=list)


class StyleList(Answer):
    """Every look of a server."""

    object: Literal["list"] = "list"
    data: list[Style] = Field(default_factory=list)


class WebhookData(Answer):
    """What an event is about."""

    id: str


class WebhookEvent(Answer):
    """What a server tells of a job that ended, signed as Standard Webhooks are."""

    id: str
    object: Literal["event"] = "event"
    type: str
    created_at: int = 0
    data: WebhookData


class ModelInfo(Answer):
    """What one model can do here. Frame counts are `frame_multiple * k + frame_offset`; sizes are multiples of
    `size_multiple` pixels on each side, between `min_side` and `max_side`.
    """

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "cutaway"
    installed: bool = True
    preview: bool = False
    description: str = ""
    how_to_get: str | None = None
    verbs: dict[Verb, Rank] = Field(default_factory=dict)
    """The best rank any pattern of the verb has."""
    patterns: dict[Pattern, Rank] = Field(default_factory=dict)
    """What it can be shown; empty where it can be shown anything."""
    loses: dict[Pattern, str] = Field(default_factory=dict)
    """What is lost where it comes to a pattern by a degraded way."""
    references: int = 0
    """How many pictures of a character or a thing it can be shown beside the canvas."""
    makes_sound: bool = False
    size_multiple: int = 2
    min_side: int = 16
    max_side: int = 4096
    frame_multiple: int = 1
    frame_offset: int = 0
    min_frames: int = 1
    max_frames: int | None = None
    window_context: int = 8
    """Frames that one window of a long shot shares with the next."""
    sizes: list[str] = Field(default_factory=list)
    """The sizes it was made for; empty where it paints any legal one. Others are scaled from the nearest."""
    rates: list[str] = Field(default_factory=list)
    """The frame rates it was made for; empty where it paints any. Others are interpolated."""
    default_size: str = "1280x720"
    default_fps: str = "24"
    styles: list[str] = Field(default_factory=list)


class ModelList(Answer):
    """Every model of a server."""

    object: Literal["list"] = "list"
    data: list[ModelInfo] = Field(default_factory=list)


class Readiness(Answer):
    """Whether a server takes work and can do it; if not, why."""

    status: Literal["ready", "not_ready"] = "ready"
    reasons: list[str] = Field(default_factory=list)


class Health(Answer):
    """Whether a server is up."""

    status: Literal["ok"] = "ok"
    version: str = ""
    pid: int = 0


class Capabilities(Answer):
    """What a server speaks and which models it has; `default_models` answers a request that names none."""

    dialect: Literal["cutaway"] = "cutaway"
    version: str = ""
    models: list[ModelInfo] = Field(default_factory=list)
    default_models: dict[Verb, str] = Field(default_factory=dict)
    formats: list[OutputFormat] = Field(default_factory=list)
    styles: list[str] = Field(default_factory=list)
    max_seconds: int = MAX_SECONDS
    variants: list[str] = Field(default_factory=list)
    url_references: bool = False
    """Whether a picture or a clip may be named by a URL for the server to fetch."""
    webhooks: bool = False
    """Whether the operator has the ends of jobs told to an address."""


class ErrorInfo(Answer):
    """The inside of an error answer."""

    message: str = ""
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None


class ErrorAnswer(Answer):
    """Every error answer: {"error": {"message", "type", "param", "code"}}."""

    error: ErrorInfo
