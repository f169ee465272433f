"""A PostgreSQL that is frozen: connections to it stay open, and nothing that it is asked is answered."""

import time

import httpx
import pytest

from cutaway_runtime.jobs.absence import LOOP_SECONDS
from cutaway_runtime.jobs.database import VARIABLE


@pytest.fixture
def server(make_runtime, postgres):
    runtime = make_runtime(start=False)
    runtime.environment[VARIABLE] = postgres.url()
    runtime.start()
    runtime.wait(runtime.create()["id"])
    return runtime


def asked(server, path: str) -> tuple[int, float, dict]:
    """Status, seconds and body of an answer."""
    start = time.monotonic()
    answer = server.get(path, timeout=httpx.Timeout(15))
    return answer.status_code, time.monotonic() - start, answer.json()


def test_a_server_whose_database_is_frozen_says_so_and_lives_and_works_when_it_is_back(server, postgres):
    with postgres.frozen():
        status, seconds, said = asked(server, "/v1/videos")
        assert (status, said["error"]["code"]) == (503, "database_unavailable")
        assert seconds < LOOP_SECONDS + 3
        for _ in range(5):
            assert asked(server, "/v1/videos")[0] == 503
            status, seconds, _ = asked(server, "/health")
            assert status == 200
            assert seconds < 1, "nothing waits any more, once it is known"
        status, seconds, said = asked(server, "/ready")
        assert (status, "the database does not answer" in said["reasons"]) == (503, True)
    deadline = time.monotonic() + 40
    while (status := asked(server, "/v1/videos")[0]) != 200:
        assert (status, time.monotonic() < deadline) == (503, True), server.log()
        time.sleep(0.2)
    assert server.wait(server.create()["id"])["status"] == "completed"
    assert server.stop() == 0


@pytest.mark.slow
def test_a_server_whose_database_is_frozen_ends_when_it_is_told_to(server, postgres):
    video_id = server.create(num_frames=240, size="640x360")["id"]
    server.until(video_id, "preparing", "running")
    with postgres.frozen():
        time.sleep(2)  # the job's signs of life are on their way by now
        start = time.monotonic()
        assert server.stop() == 0, server.log()
        assert time.monotonic() - start < 35
    server.start()
    assert server.wait(video_id)["status"] == "completed"
