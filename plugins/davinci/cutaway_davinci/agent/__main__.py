"""Answers requests on standard input, one line of JSON each, with one line of JSON on standard output.

    {"id": 1, "do": "snapshot", "with": {...}}      ->      {"id": 1, "answer": {...}}
                                                            {"id": 1, "trouble": {"code": ..., "message": ...}}

Ends when standard input does, and with it the process that started it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

from cutaway_davinci.agent.operations import Operations, replied


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answers until there are no more requests."""
    operations = Operations()
    for line in requests:
        answers.write(json.dumps(replied(operations, line)) + "\n")
        answers.flush()


def main() -> None:
    """Serves on the standard streams; what others print goes to standard error, not among the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
