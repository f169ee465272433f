"""The HTTP contract: what travels between a client and a server of videos.

The names and shapes are those of OpenAI's Videos API (openai-python 3.54.0, `types/video*.py`),
which outlived its product. What cutaway adds travels in two places: request fields that other
servers already have (`num_frames`, `fps`, `seed`, `strength`, ...) stand at the top level, and
everything else stands in one `cutaway` object, in requests as in answers.

Client and server share these models. Nothing here opens a connection or a file.

How a job moves is data, not code: `TRANSITIONS` says which state may follow which,
`STATUS_OF` what the contract calls each. `state_diagram()` draws them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cutaway.timebase import Rate

# -- how a job moves ---------------------------------------------------------------------------


class State(StrEnum):
    """Where a job really is. The contract knows four statuses; this is the finer truth behind them."""

    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    FINALIZING = "finalizing"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """The only four words of the contract; a stock client stops polling at any other."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.PREPARING, State.CANCELLED, State.FAILED}),
    State.PREPARING: frozenset({State.RUNNING, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.RUNNING: frozenset({State.FINALIZING, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.FINALIZING: frozenset({State.COMPLETED, State.CANCELLING, State.FAILED, State.QUEUED}),
    State.CANCELLING: frozenset({State.CANCELLED, State.FAILED}),
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Which state may follow which. An arrow back to `queued` is a lost worker: the job is tried again."""

TERMINAL: Final = frozenset(state for state, following in TRANSITIONS.items() if not following)
CLAIMED: Final = frozenset({State.PREPARING, State.RUNNING, State.FINALIZING, State.CANCELLING})
"""States in which a worker holds the job."""

STATUS_OF: Final[dict[State, Status]] = {
    State.QUEUED: Status.QUEUED,
    State.PREPARING: Status.IN_PROGRESS,
    State.RUNNING: Status.IN_PROGRESS,
    State.FINALIZING: Status.IN_PROGRESS,
    State.CANCELLING: Status.IN_PROGRESS,
    State.COMPLETED: Status.COMPLETED,
    State.FAILED: Status.FAILED,
    State.CANCELLED: Status.FAILED,
}


def state_diagram() -> str:
    """The table above as a Mermaid state diagram; the reference pages show this text."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    for state, following in TRANSITIONS.items():
        lines += [f"    {state} --> {after}" for after in State if after in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines) + "\n"


# -- words -------------------------------------------------------------------------------------


class Verb(StrEnum):
    """What is asked for: the six kinds of card."""

    GENERATE = "generate"
    FILL = "fill"
    EXTEND = "extend"
    REMIX = "remix"
    BLEND = "blend"
    LOOP = "loop"


class Rank(StrEnum):
    """How a model comes to a verb: by itself, by composing other verbs, or by a poorer way it must say."""

    NATIVE = "native"
    COMPOSED = "composed"
    DEGRADED = "degraded"


class Pattern(StrEnum):
    """What a model is shown: where the known frames of a canvas lie. Each verb comes down to one of these."""

    TEXT = "text"  # ................    nothing: generate from words
    FIRST = "first_frame"  # #...............    image to video
    LAST = "last_frame"  # ...............#    a shot that ends on a picture
    FIRST_LAST = "first_last"  # #..............#    from one picture to another
    KEYFRAMES = "keyframes"  # #....#.....#....    pictures pinned anywhere
    HEAD = "head"  # ####............    extend forward: motion is known
    TAIL = "tail"  # ............####    extend backward
    HEAD_TAIL = "head_tail"  # ####........####    fill, and the join of a loop
    LOOSE = "loose"  # ++++++++++++++++    remix: every frame, loosely
    OVERLAP = "overlap"  # XXXXXXXXXXXXXXXX    blend: two shots at once


class Profile(StrEnum):
    """How a real model is run: `exact` computes every step; the others save time or memory at a cost in the picture."""

    EXACT = "exact"  # every step computed, as the checkpoint's authors run it
    BALANCED = "balanced"  # steps that hardly differ from the one before are reused
    FAST = "fast"  # a distilled schedule where there is one, and bolder reuse
    LOW_MEMORY = "low-memory"  # weights come and go, and are stored in fewer bits


class OutputFormat(StrEnum):
    """Containers and codecs of a finished video."""

    MP4 = "mp4"  # H.264 in MP4
    PRORES = "prores"  # ProRes 422 HQ in MOV
    DNXHR = "dnxhr"  # DNxHR HQ in MOV
    FFV1 = "ffv1"  # lossless FFV1 in Matroska
    PNG = "png"  # a numbered image sequence in a ZIP


MEDIA_TYPE: Final[dict[OutputFormat, tuple[str, str]]] = {
    OutputFormat.MP4: ("video/mp4", ".mp4"),
    OutputFormat.PRORES: ("video/quicktime", ".mov"),
    OutputFormat.DNXHR: ("video/quicktime", ".mov"),
    OutputFormat.FFV1: ("video/x-matroska", ".mkv"),
    OutputFormat.PNG: ("application/zip", ".zip"),
}
"""Media type and file suffix of each format."""

Direction = Literal["forward", "backward"]
Variant = Literal["video", "thumbnail", "spritesheet", "first_frame", "last_frame"]
SIZE_PATTERN: Final = re.compile(r"^([1-9]\d{0,4})x([1-9]\d{0,4})$")
MAX_SECONDS: Final = 60
MAX_REFERENCES: Final = 16
"""Pictures of characters and things in one request."""


def parse_size(text: str) -> tuple[int, int]:
    """The text "1280x720" as (width, height) in pixels.

    Raises:
        ValueError: not written WIDTHxHEIGHT.
    """
    match = SIZE_PATTERN.match(text.strip().lower())
    if match is None:
        raise ValueError(f"a size is written WIDTHxHEIGHT, such as 1280x720, not {text!r}")
    return int(match[1]), int(match[2])


def _size(value: Any) -> Any:
    if isinstance(value, str):
        width, height = parse_size(value)
        return f"{width}x{height}"
    return value


def _rate(value: Any) -> Any:
    return None if value is None else str(Rate.parse(value))


def _seconds(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("seconds is a number such as 4 or '4', not a truth value")
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise ValueError(f"seconds is a number such as 4 or '4', not {value!r}") from None
    return value


Size = Annotated[str, BeforeValidator(_size)]
"""Pixels, WIDTHxHEIGHT."""
WireRate = Annotated[str, BeforeValidator(_rate)]
"""Frames per second as the text of an exact fraction: "25", "24000/1001"."""
WireSeconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=MAX_SECONDS, allow_inf_nan=False)]

# -- requests ----------------------------------------------------------------------------------


class _Request(BaseModel):
    # Unknown fields are kept apart, not refused: the server reports them as ignored_params.
    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class Reference(BaseModel):
    """A picture or a clip named, not sent: exactly one of a video's id, a file's id or a URL.

    `frame` picks one frame of a clip (0 is the first, -1 the last).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    id: str | None = None
    file_id: str | None = None
    url: str | None = Field(default=None, validation_alias=AliasChoices("url", "image_url", "video_url"))
    frame: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A plain string is an id, a file's id or a URL by its look."""
        if not isinstance(value, str):
            return value
        if value.startswith(("data:", "http://", "https://")):
            return {"url": value}
        return {"file_id": value} if value.startswith("file") else {"id": value}

    @model_validator(mode="after")
    def _exactly_one(self) -> Reference:
        if sum(x is not None for x in (self.id, self.file_id, self.url)) != 1:
            raise ValueError("a reference names exactly one of id, file_id and url")
        return self


class Keyframe(BaseModel):
    """A picture pinned to a frame of the result. `at` counts frames; -1 is the last one."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    at: int
    image: Reference
    strength: float = Field(default=1.0, gt=0, le=1)


class Fill(BaseModel):
    """The two shots around a gap. Of each, that many frames at the cut are shown to the model as motion context."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    before: Reference
    after: Reference
    tail_frames: int = Field(default=8, ge=1, le=240)
    head_frames: int = Field(default=8, ge=1, le=240)


class Blend(BaseModel):
    """The second clip of a blend, and over how many frames the first one turns into it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)

    with_: Reference = Field(alias="with")
    overlap_frames: int | None = Field(default=None, ge=1)


class SourceRange(BaseModel):
    """Frames of the source clip, source time, `end` exclusive."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    start: int = Field(ge=0)
    end: int = Field(gt=0)


class Extras(_Request):
    """The `cutaway` object of a request: what the contract has no word for."""

    last_frame: Reference | None = None
    keyframes: list[Keyframe] = Field(default_factory=list, max_length=64)
    fill: Fill | None = None
    direction: Direction = "forward"
    context_frames: int = Field(default=8, ge=1, le=240)
    output: Literal["full", "segment"] = "full"
    range: SourceRange | None = None
    blend: Blend | None = None
    loop: bool = False
    style: str | None = None
    format: OutputFormat = OutputFormat.MP4
    sound: Literal["keep", "silent"] = "keep"
    references: list[Reference] = Field(default_factory=list, max_length=MAX_REFERENCES)
    """Pictures of characters or things that should look the same here; they are not frames of the video."""
    allow_degraded: bool = False
    """A way that loses something (`Rank.DEGRADED`) may be taken where the model has no better one."""
    profile: Profile | None = None
    steps: int | None = Field(default=None, ge=1, le=1000)
    guidance: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    """Of the denoiser; None means the numbers that the checkpoint was published with."""
    expand_prompt: bool = False
    """The prompt is written out by a language model before it is painted; both are kept."""


class VideoCreate(_Request):
    """The body of POST /videos, /videos/edits, /videos/extensions and /videos/{id}/remix.

    `num_frames` with `fps` is exact and wins over `seconds`, which the contract counts in whole
    seconds. `video` is the source clip of an edit or an extension; `strength` is how far a remix may
    go from it (0 keeps it, 1 forgets it).
    """

    prompt: str = Field(default="", max_length=32_000)
    model: str | None = None
    seconds: WireSeconds | None = None
    size: Size | None = None
    num_frames: int | None = Field(default=None, ge=1, le=MAX_SECONDS * 240)
    fps: WireRate | None = None
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    negative_prompt: str | None = Field(default=None, max_length=32_000)
    strength: float | None = Field(default=None, ge=0, le=1)
    input_reference: Reference | None = None
    video: Reference | None = None
    cutaway: Extras = Field(default_factory=Extras)


# -- answers -----------------------------------------------------------------------------------


class _Answer(BaseModel):
    # Servers add fields of their own; a client keeps what it does not know.
    model_config = ConfigDict(extra="allow", defer_build=True)


class VideoError(_Answer):
    """Why a job failed. `code` is for programs, `message` for people."""

    code: str = "unknown"
    message: str = ""


class Adjustment(_Answer):
    """A value that could not be used as asked, and what was used instead."""

    field: str
    requested: Any = None
    effective: Any = None
    reason: str = ""


class Segment(_Answer):
    """How a run of frames came to be. Frames count from 0 in the result, `end` exclusive."""

    start: int
    end: int
    method: str


class Usage(_Answer):
    """What a job took: wall seconds of its phases, and bytes."""

    wall_s: float | None = None
    queued_s: float | None = None


class Details(_Answer):
    """The `cutaway` object of an answer: the true state and everything measured about a job."""

    state: State = State.QUEUED
    verb: Verb | None = None
    phase: str | None = None
    step: int | None = None
    total_steps: int | None = None
    queue_position: int | None = None
    eta_s: float | None = None
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
    parent_ids: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    usage: Usage | None = None
    sha256: str | None = None
    bytes: int | None = None
    media_type: str | None = None


class Video(_Answer):
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


class VideoDeleted(_Answer):
    """The answer to a delete."""

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: bool = True


class VideoPage(_Answer):
    """One page of a list; the next one starts `after` the last id."""

    object: Literal["list"] = "list"
    data: list[Video] = Field(default_factory=list)
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class Event(_Answer):
    """One line of /videos/{id}/events. `seq` counts from 1 per job; the last event is terminal."""

    seq: int
    type: Literal["state", "progress"]
    video: Video


class MediaFacts(_Answer):
    """What was found inside an uploaded file. `frames` is exact; a still has one frame and no rate."""

    kind: Literal["image", "video"]
    width: int
    height: int
    frames: int = 1
    fps: str | None = None
    duration_s: float | None = None
    has_audio: bool = False
    has_alpha: bool = False


class File(_Answer):
    """An uploaded reference."""

    id: str
    object: Literal["file"] = "file"
    bytes: int = 0
    created_at: int = 0
    filename: str = ""
    purpose: str = "vision"
    sha256: str | None = None
    media: MediaFacts | None = None


class ModelInfo(_Answer):
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


class Capabilities(_Answer):
    """What a server speaks and which models it has; `default_models` answers a request that names none."""

    dialect: Literal["cutaway"] = "cutaway"
    version: str = ""
    models: list[ModelInfo] = Field(default_factory=list)
    default_models: dict[Verb, str] = Field(default_factory=dict)
    formats: list[OutputFormat] = Field(default_factory=list)
    styles: list[str] = Field(default_factory=list)
    max_seconds: int = MAX_SECONDS


class ErrorInfo(_Answer):
    """The inside of an error answer."""

    message: str = ""
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None


class ErrorAnswer(_Answer):
    """Every error answer: {"error": {"message", "type", "param", "code"}}."""

    error: ErrorInfo
