"""The LiteLLM proxy: what a submission is on its wire, and whole conversations with a stub of it."""

from __future__ import annotations

from typing import Any

import pytest
from servers.frame import MOVIE, StubServer
from servers.litellm import LiteLLM

from cutaway import Cutaway, errors, wire
from cutaway.client.dialects.litellm import LiteLLMDialect
from cutaway.client.request import FilePart
from cutaway.client.submission import compose

PNG = b"\x89PNG\r\n\x1a\n and the rest"
MP4 = b"\0\0\0\x18ftypisom and the rest"


def encoded(operation: Any, **asked: Any) -> Any:
    return LiteLLMDialect("http://proxy").encode(compose(operation, asked))


# -- words -------------------------------------------------------------------------------------


def test_without_files_it_is_json_in_the_contracts_words() -> None:
    sent = encoded("create", prompt="a", model="sora", seconds=8, size="1280x720")
    assert (sent.path, sent.json) == ("/videos", {"prompt": "a", "model": "sora", "seconds": "8", "size": "1280x720"})


def test_a_picture_is_a_file_or_a_plain_address() -> None:
    sent = encoded("create", prompt="a", first_frame=PNG)
    assert (sent.json, sent.fields) == (None, {"prompt": "a"})
    assert sent.files["input_reference"] == FilePart("upload.png", PNG, "image/png")
    assert (
        encoded("create", prompt="a", first_frame="https://x.org/a.png").json["input_reference"]
        == "https://x.org/a.png"
    )


def test_a_clip_is_named_by_id_and_for_an_edit_may_be_a_file() -> None:
    video = wire.Video(id="video_YWJj==")
    assert encoded("extend", prompt="on", seconds=4, video=video).json["video"] == {"id": "video_YWJj=="}
    assert encoded("edit", prompt="b", video=MP4).files["video"].media_type == "video/mp4"


@pytest.mark.parametrize(
    ("operation", "asked", "capability", "alternative"),
    [
        ("create", {"num_frames": 49}, "num_frames", "extra_body={'num_frames': ...}"),
        ("create", {"seed": 1}, "seed", "vLLM-Omni"),
        ("create", {"seconds": 2.5}, "fraction of a second", "seconds=2 in place of 2.5"),
        ("create", {"first_frame": {"file_id": "f"}}, "file id as input_reference", "a local picture or a URL"),
        ("create", {"first_frame": {"id": "v"}}, "video as input_reference", "a local picture or a URL"),
        ("create", {"last_frame": PNG}, "cutaway.last_frame", "first_frame= alone"),
        ("extend", {"video": MP4, "seconds": 4}, "extension of a local clip", "the id of a video"),
        ("extend", {"video": {"id": "v"}, "direction": "backward"}, "cutaway.direction", "extend forward"),
        ("edit", {"video": {"id": "v"}, "size": "640x360"}, "size", "extra_body"),
        ("edit", {"video": {"url": "https://x.org/a.mp4"}}, "video by URL", "a video's id, or a local file"),
    ],
)
def test_what_it_has_no_word_for(operation: Any, asked: Any, capability: str, alternative: str) -> None:
    with pytest.raises(errors.UnsupportedCapability, match=r"http://proxy \(LiteLLM\)") as caught:
        encoded(operation, prompt="a", **asked)
    assert caught.value.capability == capability
    assert alternative in str(caught.value)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"status": "processing", "progress": None, "seconds": None, "size": None}, "in_progress", None),
        ({"status": "queued", "created_at": None, "model": None}, "queued", None),
        ({"status": "cancelled", "error": None}, "failed", "cancelled"),
        (
            {"status": "failed", "error": {"code": "moderation_blocked", "message": "no"}},
            "failed",
            "moderation_blocked",
        ),
        ({"status": "failed", "error": {"code": None, "message": "bad"}}, "failed", "unknown"),
        ({"status": "completed", "progress": 100, "usage": {"duration_seconds": 8.0}}, "completed", None),
    ],
)
def test_what_it_answers(body: dict[str, Any], status: str, code: str | None) -> None:
    video = wire.Video.model_validate(LiteLLMDialect().decode_video({"id": "video_YWJj==", "object": "video", **body}))
    assert (video.status, video.error and video.error.code) == (status, code)


# -- conversations -----------------------------------------------------------------------------


def test_from_prompt_to_file(talk: Any, tmp_path: Any) -> None:
    async def body(client: Any, settled: Any) -> Any:
        video = await settled(client.videos.create(prompt="a", model="sora", seconds=4, size="1280x720"))
        assert video.id.endswith("=")
        assert video.status == "in_progress"
        assert video.model_extra["usage"] == {"duration_seconds": 4.0}
        done = await settled(video.wait())
        assert (done.status, done.progress, done.seconds, done.size) == ("completed", 100, "4", "1280x720")
        return await settled(done.save(tmp_path / "a.mp4"))

    with StubServer(LiteLLM(key="sk-1")) as server:
        path = talk(server.url, body, api_key="sk-1")
        assert path.read_bytes() == MOVIE
        assert [request.path for request in server.requests[:4]] == [
            "/v1/cutaway/capabilities", "/v1/models", "/health/liveliness", "/v1/videos",
        ]  # fmt: skip
        assert server.heard("POST")[0].json == {"prompt": "a", "model": "sora", "seconds": "4", "size": "1280x720"}


def test_every_operation_it_has(talk: Any) -> None:
    async def body(client: Any, settled: Any) -> Any:
        first = await settled(client.videos.create(prompt="a", model="sora", input_reference=PNG))
        others = [
            await settled(client.videos.edit(prompt="b", video=first)),
            await settled(client.videos.edit(prompt="b", video=MP4)),
            await settled(client.videos.extend(prompt="c", video=first, seconds=4)),
            await settled(client.videos.remix(video_id=first, prompt="d")),
        ]
        assert others[-1].remixed_from_video_id == first.id
        page = await settled(client.videos.list(limit=2, extra_query={"custom_llm_provider": "gemini"}))
        assert [video.id for video in page.data] == [others[3].id, others[2].id]
        assert page.has_more
        return [video.id for video in others]

    with StubServer(LiteLLM()) as server:
        ids = talk(server.url, body)
        assert len(set(ids)) == 4
        assert server.heard("POST", "/videos$")[0].uploads["input_reference"].content == PNG
        assert server.heard("POST", "/edits")[1].uploads["video"].content == MP4


def test_it_cannot_delete_and_nothing_is_asked_of_it() -> None:
    with StubServer(LiteLLM()) as server, Cutaway(server.url) as client:
        video = client.videos.create(prompt="a", model="sora")
        with pytest.raises(errors.UnsupportedCapability, match=r"LiteLLM.*has no delete") as caught:
            client.videos.delete(video.id)
        assert caught.value.alternative
        assert not server.heard("DELETE")


def test_it_gives_no_other_variant_and_none_is_asked_for(tmp_path: Any) -> None:
    with StubServer(LiteLLM()) as server, Cutaway(server.url) as client:
        video = client.videos.create(prompt="a", model="sora").wait()
        with pytest.raises(errors.UnsupportedCapability, match="variant 'thumbnail'"):
            video.save(tmp_path / "a.webp", variant="thumbnail")
        video.save(tmp_path / "a.mp4")
        assert server.heard("GET", "/content")[0].query == {}


@pytest.mark.parametrize(
    ("last", "error", "kind"),
    [
        ("failed", {"code": "moderation_blocked", "message": "Your request was blocked"}, errors.ModerationBlocked),
        ("failed", {"code": "video_generation_failed", "message": "no"}, errors.JobFailed),
        ("cancelled", None, errors.JobCancelled),
    ],
)
def test_jobs_that_end_otherwise(last: str, error: Any, kind: type[Exception]) -> None:
    app = LiteLLM()
    app.statuses, app.error = ["queued", "processing", last], error
    with StubServer(app) as server, Cutaway(server.url) as client, pytest.raises(kind):
        client.videos.create(prompt="a", model="sora").wait()


def test_its_refusals_keep_their_words() -> None:
    with StubServer(LiteLLM(key="sk-1")) as server, Cutaway(server.url, "sk-1") as client:
        with pytest.raises(errors.BadRequest, match="Invalid model name passed in model=dalle") as caught:
            client.videos.create(prompt="a", model="dalle")
        assert caught.value.code == "400"
        with pytest.raises(errors.ServerError, match=r"Video video_nothing== not found"):
            client.videos.retrieve("video_nothing==", max_retries=0)


def test_its_list_is_of_one_provider_and_none_is_asked_for_without() -> None:
    with StubServer(LiteLLM()) as server, Cutaway(server.url) as client:
        with pytest.raises(errors.UnsupportedCapability, match="no list of all videos") as caught:
            client.videos.list()
        assert "custom_llm_provider" in str(caught.value.alternative)
        assert not server.heard("GET", "/videos$")


def test_a_wrong_key_is_refused_in_its_words() -> None:
    wrong = pytest.raises(errors.BadRequest, match=r"No connected db\.")
    with StubServer(LiteLLM(key="sk-1")) as server, Cutaway(server.url, "sk-2") as client, wrong:
        client.videos.create(prompt="a", model="sora")
    none = pytest.raises(errors.AuthenticationError, match="No api key passed in")
    with StubServer(LiteLLM(key="sk-1")) as server, Cutaway(server.url) as client, none:
        client.videos.create(prompt="a", model="sora")
