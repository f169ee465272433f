"""A file gets its name when all of it is on disk and is what the server holds."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cutaway import AsyncCutaway, Cutaway, Video, errors
from cutaway.client.download import Source, file_name, save, version_of
from cutaway.client.io import run
from cutaway.client.local import locked
from cutaway.client.session import Session

MOVIE = bytes(range(256)) * 4000


@pytest.fixture
def video(client: Cutaway, movies: Any) -> Video:
    job = movies.add()
    movies.finish(job["id"])
    return client.videos.retrieve(job["id"])


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".part" in path.name)


def fault(movies: Any, **facts: Any) -> None:
    module = sys.modules[type(movies).__module__]
    movies.faults.append(module.Fault(r"GET .*/content", **facts))


def test_a_video_is_saved_whole_under_its_name(video: Video, tmp_path: Path) -> None:
    saved = video.save(tmp_path / "ball.mp4")
    assert saved == tmp_path / "ball.mp4"
    assert saved.read_bytes() == MOVIE
    assert leftovers(tmp_path) == []


def test_into_a_folder_it_is_named_by_its_id_and_kind(video: Video, tmp_path: Path) -> None:
    assert video.save(tmp_path).name == f"{video.id}.mp4"
    assert video.save(tmp_path, variant="last_frame").name == f"{video.id}-last_frame.png"


def test_a_save_replaces_an_older_file(video: Video, tmp_path: Path) -> None:
    target = tmp_path / "ball.mp4"
    target.write_bytes(b"old")
    video.save(target)
    assert target.read_bytes() == MOVIE


def test_a_download_that_breaks_goes_on_by_itself(video: Video, movies: Any, tmp_path: Path) -> None:
    fault(movies, cut_after=300_000)
    fault(movies, cut_after=200_000)
    assert video.save(tmp_path / "ball.mp4").read_bytes() == MOVIE
    ranges = [seen.headers.get("range") for seen in movies.requests("GET", ".*/content")]
    assert ranges[0] is None
    starts = [int(text.removeprefix("bytes=").removesuffix("-")) for text in ranges[1:]]
    assert 0 < starts[0] <= 300_000
    assert starts[0] < starts[1] <= 500_000


def test_a_later_save_goes_on_where_an_earlier_one_died(movies: Any, video: Video, tmp_path: Path) -> None:
    target = tmp_path / "ball.mp4"
    with Cutaway(movies.url, "a-key-of-this-test", max_retries=0) as hasty:
        fault(movies, cut_after=300_000)
        fault(movies, cut_after=0)
        with pytest.raises(errors.DownloadError) as caught:
            hasty.videos.retrieve(video.id).save(target)
    assert caught.value.path == tmp_path / "ball.mp4.part"
    held = caught.value.path.stat().st_size
    assert 0 < held <= 300_000
    assert not target.exists()
    assert video.save(target).read_bytes() == MOVIE
    assert movies.requests("GET", ".*/content")[-1].headers["range"] == f"bytes={held}-"
    assert leftovers(tmp_path) == []


def test_part_of_another_version_is_not_added_to(video: Video, movies: Any, tmp_path: Path) -> None:
    (tmp_path / "ball.mp4.part").write_bytes(b"z" * 1000)
    (tmp_path / "ball.mp4.part.etag").write_text('"another"')
    assert video.save(tmp_path / "ball.mp4").read_bytes() == MOVIE


def test_part_of_an_unknown_version_is_not_added_to(video: Video, movies: Any, tmp_path: Path) -> None:
    (tmp_path / "ball.mp4.part").write_bytes(b"z" * 1000)
    assert video.save(tmp_path / "ball.mp4").read_bytes() == MOVIE
    assert "range" not in movies.requests("GET", ".*/content")[-1].headers


def test_a_part_that_is_too_long_is_thrown_away(video: Video, movies: Any, tmp_path: Path) -> None:
    video.save(tmp_path / "first.mp4")
    fault(movies, cut_after=10)
    fault(movies, cut_after=0)
    with Cutaway(movies.url, "a-key-of-this-test", max_retries=0) as hasty, pytest.raises(errors.DownloadError):
        hasty.videos.retrieve(video.id).save(tmp_path / "ball.mp4")
    (tmp_path / "ball.mp4.part").write_bytes(MOVIE + b"more")
    assert video.save(tmp_path / "ball.mp4").read_bytes() == MOVIE


def test_wrong_bytes_get_no_name(video: Video, movies: Any, tmp_path: Path) -> None:
    movies.wrong_digest = True
    with pytest.raises(errors.DownloadError, match="SHA-256"):
        video.save(tmp_path / "ball.mp4")
    assert leftovers(tmp_path) == ["ball.mp4.part"]
    movies.wrong_digest = False
    assert video.save(tmp_path / "ball.mp4").read_bytes() == MOVIE


def test_the_jobs_own_digest_counts_where_the_answer_has_none(scripted: Any, tmp_path: Path) -> None:
    job = {"id": "v", "status": "completed", "cutaway": {"state": "completed", "sha256": "0" * 64}}
    scripted.expect("GET /v1/videos/v", job)
    scripted.expect("GET /v1/videos/v/content", [b"movie"])
    video = Cutaway("http://server", dialect="cutaway", io=scripted).videos.retrieve("v")
    with pytest.raises(errors.DownloadError, match="0000"):
        video.save(tmp_path / "v.mp4")


def test_an_unfinished_video_has_no_content(client: Cutaway, movies: Any, tmp_path: Path) -> None:
    movies.script = [{"status": "queued"}]
    video = client.videos.retrieve(movies.add()["id"])
    with pytest.raises(errors.Conflict):
        video.save(tmp_path / "ball.mp4")
    assert leftovers(tmp_path) == []


def test_a_folder_that_is_missing_is_named_before_anything_is_fetched(
    video: Video, movies: Any, tmp_path: Path
) -> None:
    with pytest.raises(errors.DownloadError, match="no such folder"):
        video.save(tmp_path / "no" / "ball.mp4")
    assert movies.requests("GET", ".*/content") == []


def test_content_in_memory_can_be_written_as_the_contract_has_it(client: Cutaway, video: Video, tmp_path: Path) -> None:
    content = client.videos.download_content(video.id, variant="video")
    assert content.read() == MOVIE
    content.write_to_file(tmp_path / "ball.mp4")
    assert (tmp_path / "ball.mp4").read_bytes() == MOVIE
    assert client.videos.download_content(video.id, variant="thumbnail").media_type == "image/png"


def test_wrong_content_in_memory_is_refused(client: Cutaway, video: Video, movies: Any) -> None:
    movies.wrong_digest = True
    with pytest.raises(errors.DownloadError):
        client.videos.download_content(video.id)


def test_the_asynchronous_face_saves_and_goes_on_too(async_client: AsyncCutaway, movies: Any, tmp_path: Path) -> None:
    job = movies.add()
    movies.finish(job["id"])
    fault(movies, cut_after=300_000)

    async def saved() -> Path:
        async with async_client as client:
            return await (await client.videos.retrieve(job["id"])).save(tmp_path / "ball.mp4")

    assert asyncio.run(saved()).read_bytes() == MOVIE
    assert len(movies.requests("GET", ".*/content")) == 2


def test_a_body_in_a_data_uri_is_saved_like_any_other(scripted: Any, tmp_path: Path) -> None:
    session = Session(scripted, base_url="http://server", dialect="openai")
    text = base64.b64encode(MOVIE).decode()
    good = Source(f"data:video/mp4;base64,{text}", {}, "movie", hashlib.sha256(MOVIE).hexdigest())
    assert run(save(session, good, tmp_path)) == tmp_path / "movie.mp4"
    assert (tmp_path / "movie.mp4").read_bytes() == MOVIE
    with pytest.raises(errors.DownloadError, match="SHA-256"):
        run(save(session, Source(f"data:video/mp4;base64,{text}", {}, "movie", "0" * 64), tmp_path / "other.mp4"))
    with pytest.raises(errors.APIError, match="not base64"):
        run(save(session, Source("data:video/mp4;base64,###", {}, "movie"), tmp_path / "other.mp4"))
    assert not (tmp_path / "other.mp4").exists()


DATES = {"last-modified": "Sun, 22 Nov 2026 10:00:00 GMT", "date": "Sun, 22 Nov 2026 10:05:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({"etag": '"abc"', **DATES}, '"abc"'),
        ({"etag": 'W/"abc"', **DATES}, ""),
        (DATES, DATES["last-modified"]),
        ({**DATES, "date": "Sun, 22 Nov 2026 10:00:30 GMT"}, ""),
        ({"last-modified": DATES["last-modified"]}, ""),
        ({**DATES, "last-modified": "yesterday"}, ""),
        ({}, ""),
    ],
)
def test_what_tells_one_version_from_another(headers: dict[str, str], version: str) -> None:
    assert version_of(headers) == version


def test_an_address_that_was_signed_for_a_while_is_asked_for_anew(scripted: Any, tmp_path: Path) -> None:
    job = {"id": "v", "object": "video", "status": "completed", "created_at": 1}
    scripted.expect("GET /v1/videos/v", {**job, "url": "https://bucket/v?signature=old"})
    client = Cutaway("http://server", "k", dialect="sglang", io=scripted)
    video = client.videos.retrieve("v")
    scripted.expect(r"GET https://bucket/v\?signature=old", ({}, 403))
    scripted.expect("GET /v1/videos/v", {**job, "url": "https://bucket/v?signature=new"})
    scripted.expect(r"GET https://bucket/v\?signature=new", [b"movie"])
    assert video.save(tmp_path / "v.mp4").read_bytes() == b"movie"
    assert ["Authorization" in request.headers for request in scripted.sent] == [True, False, True, False]


def test_an_address_that_stays_refused_is_refused(scripted: Any, tmp_path: Path) -> None:
    job = {"id": "v", "object": "video", "status": "completed", "created_at": 1, "url": "https://bucket/v"}
    client = Cutaway("http://server", "k", dialect="sglang", io=scripted)
    scripted.expect("GET /v1/videos/v", job)
    video = client.videos.retrieve("v")
    scripted.expect("GET https://bucket/v", ({}, 403))
    scripted.expect("GET /v1/videos/v", job)
    with pytest.raises(errors.PermissionDenied):
        video.save(tmp_path / "v.mp4")


@pytest.mark.parametrize("identity", ["../../etc/passwd", "/etc/passwd", "a/b", "..", "", "v" * 400, "video_ä=="])
def test_an_id_never_leads_out_of_the_folder_and_fits_a_disk(scripted: Any, tmp_path: Path, identity: str) -> None:
    session = Session(scripted, base_url="http://server", dialect="openai")
    saved = run(save(session, Source("data:video/mp4;base64,YQ==", {}, identity), tmp_path))
    assert saved.parent == tmp_path
    assert saved.read_bytes() == b"a"
    assert saved.suffix == ".mp4"
    assert file_name("v" * 400) != file_name("v" * 401)


def test_two_do_not_fetch_into_one_file(video: Video, movies: Any, tmp_path: Path) -> None:
    target = tmp_path / "ball.mp4"
    with (tmp_path / "ball.mp4.part.lock").open("ab") as other:
        assert locked(other)
        with pytest.raises(errors.DownloadError, match="another process"):
            video.save(target)
    assert movies.requests("GET", ".*/content") == []
    assert video.save(target).read_bytes() == MOVIE
    assert leftovers(tmp_path) == []


def test_a_disk_without_room_is_found_out_before_anything_is_written(
    video: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(errors.DownloadError, match="make room"):
        video.save(tmp_path / "ball.mp4")
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_write_that_fails_is_typed_and_gone_on_with(video: Video, movies: Any, tmp_path: Path) -> None:
    target = tmp_path / "ball.mp4"
    program = f"""
import resource, signal
from cutaway import Cutaway, errors
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Cutaway({movies.url!r}, "a-key-of-this-test") as client:
    video = client.videos.retrieve({video.id!r})
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        video.save({str(target)!r})
    except errors.DownloadError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "cannot be written" in done.stdout, done.stderr
    assert "goes on from there" in done.stdout
    assert 0 < target.with_name("ball.mp4.part").stat().st_size <= 300_000
    assert video.save(target).read_bytes() == MOVIE
    assert "range" in movies.requests("GET", ".*/content")[-1].headers


def test_a_place_that_cannot_be_written_is_typed(video: Video, tmp_path: Path) -> None:
    (tmp_path / "ball.mp4.part").mkdir()
    with pytest.raises(errors.DownloadError, match="cannot be written"):
        video.save(tmp_path / "ball.mp4")


def test_a_download_survives_kills_of_client_and_server() -> None:
    script = Path(__file__).parents[3] / "benchmarks" / "download.py"
    asked = ["--mb", "20", "--kills", "3", "--rate", "30", "--rounds", "0"]
    done = subprocess.run([sys.executable, script, *asked], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
