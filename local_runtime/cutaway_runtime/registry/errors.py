"""What can go wrong with checkpoints, as a tree.

    CutawayError
    +-- RegistryError                a checkpoint that cannot be listed, fetched, added or run
        +-- UnknownModel             nobody here knows the id            .near
        |   +-- NotInstalled         known, and not on this machine yet
        +-- DamagedManifest          a manifest that cannot be read      .path
        +-- UnsafeCheckpoint         opening it could run code, or reach outside its folder    .path
        |   +-- PickleOnly           weights only as a pickle
        +-- DamagedFile              not a checkpoint's file, or not the bytes it should be    .path
        +-- UnknownCheckpoint        readable, and of no pipeline that cutaway runs
        +-- LicenceNotAccepted       its licence wants an explicit yes   .model
        +-- Busy                     another process is at it
        +-- NoRoom                   the disk is too small               .needed .free
        +-- HubError                 the hub said no                     .repo
            +-- HubUnreachable       no answer, or offline by choice
            +-- HubForbidden         the hub wants an account that was let in
            +-- NotOnHub             no such repository, revision or file

Each has `exit_code`, what `cutaway models` ends with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cutaway.errors import CutawayError

if TYPE_CHECKING:
    from pathlib import Path


class RegistryError(CutawayError):
    """A checkpoint that cannot be listed, fetched, added or run."""

    exit_code: ClassVar[int] = 2


class UnknownModel(RegistryError):
    """Nobody here knows the id; `near` are the ids that look like it."""

    def __init__(self, message: str, *, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near


class NotInstalled(UnknownModel):
    """Known by name, and not on this machine: `cutaway models pull` fetches it."""


class DamagedManifest(RegistryError):
    """A manifest that cannot be read; `path` is its file."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


class UnsafeCheckpoint(RegistryError):
    """Opening it could run code, or reach outside its folder; it was left closed."""

    def __init__(self, message: str, *, path: Path | str) -> None:
        super().__init__(message)
        self.path = path


class PickleOnly(UnsafeCheckpoint):
    """Weights only as a pickle, which runs code when it is opened."""


class DamagedFile(RegistryError):
    """A file that is not what its name says, or not the bytes it should be."""

    def __init__(self, message: str, *, path: Path | str) -> None:
        super().__init__(message)
        self.path = path


class UnknownCheckpoint(RegistryError):
    """Readable, and of no pipeline or shape that cutaway runs."""


class LicenceNotAccepted(RegistryError):
    """The licence of `model` wants an explicit yes first: `cutaway models accept`."""

    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, *, model: str) -> None:
        super().__init__(message)
        self.model = model


class Busy(RegistryError):
    """Another process is pulling the same model."""


class NoRoom(RegistryError):
    """The disk has `free` bytes and `needed` are to come."""

    def __init__(self, message: str, *, needed: int, free: int) -> None:
        super().__init__(message)
        self.needed = needed
        self.free = free


class HubError(RegistryError):
    """The hub answered, and not with what was asked."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, repo: str) -> None:
        super().__init__(message)
        self.repo = repo


class HubUnreachable(HubError):
    """No answer came, or this machine is told to stay offline."""

    exit_code: ClassVar[int] = 4


class HubForbidden(HubError):
    """The hub wants an account that the repository's owner has let in."""

    exit_code: ClassVar[int] = 6


class NotOnHub(HubError):
    """No such repository, revision or file."""

    exit_code: ClassVar[int] = 2
