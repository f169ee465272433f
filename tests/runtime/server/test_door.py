"""The corpus of `benchmarks/corpus` at every door, in its short form, and what a browser or a stranger gets to see."""

import io
import os
import runpy
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
PICTURES = runpy.run_path(str(BENCHMARKS / "corpus" / "pictures.py"))
IDS = runpy.run_path(str(BENCHMARKS / "corpus" / "requests.py"))["ids"]()
SMALL = {"model": "bars", "prompt": "x", "size": "64x48", "num_frames": "2", "fps": "24"}


@pytest.mark.slow
def test_nothing_of_the_corpus_does_any_harm(tmp_path):
    ran = subprocess.run(
        [sys.executable, str(BENCHMARKS / "door.py"), "--short"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds" in ran.stdout


def test_no_answer_is_a_page_for_a_browser(runtime):
    made = runtime.wait(runtime.create()["id"])["id"]
    for path in ("/health", "/v1/videos", f"/v1/videos/{made}/content", "/v1/videos/nothing", "/openapi.json"):
        answer = runtime.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "html" not in answer.headers["content-type"]
    film = runtime.get(f"/v1/videos/{made}/content")
    assert film.headers["content-disposition"] == f'attachment; filename="{made}.mp4"'
    refused = httpx.get(runtime.client.base_url.join("/v1/videos"))
    assert refused.status_code == 401
    assert refused.headers["content-security-policy"]


def test_what_a_picture_says_of_its_owner_goes_no_further(runtime):
    told = PICTURES["saved"]("JPEG", (320, 240), **PICTURES["described"]())
    assert PICTURES["SECRET"].encode() in told
    made = runtime.post("/v1/videos", data=SMALL, files={"input_reference": ("a.jpg", told)})
    assert made.status_code == 200, made.text
    video = runtime.wait(made.json()["id"])
    assert video["status"] == "completed"
    for variant in ("video", "first_frame", "thumbnail", "sidecar"):
        content = runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": variant}).content
        assert PICTURES["SECRET"].encode() not in content
        if variant == "first_frame":
            assert not Image.open(io.BytesIO(content)).getexif()
    character = runtime.post("/v1/videos/characters", data={"name": "Ada"}, files={"video": ("a.jpg", told)}).json()
    stills = [path.read_bytes() for path in (runtime.home / "characters" / character["id"]).iterdir()]
    assert stills
    assert not [still for still in stills if PICTURES["SECRET"].encode() in still]
    assert Image.open(io.BytesIO(stills[0])).size == (240, 320), "turned as its owner held the camera"


def test_five_thousand_ids_lead_nowhere(tmp_path):
    from cutaway_runtime.jobs.shelf import Shelf

    shelf = Shelf(tmp_path / "data")
    ways = [shelf.video_folder, shelf.file, shelf.character_folder, shelf.remove_video, shelf.remove_file]
    for name in IDS:
        for way in ways:
            with pytest.raises(ValueError, match="no id of this runtime"):
                way(name)
    assert len(IDS) == 5000


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_in_the_data_folder_is_not_followed(runtime, tmp_path):
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"somebody's own")
    video = runtime.wait(runtime.create()["id"])["id"]
    film = next((runtime.home / "videos" / video).glob("video.*"))
    kept = film.read_bytes()
    for plant in (outside, tmp_path / "nothing"):
        film.unlink()
        film.symlink_to(plant)
        answer = runtime.get(f"/v1/videos/{video}/content")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "content_expired")
    film.unlink()
    folder = film.parent
    (tmp_path / "moved").mkdir()
    (tmp_path / "moved" / film.name).write_bytes(kept)
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path / "moved")
    assert runtime.get(f"/v1/videos/{video}/content").status_code == 410
    file = runtime.post("/v1/files", files={"file": ("a.mp4", kept)}).json()["id"]
    content = runtime.home / "files" / file / "content"
    content.unlink()
    content.symlink_to(outside)
    edit = runtime.post("/v1/videos/edits", json={"model": "bars", "prompt": "x", "video": {"file_id": file}})
    assert edit.status_code == 404


def test_one_lookout_takes_file_after_file_and_ends_with_the_server(make_runtime):
    runtime = make_runtime()
    for _ in range(3):
        assert runtime.post("/v1/files", files={"file": ("a.png", PICTURES["saved"]("PNG"))}).status_code == 200
    server = psutil.Process(runtime.process.pid)
    lookouts = [child for child in server.children() if "cutaway_runtime.worker.lookout" in child.cmdline()]
    assert len(lookouts) == (1 if sys.platform == "linux" else 0)
    for lookout in lookouts:  # one that somebody ended costs nobody a file
        lookout.kill()
    assert runtime.post("/v1/files", files={"file": ("a.png", PICTURES["saved"]("PNG"))}).status_code == 200
    children = server.children(recursive=True)
    assert runtime.stop() == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_pictures_of_other_kinds_are_refused_by_name(runtime):
    for kind in ("TIFF", "BMP", "ICO"):
        answer = runtime.post("/v1/files", files={"file": ("a.png", PICTURES["saved"](kind))})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_media")
        assert "jpeg, matroska, mov, mp4, png, webm, webp" in answer.json()["error"]["message"]


def test_a_character_is_made_of_no_more_than_is_needed(runtime):
    data = PICTURES["png"](5000, 4000, bytes(4000 * (5000 * 3 + 1)))
    assert len(data) < 100_000
    answer = runtime.post("/v1/videos/characters", data={"name": "Large"}, files={"video": ("a.png", data)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_media")
    assert "5000x4000" in answer.json()["error"]["message"]
