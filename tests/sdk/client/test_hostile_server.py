"""A server that wants to write elsewhere: names that climb, scripts for videos, words for a terminal."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutaway import Cutaway

IDS = [
    "../../marker",
    "/marker",
    "..\\..\\marker",
    "C:\\marker",
    "a/../../marker",
    "\x1b]0;evil\x07",
    "~/marker",
    "marker\0.mp4",
    ".",
]
SCRIPT = b"#!/bin/sh\ntouch marker\n"


class Evil(BaseHTTPRequestHandler):
    """Every video is done at once, and is a script that wants to be called by another name."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say(self._video())

    def do_GET(self):
        if self.path.partition("?")[0].endswith("/content"):
            self.send_response(200)
            self.send_header("content-type", "video/mp4")
            self.send_header("content-disposition", 'attachment; filename="../../../marker"')
            self.send_header("content-length", str(len(SCRIPT)))
            self.end_headers()
            self.wfile.write(SCRIPT)
        else:
            self._say(self._video())

    def _video(self):
        return {
            "id": self.server.id,
            "object": "video",
            "created_at": 1,
            "status": "completed",
            "progress": 100,
            "model": "../../marker",
            "prompt": "$(touch marker)",
            "seconds": "4",
            "size": "64x48",
            "cutaway": {"format": "mp4", "file": "/marker", "path": "../../marker"},
        }

    def _say(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def evil():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", IDS)
def test_nothing_is_written_outside_of_the_folder(evil, name, tmp_path, monkeypatch):
    evil.id = name
    folder = tmp_path / "deep" / "media"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "house"))
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    with Cutaway(base_url=f"http://127.0.0.1:{evil.server_port}/v1", api_key="k", max_retries=0) as client:
        saved = client.videos.create(prompt="x", model="m").save(folder)
    assert saved.resolve().parent == folder.resolve()
    assert saved.suffix == ".mp4"
    assert not saved.stat().st_mode & 0o111, "nothing that could be run"
    elsewhere = [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents]
    assert not [path for path in elsewhere if (tmp_path / "home") not in path.parents], elsewhere
    assert not [path for path in elsewhere if path.read_bytes() == SCRIPT or "marker" in path.name], elsewhere
