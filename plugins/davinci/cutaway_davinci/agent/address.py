"""Where the script inside Resolve listens, and the secret of it: a file that its owner alone can read.

{"port": 49731, "secret": "5f0c…", "pid": 4711}
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

NAME = "in-app.json"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BadAddress(Exception):
    """There is no such file, it is not one of ours, or others can read it. The message says which."""


class Address(NamedTuple):
    """A port of this machine, what signs the messages there, and the process that listens."""

    port: int
    secret: bytes
    pid: int

    @classmethod
    def read(cls, folder: Path) -> Address:
        """The address in a folder.

        Raises:
            BadAddress: there is none to be trusted.
        """
        path = folder / NAME
        try:
            with path.open("rb") as file:
                facts = os.fstat(file.fileno())
                text = file.read(1 << 12)
        except OSError:
            raise BadAddress(f"nothing listens inside Resolve: there is no {path}") from None
        if sys.platform != "win32" and (facts.st_mode & _OTHERS or facts.st_uid != os.getuid()):
            raise BadAddress(f"{path} can be read by others and is not used; delete it, and start the script anew")
        try:
            found = json.loads(text.decode("utf-8"))
            port, secret, pid = found["port"], bytes.fromhex(found["secret"]), int(found["pid"])
        except (ValueError, KeyError, TypeError, RecursionError):
            port, secret, pid = 0, b"", 0
        if not isinstance(port, int) or not 0 < port < 1 << 16 or not secret:
            raise BadAddress(f"{path} is damaged; start the script anew")
        return cls(port, secret, pid)

    @classmethod
    def written(cls, folder: Path, port: int) -> Address:
        """A new address with a new secret, in its file before it returns. A reader sees the old one or the new one."""
        made = cls(port, secrets.token_bytes(32), os.getpid())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = folder / f"{NAME}.{secrets.token_hex(4)}"
        handle = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"port": port, "secret": made.secret.hex(), "pid": made.pid}, file)
        part.replace(folder / NAME)
        return made

    def removed(self, folder: Path) -> None:
        """Takes the file away, unless it is another one by now."""
        with suppress(BadAddress, OSError):
            if Address.read(folder) == self:
                (folder / NAME).unlink()
