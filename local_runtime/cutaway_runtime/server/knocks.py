"""Who was turned away at the door, for the log: the first time at once, then no more than a line a minute for each."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from cutaway_runtime.server.refusal import Refusal

EVERY_SECONDS: Final = 60.0
MOST: Final = 1000
"""Addresses that are remembered at a time."""

log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Visitor:
    told_at: float
    since: int = 0
    """How often it was turned away since it was told."""


class Knocks:
    """Tells of refusals by address and code; of what was asked, nothing."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._visitors: dict[tuple[str, str], _Visitor] = {}

    def refused(self, scope: Scope, refusal: Refusal) -> None:
        address = (scope.get("client") or ("nowhere",))[0]
        visitor, now = self._visitors.get((address, refusal.code)), self._now()
        if visitor is not None and now - visitor.told_at < EVERY_SECONDS:
            visitor.since += 1
            return
        more = f", and {visitor.since} times since this was said last" if visitor is not None and visitor.since else ""
        log.info("refused %s %s to %s%s", refusal.status, refusal.code, address, more)
        if len(self._visitors) >= MOST:
            self._visitors.clear()
        self._visitors[address, refusal.code] = _Visitor(now)
