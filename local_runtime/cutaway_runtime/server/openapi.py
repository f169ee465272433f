"""/openapi.json: what every route takes and answers, drawn from the routes and the models of the wire.

What routes say of themselves is in `spoken`; what all of them have in common is added here.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from cutaway import __version__
from cutaway.wire import ErrorAnswer, Event, Reference
from cutaway_runtime.server.spoken import IDEMPOTENT, Spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import Response
    from fastapi.routing import APIRoute
    from pydantic import BaseModel
    from pydantic_core import core_schema

Schema = dict[str, Any]

SAID: Final[dict[int, str]] = {
    206: "The part that was asked for",
    304: "The very bytes the client has",
    400: "Something in it cannot be meant, or cannot be made; or the Host is none of this server's names",
    401: "The key is missing or wrong",
    403: "A page of another site sent it",
    404: "There is no such thing here",
    409: "Not in the state it is in now",
    410: "The file is gone",
    413: "Too large",
    415: "A body of a type that is not read",
    416: "The file has no such range",
    422: "The Idempotency-Key stands for another request",
    429: "Too many jobs wait, or the quota of this month is spent",
    500: "The server failed; its log says where",
    503: "The server is ending, or not ready",
    507: "The disk is full",
}
_PLACE: Final = re.compile(r"\{(\w+)(?::path)?\}")
_REF: Final = "#/components/schemas/{model}"
_ERROR: Final = "#/components/responses/error_{status}"
_NAMED: Final = {"x-request-id": {"description": "The name of this request.", "schema": {"type": "string"}}}
_OR_TEXT: Final = "OrText"


def publish(routes: Iterable[APIRoute]) -> APIRouter:
    """The route that answers the document of the other ones."""
    router = APIRouter()
    there = list(routes)

    @cache
    def drawn() -> Schema:
        return document(there)

    @router.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
    async def openapi() -> Response:
        return JSONResponse(drawn())

    return router


def document(routes: Iterable[APIRoute]) -> Schema:
    """The OpenAPI document of some routes.

    Raises:
        TypeError: a route that does not say what it speaks.
    """
    paths: dict[str, Schema] = {}
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ErrorAnswer, "serialization"): None,
        (Event, "serialization"): None,
    }
    for route in routes:
        said = getattr(route.endpoint, "__spoken__", None)
        if said is None:
            raise TypeError(f"{route.path}: decorate {route.endpoint.__name__} with @speaks(...)")
        if said.takes is not None:
            models[said.takes, "validation"] = None
        answers = [model for model in said.gives if not isinstance(model, str)]
        models |= {(model, "serialization"): None for model in (*answers, *said.instead.values())}
        for method in sorted((route.methods or set()) - {"HEAD"}):
            paths.setdefault(_PLACE.sub(r"{\1}", route.path), {})[method.lower()] = _operation(route, method, said)
    _, drawn = models_json_schema(list(models), ref_template=_REF, schema_generator=_Drawing)
    components = _two_names(drawn["$defs"])
    for operation in (operation for path in paths.values() for operation in path.values()):
        _draw_forms(operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cutaway runtime",
            "version": __version__,
            "description": "The Videos API, and what cutaway adds to it. Every GET answers HEAD too.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {f"error_{status}": _error(status) for status in SAID if status >= 400},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "The file `token` of the home folder."}
            },
        },
    }


def _two_names(components: Schema) -> Schema:
    """What may be a text or an object is a component of its own beside that object, as generators want."""
    either = {name: schema for name, schema in components.items() if _is_text_or_object(schema)}
    text = json.dumps(components)
    for name in either:
        text = text.replace(f'"{_REF.format(model=name)}"', f'"{_REF.format(model=name + _OR_TEXT)}"')
    found: Schema = json.loads(text)
    for name in either:
        plain, whole = found[name]["anyOf"]
        found[name] = {"title": name, **whole}
        found[name + _OR_TEXT] = {"anyOf": [plain, {"$ref": _REF.format(model=name)}]}
    return found


def _is_text_or_object(schema: Schema) -> bool:
    return [way.get("type") for way in schema.get("anyOf", ())] == ["string", "object"]


def id_of(route: APIRoute) -> str:
    """Such as `videos_create`."""
    return f"{route.tags[0] if route.tags else 'server'}_{route.endpoint.__name__}"


def _operation(route: APIRoute, method: str, said: Spoken) -> Schema:
    names = _PLACE.findall(route.path)
    operation: Schema = {
        "operationId": id_of(route),
        "summary": route.summary,
        "tags": list(route.tags),
        "parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
        + [parameter.drawn() for parameter in (*said.reads, *((IDEMPOTENT,) if said.keyed else ()))],
        "responses": {
            str(status): _response(status, said)
            if status < 400 or status in said.instead
            else {"$ref": _ERROR.format(status=status)}
            for status in sorted({*_statuses(method, names, said)})
        },
    }
    if said.takes is not None:
        # Put in by name; `_draw_forms` makes schemas of it once all models are drawn.
        operation["requestBody"] = {"required": True, "content": said}
    if said.open:
        operation["security"] = []
    return operation


def _statuses(method: str, names: list[str], said: Spoken) -> Iterator[int]:
    yield from (200, 400, 500, *said.answers)
    if not said.open:
        yield 401
    if names:
        yield 404
    if method not in {"GET", "HEAD"}:
        yield from (403, 507)
    if said.takes is not None:
        yield from (413, 415, 503)
    if said.keyed:
        yield from (422, 429)


def _response(status: int, said: Spoken) -> Schema:
    """An answer that is no error, or no ordinary one."""
    response: Schema = {"description": SAID.get(status, "What was asked for"), "headers": dict(_NAMED)}
    if status != 304:
        response["content"] = _content((said.instead[status],) if status in said.instead else said.gives)
    linked = [link for model in said.gives for link in _LINKS.get(getattr(model, "__name__", ""), ())]
    if status == 200 and linked:
        response["links"] = {
            name: {"operationId": operation, "parameters": {parameter: "$response.body#/id"}}
            for name, operation, parameter in linked
        }
    return response


def _error(status: int) -> Schema:
    """An answer that is one."""
    headers = dict(_NAMED)
    if status in {429, 503}:
        for name, unit in (("retry-after", "Seconds"), ("retry-after-ms", "Milliseconds")):
            headers[name] = {"description": f"{unit} to wait.", "schema": {"type": "string", "pattern": r"^\d+$"}}
    else:
        headers["x-should-retry"] = {
            "description": "Sending the same again cannot help.",
            "schema": {"type": "string", "enum": ["false"]},
        }
    return {
        "description": SAID[status],
        "headers": headers,
        "content": {"application/json": {"schema": _ref(ErrorAnswer)}},
    }


_LINKS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "Video": tuple(
        (name, f"videos_{name}", "video_id") for name in ("retrieve", "content", "events", "cancel", "remix", "delete")
    ),
    "File": tuple((name, f"files_{name}", "file_id") for name in ("retrieve", "delete")),
    "Character": tuple((name, f"characters_{name}", "character_id") for name in ("retrieve", "delete")),
}
"""Where one can go from an answer: by its model, (name, operation, parameter that its id is)."""


def _content(gives: tuple[type[BaseModel] | str, ...]) -> Schema:
    kinds = [kind for kind in gives if isinstance(kind, str)]
    if kinds:
        texts = {"application/json": {}, "text/event-stream": {"x-item-schema": _ref(Event)}}
        return {kind: texts.get(kind, {"schema": {"type": "string", "format": "binary"}}) for kind in kinds}
    refs = [_ref(model) for model in gives if not isinstance(model, str)]
    return {"application/json": {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": _REF.format(model=model.__name__)}


# -- bodies ------------------------------------------------------------------------------------------


def _draw_forms(operation: Schema, components: Schema) -> None:
    """The body of an operation in its media types: JSON as the model is, forms with files and JSON texts in them."""
    body = operation.get("requestBody")
    if body is None:
        return
    said: Spoken = body["content"]
    assert said.takes is not None
    schema = components[said.takes.__name__]
    needed = [*schema.get("required", []), *(name for name in said.needs if name not in schema.get("required", []))]
    exact = _ref(said.takes) if not said.needs else {"allOf": [_ref(said.takes), {"required": list(said.needs)}]}
    files: Schema = {"type": "object", "properties": {}, "required": needed}
    texts: Schema = {"type": "object", "properties": {}, "required": needed}
    encoding = {}
    for name, field in schema["properties"].items():
        kind = _kind(field, components)
        files["properties"][name] = texts["properties"][name] = _sendable(field)
        if kind == "reference":
            files["properties"][name] = {"type": "string", "format": "binary", "description": _AS_FILE}
            texts["properties"][name] = {"type": "string", "description": _AS_TEXT}
        elif kind == "object":
            encoding[name] = {"contentType": "application/json"}
    forms: Schema = {"multipart/form-data": {"schema": files}}
    if encoding:
        forms["multipart/form-data"]["encoding"] = encoding
    plain = {"schema": texts, **({"encoding": encoding} if encoding else {})}
    body["content"] = {"application/json": {"schema": exact}, **forms, "application/x-www-form-urlencoded": plain}


def _sendable(field: Schema) -> Schema:
    """The schema of a field in a form, which has no way to say null."""
    said = {key: value for key, value in field.items() if key not in {"default", "anyOf"}}
    ways = [way for way in field.get("anyOf", ()) if way != {"type": "null"}]
    return said | (ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else {})


_AS_TEXT: Final = (
    "The id of a video or of a file, a data: URI, or a reference as JSON; "
    "its fields may be sent one by one as well: `name[id]`, `name[file_id]`."
)
_AS_FILE: Final = f"A picture or a clip. Or a text instead of a file: {_AS_TEXT[0].lower()}{_AS_TEXT[1:]}"


def _kind(field: Schema, components: Schema) -> str:
    """What a field holds: "reference", "object" (or a list), or "plain"."""
    for schema in [field, *field.get("anyOf", ())]:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name == Reference.__name__ + _OR_TEXT:
            return "reference"
        if schema.get("type") in {"array", "object"} or components.get(name, {}).get("type") == "object":
            return "object"
    return "plain"


class _Drawing(GenerateJsonSchema):
    """Answers leave out what is null, and nothing else."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: FBT001 - as the base class calls it
    ) -> bool:
        if self.mode == "serialization" and field["type"] == "model-field":
            inner: Any = field["schema"]
            while inner["type"] == "default":
                inner = inner["schema"]
            return bool(inner["type"] != "nullable")
        return super().field_is_required(field, total)
