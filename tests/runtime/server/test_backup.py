"""A data folder copied while a server works on it, and made into a server's again."""

import hashlib
import json
import shutil
import signal
import sqlite3

import pytest

from cutaway_runtime import backup

BARS = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}


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


def fetched(runtime) -> dict[str, str]:
    """The SHA-256 of every finished video, which is the one its job tells."""
    found = {}
    for video in runtime.get("/v1/videos").json()["data"]:
        if video["status"] == "completed":
            content = runtime.get(f"/v1/videos/{video['id']}/content").content
            found[video["id"]] = hashlib.sha256(content).hexdigest()
            assert found[video["id"]] == video["cutaway"]["sha256"]
    return found


def test_a_backup_of_a_working_server_becomes_a_server_with_everything_that_was_promised(busy, make_runtime, tmp_path):
    """In another folder, and the old one is gone: what waits starts from footage in the new one, and is made there."""
    done = next(iter(fetched(busy)))
    still = busy.get("/v1/files").json()["data"][0]["id"]
    jobs = [
        busy.post(f"/v1/videos/{done}/remix", json={"prompt": "in blue", "model": "bars"}),
        busy.post("/v1/videos", json={**BARS, "input_reference": {"file_id": still}}),
    ]
    assert [job.status_code for job in jobs] == [200, 200], [job.text for job in jobs]
    busy.process.send_signal(signal.SIGSTOP)  # or they might be done before they are copied
    told = backup.backup(busy.home, tmp_path / "copy")
    assert told["missing"] == told["differs"] == []
    assert told["jobs"] == 6
    busy.process.send_signal(signal.SIGCONT)
    before = {video["id"] for video in busy.get("/v1/videos").json()["data"]}
    busy.kill()
    shutil.rmtree(busy.home)
    assert backup.restore(tmp_path / "copy", tmp_path / "again") == told
    again = make_runtime(home=tmp_path / "again")
    assert {video["id"] for video in again.get("/v1/videos").json()["data"]} == before
    for video_id in before:
        assert again.wait(video_id)["status"] == "completed", "what waited is made"
    assert fetched(again).keys() == before
    assert len(again.get("/v1/files").json()["data"]) == 1
    remix = again.post(f"/v1/videos/{done}/remix", json={"prompt": "in green", "model": "bars"}).json()
    assert again.wait(remix["id"])["status"] == "completed"
    assert not busy.home.exists()


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


@pytest.fixture(scope="module")
def made(make_one, tmp_path_factory):
    """The backup of a server with one finished video."""
    folder = tmp_path_factory.mktemp("backup")
    with make_one(folder / "home") as runtime:
        runtime.wait(runtime.create()["id"])
    backup.backup(folder / "home", folder / "copy")
    return folder / "copy"


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


def test_a_damaged_backup_is_refused_and_nothing_is_changed(copy, tmp_path, capsys):
    listed = json.loads((copy / "backup.json").read_text())
    name = listed["files"][0]["name"]
    path = copy / name
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert name in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../planted",
        "videos/../../planted",
        "/etc/planted",
        "C:\\planted",
        "jobs.sqlite",
        "token",
        "videos/video_1/video.mp4",
        "videos/video_000000000000000000000000/../../../planted.mp4",
        "files/file_000000000000000000000000/content\n",
        5,
    ],
)
def test_names_that_no_backup_has_are_refused_and_nothing_is_written(copy, tmp_path, capsys, name):
    listed = json.loads((copy / "backup.json").read_text())
    digest = hashlib.sha256(b"planted").hexdigest()
    (tmp_path / "planted").write_bytes(b"planted")
    (copy / "token").write_bytes(b"planted")
    listed["files"].append({"name": name, "bytes": 7, "sha256": digest})
    (copy / "backup.json").write_text(json.dumps(listed))
    before = set(tmp_path.rglob("*"))
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "a" / "new")]) == 2
    assert str(copy) in capsys.readouterr().err
    assert set(tmp_path.rglob("*")) == before


def test_a_link_in_a_backup_leads_nowhere(copy, tmp_path, capsys):
    """Else a backup that somebody hands over would fetch a file of this machine for whoever asks for the video."""
    listed = json.loads((copy / "backup.json").read_text())
    path = copy / listed["files"][0]["name"]
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert backup.main(["restore", str(copy), "--data-dir", str(tmp_path / "new")]) == 2
    assert listed["files"][0]["name"] in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_not_what_its_job_says_is_named(make_runtime, tmp_path, capsys):
    runtime = make_runtime()
    videos = [runtime.wait(runtime.create(seed=seed)["id"])["id"] for seed in (1, 2)]
    runtime.stop()
    rotten = runtime.home / "videos" / videos[1] / "video.mp4"
    data = bytearray(rotten.read_bytes())
    data[len(data) // 2] ^= 1
    rotten.write_bytes(data)
    assert backup.main(["backup", str(tmp_path / "copy"), "--data-dir", str(runtime.home)]) == backup.CHANGED
    name = f"videos/{videos[1]}/video.mp4"
    assert f"not what they were made as: {name}\n" in capsys.readouterr().out
    assert backup.main(["restore", str(tmp_path / "copy"), "--data-dir", str(tmp_path / "new"), "--json"]) == 7
    assert json.loads(capsys.readouterr().out)["differs"] == [name]


def test_a_folder_of_other_jobs_takes_no_backup(copy, tmp_path, capsys):
    """Not even where their database is away for the moment."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "folder-id").write_text("0" * 24)
    assert backup.main(["restore", str(copy), "--data-dir", str(other)]) == 2
    assert "holds files of other jobs" in capsys.readouterr().err
    assert [path.name for path in other.iterdir()] == ["folder-id"]


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
