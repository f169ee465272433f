"""A small server of videos on the loopback, and an IO that follows a script.

The server speaks the wire and refuses what the real one refuses: a wrong key, a body that is no
VideoCreate, a reference to nothing, a key used for two bodies, content of an unfinished job. Faults
are ordered one by one: an answer that gets lost, a status, a download that breaks off.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pydantic import ValidationError

from cutaway import AsyncCutaway, Cutaway, wire
from cutaway.client.io_stdlib import StdlibIO
from cutaway.client.request import Answer, Request
from cutaway.errors import ConnectionFailed

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-this-test"
Act = Callable[[Callable[[Any], Any]], Any]
MOVIE = bytes(range(256)) * 4000
"""What every finished job's content is: 1 024 000 bytes that differ from place to place."""


@dataclass
class Fault:
    """What goes wrong with the next request whose line matches `path`."""

    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    before: bool = False
    """Lose the request before anything is done; otherwise lose the answer after all is done."""
    cut_after: int | None = None
    """Break a download off after that many bytes."""


@dataclass
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    json: Any = None
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


class Movies:
    """The state of the server. A job moves one step along `script` each time it is asked for."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.characters: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[Any, str]] = {}
        self.faults: list[Fault] = []
        self.received: list[Received] = []
        self.script: list[dict[str, Any]] = [
            {"status": "queued"},
            {"status": "in_progress", "progress": 50},
            {"status": "completed", "progress": 100},
        ]
        self.dialect = "cutaway"
        self.tells_events = True
        self.wrong_digest = False
        self.url = ""

    def requests(self, method: str, path: str) -> list[Received]:
        return [seen for seen in self.received if seen.method == method and re.fullmatch(path, seen.path)]

    def fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.path, path):
                self.faults.remove(fault)
                return fault
        return None

    def add(self, **facts: Any) -> dict[str, Any]:
        with self.lock:
            identity = f"video_{len(self.jobs) + 1:04}"
            job = {
                "id": identity, "object": "video", "created_at": 1_700_000_000 + len(self.jobs), "model": "bars",
                "progress": 0, "seconds": "4", "size": "1280x720", **self.script[0], **facts,
                "cutaway": {"state": self.script[0].get("status", "queued"), "format": "mp4"},
            }  # fmt: skip
            self.jobs[identity], self.steps[identity] = job, 0
            return job

    def advance(self, identity: str) -> dict[str, Any]:
        with self.lock:
            job = self.jobs[identity]
            self.steps[identity] = min(self.steps[identity] + 1, len(self.script) - 1)
            job.update(self.script[self.steps[identity]])
            states = {"in_progress": "running"}
            job["cutaway"]["state"] = job.get("state", states.get(job["status"], job["status"]))
            return dict(job)

    def finish(self, identity: str) -> None:
        while self.jobs[identity]["status"] not in {"completed", "failed"}:
            self.advance(identity)


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": param}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    movies: ClassVar[Movies]

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def serve(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        seen = Received(self.command, path, {k: v[0] for k, v in parse_qs(parts.query).items()}, self.lower_headers())
        self.read_body(seen)
        self.movies.received.append(seen)
        self.fault = self.movies.fault(f"{self.command} {path}")
        if self.fault and self.fault.before:
            self.close_connection = True
            return
        if self.fault and self.fault.status:
            self.send(self.fault.status, self.fault.body or {}, self.fault.headers)
            return
        try:
            self.answer(seen)
        except Refused as refused:
            self.send(refused.status, refused.body, {"x-should-retry": "false"})

    def lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def read_body(self, seen: Received) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            seen.json = json.loads(body)
        elif kind.startswith("multipart/form-data"):
            message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
            for part in message.get_payload():  # type: ignore[union-attr]
                name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
                content = part.get_payload(decode=True)  # type: ignore[union-attr]
                if part.get_filename():  # type: ignore[union-attr]
                    seen.files[str(name)] = content  # type: ignore[assignment]
                else:
                    seen.fields[str(name)] = content.decode()  # type: ignore[union-attr]

    def send(self, status: int, body: Any, headers: Mapping[str, str] = {}) -> None:
        if self.fault and not self.fault.status and self.fault.cut_after is None:
            self.close_connection = True
            return
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(raw)), "X-Request-Id": "req_7"}
        for name, value in {**usual, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def answer(self, seen: Received) -> None:
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401, "invalid_api_key", "no such key")
        movies, path = self.movies, seen.path
        if path == "/v1/cutaway/capabilities" and movies.dialect == "cutaway":
            self.send(200, wire.Capabilities(version="0.1.0").model_dump(mode="json"))
        elif path == "/v1/models":
            self.send(200, {"object": "list", "data": [{"id": "bars", "object": "model"}]})
        elif path == "/v1/cutaway/queue" and movies.dialect == "cutaway":
            waiting = [{"id": "video_0002", "state": "queued", "position": 1, "eta_s": 4.5}]
            self.send(200, {"object": "queue", "running": 1, "queued": 1, "jobs": waiting})
        elif path == "/v1/cutaway/styles" and movies.dialect == "cutaway":
            style = {"id": "noir", "object": "style", "description": "black and white", "models": ["draft"]}
            self.send(200, {"object": "list", "data": [style]})
        elif path.startswith("/v1/files"):
            self.answer_file(seen)
        elif path.startswith("/v1/videos/characters"):
            self.answer_character(seen, path.removeprefix("/v1/videos/characters").lstrip("/"))
        elif seen.method == "POST" and (match := re.fullmatch("/v1/videos/([^/]+)/cancel", path)):
            job = self.job(match[1])
            job.update(status="failed", error={"code": "cancelled", "message": "cancelled"})
            job["cutaway"]["state"] = "cancelled"
            self.send(200, job)
        elif seen.method == "POST" and re.fullmatch("/v1/videos(/edits|/extensions|/[^/]+/remix)?", path):
            self.make(seen)
        elif path == "/v1/videos":
            self.list(seen)
        elif match := re.fullmatch("/v1/videos/([^/]+)(/content|/events)?", path):
            self.answer_video(seen, match[1], match[2])
        else:
            self.send(404, {"detail": "Not Found"})

    def job(self, identity: str) -> dict[str, Any]:
        if identity not in self.movies.jobs:
            raise Refused(404, "video_not_found", f"there is no video {identity}")
        return self.movies.jobs[identity]

    def make(self, seen: Received) -> None:
        movies = self.movies
        if movies.dialect == "cutaway" and seen.json is None:
            raise Refused(415, "invalid_request", "the client of cutaway sends JSON")
        if movies.dialect == "cutaway":
            try:
                wire.VideoCreate.model_validate(seen.json)
            except ValidationError as error:
                raise Refused(400, "invalid_request", str(error)) from None
            self.check_references(seen.json)
            if seen.json.get("cutaway", {}).get("dry_run"):
                self.send(200, {"object": "estimate", "verb": "generate", "model": "draft", "num_frames": 96})
                return
        body = seen.json or {**seen.fields, **{name: len(file) for name, file in seen.files.items()}}
        key = seen.headers.get("idempotency-key")
        with movies.lock:
            if key in movies.keys and movies.dialect == "cutaway":
                before, identity = movies.keys[key]
                if before != body:
                    raise Refused(422, "idempotency_key_reuse", "this key was used for another body")
                self.send(200, movies.jobs[identity], {"Idempotent-Replayed": "true"})
                return
            job = movies.add(prompt=body.get("prompt", ""))
            if key:
                movies.keys[key] = body, job["id"]
        self.send(200, job)

    def answer_character(self, seen: Received, identity: str) -> None:
        known = self.movies.characters
        if seen.method == "POST" and not identity:
            body = seen.json if self.movies.dialect == "cutaway" else {**seen.fields, **seen.files}
            if not body or not body.get("name") or "video" not in body:
                raise Refused(400, "missing_required_parameter", "a name and a video are wanted")
            if self.movies.dialect == "cutaway":
                self.check_references(body["video"])
            described = {"description": body.get("cutaway", {}).get("description", "")}
            made = {"id": f"char_{len(known) + 1}", "object": "character", "created_at": 1, "name": body["name"]}
            known[made["id"]] = {**made, "cutaway": described} if self.movies.dialect == "cutaway" else made
            self.send(200, known[made["id"]])
        elif seen.method == "GET" and not identity and self.movies.dialect == "cutaway":
            names = list(reversed(known))
            begin = names.index(seen.query["after"]) + 1 if "after" in seen.query else 0
            shown = names[begin : begin + 2]
            page = {"data": [known[name] for name in shown], "last_id": shown[-1] if shown else None}
            self.send(200, {"object": "list", "has_more": len(names) > begin + 2, **page})
        elif identity not in known:
            raise Refused(404, "character_not_found", f"there is no character {identity}")
        elif seen.method == "DELETE":
            del known[identity]
            self.send(200, {"id": identity, "object": "character.deleted", "deleted": True})
        else:
            self.send(200, known[identity])

    def check_references(self, value: Any) -> None:
        if isinstance(value, Mapping):
            if "file_id" in value and value["file_id"] not in self.movies.files:
                raise Refused(404, "file_not_found", f"there is no file {value['file_id']}")
            if set(value) <= {"id", "frame"} and "id" in value:
                self.job(value["id"])
            for name, part in value.items():
                if name != "characters":
                    self.check_references(part)
                elif unknown := [one["id"] for one in part if one["id"] not in self.movies.characters]:
                    raise Refused(404, "character_not_found", f"there is no character {unknown[0]}", "characters")
        elif isinstance(value, list):
            for part in value:
                self.check_references(part)

    def list(self, seen: Received) -> None:
        limit = int(seen.query.get("limit", "20"))
        if (key := seen.query.get("idempotency_key")) and self.movies.dialect == "cutaway":
            made = [self.movies.jobs[self.movies.keys[key][1]]] if key in self.movies.keys else []
            self.send(200, {"object": "list", "data": made, "has_more": False}, {"Idempotency-Key": key})
            return
        jobs = list(self.movies.jobs.values())
        if seen.query.get("order", "desc") == "desc":
            jobs.reverse()
        if "after" in seen.query:
            places = [place for place, job in enumerate(jobs) if job["id"] == seen.query["after"]]
            if not places:
                raise Refused(400, "invalid_request", "no such cursor", "after")
            jobs = jobs[places[0] + 1 :]
        page = jobs[:limit]
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
        self.send(200, {"object": "list", "data": page, "has_more": len(jobs) > limit, **ends})

    def answer_file(self, seen: Received) -> None:
        movies = self.movies
        if seen.method == "POST":
            if "file" not in seen.files:
                raise Refused(400, "missing_required_parameter", "no file", "file")
            identity = f"file_{len(movies.files) + 1}"
            movies.files[identity] = seen.files["file"]
            size = len(seen.files["file"])
            self.send(200, {"id": identity, "object": "file", "bytes": size, "purpose": seen.fields["purpose"]})
            return
        identity = seen.path.rsplit("/", 1)[1]
        if identity not in movies.files:
            raise Refused(404, "file_not_found", f"there is no file {identity}")
        if seen.method == "DELETE":
            del movies.files[identity]
            self.send(200, {"id": identity, "object": "file", "deleted": True})
        else:
            self.send(200, {"id": identity, "object": "file", "bytes": len(movies.files[identity])})

    def answer_video(self, seen: Received, identity: str, rest: str | None) -> None:
        job = self.job(identity)
        if rest == "/content":
            self.send_content(seen, job)
        elif rest == "/events":
            self.send_events(seen, identity)
        elif seen.method == "DELETE":
            del self.movies.jobs[identity]
            self.send(200, {"id": identity, "object": "video.deleted", "deleted": True})
        else:
            self.send(200, self.movies.advance(identity), {"openai-poll-after-ms": "10"})

    def send_events(self, seen: Received, identity: str) -> None:
        if not self.movies.tells_events:
            raise Refused(404, "not_found", "no such route")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        seq = int(seen.headers.get("last-event-id", "0"))
        self.wfile.write(b": keep-alive\n\n")
        while True:
            seq += 1
            job = self.movies.advance(identity)
            event = json.dumps({"seq": seq, "type": "state", "video": job})
            self.wfile.write(f"id: {seq}\nevent: state\ndata: {event}\n\n".encode())
            self.wfile.flush()
            if job["status"] in {"completed", "failed"} or self.fault:
                return

    def send_content(self, seen: Received, job: Mapping[str, Any]) -> None:
        if job["status"] != "completed":
            raise Refused(409, "video_not_ready", f"{job['id']} is {job['status']}")
        variant = seen.query.get("variant", "video")
        body, kind = (MOVIE, "video/mp4") if variant == "video" else (b"\x89PNG of " + variant.encode(), "image/png")
        digest = base64.b64encode(hashlib.sha256(b"?" if self.movies.wrong_digest else body).digest()).decode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        start, status, extra = 0, 200, {}
        span = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
        if span and seen.headers.get("if-range", tag) == tag:
            start = int(span[1])
            if start >= len(body):
                self.send(416, {}, {"Content-Range": f"bytes */{len(body)}"})
                return
            status, extra = 206, {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        self.send_response(status)
        headers = {
            "Content-Type": kind, "Content-Length": str(len(body) - start), "ETag": tag,
            "Repr-Digest": f"sha-256=:{digest}:", **extra,
        }  # fmt: skip
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.fault and self.fault.cut_after is not None:
            self.wfile.write(body[start : start + self.fault.cut_after])
            self.close_connection = True
            return
        self.wfile.write(body[start:])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of this test's own, and nothing else from the environment."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CUTAWAY_HOME", str(folder))
    monkeypatch.delenv("CUTAWAY_BASE_URL", raising=False)
    monkeypatch.delenv("CUTAWAY_API_KEY", raising=False)
    monkeypatch.delenv("CUTAWAY_DIALECT", raising=False)
    return folder


@pytest.fixture
def movies() -> Iterator[Movies]:
    """A running server; `url` is its address and the test may order faults."""
    state = Movies()
    handler = type("BoundHandler", (Handler,), {"movies": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts stay in proportion, but not in length."""
    monkeypatch.setattr("cutaway.client.session.BACKOFF", (0.005, 0.05))


@pytest.fixture
def client(movies: Movies) -> Iterator[Cutaway]:
    with Cutaway(movies.url, KEY) as made:
        yield made


@pytest.fixture
def async_client(movies: Movies) -> AsyncCutaway:
    """To be used as `async with async_client as client`."""
    return AsyncCutaway(f"{movies.url}/v1", KEY)


@pytest.fixture(params=["blocking", "stdlib", "async"])
def act(request: pytest.FixtureRequest, movies: Any) -> Act:
    """Runs `body`, a coroutine that settles whatever the verbs give, on one of the faces."""

    def on_a_client(body: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        async def whole() -> Any:
            if request.param == "async":
                async with AsyncCutaway(movies.url, KEY) as client:
                    return await body(client)
            with Cutaway(movies.url, KEY, io=StdlibIO() if request.param == "stdlib" else None) as client:
                return await body(client)

        return asyncio.run(whole())

    return on_a_client


@dataclass
class Line:
    """One line of a script: the request it expects and what comes of it."""

    expected: str
    outcome: Answer | ConnectionFailed | list[bytes | ConnectionFailed]


class ScriptedStream:
    def __init__(self, chunks: list[bytes | ConnectionFailed]) -> None:
        self.status, self.headers = 200, {"content-type": "text/event-stream"}
        self._chunks = list(chunks)
        self.closed = False

    async def read(self) -> bytes:
        assert not self.closed, "read after close"
        if not self._chunks:
            return b""
        chunk = self._chunks.pop(0)
        if isinstance(chunk, ConnectionFailed):
            raise chunk
        return chunk

    async def close(self) -> None:
        self.closed = True


class ScriptedIO:
    """An IO that answers from a script, in its order, and has a clock that only sleeping moves."""

    def __init__(self) -> None:
        self.script: list[Line] = []
        self.sent: list[Request] = []
        self.slept: list[float] = []
        self.streams: list[ScriptedStream] = []
        self.time = 1000.0
        self.per_request = 0.0

    def expect(self, line: str, outcome: Any, headers: Mapping[str, str] | None = None) -> None:
        """`line` is "GET /v1/..." as a pattern; `outcome` an error, an (object, status), a stream's chunks or an object."""
        if isinstance(outcome, tuple):
            body, status = outcome
            outcome = Answer(status, dict(headers or {}), json.dumps(body).encode())
        elif not isinstance(outcome, (Answer, ConnectionFailed, list)):
            outcome = Answer(200, dict(headers or {}), json.dumps(outcome).encode())
        self.script.append(Line(line, outcome))

    def _next(self, request: Request) -> Any:
        self.sent.append(request)
        self.time += self.per_request
        assert self.script, f"nothing more was expected, and there came {request}"
        line = self.script.pop(0)
        path = str(request).replace("http://server", "")
        assert re.fullmatch(line.expected, path), f"{line.expected} was expected, and there came {path}"
        if isinstance(line.outcome, ConnectionFailed):
            raise line.outcome
        return line.outcome

    async def request(self, request: Request) -> Answer:
        outcome = self._next(request)
        assert isinstance(outcome, Answer)
        return outcome

    async def stream(self, request: Request) -> Any:
        outcome = self._next(request)
        if isinstance(outcome, Answer):
            stream = ScriptedStream([outcome.body] if outcome.body else [])
            stream.status, stream.headers = outcome.status, dict(outcome.headers)
        else:
            stream = ScriptedStream(outcome)
        self.streams.append(stream)
        return stream

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds

    async def aside(self, work: Any) -> Any:
        return work()

    async def close(self) -> None:
        assert all(stream.closed for stream in self.streams), "a stream was left open"

    def now(self) -> float:
        return self.time


@pytest.fixture
def scripted() -> Iterator[ScriptedIO]:
    io = ScriptedIO()
    yield io
    assert not io.script, f"expected and never sent: {[line.expected for line in io.script]}"
