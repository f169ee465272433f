"""Stills and sound are made by few processes, each file by one, and by none that nobody waits for any more."""

import asyncio
import concurrent.futures
import sys
import time

import psutil
import pytest

from cutaway_runtime.server.makers import MOST, Makers, SourceGone
from cutaway_runtime.server.refusal import Refusal

MAKER = """
import os, sys, time
from pathlib import Path
source, out = map(Path, sys.argv[1:])
with open(source.parent / "made", "a") as made:
    made.write(f"{time.monotonic()} begins {os.getpid()}\\n")
out.with_name(f"{out.name}.{os.getpid()}.part").write_text("begun")
time.sleep(float(source.read_text()))
out.with_name(f"{out.name}.{os.getpid()}.part").replace(out)
with open(source.parent / "made", "a") as made:
    made.write(f"{time.monotonic()} ends {os.getpid()}\\n")
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "video.mp4"
    path.write_text("0.3")
    return path


def makers(**more):
    return Makers([sys.executable, "-S", "-c", MAKER], **more)


def told(source):
    return [line.split()[1:] for line in (source.parent / "made").read_text().splitlines()]


def test_a_file_is_made_once_however_many_ask(source):
    async def ask():
        ours = makers()
        out = source.with_name("thumbnail.jpg")
        await asyncio.gather(*(ours.make(source, out, "video_1") for _ in range(16)))
        return out.exists()

    assert asyncio.run(ask())
    assert [what for what, _pid in told(source)] == ["begins", "ends"]


def test_few_are_made_at_a_time(source):
    async def ask():
        ours = makers()
        await asyncio.gather(*(ours.make(source, source.with_name(f"{n}.jpg"), "video_1") for n in range(2 * MOST + 1)))

    asyncio.run(ask())
    under_way, most = 0, 0
    for what, _pid in told(source):
        under_way += 1 if what == "begins" else -1
        most = max(most, under_way)
    assert under_way == 0
    assert len(told(source)) == 2 * (2 * MOST + 1)
    assert most <= MOST


def test_nobody_makes_what_nobody_waits_for(source):
    source.write_text("30")
    out = source.with_name("thumbnail.jpg")

    def until_begun():
        while not list(source.parent.glob("*.part")):
            time.sleep(0.01)

    async def ask():
        ours = makers()
        waiting = asyncio.create_task(ours.make(source, out, "video_1"))
        await asyncio.to_thread(until_begun)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        source.write_text("0")
        await ours.make(source, out, "video_1")

    asyncio.run(ask())
    (_, gone), (_, other), _ended = told(source)
    assert gone != other
    assert not psutil.pid_exists(int(gone))
    assert out.exists()
    assert not list(source.parent.glob("*.part"))


def test_what_takes_too_long_or_has_no_source_is_refused(source):
    source.write_text("30")
    began = time.monotonic()
    with pytest.raises(Refusal, match="too long"):
        asyncio.run(makers(seconds=0.5).make(source, source.with_name("thumbnail.jpg"), "video_1"))
    assert time.monotonic() - began < 10
    assert not list(source.parent.glob("*.part"))
    source.unlink()
    with pytest.raises(SourceGone):
        asyncio.run(makers().make(source, source.with_name("thumbnail.jpg"), "video_1"))


def test_a_server_makes_a_still_once(runtime):
    video = runtime.wait(runtime.create()["id"])
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        asked = [
            pool.submit(runtime.get, f"/v1/videos/{video['id']}/content", params={"variant": "spritesheet"})
            for _ in range(16)
        ]
        makers_seen = set()
        while not all(one.done() for one in asked):
            for child in psutil.Process(runtime.process.pid).children():
                try:
                    if "cutaway_runtime.worker.variants" in child.cmdline():
                        makers_seen.add(child.pid)
                except psutil.Error:
                    continue
            time.sleep(0.01)
    answers = [one.result() for one in asked]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(makers_seen) == 1
