"""What was submitted is known after the process that did it has gone."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from cutaway import Cutaway, errors
from cutaway.client.journal import SCHEMA, Journal, digest_of_prompt
from cutaway.client.request import Answer
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


def test_each_take_of_a_request_has_an_entry_and_is_resumed(home: Path, scripted: Any) -> None:
    takes = {"state": "queued", "siblings": ["video_2", "video_3"]}
    scripted.expect("POST /v1/videos", JOB | {"cutaway": takes})
    made(scripted).videos.create(prompt="a", n=3)
    noted = entries(home)
    assert [(entry.state, entry.video_id) for entry in noted] == [("accepted", f"video_{n}") for n in (1, 2, 3)]
    assert [entry.key for entry in noted] == [noted[0].key + end for end in ("", "/2", "/3")]
    for n in (1, 2, 3):
        scripted.expect(f"GET /v1/videos/video_{n}", JOB | {"id": f"video_{n}", "status": "completed"})
    assert [video.id for video in made(scripted).videos.resume()] == ["video_1", "video_2", "video_3"]
    assert {entry.state for entry in entries(home)} == {"completed"}


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
        (ConnectionFailed("cut"), errors.SubmitUnknown, "unknown"),
        (({}, 500), errors.ServerError, "unknown"),
        (({}, 503), errors.ServerError, "refused"),
        (Answer(200, {}, b"<html>"), errors.APIError, "unknown"),
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


def test_a_damaged_journal_is_set_aside_and_begun_anew(home: Path, scripted: Any) -> None:
    home.mkdir()
    (home / "journal.db").write_bytes(b"this is no database" * 100)
    scripted.expect("POST /v1/videos", JOB)
    with pytest.warns(RuntimeWarning, match=r"not a database.*set aside as journal-damaged-\d+\.db"):
        made(scripted).videos.create(prompt="a")
    assert [entry.video_id for entry in entries(home)] == ["video_1"]
    (aside,) = home.glob("journal-damaged-*.db")
    assert aside.read_bytes().startswith(b"this is no database")


def test_a_journal_that_another_process_holds_gets_its_entries_later(home: Path, scripted: Any) -> None:
    Journal(Home(home)).sending("earlier", "http://server", "d")
    client = made(scripted)
    with sqlite3.connect(home / "journal.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        for number in range(2):
            scripted.expect("POST /v1/videos", {**JOB, "id": f"video_{number}"})
        before = time.monotonic()
        with pytest.warns(RuntimeWarning, match="held by another process"):
            client.videos.create(prompt="a")
        client.videos.create(prompt="b")
        assert time.monotonic() - before < 4
        other.execute("COMMIT")
    other.close()
    assert [entry.video_id for entry in client.videos.journal()] == [None, "video_0", "video_1"]
    assert [entry.video_id for entry in entries(home)] == [None, "video_0", "video_1"]


def test_entries_that_never_found_their_way_are_named_at_the_end(home: Path, scripted: Any) -> None:
    Journal(Home(home)).sending("earlier", "http://server", "d")
    client = made(scripted)
    with sqlite3.connect(home / "journal.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        scripted.expect("POST /v1/videos", JOB)
        with pytest.warns(RuntimeWarning, match="held by another process"):
            client.videos.create(prompt="a", extra_headers={"Idempotency-Key": "mine"})
        with pytest.warns(RuntimeWarning, match="keys mine"):
            client.close()
    other.close()


def test_a_journal_of_the_first_version_is_read_on(home: Path, scripted: Any) -> None:
    home.mkdir()
    with sqlite3.connect(home / "journal.db") as old:
        old.executescript(SCHEMA)
        old.execute(
            "INSERT INTO submissions VALUES ('k', 'http://server', 'video_0', 'd', NULL, 'accepted', ?)", (time.time(),)
        )
    old.close()
    scripted.expect("POST /v1/videos", JOB)
    client = made(scripted)
    client.videos.create(prompt="a", size="1280x720")
    first, second = client.videos.journal()
    assert (first.key, first.video_id, first.size) == ("k", "video_0", "")
    assert (second.video_id, second.size, second.operation) == ("video_1", "1280x720", "create")


def test_the_prompt_is_not_kept_but_can_be_recognised(home: Path, scripted: Any) -> None:
    scripted.expect("POST /v1/videos", JOB)
    client = made(scripted)
    client.videos.create(prompt="the secret  premise of the film")
    client.close()
    kept = b"".join(path.read_bytes() for path in home.iterdir())
    assert b"secret" not in kept
    assert entries(home)[0].prompt == digest_of_prompt(" the secret premise of the film")


def test_what_nobody_is_sending_any_more_was_never_answered(home: Path) -> None:
    journal = Journal(Home(home))
    journal.sending("mine", "http://s", "d")
    program = (
        "import os, signal; from cutaway.client.journal import Journal; from cutaway.home import Home\n"
        "Journal(Home.find()).sending('dead', 'http://s', 'd'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "CUTAWAY_HOME": str(home)}, check=False)
    parent = f"{os.getppid()} of-another-process"
    journal._write(
        "INSERT INTO submissions SELECT 'theirs', base_url, video_id, digest, path, state, created, '', '', '', '', ?, '' FROM submissions WHERE key = 'mine'",
        (parent,),
    )
    journal._write(
        "INSERT INTO submissions SELECT 'reused', base_url, video_id, digest, path, state, created, '', '', '', '', ?, '' FROM submissions WHERE key = 'mine'",
        (f"{os.getpid()} an-earlier-one",),
    )
    states = {entry.key: entry.state for entry in journal.entries("http://s")}
    assert states == {"mine": "sending", "dead": "unknown", "theirs": "sending", "reused": "unknown"}
    assert {entry.key for entry in journal.unanswered("http://s")} == {"dead", "reused"}


def test_two_processes_write_one_journal(home: Path) -> None:
    program = (
        "import sys; from cutaway.client.journal import Journal; from cutaway.home import Home\n"
        "journal = Journal(Home.find())\n"
        "for n in range(50): key = f'{sys.argv[1]}-{n}'; journal.sending(key, 'http://s', 'd'); journal.accepted(key, key)"
    )
    environment = {**os.environ, "CUTAWAY_HOME": str(home)}
    writers = [subprocess.Popen([sys.executable, "-W", "error", "-c", program, name], env=environment) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len([entry for entry in entries(home) if entry.state == "accepted"]) == 100


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
