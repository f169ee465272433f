"""What the routes work with: one server's queue, shelf, supervisor and settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cutaway_runtime.engine import catalog
from cutaway_runtime.jobs.keyring import THE_OPERATOR
from cutaway_runtime.server.makers import Makers
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from fastapi import Request

    from cutaway.wire import ModelInfo, Verb
    from cutaway_runtime.jobs.keyring import Caller
    from cutaway_runtime.jobs.pace import Pace
    from cutaway_runtime.jobs.queue import Queue
    from cutaway_runtime.jobs.reserve import Reserve
    from cutaway_runtime.jobs.shelf import Shelf
    from cutaway_runtime.server.lookouts import Lookouts
    from cutaway_runtime.server.settings import Settings
    from cutaway_runtime.server.traffic import Traffic
    from cutaway_runtime.worker.supervisor import Supervisor


@dataclass
class Desk:
    """One per server, and one more for each request of an API key. `closing` is set once no more work is taken."""

    settings: Settings
    queue: Queue
    shelf: Shelf
    supervisor: Supervisor
    pace: Pace
    reserve: Reserve
    traffic: Traffic
    lookouts: Lookouts
    makers: Makers = field(default_factory=Makers)
    closing: bool = False
    caller: Caller = THE_OPERATOR
    """Who asks. The queue and its ledger answer what this caller may see."""

    def accept(self) -> None:
        """Raises `Refusal` when the server is on its way down."""
        if self.closing:
            raise Refusal(
                503,
                "shutting_down",
                "the server is ending; queued jobs go on when it is started again",
                headers={"retry-after": "5", "connection": "close"},
            )

    def admit(self, request: Request | None = None) -> None:
        """Raises `StorageFull` when there is no room for something new, or for what a request says it brings."""
        length = request.headers.get("content-length", "") if request is not None else ""
        self.reserve.check(int(length) if length.isdecimal() and len(length) < 16 else 0)

    def operate(self) -> None:
        """Raises `Refusal` for everybody but the operator."""
        if not self.caller.is_operator:
            raise Refusal(403, "operator_only", "this is for the operator of the server; an API key may not see it")


def desk_of(request: Request) -> Desk:
    """The desk as whoever sent the request may use it."""
    desk: Desk = request.app.state.desk
    caller: Caller = request.state.caller
    if caller.is_operator:
        return desk
    return replace(desk, queue=desk.queue.seen_by(caller.sees), caller=caller)


def models() -> dict[str, ModelInfo]:
    """What the catalogue says; asked again when a model was installed or removed."""
    return _models(catalog.stamp())


def default_models() -> dict[Verb, str]:
    return _default_models(catalog.stamp())


@lru_cache(maxsize=1)
def _models(_stamp: object) -> dict[str, ModelInfo]:
    return {info.id: info for info in catalog.models()}


@lru_cache(maxsize=1)
def _default_models(_stamp: object) -> dict[Verb, str]:
    return catalog.default_models()
