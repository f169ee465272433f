"""Ways to an agent that works on the double: in this process, or in one of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway_davinci.agent.operations import Operations
from cutaway_davinci.agent.trouble import UNREACHABLE, Trouble
from cutaway_davinci.errors import error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway_davinci.testing.resolve import ResolveDouble

MODULE: Final = Path(__file__).parent / "scripting"
"""What `RESOLVE_SCRIPT_API` is set to for an agent that is to find the double: its module is a way to `served`."""


class InAppLink:
    """The agent as a script of Resolve's own menu runs it: with the Resolve that it is given, in one process.

    What is asked and answered goes through JSON, as between two processes. There is no deadline: nothing can kill it.
    """

    def __init__(self, world: ResolveDouble) -> None:
        self.world = world
        self._operations: Operations | None = None

    def ask(self, operation: str, asked: Mapping[str, Any], *, deadline: float) -> dict[str, Any]:
        del deadline
        try:
            if self._operations is None:
                resolve = self.world.in_app()
                if resolve is None:
                    raise Trouble(UNREACHABLE, "Resolve starts no Python script here")
                self._operations = Operations(resolve)
            answer = self._operations.answer(operation, json.loads(json.dumps(dict(asked))))
        except Trouble as trouble:
            raise error_of(trouble.code, trouble.message) from trouble
        found: dict[str, Any] = json.loads(json.dumps(answer))
        return found

    def close(self) -> None:
        self._operations = None
