"""The stock `openai` package against a real runtime.

Which version: the one that is first on the path. `make stock` runs this folder once for each of its versions, installed
beside each other in .stock/. Nothing here imports cutaway: whoever wrote these calls never heard of it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from servers.frame import Reply, StubServer
from servers.relay import Relay

openai = None
if os.environ.get("CUTAWAY_STOCK"):
    import openai

    installed = Path(openai.__file__).parents[1].name
    assert installed == os.environ["CUTAWAY_STOCK"], f"openai comes from {installed}; run these tests by `make stock`"
else:
    collect_ignore_glob = ["test_*.py"]

KEY = "a-key-of-my-own"
SMALL = {"prompt": "bars", "model": "bars", "size": "160x90", "extra_body": {"num_frames": 8, "fps": "24"}}
SUNSET = "The Sora API is scheduled to permanently shut down"


def pytest_collection_modifyitems(items):
    """From 3.0 on each operation says that its server is gone. That is known; every other warning is an error."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(f"ignore:{SUNSET}:DeprecationWarning"))


def pytest_report_header():
    return f"openai {openai.__version__}" if openai else "tests/conformance is left out here: make stock"


class Runtime:
    """`cutaway serve` with a folder of its own, and what a stock client needs to know of it."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        note = home / "runtime.json"
        command = [sys.executable, "-m", "cutaway_runtime", "serve", "--api-key", KEY, "--idle-exit", "60", *options]
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with (home / "server.log").open("wb") as log:
            self.process = subprocess.Popen(command, env={**variables, "CUTAWAY_HOME": str(home)}, stderr=log)
        deadline = time.monotonic() + 60
        while not note.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self.log()}")
            time.sleep(0.02)
        self.url = json.loads(note.read_text())["url"]

    def log(self) -> str:
        return (self.home / "server.log").read_text()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.log()
        assert "Traceback" not in self.log(), self.log()

    def client(self, url: str | None = None):
        """The stock client, as its documents say to make one for another server."""
        return openai.OpenAI(base_url=f"{url or self.url}/v1", api_key=KEY)

    def async_client(self):
        return openai.AsyncOpenAI(base_url=f"{self.url}/v1", api_key=KEY)


@pytest.fixture(scope="session")
def told():
    """Where the runtime tells the ends of its jobs."""
    with StubServer(lambda _heard: Reply(204)) as listener:
        yield listener


@pytest.fixture(scope="session")
def runtime(tmp_path_factory, told):
    started = Runtime(tmp_path_factory.mktemp("runtime"), "--webhook-url", f"{told.url}/ended")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def client(runtime):
    with runtime.client() as made:
        yield made


@pytest.fixture
def small():
    """A video that is made in no time: arguments of a create."""
    return {**SMALL, "extra_body": dict(SMALL["extra_body"])}


@pytest.fixture(scope="session")
def done(client):
    """A finished video."""
    video = client.videos.create_and_poll(**SMALL, poll_interval_ms=50)
    assert video.status == "completed", video
    return video


@pytest.fixture(scope="session")
def clip(client, done):
    """The bytes of a finished video."""
    return client.videos.download_content(done.id).content


@pytest.fixture(scope="session")
def picture(client, done):
    """A PNG: its first frame."""
    return client.get(
        f"/videos/{done.id}/content?variant=first_frame", cast_to=openai._legacy_response.HttpxBinaryResponseContent
    ).content


@pytest.fixture
def relay(runtime):
    """Passes everything on to the runtime, and loses what it is told to."""
    with StubServer(Relay(runtime.url)) as between:
        yield between
