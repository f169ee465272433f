"""A data folder copied while a server works on it, and made into a server's again."""

import hashlib
import json
import shutil
import sqlite3

import pytest

from cutaway_runtime import backup


@pytest.fixture
def busy(make_runtime):
    """A server with a finished video, an upload, and jobs under way."""
    runtime = make_runtime()
    runtime.wait(runtime.create()["id"])
    done = runtime.get("/v1/videos").json()["data"][0]
    still = runtime.get(f"/v1/videos/{done['id']}/content", params={"variant": "first_frame"}).content
    runtime.post("/v1/files", files={"file": ("a.png", still)})
    for _ in range(3):
        runtime.create(num_frames=200)
    return runtime


def test_a_backup_of_a_working_server_becomes_a_server_with_everything_that_was_promised(busy, make_runtime, tmp_path):
    done = next(v for v in busy.get("/v1/videos").json()["data"] if v["status"] == "completed")
    told = backup.backup(busy.home, tmp_path / "copy")
    assert told["missing"] == []
    assert told["jobs"] == 4
    before = {video["id"] for video in busy.get("/v1/videos").json()["data"]}
    busy.kill()
    assert backup.restore(tmp_path / "copy", tmp_path / "again") == told
    again = make_runtime(home=tmp_path / "again")
    videos = {video["id"] for video in again.get("/v1/videos").json()["data"]}
    assert videos == before
    content = again.get(f"/v1/videos/{done['id']}/content")
    assert hashlib.sha256(content.content).hexdigest() == done["cutaway"]["sha256"]
    assert len(again.get("/v1/files").json()["data"]) == 1
    for video_id in videos:
        assert again.wait(video_id)["status"] == "completed", "what waited is made"


def test_what_was_deleted_meanwhile_is_said(busy, tmp_path, monkeypatch):
    done = next(v for v in busy.get("/v1/videos").json()["data"] if v["status"] == "completed")
    real = backup._promised

    def and_then_it_goes(database):
        names = [*real(database)]
        shutil.rmtree(busy.home / "videos" / done["id"])
        return names

    monkeypatch.setattr(backup, "_promised", and_then_it_goes)
    told = backup.backup(busy.home, tmp_path / "copy")
    assert told["missing"] == [f"videos/{done['id']}/video.mp4"]


@pytest.fixture
def copy(make_runtime, tmp_path):
    runtime = make_runtime()
    runtime.wait(runtime.create()["id"])
    runtime.stop()
    backup.backup(runtime.home, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_damaged_backup_is_refused_and_nothing_is_changed(copy, tmp_path, capsys):
    listed = json.loads((copy / "backup.json").read_text())
    name = listed["files"][0]["name"]
    path = copy / name
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert name in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(copy, tmp_path, capsys):
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1
    marks = {path: path.stat().st_mtime_ns for path in (tmp_path / "new").rglob("*")}
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert backup.main(["backup", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "new").rglob("*")} == marks


def test_a_backup_that_was_broken_off_is_none(copy, tmp_path, capsys):
    (copy / "backup.json").unlink()
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert "no finished backup" in capsys.readouterr().err


def test_keys_of_this_machine_stay_where_they_are(copy):
    assert not (copy / "token").exists()
    database = sqlite3.connect(copy / "jobs.sqlite")
    assert database.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
    database.close()


def test_a_folder_without_jobs_is_no_data(tmp_path, capsys):
    assert backup.main(["backup", str(tmp_path / "copy"), "--data-dir", str(tmp_path / "nothing")]) == 2
    assert "holds no jobs" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()


def test_jobs_in_postgresql_are_for_its_own_tools(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CUTAWAY_DATABASE_URL", "postgresql://somebody:not-to-be-seen@db.example/cutaway")
    assert backup.main(["backup", str(tmp_path / "to"), "--data-dir", str(tmp_path)]) == backup.REFUSED
    said = capsys.readouterr().err
    assert "pg_dump" in said
    assert "not-to-be-seen" not in said
    assert not (tmp_path / "to").exists()
