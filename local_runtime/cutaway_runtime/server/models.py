"""/v1/models, /v1/cutaway/capabilities and /v1/cutaway/styles: what is here."""

from __future__ import annotations

from typing import Final, get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cutaway import __version__
from cutaway.wire import Capabilities, ModelInfo, ModelList, OutputFormat, Style, StyleList, Variant
from cutaway_runtime.engine.catalog import STYLES
from cutaway_runtime.server import desk
from cutaway_runtime.server.refusal import not_found
from cutaway_runtime.server.spoken import speaks
from cutaway_runtime.server.videos import answer

router: Final = APIRouter(tags=["models"])


@router.get("/v1/models", summary="Every model, installed or not")
@speaks(ModelList)
async def page() -> Response:
    data = [info.model_dump(mode="json", exclude_none=True) for info in desk.models().values()]
    return JSONResponse({"object": "list", "data": data})


@router.get("/v1/models/{model_id:path}", summary="One model")
@speaks(ModelInfo)
async def retrieve(model_id: str) -> Response:
    info = desk.models().get(model_id)
    if info is None:
        raise not_found("model", model_id, param="model")
    return answer(info)


@router.get("/v1/cutaway/capabilities", summary="What this server speaks and what it can make")
@speaks(Capabilities)
async def capabilities(request: Request) -> Response:
    settings = desk.desk_of(request).settings
    return answer(
        Capabilities(
            version=__version__,
            models=list(desk.models().values()),
            default_models=desk.default_models(),
            formats=list(OutputFormat),
            styles=list(STYLES),
            variants=list(get_args(Variant)),
            url_references=bool(settings.url_references),
            webhooks=settings.webhook_url is not None,
        )
    )


@router.get("/v1/cutaway/styles", summary="Looks with a name, and which models know them")
@speaks(StyleList)
async def styles() -> Response:
    knowing: dict[str, list[str]] = {}
    for info in desk.models().values():
        for style in info.styles:
            knowing.setdefault(style, []).append(info.id)
    data = [
        Style(id=style, description=STYLES.get(style, ""), models=models).model_dump()
        for style, models in knowing.items()
    ]
    return JSONResponse({"object": "list", "data": data})
