"""Each way to emulate against each stub server that needs it, from the call to frames on disk; or refused, unsent.

A row of `WAYS` that a server is not named in must be refused there before anything is posted.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from servers import fastvideo, sglang, trtllm, vllm_omni
from servers.frame import StubServer
from servers.litellm import LiteLLM
from servers.localai import LocalAI
from servers.openrouter import OpenRouter

from cutaway import Cutaway, Rate, errors
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from servers.frame import Heard

GIVEN, NEW, BEHIND = (20, 40, 60), (60, 90, 120), (140, 160, 180)
"""The greys of the clip that is worked on, of what each server makes, and of the shot behind a gap."""
SERVERS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "sglang": (sglang.app, "", {}),
    "vllm_omni": (vllm_omni.app, "", {}),
    "fastvideo": (fastvideo.FastVideo, "", {}),
    "trtllm": (trtllm.app, "", {}),
    "litellm": (LiteLLM, "", {"model": "sora"}),
    "openrouter": (OpenRouter, "/api", {"model": "google/veo-3.1"}),
    "localai": (LocalAI, "", {"rate": 24}),
}
"""How each is made, what its address ends in, and what it wants with every create."""
FIRST = frozenset({"sglang", "vllm_omni", "fastvideo", "trtllm", "litellm", "openrouter", "localai"})
LAST = frozenset({"vllm_omni", "openrouter", "localai"})
SHOWN = frozenset({"sglang", "vllm_omni", "trtllm"})
SECONDS = frozenset({"litellm", "openrouter"})
WAYS: dict[str, tuple[frozenset[str], list[int], tuple[int, ...]]] = {
    # where it goes, the greys of the pictures that the server is sent, and those of the frames that are saved
    "extend": (FIRST, [60], NEW),
    "extend_whole": (FIRST, [60], (*GIVEN, *NEW[1:])),
    "extend_backward": (LAST, [20], NEW),
    "fill": (LAST, [60, 140], NEW),
    "fill_from_one_side": (FIRST - LAST, [60], NEW),
    "loop_of_a_clip": (LAST, [60, 20], NEW),
    "loop_from_a_picture": (LAST, [20, 20], NEW),
    "edit": (SHOWN, [], NEW),
    "edit_by_id": (SHOWN, [], NEW),
    "remix": (SHOWN, [], NEW),
    "style": (FIRST, [], NEW),
    "priority": (FIRST, [], NEW),
    "whole_seconds": (SECONDS, [], NEW),
}
BY_ID = frozenset({"edit_by_id", "remix"})
"""Those that are about a video which the server made."""
ELSEWHERE = {
    ("fill_from_one_side", server): "it takes the picture behind the gap too" for server in LAST
} | {
    ("fill", server): "it takes the picture before the gap only" for server in FIRST - LAST
} | {
    (way, "litellm"): "it has edits and remixes" for way in ("edit", "edit_by_id", "remix")
} | {
    ("whole_seconds", server): "it counts frames" for server in FIRST - SECONDS
}  # fmt: skip
"""Where there is nothing to emulate."""


def clip(path: Path, *greys: int) -> Path:
    with Writer(path, width=64, height=48, rate=Rate.parse(24)) as writer:
        writer.write(np.stack([np.full((48, 64, 3), grey, np.uint8) for grey in greys]))
        writer.finish()
    return path


def greys(path: Path) -> tuple[int, ...]:
    """The grey of each frame, to the nearest ten: a lossy codec is between."""
    with Clip(path) as film:
        return tuple(round(int(np.median(frame)) / 10) * 10 for frame in film.frames())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("clips")
    for name, shades in (("given", GIVEN), ("new", NEW), ("behind", BEHIND)):
        clip(folder / f"{name}.mp4", *shades)
    clip(folder / "still.mp4", GIVEN[0])
    return folder


def asked_for(way: str, videos: Any, folder: Path, about: dict[str, Any], made: str) -> Any:
    given, timed = folder / "given.mp4", {"num_frames": 72, "rate": 24} | about
    if about.get("model"):
        timed = {"seconds": 4} | about
    picture = np.full((48, 64, 3), GIVEN[0], np.uint8)
    still = {name: value for name, value in timed.items() if name != "rate"}
    match way:
        case "extend":
            return videos.extend(prompt="a", video=given, output="segment", **still)
        case "extend_whole":
            return videos.extend(prompt="a", video=given, **still, output="full")
        case "extend_backward":
            return videos.extend(prompt="a", video=given, direction="backward", **still)
        case "fill" | "fill_from_one_side":
            return videos.fill(prompt="a", before=given, after=folder / "behind.mp4", **timed)
        case "loop_of_a_clip":
            return videos.loop(prompt="a", video=given, model=about.get("model"))
        case "loop_from_a_picture":
            return videos.create(prompt="a", first_frame=picture, loop=True, **timed)
        case "edit":
            return videos.edit(prompt="a", video=given, model=about.get("model"))
        case "edit_by_id":
            return videos.edit(prompt="a", video={"id": made}, model=about.get("model"))
        case "remix":
            return videos.remix(made, prompt="a")
        case "style":
            return videos.create(prompt="a", style="film noir", **timed)
        case "priority":
            return videos.create(prompt="a", priority="batch", **timed)
    return videos.create(prompt="a", num_frames=97, rate=24, **about)


def pictures(heard: Heard, folder: Path) -> list[int]:
    """The greys of the pictures that came with a request, in their order."""
    sent = [part.content for _, part in heard.files if part.media_type.startswith("image/")]
    sent += [base64.b64decode(text.partition("base64,")[2] or text) for text in _texts(heard.json)]
    found = []
    for picture in sent:
        (folder / "sent.png").write_bytes(picture)
        with Clip(folder / "sent.png") as still:
            found.append(round(int(np.median(still.read(0, 1))) / 10) * 10)
    return found


def _texts(value: Any) -> list[str]:
    """Every text in a body that holds a PNG."""
    if isinstance(value, str):
        return [value] if value.startswith(("data:image/png", "iVBORw0KGgo")) else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]


def _made_before(client: Cutaway, about: dict[str, Any]) -> Any:
    timed = {"seconds": 4} if about.get("model") else {"num_frames": 72}
    return client.videos.create(prompt="first", **timed, **about).wait()


CASES = [(way, server) for way in WAYS for server in SERVERS if (way, server) not in ELSEWHERE]


@pytest.mark.parametrize(("way", "server"), CASES)
def test_what_was_asked_comes_to_disk_and_says_how_or_is_refused_unsent(
    way: str, server: str, folder: Path, tmp_path: Path
) -> None:
    make, below, about = SERVERS[server]
    where, sent, saved = WAYS[way]
    app = make()
    app.movie = (folder / "new.mp4").read_bytes()
    with StubServer(app) as served, Cutaway(served.url + below, "k", dialect=server) as client:
        made = _made_before(client, about).id if way in BY_ID else ""
        before = len(served.heard("POST"))
        with pytest.raises(errors.UnsupportedCapability):
            asked_for(way, client.videos, folder, about, made)
        emulating = client.with_options(emulate=True)
        if server not in where:
            with pytest.raises(errors.UnsupportedCapability) as refused:
                asked_for(way, emulating.videos, folder, about, made)
            assert len(served.heard("POST")) == before
            assert refused.value.alternative
            return
        assert len(served.heard("POST")) == before
        video = asked_for(way, emulating.videos, folder, about, made)
        assert video.cutaway is not None
        assert video.cutaway.emulated, "it says so from the start"
        done = video.wait()
        assert done.cutaway.emulated == video.cutaway.emulated
        expected = {"whole_seconds": "fps", "remix": "edit"}.get(way, way.partition("_")[0])
        assert any(note.startswith(expected) for note in done.cutaway.emulated), done.cutaway.emulated
        (posted,) = served.heard("POST")[before:]
        assert pictures(posted, tmp_path) == sent
        if expected == "edit":
            clip_of = {"edit": (folder / "given.mp4").read_bytes()}.get(way, app.movie)
            assert [part.content for _, part in posted.files] == [clip_of]
        assert greys(done.save(tmp_path / "saved.mp4")) == saved
