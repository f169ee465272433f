"""What is kept, for how long, and what of it is forgotten."""

import asyncio
import io
import sqlite3
import time

import pytest
from PIL import Image

from cutaway.wire import State, Video
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.retention import HISTORY_SECONDS
from cutaway_runtime.jobs.shelf import Shelf, new_video_id
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.server.settings import Settings
from cutaway_runtime.server.upkeep import Upkeep

DAY = 86_400


class House:
    """A data folder with finished jobs of chosen age and size."""

    def __init__(self, folder, **limits):
        self.settings = Settings(data_dir=folder, **limits)
        self.shelf = Shelf(folder)
        self.store = Store(folder / "jobs.sqlite")
        self.path = folder / "jobs.sqlite"

    def job(self, *, age: float = 0.0, size: int = 0, spec: str = "{}", ended: bool = True) -> str:
        job, _ = self.store.create(NewJob(Video(id=new_video_id()), spec, "d"))
        if ended:
            self.store.claim()
            self.store.complete(job.id, lambda j: j.video())
            folder = self.shelf.video_folder(job.id)
            folder.mkdir()
            (folder / "video.mp4").write_bytes(bytes(size))
            self.write("UPDATE jobs SET ended_at = ? WHERE id = ?", time.time() - age, job.id)
        return job.id

    def write(self, statement: str, *values: object) -> None:
        connection = sqlite3.connect(self.path)
        connection.execute(statement, values)
        connection.commit()
        connection.close()

    def round(self) -> None:
        async def once():
            queue = Queue(self.store, Reserve(self.shelf.data_dir, 0), keep_seconds=self.settings.keep_seconds)
            await Upkeep(queue, self.shelf, self.settings).round()
            queue.ledger.close()

        asyncio.run(once())

    def kept(self) -> set[str]:
        return set(self.shelf.folders()[0])


@pytest.fixture
def house(tmp_path):
    made = []

    def make(**limits):
        made.append(House(tmp_path, **limits))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_without_limits_everything_is_kept(house):
    here = house()
    old = here.job(age=1000 * DAY, size=10**6)
    here.round()
    assert here.kept() == {old}


def test_what_is_too_old_goes_and_its_row_says_when(house):
    here = house(keep_seconds=2 * DAY)
    old, young = here.job(age=3 * DAY), here.job(age=DAY)
    here.round()
    assert here.kept() == {young}
    gone = here.store.job(old).video()
    assert gone.status == "completed"
    assert gone.expires_at == pytest.approx(time.time(), abs=5)


def test_of_too_much_the_oldest_goes_first(house):
    here = house(keep_bytes=2_500)
    first, second, third = (here.job(age=age, size=1000) for age in (300, 200, 100))
    here.round()
    assert here.kept() == {second, third}
    assert first not in here.kept()


def test_what_a_waiting_job_starts_from_stays(house):
    here = house(keep_seconds=DAY, keep_bytes=0)
    source = here.job(age=9 * DAY, size=100)
    waiting = here.job(spec=f'{{"sources": "videos/{source}/video.mp4"}}', ended=False)
    here.round()
    assert here.kept() == {source}
    here.store.move(waiting, State.CANCELLED)
    here.round()
    assert here.kept() == set()


def test_history_is_forgotten_a_day_after_the_end_but_for_its_last_line(house):
    here = house()
    old, young = here.job(age=HISTORY_SECONDS + 60), here.job(age=60)
    before = here.store.events(young)
    last = here.store.events(old)[-1]
    here.round()
    assert here.store.events(old) == [last]
    assert here.store.events(young) == before


def test_an_answer_says_when_its_file_will_go_and_410_afterwards(make_runtime):
    runtime = make_runtime("--keep-days", "1")
    video = runtime.wait(runtime.create()["id"])
    assert video["expires_at"] == pytest.approx(video["completed_at"] + DAY, abs=1)
    runtime.stop()
    database = sqlite3.connect(runtime.home / "jobs.sqlite")
    database.execute("UPDATE jobs SET ended_at = ended_at - 90000")
    database.commit()
    database.close()
    runtime.start()
    deadline = time.monotonic() + 20
    while (answer := runtime.get(f"/v1/videos/{video['id']}/content")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "content_expired")
    shown = runtime.get(f"/v1/videos/{video['id']}").json()
    assert shown["status"] == "completed"
    assert shown["expires_at"] <= time.time()


def test_what_a_waiting_job_starts_from_outlives_its_deletion(make_runtime):
    """The upload and the parent are gone for everybody else at once, and from the disk once the job is over."""
    runtime = make_runtime()
    parent = runtime.wait(runtime.create()["id"])["id"]
    picture = io.BytesIO()
    Image.new("RGB", (64, 36), "red").save(picture, "PNG")
    still = runtime.post("/v1/files", files={"file": ("a.png", picture.getvalue())}).json()["id"]
    long = runtime.create(num_frames=1440, size="1280x720")["id"]
    runtime.until(long, "preparing", "running")
    more = {"prompt": "on", "model": "draft", "size": "64x36", "num_frames": 12}
    extended = runtime.post("/v1/videos/extensions", json={**more, "size": "160x90", "video": {"id": parent}}).json()
    animated = runtime.post("/v1/videos", json={**more, "input_reference": {"file_id": still}}).json()
    for path, one in (("videos", parent), ("files", still)):
        assert runtime.client.delete(f"/v1/{path}/{one}").status_code == 200
        assert runtime.get(f"/v1/{path}/{one}").status_code == 404
        assert (runtime.home / path / one).exists(), "a job that was accepted with it waits"
    runtime.client.delete(f"/v1/videos/{long}")
    for job in (extended, animated):
        assert runtime.wait(job["id"])["status"] == "completed"
    assert runtime.stop() == 0
    runtime.start()
    assert not (runtime.home / "videos" / parent).exists()
    assert not (runtime.home / "files" / still).exists()


def test_what_was_deleted_goes_in_the_next_round(house):
    """While the server runs: what an unfinished job kept back goes when that job is over."""
    there = house()
    kept = there.job(size=10)
    using = there.job(spec=f'{{"sources": {{"video": {{"path": "{kept}"}}}}}}', ended=False)
    there.store.bury(kept)
    there.round()
    assert kept in there.kept()
    there.store.move(using, State.CANCELLED)
    there.round()
    assert kept not in there.kept()
