"""The local runtime is found, or started once and for all clients, and stopped.

A small program stands in for the runtime: it listens, serves /health and /v1/models, writes
runtime.json and the token as the real one does, and can be told to fail as real ones fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import AsyncCutaway, Cutaway
from cutaway.client import local
from cutaway.errors import RuntimeUnavailable
from cutaway.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

home = Path(os.environ["CUTAWAY_HOME"])
with (home / "starts").open("a") as starts:
    starts.write(" ".join(sys.argv[1:]) + chr(10))
mood = (home / "mood").read_text() if (home / "mood").exists() else ""
if mood == "dies":
    sys.exit("no room on this disk")
if mood == "hangs":
    time.sleep(60)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        good = self.path == "/health" or self.headers.get("Authorization") == "Bearer made-by-the-runtime"
        body = {"status": "ok", "pid": os.getpid(), "version": "0"} if self.path == "/health" else {"data": []}
        raw = json.dumps(body).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(home / "token").write_text("made-by-the-runtime\\n")
note = {"url": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid(), "version": "0", "started_at": 0}
(home / "runtime.json.new").write_text(json.dumps(note))
os.replace(home / "runtime.json.new", home / "runtime.json")
try:
    server.serve_forever(0.01)
finally:
    (home / "runtime.json").unlink()
"""


@pytest.fixture
def runtime(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """The stand-in is what `python -m cutaway_runtime` runs; whatever was started is gone at the end."""
    package = tmp_path / "stand_in" / "cutaway_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setattr(local, "NEEDS", ())
    home.mkdir()
    yield Home(home)
    local.stop(Home(home))
    for process in local._started.values():
        process.kill()
        process.wait()
    local._started.clear()


def starts(home: Home) -> list[str]:
    path = home.folder / "starts"
    return path.read_text().splitlines() if path.exists() else []


def test_the_first_request_starts_it_and_says_so(runtime: Home, capfd: pytest.CaptureFixture[str]) -> None:
    with Cutaway() as client:
        assert starts(runtime) == []
        assert list(client.models.list()) == []
    assert starts(runtime) == ["serve --port 0 --idle-exit 900"]
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "started the local runtime at http://127.0.0.1:" in said.err
    assert "cutaway stop" in said.err


def test_it_stays_for_the_next_client(runtime: Home, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with Cutaway() as client:
            client.models.list()
    assert len(starts(runtime)) == 1
    assert capfd.readouterr().err.count("started") == 1


def test_it_outlives_the_process_that_started_it(runtime: Home) -> None:
    program = "from cutaway.client import local; local.NEEDS = (); import cutaway; cutaway.Cutaway().models.list()"
    subprocess.run([sys.executable, "-c", program], check=True, stderr=subprocess.DEVNULL)
    found = local.find(runtime)
    assert found is not None
    assert local.stop(runtime)
    assert not local.alive(found["pid"])


def test_clients_at_once_start_one(runtime: Home) -> None:
    program = "from cutaway.client import local; local.NEEDS = (); import cutaway; cutaway.Cutaway().models.list()"
    others = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) for _ in range(3)]

    async def several() -> None:
        async with AsyncCutaway() as one, AsyncCutaway() as two:
            await asyncio.gather(one.models.list(), one.models.list(), two.models.list())

    asyncio.run(several())
    assert [other.wait() for other in others] == [0, 0, 0]
    assert len(starts(runtime)) == 1


def test_one_that_has_ended_is_started_again_by_the_next_request(runtime: Home) -> None:
    with Cutaway() as client:
        client.models.list()
        before = local.running(runtime)
        assert local.stop(runtime)
        client.models.list()
        after = local.running(runtime)
    assert before is not None
    assert after is not None
    assert before["pid"] != after["pid"]


def test_one_that_was_killed_leaves_a_note_that_is_not_believed(runtime: Home) -> None:
    with Cutaway() as client:
        client.models.list()
        found = local.running(runtime)
        assert found is not None
        os.kill(found["pid"], 9)
        client.models.list()
    assert len(starts(runtime)) == 2


def test_one_that_dies_is_noticed_at_once_with_its_last_words(runtime: Home) -> None:
    (runtime.folder / "mood").write_text("dies")
    with Cutaway() as client, pytest.raises(RuntimeUnavailable, match="exit code 1") as caught:
        client.models.list()
    assert caught.value.log == "no room on this disk"


def test_one_that_never_answers_is_given_up(runtime: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "START_DEADLINE", 0.5)
    (runtime.folder / "mood").write_text("hangs")
    with Cutaway() as client, pytest.raises(RuntimeUnavailable, match="did not answer"):
        client.models.list()
    (process,) = local._started.values()
    assert process.wait(5) != 0


def test_without_the_extra_it_says_what_to_install(runtime: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEEDS", ("a_module_nobody_has",))
    with Cutaway() as client, pytest.raises(RuntimeUnavailable, match=r'pip install "cutaway\[runtime\]"'):
        client.models.list()
    assert starts(runtime) == []


def test_a_home_that_cannot_be_written_is_named(runtime: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (runtime.folder / "file").touch()
    monkeypatch.setenv("CUTAWAY_HOME", str(runtime.folder / "file" / "home"))
    with Cutaway() as client, pytest.raises(RuntimeUnavailable, match="CUTAWAY_HOME"):
        client.models.list()


def test_where_there_is_no_stderr_nothing_is_said(runtime: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Cutaway() as client:
        assert list(client.models.list()) == []


def test_stopping_nothing_is_no_error(runtime: Home) -> None:
    assert local.stop(runtime) is False
    assert local.find(runtime) is None


def test_a_stranger_with_the_noted_process_id_is_left_alone(runtime: Home) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        runtime.runtime.write_text(json.dumps({"url": "http://127.0.0.1:9", "pid": stranger.pid}))
        with pytest.raises(RuntimeUnavailable, match="left alone"):
            local.stop(runtime)
        assert stranger.poll() is None
    finally:
        runtime.runtime.unlink()
        stranger.kill()
        stranger.wait()


def test_a_stranger_on_the_noted_port_is_not_shown_the_key(runtime: Home, movies: Any) -> None:
    runtime.token.write_text("secret")
    runtime.runtime.write_text(json.dumps({"url": movies.url, "pid": os.getpid()}))
    try:
        assert local.find(runtime) is None
        assert [seen.path for seen in movies.received] == ["/health"]
        assert all("authorization" not in seen.headers for seen in movies.received)
    finally:
        runtime.runtime.unlink()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        "{",
        '{"url": "http://127.0.0.1:1"}',
        '{"url": "http://evil.example", "pid": 1}',
        '{"url": 1, "pid": "x"}',
    ],
)
def test_a_note_that_makes_no_sense_is_no_runtime(runtime: Home, note: str) -> None:
    runtime.runtime.write_text(note)
    assert local.running(runtime) is None
    runtime.runtime.unlink()


def test_the_key_is_shown_to_the_noted_address_and_to_no_other(runtime: Home) -> None:
    runtime.token.write_text("secret\n")
    runtime.runtime.write_text(json.dumps({"url": "http://127.0.0.1:4242", "pid": os.getpid()}))
    try:
        assert local.token_for("http://127.0.0.1:4242", runtime) == "secret"
        for other in ("http://127.0.0.1:4243", "https://127.0.0.1:4242", "http://example.org:4242"):
            assert local.token_for(other, runtime) is None
    finally:
        runtime.runtime.unlink()
