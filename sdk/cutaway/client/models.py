"""The models a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from cutaway.client.io import run
from cutaway.client.refusal import parsed
from cutaway.wire import ModelInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.client.session import Session


async def listed(session: Session) -> tuple[ModelInfo, ...]:
    body = parsed(await session.call("GET", "/models"))
    return session.understood(body, "list of models", lambda: _ModelPage.model_validate(body).data)


class _ModelPage(BaseModel):
    data: tuple[ModelInfo, ...]


class Models:
    """The models a server has."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self) -> Sequence[ModelInfo]:
        """Every model the server knows, installed or not, and what each can do."""
        return run(listed(self._session))


class AsyncModels:
    """The models a server has."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self) -> Sequence[ModelInfo]:
        """Every model the server knows, installed or not, and what each can do."""
        return await listed(self._session)
