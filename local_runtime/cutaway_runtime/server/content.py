"""/v1/videos/{id}/content: the finished file, or a still made from it.

The entity tag is the file's SHA-256, so that a download can be taken up again and checked at its end.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from cutaway.wire import MEDIA_TYPE, OutputFormat, State, Variant
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.refusal import Refusal, not_found

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.wire import Video
    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.server.desk import Desk

router: Final = APIRouter(prefix="/v1/videos", tags=["videos"])
STILLS: Final = ("-m", "cutaway_runtime.worker.stills")
STILLS_SECONDS: Final = 120.0
STILL: Final[dict[str, tuple[str, str]]] = {
    "thumbnail": ("image/jpeg", "thumbnail.jpg"),
    "spritesheet": ("image/jpeg", "spritesheet.jpg"),
    "first_frame": ("image/png", "first_frame.png"),
    "last_frame": ("image/png", "last_frame.png"),
}


@router.api_route("/{video_id}/content", methods=["GET", "HEAD"], summary="The finished file, or a still from it")
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
    return await _still(request, desk, video, variant)


async def _film(request: Request, desk: Desk, job: Job, video: Video) -> Response:
    assert video.cutaway is not None
    media_type, suffix = MEDIA_TYPE[video.cutaway.format]
    path = desk.shelf.video(job.id, video.cutaway.format)
    return await _send(request, path, media_type, f"{job.id}{suffix}", video.cutaway.sha256 or "")


async def _still(request: Request, desk: Desk, video: Video, variant: str) -> Response:
    assert video.cutaway is not None
    media_type, name = STILL[variant]
    if video.cutaway.format is OutputFormat.PNG:
        why = "the pictures are in the sequence itself; take them from there"
        raise Refusal(400, "unsupported_capability", f"{video.id} has no {variant}: {why}", param="variant")
    source = desk.shelf.video(video.id, video.cutaway.format)
    path = source.parent / name
    if not path.exists():
        await _make_stills(source, path)
    digest = await asyncio.to_thread(lambda: hashlib.sha256(path.read_bytes()).hexdigest())
    return await _send(request, path, media_type, f"{video.id}-{name}", digest)


async def _make_stills(source: Path, path: Path) -> None:
    """A process that decodes; the server does not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *STILLS, str(source), str(path), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(STILLS_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Refusal(500, "still_failed", "the still took too long to make") from None
    if process.returncode != 0:
        reason = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Refusal(500, "still_failed", f"the still could not be made: {reason}")


async def _send(request: Request, path: Path, media_type: str, filename: str, sha256: str) -> Response:
    headers: dict[str, Any] = {
        "etag": f'"{sha256}"',
        "repr-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
        "cache-control": "private, no-cache",
    }
    try:
        stat = await asyncio.to_thread(path.stat)
    except FileNotFoundError:
        raise Refusal(
            410, "content_expired", "the file is gone from the data folder; make the video again", param="id"
        ) from None
    if headers["etag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, headers=headers, media_type=media_type, filename=filename, stat_result=stat)
