"""A look into a file by a process that has little to lose, and by the one that forks such a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from PIL import Image

from cutaway_runtime.worker import confined
from cutaway_runtime.worker.lookout import in_a_child

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind")


def look(path, container: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutaway_runtime.worker.probe", str(path), container]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def run(code: str) -> subprocess.CompletedProcess[str]:
    code = f"from cutaway_runtime.worker import confined\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


class Lookout:
    """One that is asked by hand."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cutaway_runtime.worker.lookout"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, path, container: str) -> dict:
        self.process.stdin.write(json.dumps({"path": str(path), "container": container}).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def lookout():
    made = Lookout()
    yield made
    made.process.kill()
    made.process.wait()
    made.process.stdin.close()
    made.process.stdout.close()


@pytest.fixture
def picture(tmp_path):
    Image.new("RGBA", (40, 30)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.fixture
def broken(tmp_path):
    (tmp_path / "content").write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(64))
    return tmp_path / "content"


def test_a_picture_is_described(picture):
    seen = look(picture, "png")
    assert seen.returncode == 0, seen.stderr
    facts = json.loads(seen.stdout)
    assert (facts["kind"], facts["width"], facts["height"], facts["has_alpha"]) == ("image", 40, 30, True)


def test_what_cannot_be_read_is_said_without_its_path(broken):
    seen = look(broken, "mp4")
    assert seen.returncode == 1
    assert "the file" in seen.stdout
    assert str(broken.parent) not in seen.stdout


@LINUX
def test_a_lookout_says_the_same_of_one_file_after_the_other(lookout, picture, broken):
    afresh = [look(picture, "png"), look(broken, "mp4")]
    told = [lookout.ask(picture, "png"), lookout.ask(broken, "mp4"), lookout.ask(picture, "png")]
    assert told[:2] == [{"ends": one.returncode, "said": one.stdout} for one in afresh]
    assert told[2] == told[0]
    lookout.process.stdin.close()
    assert lookout.process.wait(10) == 0


def test_a_look_loads_what_it_looks_with_and_no_more(picture):
    code = (
        "import sys; from cutaway_runtime.worker.probe import main; main(sys.argv[1:]); "
        "print([m for m in ('pydantic', 'fastapi', 'httpx', 'cv2', 'torch') if m in sys.modules])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code, picture, "png"], capture_output=True, text=True, timeout=60, check=True
    )
    assert seen.stdout.endswith("[]\n")


@LINUX
def test_memory_files_and_descriptors_are_limited(tmp_path):
    assert "MemoryError" in run(f"confined.limit(); bytearray({confined.MEMORY_BYTES})").stderr
    assert "Too many open files" in run("confined.limit(); kept = [open('/dev/null') for _ in range(99)]").stderr
    out = tmp_path / "written"
    wrote = run(f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); confined.limit(); "
                f"open({str(out)!r}, 'wb', 0).write(b'x')")  # fmt: skip
    assert "File too large" in wrote.stderr
    assert out.read_bytes() == b""
    assert run(f"confined.limit(writes=True); open({str(out)!r}, 'w').write('x')").returncode == 0


@LINUX
def test_processor_time_is_limited():
    ended = run("confined.limit(cpu=1)\nwhile True: pass")
    assert ended.returncode == -signal.SIGXCPU


@LINUX
def test_there_is_no_network_and_no_right_to_get_one_back():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert run(connect).returncode == 0
        alone = run(f"import sys\nif not confined.leave_network(): sys.exit(77)\nconfined.give_up_rights()\n{connect}")
        if alone.returncode == 77:
            pytest.skip("this machine grants nobody a network of their own")
        assert "unreachable" in alone.stderr
    held = run("confined.give_up_rights()\nprint(open('/proc/self/status').read())").stdout
    rights = dict(line.split(":", 1) for line in held.splitlines() if ":" in line)
    assert int(rights["CapEff"], 16) & ~4 == 0
    assert rights["NoNewPrivs"].strip() == "1"


@LINUX
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # a lookout has one thread, unlike us
def test_a_child_that_dies_or_lingers_is_told_of_and_the_next_one_is_none_the_worse(monkeypatch, picture):
    from cutaway_runtime.worker import lookout as module

    monkeypatch.setattr(module, "WALL_SECONDS", 0.3)
    monkeypatch.setattr(module, "look", lambda *_: os.kill(os.getpid(), signal.SIGSEGV))
    reads, writes = os.pipe()  # stands in for the standard input, on which nobody asks while an answer is due
    monkeypatch.setattr(module, "_IN", reads)
    assert in_a_child(picture, "png") == (-signal.SIGSEGV, "")
    monkeypatch.setattr(module, "look", lambda *_: time.sleep(60))
    begun = time.monotonic()
    assert in_a_child(picture, "png") == (-signal.SIGXCPU, "")
    assert time.monotonic() - begun < 5
    monkeypatch.setattr(module, "look", lambda *_: (0, "x" * 10 * module.MOST_SAID))
    assert in_a_child(picture, "png")[1] in {"", "x" * module.MOST_SAID}
    monkeypatch.setattr(module, "look", lambda *_: (0, "seen"))
    monkeypatch.setattr(module, "WALL_SECONDS", 10)
    assert in_a_child(picture, "png") == (0, "seen")
    os.close(reads)
    os.close(writes)


@LINUX
def test_a_lookout_ends_with_whoever_asks_and_so_does_its_child(lookout, tmp_path):
    os.mkfifo(tmp_path / "slow")  # a file whose first byte never comes
    lookout.process.stdin.write(json.dumps({"path": str(tmp_path / "slow"), "container": "png"}).encode() + b"\n")
    lookout.process.stdin.flush()
    itself = psutil.Process(lookout.process.pid)
    deadline = time.monotonic() + 20
    while not (children := itself.children()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lookout.process.stdin.close()
    assert lookout.process.wait(10) == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
