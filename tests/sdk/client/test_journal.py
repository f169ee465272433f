"""What was submitted is known after the process that did it has gone."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from cutaway import Cutaway, errors
from cutaway.client.journal import Journal
from cutaway.errors import ConnectionFailed
from cutaway.home import Home

JOB = {"id": "video_1", "object": "video", "status": "queued", "created_at": 1, "model": "bars"}


def made(scripted: Any) -> Cutaway:
    return Cutaway("http://server", "k", dialect="cutaway", io=scripted)


def entries(home: Path) -> list[Any]:
    return Journal(Home(home)).entries()


def test_nothing_is_opened_before_something_is_submitted(home: Path, client: Cutaway) -> None:
    client.videos.list()
    client.videos.delete  # noqa: B018 - reaching for a verb opens nothing either
    assert not home.exists()


def test_an_entry_is_there_before_the_request_leaves(home: Path, scripted: Any) -> None:
    states = []

    class Watching(type(scripted)):  # type: ignore[misc]
        async def request(self, request: Any) -> Any:
            states.extend(entry.state for entry in entries(home))
            return await super().request(request)

    io = Watching()
    io.expect("POST /v1/videos", JOB)
    made(io).videos.create(prompt="a")
    assert states == ["sending"]
    (entry,) = entries(home)
    assert (entry.state, entry.video_id, entry.base_url) == ("accepted", "video_1", "http://server")
    assert entry.key == io.sent[0].headers["Idempotency-Key"]
    assert len(entry.digest) == 64


def test_the_journal_is_for_this_user_only(home: Path, scripted: Any) -> None:
    scripted.expect("POST /v1/videos", JOB)
    made(scripted).videos.create(prompt="a")
    assert stat.S_IMODE((home / "journal.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_equal_parameters_have_one_digest_and_others_another(home: Path, scripted: Any) -> None:
    client = made(scripted)
    for seed in (1, 1, 2):
        scripted.expect("POST /v1/videos", {**JOB, "id": f"video_{seed}"})
        client.videos.create(prompt="a", seed=seed)
    first, second, third = (entry.digest for entry in entries(home))
    assert first == second != third


@pytest.mark.parametrize(
    ("outcome", "raised", "state"),
    [
        (({"error": {"message": "no"}}, 400), errors.BadRequest, "refused"),
        (ConnectionFailed("refused", sent=False), ConnectionFailed, "refused"),
        (ConnectionFailed("cut"), errors.SubmitUnknown, "sending"),
        (({}, 500), errors.ServerError, "sending"),
    ],
)
def test_what_became_of_a_request(home: Path, scripted: Any, outcome: Any, raised: type[Exception], state: str) -> None:
    scripted.expect("POST /v1/videos", outcome)
    client = Cutaway("http://server", "k", dialect="openai", io=scripted, max_retries=0)
    with pytest.raises(raised):
        client.videos.create(prompt="a")
    assert [entry.state for entry in entries(home)] == [state]


def test_resume_gives_what_is_running_and_what_was_never_saved(client: Cutaway, movies: Any, tmp_path: Path) -> None:
    saved, running, finished, failed, cancelled, deleted, gone = (
        client.videos.create(prompt=f"{number}") for number in range(7)
    )
    saved.wait().save(tmp_path / "saved.mp4")
    finished.wait()
    movies.jobs[failed.id].update(status="failed", error={"code": "x", "message": "y"})
    movies.steps[failed.id] = 0
    movies.script[1] = {"status": "failed"}
    with pytest.raises(errors.JobFailed):
        failed.wait()
    movies.script[1] = {"status": "in_progress", "progress": 50}
    cancelled.cancel()
    deleted.delete()
    del movies.jobs[gone.id]
    with Cutaway(movies.url, "a-key-of-this-test") as another:
        assert [video.id for video in another.videos.resume()] == [running.id, finished.id]
        assert another.videos.resume()[0].wait().status == "completed"
    states = {entry.video_id: entry.state for entry in Journal(Home.find()).entries()}
    assert states == {
        saved.id: "saved", running.id: "completed", finished.id: "completed", failed.id: "failed",
        cancelled.id: "cancelled", deleted.id: "deleted", gone.id: "deleted",
    }  # fmt: skip
    assert [Path(e.path).name for e in Journal(Home.find()).entries() if e.path] == ["saved.mp4"]


def test_resume_knows_only_this_server(client: Cutaway, movies: Any, scripted: Any) -> None:
    client.videos.create(prompt="a")
    assert made(scripted).videos.resume() == []


def test_a_journal_that_cannot_be_written_warns_once_and_stops_nothing(home: Path, scripted: Any) -> None:
    home.write_text("a file where the folder should be")
    client = made(scripted)
    for _ in range(2):
        scripted.expect("POST /v1/videos", JOB)
    with pytest.warns(RuntimeWarning, match="cannot be used"):
        client.videos.create(prompt="a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.videos.create(prompt="b")
    assert client.videos.resume() == []


def test_a_damaged_journal_stops_nothing(home: Path, scripted: Any) -> None:
    home.mkdir()
    (home / "journal.db").write_bytes(b"this is no database" * 100)
    scripted.expect("POST /v1/videos", JOB)
    with pytest.warns(RuntimeWarning, match="not a database"):
        made(scripted).videos.create(prompt="a")


def test_entries_outlive_a_process_that_is_killed(home: Path) -> None:
    program = (
        "import os, signal; from cutaway.client.journal import Journal; from cutaway.home import Home\n"
        "journal = Journal(Home.find()); journal.sending('k', 'http://s', 'd'); journal.accepted('k', 'video_9')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "CUTAWAY_HOME": str(home)}, check=False)
    assert done.returncode < 0
    assert [entry.video_id for entry in Journal(Home(home)).unfinished("http://s")] == ["video_9"]


def test_entries_do_not_stay_for_ever(home: Path) -> None:
    journal = Journal(Home(home))
    journal.sending("old", "http://s", "d")
    journal.sending("new", "http://s", "d")
    journal.close()
    with sqlite3.connect(home / "journal.db") as database:
        database.execute("UPDATE submissions SET created = created - 40 * 86400 WHERE key = 'old'")
    database.close()
    assert [entry.key for entry in entries(home)] == ["new"]
