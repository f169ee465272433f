"""What a cancel leaves behind: nothing. `benchmarks/cancels.py` asks the same a hundred times."""

import io
import time

import av
import pytest

SHORT = {"model": "draft", "prompt": "a blue kite over hills", "num_frames": 4, "seed": 7}


def frames(runtime, video) -> list[bytes]:
    content = runtime.get(f"/v1/videos/{video['id']}/content").content
    with av.open(io.BytesIO(content)) as film:
        return [frame.to_ndarray().tobytes() for frame in film.decode(video=0)]


@pytest.mark.parametrize("pause", [0.0, 0.2, 0.5])
def test_the_job_after_a_cancelled_one_has_the_frames_of_an_undisturbed_run(runtime, pause):
    undisturbed = runtime.wait(runtime.create(**SHORT)["id"])
    worker = runtime.worker()
    before = worker.memory_info().rss
    model = "draft" if pause else "bars"
    running = runtime.create(model=model, num_frames=480, size="640x360")["id"]
    runtime.until(running, "preparing", "running")
    time.sleep(pause)
    runtime.post(f"/v1/videos/{running}/cancel")
    assert runtime.wait(running, 10)["cutaway"]["state"] == "cancelled"
    after = runtime.wait(runtime.create(**SHORT)["id"])
    assert frames(runtime, after) == frames(runtime, undisturbed)
    assert runtime.worker().pid == worker.pid
    assert worker.memory_info().rss - before <= 128 * 1024**2
    assert runtime.parts() == []
