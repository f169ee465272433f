"""What every IO must do, whether it blocks or suspends and whatever library it stands on."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from cutaway.client.io import IO, AsyncIO, BlockingIO, run
from cutaway.client.io_stdlib import StdlibIO
from cutaway.client.request import FilePart, Request, same_server
from cutaway.errors import ConnectionFailed, RequestTimeout

if TYPE_CHECKING:
    from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body.hex()}
        if self.path == "/moved":
            self.reply(307, b"", Location="/echo")
        else:
            self.reply(200, json.dumps(said).encode())

    def do_DELETE(self) -> None:
        self.reply(200, b"gone")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/echo":
            said = {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
            self.reply(200, json.dumps(said).encode(), **{"X-Some-Header": "As It Is"})
        elif path == "/status":
            self.reply(503, b'{"error": "later"}', **{"Retry-After": "3"})
        elif path == "/moved":
            self.reply(302, b"", Location="/echo")
        elif path == "/moved-away":
            other = self.server.other_port  # type: ignore[attr-defined]
            self.reply(302, b"", Location=f"http://127.0.0.1:{other}/echo")
        elif path == "/circle":
            self.reply(302, b"", Location="/circle")
        elif path == "/slow":
            self.server.released.wait(5)  # type: ignore[attr-defined]
            self.reply(200, b"late")
        elif path == "/vanish":
            self.close_connection = True
        elif path == "/torn":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 40)
            self.close_connection = True
        elif path == "/stream":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for part in (b"one ", b"two ", b"three"):
                self.wfile.write(part)
                self.wfile.flush()
        elif path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\nfour\r\n5\r\nfive!\r\n0\r\n\r\n")

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def served() -> tuple[ThreadingHTTPServer, threading.Thread]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    return server, thread


@pytest.fixture
def url() -> Iterator[str]:
    (server, thread), (other, other_thread) = served(), served()
    server.other_port = other.server_port  # type: ignore[attr-defined]
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()  # type: ignore[attr-defined]
    for one, its_thread in ((server, thread), (other, other_thread)):
        one.shutdown()
        its_thread.join()
        one.server_close()


Finish = Callable[[Callable[[IO], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(params=[BlockingIO, StdlibIO, AsyncIO], ids=lambda kind: kind.__name__)
def finish(request: pytest.FixtureRequest) -> Finish:
    """Runs a coroutine on an IO to its end: in one step where it blocks, on an event loop where it suspends."""

    def with_io(body: Callable[[IO], Coroutine[Any, Any, Any]]) -> Any:
        io = request.param()

        async def whole() -> Any:
            try:
                return await body(io)
            finally:
                await io.close()

        return asyncio.run(whole()) if request.param is AsyncIO else run(whole())

    return with_io


def asked(finish: Finish, request: Request) -> Any:
    return finish(lambda io: io.request(request))


async def whole_stream(io: IO, request: Request) -> tuple[int, bytes]:
    stream = await io.stream(request)
    body = b""
    try:
        while chunk := await stream.read():
            body += chunk
    finally:
        await stream.close()
    return stream.status, body


def test_a_get_carries_query_and_headers_and_gives_status_headers_and_body(finish: Finish, url: str) -> None:
    answer = asked(finish, Request("GET", f"{url}/echo", {"after": "a b&c"}, {"Authorization": "Bearer k"}))
    said = json.loads(answer.body)
    assert answer.status == 200
    assert answer.headers["x-some-header"] == "As It Is"
    assert said["path"] in {"/echo?after=a+b%26c", "/echo?after=a%20b%26c"}
    assert said["headers"]["authorization"] == "Bearer k"


def test_an_error_status_is_an_answer(finish: Finish, url: str) -> None:
    answer = asked(finish, Request("GET", f"{url}/status"))
    assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "3", b'{"error": "later"}')


def test_json_is_sent_as_json(finish: Finish, url: str) -> None:
    said = json.loads(asked(finish, Request("POST", f"{url}/echo", json={"prompt": "강아지", "n": 1.5})).body)
    assert said["headers"]["content-type"] == "application/json"
    assert json.loads(bytes.fromhex(said["body"])) == {"prompt": "강아지", "n": 1.5}


def test_a_post_without_a_body_has_length_zero(finish: Finish, url: str) -> None:
    assert json.loads(asked(finish, Request("POST", f"{url}/echo")).body)["headers"]["content-length"] == "0"


Part = tuple[str | None, str, bytes]


def parts_of(said: Any) -> dict[str, Part]:
    return dict(all_parts_of(said))


def all_parts_of(said: Any) -> list[tuple[str, Part]]:
    """Of each part of the multipart body its name, and its file name, type and content."""
    from email.parser import BytesParser

    raw = f"Content-Type: {said['headers']['content-type']}\r\n\r\n".encode() + bytes.fromhex(said["body"])
    message = BytesParser().parsebytes(raw)
    assert message.is_multipart()
    parts: Any = message.get_payload()
    return [
        (
            part.get_param("name", header="content-disposition"),
            (part.get_filename(), part.get_content_type(), part.get_payload(decode=True)),
        )
        for part in parts
    ]


def test_a_file_travels_as_multipart_from_memory_disk_and_an_open_file(
    finish: Finish, url: str, tmp_path: Path
) -> None:
    on_disk = tmp_path / "clip.mp4"
    on_disk.write_bytes(b"\x00\r\n--clip" * 50_000)
    opened = BytesIO(b"opened")
    opened.seek(3)
    files = {
        "file": FilePart("clip.mp4", on_disk, "video/mp4"),
        "mask": FilePart('a "name".png', b"\x89PNG", "image/png"),
        "more": FilePart("more.bin", opened),
    }
    request = Request("POST", f"{url}/echo", fields={"prompt": "눈 내리는 밤"}, files=files)
    for _ in range(2):
        parts = parts_of(json.loads(asked(finish, request).body))
        assert parts["prompt"][2].decode() == "눈 내리는 밤"
        assert parts["file"] == ("clip.mp4", "video/mp4", on_disk.read_bytes())
        assert parts["mask"][1:] == ("image/png", b"\x89PNG")
        assert parts["more"] == ("more.bin", "application/octet-stream", b"opened")
    assert not opened.closed


def test_fields_alone_travel_as_multipart_too(finish: Finish, url: str) -> None:
    said = json.loads(asked(finish, Request("POST", f"{url}/echo", fields={"prompt": "a", "seconds": "4"})).body)
    assert {name: part[2] for name, part in parts_of(said).items()} == {"prompt": b"a", "seconds": b"4"}


def test_a_list_travels_as_several_parts_of_one_name_in_its_order(finish: Finish, url: str) -> None:
    pictures = [FilePart("first.png", b"one", "image/png"), FilePart("last.png", b"two", "image/png")]
    files = {"input_references": pictures, "mask": FilePart("m.png", b"three", "image/png")}
    request = Request("POST", f"{url}/echo", fields={"prompt": "a", "tag": ["x", "y"]}, files=files)
    parts = all_parts_of(json.loads(asked(finish, request).body))
    assert [(name, part[2]) for name, part in parts if part[0]] == [
        ("input_references", b"one"),
        ("input_references", b"two"),
        ("mask", b"three"),
    ]
    assert [(name, part[2]) for name, part in parts if not part[0]] == [("prompt", b"a"), ("tag", b"x"), ("tag", b"y")]
    said = json.loads(asked(finish, Request("POST", f"{url}/echo", fields={"tag": ["x", "y"]})).body)
    assert [(name, part[2]) for name, part in all_parts_of(said)] == [("tag", b"x"), ("tag", b"y")]


@pytest.mark.parametrize(("path", "body"), [("/stream", b"one two three"), ("/chunked", b"fourfive!")])
def test_a_stream_gives_everything_and_then_nothing(finish: Finish, url: str, path: str, body: bytes) -> None:
    assert finish(lambda io: whole_stream(io, Request("GET", f"{url}{path}"))) == (200, body)


def test_a_stream_that_breaks_is_an_error_and_not_an_end(finish: Finish, url: str) -> None:
    with pytest.raises(ConnectionFailed):
        finish(lambda io: whole_stream(io, Request("GET", f"{url}/torn")))


def test_a_refused_connection_was_never_sent(finish: Finish) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/videos"
        with pytest.raises(ConnectionFailed) as caught:
            asked(finish, Request("POST", nobody, json={}))
    assert caught.value.sent is False
    assert "POST" in caught.value.request


def test_an_address_that_is_none_was_never_sent(finish: Finish) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        asked(finish, Request("GET", "ftp://127.0.0.1/videos"))
    assert caught.value.sent is False


def test_a_lost_answer_may_have_been_sent(finish: Finish, url: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        asked(finish, Request("GET", f"{url}/vanish"))
    assert caught.value.sent is True


def test_an_answer_that_is_late_is_a_timeout(finish: Finish, url: str) -> None:
    with pytest.raises(RequestTimeout) as caught:
        asked(finish, Request("GET", f"{url}/slow", timeout=0.1))
    assert caught.value.sent is True


def test_a_get_follows_redirects_and_a_post_does_not(finish: Finish, url: str) -> None:
    assert json.loads(asked(finish, Request("GET", f"{url}/moved")).body)["path"] == "/echo"
    assert asked(finish, Request("POST", f"{url}/moved", json={})).status == 307
    with pytest.raises(ConnectionFailed):
        asked(finish, Request("GET", f"{url}/circle"))


def test_the_key_stays_with_its_server(finish: Finish, url: str) -> None:
    told = {"Authorization": "Bearer secret", "X-Api-Key": "secret", "X-Tenant": "ours", "Range": "bytes=1-"}
    heard = json.loads(asked(finish, Request("GET", f"{url}/moved-away", headers=told)).body)["headers"]
    assert not {"authorization", "x-api-key", "x-tenant"} & set(heard)
    assert heard["range"] == "bytes=1-"


@pytest.mark.parametrize(
    ("asked", "led", "same"),
    [
        ("http://Host/a", "http://host:80/b", True),
        ("http://host/a", "https://host/a", True),
        ("https://host/a", "http://host/a", False),
        ("http://host:8000/a", "https://host/a", False),
        ("https://host/a", "https://host.other/a", False),
    ],
)
def test_who_a_redirect_leads_to(asked: str, led: str, same: bool) -> None:
    assert same_server(asked, led) is same


def test_this_machine_is_reached_past_any_proxy(finish: Finish, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert asked(finish, Request("DELETE", f"{url}/echo")).body == b"gone"


def test_time_passes_by_sleeping(finish: Finish) -> None:
    async def slept(io: IO) -> float:
        before = io.now()
        await io.sleep(0.05)
        return io.now() - before

    assert 0.045 <= finish(slept) < 2


def test_a_blocking_call_that_would_suspend_says_so() -> None:
    closed = []

    async def suspends() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="AsyncCutaway"):
        run(suspends())
    assert closed == [True]
