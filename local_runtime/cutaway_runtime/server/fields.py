"""What was sent, as a `wire.VideoCreate`: bracketed keys unfolded, JSON texts read, references put in their places.

cutaway[last_frame][id]=video_1      {"cutaway": {"last_frame": {"id": "video_1"}}}
tags[]=a&tags[]=b                    {"tags": ["a", "b"]}
cutaway={"loop": true}               {"cutaway": {"loop": true}}
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, ValidationError

from cutaway.wire import Extras, VideoCreate
from cutaway_runtime.server.body import parse_object
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY: Final = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
MAX_DEPTH: Final = 8
HOISTED: Final = "last_frame"
"""The one field of the `cutaway` object that is also taken by its bare name: it stands beside `input_reference`."""


def unfold(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form fields as nested objects and lists.

    Raises:
        Refusal: a key that is no path, or a value that is text here and an object there.
    """
    root: dict[str, Any] = {}
    for key, value in pairs:
        put(root, path_of(key), value)
    return root


def path_of(key: str) -> list[str]:
    match = _KEY.match(key)
    if match is None:
        raise Refusal(400, "invalid_request", f"{key[:80]!r} is no field name", param=key[:80])
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > MAX_DEPTH:
        raise Refusal(400, "invalid_request", f"{key[:80]!r} is nested too deeply", param=key[:80])
    return path


def put(root: dict[str, Any], path: list[str], value: Any, *, keep: bool = False) -> None:
    """`value` at its place. With `keep`, what is there already stays."""
    at: Any = root
    for name, following in pairwise(path):
        at = at.setdefault(name, [] if following == "" else {}) if isinstance(at, dict) else None
        if not isinstance(at, (dict, list)):
            raise Refusal(400, "invalid_request", f"{path[0]!r} is both a text and an object", param=path[0])
    last = path[-1]
    if isinstance(at, list):
        if last != "":
            raise Refusal(400, "invalid_request", "a list of objects travels as a JSON text", param=path[0])
        at.append(value)
    elif not (keep and at.get(last) not in (None, "", {})):
        if isinstance(at.get(last), (dict, list)) and not isinstance(value, (dict, list)):
            raise Refusal(400, "invalid_request", f"{path[0]!r} is both a text and an object", param=path[0])
        at[last] = value


def request_of(values: dict[str, Any]) -> VideoCreate:
    """The request that the values mean.

    Raises:
        Refusal: what is wrong with which field.
    """
    values = _structured(VideoCreate, values)
    extras = values.setdefault("cutaway", {})
    if HOISTED in values and isinstance(extras, dict):
        extras.setdefault(HOISTED, values.pop(HOISTED))
        values["cutaway"] = _structured(Extras, extras)
    try:
        return VideoCreate.model_validate(values)
    except ValidationError as error:
        raise refusal_of(error) from None


def refusal_of(error: ValidationError) -> Refusal:
    """The first thing that is wrong, by its path; what was sent is not repeated (it may not even be writable)."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    param = ".".join(str(part) for part in first["loc"] if part != "function-before")
    code = "missing_required_parameter" if first["type"] == "missing" else "invalid_request"
    message = first["msg"].removeprefix("Value error, ")
    return Refusal(400, code, f"{param}: {message}" if param else message, param=param or None)


def _structured(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON texts read where the model wants an object or a list; empty form fields left out."""
    read = {}
    wanted = _objects(model)
    for name, value in values.items():
        inner = wanted.get(name)
        made = value
        if inner is not None and isinstance(value, str):
            if not value.strip():
                continue
            if value.lstrip()[0] in "{[":
                made = _json(name, value)
        elif name in model.model_fields and value == "" and name not in {"prompt", "negative_prompt"}:
            continue
        if inner is not None and isinstance(made, dict):
            made = _structured(inner, made)
        read[name] = made
    return read


def _json(name: str, text: str) -> Any:
    try:
        return parse_object(b'{"value":' + text.encode() + b"}")["value"]
    except Refusal as refusal:
        refusal.param = name
        raise
    except KeyError:
        raise Refusal(400, "invalid_json", f"{name} is no JSON", param=name) from None


@lru_cache
def _objects(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The fields of a model that hold objects or lists of them, by their names and their aliases."""
    found = {}
    for name, field in model.model_fields.items():
        inner = next((t for t in _types(field.annotation) if isinstance(t, type) and issubclass(t, BaseModel)), None)
        if inner is not None:
            found[field.alias or name] = found[name] = inner
    return found


def _types(annotation: Any) -> list[Any]:
    """A type and everything inside its brackets."""
    return [annotation, *(inner for arg in get_args(annotation) for inner in _types(arg))]


def digest_text(request: VideoCreate) -> str:
    """A request as one text that is equal for equal requests."""
    return json.dumps(request.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
