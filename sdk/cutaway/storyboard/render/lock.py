"""What a manifest came to the last time, beside it in `cutaway.lock`: it pins models and makes a run repeatable.

One lock serves all manifests of a folder. It is JSON with sorted keys, to be committed and merged by line.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.render.hashes import write_atomically
from cutaway.storyboard.render.unit import Pin
from cutaway.storyboard.render.yaml_source import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME: Final = "cutaway.lock"
SCHEMA: Final = 1


@dataclass(frozen=True)
class Locked:
    """One unit as it was rendered.

    `files` are paths below the output folder with their SHA-256; `pictures` is of what the clip shows, since two
    jobs for the same pictures leave files that name different jobs.
    """

    digest: str
    key: str
    model: str
    provenance: str
    seed: int | None = None
    revision: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    frames: int | None = None
    rate: str | None = None
    seam: float | None = None
    pictures: str | None = None
    preview: bool = False

    @property
    def pin(self) -> Pin:
        return Pin(self.model, self.provenance)


class Lock:
    """The entries of one manifest, by unit."""

    def __init__(self, manifest: Path) -> None:
        self.path = manifest.with_name(NAME)
        self._manifest = manifest.name
        self._all = self._read()
        self.entries: dict[str, Locked] = {
            name: Locked(**{f.name: entry[f.name] for f in fields(Locked) if f.name in entry})
            for name, entry in self._all.get(self._manifest, {}).items()
        }

    def write(self, entries: Mapping[str, Locked]) -> bool:
        """Replaces the entries of this manifest. False where they were so already."""
        if dict(entries) == self.entries and self.path.exists():
            return False
        now = self._read()  # another manifest of the folder may have been rendered meanwhile
        now[self._manifest] = {name: _told(entry) for name, entry in entries.items()}
        text = json.dumps({"cutaway_lock": SCHEMA, "manifests": now}, indent=1, sort_keys=True, ensure_ascii=False)
        write_atomically(self.path, text + "\n")
        self.entries = dict(entries)
        return True

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self.path.read_text("utf-8"))
            if found["cutaway_lock"] > SCHEMA:
                raise ManifestError("written by a newer cutaway; update this one", path=self.path)
            manifests: dict[str, dict[str, Any]] = found["manifests"]
            for entries in manifests.values():
                for entry in entries.values():
                    Pin(entry["model"], entry["provenance"]), entry["digest"], entry["key"]
            return manifests
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ManifestError(
                f"cannot be read as a lock ({type(error).__name__}: {error}); mend it, or delete it to lock anew",
                path=self.path,
            ) from error


def _told(entry: Locked) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value is not None and value is not False}
