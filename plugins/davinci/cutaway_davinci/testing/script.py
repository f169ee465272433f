"""The script of Resolve's own menu, in a thread of this process: the agent inside the double, on its socket.

with Script(world, folder):
    host = LiveHost(LoopbackLink(folder), folder=...)
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Self

from cutaway_davinci.agent.in_app import Served
from cutaway_davinci.agent.operations import Operations

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_davinci.testing.resolve import ResolveDouble

_TURN: Final = 0.02
"""Seconds a turn waits for somebody to say something."""


class Script:
    """Serves until the block ends; what hangs in the double is released then.

    Args:
        world: of an edition that starts scripts.
        folder: where the address is written.
    """

    def __init__(self, world: ResolveDouble, folder: Path) -> None:
        self.world = world
        self._served = Served(Operations(world.in_app()), folder)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._turns, name="script in the double", daemon=True)

    def __enter__(self) -> Self:
        self._served.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.world.faults.release()
        self._thread.join()
        self._served.__exit__(None, None, None)

    def _turns(self) -> None:
        while not self._ended.is_set():
            self._served.turn(_TURN)
