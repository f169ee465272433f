"""What did not fit, and what helped: how far down the ladder a job starts.

Remembered in `<home>/memory.json` per model, size, length, profile and device, so that the next job of
that kind does not run out of memory first.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.wire import Profile
    from cutaway_runtime.canvas import Canvas


class LadderMemory:
    """Rungs by kind of job."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rungs(self, kind: str) -> int:
        """How many rungs such a job needed the last time; 0 where none ran out of memory."""
        return self._read().get(kind, 0)

    def remember(self, kind: str, rungs: int) -> None:
        """Whole or not at all."""
        known = self._read() | {kind: rungs}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        part.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
        part.replace(self._path)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {k: v for k, v in found.items() if isinstance(v, int)} if isinstance(found, dict) else {}


def kind_of(model: str, canvas: Canvas, profile: Profile, device: torch.device) -> str:
    """The name under which jobs of that kind are remembered."""
    on = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return f"{model} {canvas.width}x{canvas.height}x{canvas.frames} {profile} on {on}"


def out_of_memory(error: BaseException) -> bool:
    """Whether that is what an error means. On a CPU the allocator raises a plain RuntimeError."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "not enough memory" in str(error)
