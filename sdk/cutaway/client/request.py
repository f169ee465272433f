"""One HTTP request and its answer as plain values; an `IO` turns the one into the other."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

ABROAD = frozenset({"accept", "accept-encoding", "connection", "host", "if-range", "range", "user-agent"})
"""Headers that still go along when a redirect leads to another host; what else a server is told is for it alone."""
PORTS = {"http": 80, "https": 443}
CHUNK = 1024 * 1024

Content = bytes | Path | BinaryIO
"""The bytes of a file: in memory, on disk, or behind an open and seekable binary file."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a multipart body. It is read when it is sent, from its start, however often that is."""

    filename: str
    content: Content
    media_type: str = "application/octet-stream"

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        with opened(self.content) as file:
            yield file


@contextmanager
def opened(content: Content) -> Iterator[BinaryIO]:
    """`content` as a binary file at its start. A file somebody else opened is not closed."""
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    elif isinstance(content, Path):
        with content.open("rb") as file:
            yield file
    else:
        content.seek(0)
        yield content


def sha256_of(part: FilePart) -> str:
    """Of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with part.opened() as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


Part = TypeVar("Part", str, FilePart)


def repeated(parts: Mapping[str, Part | Sequence[Part]]) -> Iterator[tuple[str, Part]]:
    """Every part of a form with its name, in order; a list stands for several of one name."""
    for name, value in parts.items():
        several = cast("Sequence[Part]", value if isinstance(value, (list, tuple)) else (value,))
        for part in several:
            yield name, part


def same_server(asked: str, led: str) -> bool:
    """Whether a redirect stays with who was asked; the same host by https instead of http is."""
    before, after = urlsplit(asked), urlsplit(led)
    ways = [(parts.scheme, parts.port or PORTS.get(parts.scheme)) for parts in (before, after)]
    return before.hostname == after.hostname and (ways[0] == ways[1] or ways == [*PORTS.items()])


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server. At most one of `json` and the multipart pair `fields`, `files` is given; there, a
    list stands for several parts of one name.

    `timeout` is in seconds and bounds each wait for the network, not the whole exchange; connecting
    has its own, shorter bound. `repeatable` says that sending it twice does what sending it once does.
    """

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, FilePart | Sequence[FilePart]] = field(default_factory=dict)
    timeout: float | None = 60.0
    repeatable: bool = False

    @property
    def full_url(self) -> str:
        if not self.query:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.query)}"

    def __str__(self) -> str:
        return f"{self.method} {self.full_url}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Headers(Mapping[str, str]):
    """The headers of an answer, by names in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"Headers({self._headers!r})"
