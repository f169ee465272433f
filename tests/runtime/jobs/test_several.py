"""Several servers on one PostgreSQL, as far as it is the database that keeps them apart."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, update

from cutaway.wire import State, Video
from cutaway_runtime.jobs import leases
from cutaway_runtime.jobs.database import VARIABLE, BadDatabase, engine_of, place_of
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.keyring import Caller, Plan, QuotaSpent
from cutaway_runtime.jobs.schema import migrate, open_database
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import NotAllowed, NotOurs, Store
from cutaway_runtime.jobs.tables import jobs, metadata

PASSWORD = "not-to-be-seen"


@pytest.fixture
def place(postgres, tmp_path):
    return place_of(tmp_path, {VARIABLE: postgres.url()})


@pytest.fixture
def stores(place):
    """Of two servers."""
    made = [Store(place), Store(place)]
    yield made
    for store in made:
        store.close()


def new(**more) -> NewJob:
    return NewJob(Video(id=new_video_id(), prompt="x", model="bars", size="160x90"), "{}", "d", **more)


def shown(job) -> Video:
    return job.video()


def run_out(store: Store) -> None:
    with store.changing():
        store._connection.execute(update(jobs).values(lease_until=0.0))


def at_once(stores, work) -> list:
    """What each of the stores answered, each in a thread of its own."""
    with ThreadPoolExecutor(len(stores)) as threads:
        return [answer for answers in threads.map(work, stores) for answer in answers]


def test_every_job_is_claimed_once(stores):
    ids = [stores[0].create(new())[0].id for _ in range(40)]
    taken = at_once(stores, lambda store: [job.id for job in iter(store.claim, None)])
    assert sorted(taken) == sorted(ids)


def test_a_key_is_one_job_whoever_is_asked(stores):
    def ask(store: Store) -> list[str]:
        return [store.create(new(key=f"key {number}"))[0].id for number in range(20)]

    assert len(set(at_once(stores, ask))) == 20


def test_a_quota_is_one_quota(stores):
    caller = Caller("key_1", Plan("ten", videos_a_month=10))

    def ask(store: Store) -> list[bool]:
        made = []
        for _ in range(16):
            try:
                store.create(new(caller=caller))
            except QuotaSpent:
                made.append(False)
            else:
                made.append(True)
        return made

    assert sum(at_once(stores, ask)) == 10


def test_a_living_server_keeps_its_job(stores):
    here, there = stores
    job_id = here.create(new())[0].id
    job = here.claim()
    assert job.claimed_by == here.leases.holder
    assert there.recover() == []
    for meddling in (lambda: there.move(job_id, State.RUNNING), lambda: there.complete(job_id, shown)):
        with pytest.raises(NotOurs):
            meddling()
    assert there.progress(job_id, progress=50) is None
    assert there.renew(job_id) is None
    assert here.renew(job_id) is State.PREPARING
    assert here.progress(job_id, progress=50).progress == 50


def test_what_a_silent_server_had_is_done_by_another(stores):
    here, there = stores
    ids = [here.create(new())[0].id for _ in range(2)]
    for _ in ids:
        here.claim()
    there.move(ids[1], State.CANCELLING)
    run_out(there)
    assert {job.id: job.state for job in there.recover()} == {ids[0]: State.QUEUED, ids[1]: State.CANCELLED}
    assert there.claim().attempt == 2
    assert here.renew(ids[0]) is None, "it woke up, and the job is another's"
    for late in (lambda: here.complete(ids[0], shown), lambda: here.move(ids[0], State.RUNNING)):
        with pytest.raises(NotOurs):
            late()
    assert here.progress(ids[0], progress=99) is None
    assert there.complete(ids[0], shown).state is State.COMPLETED
    with pytest.raises(NotAllowed):
        here.move(ids[0], State.CANCELLED)


def test_a_lease_lasts_and_is_renewed(stores):
    here, _ = stores
    here.create(new())
    first = here.claim()
    with here.changing():
        now = here._connection.scalar(leases._BEGIN) - leases.LEASE_SECONDS
    assert first.lease_until == pytest.approx(now + leases.LEASE_SECONDS, abs=5)
    run_out(here)
    here.renew(first.id)
    assert here.job(first.id).lease_until >= first.lease_until
    assert here.recover() == []


def test_a_line_is_told_by_one_server(place):
    stores = [Store(place, tells=True) for _ in range(2)]
    job_id = stores[0].create(new())[0].id
    stores[0].move(job_id, State.CANCELLED)
    assert [delivery.job for store in stores if (delivery := store.outbox.due())] == [job_id]
    for store in stores:
        store.close()


@pytest.mark.parametrize("before", [None, "0003"])
def test_servers_that_start_at_once_make_the_schema_once(place, before):
    if before is not None:
        engine = engine_of(place)
        migrate(engine, before)
        engine.dispose()
    with ThreadPoolExecutor(3) as threads:
        engines = list(threads.map(open_database, [place] * 3))
    assert set(inspect(engines[0]).get_table_names()) == {*metadata.tables, "alembic_version"}
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"mysql://me:{PASSWORD}@db.example/x", "begins with mysql://"),
        (f"postgresql+asyncpg://me:{PASSWORD}@db.example/x", r"what can be used is postgresql://"),
        (f"postgresql://me:{PASSWORD}@db:port/x", "is no address"),
        (PASSWORD, "is no address"),
    ],
)
def test_what_is_no_database_of_ours_is_refused_without_its_password(tmp_path, url, why):
    with pytest.raises(BadDatabase, match=why) as refused:
        place_of(tmp_path, {VARIABLE: url})
    assert PASSWORD not in str(refused.value)


def test_the_files_of_one_database_are_in_one_folder(stores, tmp_path):
    mounted, bare = tmp_path / "mounted", tmp_path / "bare"
    for folder in (mounted, bare):
        folder.mkdir()
    for store in stores:
        store.files.are_in(mounted)
    with pytest.raises(BadDatabase, match="is it mounted"):
        stores[1].files.are_in(bare)
    assert [*bare.iterdir()] == []
    moved = mounted.rename(tmp_path / "moved")
    stores[0].files.are_in(moved)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    place = place_of(tmp_path, {VARIABLE: f"postgres://me:{PASSWORD}@/x?host={tmp_path}"})
    with pytest.raises(BadDatabase, match=r"postgresql://me:\*\*\*@/x") as refused:
        open_database(place)
    assert PASSWORD not in str(refused.value)
