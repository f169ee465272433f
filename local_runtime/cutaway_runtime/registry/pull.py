"""Bring a model from a hub: the files that are read, each checked against the hash that the hub publishes.

    listing -> licence -> index -> texts -> room -> weights -> headers -> manifest.json

The manifest is written last; a pull that was killed has installed nothing, and the next one goes on from the bytes
that came. No pickle and no code is ever asked for.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cutaway_runtime.registry import layout, licence, weights
from cutaway_runtime.registry.errors import Busy, NoRoom, NotOnHub, RegistryError, UnknownCheckpoint, UnknownModel
from cutaway_runtime.registry.folder import Checkpoint, checked_configs
from cutaway_runtime.registry.hub import sha256_if_same
from cutaway_runtime.registry.known import LORAS, MANIFESTS
from cutaway_runtime.registry.manifest import HubSource, Licence, Lora, Manifest, WeightFile
from cutaway_runtime.registry.progress import Tally, unwatched
from cutaway_runtime.registry.reading import found, manifest_of
from cutaway_runtime.registry.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cutaway_runtime.registry.hub import Hub, Listing, RemoteFile
    from cutaway_runtime.registry.progress import Watch
    from cutaway_runtime.registry.store import Store

SPARE: Final = 256 << 20
"""Bytes of disk that a pull leaves free."""
_REPO: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def pull(
    store: Store,
    what: str,
    hub: Hub,
    *,
    model_id: str | None = None,
    revision: str | None = None,
    variant: str | None = None,
    watch: Watch = unwatched,
) -> Manifest | Lora:
    """Install `what`: the id of a known model or LoRA, or a repository ORG/NAME in the diffusers layout.

    Raises:
        UnknownModel: neither.
        LicenceNotAccepted: it wants an explicit yes first.
        PickleOnly, UnsafeCheckpoint, UnknownCheckpoint, DamagedFile: what the repository holds is not run here.
        NoRoom: the disk is too small.
        Busy: it is being pulled already.
        HubUnreachable, HubForbidden, NotOnHub, HubError: what the hub said.
    """
    wanted = _wanted(store, what, model_id)
    if wanted is None:
        repo, name = what, model_id or slug(what.rpartition("/")[2])
    else:
        licence.require(wanted, store.home)
        assert isinstance(wanted.source, HubSource)
        repo, name = wanted.source.repo, wanted.id
        variant = variant or (wanted.variant if isinstance(wanted, Manifest) else None)
    folder = store.folder_of(name)
    with _alone(store, name):
        listing = hub.listing(repo, revision or (wanted.source.revision if wanted else "main"))  # type: ignore[union-attr]
        fetcher = _Fetcher(store, name, hub, listing, watch)
        source = HubSource(repo=repo, revision=listing.commit)
        if isinstance(wanted, Lora):
            names = [file.path for file in wanted.files]
            fetcher.expect(names)
            files = fetcher.bring(names)
            for file in files:
                weights.header(folder / file.path)
            record: Manifest | Lora = wanted.model_copy(update={"files": files, "source": source})
        else:
            record = _model(fetcher, wanted, folder, name, source, variant)
        fetcher.tidy()
        store.put(record)
    return record


def slug(name: str) -> str:
    """A name as an id: lower case, everything else a dash."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:96] or "model"


def _wanted(store: Store, what: str, model_id: str | None) -> Manifest | Lora | None:
    """The known record, or None for a repository that nobody has described."""
    if what in MANIFESTS:
        return MANIFESTS[what]
    if what in LORAS:
        return LORAS[what]
    if not _REPO.fullmatch(what):
        store.get(what)  # installed by hand, or unknown: the message says so
        raise UnknownModel(f"{what} was added from this machine, so there is nothing to pull")
    everything: list[Manifest | Lora] = [*MANIFESTS.values(), *LORAS.values()]
    for known in everything:
        if isinstance(known.source, HubSource) and known.source.repo == what and model_id in {None, known.id}:
            return known
    return None


def _model(
    fetcher: _Fetcher, known: Manifest | None, folder: Path, name: str, source: HubSource, variant: str | None
) -> Manifest:
    listing = fetcher.listing
    if layout.INDEX not in listing.files:
        raise UnknownCheckpoint(
            f"{listing.repo} has no {layout.INDEX}, so it is not in the layout of diffusers; look for a repository of "
            "the same model whose name ends in Diffusers"
        )
    fetcher.bring([layout.INDEX])
    index = layout.index_of(
        json.loads((folder / layout.INDEX).read_text("utf-8")), where=f"{listing.repo}/{layout.INDEX}"
    )
    if known is not None and index.family != known.family:
        raise UnknownCheckpoint(f"{listing.repo} is of {index.pipeline}, and {known.id} should be of {known.pipeline}")
    names = layout.chosen(listing.files, index, variant)
    texts = [path for path in names if not path.endswith(".safetensors")]
    fetcher.expect(names)
    fetcher.bring(texts)
    checked_configs(folder, texts)
    files = fetcher.bring(names)
    checkpoint = Checkpoint.read(folder, variant=variant)
    made = manifest_of(checkpoint, model_id=name, title=listing.repo, source=source, files=files, variant=variant)
    if known is not None:
        return found(known, made)
    told = Licence(name=listing.licence or "unknown", url=f"{fetcher.hub.endpoint}/{listing.repo}")
    return made.model_copy(update={"licence": told})


class _Fetcher:
    """Brings files of one listing into a model's folder, and remembers which they are."""

    def __init__(self, store: Store, name: str, hub: Hub, listing: Listing, watch: Watch) -> None:
        self.hub = hub
        self.listing = listing
        self._store = store
        self._name = name
        self._folder = store.folder_of(name)
        self._watch = watch
        self._tally = Tally(0, unwatched)
        self._brought: dict[str, WeightFile] = {}
        self._pinned = self._pins()

    def _pins(self) -> dict[str, WeightFile]:
        """What an installed model was pinned to; its large files need not be read again."""
        try:
            return {file.path: file for file in self._store.get(self._name).manifest.files}
        except RegistryError:
            return {}

    def expect(self, names: Sequence[str]) -> None:
        """Say which files there will be, before any but the index comes.

        Raises:
            NotOnHub: the repository has not all of them.
            NoRoom: the disk is too small for what is still to come.
        """
        remotes = [self._remote(name) for name in names]
        self._folder.mkdir(parents=True, exist_ok=True)
        here = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        needed = sum(remote.bytes for remote in remotes) - here
        free = shutil.disk_usage(self._folder).free
        if needed + SPARE > free:
            raise NoRoom(
                f"{self._name} needs {needed / 1e9:.1f} GB more, and {self._folder} has {free / 1e9:.1f} GB free; "
                "make room, or set CUTAWAY_HOME to a larger disk",
                needed=needed,
                free=free,
            )
        self._tally = Tally(sum(remote.bytes for remote in remotes), self._watch)
        self._tally.add(sum(file.bytes for file in self._brought.values()))

    def bring(self, names: Sequence[str]) -> tuple[WeightFile, ...]:
        """Files that are here afterwards, with the hash of each."""
        for name in names:
            if name not in self._brought:
                self._tally.file = name
                self._brought[name] = self._one(name)
        return tuple(self._brought[name] for name in names)

    def _one(self, name: str) -> WeightFile:
        remote, path, pin = self._remote(name), self._folder / name, self._pinned.get(name)
        if pin is not None and pin.sha256 == remote.sha256 and path.is_file() and path.stat().st_size == remote.bytes:
            digest = pin.sha256
        else:
            digest = sha256_if_same(path, remote)
        if digest is not None:
            self._tally.add(remote.bytes)
            return WeightFile(path=name, bytes=remote.bytes, sha256=digest)
        # From here on the model is not what it was: until it is whole again it is not installed.
        (self._folder / MANIFEST).unlink(missing_ok=True)
        return WeightFile(
            path=name, bytes=remote.bytes, sha256=self.hub.fetch(self.listing, name, path, self._tally.add)
        )

    def _remote(self, name: str) -> RemoteFile:
        if name not in self.listing.files:
            raise NotOnHub(f"{self.listing.repo} has no file {name}", repo=self.listing.repo)
        return self.listing.files[name]

    def tidy(self) -> None:
        """Delete what an earlier revision or an interrupted pull has left."""
        for path in sorted(self._folder.rglob("*"), reverse=True):
            relative = path.relative_to(self._folder).as_posix()
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif relative not in self._brought and relative != MANIFEST:
                path.unlink()


@contextmanager
def _alone(store: Store, name: str) -> Iterator[None]:
    """One pull of a model at a time."""
    from filelock import FileLock, Timeout

    store.models.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store.models / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(f"{name} is being pulled by another process; wait for it, or stop it first") from error
    try:
        yield
    finally:
        lock.release()
