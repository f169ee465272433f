"""FastVideo: what is sent, what is understood, and whole conversations with a stub of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from servers import fastvideo
from servers.frame import MOVIE, StubServer

from cutaway import Cutaway, errors
from cutaway.client.dialects.fastvideo import FastVideoDialect
from cutaway.client.request import FilePart
from cutaway.client.submission import compose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.client.dialects.base import Encoded

PNG = b"\x89PNG\r\n\x1a\n and the rest"
DIALECT = FastVideoDialect("http://gpu:8000")


def sent(operation: Any = "create", **asked: Any) -> Encoded:
    return DIALECT.encode(compose(operation, {"prompt": "a harbour", **asked}))


def test_without_a_file_it_is_json_with_numbers() -> None:
    asked = {"num_frames": 81, "rate": 16, "size": "832x480", "seed": 7, "negative_prompt": "blur", "model": "wan"}
    assert sent(**asked, steps=3, guidance=1).json == {
        "prompt": "a harbour", "num_frames": 81, "fps": 16, "size": "832x480", "seed": 7, "negative_prompt": "blur",
        "model": "wan", "num_inference_steps": 3, "guidance_scale": 1.0,
    }  # fmt: skip
    assert sent(seconds="4").json == {"prompt": "a harbour", "seconds": 4}


def test_a_first_frame_is_a_file_of_a_form_or_a_url() -> None:
    encoded = sent(first_frame=PNG, num_frames=81)
    assert encoded.fields == {"prompt": "a harbour", "num_frames": "81"}
    assert isinstance(encoded.files["input_reference"], FilePart)
    assert sent(first_frame="https://example.org/a.png").json == {
        "prompt": "a harbour",
        "reference_url": "https://example.org/a.png",
    }


@pytest.mark.parametrize(
    ("operation", "asked", "capability"),
    [
        ("create", {"last_frame": PNG}, "cutaway.last_frame"),
        ("create", {"references": [PNG]}, "cutaway.references"),
        ("create", {"first_frame": {"id": "v1"}}, "video as input_reference"),
        ("create", {"rate": "30000/1001", "seconds": 4}, "fractional rate (fps=30000/1001)"),
        ("create", {"expand_prompt": True}, "cutaway.expand_prompt"),
        ("create", {"video": PNG}, "video"),
        ("edit", {"video": {"id": "v1"}}, "edit"),
        ("extend", {"video": {"id": "v1"}, "seconds": 4}, "extend"),
        ("remix", {"video_id": "v1"}, "remix"),
    ],
)
def test_what_it_lacks_is_refused_with_its_name(operation: str, asked: dict[str, Any], capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        sent(operation, **asked)
    assert caught.value.capability == capability
    assert "http://gpu:8000 (FastVideo)" in str(caught.value)
    assert caught.value.alternative


def test_the_job_and_the_page_are_brought_back_to_the_contract() -> None:
    job = {"id": "f-1", "status": "queued", "seconds": "5", "file_path": "/srv/outputs/videos/f-1.mp4", "progress": 0}
    assert "file_path" not in DIALECT.decode_video(job)
    page = DIALECT.decode_page({"data": [job, {**job, "id": "f-2"}], "object": "list"}, 2)
    assert (page["has_more"], page["first_id"], page["last_id"]) == (True, "f-1", "f-2")
    assert DIALECT.decode_page({"data": [job], "object": "list"}, 2)["has_more"] is False
    assert DIALECT.decode_deleted({**job, "status": "deleted"}, "f-1")["deleted"] is True
    with pytest.raises(errors.UnsupportedCapability, match="variant 'thumbnail'"):
        DIALECT.content({"id": "f-1"}, "thumbnail")


# -- conversations -----------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(fastvideo.app()) as server:
        yield server


@pytest.fixture
def client(server: StubServer) -> Iterator[Cutaway]:
    with Cutaway(base_url=server.url) as client:
        yield client


def test_from_a_first_frame_to_its_file(server: StubServer, client: Cutaway, tmp_path: Path) -> None:
    video = client.videos.create(prompt="a harbour", num_frames=81, rate=16, first_frame=PNG, guidance=1.5)
    asked = server.app.made[0]
    assert (asked.num_frames, asked.fps, asked.guidance_scale) == (81, 16, 1.5)
    assert asked.input_reference is not None
    assert video.seconds == "5"
    assert client.videos.retrieve(video.id).status == "queued"
    done = client.videos.poll(video.id, poll_interval_ms=1)
    assert (done.status, done.progress) == ("completed", 100)
    assert done.save(tmp_path / "harbour.mp4").read_bytes() == MOVIE
    assert client.videos.delete(done.id).deleted
    assert server.app.jobs.all() == []


def test_a_list_goes_over_its_pages_and_ends(server: StubServer, client: Cutaway) -> None:
    made = [client.videos.create(prompt=str(number)).id for number in range(4)]
    assert [video.id for video in client.videos.list(limit=2)] == made[::-1]
    assert [video.id for video in client.videos.list(limit=3)] == made[::-1]
    assert [video.id for video in client.videos.list()] == made[::-1]


def test_a_failed_job_is_an_error_of_the_wait(server: StubServer, client: Cutaway) -> None:
    server.app.polls, server.app.failures = 0, ["CUDA out of memory"]
    with pytest.raises(errors.JobFailed, match="CUDA out of memory"):
        client.videos.create_and_poll(prompt="a", poll_interval_ms=1)


def test_a_job_lost_in_a_restart_is_not_found(server: StubServer, client: Cutaway) -> None:
    video = client.videos.create(prompt="a")
    server.app.jobs.forget()
    with pytest.raises(errors.NotFound):
        client.videos.retrieve(video.id)


def test_cancelling_says_that_the_gpu_goes_on(client: Cutaway) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        client.videos.create(prompt="a").cancel()
    assert "its GPU goes on" in caught.value.alternative


def test_an_unfinished_file_is_refused_with_the_servers_words(client: Cutaway) -> None:
    video = client.videos.create(prompt="a")
    with pytest.raises(errors.NotFound, match="Video still being generated"):
        client.videos.download_content(video.id)


def test_the_stub_refuses_what_the_real_one_refuses(client: Cutaway) -> None:
    with pytest.raises(errors.BadRequest, match="Invalid request body"):
        client.videos.create(prompt="a", extra_body={"fps": "film"})
    with pytest.raises(errors.BadRequest, match="fps: Input should be a valid integer"):
        client.videos.create(prompt="a", first_frame=PNG, extra_body={"fps": "film"})
    with pytest.raises(errors.BadRequest, match="Unsupported image url format"):
        client.videos.create(prompt="a", extra_body={"reference_url": "a.png"})
