"""A frame of a video as pixels, and as an input for servers that cannot take it by the video's id."""

from __future__ import annotations

import inspect
import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from cutaway import Cutaway, errors
from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat, Reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "a-key-of-this-test"


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, movies: Any) -> bytes:
    """What the server's jobs have made: five frames, frame n is n * 40 bright."""
    path = tmp_path / "film.mkv"
    with Writer(path, width=32, height=16, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        for number in range(5):
            writer.write(np.full((16, 32, 3), number * 40, np.uint8))
        writer.finish()
    monkeypatch.setattr(sys.modules[type(movies).__module__], "MOVIE", path.read_bytes())
    return path.read_bytes()


def brightness(png: bytes) -> int:
    return int(np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).mean())


@pytest.mark.usefixtures("film")
def test_a_frame_has_pixels(act: Callable[[Any], Any], movies: Any) -> None:
    async def body(client: Any) -> None:
        video = await settled((await settled(client.videos.create(prompt="a"))).wait())
        frame = video.frame(2)
        assert isinstance(frame, Reference)
        pixels = await settled(frame.pixels())
        assert (pixels.shape, pixels.dtype, int(pixels.mean())) == ((16, 32, 3), np.uint8, 80)
        assert int((await settled(video.frame(-2).pixels())).mean()) == 120
        for outside in (5, -6):
            with pytest.raises(errors.MediaError):
                await settled(video.frame(outside).pixels())

    act(body)
    assert {seen.query.get("variant") for seen in movies.requests("GET", ".*/content")} == {None}


@pytest.mark.usefixtures("film")
def test_the_ends_come_as_the_pictures_that_the_server_has(client: Cutaway, movies: Any) -> None:
    video = client.videos.create(prompt="a").wait()
    for number in (0, -1):
        with pytest.raises(errors.UnreadableMedia):  # this server's pictures are none
            video.frame(number).pixels()
    fetched = [seen.query["variant"] for seen in movies.requests("GET", ".*/content")]
    assert fetched == ["first_frame", "last_frame"]


def test_a_frame_of_an_unfinished_video_cannot_be_seen(client: Cutaway, movies: Any) -> None:
    movies.script = [{"status": "queued"}]
    with pytest.raises(errors.Conflict):
        client.videos.create(prompt="a").frame(0).pixels()


@pytest.mark.usefixtures("film")
def test_a_plain_server_gets_the_picture(movies: Any) -> None:
    movies.dialect, movies.tells_events = "openai", False
    with Cutaway(movies.url, KEY, dialect="openai") as client:
        first = client.videos.create(prompt="a").wait()
        client.videos.create(prompt="b", first_frame=first.frame(-1))
        client.videos.create(prompt="c", first_frame={"id": first.id, "frame": 3})
    sent = [seen.files["input_reference"] for seen in movies.requests("POST", "/v1/videos")[1:]]
    assert [brightness(png) for png in sent] == [160, 120]


def test_a_cutaway_server_gets_its_name(client: Cutaway, movies: Any) -> None:
    first = client.videos.create(prompt="a")
    client.videos.create(prompt="b", first_frame=first.frame(-1))
    assert movies.requests("POST", "/v1/videos")[1].json["input_reference"] == {"id": first.id, "frame": -1}
    assert not movies.requests("GET", ".*/content")
