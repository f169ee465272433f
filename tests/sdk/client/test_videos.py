"""The verbs against a server, blocking and asynchronous."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import AsyncVideo, Cutaway, Video, errors, wire
from cutaway.client.video import Video as Handle

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-this-test"
PNG = b"\x89PNG\r\n\x1a\n and the rest"
Act = Callable[[Callable[[Any], Any]], Any]


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def test_prompt_to_file(act: Act, tmp_path: Path) -> None:
    async def body(client: Any) -> Any:
        video = await settled(client.videos.create(prompt="a red ball", seconds=4, size="1280x720"))
        assert video.status == "queued"
        assert video.prompt == "a red ball"
        assert await settled(video.wait()) is video
        assert video.status == "completed"
        return await settled(video.save(tmp_path / "ball.mp4"))

    assert act(body).stat().st_size == 1_024_000


def test_a_lost_answer_makes_one_job(act: Act, movies: Any) -> None:
    fault = sys.modules[type(movies).__module__].Fault
    movies.faults.append(fault("POST /v1/videos"))
    video = act(lambda client: settled(client.videos.create(prompt="a")))
    assert list(movies.jobs) == [video.id]
    assert len(movies.requests("POST", "/v1/videos")) == 2


def test_local_media_are_uploaded_once_and_then_named(act: Act, movies: Any, tmp_path: Path) -> None:
    (tmp_path / "still.png").write_bytes(PNG)

    async def body(client: Any) -> None:
        for given in (tmp_path / "still.png", PNG):
            await settled(client.videos.create(prompt="a", first_frame=given, last_frame=PNG + b"other"))

    act(body)
    assert list(movies.files.values()) == [PNG, PNG + b"other"]
    sent = movies.requests("POST", "/v1/videos")[-1].json
    assert sent["input_reference"] == {"file_id": "file_1"}
    assert sent["cutaway"]["last_frame"] == {"file_id": "file_2"}
    assert movies.requests("POST", "/v1/files")[0].fields == {"purpose": "vision"}


def test_takes_a_turn_and_a_deadline_are_the_servers_to_keep(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        await settled(client.videos.create(prompt="a", n=3, priority="interactive", deadline_s=90))
        with pytest.raises(errors.BadRequest, match="found before sending") as caught:
            await settled(client.videos.create(prompt="a", priority="high"))
        assert caught.value.param == "cutaway.priority"

    act(body)
    (sent,) = movies.requests("POST", "/v1/videos")
    assert sent.json == {"prompt": "a", "n": 3, "cutaway": {"priority": "interactive", "deadline_s": 90}}


def test_each_verb_has_its_route(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        a = await settled(client.videos.create(prompt="a"))
        b = await settled(client.videos.create(prompt="b", first_frame=a.frame(-1)))
        await settled(client.videos.edit(video=a, prompt="night", strength=0.4))
        await settled(client.videos.extend(video=a, num_frames=24, direction="backward"))
        await settled(client.videos.remix(a.id, prompt="night"))
        await settled(client.videos.remix(a, prompt="night", strength=0.4))
        await settled(client.videos.fill(a, b, num_frames=12))
        await settled(client.videos.blend(a, b, overlap_frames=8))
        await settled(client.videos.loop(b))

    act(body)
    one, two = {"id": "video_0001"}, {"id": "video_0002"}
    assert [(seen.path.removeprefix("/v1/videos"), seen.json) for seen in movies.requests("POST", ".*")][1:] == [
        ("", {"prompt": "b", "input_reference": {**one, "frame": -1}}),
        ("/edits", {"prompt": "night", "strength": 0.4, "video": one}),
        ("/extensions", {"prompt": "", "num_frames": 24, "video": one, "cutaway": {"direction": "backward"}}),
        ("/video_0001/remix", {"prompt": "night"}),
        ("/edits", {"prompt": "night", "strength": 0.4, "video": one}),
        ("", {"prompt": "", "num_frames": 12, "cutaway": {"fill": {"before": one, "after": two}}}),
        ("/edits", {"prompt": "", "video": one, "cutaway": {"blend": {"with": two, "overlap_frames": 8}}}),
        ("/edits", {"prompt": "", "video": two, "cutaway": {"loop": True}}),
    ]


def test_what_a_server_knows_beyond_this_can_be_said(act: Act, movies: Any) -> None:
    extra = {"guidance_scale": 7, "cutaway": {"priority": "batch"}}
    act(
        lambda client: settled(
            client.videos.create(
                prompt="a", style="noir", extra_body=extra, extra_headers={"X-Trace": "1"}, extra_query={"strict": True}
            )
        )
    )
    seen = movies.requests("POST", "/v1/videos")[0]
    assert seen.json == {"prompt": "a", "guidance_scale": 7, "cutaway": {"style": "noir", "priority": "batch"}}
    assert (seen.headers["x-trace"], seen.query) == ("1", {"strict": "true"})


def test_a_list_goes_on_through_all_its_pages(act: Act, movies: Any) -> None:
    for _ in range(7):
        movies.add()

    async def body(client: Any) -> list[str]:
        pages = client.videos.list(limit=3)
        if isinstance(client, Cutaway):
            return [video.id for video in pages]
        return [video.id async for video in pages]

    assert act(body) == [f"video_{number:04}" for number in range(7, 0, -1)]
    assert [seen.query for seen in movies.requests("GET", "/v1/videos")] == [
        {"limit": "3"}, {"limit": "3", "after": "video_0005"}, {"limit": "3", "after": "video_0002"},
    ]  # fmt: skip


def test_a_page_says_where_it_ends(act: Act, movies: Any) -> None:
    for _ in range(3):
        movies.add()

    async def body(client: Any) -> None:
        page = await settled(client.videos.list(limit=2, order="asc"))
        assert [video.id for video in page.data] == ["video_0001", "video_0002"]
        assert (page.first_id, page.last_id, page.has_more) == ("video_0001", "video_0002", True)
        assert page.has_next_page()
        following = await settled(page.get_next_page())
        assert [video.id for video in following.data] == ["video_0003"]
        assert not following.has_next_page()
        with pytest.raises(RuntimeError, match="the last page"):
            await settled(following.get_next_page())
        assert (await settled(client.videos.list(after="video_0001", limit=1))).data == []

    act(body)


def test_a_server_that_does_not_page_is_not_asked_for_ever(scripted: Any) -> None:
    jobs = {"data": [{"id": "v1", "status": "queued"}, {"id": "v2", "status": "queued"}]}
    scripted.expect("GET /v1/videos.*", jobs)
    scripted.expect("GET /v1/videos.*after=v2.*", jobs)
    client = Cutaway("http://server", dialect="openai", io=scripted)
    assert [video.id for video in client.videos.list(limit=2)] == ["v1", "v2"]


def test_a_video_follows_its_job(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        video = await settled(client.videos.create(prompt="a"))
        assert await settled(video.refresh()) is video
        assert (video.status, video.progress) == ("in_progress", 50)
        assert await settled(video.cancel()) is video
        assert video.status == "failed"
        with pytest.raises(errors.JobCancelled):
            await settled(video.wait())
        assert (await settled(video.delete())).deleted
        with pytest.raises(errors.NotFound) as caught:
            await settled(client.videos.retrieve(video.id))
        assert caught.value.code == "video_not_found"

    act(body)


def test_create_and_poll_gives_the_finished_video(act: Act, movies: Any) -> None:
    video = act(lambda client: settled(client.videos.create_and_poll(prompt="a", poll_interval_ms=1)))
    assert video.status == "completed"
    assert movies.requests("GET", ".*/events") == []
    movies.script = [
        {"status": "queued"},
        {"status": "failed", "error": {"code": "generation_failed", "message": "no"}},
    ]
    with pytest.raises(errors.JobFailed):
        act(lambda client: settled(client.videos.create_and_poll(prompt="b")))


def test_an_id_is_always_one_step_of_a_path(act: Act, movies: Any) -> None:
    for verb in ("retrieve", "delete", "cancel", "download_content"):
        with pytest.raises(errors.NotFound):
            act(lambda client, verb=verb: settled(getattr(client.videos, verb)("../models?x=#y")))
    assert all(seen.path.startswith("/v1/videos/../models?x=#y") for seen in movies.received if "videos" in seen.path)
    with pytest.raises(errors.BadRequest, match="id is wanted"):
        act(lambda client: settled(client.videos.delete("")))


def test_files_models_and_capabilities(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        file = await settled(client.files.create(file=PNG))
        assert (await settled(client.files.retrieve(file.id))).bytes == len(PNG)
        await settled(client.videos.create(prompt="a", first_frame=file))
        await settled(client.files.delete(file.id))
        with pytest.raises(errors.NotFound):
            await settled(client.files.retrieve(file.id))
        with pytest.raises(errors.MediaError):
            await settled(client.files.create(file={"id": "video_0001"}))
        assert [model.id for model in await settled(client.models.list())] == ["bars"]
        assert (await settled(client.capabilities())).dialect == "cutaway"

    act(body)


def test_a_deleted_file_is_uploaded_again(client: Cutaway, movies: Any) -> None:
    client.videos.create(prompt="a", first_frame=PNG)
    client.files.delete("file_1")
    client.videos.create(prompt="a", first_frame=PNG)
    assert len(movies.requests("POST", "/v1/files")) == 2


def test_a_file_that_the_server_has_dropped_is_uploaded_again(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        await settled(client.videos.create(prompt="a", first_frame=PNG))
        movies.files.clear()
        await settled(client.videos.create(prompt="a", first_frame=PNG))
        with pytest.raises(errors.NotFound, match="file_77"):
            await settled(client.videos.create(prompt="a", first_frame={"file_id": "file_77"}))

    act(body)
    assert list(movies.files.values()) == [PNG]
    assert len(movies.jobs) == 2


# -- servers with the plain contract -----------------------------------------------------------


@pytest.fixture
def plain(movies: Any) -> Iterator[Cutaway]:
    movies.dialect, movies.tells_events = "openai", False
    with Cutaway(movies.url, KEY) as client:
        yield client


def test_a_plain_server_gets_files_in_the_request(plain: Cutaway, movies: Any) -> None:
    video = plain.videos.create(prompt="a", seconds=4, input_reference=PNG)
    seen = movies.requests("POST", "/v1/videos")[0]
    assert seen.files == {"input_reference": PNG}
    assert seen.fields == {"prompt": "a", "seconds": "4"}
    assert video.wait().status == "completed"


def test_a_plain_server_cannot_cancel_or_tell_what_it_can(plain: Cutaway, movies: Any) -> None:
    video = plain.videos.create(prompt="a")
    with pytest.raises(errors.UnsupportedCapability) as caught:
        video.cancel()
    assert caught.value.alternative == "delete the video, which ends the work on it too"
    with pytest.raises(errors.UnsupportedCapability):
        plain.capabilities()


def test_a_failed_job_under_an_error_status_is_a_failed_job(scripted: Any) -> None:
    body = {"id": "v", "status": "failed", "error": {"code": 500, "message": "out of memory"}}
    scripted.expect("GET /v1/videos/v", (body, 422))
    video = Cutaway("http://server", dialect="openai", io=scripted).videos.retrieve("v")
    with pytest.raises(errors.JobFailed, match="out of memory"):
        video.wait()


@pytest.mark.parametrize(
    "answer",
    [{"object": "video.deleted", "id": "v", "deleted": True}, {"id": "v", "status": "deleted"}, {"deleted": True}, []],
)
def test_every_way_to_say_deleted(scripted: Any, answer: Any) -> None:
    scripted.expect("DELETE /v1/videos/v", ((answer), 200))
    gone = Cutaway("http://server", dialect="openai", io=scripted).videos.delete("v")
    assert gone == wire.VideoDeleted(id="v", deleted=True)


def test_an_answer_that_is_something_else_says_so(scripted: Any) -> None:
    client = Cutaway("http://server", dialect="cutaway", io=scripted)
    for path, ask, what in (
        ("files/f", lambda: client.files.retrieve("f"), "file"),
        ("models", client.models.list, "list of models"),
        ("cutaway/capabilities", client.capabilities, "list of capabilities"),
    ):
        scripted.expect(f"GET /v1/{path}", ([1, "no"], 200))
        with pytest.raises(errors.APIError, match=f"did not answer with a {what}"):
            ask()


def test_an_answer_that_is_no_video_says_so(scripted: Any) -> None:
    for body in ({"hello": 1}, {"id": "v", "status": "no such status"}):
        scripted.expect("GET /v1/videos/v", body)
        with pytest.raises(errors.APIError, match="did not answer with a video"):
            Cutaway("http://server", dialect="cutaway", io=scripted).videos.retrieve("v")


# -- handles -----------------------------------------------------------------------------------


def test_a_video_without_a_client_says_where_to_get_one() -> None:
    with pytest.raises(RuntimeError, match="retrieve"):
        Handle(id="video_1").refresh()


def test_videos_are_wire_videos_with_everything_the_server_said(scripted: Any) -> None:
    scripted.expect("GET /v1/videos/v", {"id": "v", "status": "completed", "unheard_of": [1]})
    video = Cutaway("http://server", dialect="cutaway", io=scripted).videos.retrieve("v")
    assert isinstance(video, wire.Video)
    assert video.model_dump()["unheard_of"] == [1]
    assert (Video, AsyncVideo) == (type(video), AsyncVideo)


def test_a_client_opens_nothing_until_it_is_used() -> None:
    program = (
        "import sys, cutaway\n"
        "assert not {'httpx', 'pydantic', 'asyncio'} & set(sys.modules), 'import cutaway is to stay light'\n"
        "client = cutaway.Cutaway('http://127.0.0.1:9')\n"
        "client.videos.create\n"
        "assert not {'httpx', 'tenacity', 'sqlite3', 'numpy'} & set(sys.modules), 'nothing is opened yet'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_strictness_is_asked_of_servers_that_know_it(client: Cutaway, movies: Any) -> None:
    client.videos.create(prompt="a", strict=True)
    client.videos.extend(video={"id": "video_0001"}, num_frames=4, strict=False)
    sent = [seen.json for seen in movies.requests("POST", "/v1/videos.*")]
    assert [body.get("strict") for body in sent] == [True, None]
