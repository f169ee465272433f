"""Processes whose parent was killed: none stays behind with the data folder, the port or the GPU."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

LONG = {"num_frames": 1440, "size": "1280x720"}


@pytest.fixture
def served(tmp_path):
    """The command line that serves, once its server does: the process, and what the server noted."""
    note = tmp_path / "runtime.json"
    environment = {**os.environ, "CUTAWAY_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway.cli", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not note.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server = psutil.Process(json.loads(note.read_text())["pid"])
    yield process, server
    for one in (process, server):
        if one.is_running() if isinstance(one, psutil.Process) else one.poll() is None:
            one.kill()
    process.wait(10)


def test_the_server_ends_with_the_command_that_serves(served, tmp_path):
    process, server = served
    process.kill()
    process.wait(10)
    server.wait(20)
    assert not (tmp_path / "runtime.json").exists(), "as it should, not by force"


def test_the_command_that_serves_hands_on_that_it_should_end(served):
    process, server = served
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert not server.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker that cannot run does not notice")
def test_a_worker_that_cannot_run_ends_with_its_server(make_runtime):
    runtime = make_runtime()
    video_id = runtime.create(**LONG)["id"]
    runtime.until(video_id, "running")
    worker = runtime.worker()
    worker.suspend()
    runtime.kill()
    worker.wait(5)
