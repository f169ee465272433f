"""A real server process with a folder of its own; ends with the test that asked for it, and by itself if forgotten."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

BARS = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}


class Runtime:
    """One data folder, and the server that has it at the moment."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.options = options
        self.environment: dict[str, str] = {}
        self.command = [sys.executable, "-m", "cutaway_runtime"]
        self.process: subprocess.Popen[bytes] | None = None
        self.client: httpx.Client | None = None

    def start(self) -> "Runtime":
        note = self.home / "runtime.json"
        note.unlink(missing_ok=True)
        environment = {**os.environ, "CUTAWAY_HOME": str(self.home), **self.environment}
        self.home.mkdir(exist_ok=True)
        with (self.home / "server.log").open("ab") as log:
            command = [*self.command, "serve", "--idle-exit", "60", *self.options]
            self.process = subprocess.Popen(command, env=environment, stderr=log)
        deadline = time.monotonic() + 60
        while not note.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self.log()}")
            time.sleep(0.02)
        key = (self.home / "token").read_text()
        if self.client is not None:
            self.client.close()
        self.client = httpx.Client(
            base_url=json.loads(note.read_text())["url"], headers={"authorization": f"Bearer {key}"}, timeout=60
        )
        return self

    def log(self) -> str:
        return (self.home / "server.log").read_text()

    def stop(self) -> int:
        """Asked to end; its exit code."""
        assert self.process is not None
        if self.client is not None:
            self.client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        assert self.process is not None
        if self.client is not None:
            self.client.close()
        self.process.kill()
        self.process.wait(30)

    def worker(self) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            try:
                if "cutaway_runtime.worker.main" in child.cmdline():
                    return child
            except psutil.Error:
                continue
        return None

    def get(self, path: str, **more: object) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, **more: object) -> httpx.Response:
        return self.client.post(path, **more)

    def create(self, **fields: object) -> dict:
        answer = self.post("/v1/videos", json={**BARS, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, video_id: str, seconds: float = 60) -> dict:
        """The job when it is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            video = self.get(f"/v1/videos/{video_id}", params={"wait": 10}).json()
            if video["status"] in {"completed", "failed"}:
                return video
        raise AssertionError(f"{video_id} is still {video}")

    def until(self, video_id: str, *states: str, seconds: float = 60) -> dict:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            video = self.get(f"/v1/videos/{video_id}").json()
            if video["cutaway"]["state"] in states:
                return video
            time.sleep(0.01)
        raise AssertionError(f"{video_id} is still {video}")

    def events(self, video_id: str, **headers: str) -> list[dict]:
        """All events up to the end of the job."""
        found = []
        with self.client.stream("GET", f"/v1/videos/{video_id}/events", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            event = {}
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value
                elif event:
                    found.append({**event, "data": json.loads(event["data"])})
                    event = {}
        return found

    def parts(self) -> list[Path]:
        """Files that were begun and not finished."""
        return list(self.home.rglob("*.part"))


@pytest.fixture
def make_runtime(tmp_path):
    made = []

    def make(*options: str, start: bool = True, home: Path | None = None) -> Runtime:
        runtime = Runtime(home or tmp_path / f"home{len(made)}", *options)
        made.append(runtime)
        return runtime.start() if start else runtime

    yield make
    for runtime in made:
        if runtime.process is not None and runtime.process.poll() is None:
            runtime.kill()
        elif runtime.client is not None:
            runtime.client.close()


@contextmanager
def one(home: Path, *, command: Sequence[str] = (), environment: Mapping[str, str] | None = None):
    """A server that has to end as it should; Python runs this `command` in the place of `-m cutaway_runtime`."""
    runtime = Runtime(home)
    runtime.environment |= environment or {}
    if command:
        runtime.command = [sys.executable, *command]
    runtime.start()
    yield runtime
    code = runtime.stop()
    assert code == 0, f"a server told to stop ends with 0, not {code}: {runtime.log()}"
    assert "Traceback" not in runtime.log(), runtime.log()


@pytest.fixture(scope="session")
def make_one():
    """A server in a home folder that is there already."""
    return one


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """One server for all tests of a module."""
    with one(tmp_path_factory.mktemp("runtime")) as started:
        yield started
