"""The models a server has."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from pydantic import BaseModel

from cutaway.client.io import run
from cutaway.client.keywords import Call, sent, spelled_out
from cutaway.client.refusal import parsed
from cutaway.wire import ModelInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.client.raw import AsyncRawModels, RawModels
    from cutaway.client.session import Session


async def listed(session: Session, **call: Any) -> tuple[ModelInfo, ...]:
    body = parsed(await session.call("GET", "/models", **sent(call)))
    return session.understood(body, "list of models", lambda: _ModelPage.model_validate(body).data)


class _ModelPage(BaseModel):
    data: tuple[ModelInfo, ...]


class Models:
    """The models a server has."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def with_raw_response(self) -> RawModels:
        """The same verb, giving the answer as it came."""
        from cutaway.client.raw import RawModels

        return RawModels(self, self._session)

    @spelled_out(Call)
    def list(self, **call: Unpack[Call]) -> Sequence[ModelInfo]:
        """Every model the server knows, installed or not, and what each can do."""
        return run(listed(self._session, **call))


class AsyncModels:
    """The models a server has."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def with_raw_response(self) -> AsyncRawModels:
        """The same verb, giving the answer as it came."""
        from cutaway.client.raw import AsyncRawModels

        return AsyncRawModels(self, self._session)

    @spelled_out(Call)
    async def list(self, **call: Unpack[Call]) -> Sequence[ModelInfo]:
        """Every model the server knows, installed or not, and what each can do."""
        return await listed(self._session, **call)
