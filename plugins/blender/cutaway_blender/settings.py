# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server makes the takes, with whose key, as plain values for any thread; no bpy in this file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cutaway.client.client import AsyncCutaway

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Settings:
    """What a client is made of; plain values, for any thread."""

    base_url: str = ""
    """"" is the local runtime."""
    api_key: str | None = None
    key_from: str = "no key"
    """Where the key came from, in words; never the key."""
    online: bool = False
    at_once: int = 3
    min_frames: int = 2
    price: float = 0.0
    """Of a second of video, in the server's own money; 0 where the user has not told it."""

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return not self.base_url or urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def obstacle(self) -> str:
        """Why no connection may be opened; "" where one may."""
        if self.is_local or self.online:
            return ""
        return (
            f"{urlsplit(self.base_url).hostname} is online, and Blender is not allowed to go online. Allow it in "
            "Preferences > System > Network > Allow Online Access, or use a server on this machine"
        )

    def open(self) -> AsyncCutaway:
        """A client of the server.

        Raises:
            ConnectionFailed: it is online, and the user has not allowed that.
        """
        from cutaway import AsyncCutaway
        from cutaway.errors import ConnectionFailed

        if self.obstacle:
            raise ConnectionFailed(self.obstacle)
        return AsyncCutaway(self.base_url or None, self.api_key)
