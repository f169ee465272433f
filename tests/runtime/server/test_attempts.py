"""Real servers and workers, killed in the midst of a long job: it goes on, and its file does not show it."""

import os
import signal
import sys

import psutil
import pytest

LONG = {"num_frames": 720, "size": "320x180", "seed": 5}
"""Half a minute: six parts of five seconds."""


KEEPING = """
import sys
from cutaway_runtime.worker import supervisor
supervisor.ANEW_SECONDS = 0.0
from cutaway_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def runtime(make_runtime):
    """A server that keeps everything for another attempt that has parts."""
    runtime = make_runtime(start=False)
    runtime.command = [sys.executable, "-c", KEEPING]
    return runtime.start()


def parts(runtime, video_id: str) -> list[str]:
    return sorted(path.parent.name for path in (runtime.home / "videos" / video_id).glob("*/segments/*/told.json"))


def painted(runtime, video_id: str, percent: int) -> dict:
    """The job once so much of it is done."""
    while True:
        video = runtime.until(video_id, "running", "completed", "failed")
        assert video["status"] == "in_progress", video
        if video["progress"] >= percent:
            return video


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_server_cost_no_more_than_a_part(runtime):
    whole = runtime.wait(runtime.create(**LONG)["id"])
    video_id = runtime.create(**LONG)["id"]
    painted(runtime, video_id, 40)
    runtime.worker().kill()
    runtime.until(video_id, "queued", "preparing")
    before = parts(runtime, video_id)
    assert len(before) >= 2
    painted(runtime, video_id, 60)
    runtime.kill()
    assert set(parts(runtime, video_id)) >= set(before)
    runtime.start()
    video = runtime.wait(video_id)
    assert (video["status"], video["cutaway"]["attempt"]) == ("completed", 3)
    first, second = (runtime.get(f"/v1/videos/{one['id']}/content").content for one in (whole, video))
    assert first.replace(whole["id"].encode(), video_id.encode()) == second, "a file names its job, and that is all"
    told = [event["data"]["video"] for event in runtime.events(video_id)]
    assert "restoring" in {one["cutaway"].get("phase") for one in told}
    percents = [one["progress"] for one in told]
    assert percents == sorted(percents), "it never goes back"
    assert [path.name for path in (runtime.home / "videos" / video_id).iterdir()] == ["video.mp4"]
    assert [text.partition(":")[0] for text in video["cutaway"]["warnings"]] == [
        "attempt 1 of 3 was lost",
        "attempt 2 of 3 was lost",
    ]


def test_a_service_that_is_stopped_costs_no_attempt_and_a_cancel_leaves_nothing(runtime):
    """Stopped as systemd does it: the same signal to server and worker at once."""
    video_id = runtime.create(**LONG)["id"]
    painted(runtime, video_id, 30)
    worker = runtime.worker()
    os.kill(worker.pid, signal.SIGTERM)
    assert runtime.stop() == 0
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert parts(runtime, video_id), "what was painted is there for when it goes on"
    runtime.start()
    video = runtime.until(video_id, "running")
    assert video["cutaway"]["attempt"] == 1
    assert video["cutaway"]["warnings"] == []
    runtime.post(f"/v1/videos/{video_id}/cancel")
    runtime.until(video_id, "cancelled")
    assert list((runtime.home / "videos").iterdir()) == []
