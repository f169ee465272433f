"""Whose turn it is, what is too late, and several takes of one request; on SQLite and on PostgreSQL."""

import asyncio
import time

import pytest
from sqlalchemy import update

from cutaway.wire import Details, Priority, State, Video
from cutaway_runtime.jobs.intake import NewJob, QueueFull
from cutaway_runtime.jobs.keyring import Caller, Plan, QuotaSpent
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.jobs.tables import jobs

BETTER = Caller("key_better", Plan("better", priority=10))
PLAIN = Caller("key_plain", Plan("plain", priority=0, videos_a_month=3, max_waiting=3))


@pytest.fixture
def store(place):
    store = Store(place, longest=6)
    yield store
    store.close()


def video(**details) -> Video:
    return Video(id=new_video_id(), prompt="x", model="bars", size="160x90", cutaway=Details(**details))


def made(store: Store, caller: Caller = BETTER, others: int = 0, key: str | None = None, **details) -> str:
    more = [(video(**details), "{}") for _ in range(others)]
    return store.create(NewJob(video(**details), "{}", "d", key, caller=caller, others=more))[0].id


def test_the_plan_comes_first_then_what_the_request_says_then_who_came_first(store):
    batch = made(store, priority=Priority.BATCH)
    eager = made(store, PLAIN, priority=Priority.INTERACTIVE)
    normal = made(store)
    plain = made(store, PLAIN)
    first = made(store, priority=Priority.INTERACTIVE)
    second = made(store, priority=Priority.INTERACTIVE)
    turns = [first, second, normal, batch, eager, plain]
    assert [job.id for job in store.in_state([State.QUEUED])] == turns
    assert [store.position(store.job(job_id)) for job_id in turns] == [0, 1, 2, 3, 4, 5]
    assert [store.claim().id for _ in turns] == turns


def test_a_job_that_waited_too_long_fails_and_is_given_back(store):
    now = time.time()
    late, other = made(store, PLAIN, deadline_at=now - 1), made(store, PLAIN, deadline_at=now + 60)
    assert store.keyring.used(PLAIN.owner) == 2
    (ended,), following = store.late()
    assert (ended.id, ended.state, following) == (late, State.FAILED, pytest.approx(now + 60))
    assert store.late() == ([], pytest.approx(now + 60))
    assert store.job(late).video().error.code == "deadline_exceeded"
    assert store.keyring.used(PLAIN.owner) == 1
    assert store.claim().id == other


def test_what_is_too_late_is_not_begun(store):
    made(store, deadline_at=time.time() - 1)
    assert store.claim() is None


def test_a_job_that_takes_too_long_is_stopped_and_fails(store):
    job_id = made(store, PLAIN, deadline_at=time.time() - 1)
    store.move(job_id, State.PREPARING)
    (stopping,), following = store.late()
    assert (stopping.id, stopping.state, following) == (job_id, State.CANCELLING, None)
    assert store.late() == ([], None)
    ended = store.move(job_id, State.CANCELLED)
    assert (ended.state, ended.video().error.code) == (State.FAILED, "deadline_exceeded")
    assert store.keyring.used(PLAIN.owner) == 0


def test_a_job_that_is_stopped_for_its_deadline_when_the_server_dies_is_not_tried_again(store):
    job_id = made(store, deadline_at=time.time() - 1)
    store.move(job_id, State.PREPARING)
    store.late()
    with store._connection.begin():
        store._connection.execute(update(jobs).values(lease_until=0))
    (ended,) = store.recover()
    assert (ended.state, ended.video().error.code) == (State.FAILED, "deadline_exceeded")


def test_who_cancels_a_job_with_a_deadline_is_told_that_it_was_cancelled(store, tmp_path):
    async def cancelled() -> State:
        queue = Queue(store, Reserve(tmp_path, 0))
        job_id = made(store, deadline_at=time.time() - 1)
        store.move(job_id, State.PREPARING)
        await queue.cancel(job_id)
        assert await queue.late() == ([], None)
        ended = await queue.move(job_id, State.CANCELLED)
        queue.ledger.close()
        return ended.state

    assert asyncio.run(cancelled()) is State.CANCELLED


def test_takes_are_made_together_and_the_key_stands_for_the_first(store):
    first = made(store, others=2, key="k")
    waiting = store.in_state([State.QUEUED])
    assert (len(waiting), waiting[0].id) == (3, first)
    assert made(store, others=2, key="k") == first
    assert store.earlier("d", None, repeat=True).id == first
    assert len(store.in_state([State.QUEUED])) == 3


def test_of_takes_that_are_too_many_none_is_made(store):
    made(store, PLAIN)
    with pytest.raises(QuotaSpent):
        made(store, Caller(PLAIN.owner, Plan("plain", videos_a_month=3)), others=2, key="k")
    with pytest.raises(QueueFull, match="with 3 more"):
        made(store, PLAIN, others=2)
    with pytest.raises(QueueFull, match="6 jobs may wait"):
        made(store, others=5)
    with pytest.raises(QueueFull):
        made(store, others=9)
    assert len(store.in_state([State.QUEUED])) == 1
    assert store.keyring.used(PLAIN.owner) == 1
    assert store.of_key("k") is None
