"""A power cut: what the system was asked to put on disk, in which order, read from its calls.

    the file  ->  its name  ->  the folder of the name  ->  the row  ->  the answer

A power cut cannot be had in a test. What survives one is what was synced before; so a real server and its worker run
under strace, and the order of their writes, renames and syncs is looked at.
"""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from PIL import Image

CALLS = "openat,write,pwrite64,writev,sendto,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat"
LINE = re.compile(r"^\d+ +\d+\.\d+ (\w+)\((.*)$")
MISSING = "THERE IS NO STRACE HERE, or it may trace nothing: in which order things are put on disk is not tested. .ci/system says what to do"


@pytest.fixture
def traced(make_runtime, tmp_path):
    strace = shutil.which("strace") if sys.platform == "linux" else None
    if strace is None or subprocess.run([strace, "-o", os.devnull, "true"], check=False).returncode != 0:
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    runtime = make_runtime(start=False)
    log = tmp_path / "calls"
    # -y: descriptors with their paths. A page of the database is 4096 bytes.
    runtime.command = ["strace", "-f", "-y", "-ttt", "-s", "5000", "-e", f"trace={CALLS}", "-o", str(log)]
    runtime.command += [sys.executable, "-m", "cutaway_runtime"]
    runtime.start()
    return runtime, log


@dataclass
class Call:
    name: str
    said: str


def calls(runtime, log: Path) -> list[Call]:
    """Everything that was asked of the system, in order, once the server has ended."""
    (server,) = psutil.Process(runtime.process.pid).children()
    server.send_signal(signal.SIGTERM)
    assert runtime.process.wait(60) == 0
    runtime.client.close()
    begun, found = {}, []
    for line in log.read_text("utf-8", "replace").splitlines():
        thread, unfinished = line.split(" ", 1)[0], line.removesuffix("<unfinished ...>")
        if unfinished != line:
            begun[thread] = unfinished
            continue
        rest = line.partition(" resumed>")[2]
        match = LINE.match(begun.pop(thread, "") + rest if rest else line)  # it counts as done when it returned
        if match and not match[2].rstrip().endswith(("(No such file or directory)", "(File exists)")):
            found.append(Call(match[1], match[2]))
    return found


def first(found: list[Call], what: str, names: set[str], *parts: str, after: int = -1) -> int:
    """Where a call of one of those names that has all parts comes first behind another."""
    for at, call in enumerate(found):
        if at > after and call.name in names and all(part in call.said for part in parts):
            return at
    raise AssertionError(f"{what}: there is no such call behind {after}: {names} with {parts}")


def last(found: list[Call], names: set[str], *parts: str, before: int) -> int:
    return max(at for at in range(before) if found[at].name in names and all(p in found[at].said for p in parts))


SYNC = {"fsync", "fdatasync"}
WRITE = {"write", "pwrite64", "writev", "sendto"}
RENAME = {"rename", "renameat", "renameat2"}


def test_a_video_is_on_disk_before_it_is_called_completed(traced):
    runtime, log = traced
    video_id = runtime.create(num_frames=4, size="64x36")["id"]
    runtime.wait(video_id)
    found = calls(runtime, log)
    folder = str(runtime.home / "videos" / video_id)
    named = first(found, "the video gets its name", RENAME, f'"{folder}/video.mp4"')
    made = re.search(r'"([^"]+)"', found[named].said)[1]
    part = f"{made}.part"
    written = last(found, WRITE, f"<{part}>", before=named)
    synced = first(found, "the bytes are synced", SYNC, f"<{part}>", after=written)
    given = first(found, "they get a name", RENAME, f'"{part}"', f'"{made}"', after=synced)
    home = first(found, "the job gets a folder", {"mkdir", "mkdirat"}, f'"{folder}"')
    known = first(found, "the folder is known", SYNC, f"<{runtime.home / 'videos'}>", after=home)
    lasting = first(found, "the name is synced", SYNC, f"<{folder}>", after=named)
    row = first(found, "the row says so", WRITE, "jobs.sqlite-wal>", video_id, '\\"state\\":\\"completed\\"')
    committed = first(found, "the row is synced", SYNC, "jobs.sqlite-wal>", after=row)
    told = first(found, "it is told", WRITE, "<socket:", video_id, '\\"status\\":\\"completed\\"')
    assert written < synced < given <= named < lasting < row < committed < told
    assert known < row


def test_a_create_is_on_disk_before_it_is_answered(traced):
    runtime, log = traced
    video_id = runtime.create(num_frames=4, size="64x36")["id"]
    found = calls(runtime, log)
    row = first(found, "the row", WRITE, "jobs.sqlite-wal>", video_id)
    committed = first(found, "the row is synced", SYNC, "jobs.sqlite-wal>", after=row)
    told = first(found, "the answer", WRITE, "<socket:", video_id)
    assert row < committed < told


def test_an_upload_is_on_disk_before_it_is_answered(traced):
    runtime, log = traced
    picture = io.BytesIO()
    Image.new("RGB", (64, 36), "red").save(picture, "PNG")
    file_id = runtime.post("/v1/files", files={"file": ("a.png", picture.getvalue())}).json()["id"]
    time.sleep(0.1)
    found = calls(runtime, log)
    folder = runtime.home / "files" / file_id
    written = first(found, "the bytes", {"write"}, f"<{folder}/content>")
    synced = first(found, "the bytes are synced", SYNC, f"<{folder}/content>", after=written)
    named = first(found, "their name is synced", SYNC, f"<{folder}>", after=synced)
    known = first(found, "their folder is synced", SYNC, f"<{folder.parent}>", after=synced)
    row = first(found, "the row", WRITE, "jobs.sqlite-wal>", file_id)
    committed = first(found, "the row is synced", SYNC, "jobs.sqlite-wal>", after=row)
    told = first(found, "the answer", WRITE, "<socket:", file_id)
    assert synced < named < row
    assert known < row < committed < told
