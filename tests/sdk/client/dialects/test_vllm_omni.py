"""vLLM-Omni: what is sent, what is understood, and whole conversations with a stub of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from servers import vllm_omni
from servers.frame import MOVIE, StubServer

from cutaway import Cutaway, errors
from cutaway.client.dialects.vllm_omni import VLLMOmniDialect
from cutaway.client.submission import compose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cutaway.client.dialects.base import Encoded

PNG, LAST = b"\x89PNG\r\n\x1a\n and the rest", b"\x89PNG\r\n\x1a\n the last"
CLIP = b"\x00\x00\x00\x18ftypmp42 and the rest"
HERE, THERE = "https://example.org/a.png", "https://example.org/b.png"
DIALECT = VLLMOmniDialect("http://gpu:8091")


def sent(operation: Any = "create", **asked: Any) -> Encoded:
    return DIALECT.encode(compose(operation, {"prompt": "a harbour", **asked}))


def contents(files: Any) -> list[bytes]:
    return [part.content for part in (files if isinstance(files, list) else [files])]


def test_it_is_always_a_form() -> None:
    asked = {"num_frames": 97, "rate": "24000/1001", "size": "832x480", "seed": 7, "negative_prompt": "blur"}
    encoded = sent(**asked, steps=8, guidance=3.5, model="wan", seconds=4)
    assert (encoded.path, encoded.json, encoded.files) == ("/videos", None, {})
    fields = dict(encoded.fields)
    assert float(fields.pop("fps")) == pytest.approx(24000 / 1001)
    assert fields == {
        "prompt": "a harbour", "num_frames": "97", "size": "832x480", "seed": "7", "negative_prompt": "blur",
        "num_inference_steps": "8", "guidance_scale": "3.5", "model": "wan",
    }  # fmt: skip
    assert sent(seconds=4.0).fields == {"prompt": "a harbour", "seconds": "4"}


@pytest.mark.parametrize(
    ("asked", "fields", "files"),
    [
        ({"first_frame": PNG}, {}, {"input_reference": [PNG]}),
        ({"first_frame": HERE}, {"image_reference": {"image_url": HERE}}, {}),
        ({"video": CLIP}, {}, {"input_reference": [CLIP]}),
        ({"video": HERE}, {"video_reference": {"video_url": HERE}}, {}),
        (
            {"first_frame": PNG, "last_frame": LAST},
            {"extra_params": {"task": "fl2va", "frame_indices": [0, -1]}},
            {"input_references": [PNG, LAST]},
        ),
        (
            {"first_frame": HERE, "last_frame": THERE},
            {
                "extra_params": {"task": "fl2va", "frame_indices": [0, -1]},
                "image_reference": [{"image_url": HERE}, {"image_url": THERE}],
            },
            {},
        ),
        (
            {"last_frame": LAST},
            {"extra_params": {"task": "fl2va", "frame_indices": [-1]}},
            {"input_references": [LAST]},
        ),
        (
            {"references": [PNG, LAST]},
            {"extra_params": {"task": "ref2va"}},
            {"input_references": [PNG, LAST]},
        ),
    ],
)
def test_pictures_and_clips_find_their_fields(
    asked: dict[str, Any], fields: dict[str, Any], files: dict[str, list[bytes]]
) -> None:
    encoded = sent(**asked)
    told = {name: text for name, text in encoded.fields.items() if name != "prompt"}
    assert {name: json.loads(text) for name, text in told.items()} == fields
    assert {name: contents(parts) for name, parts in encoded.files.items()} == files


@pytest.mark.parametrize(
    ("operation", "asked", "capability"),
    [
        ("create", {"first_frame": PNG, "last_frame": THERE}, "mixture of files and URLs in last_frame"),
        ("create", {"first_frame": PNG, "references": [LAST]}, "mixture of frames, references and a clip"),
        ("create", {"first_frame": {"file_id": "file_1"}}, "file id as input_reference"),
        ("create", {"keyframes": {0: PNG, 12: LAST}}, "cutaway.keyframes"),
        ("create", {"seconds": 2.5}, "fraction of a second"),
        ("create", {"loop": True}, "cutaway.loop"),
        ("edit", {"video": CLIP}, "edit"),
        ("extend", {"video": {"id": "v1"}, "seconds": 4}, "extend"),
        ("remix", {"video_id": "v1"}, "remix"),
    ],
)
def test_what_it_lacks_is_refused_with_its_name(operation: str, asked: dict[str, Any], capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        sent(operation, **asked)
    assert caught.value.capability == capability
    assert "http://gpu:8091 (vLLM-Omni)" in str(caught.value)
    assert caught.value.alternative


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"duration_s": 5.041666666666667, "num_frames": 121, "fps": 24.0}, "5.041666666666667"),
        ({"num_frames": 96, "fps": 24.0}, "4"),
        ({"num_frames": 81, "fps": 16.0, "duration_s": None}, "5.0625"),
        ({"num_frames": None, "fps": 24.0}, "4"),
    ],
)
def test_a_duration_is_what_was_rendered(told: dict[str, Any], seconds: str) -> None:
    assert DIALECT.decode_video({"id": "v", "status": "completed", "seconds": "4", **told})["seconds"] == seconds


def test_an_error_code_is_a_text_and_a_guardrail_is_known() -> None:
    failed = {"id": "v", "status": "failed", "error": {"code": 500, "message": "no memory"}}
    assert DIALECT.decode_video(failed)["error"] == {"code": "500", "message": "no memory"}
    blocked = {**failed, "error": {"code": 400, "message": "Input was blocked by Cosmos3 guardrails."}}
    assert DIALECT.decode_video(blocked)["error"]["code"] == "moderation_blocked"


# -- conversations -----------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(vllm_omni.app(api_key="secret")) as server:
        yield server


@pytest.fixture
def client(server: StubServer) -> Iterator[Cutaway]:
    with Cutaway(base_url=server.url, api_key="secret") as client:
        yield client


def test_from_words_to_its_file(server: StubServer, client: Cutaway, tmp_path: Path) -> None:
    video = client.videos.create(prompt="a harbour", num_frames=121, rate=24, size="832x480", guidance=3.5)
    asked, files = server.app.made[0]
    assert (asked.num_frames, asked.fps, asked.guidance_scale, files) == (121, 24.0, 3.5, {})
    assert video.seconds == "5.041666666666667"
    seen = []
    while video.status != "completed":
        video = client.videos.retrieve(video.id)
        seen.append((str(video.status), video.progress))
    assert seen == [("in_progress", 0), ("in_progress", 0), ("completed", 100)]
    assert video.save(tmp_path / "harbour.mp4").read_bytes() == MOVIE
    assert client.videos.delete(video.id).deleted
    with pytest.raises(errors.NotFound, match="Video not found"):
        client.videos.retrieve(video.id)


def test_first_and_last_frame_arrive_in_their_order(server: StubServer, client: Cutaway, tmp_path: Path) -> None:
    first, last = tmp_path / "first.png", tmp_path / "last.png"
    first.write_bytes(PNG)
    last.write_bytes(LAST)
    video = client.videos.create_and_poll(prompt="a", first_frame=first, last_frame=last, poll_interval_ms=1)
    assert video.status == "completed"
    asked, files = server.app.made[0]
    assert files == {"input_references": ["first.png", "last.png"]}
    assert asked.extra_params == {"task": "fl2va", "frame_indices": [0, -1]}


def test_extra_params_of_the_caller_join_those_of_a_last_frame(server: StubServer, client: Cutaway) -> None:
    extra = {"extra_params": {"audio_flow_shift": 3.0}, "boundary_ratio": 0.875}
    client.videos.create(prompt="a", first_frame=PNG, last_frame=LAST, extra_body=extra)
    asked, _ = server.app.made[0]
    assert asked.extra_params == {"task": "fl2va", "frame_indices": [0, -1], "audio_flow_shift": 3.0}
    assert asked.boundary_ratio == 0.875


def test_a_model_that_takes_no_ordered_pictures_fails_the_job(client: Cutaway, server: StubServer) -> None:
    server.app.mixed = False
    with pytest.raises(errors.JobFailed, match="moov atom not found"):
        client.videos.create_and_poll(prompt="a", first_frame=PNG, last_frame=LAST, poll_interval_ms=1)


def test_a_list_goes_over_its_pages(client: Cutaway) -> None:
    made = [client.videos.create(prompt=str(number)).id for number in range(5)]
    assert [video.id for video in client.videos.list(limit=2)] == made[::-1]
    assert [video.id for video in client.videos.list(order="asc")] == made


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ((500, "EngineCore died"), errors.JobFailed),
        ((400, "ref2va accepts at most 9 image references"), errors.JobFailed),
        ((400, "Input was blocked by Cosmos3 guardrails."), errors.ModerationBlocked),
    ],
)
def test_a_failed_job_comes_under_an_error_status_and_is_still_a_job(
    server: StubServer, client: Cutaway, failure: tuple[int, str], kind: type[errors.JobFailed]
) -> None:
    server.app.polls, server.app.failures = 0, [failure]
    video = client.videos.create(prompt="a")
    with pytest.raises(kind, match=failure[1]) as caught:
        client.videos.poll(video.id, poll_interval_ms=1)
    assert caught.value.job.id == video.id
    assert len(server.heard("GET", f"/{video.id}$")) == 1
    assert client.videos.retrieve(video.id).status == "failed"


def test_a_job_that_fails_while_waited_for_ends_the_wait_at_once(server: StubServer, client: Cutaway) -> None:
    server.app.polls, server.app.failures = 1, [(500, "EngineCore died")]
    with pytest.raises(errors.JobFailed, match="EngineCore died"):
        client.videos.create_and_poll(prompt="a", poll_interval_ms=1)
    assert len(server.heard("GET", "/video_gen_")) == 2


def test_a_delete_ends_the_work_and_may_take_its_time(server: StubServer, client: Cutaway) -> None:
    server.app.slow_aborts = 1
    video = client.videos.create(prompt="a")
    with pytest.raises(errors.Conflict, match="Cancellation in progress"):
        client.videos.delete(video.id)
    assert client.videos.delete(video.id).deleted
    with pytest.raises(errors.UnsupportedCapability) as caught:
        video.cancel()
    assert "which ends the work on it too" in caught.value.alternative


def test_a_job_lost_in_a_restart_and_a_file_swept_away_are_not_found(server: StubServer, client: Cutaway) -> None:
    server.app.polls = 0
    video = client.videos.create_and_poll(prompt="a", poll_interval_ms=1)
    server.app.swept.add(video.id)
    with pytest.raises(errors.NotFound, match="not found on disk"):
        client.videos.download_content(video.id)
    server.app.jobs.forget()
    with pytest.raises(errors.NotFound, match="Video not found"):
        client.videos.retrieve(video.id)


def test_the_stub_refuses_what_the_real_one_refuses(server: StubServer, client: Cutaway) -> None:
    for asked, said in (
        ({"model": "another"}, "Model mismatch"),
        ({"steps": 500}, "less than or equal to 200"),
        ({"extra_body": {"extra_params": "{"}}, "Invalid JSON in form field"),
        ({"extra_body": {"image_reference": {"file_id": "f"}}}, "file_id is not supported yet"),
        ({"first_frame": PNG, "extra_body": {"image_reference": {"image_url": HERE}}}, "Provide only one of"),
        ({"extra_body": {"lora": json.dumps({"name": "x" * 1024 * 1024})}}, "maximum size of 1024KB"),
    ):
        with pytest.raises(errors.BadRequest, match=said):
            client.videos.create(prompt="a", **asked)
    for how, kind in (
        ({"api_key": "secret", "dialect": "openai"}, errors.BadRequest),
        ({"api_key": "wrong", "dialect": "vllm_omni"}, errors.AuthenticationError),
    ):
        with Cutaway(base_url=server.url, **how) as other, pytest.raises(kind):
            other.videos.create(prompt="a")
    assert server.app.jobs.all() == []
