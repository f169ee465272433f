"""A hub of checkpoints, through huggingface_hub: what a repository holds, and its files, one by one.

A download goes on where it stopped. `hf_hub_download` no longer does: since huggingface_hub 1.x it throws a partial
file away when its process ends. So the bytes are fetched here with its `http_get`, into a file that is kept.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import MissingExtra
from cutaway_runtime.registry.errors import DamagedFile, HubError, HubForbidden, HubUnreachable, NotOnHub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BLOCK: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository; `sha256` where it is stored as a large file, else `blob` is its git object id."""

    path: str
    bytes: int
    sha256: str | None
    blob: str | None

    @property
    def tag(self) -> str:
        """Names the content: a partial download of other content is never gone on with."""
        return (self.sha256 or self.blob or "unknown")[:16]


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at one commit."""

    repo: str
    commit: str
    files: dict[str, RemoteFile]
    licence: str | None
    gated: bool


class Hub:
    """The hub at `endpoint`, else at HF_ENDPOINT, else huggingface.co; with the account that huggingface_hub finds.

    Raises:
        MissingExtra: huggingface_hub is not installed.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        # Asked for files, it would also tell the hub by whom and with what it is run.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            import huggingface_hub
            from huggingface_hub import utils
        except ImportError as error:
            raise MissingExtra("models", needed_for="pulling a model from a hub") from error
        utils.disable_progress_bars()
        self._api = huggingface_hub.HfApi(endpoint=endpoint)
        self.endpoint = self._api.endpoint

    def listing(self, repo: str, revision: str) -> Listing:
        """What `repo` holds at `revision`, a branch, a tag or a commit.

        Raises:
            HubUnreachable, HubForbidden, NotOnHub, HubError.
        """
        with _said(repo, self.endpoint):
            info = self._api.model_info(repo, revision=revision, files_metadata=True)
        if info.sha is None:
            raise HubError(f"{self.endpoint} does not say which commit of {repo} {revision} is", repo=repo)
        files = {}
        for entry in info.siblings or []:
            _plain(entry.rfilename, repo)
            large = entry.lfs.sha256 if entry.lfs else None
            files[entry.rfilename] = RemoteFile(entry.rfilename, entry.size or 0, large, entry.blob_id)
        card: dict[str, Any] = info.card_data.to_dict() if info.card_data else {}
        licence = card.get("license_name") or card.get("license")
        return Listing(repo, info.sha, files, str(licence) if licence else None, bool(info.gated))

    def fetch(self, listing: Listing, name: str, to: Path, told: Callable[[int], None]) -> str:
        """Bring one file to `to`, whole and with the bytes that the hub published; its sha256.

        What came before an interruption stays in a hidden file beside it, and the next call goes on from there.
        `told` hears how many bytes came; a negative number takes some back.

        Raises:
            DamagedFile: the bytes are not those that the hub published; they were deleted.
            HubUnreachable, HubForbidden, NotOnHub, HubError.
        """
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers

        remote = listing.files[name]
        to.parent.mkdir(parents=True, exist_ok=True)
        part = to.with_name(f".{to.name}.{remote.tag}.part")
        sink = _Sink(part, remote, told)
        try:
            url = hf_hub_url(listing.repo, name, revision=listing.commit, endpoint=self.endpoint)
            headers = {**build_hf_headers(library_name="cutaway"), "Accept-Encoding": "identity"}
            with _said(listing.repo, self.endpoint):
                http_get(url, sink, resume_size=sink.tell(), headers=headers, expected_size=remote.bytes)
        finally:
            sink.close()
        if wrong := sink.digest.wrong():
            part.unlink()
            raise DamagedFile(
                f"{name} of {listing.repo} came damaged: {wrong}; it was deleted, pull again. "
                "If that does not help, something between here and the hub alters files",
                path=to,
            )
        part.replace(to)
        return sink.digest.sha256


class _Digest:
    """The hashes of bytes as they go by, and what the hub published of them."""

    def __init__(self, remote: RemoteFile) -> None:
        self._remote = remote
        self._sha256 = hashlib.sha256()
        self._blob = hashlib.sha1(b"blob %d\0" % remote.bytes, usedforsecurity=False)
        self.length = 0

    def update(self, block: bytes) -> None:
        self._sha256.update(block)
        if self._remote.sha256 is None:
            self._blob.update(block)
        self.length += len(block)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def wrong(self) -> str | None:
        """How the bytes differ from what was published; None if they do not."""
        remote = self._remote
        if self.length != remote.bytes:
            return f"{self.length} bytes came of {remote.bytes}"
        if remote.sha256 and self.sha256 != remote.sha256:
            return f"its sha256 is {self.sha256}, and {remote.sha256} was published"
        if not remote.sha256 and remote.blob and self._blob.hexdigest() != remote.blob:
            return f"its git object is {self._blob.hexdigest()}, and {remote.blob} was published"
        return None


def sha256_if_same(path: Path, remote: RemoteFile) -> str | None:
    """The sha256 of a file here if it has the bytes that the hub publishes, else None."""
    if not path.is_file() or path.stat().st_size != remote.bytes:
        return None
    digest = _Digest(remote)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return None if digest.wrong() else digest.sha256


class _Sink:
    """The partial file as `http_get` writes it; what it already holds counts as come."""

    def __init__(self, path: Path, remote: RemoteFile, told: Callable[[int], None]) -> None:
        self._remote = remote
        self._told = told
        self._file = path.open("ab+")
        if self._file.tell() > remote.bytes:
            self._file.truncate(0)
        self.digest = _Digest(remote)
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._count(block)

    def _count(self, block: bytes) -> None:
        self.digest.update(block)
        self._told(len(block))

    def write(self, block: bytes) -> int:
        written = self._file.write(block)
        self._count(block)
        return written

    def tell(self) -> int:
        return self.digest.length

    def seek(self, offset: int, whence: int = 0) -> int:
        """Only back to the beginning: what `http_get` does when the server sends the whole file anew."""
        if offset or whence:
            raise OSError("a download only ever starts anew")
        return 0

    def truncate(self) -> int:
        self._told(-self.digest.length)
        self._file.truncate(0)
        self.digest = _Digest(self._remote)
        return 0

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def _plain(name: str, repo: str) -> None:
    """Names become paths on this machine, so they must not climb."""
    parts = name.split("/")
    if "\\" in name or ":" in name or "\0" in name or any(part in {"", ".", ".."} for part in parts):
        raise HubError(f"{repo} has a file called {name!r}, which is no plain path; nothing was fetched", repo=repo)


@contextmanager
def _said(repo: str, endpoint: str) -> Iterator[None]:
    """What the hub or the line to it answered, as our errors."""
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"{repo} was not asked for: HF_HUB_OFFLINE is set, which tells this machine to stay offline; unset it",
            repo=repo,
        ) from error
    except errors.GatedRepoError as error:
        raise HubForbidden(
            f"{repo} is open to accounts that its owner has let in: agree to its terms at {endpoint}/{repo}, then "
            "log in with `hf auth login` or set HF_TOKEN",
            repo=repo,
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise NotOnHub(
            f"{endpoint} has no such repository, revision or file in {repo}, or it is private: {_first(error)}",
            repo=repo,
        ) from error
    except errors.HfHubHTTPError as error:
        raise HubError(f"{endpoint} refused {repo}: {_first(error)}", repo=repo) from error
    except ValueError as error:
        raise HubError(f"{repo} cannot be fetched from {endpoint}: {_first(error)}", repo=repo) from error
    except (errors.HTTPError, OSError) as error:
        raise HubUnreachable(
            f"{endpoint} did not answer, or stopped answering, about {repo} ({_first(error)}). What has come is kept; "
            "the same command goes on from there",
            repo=repo,
        ) from error


def _first(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
