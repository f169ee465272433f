"""Uploaded references: pictures and clips that a server keeps, to be named in any number of requests."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import quote

from cutaway.client.io import run
from cutaway.client.keywords import Call, sent, spelled_out
from cutaway.client.media_input import MediaInput, resolve
from cutaway.client.refusal import parsed
from cutaway.client.request import FilePart, sha256_of
from cutaway.errors import BadRequest, MediaError
from cutaway.wire import File

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway.client.raw import AsyncRawFiles, RawFiles
    from cutaway.client.request import Answer
    from cutaway.client.session import Session


class FileOperations:
    """The operations on files, once, as coroutines. Remembers what it has uploaded, by content."""

    def __init__(self, session: Session, uploaded: dict[str, str] | None = None) -> None:
        self.session = session
        self.uploaded = {} if uploaded is None else uploaded
        """Ids of files by the SHA-256 of their content; clients of one server may share it."""

    async def reference(self, part: FilePart) -> dict[str, Any]:
        """The reference of a local file's content, uploaded unless this client has done so before."""
        digest = await self.session.io.aside(lambda: sha256_of(part))
        if digest not in self.uploaded:
            self.uploaded[digest] = (await self._upload(part, None, {})).id
        return {"file_id": self.uploaded[digest]}

    def forget(self) -> bool:
        """Upload everything anew from now on. False if there was nothing to forget."""
        known = bool(self.uploaded)
        self.uploaded.clear()
        return known

    async def create(self, *, file: MediaInput, purpose: str | None, **call: Any) -> File:
        part = await self.session.io.aside(lambda: resolve(file))
        if not isinstance(part, FilePart):
            raise MediaError("a file to upload lies on this machine; a reference needs no upload", source=file)
        return await self._upload(part, purpose, call)

    async def retrieve(self, file_id: str, **call: Any) -> File:
        return self._read(await self.session.call("GET", _place(file_id), **sent(call)))

    async def delete(self, file_id: str, **call: Any) -> None:
        await self.session.call("DELETE", _place(file_id), **sent(call))
        for digest in [digest for digest, known in self.uploaded.items() if known == file_id]:
            del self.uploaded[digest]

    async def _upload(self, part: FilePart, purpose: str | None, call: Mapping[str, Any]) -> File:
        purpose = purpose or ("video" if part.media_type.startswith("video/") else "vision")
        answer = await self.session.call(
            "POST",
            "/files",
            fields={"purpose": purpose},
            files={"file": part},
            # A second copy of the same bytes costs disk and nothing else.
            repeatable=True,
            **sent(call),
        )
        return self._read(answer)

    def _read(self, answer: Answer) -> File:
        body = parsed(answer)
        return self.session.understood(body, "file", lambda: File.model_validate(body))


def _place(file_id: str) -> str:
    if not file_id:
        raise BadRequest("a file's id is wanted, not an empty text", code="invalid_request", param="file_id")
    return f"/files/{quote(file_id, safe='')}"


class Files:
    """Uploaded references. Media given to a video's verbs are uploaded by themselves; this is for doing it by hand."""

    def __init__(self, operations: FileOperations) -> None:
        self._operations = operations

    @cached_property
    def with_raw_response(self) -> RawFiles:
        """The same verbs, each giving the answer as it came."""
        from cutaway.client.raw import RawFiles

        return RawFiles(self, self._operations.session)

    @spelled_out(Call)
    def create(self, *, file: MediaInput, purpose: str | None = None, **call: Unpack[Call]) -> File:
        """Upload a picture or a clip, to be named in any number of requests.

        `purpose` is "vision" for pictures and "video" for clips, chosen by content if left out.
        """
        return run(self._operations.create(file=file, purpose=purpose, **call))

    @spelled_out(Call)
    def retrieve(self, file_id: str, **call: Unpack[Call]) -> File:
        """What the server knows about an uploaded file.

        Raises:
            NotFound: there is no such file.
        """
        return run(self._operations.retrieve(file_id, **call))

    @spelled_out(Call)
    def delete(self, file_id: str, **call: Unpack[Call]) -> None:
        """Remove an uploaded file from the server.

        Raises:
            NotFound: there is no such file.
        """
        run(self._operations.delete(file_id, **call))


class AsyncFiles:
    """Uploaded references. Media given to a video's verbs are uploaded by themselves; this is for doing it by hand."""

    def __init__(self, operations: FileOperations) -> None:
        self._operations = operations

    @cached_property
    def with_raw_response(self) -> AsyncRawFiles:
        """The same verbs, each giving the answer as it came."""
        from cutaway.client.raw import AsyncRawFiles

        return AsyncRawFiles(self, self._operations.session)

    @spelled_out(Call)
    async def create(self, *, file: MediaInput, purpose: str | None = None, **call: Unpack[Call]) -> File:
        """Upload a picture or a clip, to be named in any number of requests.

        `purpose` is "vision" for pictures and "video" for clips, chosen by content if left out.
        """
        return await self._operations.create(file=file, purpose=purpose, **call)

    @spelled_out(Call)
    async def retrieve(self, file_id: str, **call: Unpack[Call]) -> File:
        """What the server knows about an uploaded file.

        Raises:
            NotFound: there is no such file.
        """
        return await self._operations.retrieve(file_id, **call)

    @spelled_out(Call)
    async def delete(self, file_id: str, **call: Unpack[Call]) -> None:
        """Remove an uploaded file from the server.

        Raises:
            NotFound: there is no such file.
        """
        await self._operations.delete(file_id, **call)
