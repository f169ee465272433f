"""A request's body, read within its limits: JSON, urlencoded or multipart, as fields and files.

Files go to their own folder on the shelf while they arrive, hashed on the way; nothing is held in memory.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn
from urllib.parse import parse_qsl

from cutaway_runtime.jobs.shelf import new_file_id
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

    from cutaway_runtime.jobs.reserve import Reserve
    from cutaway_runtime.jobs.shelf import Shelf

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # what is wrong with a form is said to who sent it

MAX_FIELDS: Final = 1000
MAX_FILES: Final = 70
HEAD_BYTES: Final = 4096
CHECK_BYTES: Final = 4 * 1024**2
"""Of a file on its way, after which the room on the disk is looked at again."""
MAX_DEPTH: Final = 32
"""Of objects and lists inside each other."""


@dataclass
class Arrived:
    """A file part, on disk. `name` is what the client called it, for show only."""

    id: str
    name: str
    media_type: str
    size: int = 0
    sha256: str = ""
    head: bytes = b""


@dataclass
class Body:
    """What was sent: pairs in their order. A JSON body is one dictionary of values with their types."""

    values: dict[str, Any] | None = None
    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, Arrived]] = field(default_factory=list)


async def read_body(request: Request, shelf: Shelf, reserve: Reserve, *, json_bytes: int, upload_bytes: int) -> Body:
    """The body as it was sent. On any error no file is left on the shelf.

    Raises:
        StorageFull: files came nearer to the reserve than may be.
        Refusal: too large, malformed, or of a type that is not read here.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _Multipart(request, shelf, reserve, json_bytes, upload_bytes).read()
    data = bytearray()
    async for chunk in _within(
        request,
        json_bytes,
        "a body without files (a picture or a clip is a file part, or goes first to POST /v1/files)",
    ):
        data += chunk
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(_text(data), True, errors="strict", max_num_fields=MAX_FIELDS)
            return Body(pairs=[(_without_nul(name), _without_nul(value)) for name, value in pairs])
        except ValueError as error:
            raise Refusal(400, "invalid_request", f"no form that can be read: {_plain(error)}") from None
    if kind in {"application/json", ""} or kind.endswith("+json"):
        return Body(values=parse_object(bytes(data)) if data.strip() else {})
    raise Refusal(
        415,
        "unsupported_content_type",
        f"a body is application/json, multipart/form-data or application/x-www-form-urlencoded, not {kind!r}",
    )


def parse_object(data: bytes) -> dict[str, Any]:
    """A JSON object that means one thing: finite numbers, every key once, texts that can be written down again.

    Raises:
        Refusal: anything else.
    """
    try:
        value = json.loads(
            data.decode(), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_each_once
        )
        _check_depth(value)
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates have no UTF-8
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", f"the body is no JSON that can be used: {_plain(error)}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", f"the body is a JSON {type(value).__name__}; an object is wanted")
    return value


def parse_value(name: str, text: str) -> Any:
    """The JSON that a field of a form holds.

    Raises:
        Refusal: it is none.
    """
    try:
        return parse_object(b'{"value":' + text.encode() + b"}")["value"]
    except Refusal as refusal:
        refusal.message = refusal.message.replace("the body", name, 1)
        refusal.param = name
        raise
    except KeyError:
        raise Refusal(400, "invalid_json", f"{name} is no JSON", param=name) from None


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        depth += 1
        inside: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inside += [*one, *one.values()]
            elif isinstance(one, list):
                inside += one
            elif isinstance(one, str) and "\0" in one:
                raise ValueError("a text in it has a NUL character")
        level = inside


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_FIELDS:
        raise ValueError(f"an object in it has more than {MAX_FIELDS} fields")
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in {before for before, _ in pairs[:n]})
        raise ValueError(f"the key {twice[:80]!r} is in it twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _plain(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    return str(error)[:200]


def _text(data: bytes | bytearray) -> str:
    try:
        return _without_nul(data.decode())
    except UnicodeDecodeError:
        raise Refusal(400, "invalid_request", "a field of the form is not UTF-8") from None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise Refusal(400, "invalid_request", "a field of the form has a NUL character")
    return text


async def _within(request: Request, limit: int, what: str) -> AsyncIterator[bytes]:
    """The body's chunks, counted while they arrive; a lying Content-Length changes nothing."""
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > limit:
            raise Refusal(413, "too_large", f"{what} may have up to {limit} bytes")
        yield chunk


class _Multipart:
    """One multipart body on its way to the shelf."""

    def __init__(self, request: Request, shelf: Shelf, reserve: Reserve, json_bytes: int, upload_bytes: int) -> None:
        self._request = request
        self._shelf = shelf
        self._reserve = reserve
        self._unchecked = 0
        self._json_bytes = json_bytes
        self._limit = upload_bytes + json_bytes
        self._body = Body()
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._field = bytearray()
        self._field_bytes = 0
        self._file: Arrived | None = None
        self._out: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._ended = False

    async def read(self) -> Body:
        """The fields and the files."""
        from python_multipart.exceptions import FormParserError
        from python_multipart.multipart import MultipartParser, parse_options_header

        _kind, options = parse_options_header(self._request.headers["content-type"])
        boundary = options.get(b"boundary")
        if not boundary:
            raise Refusal(400, "invalid_request", "a multipart body needs the boundary in its Content-Type")
        try:
            parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                    "on_header_end": self._header,
                    "on_headers_finished": self._open,
                    "on_part_data": self._data,
                    "on_part_end": self._close,
                    "on_end": self._end,
                },
            )
            async for chunk in _within(self._request, self._limit, "the files of a request together"):
                parser.write(chunk)
            if not self._ended:
                raise Refusal(400, "invalid_request", "the multipart body ends in the middle")
        except FormParserError as error:
            self._drop()
            raise Refusal(400, "invalid_request", f"no multipart body: {error}") from None
        except BaseException:
            self._drop()
            raise
        return self._body

    def _drop(self) -> None:
        if self._out is not None:
            self._out.close()
        arrived = [file for _name, file in self._body.files] + ([self._file] if self._file else [])
        for file in arrived:
            self._shelf.remove_file(file.id)

    def _begin(self) -> None:
        self._headers, self._field, self._file = {}, bytearray(), None

    def _header(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _open(self) -> None:
        from python_multipart.multipart import parse_options_header

        _kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise Refusal(400, "invalid_request", "a part of the form has no name")
        self._name = _text(options[b"name"])
        if b"filename" not in options:
            if len(self._body.pairs) >= MAX_FIELDS:
                raise Refusal(400, "invalid_request", f"a form has up to {MAX_FIELDS} fields")
            return
        if len(self._body.files) >= MAX_FILES:
            raise Refusal(400, "invalid_request", f"a form has up to {MAX_FILES} files")
        media_type = self._headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        self._file = Arrived(new_file_id(), shown_name(options[b"filename"]), media_type)
        self._hash = hashlib.sha256()
        self._shelf.file_folder(self._file.id).mkdir(mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        self._out = os.fdopen(os.open(self._shelf.file(self._file.id), flags, 0o600), "wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = data[start:end]
        if self._file is None or self._out is None:
            self._field_bytes += len(part)
            if self._field_bytes > self._json_bytes:
                raise Refusal(
                    413,
                    "too_large",
                    f"the fields of a form, without its files, may have up to {self._json_bytes} bytes",
                )
            self._field += part
            return
        file = self._file
        file.head += part[: HEAD_BYTES - len(file.head)]
        file.size += len(part)
        self._hash.update(part)
        self._out.write(part)
        self._unchecked += len(part)
        if self._unchecked >= CHECK_BYTES:  # others upload too, and a body need not say how long it is
            self._unchecked = 0
            self._reserve.check()

    def _close(self) -> None:
        if self._file is None or self._out is None:
            self._body.pairs.append((self._name, _text(self._field)))
            return
        self._out.close()
        self._out = None
        file, self._file = self._file, None
        file.sha256 = self._hash.hexdigest()
        self._body.files.append((self._name, file))

    def _end(self) -> None:
        self._ended = True


def shown_name(name: bytes) -> str:
    """A file's name as it may be shown: its last part, printable, of a decent length."""
    text = name.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in text if c.isprintable())[:200]
