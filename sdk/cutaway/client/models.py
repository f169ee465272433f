"""The models a server has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cutaway.client.io import run
from cutaway.client.refusal import parsed
from cutaway.errors import APIError
from cutaway.wire import ModelInfo

if TYPE_CHECKING:
    from cutaway.client.session import Session


async def listed(session: Session) -> tuple[ModelInfo, ...]:
    body = parsed(await session.call("GET", "/models"))
    models = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(models, list):
        raise APIError(f"{session.server} did not answer with a list of models", body=body)
    return tuple(ModelInfo.model_validate(model) for model in models)


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
