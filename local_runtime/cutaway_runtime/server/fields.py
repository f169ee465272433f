"""What was sent, as a model of the wire: bracketed keys unfolded, JSON texts read, file parts put in their places.

cutaway[last_frame][id]=video_1             {"cutaway": {"last_frame": {"id": "video_1"}}}
tags[]=a&tags[]=b                           {"tags": ["a", "b"]}
characters[][id]=a&characters[][id]=b       {"characters": [{"id": "a"}, {"id": "b"}]}
cards[0][at]=0&cards[0][prompt]=dawn        {"cards": [{"at": "0", "prompt": "dawn"}]}
cutaway={"loop": true}                      {"cutaway": {"loop": true}}

Of a reference counts what was written out (brackets or JSON), then a JSON file part, then a file part that holds
something, then a plain text. What was overruled is named, not forgotten.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cutaway.wire import VideoCreate
from cutaway_runtime.server.body import parse_value
from cutaway_runtime.server.refusal import Refusal
from cutaway_runtime.server.relatives import adopted, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway_runtime.jobs.shelf import Shelf
    from cutaway_runtime.server.body import Body

_KEY: Final = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
MAX_DEPTH: Final = 8
REFERENCE_BYTES: Final = 256 * 1024
"""Of a file part that is a reference written as JSON."""

M = TypeVar("M", bound=BaseModel)


class Form:
    """Fields and files of a form on their way to nested objects and lists."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.overruled: list[str] = []
        """What something else of the same name won over, such as "video (file part)"."""
        self._of_lists: dict[tuple[str, ...], list[str]] = {}

    def put(self, key: str, value: Any) -> None:
        """A value at the place its key names.

        Raises:
            Refusal: a key that is no path, or two values for one place.
        """
        path = path_of(key)
        at, last = self._place(path)
        if isinstance(at, list):
            at.append(_nested(path[path.index("") + 1 :], value))
            return
        there = at.get(last)
        if there in (None, ""):
            at[last] = value
        elif value != "":
            both = isinstance(there, (dict, list)) != isinstance(value, (dict, list))
            why = "is both a text and an object" if both else "is sent twice; the key of a list ends in []"
            raise Refusal(400, "invalid_request", f"{key[:80]!r} {why}", param=path[0])

    def put_file(self, key: str, value: Any, *, written: bool) -> bool:
        """A file part at the place its key names, unless something stands there that counts for more.

        Args:
            key: the name of the part.
            value: the reference it is.
            written: it is a text that names something, not the bytes of a picture or a clip.

        Returns:
            Whether it was wanted.
        """
        path = path_of(key)
        at, last = self._place(path)
        if isinstance(at, list):
            at.append(_nested(path[path.index("") + 1 :], value))
            return True
        there = at.get(last)
        if isinstance(there, dict) and "file_id" in there and not written:
            raise Refusal(400, "invalid_request", f"{key[:80]!r} is sent twice", param=path[0])
        if there not in (None, "", {}) and not (isinstance(there, str) and there.lstrip()[:1] != "{"):
            self.overruled.append(f"{key} (file part)")
            return False
        if there not in (None, "", {}):
            self.overruled.append(f"{key} (text)")
        at[last] = value
        return True

    def _place(self, path: list[str]) -> tuple[dict[str, Any] | list[Any], str]:
        """Where a path ends: an object and the name in it, or a list to add to."""
        names, rest = path, []
        shown = ".".join(name for name in path if name)
        if "" in path:
            cut = path.index("")
            names, rest = path[:cut], path[cut + 1 :]
            shown = ".".join(names)
            # In a form the fields of several objects cannot be told apart; objects of one field each can.
            if "" in rest or self._of_lists.setdefault(tuple(names), rest) != rest:
                key = names[0] + "".join(f"[{name}]" for name in names[1:])
                why = f"{shown}: a list of objects with several fields travels as a JSON text: {key}=[{{...}}, ...]"
                raise Refusal(400, "invalid_request", why, param=shown)
        at = self.values
        for name in names[:-1]:
            if at.get(name) in (None, ""):
                at[name] = {}
            at = at[name]
            if not isinstance(at, dict):
                raise Refusal(400, "invalid_request", f"{shown} is both a text and an object", param=path[0])
        if "" not in path:
            return at, names[-1]
        if at.get(names[-1]) in (None, ""):
            at[names[-1]] = []
        found = at[names[-1]]
        if not isinstance(found, list):
            raise Refusal(400, "invalid_request", f"{shown} is a list here and something else there", param=shown)
        return found, ""


def path_of(key: str) -> list[str]:
    """The names in a bracketed key; "" stands for "one more of a list"."""
    match = _KEY.match(key)
    if match is None:
        raise Refusal(400, "invalid_request", f"{key[:80]!r} is no field name", param=key[:80])
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > MAX_DEPTH:
        raise Refusal(400, "invalid_request", f"{key[:80]!r} is nested too deeply", param=key[:80])
    return path


def _nested(names: list[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value


def values_of(body: Body, shelf: Shelf) -> tuple[dict[str, Any], list[str]]:
    """The body as one nested object, and what in it was overruled.

    Every file part that is used stands in it as a reference to the file it became; the others are gone from the
    shelf and from `body.files`. An empty file part is nothing.

    Raises:
        Refusal: a key that is no path, or two values for one place.
    """
    if body.values is not None:
        return dict(body.values), []
    form = Form()
    for key, value in body.pairs:
        form.put(key, value)
    kept = []
    for key, file in body.files:
        if file.size and file.head.lstrip()[:1] == b"{":  # no picture and no clip begins so
            if file.size > REFERENCE_BYTES:
                raise Refusal(413, "too_large", f"{key}: a reference has up to {REFERENCE_BYTES} bytes", param=key)
            form.put_file(key, shelf.file(file.id).read_bytes().decode("utf-8", "replace"), written=True)
        elif file.size and form.put_file(key, {"file_id": file.id}, written=False):
            kept.append((key, file))
            continue
        shelf.remove_file(file.id)
    body.files = kept
    return form.values, form.overruled


def request_of(values: dict[str, Any]) -> tuple[VideoCreate, dict[str, str]]:
    """The request that the values mean, and by which names of other servers what was sent.

    Raises:
        Refusal: what is wrong with which field.
    """
    values = _structured(VideoCreate, values)
    refuse_missing(values)
    sent_as = adopted(values)
    try:
        return read_as(VideoCreate, values), sent_as
    except Refusal as refusal:
        for field, name in sent_as.items():
            if refusal.param is not None and f"{refusal.param}.".startswith(f"{field}."):
                refusal.message = refusal.message.replace(field, name, 1)
                refusal.param = refusal.param.replace(field, name, 1)
        raise


def read_as(model: type[M], values: Mapping[str, Any]) -> M:
    """A model of the wire from values as a form or a JSON body gives them.

    Raises:
        Refusal: what is wrong with which field.
    """
    try:
        return model.model_validate(_structured(model, values))
    except ValidationError as error:
        raise refusal_of(error) from None


def refusal_of(error: ValidationError) -> Refusal:
    """The first thing that is wrong, by its path; what was sent is not repeated (it may not even be writable)."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    param = ".".join(str(part) for part in first["loc"] if part != "function-before")
    code = "missing_required_parameter" if first["type"] == "missing" else "invalid_request"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such field"
    return Refusal(400, code, f"{param}: {message}" if param else message, param=param or None)


def _structured(model: type[BaseModel], values: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """JSON texts read where the model wants an object or a list; what says nothing (null, an empty field) left out."""
    read = {}
    wanted = _objects(model)
    for name, value in values.items():
        if name not in model.model_fields and name not in wanted:
            read[name] = value
        elif value is None or (value == "" and name not in {"prompt", "negative_prompt"}):
            continue
        elif name in wanted:
            read[name] = _read(*wanted[name], f"{where}{name}", value)
        else:
            read[name] = value
    return read


def _read(inner: type[BaseModel], many: bool, name: str, value: Any) -> Any:  # noqa: FBT001
    """A value where the model wants an object, or a list of them."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        value = parse_value(name, value)
    if not many:
        return _structured(inner, value, f"{name}.") if isinstance(value, dict) else value
    if isinstance(value, str):
        value = [value]
    elif isinstance(value, dict) and value.keys() == {str(n) for n in range(len(value))}:
        value = [value[str(n)] for n in range(len(value))]
    if not isinstance(value, list):
        return value
    return [_read(inner, False, f"{name}.{n}", one) for n, one in enumerate(value)]


@lru_cache
def _objects(model: type[BaseModel]) -> dict[str, tuple[type[BaseModel], bool]]:
    """The fields of a model that hold an object, or (True) a list of them, by their names and their aliases."""
    found = {}
    for name, field in model.model_fields.items():
        types = _types(field.annotation)
        inner = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
        if inner is not None:
            found[field.alias or name] = found[name] = inner, any(get_origin(t) is list for t in types)
    return found


def _types(annotation: Any) -> list[Any]:
    """A type and everything inside its brackets."""
    return [annotation, *(inner for arg in get_args(annotation) for inner in _types(arg))]


def digest_text(request: BaseModel) -> str:
    """A request as one text that is equal for equal requests, also where one says what would be done anyway."""
    said = request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(said, sort_keys=True, ensure_ascii=False)
