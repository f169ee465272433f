"""Servers and workers that end: asked to, by nobody needing them, and by kill -9."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from cutaway.media.decode import Clip

REASONS = {"worker_lost", "interrupted"}
KILLS = int(os.environ.get("CUTAWAY_KILLS", "6"))
"""How often worker or server are killed at a random moment; `benchmarks/durability.py` does it a thousand times."""


def check(runtime, video: dict, folder) -> None:
    """A job that is over is over in one of two ways: a whole file, or a reason."""
    if video["status"] == "failed":
        assert video["error"]["code"] in REASONS, video
        assert video["error"]["message"]
        assert runtime.get(f"/v1/videos/{video['id']}/content").status_code == 409
        return
    assert video["status"] == "completed", video
    data = runtime.get(f"/v1/videos/{video['id']}/content").content
    assert hashlib.sha256(data).hexdigest() == video["cutaway"]["sha256"]
    path = folder / f"{video['id']}.mp4"
    path.write_bytes(data)
    with Clip(path) as clip:
        assert len(clip) == video["cutaway"]["num_frames"] == sum(1 for _ in clip.frames())


def test_a_server_asked_to_end_ends_and_the_queue_goes_on(make_runtime):
    runtime = make_runtime()
    done = runtime.wait(runtime.create()["id"])
    running = runtime.create(num_frames=240, size="640x360")["id"]
    waiting = [runtime.create()["id"] for _ in range(3)]
    runtime.until(running, "preparing", "running")
    with (
        httpx.Client(base_url=runtime.client.base_url, headers=runtime.client.headers) as listener,
        listener.stream("GET", f"/v1/videos/{waiting[-1]}/events") as stream,
    ):
        lines = stream.iter_lines()
        next(lines)
        start = time.monotonic()
        assert runtime.stop() == 0
        assert time.monotonic() - start < 5, "listeners are sent home"
        assert "completed" not in "".join(lines), "the stream ended, the job did not"
        stream.close()
    assert not (runtime.home / "runtime.json").exists()
    assert "Traceback" not in runtime.log()

    runtime.start()
    assert runtime.get(f"/v1/videos/{done['id']}").json() == done
    video = runtime.wait(running)
    assert (video["status"], video["cutaway"]["attempt"]) == ("completed", 1), "being put down costs no attempt"
    for video_id in waiting:
        assert runtime.wait(video_id)["status"] == "completed"
    assert runtime.parts() == []


def test_events_go_on_after_a_restart(make_runtime):
    runtime = make_runtime()
    video_id = runtime.create(num_frames=240, size="640x360")["id"]
    runtime.until(video_id, "running")
    runtime.kill()
    runtime.start()
    told = runtime.events(video_id)
    states = [event["data"]["video"]["cutaway"]["state"] for event in told]
    assert [int(event["id"]) for event in told] == list(range(1, len(told) + 1))
    assert states.count("queued") == 2, "as it was made, and as it was taken up again"
    percents = [event["data"]["video"]["progress"] for event in told]
    assert percents == sorted(percents)
    assert told[-1]["data"]["video"]["status"] == "completed"


def test_one_server_has_a_data_folder(make_runtime):
    runtime = make_runtime()
    second = subprocess.run(
        [sys.executable, "-c", PATIENCE],
        env={**os.environ, "CUTAWAY_HOME": str(runtime.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 4
    assert str(runtime.home) in second.stderr
    assert runtime.get("/health").status_code == 200
    assert json.loads((runtime.home / "runtime.json").read_text())["pid"] == runtime.process.pid


PATIENCE = """
import sys
from cutaway_runtime.server import process
process.LOCK_SECONDS = 0.2
from cutaway_runtime.__main__ import main
sys.exit(main(["serve"]))
"""


def test_a_server_that_nobody_needs_ends_by_itself(make_runtime):
    runtime = make_runtime("--idle-exit", "1.5")
    video_id = runtime.create(num_frames=480, size="640x360")["id"]
    worker = runtime.worker()
    assert runtime.process.wait(60) == 0
    assert not (runtime.home / "runtime.json").exists()
    assert worker is None or not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    runtime.start()
    assert runtime.get(f"/v1/videos/{video_id}").json()["status"] == "completed", "a job is a need"


def test_a_worker_without_a_server_ends(make_runtime):
    runtime = make_runtime()
    runtime.create(num_frames=1440, size="1280x720")
    while (worker := runtime.worker()) is None:
        time.sleep(0.02)
    runtime.until(runtime.get("/v1/videos").json()["data"][0]["id"], "running")
    runtime.kill()
    worker.wait(5)


def test_a_poisonous_job_is_tried_three_times_and_the_next_one_runs(make_runtime):
    runtime = make_runtime()
    poison = runtime.create(num_frames=1440, size="1920x1080")["id"]
    good = runtime.create()["id"]
    deadline = time.monotonic() + 60
    for attempt in (1, 2, 3):
        while runtime.until(poison, "running", "failed")["cutaway"]["attempt"] < attempt:
            assert time.monotonic() < deadline, f"attempt {attempt} does not begin"
        assert runtime.get(f"/v1/videos/{poison}").json()["cutaway"]["attempt"] == attempt
        os.kill(runtime.worker().pid, signal.SIGKILL)
    video = runtime.until(poison, "failed", seconds=20)
    assert (video["status"], video["error"]["code"]) == ("failed", "worker_lost")
    assert "attempt 3 of 3" in video["error"]["message"]
    assert runtime.wait(good)["status"] == "completed"
    assert runtime.parts() == []


@pytest.mark.slow
def test_worker_and_server_killed_at_any_moment(make_runtime, tmp_path):
    """kill -9 at random moments of a job: it ends with a whole file or a reason, and the queue goes on."""
    runtime = make_runtime()
    dice = random.Random(20)
    made = []
    for turn in range(KILLS):
        made += [runtime.create(num_frames=dice.choice([24, 96, 240]), size="320x180")["id"] for _ in range(2)]
        victim = next(v["id"] for v in unfinished(runtime))
        runtime.until(victim, "preparing", "running", "finalizing", "completed", "failed")
        time.sleep(dice.uniform(0, 0.4))
        if turn % 2 and (worker := runtime.worker()) is not None:
            worker.kill()
        else:
            runtime.kill()
            runtime.start()
    videos = [runtime.wait(video_id, 120) for video_id in made]
    for video in videos:
        check(runtime, video, tmp_path)
    assert sum(video["status"] == "completed" for video in videos) >= len(videos) / 2
    assert any(video["cutaway"]["attempt"] > 1 for video in videos), "some jobs were hit"
    assert runtime.wait(runtime.create()["id"])["status"] == "completed"
    assert runtime.parts() == []
    finished = {video["id"] for video in videos if video["status"] == "completed"}
    kept = {path.name for path in (runtime.home / "videos").iterdir()}
    assert kept == finished | {runtime.get("/v1/videos").json()["data"][0]["id"]}


def unfinished(runtime) -> list[dict]:
    """Oldest first."""
    page = runtime.get("/v1/videos", params={"order": "asc", "limit": 100}).json()["data"]
    return [video for video in page if video["status"] in {"queued", "in_progress"}]


def test_the_server_process_stays_light():
    """Neither numpy nor a decoder nor torch, whatever is installed; nor Alembic where nothing is to migrate."""
    code = (
        "import sys; import cutaway_runtime.server.process; "
        "print([m for m in ('numpy','av','cv2','PIL','torch','diffusers','alembic','httpx') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_while_ending_nothing_new_is_taken(make_runtime):
    runtime = make_runtime()
    runtime.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 10
    while runtime.process.poll() is None and time.monotonic() < deadline:
        try:
            answer = runtime.post("/v1/videos", json={"prompt": "x", "model": "bars"})
        except httpx.TransportError:
            break
        if answer.status_code == 503:
            assert answer.json()["error"]["code"] == "shutting_down"
            assert int(answer.headers["retry-after"]) > 0
    assert runtime.process.wait(10) == 0
