"""What is said about a jobs database, which is left as it is."""

import sqlite3

import pytest

from cutaway.wire import Video
from cutaway_runtime import checkup
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.schema import open_database
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import Store


def looked_at(folder) -> dict[str, list[str]]:
    return {what: list(rest) for what, *rest in checkup.look(folder)}


@pytest.fixture
def database(tmp_path):
    """One job waits and one is worked on, and nobody has it open."""
    path = tmp_path / "jobs.sqlite"
    store = Store(path)
    for _ in range(2):
        store.create(NewJob(Video(id=new_video_id(), prompt="x", model="bars", size="160x90"), "{}", "d"))
    store.claim()
    store.close()
    return path


def test_a_sound_one_is_counted_and_left_as_it_was(database):
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    found = looked_at(database.parent)
    assert found["jobs"] == ["ok", "2, 1 waiting, 1 under way", ""]
    assert found["pages"][0] == found["database"][0] == "ok"
    assert {path.name: path.read_bytes() for path in database.parent.iterdir()} == before


def test_one_that_a_server_works_on_is_read_as_it_is_now(database):
    store = Store(database)
    try:
        store.claim()
        assert looked_at(database.parent)["jobs"][1] == "2, 0 waiting, 2 under way"
    finally:
        store.close()


def test_a_newer_schema_and_an_older_one(database):
    for revision, level, remedy in (("9999", "broken", "update cutaway"), ("0001", "note", "")):
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()
        assert looked_at(database.parent)["database"][::2] == [level, remedy]


def test_damage_is_named_with_its_remedy(database):
    engine = open_database(database)
    with engine.connect() as connection:
        (size,) = connection.exec_driver_sql("PRAGMA page_size").one()
        (root,) = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'jobs_by_turn'").one()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    engine.dispose()
    with database.open("r+b") as file:
        file.seek(size * (root - 1))
        file.write(b"\x0a" + b"\xff" * 40)
    found = looked_at(database.parent)
    assert any(level == "broken" and remedy.startswith("cutaway restore") for level, _, remedy in found.values()), found


def test_a_long_look_is_cut_short_and_says_so(database, monkeypatch):
    monkeypatch.setattr(checkup, "CHECK_SECONDS", -1.0)
    monkeypatch.setattr(checkup, "_STEPS", 1)
    level, said, _ = looked_at(database.parent)["pages"]
    assert level == "note"
    assert "as far as" in said


def test_an_address_that_is_none_tells_no_password(database, monkeypatch):
    monkeypatch.setenv("CUTAWAY_DATABASE_URL", "mysql://me:hunter2@host/db")
    found = looked_at(database.parent)["database"]
    assert found[0] == "broken"
    assert "hunter2" not in str(found)


def test_nothing_yet_is_nothing_to_mend(tmp_path):
    assert looked_at(tmp_path)["database"][0] == "note"
