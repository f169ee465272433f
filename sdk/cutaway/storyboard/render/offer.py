"""What a server answers with: which model for which verb, and how its results are told from others'."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cutaway.errors import UnsupportedCapability
from cutaway.storyboard.render.unit import Pin
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from cutaway.wire import Capabilities


class _Client(Protocol):
    def capabilities(self) -> Awaitable[Capabilities]: ...


@dataclass(frozen=True)
class Offer:
    """Models of one server. `capabilities` is None where it speaks the plain Videos API and cannot say."""

    server: str
    capabilities: Capabilities | None

    @property
    def keeps_files(self) -> bool:
        """Whether inputs are uploaded once and named from then on."""
        return self.capabilities is not None

    def pin(self, model: str | None, kind: str, pictures: int = 0) -> Pin:
        """Which model answers, and whose result it will be. None named: the default, or one that takes the pictures.

        Raises:
            UnsupportedCapability: no model was named and none here does this.
        """
        if self.capabilities is None:
            return Pin(model or "", f"server:{self.server}")
        name = model or self._default(Verb(kind), pictures)
        if name is None:
            raise UnsupportedCapability(f"no installed model can {kind}; name one", capability=kind)
        info = next((found for found in self.capabilities.models if found.id == name), None)
        revision: Any = (info.model_extra or {}).get("revision") if info is not None else None
        if revision:
            return Pin(name, f"revision:{revision}")
        # A preview is drawn by the runtime's own code, so the runtime's version is its revision.
        if info is not None and info.preview and self.capabilities.version:
            return Pin(name, f"runtime:{self.capabilities.version}")
        return Pin(name, f"server:{self.server}")

    def _default(self, verb: Verb, pictures: int) -> str | None:
        """The server's default for a verb, unless only another model takes so many pictures."""
        assert self.capabilities is not None
        default = self.capabilities.default_models.get(verb)
        able = [m.id for m in self.capabilities.models if m.installed and verb in m.verbs and m.references >= pictures]
        return able[0] if pictures and able and default not in able else default


async def offer_of(client: _Client, server: str) -> Offer:
    """What a server offers, asked once."""
    try:
        return Offer(server, await client.capabilities())
    except UnsupportedCapability:
        return Offer(server, None)


def server_name(base_url: str | None, home: Path) -> str:
    """A server's name in keys and ledgers: its address; the local runtime is one of this machine and home."""
    if base_url:
        return base_url.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"local-{hashlib.sha256(f'{platform.node()} {home}'.encode()).hexdigest()[:12]}"
