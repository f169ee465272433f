"""The agent inside Resolve, for the editions that let no other process in (Free, 18.5 to 21.0.x).

    from cutaway_davinci.agent.in_app import serve
    serve(resolve, folder)          # a script of Resolve's own menu; returns when Resolve goes

It listens on a free port of this machine alone and answers the named operations of the agent, to one at a time who
knows the secret in `<folder>/in-app.json`:

    it says       <a number of its own>
    you say       <a number of yours>
    you ask       <signature> {"id": 1, "do": "snapshot", "with": {...}}
    it answers    <signature> {"id": 1, "answer": {...}}

Whoever says anything else, too much of it, or says it too slowly is hung up on.
"""

from __future__ import annotations

import json
import select
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.address import Address, BadAddress
from cutaway_davinci.agent.operations import MOST, Operations, replied
from cutaway_davinci.agent.parent import Parent, is_running
from cutaway_davinci.agent.seal import ANSWERING, ASKING, NotSigned, Seal, is_made_up, made_up
from cutaway_davinci.agent.trouble import BUSY

if TYPE_CHECKING:
    from typing import Self

LOOPBACK = "127.0.0.1"
_LOOK = 0.5
"""Seconds between two looks whether Resolve still runs."""
_PATIENCE = 5.0
"""Seconds in which a message that was begun has to be whole, an answer taken, and the first number said."""
_PIECE = 1 << 16
_CALLERS = 4
_ON_THE_LINE = "another panel talks to this Resolve; close it, and try again"


def serve(resolve: Any, folder: str) -> bool:
    """Answers until the process that started this one is gone. False, and at once, where another one serves already.

    Args:
        resolve: what Resolve hands to its scripts.
        folder: where the address is written; the panel of the same user reads it there.

    Raises:
        Trouble: it is a Resolve that cannot be worked with.
    """
    place = Path(folder)
    if is_served(place):
        return False
    with Served(Operations(resolve), place) as served:
        parent = Parent()
        while parent.is_there():
            served.turn(_LOOK)
    return True


def is_served(folder: Path) -> bool:
    """Whether the script that left the address in a folder listens there; also one that Resolve holds up just now."""
    address = None
    try:
        address = Address.read(folder)
        line = socket.create_connection((LOOPBACK, address.port), _PATIENCE)
        with line, line.makefile("rb") as said:
            greeting, own = said.readline(_PIECE).rstrip(b"\n"), made_up()
            seal = Seal(address.secret, own, greeting)
            line.sendall(own + b"\n" + seal.signed(ASKING, b"{}"))
            seal.opened(ANSWERING, said.readline(_PIECE))
    except socket.timeout:  # noqa: UP041 - in Python 3.8 and 3.9 it is not yet the other
        return address is not None and is_running(address.pid)
    except (BadAddress, OSError, NotSigned):
        return False
    return True


class Served:
    """The listening socket and who is on the line. A context; `turn` does what there is to do."""

    def __init__(self, operations: Operations, folder: Path) -> None:
        self.operations = operations
        self.folder = folder
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.bind((LOOPBACK, 0))
        self._listener.listen(_CALLERS)
        self._callers = []  # type: list[_Caller]
        self._chosen = None  # type: _Caller | None
        self.address = Address.written(folder, self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.address.removed(self.folder)
        for caller in list(self._callers):
            self._hang_up(caller)
        self._listener.close()

    def turn(self, seconds: float) -> None:
        """Waits so long at most for something to be said, and answers it. Who is on the line comes before who calls."""
        lines = [caller.line for caller in self._callers]
        listening = [self._listener] if len(lines) < _CALLERS else []
        ready, _, _ = select.select(lines + listening, [], [], seconds)
        for caller in list(self._callers):
            try:
                for text in caller.heard(caller.line in ready):
                    self._answer(caller, text.decode("utf-8", "replace"))
            except (_Gone, NotSigned, OSError):
                self._hang_up(caller)
        if self._listener in ready:
            with suppress(OSError):
                self._callers.append(_Caller(self._listener.accept()[0], self.address.secret))

    def _answer(self, caller: _Caller, text: str) -> None:
        """Answers the first who asked; to others it says that somebody else is on the line, and hangs up."""
        self._chosen = self._chosen or caller
        if caller is self._chosen:
            caller.say(json.dumps(replied(self.operations, text)))
            return
        caller.say(json.dumps({"id": None, "trouble": {"code": BUSY, "message": _ON_THE_LINE}}))
        raise _Gone

    def _hang_up(self, caller: _Caller) -> None:
        caller.line.close()
        self._callers.remove(caller)
        self._chosen = None if caller is self._chosen else self._chosen


class _Gone(Exception):
    """There is nothing to be heard any more that could be answered."""


class _Caller:
    """Who is talked to, and what was heard of the message that is under way."""

    def __init__(self, line: socket.socket, secret: bytes) -> None:
        line.settimeout(_PATIENCE)
        self.line = line
        self._secret = secret
        self._own = made_up()
        self._seal = None  # type: Seal | None
        self._heard = b""
        self._since = time.monotonic()
        line.sendall(self._own + b"\n")

    def heard(self, ready: bool) -> list[bytes]:  # noqa: FBT001 - as `select` says it
        """The messages that are whole now.

        Raises:
            _Gone: the caller hung up, or says too much, or too slowly.
            NotSigned: it is none who knows the secret.
        """
        if ready:
            piece = self.line.recv(_PIECE)
            if not piece:
                raise _Gone
            if not self._heard and self._seal is not None:
                self._since = time.monotonic()
            self._heard += piece
        is_owed = self._seal is None or self._heard
        if (is_owed and time.monotonic() - self._since > _PATIENCE) or len(self._heard) > MOST:
            raise _Gone
        *lines, self._heard = self._heard.split(b"\n")
        found = []
        for said in lines:
            if self._seal is None:
                if not is_made_up(said):
                    raise NotSigned("a caller who does not say a number first")
                self._seal = Seal(self._secret, said, self._own)
            else:
                found.append(self._seal.opened(ASKING, said))
        return found

    def say(self, text: str) -> None:
        assert self._seal is not None
        self.line.sendall(self._seal.signed(ANSWERING, text.encode("utf-8")))
