"""Whether the files of an installed model are still the ones that were installed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cutaway_runtime.registry import weights
from cutaway_runtime.registry.progress import Tally, unwatched

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.registry.manifest import WeightFile
    from cutaway_runtime.registry.progress import Watch
    from cutaway_runtime.registry.store import Installed, InstalledLora


class State(StrEnum):
    """What became of a file."""

    OK = "ok"
    MISSING = "missing"
    RESIZED = "another size"
    ALTERED = "other bytes"
    UNPINNED = "no hash to compare with"


@dataclass(frozen=True, slots=True)
class Finding:
    path: str
    state: State

    @property
    def good(self) -> bool:
        return self.state in {State.OK, State.UNPINNED}


def verify(installed: Installed | InstalledLora, watch: Watch = unwatched) -> list[Finding]:
    """Size and sha256 of every file against the pinned ones; one finding per file, in the order of the manifest."""
    record = installed.manifest if hasattr(installed, "manifest") else installed.lora
    tally = Tally(sum(file.bytes for file in record.files), watch)
    findings = []
    for file in record.files:
        tally.file = file.path
        findings.append(Finding(file.path, _state(installed.root / file.path, file, tally)))
    return findings


def _state(path: Path, file: WeightFile, tally: Tally) -> State:
    try:
        size = path.stat().st_size
        if not path.is_file() or size != file.bytes:
            tally.add(file.bytes)
            return State.RESIZED if path.is_file() else State.MISSING
        found = weights.sha256(path, tally.add)
    except OSError:
        return State.MISSING
    if file.sha256 is None:
        return State.UNPINNED
    return State.OK if found == file.sha256 else State.ALTERED
