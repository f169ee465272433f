"""A create that was never answered: its job is found, or it is said why not; nothing is made twice."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import AsyncCutaway, Cutaway, errors
from cutaway.client.journal import Journal
from cutaway.client.request import Answer
from cutaway.errors import ConnectionFailed
from cutaway.home import Home

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-this-test"
LOST = ConnectionFailed("cut")
NEVER_LEFT = ConnectionFailed("refused", sent=False)


def job(identity: str = "video_1", **facts: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"id": identity, "object": "video", "status": "queued", "created_at": now, "model": "wan", **facts}


def page(*jobs: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(jobs), "has_more": False}


def made(scripted: Any, dialect: str = "openai") -> Cutaway:
    return Cutaway("http://server", "k", dialect=dialect, io=scripted, max_retries=0)


def lost(scripted: Any, dialect: str = "openai", **asked: Any) -> tuple[Cutaway, errors.SubmitUnknown]:
    client = made(scripted, dialect)
    scripted.expect("POST /v1/videos", LOST)
    with pytest.raises(errors.SubmitUnknown) as caught:
        client.videos.create(**{"prompt": "a red ball", **asked})
    return client, caught.value


def states(home: Path) -> list[str]:
    return [entry.state for entry in Journal(Home(home)).entries()]


# -- where keys are honoured -------------------------------------------------------------------


def test_the_same_request_is_sent_again_under_its_key(home: Path, scripted: Any) -> None:
    _, unknown = lost(scripted, "cutaway", seed=7)
    assert states(home) == ["unknown"]
    scripted.expect("POST /v1/videos", job())
    assert unknown.recover().id == "video_1"
    first, second = scripted.sent
    assert (second.json, second.headers["Idempotency-Key"]) == (first.json, unknown.key)
    assert first.headers["Idempotency-Key"] == unknown.key
    assert states(home) == ["accepted"]
    assert unknown.digest == Journal(Home(home)).entries()[0].digest


def test_a_bound_that_was_too_short_is_not_kept_when_the_job_is_looked_for(scripted: Any) -> None:
    _, unknown = lost(scripted, "cutaway", timeout=1e-6, max_retries=0)
    scripted.expect("POST /v1/videos", job())
    assert unknown.recover().id == "video_1"
    short, patient = scripted.sent
    assert short.timeout == 1e-6
    assert patient.timeout is None or patient.timeout > 1


def test_another_process_asks_for_the_job_of_the_key(home: Path, client: Cutaway, movies: Any) -> None:
    movies.faults.append(fault(movies, "POST /v1/videos"))
    with Cutaway(movies.url, KEY, max_retries=0) as dead, pytest.raises(errors.SubmitUnknown) as caught:
        dead.videos.create(prompt="a red ball")
    (only,) = movies.jobs
    assert client.videos.recover(caught.value.key).id == only
    assert client.videos.recover(caught.value.key).id == only
    assert len(movies.requests("POST", ".*")) == 1
    assert states(home) == ["accepted"]


def test_a_create_that_never_arrived_may_be_sent_anew(home: Path, client: Cutaway, movies: Any) -> None:
    movies.faults.append(fault(movies, "POST /v1/videos", before=True))
    with Cutaway(movies.url, KEY, max_retries=0) as dead, pytest.raises(errors.SubmitUnknown):
        dead.videos.create(prompt="a red ball")
    with pytest.raises(errors.SubmitNotFound, match="safe to ask for the video again"):
        client.videos.recover()
    assert states(home) == ["refused"]
    with pytest.raises(errors.SubmitNotFound, match="no create is without an answer"):
        client.videos.recover()


def test_a_server_that_does_not_know_how_to_look_for_keys_is_compared_with(home: Path, scripted: Any) -> None:
    lost(scripted, "cutaway")
    scripted.expect(r"GET /v1/videos\?idempotency_key=.*", page(job("video_9", prompt="another")))
    scripted.expect(r"GET /v1/videos\?limit=100.*", page(job("video_1", prompt="a red ball"), job("x", prompt="y")))
    assert made(scripted, "cutaway").videos.recover().id == "video_1"


def test_once_lost_is_lost_whatever_came_after_it(home: Path, scripted: Any) -> None:
    client = Cutaway("http://server", "k", dialect="cutaway", io=scripted)
    for outcome in (LOST, NEVER_LEFT, NEVER_LEFT):
        scripted.expect("POST /v1/videos", outcome)
    with pytest.raises(errors.SubmitUnknown):
        client.videos.create(prompt="a")
    for outcome in (LOST, ({}, 429), ({}, 429)):
        scripted.expect("POST /v1/videos", outcome)
    with pytest.raises(errors.SubmitUnknown, match="429"):
        client.videos.create(prompt="b")
    for outcome in (LOST, ({"error": {"message": "no such model"}}, 404)):
        scripted.expect("POST /v1/videos", outcome)
    with pytest.raises(errors.NotFound):
        client.videos.create(prompt="c")
    assert states(home) == ["unknown", "unknown", "refused"]


def test_a_key_in_use_is_waited_for(scripted: Any) -> None:
    client = Cutaway("http://server", "k", dialect="cutaway", io=scripted)
    for outcome in (LOST, ({"error": {"message": "still answering the first"}}, 409), job()):
        scripted.expect("POST /v1/videos", outcome)
    assert client.videos.create(prompt="a").id == "video_1"


def test_a_key_that_the_server_may_have_forgotten_is_not_sent_again(scripted: Any, monkeypatch: Any) -> None:
    _, unknown = lost(scripted, "cutaway")
    monkeypatch.setattr("cutaway.client.recovery.RESEND", 0.0)
    found = Answer(200, {"idempotency-key": unknown.key}, json.dumps(page(job(prompt="a red ball"))).encode())
    scripted.expect(r"GET /v1/videos\?idempotency_key=.*", found)
    assert unknown.recover().id == "video_1"


def test_what_was_emulated_stays_marked(scripted: Any) -> None:
    client = made(scripted, "sglang")
    scripted.expect("POST /v1/videos", LOST)
    with pytest.raises(errors.SubmitUnknown) as caught:
        client.videos.create(prompt="a red ball", style="noir", emulate=True)
    sent = scripted.sent[-1].json or scripted.sent[-1].fields
    scripted.expect("GET /v1/videos.*", page(job(prompt=sent["prompt"])))
    assert caught.value.recover().cutaway.emulated


# -- where they mean nothing -------------------------------------------------------------------

HERS = job("hers", prompt="a blue ball")
OLD = job("old", prompt="a red ball", created_at=int(time.time()) - 86400)


def test_the_one_job_that_fits_is_it(home: Path, scripted: Any) -> None:
    client, unknown = lost(scripted, size="1280x720", model="wan")
    wrong = [job("small", prompt="a red ball", size="320x240"), job("ltx", prompt="a red ball", model="ltx")]
    right = job("right", prompt="a  red ball", size="1280x720", model="hosted_vllm/wan")
    scripted.expect(r"GET /v1/videos\?limit=100&order=desc", page(HERS, *wrong, right, OLD))
    assert unknown.recover().id == "right"
    assert states(home) == ["accepted"]
    scripted.expect("GET /v1/videos/right", right)
    assert [video.id for video in client.videos.resume()] == ["right"]
    assert [request.method for request in scripted.sent].count("POST") == 1


def test_no_job_that_fits_is_said_to_be_most_likely_none(home: Path, scripted: Any) -> None:
    _, unknown = lost(scripted)
    scripted.expect("GET /v1/videos.*", page(HERS, OLD))
    with pytest.raises(errors.SubmitNotFound, match="most likely it never arrived") as caught:
        unknown.recover()
    assert caught.value.key == unknown.key
    assert states(home) == ["unknown"]
    scripted.expect("GET /v1/videos.*", page(job("late", prompt="a red ball"), HERS))
    assert caught.value.recover().id == "late"


def test_several_jobs_that_fit_are_offered(scripted: Any) -> None:
    _, unknown = lost(scripted)
    scripted.expect("GET /v1/videos.*", page(job("one", prompt="a red ball"), job("two", prompt="a red ball")))
    with pytest.raises(errors.SubmitAmbiguous, match="one, two") as caught:
        unknown.recover()
    assert [video.id for video in caught.value.candidates] == ["one", "two"]


def test_a_twin_that_was_answered_is_not_taken_for_it(scripted: Any) -> None:
    client, unknown = lost(scripted)
    scripted.expect("POST /v1/videos", job("twin", prompt="a red ball"))
    client.videos.create(prompt="a red ball")
    scripted.expect("GET /v1/videos.*", page(job("twin", prompt="a red ball"), job("it", prompt="a red ball")))
    assert unknown.recover().id == "it"


def test_a_server_that_repeats_no_prompts_can_only_offer(scripted: Any) -> None:
    _, unknown = lost(scripted)
    scripted.expect("GET /v1/videos.*", page(job("somebodys")))
    with pytest.raises(errors.SubmitAmbiguous, match="somebodys") as caught:
        unknown.recover()
    assert [video.id for video in caught.value.candidates] == ["somebodys"]


def test_a_servers_clock_may_be_wrong(scripted: Any) -> None:
    _, unknown = lost(scripted)
    hour = 3600
    theirs = job("it", prompt="a red ball", created_at=int(time.time()) - hour)
    scripted.expect("GET /v1/videos.*", (page(theirs), 200), {"date": formatdate(time.time() - hour, usegmt=True)})
    assert unknown.recover().id == "it"


def test_older_pages_are_looked_through(scripted: Any) -> None:
    _, unknown = lost(scripted)
    first = {**page(*(job(f"other_{n}", prompt="x") for n in range(3))), "has_more": True, "last_id": "other_2"}
    scripted.expect(r"GET /v1/videos\?limit=100&order=desc", first)
    scripted.expect(r"GET /v1/videos\?after=other_2&limit=100&order=desc", page(job("it", prompt="a red ball")))
    assert unknown.recover().id == "it"


def test_a_server_that_cannot_list_can_tell_nothing(home: Path, scripted: Any) -> None:
    client = made(scripted, "openrouter")
    scripted.expect("POST .*", LOST)
    with pytest.raises(errors.SubmitUnknown) as caught:
        client.videos.create(prompt="a red ball", model="some/model")
    with pytest.raises(errors.SubmitUnknown, match="look where it shows its jobs"):
        caught.value.recover()
    assert client.videos.resume() == []
    assert states(home) == ["unknown"]


def test_a_second_create_is_never_sent_to_find_the_first(scripted: Any) -> None:
    for outcome in (LOST, ({}, 502), ({}, 504)):
        scripted.expect("POST /v1/videos", outcome)
        with pytest.raises(errors.SubmitUnknown, match="paid for twice"):
            Cutaway("http://server", "k", dialect="openai", io=scripted).videos.create(prompt="a")


def test_a_server_whose_answer_is_the_video_has_nothing_to_resume(home: Path, scripted: Any) -> None:
    client = made(scripted, "localai")
    scripted.expect("POST .*/video", LOST)
    with pytest.raises(errors.SubmitUnknown) as caught:
        client.videos.create(prompt="a red ball", model="wan")
    with pytest.raises(errors.SubmitUnknown, match="nor lists"):
        caught.value.recover()
    assert client.videos.resume() == []


# -- both faces, and what stops a caller -------------------------------------------------------


def test_the_asynchronous_face_recovers_too(movies: Any) -> None:
    movies.faults.append(fault(movies, "POST /v1/videos"))

    async def both() -> tuple[str, str]:
        async with AsyncCutaway(movies.url, KEY, max_retries=0) as client:
            with pytest.raises(errors.SubmitUnknown) as caught:
                await client.videos.create(prompt="a")
            return (await caught.value.recover()).id, (await client.videos.recover(caught.value.key)).id

    assert asyncio.run(both()) == (next(iter(movies.jobs)),) * 2


def test_an_error_of_no_client_says_what_to_call() -> None:
    with pytest.raises(RuntimeError, match=r"client\.videos\.recover\('k'\)"):
        errors.SubmitUnknown("lost", key="k").recover()


def test_control_c_while_a_create_is_on_its_way_is_noted(home: Path, scripted: Any) -> None:
    class Interrupted(type(scripted)):  # type: ignore[misc]
        async def request(self, request: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(Interrupted()).videos.create(prompt="a red ball", save_to="ball.mp4")
    assert states(home) == ["unknown"]
    client = made(scripted)
    (entry,) = client.videos.journal()
    assert str(entry.path).endswith("ball.mp4")
    scripted.expect("GET /v1/videos.*", page(job("it", prompt="a red ball")))
    assert client.videos.recover().id == "it"


def test_a_cancelled_task_is_noted_too(home: Path, movies: Any) -> None:
    from cutaway.client.io import AsyncIO

    class Hanging(AsyncIO):
        async def request(self, request: Any) -> Any:
            await asyncio.sleep(60)

    async def cancelled() -> None:
        client = AsyncCutaway(movies.url, KEY, dialect="cutaway", io=Hanging())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.videos.create(prompt="a"), 0.05)

    asyncio.run(cancelled())
    assert states(home) == ["unknown"]


@pytest.mark.parametrize("dies", ["before it leaves", "before the answer"])
@pytest.mark.parametrize("dialect", ["cutaway", "openai"])
def test_a_process_that_is_killed_while_it_submits(
    home: Path, movies: Any, tmp_path: Path, dies: str, dialect: str
) -> None:
    movies.dialect = dialect
    movies.script = [{"status": "queued", "created_at": int(time.time())}, {"status": "completed", "progress": 100}]
    program = f"""
import os, signal
from cutaway import Cutaway
from cutaway.client.io import BlockingIO

class Dying(BlockingIO):
    async def request(self, request):
        if request.method == "POST" and {dies == "before the answer"}:
            await super().request(request)
        if request.method == "POST":
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().request(request)

client = Cutaway({movies.url!r}, {KEY!r}, dialect={dialect!r}, io=Dying())
client.videos.create(prompt="a red ball", save_to={str(tmp_path / "ball.mp4")!r})
"""
    environment = {**os.environ, "CUTAWAY_HOME": str(home)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == -9
    assert states(home) == ["unknown"]
    with Cutaway(movies.url, KEY, dialect=dialect) as client:
        found = client.videos.resume(save=True)
        if dies == "before it leaves":
            assert list(found) == []
            assert movies.jobs == {}
        else:
            assert [video.status for video in found] == ["completed"]
            assert (tmp_path / "ball.mp4").stat().st_size == 1_024_000
            assert len(movies.requests("POST", ".*")) == 1


def test_another_key_of_the_server_does_not_spoil_what_it_cannot_see(home: Path, scripted: Any) -> None:
    client, unknown = lost(scripted, "cutaway")
    scripted.expect("POST /v1/videos", job("mine"))
    client.videos.create(prompt="b")
    stranger = Cutaway("http://server", "another", dialect="cutaway", io=scripted, max_retries=0)
    none = Answer(200, {"idempotency-key": unknown.key}, json.dumps(page()).encode())
    scripted.expect(r"GET /v1/videos\?idempotency_key=.*", none)
    scripted.expect("GET /v1/videos/mine", ({}, 404))
    assert stranger.videos.resume() == []
    assert states(home) == ["unknown", "accepted"]
    scripted.expect(r"GET /v1/videos\?idempotency_key=.*", none)
    with pytest.raises(errors.SubmitNotFound, match="sent with another key"):
        stranger.videos.recover()
    assert b"another" not in b"".join(path.read_bytes() for path in home.glob("journal*"))


# -- resume ------------------------------------------------------------------------------------


def test_resume_brings_videos_where_they_were_meant_to_go(home: Path, movies: Any, tmp_path: Path) -> None:
    with Cutaway(movies.url, KEY) as dead:
        for name in ("one.mp4", "two.mp4", None):
            dead.videos.create(prompt=str(name), save_to=tmp_path / name if name else None)
    (tmp_path / "two.mp4").write_bytes(b"something newer")
    with Cutaway(movies.url, KEY) as client:
        found = client.videos.resume(save=True)
        assert [video.status for video in found] == ["completed"] * 3
        assert client.videos.resume()[0].id == found[2].id
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["one.mp4", "two-video_0002.mp4", "two.mp4"]
    assert (tmp_path / "two.mp4").read_bytes() == b"something newer"
    assert states(home) == ["saved", "saved", "completed"]


def test_one_job_that_failed_does_not_hold_up_the_others(home: Path, movies: Any, tmp_path: Path) -> None:
    with Cutaway(movies.url, KEY) as dead:
        bad = dead.videos.create(prompt="bad", save_to=tmp_path / "bad.mp4")
        dead.videos.create(prompt="good", save_to=tmp_path / "good.mp4")
    movies.jobs[bad.id].update(status="failed", error={"code": "out_of_memory", "message": "24 GB are not enough"})
    movies.steps[bad.id] = 2
    movies.script[2] = {}
    movies.jobs["video_0002"].update(status="completed")
    movies.steps["video_0002"] = 2
    with Cutaway(movies.url, KEY) as client:
        assert [video.status for video in client.videos.resume(save=True)] == ["failed", "completed"]
    assert states(home) == ["failed", "saved"]


def test_what_the_process_that_asked_has_saved_meanwhile_is_left_alone(movies: Any, tmp_path: Path) -> None:
    with Cutaway(movies.url, KEY) as alive, Cutaway(movies.url, KEY) as other:
        video = alive.videos.create(prompt="a", save_to=tmp_path / "a.mp4")
        wait = other.videos._logic.wait

        async def saved_meanwhile(found: Any, **limits: Any) -> Any:
            video.wait().save(tmp_path / "a.mp4")
            return await wait(found, **limits)

        other.videos._logic.wait = saved_meanwhile  # type: ignore[method-assign]
        assert [found.id for found in other.videos.resume(save=True)] == [video.id]
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["a.mp4"]


def test_create_and_poll_saves_where_it_was_told(movies: Any, client: Cutaway, tmp_path: Path) -> None:
    client.videos.create_and_poll(prompt="a", save_to=tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").stat().st_size == 1_024_000
    assert client.videos.resume() == []


@pytest.mark.parametrize(("asked", "requests"), [(False, []), (True, ["/v1/videos/video_0001/cancel"])])
def test_control_c_cancels_where_the_caller_asked_for_it(
    client: Cutaway, movies: Any, asked: bool, requests: list[str]
) -> None:
    def interrupt(video: Any) -> None:
        raise KeyboardInterrupt

    video = client.videos.create(prompt="a")
    with pytest.raises(KeyboardInterrupt):
        video.wait(on_progress=interrupt, cancel_on_interrupt=asked)
    assert [seen.path for seen in movies.requests("POST", ".*/cancel")] == requests


def test_a_cancelled_wait_cancels_where_the_caller_asked_for_it(movies: Any) -> None:
    movies.tells_events = False
    movies.script = [{"status": "queued"}]

    async def stopped() -> None:
        async with AsyncCutaway(movies.url, KEY) as client:
            video = await client.videos.create(prompt="a")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(video.wait(cancel_on_interrupt=True), 0.3)

    asyncio.run(stopped())
    assert len(movies.requests("POST", ".*/cancel")) == 1


def fault(movies: Any, path: str, **facts: Any) -> Any:
    return sys.modules[type(movies).__module__].Fault(path, **facts)
