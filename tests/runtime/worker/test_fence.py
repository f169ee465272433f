"""A server that was frozen while another one took its job: what it finds when it wakes, and what it may not do.

Two servers' worth of queues on one PostgreSQL. A lease is made to run out by hand; nobody waits for a clock.
"""

import asyncio
import json
import sys

import psycopg
import pytest

from cutaway.wire import State, Video, VideoError
from cutaway_runtime.jobs.database import VARIABLE, place_of
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import Shelf, attempt_folder, enter, new_video_id
from cutaway_runtime.jobs.store import NotOurs, Store
from cutaway_runtime.worker import supervisor as module
from cutaway_runtime.worker.supervisor import Supervisor


class Servers:
    """Two of them, and their folder."""

    def __init__(self, url: str, folder) -> None:
        self.url = url
        self.shelf = Shelf(folder)
        place = place_of(folder, {VARIABLE: url})
        self.here, self.there = (Queue(Store(place), Reserve(folder, 0)) for _ in range(2))

    async def submit(self) -> str:
        video_id = new_video_id()
        spec = json.dumps({"output": f"videos/{video_id}/video.mp4"})
        await self.here.submit(NewJob(Video(id=video_id, prompt="x", model="bars"), spec, "d"))
        return video_id

    def run_out(self) -> None:
        """As if nothing had been heard of whoever works for longer than a lease lasts."""
        with psycopg.connect(self.url) as connection:
            connection.execute("UPDATE jobs SET lease_until = 1 WHERE lease_until IS NOT NULL")

    def made(self, video_id: str, attempt: int) -> None:
        """What the worker of an attempt leaves when it is done."""
        (enter(self.shelf.video_folder(video_id), attempt, "segments") / "video.mp4").write_text(f"attempt {attempt}")

    async def finish(self, queue: Queue, video_id: str, attempt: int):
        return await queue.complete(
            video_id, lambda job: job.video(), lambda: self.shelf.place(video_id, attempt, "video.mp4")
        )

    def seen(self, video_id: str) -> str:
        return (self.shelf.video_folder(video_id) / "video.mp4").read_text()

    async def close(self) -> None:
        await self.here.close()
        await self.there.close()


@pytest.fixture
def tell(postgres, tmp_path):
    """Tells a story of two servers."""

    def tell(story):
        async def told():
            servers = Servers(postgres.url(), tmp_path)
            try:
                async with asyncio.timeout(30):
                    await story(servers)
            finally:
                await servers.close()

        asyncio.run(told())

    return tell


def test_whoever_wakes_places_nothing_over_the_new_owners_file(tell):
    async def story(servers):
        video_id = await servers.submit()
        assert (await servers.here.claim()).attempt == 1
        servers.made(video_id, 1)
        servers.run_out()
        await servers.there.recover()
        assert (await servers.there.claim()).attempt == 2
        servers.made(video_id, 2)
        with pytest.raises(NotOurs):
            await servers.finish(servers.here, video_id, 1)
        assert not (servers.shelf.video_folder(video_id) / "video.mp4").exists()
        done = await servers.finish(servers.there, video_id, 2)
        assert (done.state, servers.seen(video_id)) == (State.COMPLETED, "attempt 2")
        with pytest.raises(NotOurs):
            await servers.finish(servers.here, video_id, 1)
        servers.shelf.remove_attempt(video_id, 1)
        assert servers.seen(video_id) == "attempt 2"

    tell(story)


@pytest.mark.parametrize("says", ["finished", "failed", "stopped"])
def test_a_job_that_waits_again_is_nobodys_to_end(tell, says):
    async def story(servers):
        video_id = await servers.submit()
        await servers.here.claim()
        servers.made(video_id, 1)
        servers.run_out()
        await servers.there.recover()
        ends = {
            "finished": lambda: servers.finish(servers.here, video_id, 1),
            "failed": lambda: servers.here.fail(video_id, VideoError(code="x", message="x")),
            "stopped": lambda: servers.here.stopped(video_id),
        }
        with pytest.raises(NotOurs):
            await ends[says]()
        assert servers.there.job(video_id).state is State.QUEUED
        assert (await servers.there.claim()).id == video_id

    tell(story)


def test_a_worker_that_goes_on_unheard_writes_into_nothing(tell):
    """Its own folder is gone with what it painted; the new one has that."""

    async def story(servers):
        video_id = await servers.submit()
        home = servers.shelf.video_folder(video_id)
        mine = enter(home, 1, "segments")
        (mine / "segments" / "0000-0000").mkdir(parents=True)
        with (mine / "video.mp4.part").open("w") as part:
            theirs = enter(home, 2, "segments")
            part.write("goes on")
        assert sorted(path.name for path in home.rglob("*")) == ["0000-0000", "attempt-2", "segments"]
        assert (theirs / "segments" / "0000-0000").is_dir()
        with pytest.raises(FileNotFoundError):
            (mine / "video.mp4.part").rename(mine / "video.mp4")
        with pytest.raises(FileNotFoundError):
            servers.shelf.place(video_id, 1, "video.mp4")

    tell(story)


DEAF = """
import json, os, sys, time
def say(**message):
    print(json.dumps(message), flush=True)
say(kind="ready")
order = json.loads(sys.stdin.readline() or os._exit(0))
say(kind="progress", phase="painting", step=1, total=4, percent=25)
while True:
    say(kind="heartbeat")
    time.sleep(0.05)
"""


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(module, "SIGN_SECONDS", 0.05)
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.9)
    monkeypatch.setattr(module, "SPARE_SECONDS", 0.4)


async def happens(what) -> None:
    while not what():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0.01)


async def nobody() -> list:
    return []


@pytest.mark.parametrize("how", ["no sign of life gets through", "it is another server's"])
def test_a_worker_whose_job_is_not_ours_any_more_is_ended(tell, quick, monkeypatch, how):
    async def story(servers):
        video_id = await servers.submit()
        monkeypatch.setattr(servers.here, "recover", nobody)  # it is the other one that notices
        supervisor = Supervisor(servers.here, servers.shelf, command=(sys.executable, "-c", DEAF))
        supervisor.start()
        try:
            await happens(lambda: servers.there.job(video_id).state is State.RUNNING)
            worker = supervisor._worker
            enter(servers.shelf.video_folder(video_id), 1, "segments")
            if how == "it is another server's":
                while not await servers.there.recover():
                    servers.run_out()
                assert (await servers.there.claim()).id == video_id
                enter(servers.shelf.video_folder(video_id), 2, "segments")
            else:

                def away(*_):
                    raise OSError("no route to the database")

                monkeypatch.setattr(Store, "renew", away)
            await happens(lambda: not worker.alive)
            if how == "it is another server's":
                await happens(lambda: supervisor._job is None)
                assert servers.there.job(video_id).attempt == 2
                assert not attempt_folder(servers.shelf.video_folder(video_id), 1).exists()
                assert attempt_folder(servers.shelf.video_folder(video_id), 2).exists()
        finally:
            await supervisor.close()

    tell(story)
