"""Uploaded references: pictures and clips that a server keeps, to be named in any number of requests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cutaway.client.io import run
from cutaway.client.media_input import MediaInput, resolve
from cutaway.client.refusal import parsed
from cutaway.client.request import FilePart, opened
from cutaway.errors import MediaError
from cutaway.wire import File

if TYPE_CHECKING:
    from cutaway.client.request import Answer
    from cutaway.client.session import Session

CHUNK: Final = 1024 * 1024


class FileOperations:
    """The operations on files, once, as coroutines. Remembers what it has uploaded, by content."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._uploaded: dict[str, str] = {}

    async def reference(self, part: FilePart) -> dict[str, Any]:
        """The reference of a local file's content, uploaded unless this client has done so before."""
        digest = await self._sha256(part)
        if digest not in self._uploaded:
            self._uploaded[digest] = (await self._upload(part, None)).id
        return {"file_id": self._uploaded[digest]}

    def forget(self) -> bool:
        """Upload everything anew from now on. False if there was nothing to forget."""
        known, self._uploaded = self._uploaded, {}
        return bool(known)

    async def create(self, *, file: MediaInput, purpose: str | None) -> File:
        part = resolve(file)
        if not isinstance(part, FilePart):
            raise MediaError("a file to upload lies on this machine; a reference needs no upload", source=file)
        return await self._upload(part, purpose)

    async def retrieve(self, file_id: str) -> File:
        return self._read(await self._session.call("GET", f"/files/{quote(file_id, safe='')}"))

    async def delete(self, file_id: str) -> None:
        await self._session.call("DELETE", f"/files/{quote(file_id, safe='')}")
        self._uploaded = {digest: known for digest, known in self._uploaded.items() if known != file_id}

    async def _upload(self, part: FilePart, purpose: str | None) -> File:
        purpose = purpose or ("video" if part.media_type.startswith("video/") else "vision")
        answer = await self._session.call(
            "POST",
            "/files",
            fields={"purpose": purpose},
            files={"file": part},
            # A second copy of the same bytes costs disk and nothing else.
            repeatable=True,
        )
        return self._read(answer)

    def _read(self, answer: Answer) -> File:
        body = parsed(answer)
        return self._session.understood(body, "file", lambda: File.model_validate(body))

    async def _sha256(self, part: FilePart) -> str:
        digest = hashlib.sha256()
        with opened(part.content) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                await self._session.io.sleep(0)
        return digest.hexdigest()


class Files:
    """Uploaded references. Media given to a video's verbs are uploaded by themselves; this is for doing it by hand."""

    def __init__(self, operations: FileOperations) -> None:
        self._operations = operations

    def create(self, *, file: MediaInput, purpose: str | None = None) -> File:
        """Upload a picture or a clip, to be named in any number of requests.

        `purpose` is "vision" for pictures and "video" for clips, chosen by content if left out.
        """
        return run(self._operations.create(file=file, purpose=purpose))

    def retrieve(self, file_id: str) -> File:
        """What the server knows about an uploaded file.

        Raises:
            NotFound: there is no such file.
        """
        return run(self._operations.retrieve(file_id))

    def delete(self, file_id: str) -> None:
        """Remove an uploaded file from the server.

        Raises:
            NotFound: there is no such file.
        """
        run(self._operations.delete(file_id))


class AsyncFiles:
    """Uploaded references. Media given to a video's verbs are uploaded by themselves; this is for doing it by hand."""

    def __init__(self, operations: FileOperations) -> None:
        self._operations = operations

    async def create(self, *, file: MediaInput, purpose: str | None = None) -> File:
        """Upload a picture or a clip, to be named in any number of requests.

        `purpose` is "vision" for pictures and "video" for clips, chosen by content if left out.
        """
        return await self._operations.create(file=file, purpose=purpose)

    async def retrieve(self, file_id: str) -> File:
        """What the server knows about an uploaded file.

        Raises:
            NotFound: there is no such file.
        """
        return await self._operations.retrieve(file_id)

    async def delete(self, file_id: str) -> None:
        """Remove an uploaded file from the server.

        Raises:
            NotFound: there is no such file.
        """
        await self._operations.delete(file_id)
