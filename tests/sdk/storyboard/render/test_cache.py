"""What every cache must do, in a folder and behind URLs."""

import hashlib
import sys

import pytest

from cutaway.errors import MissingExtra
from cutaway.storyboard.render.cache import CacheUnusable, FolderCache, Slate, UrlCache, opened

KEY = "ab" * 32


@pytest.fixture(params=["folder", "file", "memory"])
def cache(request, tmp_path):
    if request.param == "folder":
        return opened(str(tmp_path / "cache"), tmp_path / "unused")
    url = f"memory://cache-{tmp_path.name}" if request.param == "memory" else (tmp_path / "cache").as_uri()
    return opened(url, tmp_path / "unused")


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(256)) * 64)
    return path


def slate(path, key=KEY):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Slate(key, sha256, path.stat().st_size, ".mp4", "bars", seed=3, notes=["한국어"], video={"id": "video_1"})


def test_what_is_stored_is_found_and_fetched(cache, film, tmp_path):
    assert cache.slate(KEY) is None
    cache.store(slate(film), film)
    assert cache.slate(KEY) == slate(film)
    assert cache.fetch(slate(film), tmp_path / "out" / "copy.mp4")
    assert (tmp_path / "out" / "copy.mp4").read_bytes() == film.read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["copy.mp4"]


def test_storing_again_replaces(cache, film):
    cache.store(slate(film), film)
    film.write_bytes(b"another")
    cache.store(slate(film), film)
    assert cache.slate(KEY).size_bytes == 7


def test_what_is_not_what_its_slate_says_is_not_handed_out(cache, film, tmp_path):
    good = slate(film)
    cache.store(good, film)
    film.write_bytes(b"damaged")
    cache.store(good, film)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(b"what was there")
    assert not cache.fetch(good, copy)
    assert copy.read_bytes() == b"what was there"


def test_an_entry_without_its_media_is_none(tmp_path, film):
    cache = FolderCache(tmp_path / "cache")
    cache.store(slate(film), film)
    (tmp_path / "cache" / "ab" / KEY / "media.mp4").unlink()
    assert not cache.fetch(slate(film), tmp_path / "copy.mp4")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "other"}'])
def test_a_slate_that_cannot_be_read_is_no_entry(tmp_path, film, text):
    cache = FolderCache(tmp_path / "cache")
    cache.store(slate(film), film)
    (tmp_path / "cache" / "ab" / KEY / "slate.json").write_text(text)
    assert cache.slate(KEY) is None


def test_a_url_of_no_known_kind_says_so(tmp_path):
    with pytest.raises(CacheUnusable, match="nowhere"):
        opened("nowhere://bucket", tmp_path)


def test_a_folder_that_cannot_be_written_says_so(tmp_path, film):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(CacheUnusable, match="cannot be written"):
        FolderCache(tmp_path / "cache").store(slate(film), film)


def test_a_url_needs_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtra, match=r"cutaway\[render\]"):
        UrlCache("memory://x")
