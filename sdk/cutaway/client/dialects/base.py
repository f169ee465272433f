"""What a kind of server speaks, as pure functions: a submission becomes a request's body, a body becomes a video.

A dialect opens nothing and sends nothing. The session carries out what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import quote

from cutaway.client.request import FilePart

Operation = Literal["create", "edit", "extend", "remix"]
PATHS: Mapping[Operation, str] = {
    "create": "/videos",
    "edit": "/videos/edits",
    "extend": "/videos/extensions",
    "remix": "/videos/{id}/remix",
}
"""Where each operation is posted, below /v1."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One request for a video, in the contract's words and not yet in any server's.

    `body` is a VideoCreate in JSON; wherever it names local media it holds a `FilePart` in place of a
    reference. `video_id` is the source of a remix by id.
    """

    operation: Operation
    body: Mapping[str, Any]
    video_id: str | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A submission as a server takes it: JSON, or the fields and files of a multipart body.

    `path` lies below /v1, unless it is a whole address. A list of files becomes several parts of one name.
    """

    path: str
    json: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FilePart | Sequence[FilePart]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Where the bytes of a finished job are: a path below /v1, or a whole address, which gets no key of ours
    unless it is this server's own.
    """

    url: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind of server does beyond taking a create."""

    title: str
    """Its name in messages, such as "SGLang Diffusion"."""
    makes: frozenset[Operation] = frozenset(PATHS)
    """The operations it has a route for."""
    honours_keys: bool = False
    """A create repeated with its Idempotency-Key gives the first one's job, so it may be repeated."""
    keeps_files: bool = False
    """Local media are uploaded once, to /files, and then referred to; otherwise they travel in the request."""
    tells_events: bool = False
    """/videos/{id}/events streams progress, and `?wait=` holds an answer until something changes."""
    takes_frames: bool = False
    """A reference may name one frame of a video by the video's id; elsewhere that frame is fetched and sent."""
    retrieves: bool = True
    """GET /videos/{id} says how a job stands. Without it, the answer to the create is the finished job."""
    lists: bool = True
    listed_by: str | None = None
    """What the query of a list has to say beside its place, such as the provider whose videos are listed."""
    cancels: bool = False
    """/videos/{id}/cancel ends a job and keeps its record."""
    deletes: bool = True
    delete_frees: bool = True
    """A delete of a running job also stops the work on it."""
    characters: bool = False
    """POST /videos/characters and GET /videos/characters/{id}."""
    tells_urls: bool = False
    """A finished job may tell by its `url` where its file is kept, and then /content does not give it."""
    variants: frozenset[str] = frozenset({"video"})
    """What `variant` of /content it knows."""


class Dialect(Protocol):
    """One kind of server."""

    @property
    def name(self) -> str: ...

    @property
    def traits(self) -> Traits: ...

    def encode(self, submission: Submission) -> Encoded:
        """The submission in this server's words.

        Raises:
            UnsupportedCapability: the server has no word for something in it.
        """
        ...

    def decode_video(self, body: Any) -> dict[str, Any]:
        """A job's body with the contract's names, types and four statuses; also one that came under an error status.

        Raises:
            ValueError: the body is no job.
        """
        ...

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        """A page of jobs, with `has_more` and `last_id` also where the server left them out."""
        ...

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        """The answer to a delete as the contract writes it, whatever the server answered to a deed that was done."""
        ...

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        """Where a finished job's bytes are; `video` is its decoded body, with everything the server added.

        Raises:
            UnsupportedCapability: the server has no such variant.
        """
        ...


def below(video_id: str, rest: str = "") -> str:
    """The path of a video below /v1: ids of some servers hold characters that a path may not."""
    return f"/videos/{quote(video_id, safe='')}{rest}"


def local_media(value: Any) -> bool:
    """Whether a file stands anywhere in this part of a body."""
    if isinstance(value, FilePart):
        return True
    if isinstance(value, Mapping):
        return any(local_media(part) for part in value.values())
    return isinstance(value, list) and any(local_media(part) for part in value)
