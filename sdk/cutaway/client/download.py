"""From the server to a file: streamed to a `.part`, checked, flushed to disk and only then given its name.

ball.mp4.part        what has come so far
ball.mp4.part.etag   which version of it; with both, a later save goes on where this one stopped
ball.mp4.part.lock   held by whoever is fetching, so that two do not write into one file
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from cutaway.client.request import Answer
from cutaway.errors import APIError, ConnectionFailed, DownloadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cutaway.client.io import Stream
    from cutaway.client.session import Session

CHUNK: Final = 1024 * 1024
SUFFIXES: Final = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "video/webm": ".webm",
    "application/zip": ".zip",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "application/json": ".json",
}
"""File suffix by media type, for a file that is named by us."""
LONGEST: Final = 160
"""Characters of an id that a file's name may hold; disks take 255 bytes, suffixes included."""
SETTLED: Final = 60.0
"""Seconds after its last change from which a date tells versions apart (RFC 9110, 8.8.2.2)."""
_CONTENT_RANGE: Final = re.compile(r"^bytes (\d+)-\d+/(\d+|\*)$")
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be fetched, and the SHA-256 it should have, if known.

    `path` lies below /v1, or is a whole address or a data: URI.
    """

    path: str
    query: Mapping[str, str]
    name: str
    sha256: str | None = None


async def save(session: Session, source: Source, target: str | os.PathLike[str]) -> Path:
    """Fetch `source` into the file `target`, or into the folder `target` under its own name.

    Raises:
        DownloadError: the bytes are not those the server holds, or did not all come; what came is kept.
        APIError: the server has no such content, or not yet.
    """
    download = _Download(session, source, target)
    try:
        with download.locked():
            return await _saved(session, source, download)
    except OSError as error:
        raise DownloadError(
            f"{download.part} cannot be written ({error}); what has come is kept, and the next save goes on from there",
            path=download.part,
        ) from error


async def _saved(session: Session, source: Source, download: _Download) -> Path:
    if source.path.startswith("data:"):
        return download.write(inlined(source.path))
    failures = 0
    while True:
        before = download.held
        try:
            await download.attempt()
            return download.finish()
        except ConnectionFailed as broken:
            failures = 0 if download.held > before else failures + 1
            if failures > session.max_retries:
                raise DownloadError(
                    f"{source.name}: the connection broke after {download.held} bytes; they are kept in "
                    f"{download.part}, and the next save goes on from there",
                    path=download.part,
                ) from broken
            await session.io.sleep(min(8.0, 0.5 * 2**failures))


class _Download:
    def __init__(self, session: Session, source: Source, path: str | os.PathLike[str]) -> None:
        self._session, self._source = session, source
        target = Path(path).expanduser()
        self._folder = target.is_dir()
        parent = target if self._folder else target.parent
        self._target = target / file_name(source.name) if self._folder else target
        self.part = self._target.with_name(self._target.name + ".part")
        self._tag = self._target.with_name(self._target.name + ".part.etag")
        self._lock = self._target.with_name(self._target.name + ".part.lock")
        if not parent.is_dir():
            raise DownloadError(f"{parent}: there is no such folder to save into", path=self.part)
        self._hash = hashlib.sha256()
        self._headers: Mapping[str, str] = {}

    @property
    def held(self) -> int:
        """Bytes on disk."""
        try:
            return self.part.stat().st_size
        except OSError:
            return 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else is writing these files meanwhile.

        Raises:
            DownloadError: somebody is.
        """
        from cutaway.client.local import locked

        with self._lock.open("ab") as file:
            if not locked(file):
                raise DownloadError(f"{self._target}: another process is fetching into it just now", path=self.part)
            try:
                yield
            finally:
                if sys.platform != "win32":
                    self._lock.unlink(missing_ok=True)

    def write(self, answer: Answer) -> Path:
        """A body that is there already."""
        self._headers = answer.headers
        self._hash = hashlib.sha256(answer.body)
        with self.part.open("wb") as file:
            file.write(answer.body)
            file.flush()
            os.fsync(file.fileno())
        return self.finish()

    async def attempt(self) -> None:
        """Fetch what is missing. Returns when all of it has come."""
        held, tag = self._resumable()
        headers = {"Accept-Encoding": "identity"}
        if held:
            headers |= {"Range": f"bytes={held}-", "If-Range": tag}
        try:
            stream = await self._open(headers)
        except APIError as refused:
            if refused.status_code != 416 or not held:
                raise
            self._discard()
            stream = await self._open({"Accept-Encoding": "identity"})
        try:
            await self._receive(stream, held)
        finally:
            await stream.close()

    async def _open(self, headers: Mapping[str, str]) -> Stream:
        source = self._source
        return await self._session.stream(
            source.path, query=source.query, headers=headers, timeout=self._session.timeout
        )

    def _resumable(self) -> tuple[int, str]:
        """How many bytes of which version lie on disk; 0 if that cannot be told."""
        try:
            tag = self._tag.read_text("ascii").strip()
        except (OSError, ValueError):
            return 0, ""
        return (self.held, tag) if tag else (0, "")

    def _discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    async def _receive(self, stream: Stream, held: int) -> None:
        start, total = _extent(stream)
        if start not in {0, held}:
            self._discard()
            raise ConnectionFailed(f"{self._source.name}: other bytes came than the {held} and following")
        self._headers = stream.headers
        self._hash = await self._hash_of_first(start)
        self._check_room(None if total is None else total - start)
        if not start:
            self.part.write_bytes(b"")
            self._tag.write_text(version_of(stream.headers), "ascii")
        with self.part.open("r+b") as file:
            file.truncate(start)
            file.seek(start)
            while chunk := await stream.read():
                file.write(chunk)
                self._hash.update(chunk)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        if total is not None and size < total:
            raise ConnectionFailed(f"{self._source.name}: {size} of {total} bytes came")
        if total is not None and size > total:
            self._tag.unlink(missing_ok=True)
            raise DownloadError(f"{self._source.name}: {size} bytes came where {total} were announced", path=self.part)

    def _check_room(self, wanted: int | None) -> None:
        """Found out before an hour of fetching.

        Raises:
            DownloadError: the disk cannot take what is still to come.
        """
        free = shutil.disk_usage(self.part.parent).free
        if wanted is not None and wanted > free:
            raise DownloadError(
                f"{self._source.name}: {wanted / 1e6:.0f} MB are still to come and {self.part.parent} has room for "
                f"{free / 1e6:.0f} MB; make room, and save again: it goes on from {self.held} bytes",
                path=self.part,
            )

    async def _hash_of_first(self, count: int) -> Any:
        """SHA-256 of the bytes that an earlier save left on disk."""
        digest = hashlib.sha256()
        if count:
            with self.part.open("rb") as file:
                while count > 0 and (chunk := file.read(min(CHUNK, count))):
                    digest.update(chunk)
                    count -= len(chunk)
                    await self._session.io.sleep(0)
        return digest

    def finish(self) -> Path:
        """Check what has come and give it its name."""
        found = self._hash.hexdigest()
        wanted = digest_of(self._headers) or self._source.sha256
        if wanted is not None and found != wanted:
            self._tag.unlink(missing_ok=True)
            raise DownloadError(
                f"{self._source.name}: the bytes that came have the SHA-256 {found}, the server's have {wanted}; "
                f"they are kept in {self.part}, and the next save starts anew",
                path=self.part,
            )
        target = self._target
        if self._folder:
            target = target.with_name(target.name + suffix_of(self._headers))
        self.part.replace(target)
        self._tag.unlink(missing_ok=True)
        _flush_folder(target.parent)
        return target


def _extent(stream: Stream) -> tuple[int, int | None]:
    """The first byte of an answer (-1: a part of which it is not said where it lies), and the length of the
    whole, if the server says.
    """
    if stream.status == 206:
        match = _CONTENT_RANGE.match(stream.headers.get("content-range", ""))
        if match is None:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = stream.headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


def file_name(identity: str) -> str:
    """A server's id as the name of a file: without what leads to other folders, and short enough for a disk."""
    plain = re.sub(r"[^\w.=-]", "_", identity).lstrip(".") or "video"
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[:LONGEST]}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def version_of(headers: Mapping[str, str]) -> str:
    """What tells this version of a body from every other byte for byte, for If-Range; "" where nothing does.

    Weak tags promise the same meaning, not the same bytes. A date does if the body had not just been changed.
    """
    tag = headers.get("etag", "")
    if tag:
        return "" if tag.startswith("W/") else tag
    changed = headers.get("last-modified", "")
    try:
        age = parsedate_to_datetime(headers["date"]) - parsedate_to_datetime(changed)
    except (KeyError, ValueError):
        return ""
    return changed if age.total_seconds() >= SETTLED else ""


def inlined(url: str) -> Answer:
    """The body that a data: URI holds, as an answer.

    Raises:
        APIError: it is not one.
    """
    head, comma, data = url.removeprefix("data:").partition(",")
    kind, _, form = head.rpartition(";")
    try:
        body = base64.b64decode(data, validate=True) if form == "base64" else unquote_to_bytes(data)
    except binascii.Error as error:
        raise APIError(f"the server gave a data: URI that is not base64: {error}") from error
    if not comma:
        raise APIError("the server gave a data: URI without data")
    return Answer(200, {"content-type": kind if form == "base64" else head}, body)


def digest_of(headers: Mapping[str, str]) -> str | None:
    """The SHA-256, in hexadecimal, of a Repr-Digest header (RFC 9530)."""
    match = _DIGEST.search(headers.get("repr-digest", ""))
    if match is None:
        return None
    try:
        return base64.b64decode(match[1], validate=True).hex()
    except binascii.Error:
        return None


def suffix_of(headers: Mapping[str, str]) -> str:
    return SUFFIXES.get(headers.get("content-type", "").partition(";")[0].strip().lower(), ".bin")


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the platform can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
