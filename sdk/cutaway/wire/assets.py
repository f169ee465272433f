"""What a server answers about what it was shown: uploads and characters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cutaway.wire.answers import Answer


class MediaFacts(Answer):
    """What was found inside an uploaded file. `frames` is exact; a still has one frame and no rate."""

    kind: Literal["image", "video"]
    width: int
    height: int
    frames: int = 1
    fps: str | None = None
    duration_s: float | None = None
    has_audio: bool = False
    has_alpha: bool = False


class File(Answer):
    """An uploaded reference."""

    id: str
    object: Literal["file"] = "file"
    bytes: int = 0
    created_at: int = 0
    filename: str = ""
    purpose: str = "vision"
    sha256: str | None = None
    media: MediaFacts | None = None


class FilePage(Answer):
    """One page of uploads."""

    object: Literal["list"] = "list"
    data: list[File] = Field(default_factory=list)
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class FileDeleted(Answer):
    """The answer to a delete of a file; its `object` is that of a file, as the contract has it."""

    id: str
    object: Literal["file"] = "file"
    deleted: bool = True


class CharacterDetails(Answer):
    """The `cutaway` object of a character. `pictures` are how many stills of it a model is shown."""

    description: str = ""
    pictures: int = 1
    media: MediaFacts | None = None
    ignored_params: list[str] = Field(default_factory=list)
    """Fields of the request that made it which nobody reads; told once, in the answer to that request."""


class Character(Answer):
    """Somebody or something that prompts can call by name."""

    id: str
    object: Literal["character"] = "character"
    created_at: int = 0
    name: str = ""
    cutaway: CharacterDetails | None = None


class CharacterPage(Answer):
    """One page of characters."""

    object: Literal["list"] = "list"
    data: list[Character] = Field(default_factory=list)
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class CharacterDeleted(Answer):
    """The answer to a delete of a character."""

    id: str
    object: Literal["character.deleted"] = "character.deleted"
    deleted: bool = True
