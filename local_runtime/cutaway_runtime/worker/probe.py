"""A look into one file by a process that ends with it: `python -m cutaway_runtime.worker.probe PATH CONTAINER`.

Prints `wire.MediaFacts` as JSON and ends with 0, or prints why not and ends with 1. Whatever else happens to it,
happens to it alone (`confined`). Where processes can be forked, `lookout` does the same without starting Python anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from cutaway_runtime.worker import confined

GOOD: Final = 0
REFUSED: Final = 1


def look(path: Path, container: str) -> tuple[int, str]:
    """What is in a file, as JSON, or why it is not taken; and how to end."""
    from cutaway.errors import MediaError
    from cutaway.media.probe import probe
    from cutaway.media.sniff import CONTAINERS
    from cutaway.media.source import UPLOADS

    try:
        return GOOD, json.dumps(probe(path, CONTAINERS[container], UPLOADS).told())
    except MediaError as error:
        return REFUSED, str(error).replace(str(path), "the file").replace(path.name, "the file")
    except MemoryError:
        return REFUSED, "it needs more memory than a look is allowed"


def main(arguments: list[str]) -> int:
    confined.leave_network()
    confined.give_up_rights()
    confined.limit()
    code, said = look(Path(arguments[0]), arguments[1])
    sys.stdout.write(said)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
