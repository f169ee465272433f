"""The queue of cards against a real runtime: nothing waits, nothing paid for is lost, every change is told."""

import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, gap, span, text_of, track

from cutaway import AsyncCutaway, Cutaway
from cutaway.client import local
from cutaway.hosts.otio_file import FileHost
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import BoardLook, CardState
from cutaway.storyboard.errand import cost_of
from cutaway.storyboard.forecast import expected
from cutaway.storyboard.job import ENDED, JobState
from cutaway.storyboard.produce import Gate
from cutaway.storyboard.queue import CardQueue
from cutaway.timebase import Rate
from cutaway.wire import Details, OutputFormat, State, Usage, Video


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A runtime of its own; a client to look at it from beside the queue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        with Cutaway() as client:
            client.models.list()
            yield client
        local.stop()


@pytest.fixture
def host(tmp_path):
    """Four shots with three gaps between them, of 12, 10 and 8 frames."""
    path = tmp_path / "shot.mkv"
    with Writer(path, width=64, height=48, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        writer.write(np.random.default_rng(7).integers(0, 255, (72, 48, 64, 3), np.uint8))
        writer.finish()
    items = [clip(name, 24, 24.0) if name else gap(frames, 24.0) for name, frames in ROW]
    for item in items:
        if item["OTIO_SCHEMA"] == "Clip.2":
            item["media_references"]["DEFAULT_MEDIA"] |= {
                "target_url": str(path), "available_range": span(86400, 72, 24.0),
            }  # fmt: skip
    (tmp_path / "cut.otio").write_text(text_of(cut(track(items))), encoding="utf-8")
    host = FileHost(tmp_path / "cut.otio")
    host.project.contents.look = BoardLook(model="bars", seed=5)
    host.project.put(*board_of(host.snapshot().index).cards)
    return host


ROW = [("a", 0), ("", 12), ("b", 0), ("", 10), ("c", 0), ("", 8), ("d", 0)]


class Heard:
    """Everything a queue told, and a way to wait for something in it."""

    def __init__(self):
        self.lists, self.threads = [], set()
        self.moved = threading.Condition()

    def __call__(self, worklist):
        with self.moved:
            self.lists.append(worklist)
            self.threads.add(threading.current_thread().name)
            self.moved.notify_all()

    def until(self, wanted, timeout=60):
        with self.moved:
            assert self.moved.wait_for(lambda: self.lists and wanted(self.lists[-1]), timeout), self.lists[-1:]
            return self.lists[-1]

    def states(self, card_id):
        """The states that a card went through, each once."""
        told = [job.state for one in self.lists for job in one.jobs if job.card_id == card_id]
        return [state for n, state in enumerate(told) if n == 0 or told[n - 1] is not state]


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def queued(server, host, heard):
    """Makes queues on the cut; they are closed behind the test."""
    made = []

    def queue(**more):
        made.append(CardQueue(AsyncCutaway, heard, **more))
        made[-1].follow(host.project, host.snapshot().index, host.folders)
        return made[-1]

    yield queue
    assert all(queue.close(5) for queue in made)


def ids(host):
    return [card.id for card in host.project.cards]


def all_ended(worklist):
    return bool(worklist.jobs) and all(job.state in ENDED for job in worklist.jobs)


def job_of(worklist, card_id):
    return next((job for job in worklist.jobs if job.card_id == card_id), None)


def jobs_at(server):
    return len(list(server.videos.list(limit=100)))


def test_every_card_becomes_a_take_of_its_length_and_the_disk_has_it(queued, host, heard):
    queue = queued()
    for name in ids(host):
        queue.add(name)
    done = heard.until(lambda now: len(now.jobs) == 3 and all_ended(now))
    assert [job.state for job in done.jobs] == [JobState.DONE] * 3
    assert heard.states(ids(host)[0])[-4:] == [JobState.QUEUED, JobState.RUNNING, JobState.FINISHING, JobState.DONE]
    for card in FileHost(host.path).project.cards:  # as another process reads it
        take = card.take()
        assert (card.state, card.job_id, take.seed, take.used_frames) == (
            CardState.REVIEW, None, 5, card.placement.frames,
        )  # fmt: skip
        assert take.seams.head is not None
        assert take.seconds > 0
        with Clip(host.project.takes_folder / take.path) as clip_:
            assert len(clip_) == take.available_frames
    assert heard.threads == {"cutaway-queue"}
    assert not list(host.project.takes_folder.glob("*.raw"))


def test_what_is_told_is_told_once_and_what_did_not_move_is_the_same_object(queued, host, heard):
    queue = queued(at_once=1)
    first, second, _ = ids(host)
    queue.add(first)
    queue.add(second)
    heard.until(lambda now: job_of(now, first).state is JobState.DONE)
    lists = heard.lists
    assert all(a != b for a, b in pairwise(lists))
    while_first = [one for one in lists if len(one.jobs) == 2 and one.jobs[0].state is JobState.RUNNING]
    assert len({id(one.jobs[1]) for one in while_first}) == 1


def test_a_closed_queue_leaves_its_job_at_the_server_and_the_next_one_fetches_it(queued, host, heard, server):
    before = jobs_at(server)
    name = ids(host)[0]
    host.project.card(name).prompt = "as it was asked"
    queue = queued()
    queue.add(name)
    heard.until(lambda now: job_of(now, name).state in {JobState.QUEUED, JobState.RUNNING})
    began = time.monotonic()
    assert queue.close(2)
    assert time.monotonic() - began < 2
    again = FileHost(host.path)  # another process
    card = again.project.card(name)
    assert card.job_id
    assert not card.takes
    again.project.change(name, prompt="edited since")
    other = Heard()
    next_one = CardQueue(AsyncCutaway, other)
    next_one.follow(again.project, again.snapshot().index)
    other.until(all_ended)
    next_one.close()
    take = again.project.card(name).take()
    assert again.project.card(name).state is CardState.REVIEW
    assert take.slate["prompt"] == "as it was asked"
    assert jobs_at(server) == before + 1


def test_a_cancelled_card_is_cancelled_at_the_server_too(queued, host, heard, server):
    name, waiting, _ = ids(host)
    host.project.look.size = "960x540"
    host.project.card(name).placement.frames = 1400
    queue = queued(at_once=1)
    queue.add(name)
    queue.add(waiting)
    heard.until(lambda now: job_of(now, name).state in {JobState.QUEUED, JobState.RUNNING})
    job_id = host.project.card(name).job_id
    queue.cancel(waiting)
    queue.cancel(name)
    heard.until(all_ended)
    assert {job.state for job in queue.now.jobs} == {JobState.CANCELLED}
    assert server.videos.retrieve(job_id).cutaway.state in {State.CANCELLING, State.CANCELLED}
    card = FileHost(host.path).project.card(name)
    assert (card.state, card.job_id, card.takes) == (CardState.CANCELLED, None, [])
    assert heard.states(waiting) == [JobState.WAITING, JobState.CANCELLED]


def test_a_failure_is_told_in_its_own_words_and_a_retry_makes_it(queued, host, heard):
    name = ids(host)[0]
    host.project.change(name, model="nobody-has-this")
    queue = queued()
    queue.add(name)
    queue.add("a card that is not there")
    failed = heard.until(lambda now: len(now.jobs) == 2 and all_ended(now))
    assert "nobody-has-this" in failed.jobs[0].error
    assert "has an id that starts with" in failed.jobs[1].error
    assert host.project.card(name).state is CardState.FAILED
    host.project.change(name, model="bars")
    queue.retry(name)
    done = heard.until(lambda now: job_of(now, name).state is JobState.DONE)
    assert (done.jobs[0].tries, done.jobs[0].error) == (2, "")
    assert host.project.card(name).error == ""


def test_a_card_that_has_takes_keeps_them_in_view_when_another_one_fails(queued, host, heard):
    name = ids(host)[0]
    queue = queued()
    queue.add(name)
    heard.until(all_ended)
    host.project.change(name, model="nobody-has-this")
    queue.add(name)
    heard.until(lambda now: job_of(now, name).state is JobState.FAILED)
    card = host.project.card(name)
    assert card.state is CardState.REVIEW
    assert len(card.takes) == 1
    assert "nobody-has-this" in card.error


def test_asking_twice_makes_two_takes_of_different_seeds_and_says_which_comes_of_which(queued, host, heard):
    name = ids(host)[0]
    queue = queued()
    queue.add(name)
    queue.add(name)
    heard.until(lambda now: all_ended(now) and len(host.project.card(name).takes) == 2)
    first, second = host.project.card(name).takes
    assert (first.seed, second.seed) == (5, 6)
    queue.add(name, seed=41, parent=first.id)
    heard.until(lambda now: all_ended(now) and len(host.project.card(name).takes) == 3)
    third = host.project.card(name).takes[-1]
    assert (third.seed, third.parent) == (41, first.id)


def test_paused_nothing_begins_and_the_order_can_be_changed(queued, host, heard):
    queue = queued(at_once=1)
    queue.pause()
    for name in ids(host):
        queue.add(name)
    last = ids(host)[2]
    queue.order([last])
    paused = heard.until(lambda now: len(now.jobs) == 3 and now.jobs[0].card_id == last)
    assert paused.paused
    time.sleep(0.3)
    assert {job.state for job in queue.now.jobs} == {JobState.WAITING}
    queue.resume()
    heard.until(all_ended)
    ended = [job.card_id for one in heard.lists for job in one.jobs if job.state is JobState.DONE]
    assert list(dict.fromkeys(ended)) == [last, *ids(host)[:2]]


def test_what_is_expected_is_what_such_takes_took_before(queued, host, heard):
    first, second, _ = ids(host)
    queue = queued()
    queue.add(first)
    heard.until(all_ended)
    card = host.project.card(first)
    assert job_of(queue.now, first).estimate is None, "nothing like it was made before"
    assert job_of(queue.now, first).actual >= card.take().seconds
    pace = card.take().seconds / card.take().available_frames
    other = host.project.card(second)
    assert expected(other, host.project.look, host.project.cards) == pytest.approx(pace * other.placement.frames)
    queue.pause()
    queue.add(second)
    told = heard.until(lambda now: len(now.jobs) == 2)
    assert job_of(told, second).estimate == pytest.approx(pace * other.placement.frames)
    remix = other.model_copy(update={"model": "another"})
    assert expected(remix, host.project.look, host.project.cards) is None


def test_below_the_gate_the_next_seeds_are_tried(queued, host, heard):
    name = ids(host)[2]
    queue = queued(gate=Gate(min_score=1.0, retries=1))
    queue.add(name)
    heard.until(all_ended)
    card = FileHost(host.path).project.card(name)
    assert [take.seed for take in card.takes] == [5, 6]
    assert "no take reached a seam of 1.00" in card.notes[-1]


def test_the_server_says_what_it_has_and_one_that_is_not_there_is_a_problem(queued, host, heard):
    queue = queued()
    queue.ask_server()
    told = heard.until(lambda now: now.server.address)
    assert {"bars", "draft"} <= set(told.server.models)
    assert told.server.styles
    lost = Heard()
    alone = CardQueue(lambda: AsyncCutaway("http://127.0.0.1:9/v1", max_retries=0), lost)
    alone.ask_server()
    assert "127.0.0.1:9" in lost.until(lambda now: now.server.problem).server.problem
    alone.follow(host.project, host.snapshot().index)
    alone.add(ids(host)[0])
    assert lost.until(all_ended).jobs[0].state is JobState.FAILED
    assert alone.close()


def test_a_client_that_cannot_be_made_is_a_problem_and_is_tried_again(queued, host, heard, server):
    tries = []

    def moody():
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("no such address")
        return AsyncCutaway()

    told = Heard()
    queue = CardQueue(moody, told)
    queue.follow(host.project, host.snapshot().index)
    queue.add(ids(host)[0])
    assert told.until(all_ended).jobs[0].error == "ValueError: no such address"
    queue.ask_server()
    told.until(lambda now: "bars" in now.server.models)
    assert queue.close()


def test_a_job_that_could_not_be_waited_for_is_waited_for_again_by_a_retry(queued, host, heard, server):
    """The line to the server breaks while the job runs: it is not sent a second time."""
    name = ids(host)[0]
    project, index = host.project, host.snapshot().index
    queue = queued()
    queue.add(name)
    heard.until(lambda now: job_of(now, name).state in {JobState.QUEUED, JobState.RUNNING})
    queue.close()
    before, job_id = jobs_at(server), project.card(name).job_id
    broken = Heard()
    nowhere = CardQueue(lambda: AsyncCutaway("http://127.0.0.1:9/v1", max_retries=0), broken)
    nowhere.follow(project, index)
    assert broken.until(all_ended).jobs[0].state is JobState.FAILED
    assert project.card(name).job_id == job_id
    nowhere.close()
    again = queued()
    again.add(name)
    heard.until(lambda now: job_of(now, name) and job_of(now, name).state is JobState.DONE)
    assert project.card(name).take().job_id == job_id
    assert jobs_at(server) == before


def costing(amount):
    return Video(id="v", cutaway=Details(usage=Usage.model_validate({"wall_s": 1, "cost": amount})))


def test_costs_are_read_where_a_server_says_them_and_a_spent_limit_pauses(queued, host, heard, monkeypatch):
    assert cost_of(costing(0.25)) == 0.25
    assert cost_of(Video(id="v")) is None
    monkeypatch.setattr("cutaway.storyboard.errand.cost_of", lambda video: 0.4)
    queue = queued(at_once=1, limit=0.7)
    for name in ids(host):
        queue.add(name)
    paused = heard.until(lambda now: now.paused and [job.state for job in now.jobs].count(JobState.DONE) == 2)
    assert paused.spent == pytest.approx(0.8)
    assert "0.8 of 0.7" in paused.why_paused
    assert paused.jobs[2].state is JobState.WAITING
