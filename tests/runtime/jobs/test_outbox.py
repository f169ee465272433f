"""What is to be told about jobs that ended: kept until it is taken, or was tried often enough."""

import pytest

from cutaway.wire import State, Video
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.outbox import PAUSES
from cutaway_runtime.jobs.store import Store


class Clock:
    now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("cutaway_runtime.jobs.outbox.time", made)
    return made


@pytest.fixture
def store(place, clock):
    made = Store(place, tells=True)
    yield made
    made.close()


def ended(store: Store) -> str:
    job, _ = store.create(NewJob(Video(id="video_1"), "{}", "d"))
    return store.move(job.id, State.CANCELLED).id


def test_the_line_is_written_with_the_end(store):
    job_id = ended(store)
    delivery = store.outbox.due()
    assert (delivery.job, delivery.type, delivery.attempts) == (job_id, "video.failed", 0)


def test_it_is_tried_at_growing_pauses_and_then_given_up(store, clock):
    ended(store)
    ids = set()
    for pause in PAUSES:
        delivery = store.outbox.due()
        ids.add(delivery.id)
        assert store.outbox.refused(delivery, "it answered 500")
        assert store.outbox.due() is None
        assert store.outbox.next_due() == clock.now + pause
        clock.now += pause
    assert len(ids) == 1
    assert not store.outbox.refused(store.outbox.due(), "it answered 500")
    assert (store.outbox.due(), store.outbox.next_due()) == (None, None)


def test_who_wants_none_is_not_asked_again(store):
    ended(store)
    assert not store.outbox.refused(store.outbox.due(), "it answered 410", for_good=True)
    assert store.outbox.next_due() is None


def test_what_was_taken_is_over(store):
    ended(store)
    store.outbox.taken(store.outbox.due())
    assert store.outbox.next_due() is None


def test_of_a_deleted_job_nothing_is_told(store):
    job, _ = store.create(NewJob(Video(id="video_1"), "{}", "d"))
    store.bury(job.id)
    store.move(job.id, State.CANCELLED)
    assert store.outbox.due() is None


def test_a_store_that_tells_nothing_writes_no_line(place):
    store = Store(place)
    ended(store)
    assert store.outbox.next_due() is None
    store.close()
