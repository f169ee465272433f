"""The frame of the stub servers itself: what arrived is kept as it was, and troubles come when they were ordered."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from servers.frame import MOVIE, Heard, Reply, Routes, StubServer, file_reply

if TYPE_CHECKING:
    from collections.abc import Iterator


class Counter(Routes):
    """Counts what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.routes = {
            ("POST", "/things"): self.make,
            ("GET", "/things/([^/]+)"): lambda _, name: Reply(200, {"name": name}),
            ("GET", "/movie"): lambda heard: file_reply(heard, MOVIE),
        }

    def make(self, heard: Heard) -> Reply:
        self.made += 1
        return Reply(201, {"made": self.made})


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(Counter()) as server:
        yield server


def test_what_arrived_is_kept_parsed(server: StubServer) -> None:
    files = [("pic", ("a.png", b"\x89PNG\r\n\r\n--", "image/png")), ("pic", ("b c.png", b"two", "image/png"))]
    httpx.post(f"{server.url}/things?x=1%202", data={"prompt": "눈", "tag": ["a", "b"]}, files=files)
    httpx.post(f"{server.url}/things", json={"n": 1.5})
    httpx.get(f"{server.url}/things/a%2Fb")
    form, plain, got = server.requests
    assert (form.query, form.form["prompt"], form.all_fields("tag")) == ({"x": "1 2"}, "눈", ["a", "b"])
    assert [(upload.filename, upload.content) for upload in form.all_files("pic")] == [
        ("a.png", b"\x89PNG\r\n\r\n--"),
        ("b c.png", b"two"),
    ]
    assert (plain.json, plain.media_type) == ({"n": 1.5}, "application/json")
    assert got.path == "/things/a/b"


def test_what_has_no_route_is_answered_as_fastapi_does(server: StubServer) -> None:
    assert httpx.get(f"{server.url}/nothing").json() == {"detail": "Not Found"}
    refused = httpx.delete(f"{server.url}/things")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_troubles_come_as_often_as_ordered_and_where(server: StubServer) -> None:
    server.trouble(status=503, body={"error": "later"}, headers={"retry-after": "0"}, times=2, method="POST")
    answers = [httpx.post(f"{server.url}/things") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 201]
    assert (answers[0].json(), answers[0].headers["retry-after"]) == ({"error": "later"}, "0")
    assert answers[2].json() == {"made": 1}


@pytest.mark.parametrize(("drop", "made", "read"), [("unread", 0, b""), ("undone", 0, b"x"), ("unanswered", 1, b"x")])
def test_a_connection_breaks_where_it_was_ordered(server: StubServer, drop: str, made: int, read: bytes) -> None:
    server.trouble(drop=drop)
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{server.url}/things", content=b"x")
    assert [request.body for request in server.requests] == [read]
    assert httpx.post(f"{server.url}/things").json() == {"made": made + 1}


def test_a_body_breaks_in_the_middle(server: StubServer) -> None:
    server.trouble(drop="torn", after=100)
    with httpx.stream("GET", f"{server.url}/movie") as answer:
        chunks = answer.iter_raw()
        assert next(chunks) == MOVIE[:100]
        with pytest.raises(httpx.RemoteProtocolError):
            next(chunks)


def test_a_file_comes_whole_or_in_the_asked_range(server: StubServer) -> None:
    whole = httpx.get(f"{server.url}/movie")
    assert whole.content == MOVIE
    tag = whole.headers["etag"]
    rest = httpx.get(f"{server.url}/movie", headers={"range": "bytes=1000-", "if-range": tag})
    assert (rest.status_code, rest.content) == (206, MOVIE[1000:])
    assert rest.headers["content-range"] == f"bytes 1000-{len(MOVIE) - 1}/{len(MOVIE)}"
    assert httpx.get(f"{server.url}/movie", headers={"range": "bytes=5-", "if-range": '"old"'}).status_code == 200
    assert httpx.get(f"{server.url}/movie", headers={"range": f"bytes={len(MOVIE)}-"}).status_code == 416


def test_a_slow_answer_is_slow_and_leaving_does_not_wait_for_it() -> None:
    with StubServer(Counter()) as server:
        server.trouble(delay=30)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.url}/things", timeout=0.1)
        left = time.monotonic()
    assert time.monotonic() - left < 5


STUBS = sorted(path for path in Path(__file__).parent.glob("*.py") if "serve_alone(" in path.read_text("utf-8"))


@pytest.mark.parametrize(
    "stub", [path for path in STUBS if path.stem not in {"frame", "test_frame"}], ids=lambda path: path.stem
)
def test_every_stub_runs_alone_and_ends_by_itself(stub: Path) -> None:
    program = [sys.executable, str(stub), "--port", "0", "--seconds", "0.4"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/nowhere").status_code in {401, 404}
        assert process.wait(10) == 0
