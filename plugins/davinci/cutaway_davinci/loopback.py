"""The way to the agent that a script of Resolve's own menu runs: signed messages over a socket of this machine.

link = LoopbackLink(folder)             # where that script wrote its address
link.ask("selection", {}, deadline=10)
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from cutaway_davinci.agent.address import Address, BadAddress
from cutaway_davinci.agent.in_app import LOOPBACK
from cutaway_davinci.agent.seal import ANSWERING, ASKING, NotSigned, Seal, is_made_up, made_up
from cutaway_davinci.errors import NotConnected, NotResponding, error_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START: Final = "start Workspace > Scripts > Cutaway in DaVinci Resolve, and try again"
_MOST: Final = 1 << 26
"""Bytes of an answer: a long timeline has them, nothing else does."""
_PIECE: Final = 1 << 16


class LoopbackLink:
    """Finds the script's address at the first question, and again whenever the line broke.

    What hangs inside Resolve cannot be killed: after a deadline the line is hung up, and the next question waits for
    the call to come back.

    Args:
        folder: where the script wrote its address.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._line: socket.socket | None = None
        self._seal: Seal | None = None
        self._heard = b""
        self._asked = 0
        self._lock = threading.Lock()

    def ask(self, operation: str, asked: Mapping[str, Any], *, deadline: float) -> dict[str, Any]:
        until = time.monotonic() + deadline
        with self._lock:
            try:
                reply = self._reply(operation, asked, until)
            except TimeoutError:
                self._hang_up()
                raise NotResponding(
                    f"DaVinci Resolve did not answer {operation} within {deadline:g} s: a dialog may be open in it, or "
                    "it is playing or rendering. Close the dialog or stop, and try again"
                ) from None
            except NotSigned as error:
                self._hang_up()
                raise NotConnected(f"what listens there is not the script inside Resolve; {START}") from error
            except (OSError, ValueError) as error:
                self._hang_up()
                raise NotConnected(f"the script inside Resolve has ended or was started anew; {START}") from error
            except BaseException:
                self._hang_up()
                raise
            if reply.get("id") is None:  # somebody else is on the line
                self._hang_up()
        if "trouble" in reply:
            raise error_of(reply["trouble"]["code"], reply["trouble"]["message"])
        answer: dict[str, Any] = reply["answer"]
        return answer

    def close(self) -> None:
        """Hangs up, also on a question that is under way; the script goes on."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._hang_up()

    def _reply(self, operation: str, asked: Mapping[str, Any], until: float) -> dict[str, Any]:
        if self._line is None or _is_over(self._line):
            self._hang_up()
            self._connect(until)
        assert self._line is not None
        assert self._seal is not None
        self._asked += 1
        request = {"id": self._asked, "do": operation, "with": dict(asked)}
        self._line.settimeout(_left(until))
        self._line.sendall(self._seal.signed(ASKING, json.dumps(request).encode()))
        reply = json.loads(self._seal.opened(ANSWERING, self._said(until)))
        if not isinstance(reply, dict) or (reply.get("id") != self._asked and "trouble" not in reply):
            raise ValueError(f"another question than {operation} was answered")
        return reply

    def _connect(self, until: float) -> None:
        """Raises:
        NotConnected: there is no address, or nobody at it.
        """
        try:
            address = Address.read(self.folder)
        except BadAddress as error:
            raise NotConnected(f"{error}; {START}") from error
        try:
            self._line = socket.create_connection((LOOPBACK, address.port), _left(until))
        except TimeoutError:
            raise
        except OSError as error:
            raise NotConnected(
                f"nothing listens at the address that the script inside Resolve left; {START}"
            ) from error
        greeting, own = self._said(until).rstrip(b"\n"), made_up()
        if not is_made_up(greeting):
            raise NotSigned("something else listens there")
        self._seal = Seal(address.secret, own, greeting)
        self._line.sendall(own + b"\n")

    def _said(self, until: float) -> bytes:
        """The next line."""
        assert self._line is not None
        pieces = [self._heard]
        size = len(self._heard)
        while b"\n" not in pieces[-1]:
            self._line.settimeout(_left(until))
            piece = self._line.recv(_PIECE)
            if not piece:
                raise ConnectionResetError("hung up")
            size += len(piece)
            if size > _MOST:
                raise ValueError(f"an answer of more than {_MOST >> 20} MiB")
            pieces.append(piece)
        line, _, self._heard = b"".join(pieces).partition(b"\n")
        return line

    def _hang_up(self) -> None:
        line, self._line, self._seal, self._heard = self._line, None, None, b""
        if line is not None:
            with suppress(OSError):
                line.close()


def _left(until: float) -> float:
    """Seconds up to a moment.

    Raises:
        TimeoutError: it has passed.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _is_over(line: socket.socket) -> bool:
    """Whether the other side hung up, or says something that nobody asked for."""
    return bool(select.select([line], [], [], 0)[0])
