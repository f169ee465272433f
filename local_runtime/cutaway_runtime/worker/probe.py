"""A process that looks into one file and ends: `python -m cutaway_runtime.worker.probe PATH CONTAINER`.

Prints `wire.MediaFacts` as JSON and ends with 0, or prints why not and ends with 1. Whatever else
happens to it, happens to it alone: it has a gigabyte of memory and twenty seconds of processor time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

MEMORY_BYTES: Final = 1536 * 1024 * 1024
"""Of address space: libraries and their threads take half a gigabyte before a frame is decoded."""
CPU_SECONDS: Final = 20


def confine() -> None:
    """Less memory, less time, no core dump; where the platform has such limits."""
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the caller remains
        return
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        if sys.platform == "darwin" and limit == resource.RLIMIT_AS:
            continue  # refused there
        _soft, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, hard))


def main(arguments: list[str]) -> int:
    path, name = Path(arguments[0]), arguments[1]
    confine()
    from cutaway.errors import MediaError
    from cutaway.media.probe import probe
    from cutaway.media.sniff import CONTAINERS

    try:
        facts = probe(path, container=CONTAINERS[name]).told()
    except MediaError as error:
        said = str(error).replace(str(path), "the file").replace(path.name, "the file")
        sys.stdout.write(said)
        return 1
    except MemoryError:
        sys.stdout.write("it needs more memory than a look is allowed")
        return 1
    sys.stdout.write(json.dumps(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
