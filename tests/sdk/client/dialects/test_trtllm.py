"""TensorRT-LLM VisualGen: what is sent, what is understood, and whole conversations with a stub of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from servers import trtllm
from servers.frame import MOVIE, StubServer, Upload

from cutaway import Cutaway, errors
from cutaway.client.dialects.trtllm import TRTLLMDialect
from cutaway.client.request import FilePart
from cutaway.client.submission import compose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.client.dialects.base import Encoded

PNG = b"\x89PNG\r\n\x1a\n and the rest"
CLIP = b"\x00\x00\x00\x18ftypmp42 and the rest"
DIALECT = TRTLLMDialect("http://gpu:8000")


def sent(operation: Any = "create", **asked: Any) -> Encoded:
    return DIALECT.encode(compose(operation, {"prompt": "a harbour", **asked}))


def test_without_a_file_it_is_json_with_numbers() -> None:
    asked = {"num_frames": 97, "rate": "24000/1001", "size": "832x480", "seed": 7, "negative_prompt": "blur"}
    assert sent(**asked, steps=8, guidance=3.5, model="wan").json == {
        "prompt": "a harbour", "num_frames": 97, "fps": pytest.approx(23.976, abs=1e-3), "size": "832x480", "seed": 7,
        "negative_prompt": "blur", "num_inference_steps": 8, "guidance_scale": 3.5, "model": "wan",
    }  # fmt: skip


def test_seconds_may_have_a_fraction_and_give_way_to_frames() -> None:
    assert sent(seconds=2.5).json == {"prompt": "a harbour", "seconds": 2.5}
    assert sent(seconds=2.5, num_frames=60).json == {"prompt": "a harbour", "num_frames": 60}


def test_a_picture_or_a_clip_travels_as_a_file_of_a_form() -> None:
    encoded = sent(first_frame=PNG, rate=24, seconds=4)
    assert encoded.fields == {"prompt": "a harbour", "fps": "24", "seconds": "4.0"}
    assert isinstance(encoded.files["input_reference"], FilePart)
    clip = DIALECT.encode(compose("create", {"prompt": "a", "video": CLIP}))
    assert set(clip.files) == {"input_reference"}


@pytest.mark.parametrize(
    ("operation", "asked", "capability"),
    [
        ("create", {"first_frame": "https://example.org/a.png"}, "input_reference by URL or id"),
        ("create", {"first_frame": PNG, "last_frame": PNG}, "cutaway.last_frame"),
        ("create", {"first_frame": PNG, "video": CLIP}, "picture beside a clip"),
        ("create", {"characters": ["char_1"]}, "characters"),
        ("edit", {"video": CLIP}, "edit"),
        ("extend", {"video": {"id": "v1"}, "seconds": 4}, "extend"),
        ("remix", {"video_id": "v1"}, "remix"),
    ],
)
def test_what_it_lacks_is_refused_with_its_name(operation: str, asked: dict[str, Any], capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        sent(operation, **asked)
    assert caught.value.capability == capability
    assert "http://gpu:8000 (TensorRT-LLM VisualGen)" in str(caught.value)
    assert caught.value.alternative


@pytest.mark.parametrize(
    ("said", "status", "progress"),
    [
        ("queued", "queued", 0),
        ("generating", "in_progress", 0),
        ("postprocessing", "in_progress", 0),
        ("completed", "completed", 100),
    ],
)
def test_its_states_are_those_of_the_contract(said: str, status: str, progress: int) -> None:
    job = DIALECT.decode_video({"id": "v", "status": said, "duration": 4.0, "progress": None, "created_at": 5})
    assert (job["status"], job["progress"], job["seconds"]) == (status, progress, "4")


def test_an_error_is_one_text_and_a_delete_two_words() -> None:
    job = DIALECT.decode_video({"id": "v", "status": "failed", "error": "CUDA error", "duration": None})
    assert (job["error"], job["seconds"]) == ({"code": "unknown", "message": "CUDA error"}, "")
    assert DIALECT.decode_deleted({"deleted": True}, "v") == {"id": "v", "object": "video.deleted", "deleted": True}


def test_its_list_is_one_page_newest_first() -> None:
    jobs = [{"id": f"v{number}", "status": "queued", "created_at": number} for number in range(3)]
    page = DIALECT.decode_page({"data": jobs, "object": "list"}, 3)
    assert [job["id"] for job in page["data"]] == ["v2", "v1", "v0"]
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, "v2", "v0")


# -- conversations -----------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(trtllm.app()) as server:
        yield server


@pytest.fixture
def client(server: StubServer) -> Iterator[Cutaway]:
    with Cutaway(base_url=server.url) as client:
        yield client


def test_from_words_to_its_file(server: StubServer, client: Cutaway, tmp_path: Path) -> None:
    video = client.videos.create(prompt="a harbour", seconds=2.5, rate=24, steps=8)
    assert (video.status, video.seconds, video.size) == ("queued", "2.5", "832x480")
    assert server.app.made[0].num_inference_steps == 8
    seen = []
    while video.status != "completed":
        video = client.videos.retrieve(video.id)
        seen.append(video.status)
    assert seen == ["in_progress", "in_progress", "completed"]
    assert video.save(tmp_path / "harbour.mp4").read_bytes() == MOVIE
    assert client.videos.delete(video.id).deleted
    with pytest.raises(errors.NotFound, match=f"Video {video.id} not found"):
        client.videos.retrieve(video.id)


def test_a_first_frame_arrives_as_it_was(server: StubServer, client: Cutaway) -> None:
    client.videos.create(prompt="a", first_frame=PNG, num_frames=81, rate=16)
    asked = server.app.made[0]
    assert isinstance(asked.input_reference, Upload)
    assert (asked.input_reference.content, asked.num_frames, asked.frame_rate) == (PNG, 81, 16.0)


def test_a_list_ends_after_its_one_page(server: StubServer, client: Cutaway) -> None:
    made = [client.videos.create(prompt=str(number)).id for number in range(4)]
    for limit in (2, 4, None):
        assert [video.id for video in client.videos.list(limit=limit)] == made[::-1]
    assert len(server.heard("GET", "/videos$")) == 3


def test_a_failed_job_is_an_error_of_the_wait(server: StubServer, client: Cutaway) -> None:
    server.app.states, server.app.failures = [], ["CUDA error: out of memory"]
    with pytest.raises(errors.JobFailed, match="CUDA error: out of memory") as caught:
        client.videos.create_and_poll(prompt="a", poll_interval_ms=1)
    assert caught.value.job.status == "failed"


def test_a_job_lost_in_a_restart_is_not_found(server: StubServer, client: Cutaway) -> None:
    video = client.videos.create(prompt="a")
    server.app.jobs.forget()
    with pytest.raises(errors.NotFound):
        client.videos.retrieve(video.id)


def test_an_unknown_field_is_refused_and_so_is_an_unfinished_file(client: Cutaway, tmp_path: Path) -> None:
    with pytest.raises(errors.BadRequest, match=r"Unknown request field 'flow_shift'\. Pass model-specific"):
        client.videos.create(prompt="a", extra_body={"flow_shift": 5.0})
    with pytest.raises(errors.BadRequest, match="width and height must be sent together"):
        client.videos.create(prompt="a", extra_body={"width": 832})
    webp = tmp_path / "a.webp"
    webp.write_bytes(b"RIFF\x10\x00\x00\x00WEBPVP8 ")
    with pytest.raises(errors.BadRequest, match="not a recognized media container"):
        client.videos.create(prompt="a", first_frame=webp)
    video = client.videos.create(prompt="a", extra_body={"extra_params": {"flow_shift": 5.0}})
    with pytest.raises(errors.BadRequest, match=r"is not ready \(status: queued\)"):
        client.videos.download_content(video.id)
