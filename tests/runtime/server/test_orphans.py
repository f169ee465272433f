"""Processes whose parent was killed: none stays behind with the data folder, the port or the GPU."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

LONG = {"num_frames": 1440, "size": "1280x720"}


BENEATH = """
import sys
from cutaway.cli.runtime import served_beneath
sys.exit(served_beneath([sys.executable, "-m", "cutaway_runtime", "serve"]))
"""
"""How `cutaway serve` serves where no process can take the place of another."""
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


@pytest.fixture
def serve(tmp_path):
    """Starts a command line that serves: its process, and the server's, once that serves."""
    begun = []

    def start(*words, **more):
        note = tmp_path / "runtime.json"
        environment = {**os.environ, "CUTAWAY_HOME": str(tmp_path)}
        process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, **more)
        begun.append(process)
        deadline = time.monotonic() + 60
        while not note.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server = psutil.Process(json.loads(note.read_text())["pid"])
        begun.append(server)
        return process, server

    yield start
    for one in reversed(begun):
        if one.is_running() if isinstance(one, psutil.Process) else one.poll() is None:
            one.kill()
        one.wait(10)


COMMAND = (sys.executable, "-m", "cutaway.cli", "serve")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def test_the_server_ends_with_the_command_above_it(serve, tmp_path):
    process, server = serve(sys.executable, "-c", BENEATH, **QUIET)
    process.kill()
    process.wait(10)
    server.wait(20)
    assert not (tmp_path / "runtime.json").exists(), "as it should, not by force"


def test_the_command_above_a_server_hands_on_that_it_should_end(serve, tmp_path):
    process, server = serve(sys.executable, "-c", BENEATH, **QUIET)
    assert server.pid != process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert not server.is_running()
    assert not (tmp_path / "runtime.json").exists()


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT)])
def test_the_command_that_serves_is_the_server(serve, tmp_path, number):
    process, server = serve(*COMMAND, stdout=subprocess.PIPE, text=True)
    assert server.pid == process.pid, "a signal, a kill or a supervisor's watch reaches the server itself"
    url = json.loads((tmp_path / "runtime.json").read_text())["url"]
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert not (tmp_path / "runtime.json").exists()
    assert said.splitlines() == [
        f"cutaway serves the Videos API at {url}/v1 (stop it with Ctrl-C)",
        f"Its key is in {tmp_path / 'token'}",
    ]


@posix
def test_a_server_that_was_told_to_outlive_its_terminal_does(serve):
    process, server = serve("nohup", *COMMAND, **QUIET)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert server.is_running()
    assert process.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker that cannot run does not notice")
def test_a_worker_that_cannot_run_ends_with_its_server(make_runtime):
    runtime = make_runtime()
    video_id = runtime.create(**LONG)["id"]
    runtime.until(video_id, "running")
    worker = runtime.worker()
    worker.suspend()
    runtime.kill()
    worker.wait(5)


@posix
def test_a_watch_is_told_when_a_server_can_be_used_and_that_it_ends(make_runtime, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as watch:
        watch.bind(str(tmp_path / "watch"))
        watch.settimeout(30)
        runtime = make_runtime(start=False)
        runtime.environment = {"NOTIFY_SOCKET": str(tmp_path / "watch")}
        runtime.start()
        assert watch.recv(100) == b"READY=1"
        assert runtime.get("/health").status_code == 200
        while (worker := runtime.worker()) is None:
            time.sleep(0.02)
        assert "NOTIFY_SOCKET" not in worker.environ()
        assert runtime.stop() == 0
        assert watch.recv(100) == b"STOPPING=1"
