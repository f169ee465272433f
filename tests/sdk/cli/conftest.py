"""A server that plays a script, on this machine, and the command line pointed at it.

It refuses what the runtime refuses: a missing key, an unknown id, the content of a job that is not completed.
"""

import hashlib
import json
import subprocess
import sys
import threading
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest

from cutaway import wire
from cutaway.cli.app import run

KEY = "the-right-key"
FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40


def details(state, **more):
    return wire.Details(state=state, num_frames=96, fps="24", seed=7, engine="draft", preview=True, **more)


@dataclass
class Script:
    """What the server does. A job shows its `course` one answer at a time and stays at the last."""

    course: list = field(default_factory=lambda: [("running", 40, {}), ("completed", 100, {})])
    refuse: tuple = ()
    """Status and error of every POST /v1/videos, instead of a job."""
    created: list = field(default_factory=list)
    """The bodies of the creates."""
    cancelled: list = field(default_factory=list)
    asked: dict = field(default_factory=dict)
    characters: dict = field(default_factory=dict)
    lost: int = 0
    """Answers to the next creates that get lost; the jobs are made."""
    pause: float = 0
    """Seconds before a create is answered; the job is made at once."""
    keys: dict = field(default_factory=dict)
    """Which job was made under which key."""
    estimate: dict = field(default_factory=lambda: {"object": "estimate", "verb": "generate", "model": "draft"})
    """What every dry run would come to."""
    cut: bool = False
    """Break the connection of every question about a job."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    @property
    def script(self):
        return self.server.script

    def answer(self, status, body, headers=()):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        with suppress(BrokenPipeError):  # whoever asked was interrupted
            self.wfile.write(content)

    def refuse(self, status, code, message, *headers):
        body = {"error": {"message": message, "type": "x", "param": None, "code": code}}
        self.answer(status, body, (("x-should-retry", "false"), *headers))

    def do(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self.refuse(401, "invalid_api_key", "this server wants its key")
        parts = path.removeprefix("/v1/").split("/")
        if path == "/v1/cutaway/capabilities":
            model = wire.ModelInfo(id="draft", preview=True, verbs={"generate": "native", "fill": "composed"})
            offered = wire.Capabilities(
                version="1", models=[model], default_models={"generate": "draft"}, styles=["pixel"]
            )
            return self.answer(200, offered.model_dump(mode="json"))
        if path == "/v1/files" and method == "POST":
            film = body.partition(b"ftypisom")[2].partition(b"\r\n--")[0]
            return self.answer(200, {"id": f"file_{hashlib.sha256(film).hexdigest()[:8]}", "object": "file"})
        if parts[:2] == ["videos", "characters"]:
            return self.character(method, parts[2:], body)
        if parts[0] != "videos":
            return self.refuse(404, "route_not_found", f"no route {path}")
        if (method == "POST" and len(parts) == 1) or parts[1:] in (["edits"], ["extensions"]):
            return self.create(json.loads(body))
        if method == "GET" and self.path.startswith("/v1/videos?idempotency_key="):
            key = self.path.partition("=")[2]
            jobs = [self.job(self.script.keys[key]).model_dump(mode="json")] if key in self.script.keys else []
            found = wire.VideoPage(data=jobs).model_dump(mode="json")
            return self.answer(200, found, (("Idempotency-Key", key),))
        if method == "GET" and len(parts) == 1:
            jobs = [self.job(job_id).model_dump(mode="json") for job_id in self.script.asked]
            return self.answer(200, wire.VideoPage(data=jobs).model_dump(mode="json"))
        return self.about(method, parts)

    def create(self, body):
        if self.script.refuse:
            return self.refuse(*self.script.refuse)
        if wire.VideoCreate.model_validate(body).cutaway.dry_run:
            return self.answer(200, self.script.estimate)
        key = self.headers["Idempotency-Key"]
        if key not in self.script.keys:
            self.script.created.append(body)
            self.script.keys[key] = job_id = f"video_{len(self.script.created):04}"
            self.script.asked[job_id] = -1
        time.sleep(self.script.pause)
        if self.script.lost:
            self.script.lost -= 1
            self.close_connection = True
            return self.connection.shutdown(2)
        return self.answer(200, self.job(self.script.keys[key], "queued", 0).model_dump(mode="json"))

    def character(self, method, rest, body):
        known = self.script.characters
        if method == "POST":
            asked = wire.CharacterCreate.model_validate(json.loads(body))
            made = wire.Character(
                id=f"char_{len(known) + 1}",
                name=asked.name,
                created_at=int(time.time()) - 90,
                cutaway=wire.CharacterDetails(description=asked.cutaway.description),
            )
            known[made.id] = made.model_dump(mode="json")
            return self.answer(200, known[made.id])
        if not rest:
            return self.answer(200, {"object": "list", "data": list(reversed(known.values())), "has_more": False})
        if rest[0] not in known:
            return self.refuse(404, "character_not_found", f"there is no character '{rest[0]}' here")
        del known[rest[0]]
        return self.answer(200, wire.CharacterDeleted(id=rest[0]).model_dump())

    def about(self, method, parts):
        job_id, *rest = parts[1:]
        if job_id not in self.script.asked:
            return self.refuse(404, "video_not_found", f"there is no video '{job_id}' here")
        if self.script.cut:
            self.close_connection = True
            return self.connection.shutdown(2)
        if rest == ["cancel"]:
            self.script.cancelled.append(job_id)
            return self.answer(200, self.job(job_id, "cancelled", 10).model_dump(mode="json"))
        if rest == ["content"]:
            if self.job(job_id).status != "completed":
                return self.refuse(409, "video_not_ready", f"{job_id} is not ready")
            return self.answer(200, FILM, (("Content-Type", "video/mp4"),))
        if rest:
            return self.refuse(404, "route_not_found", f"no route {self.path}")
        if method == "DELETE":
            del self.script.asked[job_id]
            return self.answer(200, wire.VideoDeleted(id=job_id).model_dump())
        self.script.asked[job_id] += 1
        return self.answer(200, self.job(job_id).model_dump(mode="json"), (("openai-poll-after-ms", "50"),))

    def job(self, job_id, state=None, progress=0):
        more = {}
        if state is None:
            place = max(0, min(self.script.asked[job_id], len(self.script.course) - 1))
            state, progress, more = self.script.course[place]
        made = wire.STATUS_OF[wire.State(state)]
        error = more.get("error") or ({"code": "cancelled", "message": "cancelled"} if state == "cancelled" else None)
        about = details(state, **{name: value for name, value in more.items() if name != "error"})
        if state == "completed":
            about.sha256, about.bytes = hashlib.sha256(FILM).hexdigest(), len(FILM)
        return wire.Video(
            id=job_id,
            status=made,
            progress=progress,
            prompt="a red ball",
            model="draft",
            seconds="4",
            size="640x360",
            error=error,
            cutaway=about,
        )

    def do_GET(self):
        self.do("GET")

    def do_POST(self):
        self.do("POST")

    def do_DELETE(self):
        self.do("DELETE")


class Cli:
    """The command line, pointed at the server: called, it runs in this process; started, in one of its own."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder

    def words(self, words, key=KEY):
        return ["--base-url", self.url, "--api-key", key, *words]

    def __call__(self, *words, key=KEY):
        with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
            code = run(self.words(words, key))
        return Ended(int(code), stdout.getvalue(), stderr.getvalue())

    def start(self, *words):
        command = [sys.executable, "-m", "cutaway.cli", *self.words(words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass
class Ended:
    code: int
    stdout: str
    stderr: str

    @property
    def object(self):
        """The one object of `--json`."""
        assert self.stdout.count("\n") == 1, self.stdout
        return json.loads(self.stdout)


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.script = Script()
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def script(server):
    return server.script


@pytest.fixture
def cli(server, tmp_path, monkeypatch):
    for name in ("CUTAWAY_BASE_URL", "CUTAWAY_API_KEY", "CUTAWAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Cli(f"http://127.0.0.1:{server.server_port}/v1", folder)
