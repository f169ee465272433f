"""What a client sends."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from cutaway.wire.words import (
    MAX_CARDS,
    MAX_DEADLINE,
    MAX_REFERENCES,
    MAX_SECONDS,
    MAX_TAKES,
    PATH,
    Direction,
    OutputFormat,
    Priority,
    Profile,
    Size,
    WireRate,
    WireSeconds,
)


class _Request(BaseModel):
    # Unknown fields are kept apart, not refused: the server reports them as ignored_params.
    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


def _or_text(schema: dict[str, Any]) -> None:
    """In a JSON schema: a plain text will do."""
    whole = dict(schema)
    schema.clear()
    schema |= {"title": whole.pop("title"), "anyOf": [{"type": "string", "minLength": 1}, whole]}


def _or_text_or_address(schema: dict[str, Any]) -> None:
    address = schema["properties"]["url"]
    schema["properties"] |= {"image_url": address, "video_url": address}
    _or_text(schema)


class Reference(BaseModel):
    """A picture or a clip named, not sent: exactly one of a video's id, a file's id or a URL.

    `frame` picks one frame of a clip (0 is the first, -1 the last).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True, json_schema_extra=_or_text_or_address)

    id: str | None = None
    file_id: str | None = None
    url: str | None = Field(default=None, validation_alias=AliasChoices("url", "image_url", "video_url"))
    frame: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A plain string is an id, a file's id or a URL by its look.

        Raises:
            ValueError: it looks like the path of a file, which means nothing where it arrives.
        """
        if not isinstance(value, str):
            return value
        if PATH.search(value):
            raise ValueError(
                "this looks like a path; a file itself is sent as a part of a form, or uploaded (POST /v1/files) and "
                "named by its id. A reference is an id, an https address or a data: URI"
            )
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


class TimedCard(BaseModel):
    """One card of a video that is told in several: what is seen from its time on, and what is pinned there.

    `at` counts frames of the result, and -1 is its last one; `at_s` counts seconds, for who does not count frames.
    `prompt` holds until the next card that has one. `image` is one known frame. `clip` is known motion: its
    frames lie from the card's time on, `frames` of them, or as many as there are before the next card.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    at: int | None = Field(default=None, ge=-1)
    at_s: float | None = Field(default=None, ge=0, le=MAX_SECONDS, allow_inf_nan=False)
    prompt: str = Field(default="", max_length=32_000)
    image: Reference | None = None
    clip: Reference | None = None
    frames: int | None = Field(default=None, ge=1)
    strength: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _says_when_and_what(self) -> TimedCard:
        if (self.at is None) == (self.at_s is None):
            raise ValueError("a card says when by exactly one of at (frames) and at_s (seconds)")
        if self.image is not None and self.clip is not None:
            raise ValueError("a card pins an image or a clip; for both, write two cards")
        if not self.prompt.strip() and self.image is None and self.clip is None:
            raise ValueError("a card has a prompt, an image or a clip")
        return self


class CharacterName(BaseModel):
    """A character to be seen, by the id that its making gave. A plain text means the same."""

    model_config = ConfigDict(extra="forbid", defer_build=True, json_schema_extra=_or_text)

    id: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value


class CharacterExtras(_Request):
    """The `cutaway` object of a character: words that go with its pictures."""

    description: str = Field(default="", max_length=2000)


class CharacterCreate(_Request):
    """The body of POST /videos/characters. `video` is a clip or a picture of the character.

    `name` is what prompts call it: 1 to 64 characters, with no control characters, not only spaces.
    """

    name: str = Field(min_length=1, max_length=64)
    video: Reference | None = None
    cutaway: CharacterExtras = Field(default_factory=CharacterExtras)


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
    cards: list[TimedCard] = Field(default_factory=list, max_length=MAX_CARDS)
    """One video told in several cards, painted on one canvas. Boards of separate shots are the client's."""
    priority: Priority = Priority.NORMAL
    deadline_s: float | None = Field(default=None, gt=0, le=MAX_DEADLINE, allow_inf_nan=False)
    """A job that is not done so many seconds after it was accepted fails, and is not charged."""
    dry_run: bool = False
    """Everything is checked and planned, and an `Estimate` is answered; no job is made."""


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
    characters: list[CharacterName] = Field(default_factory=list, max_length=MAX_REFERENCES)
    """Characters to be seen, beside those that a prompt calls by their names."""
    n: int = Field(default=1, ge=1, le=MAX_TAKES)
    """How many takes are made: a job each, of seeds that follow each other. The answer is the first one."""
    strict: bool = False
    """A field that would be ignored is refused."""
    cutaway: Extras = Field(default_factory=Extras)
