"""A store, a checkpoint and a hub, each of the test's own."""

import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loopback_hub import NOT_READ, REPO, Handler, Repos, files_of_a_checkpoint, write

from cutaway_runtime.registry.store import Store


@pytest.fixture
def checkpoint(tmp_path):
    """The folder of a checkpoint as diffusers saves one."""
    return write(tmp_path / "My Wan", files_of_a_checkpoint())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


@pytest.fixture
def repos(monkeypatch):
    """A hub on this machine that has one good repository; `repos.url` is where."""
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.repos = Repos()
    httpd.repos.files[REPO] = {**files_of_a_checkpoint(), **NOT_READ}
    httpd.repos.url = f"http://127.0.0.1:{httpd.server_port}"
    httpd.halted, httpd.go_on = threading.Event(), threading.Event()
    httpd.repos.halted, httpd.repos.go_on = httpd.halted, httpd.go_on
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield httpd.repos
    httpd.go_on.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()
