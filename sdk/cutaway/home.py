"""The home folder: where this person's token, journal and running runtime are noted.

Client and runtime both read it and neither imports the other, so it lies beneath both.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """One folder and the names of the files in it; `Home.find()` is the usual way to get one."""

    folder: Path

    @classmethod
    def find(cls, folder: str | os.PathLike[str] | None = None) -> Home:
        """`folder` if given, else CUTAWAY_HOME, else the platform's folder for application data."""
        chosen = folder or os.environ.get("CUTAWAY_HOME")
        return cls(Path(chosen).expanduser().absolute() if chosen else _platform_folder())

    @property
    def token(self) -> Path:
        """The local runtime's key, readable by this user only; the runtime writes it."""
        return self.folder / "token"

    @property
    def webhook_secret(self) -> Path:
        """What the local runtime signs its events with, where it tells any; the runtime writes it."""
        return self.folder / "webhook-secret"

    @property
    def runtime(self) -> Path:
        """Where the running local runtime listens: {"url", "pid", "version", "started_at"}."""
        return self.folder / "runtime.json"

    @property
    def runtime_log(self) -> Path:
        return self.folder / "runtime.log"

    @property
    def runtime_lock(self) -> Path:
        """Held while a runtime is being started, so that two clients start one."""
        return self.folder / "runtime.lock"

    @property
    def journal(self) -> Path:
        """What this person's clients have submitted."""
        return self.folder / "journal.db"

    @property
    def dialects(self) -> Path:
        """What servers were found to speak: {"version", "servers": {address: {"dialect", "evidence", "at"}}}."""
        return self.folder / "dialects.json"

    @property
    def joins(self) -> Path:
        """A folder: which clips the new frames of emulated extensions are to be joined to."""
        return self.folder / "joins"

    def create(self) -> None:
        """Make the folder, readable by this user only. A folder that exists is left as it is."""
        self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def _platform_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        given = os.environ.get("XDG_DATA_HOME", "")
        base = given if Path(given).is_absolute() else Path.home() / ".local" / "share"
    return Path(base) / "cutaway"
