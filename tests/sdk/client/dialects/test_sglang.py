"""SGLang Diffusion: what is sent, what is understood, and whole conversations with a stub of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from servers import sglang
from servers.frame import MOVIE, StubServer

from cutaway import Cutaway, Rate, errors
from cutaway.client.dialects.sglang import SGLangDialect
from cutaway.client.request import FilePart
from cutaway.client.submission import compose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.client.dialects.base import Encoded

PNG = b"\x89PNG\r\n\x1a\n and the rest"
CLIP = b"\x00\x00\x00\x18ftypmp42 and the rest"
DIALECT = SGLangDialect("http://gpu:30000")


def sent(operation: Any = "create", **asked: Any) -> Encoded:
    return DIALECT.encode(compose(operation, {"prompt": "a harbour", **asked}))


def refused(operation: Any = "create", **asked: Any) -> errors.UnsupportedCapability:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        sent(operation, **asked)
    assert "http://gpu:30000 (SGLang Diffusion)" in str(caught.value)
    return caught.value


def test_without_a_file_it_is_json_with_numbers() -> None:
    asked = {"num_frames": 97, "rate": 24, "size": "832x480", "seed": 7, "negative_prompt": "blur", "model": "wan"}
    encoded = sent(**asked, steps=8, guidance=3.5, expand_prompt=True, seconds=4)
    assert (encoded.path, encoded.files, encoded.fields) == ("/videos", {}, {})
    assert encoded.json == {
        "prompt": "a harbour", "num_frames": 97, "fps": 24, "size": "832x480", "seed": 7, "negative_prompt": "blur",
        "model": "wan", "num_inference_steps": 8, "guidance_scale": 3.5, "enhance_prompt": True,
    }  # fmt: skip
    assert sent(seconds="4").json == {"prompt": "a harbour", "seconds": 4}


def test_a_file_travels_in_a_form() -> None:
    encoded = sent(first_frame=PNG, num_frames=49, guidance=3.5)
    assert encoded.fields == {"prompt": "a harbour", "num_frames": "49", "guidance_scale": "3.5"}
    picture = encoded.files["input_reference"]
    assert isinstance(picture, FilePart)
    assert picture.content == PNG


def test_what_lies_elsewhere_is_named_by_its_url() -> None:
    assert sent(first_frame="https://example.org/a.png").json == {
        "prompt": "a harbour",
        "reference_url": "https://example.org/a.png",
    }
    with_clip = DIALECT.encode(compose("create", {"prompt": "a", "video": "https://example.org/a.mp4"}))
    assert with_clip.json == {"prompt": "a", "video_url": "https://example.org/a.mp4"}


@pytest.mark.parametrize(
    ("operation", "asked", "capability", "instead"),
    [
        ("create", {"last_frame": PNG}, "cutaway.last_frame", "first_frame= alone"),
        ("create", {"first_frame": {"file_id": "file_1"}}, "file id as input_reference", "a local picture or a URL"),
        ("create", {"first_frame": {"id": "v1", "frame": 0}}, "single frame of a clip as input_reference", "save"),
        ("create", {"rate": Rate.parse("24000/1001"), "num_frames": 9}, "fractional rate (fps=24000/1001)", "rate=24"),
        ("create", {"loop": True}, "cutaway.loop", "cutaway"),
        ("create", {"characters": ["char_1"]}, "characters", "describe them"),
        ("edit", {"video": CLIP}, "edit", "create"),
        ("extend", {"video": {"id": "v1"}, "seconds": 4}, "extend", "last picture"),
        ("remix", {"video_id": "v1"}, "remix", "create"),
    ],
)
def test_what_it_lacks_is_refused_with_what_would_do(
    operation: str, asked: dict[str, Any], capability: str, instead: str
) -> None:
    refusal = refused(operation, **asked)
    assert refusal.capability == capability
    assert instead in refusal.alternative


def test_the_job_is_brought_back_to_the_contract() -> None:
    said = {"id": "u-1", "status": "failed", "seconds": "4", "size": "832x480", "file_path": "/srv/a.mp4", "urls": None}
    job = DIALECT.decode_video({**said, "error": {"message": "CUDA out of memory"}})
    assert job["error"] == {"code": "unknown", "message": "CUDA out of memory"}
    assert "file_path" not in job
    blocked = DIALECT.decode_video({**said, "error": {"message": "Model generation failed: Guardrail blocked prompt."}})
    assert blocked["error"]["code"] == "moderation_blocked"
    gone = {**said, "status": "deleted"}
    assert DIALECT.decode_deleted(gone, "u-1") == {"id": "u-1", "object": "video.deleted", "deleted": True}


def test_the_file_is_where_the_job_says() -> None:
    assert (DIALECT.content({"id": "u-1"}, "video").url, DIALECT.content({"id": "u-1"}, "video").query) == (
        "/videos/u-1/content",
        {},
    )
    far = {"id": "u-1", "url": "https://bucket.s3.us-east-1.amazonaws.com/u-1.mp4"}
    assert DIALECT.content(far, "video").url == far["url"]
    with pytest.raises(errors.UnsupportedCapability, match="variant 'thumbnail'"):
        DIALECT.content({"id": "u-1"}, "thumbnail")


# -- conversations -----------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(sglang.app()) as server:
        yield server


@pytest.fixture
def client(server: StubServer) -> Iterator[Cutaway]:
    with Cutaway(base_url=server.url) as client:
        yield client


def test_it_is_recognised(server: StubServer, client: Cutaway) -> None:
    client.videos.list(limit=1)
    assert [request.path for request in server.requests] == ["/v1/cutaway/capabilities", "/v1/models", "/v1/videos"]


def test_a_video_from_words_with_progress_to_its_file(server: StubServer, client: Cutaway, tmp_path: Path) -> None:
    video = client.videos.create(prompt="a harbour", num_frames=60, rate=24, size="832x480", steps=8)
    assert (video.status, video.size) == ("queued", "832x480")
    asked = server.app.made[0]
    assert (asked.num_frames, asked.fps, asked.num_inference_steps) == (60, 24, 8)
    seen = []
    while video.status != "completed":
        video = client.videos.retrieve(video.id)
        seen.append(video.progress)
    assert seen == [10, 60, 99, 100]
    assert video.save(tmp_path / "harbour.mp4").read_bytes() == MOVIE
    assert client.videos.delete(video.id).deleted
    with pytest.raises(errors.NotFound, match="Video not found"):
        client.videos.retrieve(video.id)


def test_a_first_frame_travels_as_a_file_and_by_url(server: StubServer, client: Cutaway) -> None:
    client.videos.create(prompt="a", first_frame=PNG)
    client.videos.create(prompt="a", first_frame="https://example.org/a.png")
    posts = server.heard("POST")
    assert [post.media_type for post in posts] == ["multipart/form-data", "application/json"]
    assert posts[0].uploads["input_reference"].content == PNG
    assert posts[1].json["reference_url"] == "https://example.org/a.png"


def test_extra_words_of_the_server_reach_it_in_both_bodies(server: StubServer, client: Cutaway) -> None:
    extra = {"flow_shift": 5.0, "n": 2}
    client.videos.create(prompt="a", extra_body=extra)
    client.videos.create(prompt="a", first_frame=PNG, extra_body=extra)
    assert [(asked.flow_shift, asked.n) for asked in server.app.made] == [(5.0, 2), (5.0, 2)]


def test_an_edit_that_may_be_emulated_is_a_create_with_the_clip(server: StubServer, client: Cutaway) -> None:
    video = client.videos.edit(prompt="at night", video=CLIP, emulate=True)
    assert server.heard("POST", "/v1/videos$")[0].uploads["video_reference"].content == CLIP
    assert server.app.made[0].video_path is not None
    assert video.cutaway is not None
    assert video.cutaway.emulated[0].startswith("edit: ")


def test_a_list_goes_over_its_pages(client: Cutaway) -> None:
    made = [client.videos.create(prompt=str(number)).id for number in range(5)]
    assert [video.id for video in client.videos.list(limit=2)] == made[::-1]
    assert [video.id for video in client.videos.list(limit=2, order="asc")] == made


def test_a_failed_job_and_a_blocked_one_are_errors_of_the_wait(server: StubServer, client: Cutaway) -> None:
    server.app.progress = []
    server.app.failures = ["CUDA out of memory", "Guardrail blocked prompt."]
    with pytest.raises(errors.JobFailed, match="Error from scheduler: CUDA out of memory"):
        client.videos.create_and_poll(prompt="a", poll_interval_ms=1)
    with pytest.raises(errors.ModerationBlocked, match="Guardrail"):
        client.videos.create_and_poll(prompt="a", poll_interval_ms=1)


def test_a_job_lost_in_a_restart_is_not_found(server: StubServer, client: Cutaway) -> None:
    video = client.videos.create(prompt="a")
    server.app.jobs.forget()
    with pytest.raises(errors.CutawayError) as caught:
        client.videos.poll(video.id, poll_interval_ms=1)
    assert isinstance(caught.value, (errors.NotFound, errors.JobError))


def test_a_dead_scheduler_says_why_and_makes_no_job(server: StubServer, client: Cutaway) -> None:
    server.app.dead = "Scheduler worker exited; restart the server."
    with pytest.raises(errors.ServerError, match="Scheduler worker exited"):
        client.videos.create(prompt="a")
    assert server.app.jobs.all() == []
    assert len(server.heard("POST")) == 1


def test_a_file_in_a_bucket_is_fetched_there_without_the_key(tmp_path: Path) -> None:
    with StubServer(sglang.app()) as bucket, StubServer(sglang.app()) as server:
        server.app.bucket, server.app.progress = f"{bucket.url}/v1/videos", []
        with Cutaway(base_url=server.url, api_key="secret") as client:
            video = client.videos.create_and_poll(prompt="a", poll_interval_ms=1)
            bucket.trouble(status=200, body=MOVIE)
            assert video.save(tmp_path / "a.mp4").read_bytes() == MOVIE
            bucket.trouble(status=200, body=MOVIE)
            assert client.videos.download_content(video.id).read() == MOVIE
        assert [request.headers.get("authorization") for request in bucket.requests] == [None, None]
        assert server.heard("POST")[0].headers["authorization"] == "Bearer secret"


def test_cancelling_says_that_the_gpu_goes_on(client: Cutaway) -> None:
    video = client.videos.create(prompt="a")
    with pytest.raises(errors.UnsupportedCapability) as caught:
        video.cancel()
    assert "(SGLang Diffusion) has no cancel" in str(caught.value)
    assert "its GPU goes on" in caught.value.alternative


def test_the_stub_refuses_what_the_real_one_refuses(server: StubServer, client: Cutaway) -> None:
    for extra, said in (
        ({"size": "huge"}, "size must be formatted"),
        ({"num_frames": -1}, "num_frames must be positive"),
        ({"seconds": "soon"}, "Invalid request body"),
        ({"enhance_prompt": True}, "--prompt-enhancer-config"),
    ):
        with pytest.raises(errors.BadRequest, match=said):
            client.videos.create(prompt="a", extra_body=extra)
    with pytest.raises(errors.BadRequest, match="seconds: Input should be a valid integer"):
        client.videos.create(prompt="a", first_frame=PNG, extra_body={"seconds": "soon"})
