"""What was done to a timeline, so that exactly that can be undone, and what was cut short can be taken back.

One line of JSON for each step. An entry begins before the timeline is touched:

    begun -> done -> removing -> removed    placed, and taken out again
          -> undone                         it did not come about; the timeline is as before
             done -> covered -> done        another take lies in its place, and went away again
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """The journal of one project folder."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def write(self, entry: str, state: str, **facts: Any) -> None:
        """One step, on disk before it returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(dict(facts, entry=entry, state=state)) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def entries(self, timeline: str) -> dict[str, dict[str, Any]]:
        """Every entry of a timeline as it is now, oldest first. A line that a crash cut short is passed over."""
        found: dict[str, dict[str, Any]] = {}
        if not self.path.exists():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                step = json.loads(line)
                found.setdefault(step["entry"], {}).update(step)
            except (ValueError, KeyError, TypeError):
                continue
        return {name: entry for name, entry in found.items() if entry.get("timeline") == timeline}

    def open_ones(self, timeline: str) -> list[dict[str, Any]]:
        """What was begun and neither done nor taken back, and what was being removed."""
        return [entry for entry in self.entries(timeline).values() if entry["state"] in {"begun", "removing"}]
