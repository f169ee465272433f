"""When a worker has done enough: memory that never came back, a fault of the GPU, or simply many jobs.

A fresh process costs seconds; a leak found in the tenth hour of a night costs the night.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

OUT_OF_MEMORY: Final = "out_of_memory"
JOBS: Final = 500
"""After so many a worker is replaced, whatever it looks like."""
GROWTH: Final = 1.10
SLACK: Final = 256 * 1024**2
"""Bytes that memory may be above `GROWTH` times its baseline: what allocators keep for themselves."""
WARM: Final = 3
"""Jobs with the same engines after which memory is taken as the baseline."""
_STATM: Final = Path("/proc/self/statm")
_PAGE: Final = 4096


def memory_in_use() -> int:
    """Bytes of this process in memory and of its tensors on the GPU; 0 on a system that does not say."""
    resident = int(_STATM.read_text("ascii").split()[1]) * _PAGE if _STATM.exists() else 0
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        resident += torch.cuda.memory_allocated()
    return resident


class Wear:
    """Watches one worker's memory between jobs."""

    def __init__(self, in_use: Callable[[], int] = memory_in_use) -> None:
        self._in_use = in_use
        self._jobs = 0
        self._engines: frozenset[str] = frozenset()
        self._since = 0
        self._baseline = 0

    def after_job(self, engines: frozenset[str], failure: str = "") -> str:
        """Why the worker should be replaced now that a job is over; "" if it is as good as new.

        Args:
            engines: what is loaded. Another set begins a baseline of its own.
            failure: the code of the job's error, if it had one.
        """
        if failure == OUT_OF_MEMORY:
            return "memory did not suffice for a job: what is left of it may be scattered"
        self._jobs += 1
        self._since = self._since + 1 if engines == self._engines else 1
        self._engines = engines
        if self._jobs >= JOBS:
            return f"it has done {self._jobs} jobs"
        now = self._in_use()
        if self._since <= WARM:
            self._baseline = now
        elif now > self._baseline * GROWTH + SLACK:
            return f"memory grew from {self._baseline >> 20} to {now >> 20} MiB"
        return ""
