"""/v1/models, /v1/cutaway/capabilities and /health: what is here."""

from __future__ import annotations

import os
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from cutaway import __version__
from cutaway.wire import Capabilities, OutputFormat
from cutaway_runtime.engine.catalog import STYLES
from cutaway_runtime.server import desk
from cutaway_runtime.server.refusal import not_found
from cutaway_runtime.server.videos import answer

router: Final = APIRouter(tags=["models"])


@router.get("/v1/models", summary="Every model, installed or not")
async def page() -> Response:
    data = [info.model_dump(mode="json", exclude_none=True) for info in desk.models().values()]
    return JSONResponse({"object": "list", "data": data})


@router.get("/v1/models/{model_id:path}", summary="One model")
async def retrieve(model_id: str) -> Response:
    info = desk.models().get(model_id)
    if info is None:
        raise not_found("model", model_id, param="model")
    return answer(info)


@router.get("/v1/cutaway/capabilities", summary="What this server speaks and what it can make")
async def capabilities() -> Response:
    return answer(
        Capabilities(
            version=__version__,
            models=list(desk.models().values()),
            default_models=desk.default_models(),
            formats=list(OutputFormat),
            styles=list(STYLES),
        )
    )


@router.get("/health", summary="Whether it is up; wants no key")
async def health() -> Response:
    return JSONResponse({"status": "ok", "version": __version__, "pid": os.getpid()})
