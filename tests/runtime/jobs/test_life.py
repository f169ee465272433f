"""The life of jobs in any order of events, with the store closed, killed and opened in between, on SQLite and PostgreSQL.

CUTAWAY_LIVES says how many lives are led; a life has 30 steps. `benchmarks/lives.py` leads 2,000.
"""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, select

from cutaway.wire import CLAIMED, TERMINAL, TRANSITIONS, State, Video, VideoError
from cutaway_runtime.jobs.intake import NewJob, QueueFull
from cutaway_runtime.jobs.job import MAX_ATTEMPTS
from cutaway_runtime.jobs.keyring import THE_OPERATOR, Caller, Plan, QuotaSpent
from cutaway_runtime.jobs.keys import KeyReused
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import NotAllowed, Store
from cutaway_runtime.jobs.tables import charges

LIVES = int(os.environ.get("CUTAWAY_LIVES", "100"))
STEPS = 30
LONGEST = 8
PLANS = (Plan("small", videos_a_month=3, priority=1), Plan("large", videos_a_month=40, priority=5, max_waiting=4))
STEPS_OF_A_WORKER = st.sampled_from([State.RUNNING, State.FINALIZING])
WHAT_IS_KILLED = ("create", "cancel", "claim", "progress", "step", "complete", "fail", "lose", "bury")
CHARGED = {"settled": {State.COMPLETED}, "refunded": {State.FAILED, State.CANCELLED}}


class Killed(BaseException):
    """The process is gone in the middle of what it did."""


@dataclass
class Expected:
    """What a job must be."""

    owner: str
    priority: int
    number: int
    digest: str
    key: str | None
    state: State = State.QUEUED
    attempt: int = 0
    deleted: bool = False
    states: list[State] = field(default_factory=lambda: [State.QUEUED])

    def become(self, *states: State) -> None:
        for state in states:
            assert state in TRANSITIONS[self.state]
            self.state = state
            self.states.append(state)

    @property
    def waits(self) -> bool:
        return self.state is State.QUEUED and not self.deleted

    @property
    def turn(self) -> tuple[int, int]:
        return -self.priority, self.number


class Life(RuleBasedStateMachine):
    """One database; `place` is set by the test, for every life anew."""

    make_place = None
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.place = type(self).make_place()
        self.store = Store(self.place, longest=LONGEST)
        self.reader = self.store.reader()
        self.jobs: dict[str, Expected] = {}
        self.touched: set[str] = set()
        self.callers = [THE_OPERATOR]
        for plan in PLANS:
            self.store.keyring.set_plan(plan)
            _, key = self.store.keyring.add(plan.name, plan.name)
            self.callers.append(self.store.keyring.find(key))

    def teardown(self) -> None:
        for job_id in self.jobs:
            self.holds(job_id)
        self.reader.close()
        self.store.close()

    @contextmanager
    def refused(self, job_id: str):
        """A step that the table does not allow changes nothing."""
        before = self.store.job_even_deleted(job_id)
        with pytest.raises(NotAllowed) as said:
            yield
        assert said.value.job.state is self.jobs[job_id].state
        assert self.store.job_even_deleted(job_id) == before

    # -- whoever asks --------------------------------------------------------------------------

    @rule(
        target=ids,
        who=st.integers(0, 2),
        key=st.none() | st.sampled_from(["k1", "k2", "k3"]),
        digest=st.sampled_from(["a", "b"]),
    )
    def create(self, who: int, key: str | None, digest: str) -> object:
        caller: Caller = self.callers[who]
        key = f"{who}{key}" if key else None
        video = Video(id=new_video_id(), prompt="x", model="bars", size="160x90")
        wanted = NewJob(video, "{}", digest, key=key, caller=caller)
        earlier = next((i for i, job in self.jobs.items() if key is not None and job.key == key), None)
        waiting = [job for job in self.jobs.values() if job.waits]
        mine = [job for job in self.jobs.values() if job.owner == caller.owner]
        counted = [job for job in mine if job.state not in {State.FAILED, State.CANCELLED}]
        plan = caller.plan
        if earlier is not None and self.jobs[earlier].digest != digest:
            with pytest.raises(KeyReused):
                self.store.create(wanted)
            return multiple()
        if earlier is not None:
            job, there = self.store.create(wanted)
            assert (job.id, there) == (earlier, True)
            return earlier
        full = len(waiting) >= LONGEST
        full |= plan.max_waiting is not None and sum(job.waits for job in mine) >= plan.max_waiting
        spent = plan.videos_a_month is not None and len(counted) >= plan.videos_a_month
        if full or spent:
            with pytest.raises(QueueFull if full else QuotaSpent):
                self.store.create(wanted)
            return multiple()
        job, there = self.store.create(wanted)
        assert (job.id, there, job.state) == (video.id, False, State.QUEUED)
        self.jobs[job.id] = Expected(caller.owner, plan.priority, job.number, digest, key)
        self.touched.add(job.id)
        return job.id

    @rule(job_id=ids)
    def cancel(self, job_id: str) -> None:
        job = self.jobs[job_id]
        to = State.CANCELLED if job.state is State.QUEUED else State.CANCELLING
        self.step(job_id, to)

    @rule(job_id=ids)
    def bury(self, job_id: str) -> None:
        if self.jobs[job_id].deleted:
            with pytest.raises(NoSuchJob):
                self.store.bury(job_id)
            return
        self.store.bury(job_id)
        self.jobs[job_id].deleted = True
        self.touched.add(job_id)

    # -- whoever works -------------------------------------------------------------------------

    @rule()
    def claim(self) -> None:
        waiting = {job_id: job for job_id, job in self.jobs.items() if job.waits}
        taken = self.store.claim()
        if taken is None:
            assert not waiting
            return
        assert taken.id == min(waiting, key=lambda job_id: waiting[job_id].turn)
        self.jobs[taken.id].become(State.PREPARING)
        self.jobs[taken.id].attempt += 1
        self.touched.add(taken.id)

    @rule(job_id=ids, percent=st.integers(0, 100))
    def progress(self, job_id: str, percent: int) -> None:
        before = self.store.job_even_deleted(job_id)
        after = self.store.progress(job_id, progress=percent)
        assert (after is None) is (self.jobs[job_id].state not in CLAIMED)
        if after is not None:
            assert (after.progress, after.version) == (max(before.progress, percent), before.version + 1)
            self.touched.add(job_id)

    @rule(job_id=ids, to=STEPS_OF_A_WORKER)
    def step(self, job_id: str, to: State) -> None:
        if to not in TRANSITIONS[self.jobs[job_id].state]:
            with self.refused(job_id):
                self.store.move(job_id, to)
            return
        self.store.move(job_id, to)
        self.jobs[job_id].become(to)
        self.touched.add(job_id)

    @rule(job_id=ids)
    def complete(self, job_id: str) -> None:
        way = [State.RUNNING, State.FINALIZING, State.COMPLETED]
        state = self.jobs[job_id].state
        if state not in {State.PREPARING, *way[:2]}:
            with self.refused(job_id):
                self.store.complete(job_id, lambda job: job.video())
            return
        assert self.store.complete(job_id, lambda job: job.video()).progress == 100
        self.jobs[job_id].become(*way[0 if state is State.PREPARING else way.index(state) + 1 :])
        self.touched.add(job_id)

    @rule(job_id=ids)
    def fail(self, job_id: str) -> None:
        if self.jobs[job_id].state is State.CANCELLING:
            self.step(job_id, State.CANCELLED)
            return
        if State.FAILED not in TRANSITIONS[self.jobs[job_id].state]:
            with self.refused(job_id):
                self.store.move(job_id, State.FAILED)
            return
        video = self.store.job_even_deleted(job_id).video()
        video.error = VideoError(code="out_of_memory", message="too large")
        self.store.move(job_id, State.FAILED, video=video)
        self.jobs[job_id].become(State.FAILED)
        self.touched.add(job_id)

    @rule(job_id=ids)
    def lose(self, job_id: str) -> None:
        if self.jobs[job_id].state in CLAIMED:
            after = self.store.give_back(self.store.job_even_deleted(job_id), "worker_lost", "the worker ended")
            self.given_back(job_id)
            assert after.state is self.jobs[job_id].state

    @rule()
    def a_worker_takes_one_and_ends(self) -> None:
        self.claim()
        in_hand = [job_id for job_id, job in self.jobs.items() if job.state is State.PREPARING]
        if in_hand:
            self.lose(in_hand[-1])

    @precondition(lambda self: self.store.leases is None)
    @rule()
    def recover(self) -> None:
        in_hand = {job_id for job_id, job in self.jobs.items() if job.state in CLAIMED}
        assert {job.id for job in self.store.recover()} == in_hand
        for job_id in in_hand:
            self.given_back(job_id)

    def given_back(self, job_id: str) -> None:
        job = self.jobs[job_id]
        again = job.attempt < MAX_ATTEMPTS and not job.deleted
        job.become(State.CANCELLED if job.state is State.CANCELLING else State.QUEUED if again else State.FAILED)
        self.touched.add(job_id)

    @precondition(lambda self: self.store.leases is None)
    @rule()
    def restart(self) -> None:
        self.reader.close()
        self.store.close()
        self.store = Store(self.place, longest=LONGEST)
        self.reader = self.store.reader()
        self.touched |= set(self.jobs)

    @precondition(lambda self: self.store.leases is None)
    @rule(data=st.data(), what=st.sampled_from(WHAT_IS_KILLED), statement=st.integers(1, 7))
    def killed(self, data: st.DataObject, what: str, statement: int) -> None:
        """The process dies before the nth statement of what it does; what then lies on the disk is gone on with."""
        if what == "create":
            act = lambda: self.create(data.draw(st.integers(1, 2)), None, "a")  # noqa: E731
        elif what == "claim":
            act = self.claim
        else:
            if not self.jobs:
                return
            job_id = data.draw(st.sampled_from(sorted(self.jobs)))
            more = {"step": (State.RUNNING,), "progress": (50,)}.get(what, ())
            if what == "bury" and self.jobs[job_id].deleted:
                return
            act = lambda: getattr(self, what)(job_id, *more)  # noqa: E731
        left = self.place.with_name(f"{self.place.stem}k{self.place.suffix}")
        count_down = [statement]

        def die(*_: object) -> None:
            count_down[0] -= 1
            if not count_down[0]:
                for end in ("", "-wal", "-shm"):  # as a process leaves them that is killed now
                    shutil.copy(f"{self.place}{end}", f"{left}{end}")
                raise Killed

        event.listen(self.store._engine, "before_cursor_execute", die)
        try:
            act()
        except Killed:
            self.reader.close()
            self.store.close()
            self.place = left
            self.store = Store(self.place, longest=LONGEST)
            self.reader = self.store.reader()
            self.touched |= set(self.jobs)
        else:
            event.remove(self.store._engine, "before_cursor_execute", die)

    # -- what always holds ---------------------------------------------------------------------

    @invariant()
    def all_is_as_expected(self) -> None:
        """Asked where anything changed; what was refused compared the rows itself."""
        for job_id in self.touched:
            self.holds(job_id)
        if self.touched:
            self.what_is_buried_is_seen_nowhere()
            self.the_queue_is_in_order()
            self.what_was_charged_is_what_was_made_or_is_under_way()
        self.touched.clear()

    def holds(self, job_id: str) -> None:
        """The row and its events tell the same story, by another connection."""
        expected, job = self.jobs[job_id], self.reader.job_even_deleted(job_id)
        assert (job.state, job.attempt, job.deleted) == (expected.state, expected.attempt, expected.deleted)
        told = self.reader.events(job_id)
        assert [event.seq for event in told] == list(range(1, job.version + 1))
        states = [State(json.loads(e.video)["cutaway"]["state"]) for e in told if e.type == "state"]
        assert states == expected.states
        assert all(after in TRANSITIONS[before] for before, after in pairwise(states))
        assert sum(state in TERMINAL for state in states) == job.over
        shown = [json.loads(event.video).get("progress", 0) for event in told]
        assert shown == sorted(shown)

    def what_is_buried_is_seen_nowhere(self) -> None:
        there = [job_id for job_id, job in self.jobs.items() if not job.deleted]
        seen, more = self.reader.page(after=None, limit=200, newest_first=False)
        assert not more
        assert [job.id for job in seen] == there
        for job_id in self.jobs.keys() - set(there):
            with pytest.raises(NoSuchJob):
                self.reader.job(job_id)

    def the_queue_is_in_order(self) -> None:
        waiting = sorted((job for job in self.jobs.items() if job[1].waits), key=lambda item: item[1].turn)
        found = [job for job in self.reader.in_state([State.QUEUED]) if not job.deleted]
        assert [job.id for job in found] == [job_id for job_id, _ in waiting]
        if found:
            assert self.reader.position(found[-1]) == len(found) - 1

    def what_was_charged_is_what_was_made_or_is_under_way(self) -> None:
        for caller in self.callers[1:]:
            mine = [job for job in self.jobs.values() if job.owner == caller.owner]
            counts = sum(job.state not in {State.FAILED, State.CANCELLED} for job in mine)
            assert self.reader.keyring.used(caller.owner) == counts
        with self.reader._connection.begin():
            rows = self.reader._connection.execute(select(charges.c.job, charges.c.owner, charges.c.state)).all()
        owned = {job_id: job for job_id, job in self.jobs.items() if job.owner != THE_OPERATOR.owner}
        assert sorted(row.job for row in rows) == sorted(owned), "each job of a plan is charged once, and nothing else"
        for row in rows:
            state = owned[row.job].state
            assert row.owner == owned[row.job].owner
            assert row.state == next((name for name, ends in CHARGED.items() if state in ends), "reserved")


@pytest.fixture
def in_memory(make_place):
    """New databases, those of SQLite where there is no disk to wait for: what a power cut leaves is not asked here."""
    if not isinstance(make_place(), Path):
        yield make_place
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        numbers = count()
        yield lambda: Path(folder) / f"{next(numbers)}.sqlite"


def test_whatever_happens_in_whatever_order_a_job_has_one_life(request, in_memory):
    few = "postgresql" in request.node.name  # each life there makes a schema of its own
    run_state_machine_as_test(
        type("Lives", (Life,), {"make_place": staticmethod(in_memory)}),
        settings=settings(
            max_examples=max(1, LIVES // 10) if few else LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a story that contradicts is told as it happened: to shorten it takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
