"""Now and then a look whether the application still shows the timeline that lies on the table."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway_panel.table import Looked
    from cutaway_panel.tools import Tools


class Watching:
    """Asks for the digest of the cut every so many seconds, while nothing else is asked; None for never."""

    def __init__(self, tools: Tools, seconds: float | None) -> None:
        self._tools = tools
        self._closed = threading.Event()
        self._asked: Looked | None = None
        """The cut on the table when the application was asked; None when it has answered."""
        if seconds is not None:
            threading.Thread(target=self._run, args=[seconds], name="cutaway-watch", daemon=True).start()

    def close(self) -> None:
        """Looks no more."""
        self._closed.set()

    def _run(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            self._tools.post(self._glance)

    def _glance(self) -> None:
        """On the desk's thread."""
        looked = self._tools.table.looked
        if looked is None or looked is self._asked or self._tools.board.state.connection.busy:
            return
        self._asked = looked
        self._tools.line.ask("", lambda host: host.snapshot().digest, partial(self._seen, looked), self._lost)

    def _seen(self, looked: Looked, digest: str) -> None:
        self._asked = None
        connection = self._tools.board.state.connection
        if digest != looked.snapshot.digest and self._tools.table.looked is looked:
            self._tools.look()
        elif connection.problem is not None:
            self._tools.board.change(connection=replace(connection, problem=None))

    def _lost(self, error: Exception) -> None:
        """The application does not answer; that is said once."""
        self._asked = None
        if self._tools.board.state.connection.problem is None:
            self._tools.failed(error)
