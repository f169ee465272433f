"""OpenRouter: what a submission is on its wire, and whole conversations with a stub of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from servers.frame import MOVIE, Reply, StubServer
from servers.openrouter import OpenRouter

from cutaway import Cutaway, errors, wire
from cutaway.client.dialects.openrouter import OpenRouterDialect
from cutaway.client.submission import compose

PNG = b"\x89PNG\r\n\x1a\n and the rest"
AS_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
KEY = "sk-or-stub"


def encoded(operation: Any, **asked: Any) -> Any:
    return OpenRouterDialect().encode(compose(operation, asked))


# -- words -------------------------------------------------------------------------------------


def test_its_own_words_always_in_json() -> None:
    sent = encoded("create", prompt="a", model="google/veo-3.1", seconds=8, size="1280x720", seed=3, sound="silent")
    assert (sent.path, sent.files, sent.fields) == ("/videos", {}, {})
    assert sent.json == {
        "prompt": "a", "model": "google/veo-3.1", "duration": 8, "size": "1280x720", "seed": 3, "generate_audio": False,
    }  # fmt: skip


def test_first_and_last_frame_are_native_and_local_ones_travel_inside() -> None:
    def frame(url: str, kind: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": url}, "frame_type": kind}

    sent = encoded("create", prompt="a", first_frame=PNG, last_frame="https://x.org/b.png").json
    assert sent["frame_images"] == [frame(AS_URI, "first_frame"), frame("https://x.org/b.png", "last_frame")]
    assert encoded("create", prompt="a", last_frame=PNG).json["frame_images"] == [frame(AS_URI, "last_frame")]


def test_looks_are_references() -> None:
    sent = encoded("create", prompt="a", references=[PNG, "https://x.org/b.png"]).json
    assert [picture["image_url"]["url"] for picture in sent["input_references"]] == [AS_URI, "https://x.org/b.png"]


@pytest.mark.parametrize(
    ("operation", "asked", "capability"),
    [
        ("create", {"seconds": 4.5}, "fraction of a second"),
        ("create", {"num_frames": 96}, "num_frames"),
        ("create", {"rate": 25}, "fps"),
        ("create", {"negative_prompt": "b"}, "negative_prompt"),
        ("create", {"first_frame": {"file_id": "f"}}, "file id as first_frame"),
        ("create", {"first_frame": {"id": "v"}}, "video as first_frame"),
        ("create", {"before": {"id": "v"}, "after": {"id": "w"}}, "cutaway.fill"),
        ("create", {"steps": 8}, "cutaway.steps"),
        ("create", {"dry_run": True}, "cutaway.dry_run"),
        ("edit", {"video": {"id": "v"}}, "edit"),
        ("extend", {"video": {"id": "v"}, "seconds": 4}, "extend"),
        ("remix", {"video_id": "v"}, "remix"),
    ],
)
def test_what_it_has_no_word_for(operation: Any, asked: Any, capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability, match="OpenRouter") as caught:
        encoded(operation, prompt="a", **asked)
    assert caught.value.capability == capability
    assert caught.value.alternative


@pytest.mark.parametrize(
    ("said", "meant", "code"),
    [
        ("pending", "queued", None),
        ("in_progress", "in_progress", None),
        ("completed", "completed", None),
        ("failed", "failed", "unknown"),
        ("cancelled", "failed", "cancelled"),
        ("expired", "failed", "expired"),
    ],
)
def test_what_it_answers(said: str, meant: str, code: str | None) -> None:
    body = {"id": "gen-vid-1", "polling_url": "/api/v1/videos/gen-vid-1", "status": said, "error": "it broke"}
    video = wire.Video.model_validate(OpenRouterDialect().decode_video(body))
    assert video.status == meant
    assert (video.error.code, video.error.message) == (code, "it broke") if video.error else code is None


def test_bytes_are_where_it_signed_them_else_behind_the_key() -> None:
    dialect = OpenRouterDialect()
    signed = dialect.content({"id": "g", "urls": ["https://storage.x.org/g.mp4?sig=1"]}, "video")
    assert (signed.url, signed.query) == ("https://storage.x.org/g.mp4?sig=1", {})
    proxied = dialect.content({"id": "g", "unsigned_urls": ["/api/v1/videos/g/content?index=0"]}, "video")
    assert (proxied.url, proxied.query) == ("/videos/g/content", {"index": "0"})


# -- conversations -----------------------------------------------------------------------------


def test_from_prompt_to_file(talk: Any, tmp_path: Any) -> None:
    async def body(client: Any, settled: Any) -> Any:
        video = await settled(client.videos.create(prompt="a", model="google/veo-3.1", seconds=4, first_frame=PNG))
        assert video.status == "queued"
        done = await settled(video.wait())
        assert done.model_extra["usage"]["cost"] == 0.4
        return await settled(done.save(tmp_path / "a.mp4"))

    with StubServer(OpenRouter()) as server:
        assert talk(f"{server.url}/api/v1", body, api_key=KEY).read_bytes() == MOVIE
        assert [request.path for request in server.requests[:3]] == [
            "/api/v1/cutaway/capabilities", "/api/v1/models", "/api/v1/videos",
        ]  # fmt: skip
        assert server.app.made[0].frame_images[0].image_url.url == AS_URI


def test_a_signed_address_elsewhere_gets_no_key(talk: Any, tmp_path: Any) -> None:
    async def body(client: Any, settled: Any) -> Any:
        done = await settled((await settled(client.videos.create(prompt="a", model="google/veo-3.1"))).wait())
        return await settled(done.save(tmp_path / "a.mp4"))

    with StubServer(lambda _: Reply(200, b"elsewhere", {"content-type": "video/mp4"})) as storage:
        with StubServer(OpenRouter(elsewhere=storage.url)) as server:
            assert talk(f"{server.url}/api", body, api_key=KEY).read_bytes() == b"elsewhere"
        assert "authorization" not in storage.requests[0].headers
        assert storage.requests[0].query == {"signature": "abc"}


@pytest.mark.parametrize("deed", ["list", "delete", "cancel"])
def test_it_keeps_no_list_and_ends_nothing(deed: str) -> None:
    with StubServer(OpenRouter()) as server, Cutaway(f"{server.url}/api", KEY) as client:
        video = client.videos.create(prompt="a", model="google/veo-3.1")
        before = len(server.requests)
        with pytest.raises(errors.UnsupportedCapability, match=f"OpenRouter.*has no {deed}") as caught:
            client.videos.list() if deed == "list" else getattr(client.videos, deed)(video.id)
        assert len(server.requests) == before
        # The other way is one that this server has.
        assert "delete the video" not in str(caught.value)


@pytest.mark.parametrize(
    ("last", "kind"), [("failed", errors.JobFailed), ("cancelled", errors.JobCancelled), ("expired", errors.JobFailed)]
)
def test_jobs_that_end_otherwise(last: str, kind: type[Exception]) -> None:
    app = OpenRouter()
    app.statuses = ["pending", last]
    with StubServer(app) as server, Cutaway(f"{server.url}/api", KEY) as client, pytest.raises(kind):
        client.videos.create(prompt="a", model="google/veo-3.1").wait()


def test_its_refusals_keep_their_words() -> None:
    with StubServer(OpenRouter()) as server, Cutaway(f"{server.url}/api", KEY) as client:
        with pytest.raises(errors.BadRequest, match="duration must be one of"):
            client.videos.create(prompt="a", model="google/veo-3.1", seconds=5)
        with pytest.raises(errors.PermissionDenied, match="Input was flagged"):
            client.videos.create(prompt="flagged", model="google/veo-3.1")
        with pytest.raises(errors.NotFound, match="No endpoints found for sora"):
            client.videos.create(prompt="a", model="sora")
        with pytest.raises(errors.BadRequest, match="model"):
            client.videos.create(prompt="a")
