"""LocalAI: what a submission is on its wire, and whole conversations with a stub of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from servers.frame import MOVIE, StubServer
from servers.localai import LocalAI

from cutaway import Cutaway, errors
from cutaway.client.dialects.localai import LocalAIDialect
from cutaway.client.submission import compose

PNG = b"\x89PNG\r\n\x1a\n and the rest"
BARE = base64.b64encode(PNG).decode()


def encoded(operation: Any, **asked: Any) -> Any:
    return LocalAIDialect("http://local:8080").encode(compose(operation, asked))


# -- words -------------------------------------------------------------------------------------


def test_its_own_words_and_its_own_route() -> None:
    sent = encoded(
        "create", prompt="a", model="wan", size="832x480", num_frames=49, rate=24, seed=3, negative_prompt="b",
        steps=8, guidance=5,
    )  # fmt: skip
    assert sent.path == "http://local:8080/video"
    assert sent.json == {
        "prompt": "a", "model": "wan", "width": 832, "height": 480, "num_frames": 49, "fps": 24, "seed": 3,
        "negative_prompt": "b", "step": 8, "cfg_scale": 5.0,
    }  # fmt: skip


@pytest.mark.parametrize(("seconds", "frames"), [(2, 48), (2.5, 60)])
def test_seconds_become_frames_by_the_rate(seconds: float, frames: int) -> None:
    assert encoded("create", prompt="a", seconds=seconds, rate=24).json == {
        "prompt": "a",
        "num_frames": frames,
        "fps": 24,
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [(PNG, BARE), ("https://x.org/a.png", "https://x.org/a.png"), (f"data:image/png;base64,{BARE}", BARE)],
)
def test_pictures_are_addresses_or_bare_base64(given: Any, sent: str) -> None:
    assert encoded("create", prompt="a", first_frame=given, last_frame=given).json == {
        "prompt": "a", "start_image": sent, "end_image": sent,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "asked", "capability", "alternative"),
    [
        ("create", {"seconds": 4}, "seconds", "seconds= with rate="),
        ("create", {"seconds": 4.5}, "fraction of a second", "num_frames="),
        ("create", {"rate": "24000/1001", "num_frames": 49}, "fractional rate (fps=24000/1001)", "rate=24"),
        ("create", {"seed": 2**31}, "seed as large as 2147483648", "one below 2147483648"),
        ("create", {"first_frame": {"id": "v"}}, "video as start_image", "a local picture or a URL"),
        ("create", {"style": "noir"}, "cutaway.style", "a server that speaks cutaway"),
        ("extend", {"video": {"id": "v"}}, "extend", "emulate=True"),
        ("edit", {"video": {"id": "v"}}, "edit", "create from the words alone"),
    ],
)
def test_what_it_has_no_word_for(operation: Any, asked: Any, capability: str, alternative: str) -> None:
    with pytest.raises(errors.UnsupportedCapability, match=r"http://local:8080 \(LocalAI\)") as caught:
        encoded(operation, prompt="a", **asked)
    assert caught.value.capability == capability
    assert alternative in str(caught.value.alternative)


@pytest.mark.parametrize("body", [None, {}, {"id": "a"}, {"id": "a", "data": []}, {"id": "a", "data": [{"url": ""}]}])
def test_an_answer_without_a_video_is_none(body: Any) -> None:
    with pytest.raises(ValueError, match="no video"):
        LocalAIDialect().decode_video(body)


# -- conversations -----------------------------------------------------------------------------


@pytest.mark.parametrize("base64_only", [False, True])
def test_the_answer_is_the_video(talk: Any, tmp_path: Any, base64_only: bool) -> None:
    async def body(client: Any, settled: Any) -> Any:
        video = await settled(client.videos.create(prompt="a", num_frames=24, rate=24, first_frame=PNG))
        assert (video.status, video.progress) == ("completed", 100)
        assert await settled(video.wait()) is video
        return await settled(video.save(tmp_path / "a.mp4"))

    with StubServer(LocalAI(key="k", base64_only=base64_only)) as server:
        assert talk(server.url, body, api_key="k").read_bytes() == MOVIE
        assert len(server.heard("POST")) == 1
        assert server.app.made[0].start_image == BARE
        assert [request.path for request in server.requests[:6]] == [
            "/v1/cutaway/capabilities", "/v1/models", "/health/liveliness", "/openapi.json", "/.well-known/localai.json",
            "/video",
        ]  # fmt: skip


@pytest.mark.parametrize("deed", ["list", "delete", "cancel", "retrieve"])
def test_nothing_can_be_asked_of_a_job_later(deed: str) -> None:
    with StubServer(LocalAI()) as server, Cutaway(server.url) as client:
        video = client.videos.create(prompt="a", num_frames=24)
        before = len(server.requests)
        with pytest.raises(errors.UnsupportedCapability, match=f"LocalAI.*has no {deed}"):
            client.videos.list() if deed == "list" else getattr(client.videos, deed)(video.id)
        assert len(server.requests) == before


def test_a_render_longer_than_the_patience_for_an_answer() -> None:
    with StubServer(LocalAI()) as server, Cutaway(server.url, timeout=0.2) as client:
        server.trouble(delay=0.6, path="^/video$")
        assert client.videos.create(prompt="a", num_frames=24).status == "completed"
        server.trouble(delay=0.6, path="^/video$")
        with pytest.raises(errors.SubmitUnknown):
            client.videos.create(prompt="a", num_frames=24, timeout=0.2)


def test_its_refusals_keep_their_words() -> None:
    app = LocalAI()
    with StubServer(app) as server, Cutaway(server.url) as client:
        with pytest.raises(errors.NotFound, match="model 'sora' not found"):
            client.videos.create(prompt="a", model="sora")
        app.failure = "rpc error: code = Unknown desc = out of memory"
        with pytest.raises(errors.ServerError, match="out of memory"):
            client.videos.create(prompt="a", max_retries=0)
