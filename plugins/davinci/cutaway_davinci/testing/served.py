"""The double behind a socket, as Resolve is behind one: it stays when a script that talks to it is killed.

    with Served(world) as served:
        link = AgentProcess(environment=served.environment)

Each connection is served by a thread of its own, so that a call that hangs holds nobody else up. Objects go over the
line as numbers; the module in `scripting/Modules` gives them their names back.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.link import MODULE
from cutaway_davinci.testing.vocabulary import Misuse

if TYPE_CHECKING:
    from cutaway_davinci.testing.resolve import ResolveDouble


class Served:
    """A double on a port of this machine: a free one, if none is named.

    `environment` is what a process needs to find it. Leaving the block is Resolve quitting: whoever talks to it finds
    the line dead.
    """

    def __init__(self, world: ResolveDouble, port: int = 0) -> None:
        self.world = world
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._handles: list[Handle] = []
        self._connections: list[socket.socket] = []
        self.environment = {
            "RESOLVE_SCRIPT_API": str(MODULE),
            "CUTAWAY_DOUBLE_PORT": str(self.port),
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.world.faults.release()
        for line in (self._listener, *self._connections):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)  # which ends the call of a thread that waits on it
            line.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                lines.write(json.dumps(self._replied(json.loads(line))) + "\n")
                lines.flush()

    def _replied(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            if request["of"] is None:
                return {"is": self._sent(self.world.scriptapp("Resolve"))}
            asked = getattr(self._handles[request["of"]], request["name"])
            if request["name"].isupper():
                return {"is": asked}
            given = [self._got(one) for one in request["given"]]
            return {"is": self._sent(asked(*given, **request["keywords"]))}
        except Misuse as misuse:
            return {"misuse": str(misuse)}

    def _sent(self, value: Any) -> Any:
        if isinstance(value, Handle):
            self._handles.append(value)
            return {"handle": len(self._handles) - 1}
        if isinstance(value, list):
            return [self._sent(one) for one in value]
        if isinstance(value, dict):  # a dict may have numbers as keys, which JSON has not
            return {"pairs": [[key, self._sent(one)] for key, one in value.items()]}
        return value

    def _got(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._got(one) for one in value]
        if isinstance(value, dict):
            if "handle" in value:
                return self._handles[value["handle"]]
            return {key: self._got(one) for key, one in value["pairs"]}
        return value
