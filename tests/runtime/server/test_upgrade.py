"""Databases that older versions wrote, as they wrote them (`schemas/`, made by `schemas/write.py`), opened by this one."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cutaway.wire import State
from cutaway_runtime import backup
from cutaway_runtime.jobs.schema import MIGRATIONS, open_database
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.jobs.tables import HEAD

WRITTEN = sorted(Path(__file__).with_name("schemas").glob("*.sql"))
HOME = "/home/editor/.cutaway"


def laid(written: Path, home: Path, was: Path | None = None) -> dict[str, str]:
    """The database, in that folder; and what is in it, by name. Where the data `was` when it was written: the same."""
    text = written.read_text("utf-8")
    with closing(sqlite3.connect(home / "jobs.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(text.replace(HOME, str(was or home)))
    return json.loads(text.partition("\n")[0].partition(": ")[2])


def rows(path: Path) -> dict[str, list[dict]]:
    """Everything in every table."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")] for name in names}


def test_the_last_two_versions_are_kept():
    """Without one, `python tests/runtime/server/schemas/write.py` writes it, before the schema changes."""
    versions = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("0*.py"))
    assert versions[-1] == HEAD
    assert {path.stem for path in WRITTEN} >= set(versions[-3:-1])


@pytest.mark.parametrize("written", WRITTEN, ids=lambda path: path.stem)
def test_every_row_is_still_there(tmp_path, written):
    laid(written, tmp_path)
    path = tmp_path / "jobs.sqlite"
    before = rows(path)
    assert before["alembic_version"] == [{"version_num": written.stem}]
    assert len(before["jobs"]) > 5
    assert before["events"]
    open_database(path).dispose()
    after = rows(path)
    assert after.pop("alembic_version") == [{"version_num": HEAD}]
    for table, old in before.items():
        if table in after:
            kept = [{name: row[name] for name in old[0]} for row in after[table]] if old else after[table]
            assert kept == old, table
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("written", WRITTEN, ids=lambda path: path.stem)
def test_what_it_tells_is_understood(tmp_path, written):
    names = laid(written, tmp_path)
    store = Store(tmp_path / "jobs.sqlite")
    try:
        states = {name: store.job(names[name]).video().cutaway.state for name in ("completed", "failed", "queued")}
        assert states == {name: State(name) for name in states}
        assert store.job(names["failed"]).video().error.code in {"worker_lost", "interrupted"}
        assert [e.seq for e in store.events(names["completed"])][-1] == store.job(names["completed"]).version
        assert store.of_key("a-wish-of-old").id == names["completed"]
        assert store.file(names["file"]).file.filename == "red.png"
        assert store.character(names["character"]).name == "Red"
        assert store.job_even_deleted(names["deleted"]).deleted
        left = {job.id: job.state for job in store.recover()}
        assert left == {names["in hand"]: State.QUEUED}
        assert store.claim().id in {names["in hand"], names["queued"], names.get("queued of a key")}
        if "key" in names:
            caller = store.keyring.find(names["key"])
            assert caller.plan.name == "plus"
            mine = [job.id for job in store.seen_by(caller.owner).page(after=None, limit=9, newest_first=False)[0]]
            assert {names["completed of a key"], names["queued of a key"]} <= set(mine)
            assert store.keyring.used(caller.owner) == len(mine)
    finally:
        store.close()


@pytest.mark.parametrize("written", WRITTEN[-1:], ids=lambda path: path.stem)
def test_a_server_goes_on_where_the_older_one_was_killed(tmp_path, make_runtime, written):
    runtime = make_runtime(start=False)
    runtime.home.mkdir()
    names = laid(written, runtime.home)
    runtime.start()
    for name in ("in hand", "queued", "queued of a key"):
        video = runtime.wait(names[name])
        assert video["status"] == "completed", video
        assert runtime.get(f"/v1/videos/{names[name]}/content").status_code == 200
    assert runtime.get(f"/v1/videos/{names['in hand']}").json()["cutaway"]["attempt"] == 2
    assert runtime.get(f"/v1/videos/{names['deleted']}").status_code == 404
    assert runtime.get("/v1/videos", headers={"authorization": f"Bearer {names['key']}"}).status_code == 200


def test_a_data_folder_of_older_versions_may_be_moved(tmp_path, make_runtime):
    """They kept whole paths: what was finished is found, what waited is made, and nothing is written where it was."""
    runtime = make_runtime(start=False)
    runtime.home.mkdir()
    names = laid(WRITTEN[-1], runtime.home, was=tmp_path / "gone")
    runtime.start()
    for name in ("in hand", "queued", "queued of a key"):
        assert runtime.wait(names[name])["status"] == "completed"
        assert (runtime.home / "videos" / names[name] / "video.mp4").is_file()
    assert not (tmp_path / "gone").exists()


def test_a_database_of_a_newer_version_is_left_alone_and_what_to_do_is_said(tmp_path, make_runtime):
    runtime = make_runtime(start=False)
    runtime.home.mkdir()
    laid(WRITTEN[-1], runtime.home)
    path = runtime.home / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="did not start"):
        runtime.start()
    assert runtime.process.returncode == 4
    said = runtime.log()
    assert "'9999'" in said
    assert f"'{HEAD}'" in said
    assert "update cutaway, or give it another --data-dir" in said
    assert path.read_bytes() == before


def test_a_migration_that_fails_in_the_middle_changes_nothing(tmp_path, monkeypatch):
    """All steps are one transaction: the older version can still open what it wrote."""
    laid(WRITTEN[0], tmp_path)
    path = tmp_path / "jobs.sqlite"
    before = rows(path)
    broken = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, broken, ignore=shutil.ignore_patterns("__pycache__"))
    last = max((broken / "versions").glob("0*.py"))
    last.write_text(last.read_text("utf-8") + "    raise RuntimeError('the power went')\n", "utf-8")
    monkeypatch.setattr("cutaway_runtime.jobs.schema.MIGRATIONS", broken)
    with pytest.raises(RuntimeError, match="the power went"):
        open_database(path)
    assert rows(path) == before
    monkeypatch.undo()
    open_database(path).dispose()
    assert rows(path)["alembic_version"] == [{"version_num": HEAD}]


def test_a_backup_has_every_row_of_every_table(tmp_path):
    """Charges, keys, deliveries and history too."""
    home = tmp_path / "home"
    home.mkdir()
    laid(WRITTEN[-1], home)
    open_database(home / "jobs.sqlite").dispose()
    before = rows(home / "jobs.sqlite")
    assert {name for name, there in before.items() if there} >= {"jobs", "events", "keys", "charges", "deliveries"}
    backup.backup(home, tmp_path / "copy")
    assert rows(tmp_path / "copy" / "jobs.sqlite") == before
