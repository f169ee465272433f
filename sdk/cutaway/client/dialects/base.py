"""What a kind of server speaks, as pure functions: a submission becomes a request's body, a body becomes a video.

A dialect opens nothing and sends nothing. The session carries out what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

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
    """A submission as a server takes it: JSON, or the fields and files of a multipart body."""

    path: str
    json: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FilePart] = field(default_factory=dict)


class Dialect(Protocol):
    """One kind of server."""

    @property
    def name(self) -> str: ...

    @property
    def honours_keys(self) -> bool:
        """A create repeated with its Idempotency-Key gives the first one's job, so it may be repeated."""
        ...

    @property
    def keeps_files(self) -> bool:
        """Local media are uploaded once, to /files, and then referred to; otherwise they travel in the request."""
        ...

    @property
    def tells_events(self) -> bool:
        """/videos/{id}/events streams progress, and `?wait=` holds an answer until something changes."""
        ...

    @property
    def cancels(self) -> bool:
        """/videos/{id}/cancel ends a job and keeps its record."""
        ...

    def encode(self, submission: Submission) -> Encoded:
        """The submission in this server's words.

        Raises:
            UnsupportedCapability: the server has no word for something in it.
        """
        ...

    def decode_video(self, body: Any) -> dict[str, Any]:
        """A job's body with the contract's names, types and four statuses.

        Raises:
            ValueError: the body is no job.
        """
        ...

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        """A page of jobs, with `has_more` and `last_id` also where the server left them out."""
        ...


def local_media(value: Any) -> bool:
    """Whether a file stands anywhere in this part of a body."""
    if isinstance(value, FilePart):
        return True
    if isinstance(value, Mapping):
        return any(local_media(part) for part in value.values())
    return isinstance(value, list) and any(local_media(part) for part in value)
