"""An extension in one piece, of a server that makes new frames only: the two are joined when it is saved."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from servers.fastvideo import FastVideo
from servers.frame import StubServer
from servers.openrouter import OpenRouter

from cutaway import AsyncCutaway, Cutaway, Rate, errors
from cutaway.client import stitching
from cutaway.home import Home
from cutaway.media.decode import Clip
from cutaway.media.encode import Recording, Writer

if TYPE_CHECKING:
    from pathlib import Path


def clip(path: Path, *greys: int, rate: int = 24, size: tuple[int, int] = (64, 48), sound: bool = False) -> Path:
    """A clip with a frame of each grey, and sound as long as they are if there is to be any."""
    width, height = size
    with Writer(path, width=width, height=height, rate=Rate.parse(rate), sound=[] if sound else None) as writer:
        if sound:
            tone = np.sin(np.arange(48_000 * len(greys) // rate, dtype=np.float32) * 0.06)[None] * np.float32(0.5)
            writer.add_sound(Recording(tone, 48_000, Fraction(0)))
        writer.write(np.stack([np.full((height, width, 3), grey, np.uint8) for grey in greys]))
        writer.finish()
    return path


def greys(path: Path) -> list[int]:
    """The grey of each frame, to the nearest ten: a lossy codec is between."""
    with Clip(path) as film:
        return [round(int(np.median(frame)) / 10) * 10 for frame in film.frames()]


@pytest.mark.parametrize(
    ("backward", "made", "whole"),
    [
        (False, (60, 90, 120), [20, 40, 60, 90, 120]),
        (True, (90, 120, 20), [90, 120, 20, 40, 60]),
    ],
)
def test_the_shared_picture_is_there_once(
    backward: bool, made: tuple[int, ...], whole: list[int], tmp_path: Path
) -> None:
    given, new = clip(tmp_path / "given.mp4", 20, 40, 60), clip(tmp_path / "new.mp4", *made)
    assert greys(stitching.joined(given, new, tmp_path / "whole.mp4", backward=backward)) == whole


def test_what_was_made_takes_the_size_rate_and_sound_of_the_clip(tmp_path: Path) -> None:
    given = clip(tmp_path / "given.mp4", 20, 20, 20, 20, 20, 20, sound=True)
    new = clip(tmp_path / "new.mp4", 20, 80, 140, rate=12, size=(128, 96))
    with Clip(stitching.joined(given, new, tmp_path / "whole.mp4")) as whole:
        assert (whole.info.width, whole.info.height, str(whole.info.rate)) == (64, 48, "24")
        assert len(whole) == 6 + 5
        assert whole.info.has_audio


@pytest.mark.parametrize("given_as", ["path", "bytes", "id"])
def test_from_a_call_to_one_file(given_as: str, tmp_path: Path) -> None:
    given = clip(tmp_path / "given.mp4", 20, 40, 60)
    app = OpenRouter()
    with StubServer(app) as server:
        with Cutaway(f"{server.url}/api", "k") as client:
            app.movie = given.read_bytes()
            source: Any = {
                "path": lambda: given,
                "bytes": given.read_bytes,
                "id": lambda: client.videos.create(prompt="a", model="google/veo-3.1", seconds=4).wait(),
            }[given_as]()
            video = client.videos.extend(
                prompt="b", video=source, seconds=4, output="full", emulate=True,
                extra_body={"model": "google/veo-3.1"},
            )  # fmt: skip
            assert video.cutaway is not None
            assert video.cutaway.emulated == [
                "extend: new frames, from the last picture of the clip, joined to it by save()"
            ]
            identity = video.wait().id
        # Another process, which knows nothing but the id.
        with Cutaway(f"{server.url}/api", "k") as client:
            again = client.videos.retrieve(identity)
            movies = {identity: clip(tmp_path / "new.mp4", 60, 90, 120).read_bytes()}
            app.movie_of = lambda name: movies.get(name, given.read_bytes())
            assert greys(again.save(tmp_path / "whole.mp4")) == [20, 40, 60, 90, 120]
            assert greys(again.save(tmp_path)) == [20, 40, 60, 90, 120]
            (tmp_path / "alone.mp4").write_bytes(client.videos.download_content(identity).read())
            assert greys(tmp_path / "alone.mp4") == [60, 90, 120]


def test_without_output_full_only_the_new_frames_are_saved(tmp_path: Path) -> None:
    given, app = clip(tmp_path / "given.mp4", 20, 40, 60), FastVideo()
    app.movie = clip(tmp_path / "new.mp4", 60, 90, 120).read_bytes()
    with StubServer(app) as server, Cutaway(server.url) as client:
        video = client.videos.extend(prompt="b", video=given, seconds=4, emulate=True).wait()
        assert greys(video.save(tmp_path / "saved.mp4")) == [60, 90, 120]


def test_a_clip_that_has_gone_is_named(tmp_path: Path) -> None:
    given, app = clip(tmp_path / "given.mp4", 20, 40, 60), FastVideo()
    app.movie = given.read_bytes()
    with StubServer(app) as server, Cutaway(server.url) as client:
        video = client.videos.extend(prompt="b", video=given, seconds=4, output="full", emulate=True).wait()
        given.unlink()
        with pytest.raises(errors.MediaError, match=r"given\.mp4, which is no longer there.*download_content"):
            video.save(tmp_path / "saved.mp4")
        assert not (tmp_path / "saved.mp4").exists()


def test_a_home_that_cannot_be_written_to_hides_no_job(tmp_path: Path, home: Path) -> None:
    given = clip(tmp_path / "given.mp4", 20, 40, 60)
    with StubServer(FastVideo()) as server, Cutaway(server.url) as client:
        client.videos.create(prompt="a")
        (home / "joins").write_text("a file where the folder should be")
        video = client.videos.extend(prompt="b", video=given, seconds=4, output="full", emulate=True)
        assert video.cutaway is not None
        assert "will not join it to the clip" in video.cutaway.emulated[-1]


def test_an_asynchronous_client_decodes_and_joins_beside_its_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, app = clip(tmp_path / "given.mp4", 20, 40, 60), FastVideo()
    app.movie = clip(tmp_path / "new.mp4", 60, 90, 120).read_bytes()
    opened: list[bool] = []
    opening = Clip.__init__

    def noted(self: Clip, *args: Any, **more: Any) -> None:
        opened.append(threading.current_thread() is threading.main_thread())
        opening(self, *args, **more)

    monkeypatch.setattr(Clip, "__init__", noted)

    async def extended(url: str) -> Path:
        async with AsyncCutaway(url, emulate=True) as client:
            video = await client.videos.extend(prompt="b", video=given, seconds=4, output="full")
            assert (await (await video.wait()).frame(-1).pixels()).shape == (48, 64, 3)
            return await video.save(tmp_path / "whole.mp4")

    with StubServer(app) as server:
        whole = asyncio.run(extended(server.url))
    assert opened
    assert not any(opened)
    assert greys(whole) == [20, 40, 60, 90, 120]


def test_notes_are_kept_for_a_month_and_damage_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("old", "new"):
        stitching.note(home, "server", name, stitching.Join({"id": name}))
    old, new = (next(p for p in home.joins.iterdir() if f'"{name}"' in p.read_text()) for name in ("old", "new"))
    assert json.loads(new.read_text()) == {"clip": {"id": "new"}, "backward": False}
    os.utime(old, (time.time() - stitching.KEPT - 60,) * 2)
    stitching.note(home, "server", "newest", stitching.Join({"url": "https://x.org/a.mp4"}, backward=True))
    assert stitching.noted(home, "server", "old") is None
    assert stitching.noted(home, "server", "new") == ({"id": "new"}, False)
    assert stitching.noted(home, "server", "newest") == ({"url": "https://x.org/a.mp4"}, True)
    assert stitching.noted(home, "another", "new") is None
    new.write_text("{")
    assert stitching.noted(home, "server", "new") is None
