"""Which folder belongs to which database: a start with the wrong one of either changes nothing."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from cutaway_runtime.jobs import mark
from cutaway_runtime.jobs.database import VARIABLE, BadDatabase, place_of
from cutaway_runtime.jobs.shelf import new_character_id, new_file_id, new_video_id
from cutaway_runtime.jobs.store import Store


def laid(folder: Path) -> dict[str, str]:
    """What lies on the shelves of a data folder, by its SHA-256."""
    kinds = ("videos", "files", "characters")
    paths = [path for kind in kinds for path in (folder / kind).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def filled(runtime) -> dict[str, str]:
    """A finished video, an upload and a character, and nothing of them lost."""
    video = runtime.wait(runtime.create()["id"])
    still = runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": "first_frame"}).content
    assert runtime.post("/v1/files", files={"file": ("a.png", still)}).status_code == 200
    assert runtime.post(
        "/v1/videos/characters", data={"name": "Mo"}, files={"video": ("a.png", still)}
    ).status_code in {200, 201}
    assert runtime.stop() == 0
    return laid(Path(next((o for o in runtime.options if o.startswith("/")), runtime.home)))


def refused(runtime) -> str:
    """Why it does not start."""
    with pytest.raises(RuntimeError) as why:
        runtime.start()
    return str(why.value)


def test_without_its_file_of_jobs_no_server_starts_and_nothing_goes(make_runtime, tmp_path):
    runtime = make_runtime()
    there = filled(runtime)
    assert len(there) >= 4
    away = (runtime.home / "jobs.sqlite").rename(tmp_path / "jobs.sqlite")
    why = refused(runtime)
    assert "there is no jobs.sqlite in it" in why
    assert not (runtime.home / "jobs.sqlite").exists()
    assert laid(runtime.home) == there

    shutil.copy(Path(away), runtime.home)
    runtime.start()
    assert len(runtime.get("/v1/videos").json()["data"]) == 1
    assert laid(runtime.home) == there


def test_without_its_database_no_server_starts_on_a_shared_folder_and_nothing_goes(make_runtime, postgres, tmp_path):
    shared = tmp_path / "shared"
    runtime = make_runtime("--data-dir", str(shared), start=False)
    runtime.environment[VARIABLE] = postgres.url()
    there = filled(runtime.start())
    right = runtime.environment.pop(VARIABLE)
    assert VARIABLE in refused(runtime)
    assert not (shared / "jobs.sqlite").exists()

    runtime.environment[VARIABLE] = postgres.url()
    assert "are of jobs in another database" in refused(runtime), "a new, empty database is another one"
    assert laid(shared) == there

    runtime.environment[VARIABLE] = right
    runtime.start()
    assert len(runtime.get("/v1/videos").json()["data"]) == 1
    assert laid(shared) == there


def test_what_the_jobs_never_heard_of_is_kept_aside_and_said(make_runtime):
    runtime = make_runtime()
    runtime.wait(runtime.create()["id"])
    runtime.stop()
    strangers = {"videos": new_video_id(), "files": new_file_id(), "characters": new_character_id()}
    for kind, name in strangers.items():
        (runtime.home / kind / name).mkdir()
        (runtime.home / kind / name / "content").write_bytes(kind.encode())
    long_gone = runtime.home / "lost" / "videos" / new_video_id()
    long_gone.mkdir(parents=True)
    os.utime(long_gone, (0, 0))
    there = laid(runtime.home)
    runtime.start()
    kept = {f"{kind}/{name}": (runtime.home / "lost" / kind / name / "content") for kind, name in strangers.items()}
    assert {name: path.read_text() for name, path in kept.items()} == {name: name.split("/")[0] for name in kept}
    assert all(name in runtime.log() for name in strangers.values())
    assert str(runtime.home) not in runtime.log()
    assert laid(runtime.home) == {name: sha for name, sha in there.items() if not name.endswith("/content")}
    assert not long_gone.exists()


def test_a_database_that_knows_nothing_judges_nothing(make_runtime):
    """As an earlier version leaves it, that set no marks: a folder full of videos, and a database that was made now."""
    runtime = make_runtime(start=False)
    folder = runtime.home / "videos" / new_video_id()
    folder.mkdir(parents=True)
    (folder / "video.mp4").write_bytes(b"film")
    runtime.start()
    assert (folder / "video.mp4").read_bytes() == b"film"
    assert "do not know" in runtime.log()
    assert not (runtime.home / "lost").exists()


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request, tmp_path):
    """A store of a new database each, those on SQLite in the folder that is named."""
    made = []

    def opened(folder: Path) -> Store:
        folder.mkdir(exist_ok=True)
        url = {VARIABLE: request.getfixturevalue("postgres").url()} if request.param == "postgresql" else {}
        made.append(Store(place_of(folder, url)))
        return made[-1]

    yield opened
    for store in made:
        store.close()


def test_a_folder_is_that_of_the_first_database(open_store, tmp_path):
    folder, other = tmp_path / "one", tmp_path / "other"
    first, second = open_store(folder), open_store(other)
    first.files.are_in(folder)
    first.files.are_in(folder)
    with pytest.raises(BadDatabase, match=f"remove {folder / mark.NAME}"):
        second.files.are_in(folder)
    second.files.are_in(other)
    with pytest.raises(BadDatabase, match=rf"write [0-9a-f]{{24}} into {folder / mark.NAME}"):
        second.files.are_in(folder)
    first.files.are_in(folder)


def test_a_server_that_is_killed_while_it_marks_starts_again(open_store, tmp_path, monkeypatch):
    """The database is marked first: no folder bears a mark that no database knows."""
    folder, other = tmp_path / "one", tmp_path / "other"
    store = open_store(folder)
    other.mkdir()
    with monkeypatch.context() as killed:
        killed.setattr(mark, "_write", lambda *_: sys.exit(9))
        with pytest.raises(SystemExit):
            store.files.are_in(folder)
    assert not (folder / mark.NAME).exists()
    store.files.are_in(folder)
    marked = (folder / mark.NAME).read_text()
    assert len(marked) == 24
    if store.leases is None:
        (folder / mark.NAME).unlink()
        store.files.are_in(folder)
    else:
        with pytest.raises(BadDatabase, match="is it mounted"):
            store.files.are_in(other)
        assert not [*other.iterdir()]
    assert (folder / mark.NAME).read_text() == marked
