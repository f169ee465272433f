"""One panel at a time: a second one asks the first to come to the front, and ends.

    if raise_running(home): return 0
    instance = Instance(home); instance.asked.connect(window.come_up)

While it runs, the panel writes `panel.json` into cutaway's home folder, {"server", "pid"}: a local socket (a named
pipe on Windows). One line is read from who connects: "show" raises the window, "open <path>" opens that cut in it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.home import Home

FILE: Final = "panel.json"
PATIENCE_MS: Final = 500
"""How long a running panel has to answer, milliseconds."""
_LONGEST: Final = 4096
"""Bytes of a line that is read at most."""


def raise_running(home: Home, cut: Path | None = None) -> bool:
    """Asks a panel that runs to come to the front (and to open a cut); whether there was one."""
    try:
        server = str(json.loads((home.folder / FILE).read_text(encoding="utf-8"))["server"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    socket = QLocalSocket()
    socket.connectToServer(server)
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    line = "show" if cut is None else f"open {cut.resolve()}"
    socket.write(f"{line}\n".encode())
    told = socket.waitForBytesWritten(PATIENCE_MS)
    socket.disconnectFromServer()
    return told


class Instance(QObject):
    """The panel of this home folder that others ask."""

    asked = Signal(str)
    """Somebody wants to see the panel: the path of a cut, or ""."""

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = home.folder / FILE
        self._callers: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._come)
        if self._server.listen(f"cutaway-panel-{os.getpid()}"):
            home.create()
            self._file.write_text(
                json.dumps({"server": self._server.fullServerName(), "pid": os.getpid()}), encoding="utf-8"
            )

    def close(self) -> None:
        """Nobody is heard any more; the file is gone, if it is still ours."""
        self._server.close()
        try:
            if json.loads(self._file.read_text(encoding="utf-8"))["pid"] == os.getpid():
                self._file.unlink()
        except (OSError, ValueError, KeyError, TypeError):
            return

    def _come(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._callers.append(socket)
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(self._read)
        self._read()

    def _read(self) -> None:
        """Whoever has said a line, said too much, or gone, is let go."""
        for socket in list(self._callers):
            if socket.canReadLine():
                self._heed(bytes(socket.readLine(_LONGEST).data()).decode("utf-8", "replace").strip())
            elif socket.state() is QLocalSocket.LocalSocketState.ConnectedState and socket.bytesAvailable() < _LONGEST:
                continue
            self._callers.remove(socket)
            socket.abort()
            socket.deleteLater()

    def _heed(self, line: str) -> None:
        verb, _, path = line.partition(" ")
        if verb in {"show", "open"}:
            self.asked.emit(path if verb == "open" else "")
