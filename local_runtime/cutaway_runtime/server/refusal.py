"""Errors as answers: always {"error": {"message", "type", "param", "code"}}, whatever went wrong.

A client that retries is told not to (`x-should-retry: false`) where sending the same again cannot help.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cutaway_runtime.plan.effective import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

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
        if self.status != 429 and self.status < 500:
            headers["x-should-retry"] = "false"
        return JSONResponse(body, self.status, headers)


def not_found(what: str, name: str, param: str = "id") -> Refusal:
    """404: there is no such thing, or it was deleted."""
    return Refusal(404, f"{what}_not_found", f"there is no {what} {name!r} here", param=param)


def install(app: FastAPI) -> None:
    """Every way a request can fail ends in the same shape."""

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
        return Refusal(error.status_code, code, message, headers=error.headers).answer()

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s", request.method, request.url.path, exc_info=error)
        message = f"the server failed over this request ({type(error).__name__}); its log says where"
        return Refusal(500, "internal_error", message).answer()
