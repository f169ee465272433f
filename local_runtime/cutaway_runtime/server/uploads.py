"""Files taken in: recognised by their first bytes, looked into by a process of its own, then noted as ours.

Whatever a hostile file does to a decoder, it does to a child that has little memory and little time.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from cutaway.media.sniff import CONTAINERS, HEAD_BYTES, sniff
from cutaway.wire import File, MediaFacts
from cutaway_runtime.jobs.ledger import StoredFile
from cutaway_runtime.jobs.shelf import new_file_id, sync_folder
from cutaway_runtime.server.body import Arrived
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.server.desk import Desk
    from cutaway_runtime.server.lookouts import Lookouts

TAKEN: Final = sorted(name for name in CONTAINERS if name != "tiff")
"""Kinds of files. A TIFF can be too many things, and is none that a browser or a telephone sends."""
_DATA_URL: Final = re.compile(r"^data:([\w.+/-]*)((?:;[\w.+=-]+)*?)(;base64)?,", re.IGNORECASE)


def invalid_media(param: str | None, message: str) -> Refusal:
    return Refusal(400, "invalid_media", message, param=param)


async def take_in(desk: Desk, arrived: Arrived, *, param: str, purpose: str = "vision") -> StoredFile:
    """A file part, now a file of ours. One that is refused is gone.

    Raises:
        Refusal: 400, nothing that is read, or damaged.
    """
    try:
        stored = await _looked_into(desk.lookouts, desk.shelf.file(arrived.id), arrived, param, purpose)
        await desk.queue.run(desk.queue.store.files.add, stored, desk.caller.owner)
    except BaseException:
        await asyncio.to_thread(desk.shelf.remove_file, arrived.id)
        raise
    return stored


async def _looked_into(lookouts: Lookouts, path: Path, arrived: Arrived, param: str, purpose: str) -> StoredFile:
    container = sniff(arrived.head[:HEAD_BYTES])
    if container is None or container.name not in TAKEN:
        kinds = ", ".join(TAKEN)
        raise invalid_media(param, f"{param}: the {arrived.size} bytes sent are none of {kinds}")
    facts = await probe(lookouts, path, container.name, param)
    await asyncio.to_thread(_sync, path)
    return StoredFile(
        File(
            id=arrived.id,
            bytes=arrived.size,
            filename=arrived.name,
            purpose=purpose,
            sha256=arrived.sha256,
            media=facts,
        ),
        container.name,
    )


async def probe(lookouts: Lookouts, path: Path, container: str, param: str) -> MediaFacts:
    """What is in a file, found out by a child process.

    Raises:
        Refusal: 400, it cannot be read, or not within the limits of the child.
    """
    seen = await lookouts.look(path, container)
    if seen.is_good:
        with contextlib.suppress(ValueError):
            return MediaFacts.model_validate_json(seen.said)
    raise invalid_media(param, f"{param}: {seen.why_not}")


def arrive(desk: Desk, url: str, param: str) -> Arrived:
    """The bytes inside a data: URI, put on the shelf like a file part.

    Raises:
        Refusal: 400, not a data: URI that can be read.
    """
    match = _DATA_URL.match(url[:256])
    if match is None:
        raise Refusal(400, "invalid_request", f"{param}: no data: URI that can be read", param=param)
    text = url[match.end() :]
    try:
        data = base64.b64decode(text, validate=True) if match[3] else unquote_to_bytes(text)
    except (binascii.Error, ValueError):
        raise Refusal(400, "invalid_request", f"{param}: the data: URI is no base64", param=param) from None
    file_id = new_file_id()
    desk.shelf.file_folder(file_id).mkdir(mode=0o700)
    desk.shelf.file(file_id).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return Arrived(file_id, "", match[1].lower(), len(data), digest, data[:HEAD_BYTES])


def _sync(path: Path) -> None:
    """On disk under its name, whatever happens to the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
    sync_folder(path.parent.parent)
