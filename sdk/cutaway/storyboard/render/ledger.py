"""Jobs that were paid for and not fetched yet: one small file per result, written before anything is waited for.

    submit      the file names the attempt and what was uploaded for it; the Idempotency-Key follows from both
    accepted    the file names the job
    fetched     the job is forgotten; the rest stays, so that the same request finds the same job again

A run that is killed at any point leaves either the job's id or a key under which the server finds the job
again. A job that failed moves on to the next attempt, which is a new job.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from cutaway.storyboard.render.hashes import write_atomically
from cutaway.storyboard.render.unit import digest_of

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """Where one result is. `files` are uploads of its inputs, by content, so that a repeat names the same ones."""

    key: str
    attempt: int = 0
    job: str | None = None
    open: bool = False
    """Submitted, or about to be; not fetched and not failed."""
    known: bool = False
    """There was such a request before."""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        # A server takes a request for the same one only if it names the same uploads.
        uploads = f"-{digest_of(self.files)[:16]}" if self.files else ""
        return f"cutaway-render-{self.key[:48]}-{self.attempt}{uploads}"

    def next_attempt(self) -> Entry:
        return replace(self, attempt=self.attempt + 1, job=None, open=False, files={})


class Ledger:
    """The entries for one server."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server

    def entry(self, key: str) -> Entry:
        try:
            found = json.loads(self._path(key).read_text("utf-8"))
            return Entry(
                key=key,
                attempt=int(found["attempt"]),
                job=found["job"],
                open=bool(found["open"]),
                known=True,
                files=dict(found["files"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return Entry(key)

    def write(self, entry: Entry) -> Entry:
        write_atomically(self._path(entry.key), json.dumps(asdict(entry)))
        return entry

    def fetched(self, entry: Entry) -> None:
        self.write(replace(entry, open=False, job=None))

    def _path(self, key: str) -> Path:
        return self._folder / f"{digest_of([self._server, key])[:40]}.json"
