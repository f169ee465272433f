"""What a submission is on each kind of wire, and what its many answers mean."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import FrameRange, Rate, errors, wire
from cutaway.client.dialects.base import Fetch
from cutaway.client.dialects.cutaway import CutawayDialect
from cutaway.client.dialects.decoding import STATUSES
from cutaway.client.dialects.openai import OpenAIDialect
from cutaway.client.request import FilePart
from cutaway.client.submission import compose, local_files

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and the rest"


def cutaway(operation: Any, **asked: Any) -> Any:
    encoded = CutawayDialect().encode(compose(operation, asked))
    wire.VideoCreate.model_validate(encoded.json)
    return encoded.json


def openai(operation: Any, **asked: Any) -> Any:
    return OpenAIDialect("https://example.org").encode(compose(operation, asked))


# -- the superset ------------------------------------------------------------------------------


def test_shared_words_lie_flat_and_ours_in_one_object() -> None:
    assert cutaway(
        "create", prompt="a", model="bars", seconds="4", size="1280X720", num_frames=49, rate=23.976, seed=3,
        negative_prompt="b", strength=0.5, style="noir", format="prores", sound="silent", loop=True,
    ) == {
        "prompt": "a", "model": "bars", "seconds": 4.0, "size": "1280x720", "num_frames": 49, "fps": "24000/1001",
        "seed": 3, "negative_prompt": "b", "strength": 0.5,
        "cutaway": {"style": "noir", "format": "prores", "sound": "silent", "loop": True},
    }  # fmt: skip


def test_what_was_not_said_is_not_sent() -> None:
    assert cutaway("create", prompt="a") == {"prompt": "a"}


@pytest.mark.parametrize("rate", [Rate.parse("30000/1001"), "29.97", 29.97])
def test_a_rate_travels_exactly(rate: Any) -> None:
    assert cutaway("create", prompt="a", rate=rate)["fps"] == "30000/1001"


def test_pictures_find_their_places() -> None:
    first, last, mid = {"id": "v1", "frame": -1}, {"file_id": "f2"}, {"url": "https://example.org/a.png"}
    assert cutaway("create", prompt="a", first_frame=first, last_frame=last, keyframes={12: mid, -1: last}) == {
        "prompt": "a",
        "input_reference": first,
        "cutaway": {"last_frame": last, "keyframes": [{"at": 12, "image": mid}, {"at": -1, "image": last}]},
    }


def test_what_a_real_model_is_told_stands_in_our_object() -> None:
    told = {"profile": "low-memory", "steps": 8, "guidance": 0, "expand_prompt": True, "allow_degraded": True}
    assert cutaway("create", prompt="a", **told) == {"prompt": "a", "cutaway": told | {"guidance": 0.0}}
    video = wire.Video(id="v")
    pictures = [{"file_id": "f1"}, wire.Reference(id="v1", frame=3), "https://example.org/a.png"]
    written = [{"file_id": "f1"}, {"id": "v1", "frame": 3}, {"url": "https://example.org/a.png"}]
    for operation, source in (("create", {}), ("edit", {"video": video}), ("extend", {"video": video})):
        assert cutaway(operation, prompt="a", references=pictures, **source)["cutaway"] == {"references": written}


def test_pictures_of_characters_are_uploaded_like_other_pictures() -> None:
    body = compose("create", {"prompt": "a", "references": [PNG, PNG + b"2", {"id": "v", "frame": 0}]}).body
    assert [part.content for part in local_files(body)] == [PNG, PNG + b"2"]
    assert body["cutaway"]["references"][2] == {"id": "v", "frame": 0}


@pytest.mark.parametrize("one", ["mia.png", PNG, {"file_id": "f"}])
def test_one_picture_is_not_a_list_of_them(one: Any) -> None:
    with pytest.raises(errors.BadRequest, match="put it in brackets"):
        compose("create", {"prompt": "a", "references": one})


def test_verbs_on_clips() -> None:
    a, b = wire.Video(id="a"), wire.Video(id="b")
    assert cutaway("create", before=a, after=b, num_frames=24, tail_frames=4, output="segment") == {
        "num_frames": 24,
        "cutaway": {"fill": {"before": {"id": "a"}, "after": {"id": "b"}, "tail_frames": 4}, "output": "segment"},
    }
    assert cutaway("edit", video=a, second=b, overlap_frames=12) == {
        "video": {"id": "a"},
        "cutaway": {"blend": {"with": {"id": "b"}, "overlap_frames": 12}},
    }
    for span in (FrameRange(3, 9), (3, 9)):
        assert cutaway("edit", video=a, prompt="b", source_range=span)["cutaway"] == {"range": {"start": 3, "end": 9}}


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"size": "huge"}, "size"),
        ({"seconds": "soon"}, "seconds"),
        ({"seconds": 0}, "seconds"),
        ({"rate": 1000}, "fps"),
        ({"num_frames": 0}, "num_frames"),
        ({"seed": -1}, "seed"),
        ({"strength": 2}, "strength"),
        ({"format": "avi"}, "cutaway.format"),
        ({"direction": "sideways"}, "cutaway.direction"),
        ({"profile": "quick"}, "cutaway.profile"),
        ({"steps": 0}, "cutaway.steps"),
        ({"guidance": -1}, "cutaway.guidance"),
        ({"guidance": float("nan")}, "cutaway.guidance"),
        ({"references": [{"id": "v"}] * 17}, "cutaway.references"),
        ({"first_frame": {"id": "a"}, "input_reference": {"id": "b"}}, "first_frame"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_is_sent(asked: dict[str, Any], param: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        compose("create", {"prompt": "a", **asked})
    assert caught.value.param == param


# -- the plain contract ------------------------------------------------------------------------


def test_the_contract_in_json() -> None:
    encoded = openai("create", prompt="a", model="sora-2", seconds=8, size="1280x720")
    assert (encoded.path, encoded.json) == (
        "/videos",
        {"prompt": "a", "model": "sora-2", "seconds": "8", "size": "1280x720"},
    )


def test_references_in_the_contracts_words() -> None:
    assert openai("create", prompt="a", first_frame="https://x.org/a.png").json["input_reference"] == {
        "image_url": "https://x.org/a.png"
    }
    assert openai("create", prompt="a", input_reference={"file_id": "f"}).json["input_reference"] == {"file_id": "f"}
    assert openai("edit", prompt="a", video=wire.Video(id="v")).json == {"prompt": "a", "video": {"id": "v"}}
    assert openai("remix", prompt="a", video_id="v").path == "/videos/v/remix"


def test_local_media_travel_in_the_request(tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"\0\0\0\x18ftypisom")
    encoded = openai("extend", prompt="on", seconds=4, video=clip)
    assert encoded.json is None
    assert encoded.fields == {"prompt": "on", "seconds": "4"}
    assert encoded.files == {"video": FilePart("a.mp4", clip, "video/mp4")}
    assert openai("create", prompt="a", input_reference=PNG).files["input_reference"].media_type == "image/png"


@pytest.mark.parametrize(
    ("operation", "asked", "capability"),
    [
        ("create", {"num_frames": 49}, "num_frames"),
        ("create", {"rate": 25}, "fps"),
        ("create", {"seed": 3}, "seed"),
        ("create", {"seconds": 4.5}, "fraction of a second"),
        ("create", {"last_frame": {"id": "v"}}, "cutaway.last_frame"),
        ("create", {"last_frame": PNG}, "cutaway.last_frame"),
        ("create", {"loop": True}, "cutaway.loop"),
        ("create", {"style": "noir"}, "cutaway.style"),
        ("create", {"before": {"id": "a"}, "after": {"id": "b"}}, "cutaway.fill"),
        ("create", {"references": [PNG]}, "cutaway.references"),
        ("create", {"profile": "fast"}, "cutaway.profile"),
        ("create", {"steps": 4}, "cutaway.steps"),
        ("create", {"guidance": 1.0}, "cutaway.guidance"),
        ("create", {"expand_prompt": True}, "cutaway.expand_prompt"),
        ("create", {"input_reference": {"id": "v"}}, "video as input_reference"),
        ("create", {"input_reference": {"file_id": "v", "frame": 3}}, "single frame of a clip as input_reference"),
        ("edit", {"video": {"id": "v"}, "second": {"id": "w"}}, "cutaway.blend"),
        ("edit", {"video": {"file_id": "f"}}, "video by file id"),
        ("extend", {"video": {"id": "v"}, "direction": "backward"}, "cutaway.direction"),
    ],
)
def test_what_the_contract_lacks_is_refused_with_another_way(operation: Any, asked: Any, capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability, match=r"https://example\.org") as caught:
        openai(operation, prompt="a", **asked)
    assert caught.value.capability == capability
    assert caught.value.alternative
    assert caught.value.alternative[0].isalnum()
    assert caught.value.alternative in str(caught.value)


# -- answers -----------------------------------------------------------------------------------


def decoded(body: Any) -> wire.Video:
    return wire.Video.model_validate(OpenAIDialect().decode_video(body))


@pytest.mark.parametrize(("said", "meant"), STATUSES.items())
def test_every_status_is_one_of_four(said: str, meant: str) -> None:
    video = decoded({"id": "v", "status": said.upper()})
    assert video.status == meant
    assert (video.progress == 100) == (meant == "completed")
    assert (video.error is not None) == (meant == "failed")


def test_a_status_nobody_knows_goes_on() -> None:
    assert decoded({"id": "v", "status": "warming_up"}).status == "in_progress"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"status": "failed", "error": "out of memory"}, "unknown", "out of memory"),
        ({"status": "failed", "error": {"message": "bad", "code": 500}}, "500", "bad"),
        ({"status": "failed", "error": {"code": "x"}}, "x", "failed"),
        ({"status": "cancelled"}, "cancelled", "the server reports the job as cancelled"),
        ({"status": "expired", "error": None}, "expired", "the server reports the job as expired"),
    ],
)
def test_every_way_to_write_a_jobs_error(body: Any, code: str, message: str) -> None:
    error = decoded({"id": "v", **body}).error
    assert error is not None
    assert (error.code, error.message) == (code, message)


def test_what_servers_leave_out_or_mistype() -> None:
    video = decoded(
        {"id": "v", "object": "video.generation", "status": "running", "duration": 5, "progress": 43.7,
         "created_at": 1700000000.5, "prompt": None, "model": None, "url": "https://x.org/v.mp4", "cutaway": "no"}
    )  # fmt: skip
    assert (video.seconds, video.progress, video.created_at) == ("5", 43, 1700000000)
    assert video.model_extra is not None
    assert video.model_extra["url"] == "https://x.org/v.mp4"


@pytest.mark.parametrize("body", [None, [], "job", {}, {"id": 7}])
def test_what_is_no_job_is_no_video(body: Any) -> None:
    for dialect in (OpenAIDialect(), CutawayDialect()):
        with pytest.raises(ValueError, match="no video"):
            dialect.decode_video(body)


def test_a_page_without_cursors_gets_them() -> None:
    jobs = [{"id": f"v{number}", "status": "completed"} for number in range(3)]
    dialect = OpenAIDialect()
    for limit, body in itertools.product((None, 3, 5), ({"data": jobs}, {"object": "list", "data": jobs})):
        page = dialect.decode_page(body, limit)
        assert (page["first_id"], page["last_id"], page["has_more"]) == ("v0", "v2", limit == 3)
    assert dialect.decode_page({"data": jobs, "has_more": True, "last_id": "other"}, 9)["last_id"] == "other"
    with pytest.raises(ValueError, match="no page"):
        dialect.decode_page({"videos": jobs}, None)


def test_a_signed_address_beside_the_contract_is_where_the_bytes_are():
    dialect = OpenAIDialect("https://example.org")
    video = {"id": "video_1", "url": "https://storage.example.net/a.mp4?signature=x"}
    assert dialect.content(video, "video") == Fetch("https://storage.example.net/a.mp4?signature=x")
    assert dialect.content(video, "thumbnail").url == "/videos/video_1/content"
    assert dialect.content({"id": "video_1", "url": "s3://bucket/a.mp4"}, "video").url == "/videos/video_1/content"
