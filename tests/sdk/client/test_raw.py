"""Answers as they came, and clients with other options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from cutaway import AsyncVideo, Cutaway, Video, errors, wire
from cutaway.client.request import Answer

KEY = "a-key-of-this-test"
Act = Callable[[Callable[[Any], Any]], Any]


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def test_an_answer_can_be_looked_at_and_understood(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        answer = await settled(client.videos.with_raw_response.create(prompt="a"))
        assert (answer.status_code, answer.request_id, answer.headers["X-REQUEST-ID"]) == (200, "req_7", "req_7")
        assert answer.json()["id"] == answer.parse().id == "video_0001"
        assert answer.content.decode() == answer.text
        assert isinstance(answer.parse(), (Video, AsyncVideo))
        assert (await settled(answer.parse().wait())).status == "completed"
        page = (await settled(client.videos.with_raw_response.list(limit=1))).parse()
        assert [video.id for video in page.data] == ["video_0001"]
        content = await settled(client.videos.with_raw_response.download_content("video_0001", variant="thumbnail"))
        assert content.content == content.parse().read()
        assert content.headers["content-type"] == "image/png"
        assert (await settled(client.files.with_raw_response.create(file=b"GIF89a"))).parse().id == "file_1"
        assert (await settled(client.models.with_raw_response.list())).parse()[0].id == "bars"

    act(body)
    assert len(movies.jobs) == 1


def test_the_last_of_several_answers_counts(act: Act, movies: Any) -> None:
    import sys

    fault = sys.modules[type(movies).__module__].Fault
    movies.faults.append(fault("GET /v1/videos/video_0001", status=503, body={"error": "warming up"}))

    async def body(client: Any) -> None:
        await settled(client.videos.create(prompt="a"))
        assert (await settled(client.videos.with_raw_response.retrieve("video_0001"))).status_code == 200

    act(body)


def test_an_answer_that_is_not_understood_is_there_all_the_same(act: Act, movies: Any) -> None:
    import sys

    fault = sys.modules[type(movies).__module__].Fault
    movies.faults.append(fault("GET /v1/videos/v", status=200, body={"message": "welcome to the portal"}))

    async def body(client: Any) -> None:
        answer = await settled(client.videos.with_raw_response.retrieve("v"))
        assert "welcome to the portal" in answer.text
        with pytest.raises(errors.APIError, match="did not answer with a video"):
            answer.parse()

    act(body)


def test_a_refusal_is_raised_as_ever(act: Act) -> None:
    async def body(client: Any) -> None:
        with pytest.raises(errors.NotFound):
            await settled(client.videos.with_raw_response.retrieve("nothing"))

    act(body)


def test_one_call_can_have_its_own_patience(act: Act, movies: Any) -> None:
    import sys

    fault = sys.modules[type(movies).__module__].Fault

    async def body(client: Any) -> None:
        for patience in ({"max_retries": 0}, {}):
            movies.faults.append(fault("GET /v1/models", status=503, body={"error": "warming up"}))
            if patience:
                with pytest.raises(errors.ServerError):
                    await settled(client.models.list(**patience))
            else:
                assert await settled(client.models.list(extra_headers={"X-Trace": "9"}, extra_query={"all": True}))
        movies.faults.append(fault("GET /v1/files/f", status=503, body={"error": "warming up"}))
        with pytest.raises(errors.ServerError):
            await settled(client.with_options(max_retries=0).files.retrieve("f"))

    act(body)
    seen = movies.requests("GET", "/v1/models")
    assert len(seen) == 3
    assert (seen[-1].headers["x-trace"], seen[-1].query) == ("9", {"all": "true"})
    assert len(movies.requests("GET", "/v1/files/f")) == 1


def test_other_options_share_what_is_known(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        await settled(client.videos.create(prompt="a", first_frame=b"GIF89a"))
        patient = client.with_options(timeout=600, max_retries=5)
        await settled(patient.videos.create(prompt="b", first_frame=b"GIF89a"))
        await settled(patient.close())
        assert (await settled(client.videos.retrieve("video_0001"))).prompt == "a"

    act(body)
    assert len(movies.requests("POST", "/v1/files")) == 1
    assert len(movies.requests("GET", "/v1/cutaway/capabilities")) == 1


def test_another_key_is_another_key(client: Cutaway) -> None:
    assert client.models.list()
    with pytest.raises(errors.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(TypeError, match="api_kez"):
        client.with_options(api_kez="wrong")  # type: ignore[call-arg]


def test_what_a_server_says_of_itself(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        queue = await settled(client.queue())
        assert [(entry.id, entry.position, entry.eta_s) for entry in queue.jobs] == [("video_0002", 1, 4.5)]
        assert [style.id for style in await settled(client.styles(timeout=3))] == ["noir"]
        estimate = await settled(client.videos.estimate(prompt="a", seconds=4, first_frame=b"GIF89a"))
        assert (estimate.verb, estimate.num_frames, estimate.wall_s) == (wire.Verb.GENERATE, 96, None)

    act(body)
    assert not movies.jobs
    assert movies.requests("POST", "/v1/videos")[0].json == {
        "prompt": "a",
        "seconds": 4.0,
        "input_reference": {"file_id": "file_1"},
        "cutaway": {"dry_run": True},
    }


@pytest.mark.parametrize("extra", [{"dry_run": True}, {"cutaway": {"dry_run": True}}], ids=["plain", "ours"])
def test_a_create_that_would_make_nothing_is_refused_before_it_is_noted(movies: Any, extra: dict[str, Any]) -> None:
    with Cutaway(movies.url, KEY) as client:
        with pytest.raises(errors.BadRequest, match="estimate") as refused:
            client.videos.create(prompt="a", extra_body=extra)
        assert refused.value.param == "cutaway.dry_run"
    assert not movies.requests("POST", "/v1/videos")


def test_a_field_that_there_is_not_is_named(movies: Any) -> None:
    with (
        Cutaway(movies.url, KEY) as client,
        pytest.raises(errors.BadRequest, match=r"cards.0.video: there is no such field"),
    ):
        client.videos.create(cards=[{"at": 0, "video": "file_1"}], seconds=2)
    assert not movies.requests("POST", "/v1/videos")


def test_a_plain_server_is_never_asked_for_an_estimate(movies: Any) -> None:
    movies.dialect = "openai"
    with Cutaway(movies.url, KEY, dialect="openai") as client:
        for ask in (lambda: client.videos.estimate(prompt="a"), client.queue, client.styles, client.capabilities):
            with pytest.raises(errors.UnsupportedCapability):
                ask()
    assert not movies.received


def test_headers_of_a_gateway_go_with_every_request(act: Act, movies: Any) -> None:
    async def body(client: Any) -> None:
        made = client.with_options(default_headers={"X-Gateway": "let me in", "User-Agent": "cutter/2"})
        video = await settled(made.videos.create(prompt="a", extra_headers={"x-gateway": "only this once"}))
        await settled(video.wait())
        await settled(made.videos.download_content(video.id))
        await settled(client.models.list())

    act(body)
    seen = {(one.method, one.path): one.headers for one in movies.received}
    assert seen["POST", "/v1/videos"]["x-gateway"] == "only this once"
    for path in ("/v1/videos/video_0001/events", "/v1/videos/video_0001/content"):
        assert seen["GET", path]["x-gateway"] == "let me in"
        assert seen["GET", path]["user-agent"] == "cutter/2"
        assert seen["GET", path]["authorization"] == f"Bearer {KEY}"
    assert "x-gateway" not in seen["GET", "/v1/models"]


def test_another_host_sees_no_header_of_the_gateway(scripted: Any) -> None:
    away = {"id": "v", "status": "completed", "url": "https://elsewhere.example/v.mp4"}
    scripted.expect("GET /v1/videos/v", away)
    scripted.expect("GET https://elsewhere.example/v.mp4", Answer(200, {}, b"film"))
    client = Cutaway("http://server", KEY, dialect="sglang", io=scripted, default_headers={"X-Gateway": "let me in"})
    client.videos.download_content("v")
    assert [request.headers.get("X-Gateway") for request in scripted.sent] == ["let me in", None]
