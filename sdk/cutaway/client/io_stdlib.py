"""The same `IO` over the standard library's http.client, for hosts in which nothing can be installed.

One connection per request, certificates checked by the system's store, no proxies, no HTTP/2. It
passes the same tests as the IO over httpx.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from cutaway.client.io import CONNECT_TIMEOUT, FOLLOWED, T
from cutaway.client.request import ABROAD, Answer, FilePart, Request, repeated, same_server
from cutaway.errors import ConnectionFailed, RequestTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK = 256 * 1024
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class StdlibIO:
    """`IO` that blocks, over http.client."""

    async def request(self, request: Request) -> Answer:
        stream = await self.stream(request)
        try:
            body = bytearray()
            while chunk := await stream.read():
                body += chunk
        finally:
            await stream.close()
        return Answer(stream.status, stream.headers, bytes(body))

    async def stream(self, request: Request) -> StdlibStream:
        url, headers = request.full_url, dict(request.headers)
        for _ in range(MAX_REDIRECTS + 1):
            stream = _sent(request, url, headers)
            target = stream.headers.get("location")
            if request.method not in FOLLOWED or stream.status not in REDIRECTS or target is None:
                return stream
            await stream.close()
            before, url = url, urljoin(url, target)
            if not same_server(before, url):
                headers = {name: value for name, value in headers.items() if name.lower() in ABROAD}
        raise ConnectionFailed(f"{request}: more than {MAX_REDIRECTS} redirects", request=str(request))

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 - blocking is what this IO is for

    async def aside(self, work: Callable[[], T]) -> T:
        return work()

    async def close(self) -> None:
        """Nothing stays open between requests."""

    def now(self) -> float:
        return time.monotonic()


class StdlibStream:
    """An answer of http.client, read as it comes."""

    def __init__(self, request: Request, connection: HTTPConnection, answer: HTTPResponse) -> None:
        self._request, self._connection, self._answer = request, connection, answer
        self.status = answer.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in answer.getheaders()}

    async def read(self) -> bytes:
        try:
            chunk = self._answer.read1(CHUNK)
        except (OSError, HTTPException) as error:
            raise _failure(self._request, error, sent=True) from error
        if not chunk and self._answer.length:
            raise ConnectionFailed(
                f"{self._request}: the connection broke with {self._answer.length} bytes to come",
                request=str(self._request),
            )
        return chunk

    async def close(self) -> None:
        self._answer.close()
        self._connection.close()


def _sent(request: Request, url: str, headers: Mapping[str, str]) -> StdlibStream:
    """The request on its way, its answer's status and headers read."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConnectionFailed(f"{request}: not an http or https address", request=str(request), sent=False)
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = HTTPSConnection(parts.hostname, parts.port, timeout=CONNECT_TIMEOUT, context=context)
    else:
        connection = HTTPConnection(parts.hostname, parts.port, timeout=CONNECT_TIMEOUT)
    connected = False
    try:
        connection.connect()
        connected = True
        connection.sock.settimeout(request.timeout)
        body = _Body(request)
        lines = {"Accept": "*/*", **body.headers, **headers}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, body=body.chunks(), headers=lines)
        return StdlibStream(request, connection, connection.getresponse())
    except (OSError, HTTPException) as error:
        connection.close()
        raise _failure(request, error, sent=connected) from error
    except BaseException:
        connection.close()
        raise


def _failure(request: Request, error: Exception, *, sent: bool) -> ConnectionFailed:
    kind = RequestTimeout if isinstance(error, TimeoutError) else ConnectionFailed
    return kind(f"{request}: no answer: {error or type(error).__name__}", request=str(request), sent=sent)


class _Body:
    """A request's body in pieces, and the headers that describe it; files are read while they are sent."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._boundary = ""
        self._json = b"" if request.json is None else json.dumps(request.json, allow_nan=False).encode()
        self.headers: dict[str, str] = {}
        if request.json is not None:
            self.headers["Content-Type"] = "application/json"
            self.headers["Content-Length"] = str(len(self._json))
        elif request.fields or request.files:
            self._boundary = os.urandom(16).hex()
            self.headers["Content-Type"] = f"multipart/form-data; boundary={self._boundary}"
            self.headers["Content-Length"] = str(
                sum(len(head) + size + len(b"\r\n") for head, size, _ in self._parts()) + len(self._end())
            )

    def chunks(self) -> Iterator[bytes] | None:
        if self._json:
            return iter([self._json])
        return self._multipart() if self._boundary else None

    def _parts(self) -> Iterator[tuple[bytes, int, str | FilePart]]:
        """Of each part its head, the size of what follows in bytes, and that."""
        for name, text in repeated(self._request.fields):
            yield self._head(name), len(text.encode()), text
        for name, part in repeated(self._request.files):
            with part.opened() as file:
                size = _size(file)
            yield self._head(name, part), size, part

    def _head(self, name: str, part: FilePart | None = None) -> bytes:
        lines = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if part is not None:
            lines += f'; filename="{_quoted(part.filename)}"\r\nContent-Type: {part.media_type}'
        return f"{lines}\r\n\r\n".encode()

    def _multipart(self) -> Iterator[bytes]:
        for head, _, content in self._parts():
            yield head
            if isinstance(content, str):
                yield content.encode()
            else:
                with content.opened() as file:
                    while chunk := file.read(CHUNK):
                        yield chunk
            yield b"\r\n"
        yield self._end()

    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()


def _quoted(text: str) -> str:
    """As HTML forms write names: quotes and line ends by their percent codes."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _size(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size
