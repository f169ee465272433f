"""The stock `openai` package against a real runtime.

Which version: the one that is first on the path. `make stock` runs this folder once for each of its versions, installed
beside each other in .stock/. Nothing here imports cutaway: whoever wrote these calls never heard of it.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

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

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        note = home / "runtime.json"
        command = [sys.executable, "-m", "cutaway_runtime", "serve", "--api-key", KEY, "--idle-exit", "60"]
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with (home / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, env={**variables, "CUTAWAY_HOME": str(home), **environment}, stderr=log
            )
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
def runtime(tmp_path_factory):
    started = Runtime(tmp_path_factory.mktemp("runtime"))
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


class Relay:
    """Stands between client and server and passes everything on, but loses answers to POSTs when told to.

    The server has done its work by then; the client sees its connection end.
    """

    def __init__(self, upstream: str) -> None:
        self.lose = 0
        self.posts: list[dict[str, str]] = []
        """The headers of each POST, by their lower-case names."""
        self.gets: list[dict[str, str]] = []
        host = urlsplit(upstream).netloc
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                (relay.posts if self.command == "POST" else relay.gets).append(headers)
                onward = http.client.HTTPConnection(host, timeout=60)
                onward.request(self.command, self.path, body, {**headers, "host": host})
                answer = onward.getresponse()
                data = answer.read()
                onward.close()
                if self.command == "POST" and relay.lose:
                    relay.lose -= 1
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name not in {"content-length", "transfer-encoding", "date", "server"}:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = pass_on

            def log_message(self, *_words) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


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
    made = Relay(runtime.url)
    yield made
    made.close()
