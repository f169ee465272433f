"""Conversations with stub servers, on every face of the client; tests import the stubs as `servers.sglang`."""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import AsyncCutaway, Cutaway
from cutaway.client.io_stdlib import StdlibIO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TESTS = str(Path(__file__).parents[3])
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)


async def settled(given: Any) -> Any:
    """What a verb came to, on either face."""
    return await given if inspect.isawaitable(given) else given


@pytest.fixture(autouse=True)
def prompt_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of stubs move when they are asked for, so waiting for them is only time."""
    monkeypatch.setattr("cutaway.client.waiting.POLL", (0.002, 0.01))


@pytest.fixture(params=["blocking", "stdlib", "async"])
def talk(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Runs `body(client, settled)` with a client of the address, on one of the faces; the probe decides on the dialect."""

    def on_a_client(url: str, body: Callable[..., Awaitable[Any]], **about: Any) -> Any:
        async def whole() -> Any:
            if request.param == "async":
                async with AsyncCutaway(url, **about) as client:
                    return await body(client, settled)
            with Cutaway(url, io=StdlibIO() if request.param == "stdlib" else None, **about) as client:
                return await body(client, settled)

        return asyncio.run(whole())

    return on_a_client
