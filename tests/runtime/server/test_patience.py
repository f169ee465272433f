"""Who sends a request drop by drop is hung up on; who waits for an answer, or sends slowly but surely, is not."""

import socket
import sys
import time
from contextlib import ExitStack

import httpx
import pytest

PATIENCE = 0.6
IMPATIENT = f"""
import sys
from cutaway_runtime.server import patience
patience.SECONDS = {PATIENCE}
from cutaway_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
BOUNDARY = "drop"
FORM = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, make_one):
    with make_one(tmp_path_factory.mktemp("impatient"), command=["-c", IMPATIENT]) as runtime:
        yield runtime


def head(runtime, request: str, *more: str) -> bytes:
    lines = [request, "host: 127.0.0.1", f"authorization: {runtime.client.headers['authorization']}", *more, "", ""]
    return "\r\n".join(lines).encode()


def connected(runtime) -> socket.socket:
    return socket.create_connection(("127.0.0.1", runtime.client.base_url.port), timeout=10)


def drip(line: socket.socket, drops: bytes, every: float = 0.1) -> float:
    """Seconds until the server hangs up."""
    began = time.monotonic()
    for drop in drops:
        try:
            line.sendall(bytes([drop]))
            line.settimeout(every)
            if line.recv(1) == b"":
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began
    raise AssertionError(f"still there after {time.monotonic() - began:.1f} s")


def test_a_head_that_does_not_end(impatient):
    with connected(impatient) as line:
        assert drip(line, b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"y" * 60) < 4 * PATIENCE


def test_nothing_at_all(impatient):
    with connected(impatient) as line:
        line.settimeout(10)
        assert line.recv(1) == b""


def test_an_upload_that_does_not_end_leaves_nothing(impatient):
    with connected(impatient) as line:
        kind = f"content-type: multipart/form-data; boundary={BOUNDARY}"
        line.sendall(head(impatient, "POST /v1/files HTTP/1.1", kind, "content-length: 100000") + FORM.encode())
        drip(line, b"x" * 100)
    deadline = time.monotonic() + 5
    while list((impatient.home / "files").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list((impatient.home / "files").iterdir())
    assert impatient.get("/v1/files").json()["data"] == []


def test_slowly_but_surely(impatient):
    """Three KiB a second, for longer than the patience lasts: the request is read to its end."""
    with connected(impatient) as line:
        kind = f"content-type: multipart/form-data; boundary={BOUNDARY}"
        body = FORM.encode() + b"x" * 8192 + f"\r\n--{BOUNDARY}--\r\n".encode()
        line.sendall(head(impatient, "POST /v1/files HTTP/1.1", kind, f"content-length: {len(body)}"))
        for at in range(0, len(body), 1024):
            line.sendall(body[at : at + 1024])
            time.sleep(0.3)
        line.settimeout(10)
        assert line.recv(64).startswith(b"HTTP/1.1 400 "), "the eight KiB of x are no clip, and are said to be none"


def test_a_body_that_was_refused_need_not_be_sent_to_its_end(impatient):
    with connected(impatient) as line:
        line.settimeout(10)
        line.sendall(
            head(impatient, "POST /v1/videos HTTP/1.1", "content-type: text/plain", "content-length: 99999999")
        )
        line.sendall(b"x" * 2_000_000)
        assert line.recv(12) == b"HTTP/1.1 413"
        began = time.monotonic()
        try:
            while time.monotonic() - began < 10:
                line.sendall(b"x" * 10_000)
                time.sleep(0.02)
        except OSError:
            return
    raise AssertionError("it still reads what it refused")


def test_whoever_waits_for_an_answer_may_wait(impatient):
    job = impatient.create(num_frames=1440, size="1280x720")["id"]
    impatient.until(job, "preparing", "running")
    with connected(impatient) as line:
        line.sendall(head(impatient, f"GET /v1/videos/{job}/events HTTP/1.1"))
        heard, began = b"", time.monotonic()
        line.settimeout(5)
        while time.monotonic() - began < 2.5 * PATIENCE:
            heard += line.recv(65536)
        assert heard.count(b"event:") > 1, "and nobody hung up"
    impatient.client.delete(f"/v1/videos/{job}")


def test_a_connection_that_is_used_again_is_kept(impatient):
    with connected(impatient) as line:
        line.settimeout(5)
        for _ in range(5):
            line.sendall(head(impatient, "GET /health HTTP/1.1"))
            heard = b""
            while not heard.endswith(b"}"):
                heard += line.recv(65536)
            assert heard.startswith(b"HTTP/1.1 200 ")
            time.sleep(PATIENCE / 2)


FEW = 600
WITH_FEW = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({FEW}, {FEW}))
from cutaway_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
def test_connections_that_ask_nothing_keep_nobody_out(tmp_path, make_one):
    with make_one(tmp_path / "home", command=["-c", WITH_FEW]) as runtime, ExitStack() as idle:
        for _ in range(FEW + 60):
            idle.enter_context(connected(runtime))
        began = time.monotonic()
        video = runtime.wait(runtime.create()["id"])
        assert runtime.get(f"/v1/videos/{video['id']}/content").status_code == 200
        with httpx.Client(base_url=runtime.client.base_url, timeout=10) as another:
            assert another.get("/health").status_code == 200
        assert time.monotonic() - began < 60
        assert "out of system resource" not in runtime.log()
