"""What was made before, found by content: a folder, or any fsspec URL.

    <cache>/ab/abcdef.../media.mp4     the result
                         slate.json    what it is and where it came from; written last, so that it means "whole"

What is taken out is checked against the slate. A damaged or half-written entry is no entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from cutaway.errors import CutawayError, MissingExtra
from cutaway.storyboard.render.hashes import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 1024 * 1024


class CacheUnusable(CutawayError):
    """The cache cannot be reached, read or written; the message says which and what to do."""


@dataclass(frozen=True)
class Slate:
    """Where a result came from, and what it is. Seconds are those the work took; frames and rate are the file's."""

    key: str
    sha256: str
    size_bytes: int
    suffix: str
    model: str
    revision: str | None = None
    seed: int | None = None
    preview: bool = False
    prompt: str = ""
    job: str = ""
    frames: int | None = None
    rate: str | None = None
    size: str = ""
    seconds: float | None = None
    seam: float | None = None
    pictures: str | None = None
    """Of what it shows (`pictures.digest`)."""
    notes: list[str] = field(default_factory=list)
    video: dict[str, Any] = field(default_factory=dict)
    """The finished job, as the server described it."""

    @classmethod
    def parse(cls, text: str | bytes) -> Slate | None:
        try:
            found = json.loads(text)
            return cls(**{f.name: found[f.name] for f in fields(cls) if f.name in found})
        except (ValueError, TypeError, AttributeError):
            return None

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


class Cache(Protocol):
    """Results by key."""

    name: str

    def slate(self, key: str) -> Slate | None:
        """What is known of a result; None where there is none."""
        ...

    def fetch(self, slate: Slate, path: Path) -> bool:
        """Copies a result to `path`. False, and nothing there, where it is not what its slate says."""
        ...

    def store(self, slate: Slate, path: Path) -> None:
        """Keeps a result."""
        ...


def opened(given: str | None, default: Path) -> Cache:
    """The cache that `--cache` names: a folder, or a URL such as s3://bucket/renders; else the default folder.

    Raises:
        CacheUnusable: the URL is of no known kind, or its store cannot be reached.
        MissingExtra: URLs need the extra `render`.
    """
    if given is None:
        return FolderCache(default)
    if "://" not in given:
        return FolderCache(Path(given).expanduser())
    return UrlCache(given)


class FolderCache:
    """A cache in a folder. Several processes may use one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def slate(self, key: str) -> Slate | None:
        try:
            found = Slate.parse((self._entry(key) / "slate.json").read_bytes())
        except OSError:
            return None
        return found if found is not None and found.key == key else None

    def fetch(self, slate: Slate, path: Path) -> bool:
        try:
            with (self._entry(slate.key) / f"media{slate.suffix}").open("rb") as source:
                return _checked_copy(_chunks(source), slate, path)
        except FileNotFoundError:
            return False

    def store(self, slate: Slate, path: Path) -> None:
        entry = self._entry(slate.key)
        media = entry / f"media{slate.suffix}"
        part = entry / f".media.{os.getpid()}.part"
        try:
            entry.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, part)
            part.replace(media)
            write_atomically(entry / "slate.json", slate.text())
        except OSError as error:
            raise CacheUnusable(f"the cache {self.folder} cannot be written: {error.strerror or error}") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _entry(self, key: str) -> Path:
        return self.folder / key[:2] / key


class UrlCache:
    """A cache behind an fsspec URL: s3://, gs://, az://, sftp://, file://, memory://."""

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError as error:
            raise MissingExtra("render", needed_for=f"a cache at {url}") from error
        self.name = url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as error:
            raise CacheUnusable(f"{url}: {error}") from error
        self._root = self._root.rstrip("/")

    def slate(self, key: str) -> Slate | None:
        try:
            found = Slate.parse(self._files.cat_file(f"{self._entry(key)}/slate.json"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._unusable("read", error) from error
        return found if found is not None and found.key == key else None

    def fetch(self, slate: Slate, path: Path) -> bool:
        try:
            with self._files.open(f"{self._entry(slate.key)}/media{slate.suffix}", "rb") as source:
                return _checked_copy(_chunks(source), slate, path)
        except FileNotFoundError:
            return False
        except Exception as error:
            raise self._unusable("read", error) from error

    def store(self, slate: Slate, path: Path) -> None:
        entry = self._entry(slate.key)
        try:
            self._files.makedirs(entry, exist_ok=True)
            self._files.put_file(str(path), f"{entry}/media{slate.suffix}")
            self._files.pipe_file(f"{entry}/slate.json", slate.text().encode())
        except Exception as error:
            raise self._unusable("written", error) from error

    def _entry(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"

    def _unusable(self, what: str, error: Exception) -> CacheUnusable:
        return CacheUnusable(f"the cache {self.name} cannot be {what} ({type(error).__name__}: {error})")


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _checked_copy(chunks: Iterator[bytes], slate: Slate, path: Path) -> bool:
    """Writes a result beside its place and renames it, if it is what its slate says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != slate.sha256:
            return False
        part.replace(path)
        return True
    finally:
        part.unlink(missing_ok=True)
