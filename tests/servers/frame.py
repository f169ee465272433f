"""What every stub server stands on: a loopback HTTP server that keeps what arrived, and whose troubles are ordered.

A stub is a function from a request to a reply; most are `Routes` with state. `StubServer` serves one:

    with StubServer(sglang.app()) as server:
        server.trouble(status=503, headers={"retry-after": "0"}, times=2, path="/v1/videos")
        ...
        assert [request.method for request in server.requests] == ["POST", "POST", "POST"]

Time in a stub is counted in requests: a job moves one step each time it is asked for, so nothing waits for a clock.
Every stub runs alone too: `python tests/servers/sglang.py --port 0` prints its address, and ends by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

M = TypeVar("M", bound=BaseModel)

MOVIE = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 256
"""What a finished job's content is where a test gives nothing else: 64 KiB that differ from place to place."""

Drop = Literal["unread", "undone", "unanswered", "torn"]
"""Where a connection breaks: before the body is read; after it was read and before anything is done; after the
deed, with its answer lost; in the middle of the answer's body.
"""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part as it arrived."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it arrived. Header names are in lower case; `fields` and `files` keep repeated names, in order."""

    method: str
    path: str
    """Without the query, percent codes decoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    json: Any = None
    fields: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, Upload]] = ()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def form(self) -> dict[str, str]:
        """The text fields; of a repeated one the last, as a form's `get` gives it."""
        return dict(self.fields)

    @property
    def uploads(self) -> dict[str, Upload]:
        """The files; of a repeated name the last one."""
        return dict(self.files)

    def all_files(self, name: str) -> list[Upload]:
        return [upload for part, upload in self.files if part == name]

    def all_fields(self, name: str) -> list[str]:
        return [text for part, text in self.fields if part == name]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is sent as it is where it is bytes, otherwise as JSON; None is no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised in a stub: this request gets that error answer."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:
        super().__init__(f"{status}: {body}")
        self.reply = Reply(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


App = Callable[[Heard], Reply]


class Routes:
    """A stub with paths: `routes` maps (method, pattern) to a handler; the pattern's groups are its arguments.

    Handlers run one at a time. What has no route is answered as FastAPI answers it.
    """

    routes: Mapping[tuple[str, str], Callable[..., Reply]]

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def __call__(self, heard: Heard) -> Reply:
        others = []
        for (method, pattern), handler in self.routes.items():
            match = re.fullmatch(pattern, heard.path)
            if match is None:
                continue
            if method != heard.method:
                others.append(method)
                continue
            with self.lock:
                try:
                    return handler(heard, *match.groups())
                except Refused as refused:
                    return refused.reply
        if others:
            return Reply(405, {"detail": "Method Not Allowed"}, {"allow": ", ".join(others)})
        return Reply(404, {"detail": "Not Found"})


@dataclass
class Trouble:
    """What goes wrong with a request, and with which; see `StubServer.trouble`."""

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: Drop | None = None
    after: int = 0
    delay: float = 0.0
    times: int = 1
    method: str | None = None
    path: str = ""

    def meets(self, heard: Heard) -> bool:
        return self.times > 0 and self.method in {None, heard.method} and re.search(self.path, heard.path) is not None


class StubServer:
    """An app on a free port of 127.0.0.1, from entering the context to leaving it."""

    def __init__(self, app: App, *, port: int = 0) -> None:
        self.app = app
        self.requests: list[Heard] = []
        """Everything that arrived, also what was refused; a request dropped unread is there without its body."""
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._leaving = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def trouble(
        self,
        *,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        drop: Drop | None = None,
        after: int = 0,
        delay: float = 0.0,
        times: int = 1,
        method: str | None = None,
        path: str = "",
    ) -> None:
        """The next `times` requests with this method, whose path has `path` (a regular expression) in it, go wrong.

        With `status` they get that answer and the app never sees them. `drop` breaks the connection; "torn" after
        `after` bytes of the answer's body. `delay` is in seconds and comes first; alone, it only makes an answer slow.
        """
        trouble = Trouble(status, body, headers or {}, drop, after, delay, times, method, path)
        with self._lock:
            self._troubles.append(trouble)

    def heard(self, method: str, path: str = "") -> list[Heard]:
        """The requests with this method whose path has `path` (a regular expression) in it."""
        return [request for request in self.requests if request.method == method and re.search(path, request.path)]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # -- for the handler -----------------------------------------------------------------------

    def met(self, heard: Heard) -> Trouble | None:
        with self._lock:
            for trouble in self._troubles:
                if trouble.meets(heard):
                    trouble.times -= 1
                    return trouble
        return None

    def pause(self, seconds: float) -> None:
        """Wait, but not for longer than the server is there."""
        self._leaving.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no event here."""


def _handler(server: StubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Silent."""

        def answer(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): text for name, text in self.headers.items()}
            heard = Heard(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), headers)
            trouble = server.met(heard) or Trouble()
            server.pause(trouble.delay)
            if trouble.drop == "unread":
                server.requests.append(heard)
                self.close_connection = True
                return
            heard = _read(heard, self._body(headers))
            server.requests.append(heard)
            if trouble.drop == "undone":
                self.close_connection = True
                return
            reply = Reply(trouble.status, trouble.body, trouble.headers) if trouble.status else server.app(heard)
            if trouble.drop == "unanswered":
                self.close_connection = True
                return
            self._send(reply, trouble.after if trouble.drop == "torn" else None)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

        def _body(self, headers: Mapping[str, str]) -> bytes:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers.get("content-length", 0)))
            body = b""
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _send(self, reply: Reply, torn_after: int | None) -> None:
            headers = dict(reply.headers)
            if isinstance(reply.body, bytes):
                body = reply.body
            elif reply.body is None:
                body = b""
            else:
                body = json.dumps(reply.body).encode()
                headers.setdefault("content-type", "application/json")
            self.send_response(reply.status)
            for name, text in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command == "HEAD":
                return
            if torn_after is not None:
                body, self.close_connection = body[:torn_after], True
            self.wfile.write(body)

    return Handler


def _read(heard: Heard, body: bytes) -> Heard:
    """The request with its body parsed by its media type; what cannot be parsed stays as bytes."""
    parsed: dict[str, Any] = {}
    if heard.media_type == "application/json":
        with suppress(ValueError):
            parsed["json"] = json.loads(body)
    elif heard.media_type == "application/x-www-form-urlencoded":
        parsed["fields"] = parse_qsl(body.decode(), keep_blank_values=True)
    elif heard.media_type == "multipart/form-data":
        parts = list(_parts(heard.headers["content-type"], body))
        parsed["fields"] = [(name, content.decode()) for name, filename, _, content in parts if filename is None]
        parsed["files"] = [
            (name, Upload(filename, kind, content)) for name, filename, kind, content in parts if filename is not None
        ]
    return Heard(heard.method, heard.path, heard.query, heard.headers, body, **parsed)


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, str | None, str, bytes]]:
    """Of each part of a multipart body: name, file name, media type, content."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    assert boundary is not None, f"multipart without a boundary: {content_type}"
    line = b"--" + boundary[1].encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + line)
    assert pieces[0] == b"", f"a multipart body begins with its boundary, not with {pieces[0][:40]!r}"
    assert pieces[-1].startswith(b"--"), "the multipart body has no end"
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = dict(row.split(": ", 1) for row in head.decode().split("\r\n"))
        facts = {name.lower(): text for name, text in lines.items()}
        named = dict(re.findall(r'(\w+)="([^"]*)"', facts["content-disposition"]))
        filename = named.get("filename")
        yield (
            unquote(named["name"]),
            None if filename is None else unquote(filename),
            facts.get("content-type", "text/plain"),
            content,
        )


# -- what servers written with FastAPI answer ----------------------------------------------------


def validated(model: type[M], values: Any, where: str = "body") -> M:
    """`values` as `model`, refused with FastAPI's 422 where it is none."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [{**row, "loc": [where, *row["loc"]]} for row in json.loads(error.json(include_url=False))]
        raise Refused(422, {"detail": problems}) from None


def missing(name: str, where: str = "body") -> Refused:
    """FastAPI's answer to a required value that is not there."""
    return Refused(422, {"detail": [{"type": "missing", "loc": [where, name], "msg": "Field required", "input": None}]})


def not_a_file(name: str, given: str) -> Refused:
    """FastAPI's answer to a text where it wants a file."""
    said = "Value error, Expected UploadFile, received: <class 'str'>"
    problem = {"type": "value_error", "loc": ["body", name], "msg": said, "input": given, "ctx": {"error": {}}}
    return Refused(422, {"detail": [problem]})


def openapi(title: str, version: str, *paths: str) -> Reply:
    """An OpenAPI document, with only so much in it as tells what kind of server this is."""
    described = {path: {} for path in paths}
    return Reply(200, {"openapi": "3.1.0", "info": {"title": title, "version": version}, "paths": described})


def file_reply(heard: Heard, content: bytes, media_type: str = "video/mp4", filename: str | None = None) -> Reply:
    """A file as Starlette's FileResponse sends it: with ETag and Last-Modified, whole or in the one asked range."""
    headers = {
        "content-type": media_type,
        "accept-ranges": "bytes",
        "etag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"',
        "last-modified": formatdate(1_760_000_000, usegmt=True),
    }
    if filename:
        headers["content-disposition"] = f'attachment; filename="{filename}"'
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", heard.headers.get("range", ""))
    known = heard.headers.get("if-range")
    if asked is None or (known is not None and known not in {headers["etag"], headers["last-modified"]}):
        return Reply(200, content, headers)
    start, end = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
    if start >= len(content):
        return Reply(416, b"", {**headers, "content-range": f"bytes */{len(content)}"})
    headers["content-range"] = f"bytes {start}-{end}/{len(content)}"
    return Reply(206, content[start : end + 1], headers)


# -- a stub as a program -------------------------------------------------------------------------


def serve_alone(app: Callable[[], App], argv: Sequence[str] | None = None) -> None:
    """Serve until the time is over or Ctrl-C; the first line printed is the address."""
    parser = argparse.ArgumentParser(description=(app.__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long to serve, at most")
    given = parser.parse_args(argv)
    with StubServer(app(), port=given.port) as server:
        print(server.url, flush=True)
        with suppress(KeyboardInterrupt):
            time.sleep(given.seconds)
