"""Waiting without polling."""

import asyncio
import time

import pytest

from cutaway.wire import State, Video
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import NotAllowed, Store


def new() -> NewJob:
    return NewJob(Video(id=new_video_id(), prompt="x", model="bars"), "{}", "d")


@pytest.fixture
def run(tmp_path, place):
    """Runs a coroutine that is given a queue."""

    def run(story):
        async def told():
            queue = Queue(Store(place), Reserve(tmp_path, 0))
            try:
                async with asyncio.timeout(10):
                    return await story(queue)
            finally:
                await queue.close()

        return asyncio.run(told())

    return run


def test_a_claim_waits_for_a_job(run):
    async def story(queue):
        claim = asyncio.create_task(queue.claim())
        await asyncio.sleep(0.05)
        assert not claim.done()
        job, _ = await queue.submit(new())
        assert (await claim).id == job.id
        assert not queue.idle()

    run(story)


def test_many_claims_get_every_job_once(run):
    async def story(queue):
        ids = [(await queue.submit(new()))[0].id for _ in range(20)]
        taken = await asyncio.gather(*(queue.claim() for _ in range(20)))
        assert sorted(job.id for job in taken) == sorted(ids)

    run(story)


def test_whoever_follows_sees_everything_up_to_the_end(run):
    async def story(queue):
        job, _ = await queue.submit(new())

        async def followed():
            return [event.seq async for event in queue.follow(job.id, after=0, heartbeat=5)]

        listeners = [asyncio.create_task(followed()) for _ in range(3)]
        await queue.claim()
        for percent in (10, 20, 30):
            await queue.progress(job.id, progress=percent)
            await asyncio.sleep(0)
        await queue.complete(job.id, lambda job: job.video())
        for listener in listeners:
            assert await listener == list(range(1, 9))

    run(story)


def test_silence_is_broken_by_a_heartbeat(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        events = queue.follow(job.id, after=1, heartbeat=0.02)
        assert await anext(events) is None
        await queue.cancel(job.id)
        assert (await anext(events)).seq == 2
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    run(story)


def test_a_wait_ends_with_the_job_or_with_the_time(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        start = time.monotonic()
        assert (await queue.changed(job.id, 0.1)).state is State.QUEUED
        assert 0.1 <= time.monotonic() - start < 2
        waiting = asyncio.create_task(queue.changed(job.id, 30))
        await asyncio.sleep(0.05)
        await queue.cancel(job.id)
        assert (await waiting).state is State.CANCELLED
        assert (await queue.changed(job.id, 30)).state is State.CANCELLED

    run(story)


def test_closing_wakes_everybody(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        waiting = asyncio.create_task(queue.changed(job.id, 30))
        following = asyncio.create_task(anext(queue.follow(job.id, after=1, heartbeat=30), None))
        await asyncio.sleep(0.05)
        queue.bulletin.close()
        assert (await waiting).state is State.QUEUED
        assert await following is None

    run(story)


def test_a_cancel_and_a_completion_meet_and_one_wins(run):
    async def story(queue):
        wins = set()
        for turn in range(20):
            job, _ = await queue.submit(new())
            await queue.claim()
            steps = [queue.complete(job.id, lambda job: job.video()), queue.cancel(job.id)]
            results = await asyncio.gather(*(steps if turn % 2 else steps[::-1]), return_exceptions=True)
            state = queue.job(job.id).state
            lost = [result for result in results if isinstance(result, NotAllowed)]
            assert (state is State.COMPLETED) == (not lost)
            assert state in {State.COMPLETED, State.CANCELLING}
            wins.add(state)
            if state is State.CANCELLING:
                await queue.move(job.id, State.CANCELLED)
        assert wins == {State.COMPLETED, State.CANCELLING}

    run(story)


def test_burying_a_waiting_job_takes_it_out_of_the_queue(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        assert (await queue.bury(job.id)).state is State.CANCELLED
        with pytest.raises(NoSuchJob):
            await queue.cancel(job.id)
        assert queue.idle()
        assert await queue.over(job.id, 0)

    run(story)


def test_a_lost_job_comes_back_until_it_has_been_lost_too_often(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        states = []
        for _ in range(3):
            await queue.claim()
            states.append((await queue.lost(job.id, "worker_lost", "it died")).state)
        assert states == [State.QUEUED, State.QUEUED, State.FAILED]
        error = queue.job(job.id).video().error
        assert error.code == "worker_lost"
        assert "it died" in error.message

    run(story)


def test_a_job_put_down_has_lost_no_attempt(run):
    async def story(queue):
        job, _ = await queue.submit(new())
        for _ in range(5):
            assert (await queue.claim()).attempt == 1
            await queue.set_aside(job.id)
        assert queue.job(job.id).state is State.QUEUED

    run(story)
