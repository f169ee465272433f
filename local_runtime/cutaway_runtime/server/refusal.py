"""Errors as answers: always {"error": {"message", "type", "param", "code"}}, whatever went wrong.

A client that retries is told not to (`x-should-retry: false`) where sending the same again cannot help.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from cutaway_runtime.jobs.database import is_away
from cutaway_runtime.jobs.reserve import StorageFull, is_full
from cutaway_runtime.plan.request import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI, Request
    from starlette.routing import Route

log = logging.getLogger(__name__)

_TYPES: Final = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_CODES: Final = {404: "route_not_found", 405: "method_not_allowed"}


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})

    def answer(self) -> JSONResponse:
        """The response."""
        kind = _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        body = {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}
        headers = dict(self.headers)
        if self.status in {429, 503}:
            seconds = headers.setdefault("retry-after", "2")
            headers["retry-after-ms"] = str(1000 * int(seconds))
        else:
            headers["x-should-retry"] = "false"
        return JSONResponse(body, self.status, headers)


def not_found(what: str, name: str, param: str = "id") -> Refusal:
    """404: there is no such thing, or it was deleted."""
    return Refusal(404, f"{what}_not_found", f"there is no {what} {name!r} here", param=param)


def database_away() -> Refusal:
    """503: the database of several servers does not answer, or is being started again."""
    log.warning("the database cannot be reached")
    return Refusal(503, "database_unavailable", "the server cannot reach its database; send this again in a moment")


def install(app: FastAPI, routes: Sequence[Route]) -> None:
    """Every way a request can fail ends in the same shape."""
    _install_storage(app)

    @app.exception_handler(Refusal)
    async def refused(_request: Request, error: Refusal) -> JSONResponse:
        return error.answer()

    @app.exception_handler(PlanError)
    async def unplanned(_request: Request, error: PlanError) -> JSONResponse:
        return Refusal(400, error.code, str(error), param=error.param).answer()

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "invalid_request")
        message = f"{request.method} {request.url.path}: {error.detail}"
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        if error.status_code == 405:
            # One path is several routes here; the framework names the methods of the first.
            path = request.url.path
            here = [route for route in routes if route.path == path] or [
                route for route in routes if route.path_regex.match(path)
            ]
            headers["allow"] = ", ".join(sorted({method for route in here for method in route.methods or ()}))
        return Refusal(error.status_code, code, message, headers=headers).answer()

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> JSONResponse:
        return Refusal(400, "invalid_request", "the connection ended before the body did").answer()

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        name = request.scope.get("state", {}).get("request_id", "")
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        message = f"the server failed over this request ({type(error).__name__}); its log says where, under {name}"
        return Refusal(500, "internal_error", message).answer()


def _install_storage(app: FastAPI) -> None:
    """What disk and database may say."""

    @app.exception_handler(StorageFull)
    async def no_room(_request: Request, error: StorageFull) -> JSONResponse:
        return Refusal(507, "storage_full", str(error)).answer()

    @app.exception_handler(OSError)
    @app.exception_handler(OperationalError)
    async def failing(_request: Request, error: OSError | OperationalError) -> JSONResponse:
        if is_full(error):
            return Refusal(507, "storage_full", "the disk is full: delete some videos, then send this again").answer()
        if is_away(error):
            return database_away().answer()
        raise error
