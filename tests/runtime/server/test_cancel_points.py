"""A cancel at each of twelve points of a job's life, each reached for certain (`gated.py`): it ends as cancelled, in time,
leaves nothing, costs nothing, and the next job is whole. `benchmarks/cancels.py` cancels at random moments.
"""

import io
import time
from pathlib import Path

import av
import psutil
import pytest

from cutaway_runtime.jobs.keyring import Plan
from cutaway_runtime.jobs.store import Store

GATED = Path(__file__).with_name("gated.py")
AT_WORK = (
    "told",
    "loading",
    "planning",
    "before the first frame",
    "in the middle of the frames",
    "a chunk for the encoder",
    "the last frame is written",
    "synced, without its name",
    "finished, not yet said",
    "said, not yet written down",
)
STEP_S = 5.0
"""For a step of the engine, the way to the server and back, and a busy machine."""
LADDER_S = 2.0
"""As long as `gated.py` makes it; eight seconds in earnest."""


class Stage:
    """A gated server, and who asks it."""

    def __init__(self, runtime, gate: Path, key: str) -> None:
        self.runtime, self.gate = runtime, gate
        self.headers = {"authorization": f"Bearer {key}"}
        self.undisturbed: list[bytes] = []

    def create(self, **more: object) -> str:
        body = {"model": "draft", "prompt": "a red ball", "size": "64x36", "num_frames": 48, "fps": "24", **more}
        answer = self.runtime.post("/v1/videos", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def stop_at(self, point: str) -> None:
        for name in ("reached", "go"):
            (self.gate / name).unlink(missing_ok=True)
        (self.gate / "point").write_text(point)

    def reached(self) -> None:
        deadline = time.monotonic() + 60
        while not (self.gate / "reached").exists():
            assert time.monotonic() < deadline, "the point was never reached"
            time.sleep(0.005)

    def go(self) -> None:
        (self.gate / "go").touch()

    def cancel(self, job: str) -> str:
        answer = self.runtime.post(f"/v1/videos/{job}/cancel", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["cutaway"]["state"]

    def ends_cancelled(self, job: str, seconds: float) -> None:
        began = time.monotonic()
        video = self.runtime.wait(job, seconds + 10)
        assert (video["cutaway"]["state"], time.monotonic() - began < seconds) == ("cancelled", True), video
        assert self.runtime.get(f"/v1/videos/{job}/content").status_code == 409
        deadline = time.monotonic() + 2
        while (self.runtime.home / "videos" / job).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not (self.runtime.home / "videos" / job).exists(), "nothing is left of it"

    def worker(self) -> int | None:
        """The process id of the worker, where there is one."""
        children = psutil.Process(self.runtime.process.pid).children()
        return next((child.pid for child in children if child.cmdline()[-1:] == ["worker"]), None)

    def frames(self) -> list[bytes]:
        """Those of a short job with a seed."""
        video = self.runtime.wait(self.create(num_frames=4, seed=7))
        content = self.runtime.get(f"/v1/videos/{video['id']}/content").content
        with av.open(io.BytesIO(content)) as film:
            return [frame.to_ndarray().tobytes() for frame in film.decode(video=0)]

    def charged(self) -> int:
        """Videos that count for the plan; the database says it, as the command for keys does."""
        store = Store(self.runtime.home / "jobs.sqlite")
        try:
            (key,) = store.keyring.all()
            return key.used
        finally:
            store.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory, make_one):
    home, gate = tmp_path_factory.mktemp("gated"), tmp_path_factory.mktemp("gate")
    store = Store(home / "jobs.sqlite")
    store.keyring.set_plan(Plan("small", videos_a_month=100))
    _, key = store.keyring.add("lena", "small")
    store.close()
    with make_one(home, command=[str(GATED), str(gate), "server"]) as runtime:
        made = Stage(runtime, gate, key)
        made.undisturbed = made.frames()
        yield made


@pytest.mark.parametrize("point", AT_WORK)
def test_a_cancel_at_work(stage, point):
    """The worker hears of it at its next step, and is kept."""
    before, worker = stage.charged(), stage.worker()
    stage.stop_at(point)
    job = stage.create()
    stage.reached()
    assert stage.charged() == before + 1, "it is set aside while it is made"
    assert stage.cancel(job) == "cancelling"
    stage.go()
    stage.ends_cancelled(job, STEP_S)
    assert stage.charged() == before
    assert stage.frames() == stage.undisturbed
    assert stage.worker() == worker, "the worker is kept"


def test_a_cancel_while_it_waits(stage):
    stage.stop_at("before the first frame")
    running, waiting = stage.create(), stage.create()
    stage.reached()
    before = stage.charged()
    began = time.monotonic()
    assert stage.cancel(waiting) == "cancelled", "at once"
    assert time.monotonic() - began < 2
    assert stage.charged() == before - 1
    stage.go()
    assert stage.runtime.wait(running)["status"] == "completed"


def test_a_cancel_while_the_worker_starts(stage):
    stage.stop_at("the worker starts")
    psutil.Process(stage.worker()).kill()
    job = stage.create()
    stage.reached()
    assert stage.cancel(job) in {"cancelled", "cancelling"}
    stage.go()
    stage.ends_cancelled(job, STEP_S)
    assert stage.frames() == stage.undisturbed


def test_a_worker_that_does_not_listen_is_ended(stage):
    """The ladder: told, then asked to end, then killed."""
    stage.stop_at("in the middle of the frames")
    job = stage.create()
    stage.reached()
    worker = stage.worker()
    stage.cancel(job)
    stage.ends_cancelled(job, LADDER_S + STEP_S)
    assert stage.worker() != worker
    stage.go()
    assert stage.frames() == stage.undisturbed
