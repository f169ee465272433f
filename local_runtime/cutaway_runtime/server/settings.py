"""What a server was started with."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import URL

JSON_BYTES: Final = 1024 * 1024
"""Of a body, without the files in it."""
MAX_QUEUED: Final = 10_000
"""Jobs that may wait at a time."""
DISK_RESERVE: Final = 256 * 1024**2
"""Bytes of the disk that nothing new is given."""
STUCK_SECONDS: Final = 60.0
"""Without progress, after which a worker may be ended: never sooner."""
UPLOAD_BYTES: Final = 2 * 1024**3
"""Of one request's files together."""

URL_BYTES: Final = 256 * 1024**2
"""Of one file that is fetched from an address."""

HOSTED: Final = ("sora-2", "sora-2-pro")
"""Names that code written for the contract's first server sends."""


@dataclass(frozen=True)
class Settings:
    """One server. `keys` empty means that everybody on this machine may use it."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    keys: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    idle_exit: float | None = None
    """Seconds without a request, a listener or a job after which the server ends."""
    upload_bytes: int = UPLOAD_BYTES
    json_bytes: int = JSON_BYTES
    keep_seconds: float | None = None
    """How long the file of a finished video is kept, and an upload; for ever if None."""
    keep_bytes: int | None = None
    """How much the finished videos may be together; then the oldest goes."""
    max_queued: int = MAX_QUEUED
    disk_reserve: int = DISK_RESERVE
    url_references: frozenset[str] = frozenset()
    """Schemes of the addresses from which pictures and clips are fetched: none, `https`, or `http` too."""
    url_bytes: int = URL_BYTES
    url_seconds: float = 30.0
    webhook_url: str | None = None
    """Where the end of every job is told; nowhere if None."""
    webhook_secret: str = ""
    """With which what is told is signed: `whsec_` and base64."""
    aliases: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(HOSTED, ""))
    """Other names for models; "" stands for whichever is best for what is asked."""
    database: URL | None = None
    """PostgreSQL, where jobs are kept there; several servers may then share it and the data folder."""
    home: Path | None = None
    """Where this server's own log and note lie; the data folder if None."""
    stuck_seconds: float = STUCK_SECONDS
    """A worker that lives and makes no progress is ended after so long, or ten of the job's steps if that is longer."""
    ends_with_parent: bool = False
    """Whether the server ends when standard input does, whose other end the process has that started it."""
    announces: bool = False
    """Whether it is said on standard output where the server listens."""
    heartbeat: float = 10.0
    """Seconds of silence after which an event stream says that it is alive."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
