"""A look into a file by a process that has little to lose."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from cutaway_runtime.worker import probe


def look(path, container: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutaway_runtime.worker.probe", str(path), container]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_picture_is_described(tmp_path):
    Image.new("RGBA", (40, 30)).save(tmp_path / "a.png")
    seen = look(tmp_path / "a.png", "png")
    assert seen.returncode == 0, seen.stderr
    facts = json.loads(seen.stdout)
    assert (facts["kind"], facts["width"], facts["height"], facts["has_alpha"]) == ("image", 40, 30, True)


def test_what_cannot_be_read_is_said_without_its_path(tmp_path):
    (tmp_path / "content").write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(64))
    seen = look(tmp_path / "content", "mp4")
    assert seen.returncode == 1
    assert "the file" in seen.stdout
    assert str(tmp_path) not in seen.stdout


def test_a_look_loads_what_it_looks_with_and_no_more(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    code = (
        "import sys; from cutaway_runtime.worker.probe import main; main(sys.argv[1:]); "
        "print([m for m in ('pydantic', 'fastapi', 'httpx', 'cv2', 'torch') if m in sys.modules])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.png", "png"], capture_output=True, text=True, timeout=60, check=True
    )
    assert seen.stdout.endswith("[]\n")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind")
def test_memory_is_limited():
    code = f"from cutaway_runtime.worker.probe import confine; confine(); bytearray({probe.MEMORY_BYTES})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "MemoryError" in ended.stderr
