"""What is written down, and what cannot be."""

import sqlite3

import pytest
from sqlalchemy import inspect, text, update

from cutaway.timebase import Rate
from cutaway.wire import CLAIMED, TERMINAL, TRANSITIONS, File, MediaFacts, State, Video, VideoError
from cutaway_runtime.jobs.database import engine_of
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.job import MAX_ATTEMPTS, seconds_text
from cutaway_runtime.jobs.keys import KeyReused
from cutaway_runtime.jobs.ledger import NoSuchJob, StoredFile, UnknownCursor
from cutaway_runtime.jobs.schema import SchemaTooNew, migrate, open_database
from cutaway_runtime.jobs.shelf import Shelf, new_file_id, new_video_id
from cutaway_runtime.jobs.store import NotAllowed, Store
from cutaway_runtime.jobs.tables import HEAD, jobs


@pytest.fixture
def store(place):
    store = Store(place)
    yield store
    store.close()


def new(digest: str = "d", **more) -> NewJob:
    return NewJob(Video(id=new_video_id(), prompt="x", model="bars", size="160x90"), "{}", digest, **more)


def made(store: Store, **more) -> str:
    return store.create(new(**more))[0].id


def brought_to(store: Store, state: State) -> str:
    """A job in `state`, by a way the table allows."""
    job_id = made(store)
    ways = {
        State.QUEUED: [],
        State.PREPARING: [State.PREPARING],
        State.RUNNING: [State.PREPARING, State.RUNNING],
        State.FINALIZING: [State.PREPARING, State.RUNNING, State.FINALIZING],
        State.CANCELLING: [State.PREPARING, State.CANCELLING],
        State.COMPLETED: [State.PREPARING, State.RUNNING, State.FINALIZING, State.COMPLETED],
        State.FAILED: [State.FAILED],
        State.CANCELLED: [State.CANCELLED],
    }
    for step in ways[state]:
        store.move(job_id, step)
    return job_id


@pytest.mark.parametrize("before", State)
def test_only_what_the_table_allows_can_follow(store, before):
    for after in State:
        job_id = brought_to(store, before)
        told = len(store.events(job_id))
        if after in TRANSITIONS[before]:
            assert store.move(job_id, after).state is store.job(job_id).state is after
            assert len(store.events(job_id)) == told + 1
        else:
            with pytest.raises(NotAllowed) as refused:
                store.move(job_id, after)
            assert refused.value.job.state is store.job(job_id).state is before
            assert len(store.events(job_id)) == told


def test_a_change_is_written_only_over_what_was_read(store):
    """Of a cancel and a completion that meet, one wins: the loser's compare-and-swap finds another version."""
    job_id = brought_to(store, State.RUNNING)
    stale = store.job(job_id)
    store.move(job_id, State.CANCELLING)
    with pytest.raises(NotAllowed), store._connection.begin():
        store._swap(store._connection, stale, "state", {"state": State.FINALIZING})
    assert store.job(job_id).state is State.CANCELLING
    assert [event.seq for event in store.events(job_id)] == [1, 2, 3, 4]


def test_the_queue_is_first_come_first_served(store):
    ids = [made(store) for _ in range(4)]
    store.move(ids[1], State.CANCELLED)
    assert [store.position(store.job(i)) for i in ids] == [0, None, 1, 2]
    taken = [store.claim() for _ in range(3)]
    assert [job.id for job in taken] == [ids[0], ids[2], ids[3]]
    assert {job.state for job in taken} == {State.PREPARING}
    assert {job.attempt for job in taken} == {1}
    assert store.claim() is None


def test_a_key_is_a_promise_for_a_day(store, monkeypatch):
    first, replayed = store.create(new("a", key="k"))
    assert not replayed
    assert store.create(new("a", key="k")) == (first, True)
    assert store.earlier("a", "k", repeat=False) == first
    with pytest.raises(KeyReused):
        store.create(new("b", key="k"))
    monkeypatch.setattr("cutaway_runtime.jobs.intake.KEY_SECONDS", -1)
    second, replayed = store.create(new("b", key="k"))
    assert not replayed
    assert second.id != first.id


def test_progress_never_goes_back_and_ends_with_the_job(store):
    job_id = made(store)
    assert store.progress(job_id, progress=5) is None, "nobody works on it"
    store.claim()
    assert store.progress(job_id, progress=40, phase="painting", step=4, total_steps=10).progress == 40
    assert store.progress(job_id, progress=20).progress == 40
    store.complete(job_id, lambda job: job.video())
    assert store.progress(job_id, progress=50) is None
    assert store.job(job_id).progress == 100


def test_completing_passes_through_every_state(store):
    job_id = made(store)
    store.claim()
    job = store.complete(job_id, lambda job: job.video())
    assert (job.state, job.progress) == (State.COMPLETED, 100)
    told = [Video.model_validate_json(event.video).cutaway.state for event in store.events(job_id)]
    assert told == ["queued", "preparing", "running", "finalizing", "completed"]


def test_a_cancelled_job_is_not_completed(store):
    job_id = brought_to(store, State.CANCELLING)
    with pytest.raises(NotAllowed):
        store.complete(job_id, lambda job: job.video())
    assert store.job(job_id).state is State.CANCELLING


def test_what_a_killed_server_left_is_put_in_order(place):
    store = Store(place)
    ids = {state: brought_to(store, state) for state in State}
    tired = made(store)
    for _ in range(MAX_ATTEMPTS - 1):
        while store.claim().id != tired:
            pass
        store.move(tired, State.QUEUED)
    while store.claim().id != tired:
        pass
    if store.leases is not None:
        assert store.recover() == [], "nobody knows that it was killed"
        with store._connection.begin():
            store._connection.execute(update(jobs).values(lease_until=0.0))
    store.close()

    store = Store(place)
    store.recover()
    states = {state: store.job(job_id).state for state, job_id in ids.items()}
    for state in TERMINAL:
        assert states[state] is state
    for state in CLAIMED - {State.CANCELLING}:
        assert states[state] is State.QUEUED
    assert states[State.CANCELLING] is State.CANCELLED
    video = store.job(tired).video()
    assert (video.status, video.error.code) == ("failed", "interrupted")
    assert store.recover() == []
    store.close()


def test_a_buried_job_is_seen_by_nobody_but_its_worker(store):
    job_id = brought_to(store, State.RUNNING)
    store.bury(job_id)
    for look in (store.job, store.bury):
        with pytest.raises(NoSuchJob):
            look(job_id)
    assert store.page(after=None, limit=10, newest_first=True) == ([], False)
    assert store.job_even_deleted(job_id).state is State.RUNNING
    assert store.stale([job_id], []) == ([job_id], [])


def test_pages(store):
    ids = [made(store) for _ in range(3)]
    jobs, more = store.page(after=None, limit=2, newest_first=False)
    assert ([job.id for job in jobs], more) == (ids[:2], True)
    jobs, more = store.page(after=ids[1], limit=2, newest_first=False)
    assert ([job.id for job in jobs], more) == (ids[2:], False)
    with pytest.raises(UnknownCursor):
        store.page(after="video_none", limit=2, newest_first=True)


def test_files_are_kept_and_forgotten(store):
    file_id = new_file_id()
    facts = MediaFacts(kind="image", width=4, height=2)
    store.files.add(StoredFile(File(id=file_id, bytes=3, filename="a.png", sha256="0" * 64, media=facts), "png"))
    kept = store.file(file_id)
    assert (kept.container, kept.file.media, kept.file.filename) == ("png", facts, "a.png")
    assert store.files.bury(file_id)
    assert not store.files.bury(file_id)
    assert store.file(file_id) is None
    assert store.stale([], [file_id]) == ([], [file_id])


def test_a_failed_job_says_why(store):
    job_id = made(store)
    video = store.job(job_id).video()
    video.error = VideoError(code="invalid_media", message="damaged")
    shown = store.move(job_id, State.FAILED, video=video).video()
    assert (shown.status, shown.error.code, shown.cutaway.state) == ("failed", "invalid_media", State.FAILED)
    assert store.job(job_id).video() == shown


def test_what_is_answered_is_on_disk(tmp_path):
    store = Store(tmp_path / "jobs.sqlite")
    job_id = made(store)
    with store._engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert store._connection.execute(text("PRAGMA synchronous")).scalar() == 2, "FULL"
    store._connection.rollback()
    other = sqlite3.connect(tmp_path / "jobs.sqlite")
    assert other.execute("SELECT id FROM jobs").fetchall() == [(job_id,)]
    other.close()
    store.close()


def schema(engine) -> dict[str, object]:
    """Columns and indexes of every table, in no order."""
    found = inspect(engine)
    tables = {}
    for table in found.get_table_names():
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(table)]
        where = f"{engine.dialect.name}_where"
        indexes = [
            (i["name"], i["column_names"], i["unique"], str(i.get("dialect_options", {}).get(where)))
            for i in found.get_indexes(table)
        ]
        unique = [u["column_names"] for u in found.get_unique_constraints(table)]
        foreign = [(f["constrained_columns"], f["referred_table"]) for f in found.get_foreign_keys(table)]
        keys = found.get_pk_constraint(table)["constrained_columns"]
        tables[table] = (sorted(columns), sorted(indexes), sorted(unique), sorted(foreign), keys)
    return tables


def test_made_new_and_migrated_are_the_same(make_place):
    new, old = open_database(make_place()), engine_of(make_place())
    migrate(old)
    assert schema(old) == schema(new)
    for engine in (new, old):
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
            assert connection.execute(text("SELECT name, videos_a_month FROM plans ORDER BY name")).all() == [
                ("plus", 50),
                ("pro", 500),
            ]
        engine.dispose()


def test_a_newer_database_is_left_alone(tmp_path):
    path = tmp_path / "jobs.sqlite"
    engine = open_database(path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="9999"):
        open_database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../x", "video_", "video_" + "g" * 24, "video_" + "0" * 24 + "/..", "", "a\0b", "C:\\x"]
)
def test_only_ids_made_here_become_paths(tmp_path, name):
    shelf = Shelf(tmp_path)
    for way in (shelf.video_folder, shelf.file_folder, shelf.remove_video, shelf.remove_file):
        with pytest.raises(ValueError, match="no id"):
            way(name)


def test_lengths_on_the_wire():
    assert seconds_text(96, Rate.parse(24)) == "4"
    assert seconds_text(8, Rate.parse(24)) == "0.333333"
    assert seconds_text(24, Rate.parse("24000/1001")) == "1.001"
    assert seconds_text(0, Rate.parse(25)) == "0"
