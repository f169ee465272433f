"""How long things took, measured in earlier runs on this machine: the only ground an estimate has.

Work is counted in megapixel-frames (frames times width times height, divided by a million). Where the size of
something is not known before it is made, the mean of earlier jobs of its kind stands for it; where there
were none, there is no estimate.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.render.hashes import write_atomically
from cutaway.timebase import Rate

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.storyboard.render.unit import Unit

MEMORY: Final = 50
"""Jobs after which older ones count half."""


@dataclass
class _Measured:
    seconds: float = 0.0
    jobs: float = 0.0
    weighed_seconds: float = 0.0
    weight: float = 0.0


class Pace:
    """Seconds of work by server, model and kind."""

    def __init__(self, path: Path, server: str) -> None:
        self._path, self._server = path, server
        self._known: dict[str, _Measured] = {}
        try:
            for name, row in json.loads(path.read_text("utf-8")).items():
                self._known[name] = _Measured(*(float(value) for value in row))
        except (OSError, ValueError, TypeError, AttributeError):
            self._known = {}

    def estimate(self, model: str, kind: str, weight: float | None) -> float | None:
        """Seconds of work, or None where nothing like it was measured."""
        known = self._known.get(self._name(model, kind))
        if known is None or known.jobs <= 0:
            return None
        if weight is not None and known.weight > 0:
            return weight * known.weighed_seconds / known.weight
        return known.seconds / known.jobs

    def learn(self, model: str, kind: str, weight: float | None, seconds: float) -> None:
        known = self._known.setdefault(self._name(model, kind), _Measured())
        if known.jobs >= MEMORY:
            known.seconds, known.jobs = known.seconds / 2, known.jobs / 2
            known.weighed_seconds, known.weight = known.weighed_seconds / 2, known.weight / 2
        known.seconds, known.jobs = known.seconds + seconds, known.jobs + 1
        if weight is not None:
            known.weighed_seconds, known.weight = known.weighed_seconds + seconds, known.weight + weight

    def remember(self) -> None:
        rows: dict[str, Any] = {
            name: [round(value, 6) for value in vars(row).values()] for name, row in self._known.items()
        }
        write_atomically(self._path, json.dumps(rows, indent=1, sort_keys=True))

    def _name(self, model: str, kind: str) -> str:
        return f"{self._server} {model} {kind}"


def length_of(unit: Unit) -> float | None:
    """How many seconds of video a unit makes, as far as the manifest says."""
    asked = unit.arguments
    if "seconds" in asked:
        return float(asked["seconds"])
    if "num_frames" in asked and "rate" in asked:
        return Rate.parse(asked["rate"]).seconds(asked["num_frames"])
    return None


def weight_of(unit: Unit) -> float | None:
    """A unit's megapixel-frames, as far as the manifest says."""
    asked = unit.arguments
    frames = asked.get("num_frames")
    if frames is None and "seconds" in asked and "rate" in asked:
        frames = Rate.parse(asked["rate"]).frames(asked["seconds"])
    return None if frames is None or "size" not in asked else megapixel_frames(frames, asked["size"])


def megapixel_frames(frames: int, size: str) -> float:
    width, height = (int(side) for side in size.split("x"))
    return frames * width * height / 1e6
