"""Two servers, each with a worker, on one PostgreSQL and one folder."""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from cutaway_runtime.jobs.leases import LEASE_SECONDS
from cutaway_runtime.server import process

LONG = {"num_frames": 240, "size": "640x360"}


class Pair:
    """The two servers, and a look at what they share."""

    def __init__(self, make, url: str, folder) -> None:
        self.url = url
        self.folder = folder
        self.servers = [make("--data-dir", str(folder), start=False) for _ in range(2)]
        for server in self.servers:
            server.environment["CUTAWAY_DATABASE_URL"] = url
            server.start()

    def rows(self, columns: str, ids: list[str]) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(f"SELECT {columns} FROM jobs WHERE id = ANY(%s)", [ids]).fetchall()

    def holder(self, video_id: str):
        """The server that works on a job, and the other one."""
        ((claimed_by,),) = self.rows("claimed_by", [video_id])
        pid = int(claimed_by.split(":")[1])
        return sorted(self.servers, key=lambda server: server.process.pid != pid)

    def keys(self, *arguments: str) -> dict:
        command = [sys.executable, "-m", "cutaway_runtime", *arguments, "--json", "--data-dir", str(self.folder)]
        environment = {**os.environ, "CUTAWAY_DATABASE_URL": self.url}
        return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)


@pytest.fixture
def pair(make_runtime, postgres, tmp_path):
    return Pair(make_runtime, postgres.url(), tmp_path / "shared")


@contextmanager
def calling(server, key: str):
    with httpx.Client(
        base_url=server.client.base_url, headers={"authorization": f"Bearer {key}"}, timeout=60
    ) as client:
        yield client


@pytest.mark.slow
def test_both_work_and_each_job_is_done_once(pair):
    here, there = pair.servers
    ids = [server.create(num_frames=24)["id"] for _ in range(20) for server in (here, there)]
    for number, video_id in enumerate(ids):
        video = (there, here)[number % 2].wait(video_id)  # asked for where it was not sent
        assert (video["status"], video["cutaway"]["attempt"]) == ("completed", 1)
    for video_id in ids[::8]:
        told = here.events(video_id)
        assert [event["data"]["video"]["cutaway"]["state"] for event in told].count("preparing") == 1
        for server in (here, there):
            answer = server.get(f"/v1/videos/{video_id}/content")
            assert hashlib.sha256(answer.content).hexdigest() == server.wait(video_id)["cutaway"]["sha256"]
    assert len({claimed_by for (claimed_by,) in pair.rows("claimed_by", ids)}) == 2, "both had work"
    assert sorted(path.name for path in (pair.folder / "videos").iterdir()) == sorted(ids)

    # One key is one job, and one quota is one quota, whichever server is asked.
    pair.keys("plans", "set", "ten", "--videos-a-month", "10", "--max-waiting", "none")
    key = pair.keys("keys", "add", "somebody", "--plan", "ten")["key"]
    with calling(here, key) as one, calling(there, key) as other, ThreadPoolExecutor(64) as threads:

        def ask(number: int, **headers: str) -> httpx.Response:
            body = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 1, "fps": "24"}
            return (one, other)[number % 2].post("/v1/videos", json=body, headers=headers)

        same = list(threads.map(lambda number: ask(number, **{"idempotency-key": "one"}), range(16)))
        assert {answer.status_code for answer in same} == {200}
        assert len({answer.json()["id"] for answer in same}) == 1
        answers = list(threads.map(ask, range(64)))
        assert sum(answer.status_code == 200 for answer in answers) == 9
        assert {answer.json()["error"]["code"] for answer in answers if answer.status_code != 200} == {"quota_exceeded"}
        for number, answer in enumerate(answers):
            if answer.status_code == 200:
                (other, one)[number % 2].get(f"/v1/videos/{answer.json()['id']}", params={"wait": 30})
    for server in pair.servers:
        assert server.stop() == 0
        assert "Traceback" not in server.log(), server.log()


@pytest.mark.slow
def test_jobs_of_the_other_server_are_cancelled_deleted_and_taken_over(pair):
    video_id = pair.servers[0].create(**LONG)["id"]
    pair.servers[0].until(video_id, "preparing", "running")
    worker, other = pair.holder(video_id)
    start = time.monotonic()
    assert other.post(f"/v1/videos/{video_id}/cancel").json()["cutaway"]["state"] == "cancelling"
    assert other.wait(video_id)["error"]["code"] == "cancelled"
    assert time.monotonic() - start < 5

    video_id = other.create(**LONG)["id"]
    other.until(video_id, "preparing", "running")
    worker, other = pair.holder(video_id)
    start = time.monotonic()
    assert other.client.delete(f"/v1/videos/{video_id}").status_code == 200
    assert time.monotonic() - start < 5
    assert worker.get(f"/v1/videos/{video_id}").status_code == 404
    assert not (pair.folder / "videos" / video_id).exists()

    ids = [other.create(**LONG)["id"] for _ in range(4)]
    other.until(ids[0], "running")
    gone, left = pair.holder(ids[0])
    gone.kill()
    start = time.monotonic()
    video = left.wait(ids[0], LEASE_SECONDS + 40)
    assert (video["status"], video["cutaway"]["attempt"]) == ("completed", 2)
    assert [left.wait(video_id)["status"] for video_id in ids] == ["completed"] * 4
    ((claimed_at,),) = pair.rows("claimed_at", [ids[0]])
    assert time.time() - claimed_at < time.monotonic() - start, "it was begun again after the kill"
    assert "its server is gone" in left.log()


def test_a_database_that_is_started_again(pair, postgres):
    here, there = pair.servers
    running = here.create(**LONG)["id"]
    here.until(running, "preparing", "running")
    postgres.stop()
    postgres.start()
    deadline = time.monotonic() + 20
    for server in (here, there):
        while (answer := server.get("/v1/videos")).status_code != 200:
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_unavailable")
            assert answer.headers["retry-after"]
            assert time.monotonic() < deadline, server.log()
            time.sleep(0.1)
    video = here.wait(running)
    assert (video["status"], video["cutaway"]["attempt"]) == ("completed", 1), "its worker went on meanwhile"
    assert there.wait(there.create()["id"])["status"] == "completed"


def test_a_folder_is_not_for_both_kinds_of_server(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LOCK_SECONDS", 0.1)
    with process.locked(tmp_path, shared=True), process.locked(tmp_path, shared=True):  # noqa: SIM117 - one after the other
        with pytest.raises(process.AlreadyRunning), process.locked(tmp_path):
            pass
    with process.locked(tmp_path), pytest.raises(process.AlreadyRunning), process.locked(tmp_path, shared=True):
        pass
