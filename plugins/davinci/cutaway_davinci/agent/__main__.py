"""Answers requests on standard input, one line of JSON each, with one line of JSON on standard output.

    {"id": 1, "do": "snapshot", "with": {...}}      ->      {"id": 1, "answer": {...}}
                                                            {"id": 1, "trouble": {"code": ..., "message": ...}}

Ends when standard input does, and with it the process that started it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from cutaway_davinci.agent.operations import Operations
from cutaway_davinci.agent.trouble import REQUEST, UNREACHABLE, Trouble

MOST = 1 << 20
"""Characters of one request."""


def replied(operations: Operations, line: str) -> dict[str, Any]:
    """What is said to one line."""
    name = None
    try:
        try:
            request = json.loads(line[:MOST])
            name, do, asked = request["id"], request["do"], request["with"]
        except (ValueError, KeyError, TypeError):
            raise Trouble(REQUEST, "a request is one line of JSON with id, do and with") from None
        return {"id": name, "answer": operations.answer(do, asked)}
    except Trouble as trouble:
        return {"id": name, "trouble": {"code": trouble.code, "message": trouble.message}}
    except Exception as error:  # noqa: BLE001 - a script module that dies is said, not died of
        message = f"{type(error).__name__}: {error}. Restart Resolve if this stays"
        return {"id": name, "trouble": {"code": UNREACHABLE, "message": message}}


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
