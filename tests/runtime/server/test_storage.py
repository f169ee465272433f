"""A full disk and a full queue: nothing new is taken, what was accepted comes to its end, and room brings it all back."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

MIB = 1024**2
SIZE = 48
RESERVE = 6


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of SIZE MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a full disk needs a file system of its own: Linux, as root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        while (free := shutil.disk_usage(folder).free) > leave:
            file.write(bytes(min(MIB, free - leave)))
            file.flush()
    return filler


def test_nothing_new_is_taken_below_the_reserve_and_room_brings_it_back(small_disk, make_runtime):
    runtime = make_runtime("--disk-reserve", str(RESERVE), home=small_disk / "home")
    done = runtime.wait(runtime.create()["id"])
    key = {"idempotency-key": "made-before"}
    body = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}
    kept = runtime.post("/v1/videos", json=body, headers=key).json()["id"]
    runtime.wait(kept)
    filler = fill(small_disk, (RESERVE - 1) * MIB)
    refused = runtime.post("/v1/videos", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage_full")
    assert "delete some videos" in refused.json()["error"]["message"]
    upload = runtime.post("/v1/files", files={"file": ("a.png", b"x" * 100)})
    assert (upload.status_code, upload.json()["error"]["code"]) == (507, "storage_full")
    again = runtime.post("/v1/videos", json=body, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, kept), "what was promised is still answered"
    assert runtime.get(f"/v1/videos/{done['id']}/content").status_code == 200
    filler.unlink()
    assert runtime.wait(runtime.create()["id"])["status"] == "completed"


def test_a_job_that_fills_the_disk_ends_as_failed_at_once_and_the_next_one_is_whole(small_disk, make_runtime):
    runtime = make_runtime("--disk-reserve", "0", home=small_disk / "home")
    assert (small_disk / "home" / "ballast").stat().st_size == 8 * MIB
    runtime.wait(runtime.create()["id"])
    job = runtime.create(num_frames=1440, size="1280x720", cutaway={"format": "prores"})["id"]
    runtime.until(job, "running")
    filler = fill(small_disk, 0)
    ended = runtime.wait(job)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "storage_full")
    assert not runtime.parts()
    filler.unlink()
    video = runtime.wait(runtime.create()["id"])
    assert video["status"] == "completed", video
    assert runtime.stop() == 0
    runtime.start()
    assert (small_disk / "home" / "ballast").stat().st_size == 8 * MIB, "laid in again"
    assert runtime.get(f"/v1/videos/{job}").json()["status"] == "failed"


def refused_for_want_of_room(answer) -> bool:
    return (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")


def test_no_room_at_any_place_where_something_is_written(small_disk, make_runtime, tmp_path):
    """Without a reserve, so that it is the system that says no: to the database, to uploads, characters and stills."""
    runtime = make_runtime("--disk-reserve", "0", home=small_disk / "home")
    home = small_disk / "home"
    picture = io.BytesIO()
    Image.effect_noise((640, 640), 90).convert("RGB").save(picture, "PNG")
    made = runtime.wait(runtime.create(num_frames=48)["id"])["id"]
    listed = runtime.get("/v1/videos").json()["data"]

    def everything() -> set[str]:
        return {
            str(path.relative_to(home))
            for name in ("videos", "files", "characters")
            for path in (home / name).rglob("*")
        }

    before = everything()
    filler = fill(small_disk, 0)
    upload = {"file": ("a.png", picture.getvalue())}
    assert refused_for_want_of_room(runtime.post("/v1/files", files=upload))
    character = {"data": {"name": "Mina"}, "files": {"video": ("a.png", picture.getvalue())}}
    assert refused_for_want_of_room(runtime.post("/v1/videos/characters", **character))
    form = {"data": {"prompt": "x", "model": "draft"}, "files": {"input_reference": ("a.png", picture.getvalue())}}
    assert refused_for_want_of_room(runtime.post("/v1/videos", **form))
    created = []
    while True:  # what the database has room for in its pages is taken, until it is full too
        answer = runtime.post(
            "/v1/videos", json={"model": "bars", "prompt": "x" * 4000, "size": "160x90", "num_frames": 8}
        )
        if answer.status_code != 200:
            break
        created.append(answer.json()["id"])
        assert len(created) < 5000
    assert refused_for_want_of_room(answer)
    still = runtime.get(f"/v1/videos/{made}/content", params={"variant": "spritesheet"})
    assert refused_for_want_of_room(still), still.text
    for job in created:
        ended = runtime.wait(job, 30)
        assert (ended["status"], ended["error"]["code"]) == ("failed", "storage_full")
    assert everything() <= before, "nothing is left of what was refused"
    assert runtime.get(f"/v1/videos/{made}/content").status_code == 200
    full = subprocess.run(
        [sys.executable, "-m", "cutaway_runtime", "backup", str(small_disk / "copy"), "--data-dir", str(home)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert full.returncode != 0
    assert "Traceback" not in full.stderr
    filler.unlink()
    assert {video["id"] for video in listed} <= {
        v["id"] for v in runtime.get("/v1/videos", params={"limit": 100}).json()["data"]
    }
    assert runtime.get(f"/v1/videos/{made}/content", params={"variant": "spritesheet"}).status_code == 200
    assert runtime.post("/v1/files", files=upload).status_code == 200
    answer = runtime.post("/v1/videos/characters", **character)
    assert answer.status_code == 200, answer.text + runtime.log()[-3000:]
    assert runtime.wait(runtime.create()["id"])["status"] == "completed"
    assert runtime.stop() == 0
    with closing(sqlite3.connect(home / "jobs.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_queue_takes_no_more_and_says_when_to_come_again(make_runtime):
    runtime = make_runtime("--max-queue", "2")
    long = runtime.create(num_frames=1400, size="640x360")["id"]
    runtime.until(long, "preparing", "running")
    key = {"idempotency-key": "second"}
    body = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}
    runtime.create()
    second = runtime.post("/v1/videos", json=body, headers=key).json()["id"]
    refused = runtime.post("/v1/videos", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert runtime.post("/v1/videos", json=body, headers=key).json()["id"] == second
    runtime.post(f"/v1/videos/{second}/cancel")
    assert runtime.post("/v1/videos", json=body).status_code == 200


def test_an_upload_that_does_not_say_how_long_it_is_leaves_the_reserve_alone(small_disk, make_runtime):
    runtime = make_runtime("--disk-reserve", str(RESERVE * 4), home=small_disk / "home")
    before = shutil.disk_usage(small_disk).free
    part = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    least = []

    def endless():
        yield part
        for _ in range(SIZE):
            yield bytes(MIB)
            least.append(shutil.disk_usage(small_disk).free)

    answer = runtime.client.post(
        "/v1/files", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
    assert min(least) > (RESERVE * 4 - 6) * MIB
    assert shutil.disk_usage(small_disk).free == pytest.approx(before, abs=MIB), "nothing of it is left"
    assert "Traceback" not in runtime.log()
