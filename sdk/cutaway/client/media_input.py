"""What a caller may give where a picture or a clip is wanted, and what becomes of it on the wire.

Everything ends as one of two things: a reference (to a video, an uploaded file or a URL), which
travels as JSON, or a local file, which has to be sent. Pillow, numpy and torch are recognised by what is
already loaded, and a clip of OpenTimelineIO by what it has: none of them is imported here.
"""

from __future__ import annotations

import io
import mimetypes
import os
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias, Union

from cutaway.client import footage
from cutaway.client.request import FilePart
from cutaway.errors import MediaError
from cutaway.wire import File, Reference, Video

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from cutaway.client.footage import TimelineClip
    from cutaway.timebase import RateLike


class Tensor(Protocol):
    """A tensor of torch, by what is asked of it here."""

    def detach(self) -> Any: ...
    def numel(self) -> int: ...


MediaInput: TypeAlias = Union[
    str,
    "os.PathLike[str]",
    bytes,
    BinaryIO,
    "Image.Image",
    "NDArray[np.uint8]",
    Tensor,
    "TimelineClip",
    "tuple[TimelineClip, Any]",
    Video,
    File,
    Reference,
    Mapping[str, Any],
]
"""A picture or a clip: a path, the bytes of a file, a binary file, a PIL image, an array or a tensor of
(H, W, 3) or (T, H, W, 3) uint8 RGB, another video, one of its frames (`video.frame(-1)`), an uploaded
file, an http(s) URL, a data: URI, or a reference as the wire has it ({"id": ...}, {"file_id": ...}).

Of a clip of OpenTimelineIO the frames of its `source_range` are taken, or those of a TimeRange in its
source time: `(clip, time_range)`."""

ACCEPTED = (
    "a path, bytes, a binary file, a PIL image, a uint8 array or tensor (H, W, 3) or (T, H, W, 3), a Video, "
    "video.frame(n), an uploaded File, a URL, a data: URI or a clip of OpenTimelineIO"
)
SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (0, b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (8, b"WEBP", "image/webp", ".webp"),
    (0, b"GIF8", "image/gif", ".gif"),
    (4, b"ftypqt", "video/quicktime", ".mov"),
    (4, b"ftypavif", "image/avif", ".avif"),
    (4, b"ftyp", "video/mp4", ".mp4"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska", ".mkv"),
)
"""Offset, bytes, media type and suffix by which a nameless file is labelled; the server looks for itself."""


def resolve(media: MediaInput, *, rate: RateLike | None = None) -> dict[str, Any] | FilePart:
    """The reference, as the wire has it, or the local file to send. `rate` is that of a clip given as an array.

    Raises:
        MediaError: not one of the things `MediaInput` names; an array of another shape or dtype; no such file.
        MissingExtra: an array of several frames and a part of a file need the extra `media` to be encoded.
    """
    reference = _referred(media)
    return _local(media, rate) if reference is None else reference


def _referred(media: Any) -> dict[str, Any] | None:
    """What needs no upload, as the wire has it."""
    match media:
        case Video():
            return {"id": media.id}
        case File():
            return {"file_id": media.id}
        case Reference():
            return media.model_dump(exclude_none=True)
        case Mapping():
            return _reference(media)
        case str() if media.startswith(("http://", "https://", "data:")):
            return {"url": media}
    return None


def _local(media: Any, rate: RateLike | None) -> FilePart:
    """What lies on this machine, as a file to send."""
    if isinstance(media, (str, os.PathLike)):
        return _file(media)
    if isinstance(media, (bytes, bytearray, memoryview)):
        return _named("upload", bytes(media), bytes(media[:16]), source="bytes")
    if hasattr(media, "read"):
        return _open_file(media)
    return _encoded(media, rate)


def _encoded(media: Any, rate: RateLike | None) -> FilePart:
    """What is no file yet, as a file to send."""
    if _is("numpy", "ndarray", media):
        return _array(media, rate)
    if _is("torch", "Tensor", media):
        _check_rgb(media)
        return _array(media.detach().cpu().numpy(), rate)
    if _is("PIL.Image", "Image", media):
        picture = io.BytesIO()
        media.save(picture, "PNG")
        return FilePart("image.png", picture.getvalue(), "image/png")
    clip, span = media if isinstance(media, tuple) and len(media) == 2 else (media, None)
    if footage.is_timeline_clip(clip):
        found = footage.of_timeline(clip, span)
        return found if isinstance(found, FilePart) else _file(found)
    raise MediaError(f"a picture or a clip is given as {ACCEPTED}; not as {type(media).__name__}", source=media)


def _is(module: str, name: str, value: object) -> bool:
    """Whether `value` is of a class of a library, without loading the library."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _reference(media: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return Reference.model_validate(dict(media)).model_dump(exclude_none=True)
    except ValueError as error:
        raise MediaError(
            f"a reference names exactly one of id, file_id and url, and perhaps a frame; this one has "
            f"{sorted(media) or 'nothing'}",
            source=media,
        ) from error


def _file(media: str | os.PathLike[str]) -> FilePart:
    path = Path(media).expanduser()
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing"
        raise MediaError(
            f"{path}: a file is wanted and there is {found}; a video on the server is given as {{'id': ...}}",
            source=media,
        )
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise MediaError(f"{path}: the file is empty", source=media)
    return _named(path.name, path, start, source=str(path))


def _open_file(media: Any) -> FilePart:
    name = getattr(media, "name", None)
    name = Path(name).name if isinstance(name, str) else "upload"
    if not getattr(media, "seekable", lambda: False)():
        content = media.read()
        if not isinstance(content, bytes):
            raise MediaError(f"{name}: a file opened in binary mode is wanted, this one is text", source=media)
        return _named(name, content, content[:16], source=name)
    media.seek(0)
    start = media.read(16)
    if not isinstance(start, bytes):
        raise MediaError(f"{name}: a file opened in binary mode is wanted, this one is text", source=media)
    return _named(name, media, start, source=name)


def _named(name: str, content: Any, start: bytes, *, source: str) -> FilePart:
    if not start:
        raise MediaError(f"{source}: there is nothing in it", source=content)
    for offset, mark, media_type, suffix in SIGNATURES:
        if start[offset : offset + len(mark)] == mark:
            return FilePart(name if "." in name else name + suffix, content, media_type)
    return FilePart(name, content, mimetypes.guess_type(name)[0] or "application/octet-stream")


def _check_rgb(media: Any) -> None:
    shape, dtype = tuple(media.shape), str(media.dtype).removeprefix("torch.")
    if dtype == "uint8" and len(shape) in {3, 4} and shape[-1] == 3 and 0 not in shape:
        return
    raise MediaError(
        f"an array is a picture (H, W, 3) or a clip (T, H, W, 3) of uint8 RGB; this one is {shape} of {dtype}",
        source=media,
    )


def _array(media: Any, rate: RateLike | None) -> FilePart:
    _check_rgb(media)
    shape = tuple(media.shape)
    if len(shape) == 3:
        return FilePart("image.png", png(media.tobytes(), shape[1], shape[0]), "image/png")
    return footage.of_array(media, rate)


def png(rgb: bytes, width: int, height: int) -> bytes:
    """A PNG file of `height` rows of `width` RGB pixels, eight bits each."""
    row = width * 3
    rows = b"".join(b"\0" + rgb[start : start + row] for start in range(0, row * height, row))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
