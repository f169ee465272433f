"""/v1/videos/{id}/content: the finished file, or what is made from it: stills, its sound, everything known of it.

The entity tag is the file's SHA-256, so that a download can be taken up again and checked at its end.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.responses import MalformedRangeHeader, RangeNotSatisfiable

from cutaway.wire import MEDIA_TYPE, OutputFormat, State, Variant
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.makers import SourceGone
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.spoken import Parameter, speaks
from cutaway_runtime.worker.protocol import JobSpec

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from cutaway.wire import Video
    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.server.desk import Desk

router: Final = APIRouter(prefix="/v1/videos", tags=["videos"])
DESCRIPTORS: Final = Path("/dev/fd")
MADE: Final[dict[str, tuple[str, str]]] = {
    "thumbnail": ("image/jpeg", "thumbnail.jpg"),
    "spritesheet": ("image/jpeg", "spritesheet.jpg"),
    "first_frame": ("image/png", "first_frame.png"),
    "last_frame": ("image/png", "last_frame.png"),
    "audio": ("audio/wav", "audio.wav"),
}
"""Media type and file name of what a process makes of a finished video."""


@router.get("/{video_id}/content", summary="The finished file, a still from it, its sound, or what is known of it")
@speaks(
    *dict.fromkeys(kind for kind, _name in (*MEDIA_TYPE.values(), *MADE.values(), ("application/json", ""))),
    reads=[
        Parameter("variant", {"type": "string", "enum": [*get_args(Variant)], "default": "video"}, "What of it."),
        Parameter("Range", {"type": "string"}, "Which bytes of it: `bytes=1000-`.", "header"),
        Parameter("If-Range", {"type": "string"}, "The `etag` of the bytes that are there already.", "header"),
        Parameter("If-None-Match", {"type": "string"}, "The same, to get nothing where nothing changed.", "header"),
    ],
    answers={206, 304, 409, 410, 416, 507},
)
async def content(request: Request, video_id: str) -> Response:
    desk = desk_of(request)
    variant = request.query_params.get("variant") or "video"
    if variant not in get_args(Variant):
        known = ", ".join(get_args(Variant))
        raise Refusal(400, "invalid_request", f"variant is one of {known}, not {variant!r}", param="variant")
    try:
        job = desk.queue.job(video_id)
    except NoSuchJob:
        raise not_found("video", video_id) from None
    video = job.video()
    if job.state is not State.COMPLETED:
        why = f": {video.error.message}" if video.error else ""
        raise Refusal(409, "video_not_ready", f"{video_id} is {job.state}, so there is no file{why}", param="id")
    if variant == "video":
        return await _film(request, desk, job, video)
    if variant == "sidecar":
        return await _sidecar(request, desk, job, video)
    return await _made(request, desk, video, variant)


async def _film(request: Request, desk: Desk, job: Job, video: Video) -> Response:
    assert video.cutaway is not None
    media_type, suffix = MEDIA_TYPE[video.cutaway.format]
    path = desk.shelf.video(job.id, video.cutaway.format)
    return await _send(request, path, media_type, f"{job.id}{suffix}", video.cutaway.sha256 or "")


async def _sidecar(request: Request, desk: Desk, job: Job, video: Video) -> Response:
    """What was asked and what was made of it, as JSON to keep beside the file."""
    assert video.cutaway is not None
    path = desk.shelf.video(job.id, video.cutaway.format).parent / "sidecar.json"
    told = {
        "object": "sidecar",
        "request": JobSpec.model_validate_json(job.spec).request.model_dump(
            mode="json", by_alias=True, exclude_defaults=True
        ),
        "video": video.model_dump(mode="json", exclude_none=True),
    }
    data = json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    try:
        await asyncio.to_thread(_keep, path, data)
    except FileNotFoundError:
        raise _expired() from None
    return await _send(request, path, "application/json", f"{job.id}.json", hashlib.sha256(data).hexdigest())


def _keep(path: Path, data: bytes) -> None:
    """A file with these bytes, whole at every moment."""
    if path.exists() and path.read_bytes() == data:
        return
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    part.write_bytes(data)
    part.replace(path)


async def _made(request: Request, desk: Desk, video: Video, variant: str) -> Response:
    assert video.cutaway is not None
    media_type, name = MADE[variant]
    if video.cutaway.format is OutputFormat.PNG:
        why = "pictures and sound are in the sequence itself; take them from there"
        raise Refusal(400, "unsupported_capability", f"{video.id} has no {variant}: {why}", param="variant")
    source = desk.shelf.video(video.id, video.cutaway.format)
    path = source.parent / name
    if not path.exists():
        try:
            await desk.makers.make(source, path, video.id)
        except SourceGone:
            raise _expired() from None
    digest = await asyncio.to_thread(_digest, path)
    return await _send(request, path, media_type, f"{video.id}-{name}", digest)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _send(request: Request, path: Path, media_type: str, filename: str, sha256: str) -> Response:
    headers = _headers(sha256)
    if not await asyncio.to_thread(desk_of(request).shelf.holds, path):
        raise _expired()
    if _is_known(request, headers):
        return Response(status_code=304, headers=headers)
    return Download(path, headers=headers, media_type=media_type, filename=filename)


class Download(FileResponse):
    """A file, or a part of it. A range that cannot be read is none; one behind the end is refused as all things are.

    The file is opened before the answer begins: one that is deleted meanwhile is still sent whole.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            held = await asyncio.to_thread(open, self.path, "rb")
        except FileNotFoundError:
            raise _expired() from None
        with held:
            self.stat_result = os.fstat(held.fileno())
            self.set_stat_headers(self.stat_result)
            if DESCRIPTORS.exists():  # elsewhere, on Windows, a file that is open cannot be deleted
                self.path = DESCRIPTORS / str(held.fileno())
            await super().__call__(scope, receive, send)

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
        except RangeNotSatisfiable:
            there = {"content-range": f"bytes */{file_size}"}
            why = f"{http_range[:80]}: the file has {file_size} bytes"
            raise Refusal(416, "range_not_satisfiable", why, headers=there) from None


def _headers(sha256: str) -> dict[str, str]:
    return {
        "etag": f'"{sha256}"',
        "repr-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
        "cache-control": "private, no-cache",
    }


def _is_known(request: Request, headers: dict[str, str]) -> bool:
    """Whether the client has these very bytes already."""
    return headers["etag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]


def _expired() -> Refusal:
    return Refusal(410, "content_expired", "the file is gone from the data folder; make the video again", param="id")
