"""/v1/videos: make, look, list, cancel, delete."""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cutaway.wire import Estimate, State, Video, VideoCreate, VideoDeleted, VideoPage
from cutaway_runtime.jobs.keyring import scoped
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.server import pages
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.pages import listed
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.spoken import PAGE, Parameter, speaks
from cutaway_runtime.server.submission import checked_key, submit
from cutaway_runtime.server.upkeep import discard

if TYPE_CHECKING:
    from pydantic import BaseModel

    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.server.desk import Desk

router: Final = APIRouter(prefix="/v1/videos", tags=["videos"])
MAX_WAIT: Final = 60.0
DELETE_SECONDS: Final = 9.0
"""Longer than the ladder of a cancel: what is deleted is not being written any more."""
_WAIT: Final = (
    Parameter(
        "wait", {"type": "number", "minimum": 0, "maximum": MAX_WAIT}, "Seconds to hold the answer until news comes."
    ),
    Parameter("Prefer", {"type": "string", "pattern": r"^wait=\d{1,3}$"}, "`wait=25`: the same as a header.", "header"),
)
_UNDER: Final = Parameter(
    "idempotency_key", {"type": "string", "minLength": 1, "maxLength": 255}, "Only the video that this key made."
)
_PREFERRED: Final = re.compile(r"(?:^|[,;])\s*wait=(\d{1,3})\s*(?:$|[,;])", re.IGNORECASE)

_CONTRACT: Final = tuple(name for name in Video.model_fields if name != "cutaway")


def answer(model: BaseModel, headers: dict[str, str] | None = None) -> Response:
    """A wire model as JSON."""
    return Response(model.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")


def told(video: Video) -> dict[str, Any]:
    """A video with every field of the contract, null where there is nothing to say; ours only where there is."""
    said = video.model_dump(mode="json", exclude_none=True)
    return {name: said.get(name) for name in _CONTRACT} | said


def shown(desk: Desk, job: Job, headers: dict[str, str] | None = None) -> Response:
    """A job as an answer; one that is not over says when to ask again."""
    video = desk.queue.shown(job)
    headers = dict(headers or {})
    if not job.over:
        pause = 1000 * (job.eta_s / 4 if job.eta_s is not None else 0.5)
        headers["openai-poll-after-ms"] = str(round(min(5000, max(250, pause))))
    return JSONResponse(told(video), headers=headers)


def _made(request: Request, made: Job | Estimate, *, replayed: bool) -> Response:
    if isinstance(made, Estimate):
        return answer(made, {"x-cutaway-dry-run": "true"})
    return shown(desk_of(request), made, {"idempotent-replayed": "true"} if replayed else None)


@router.post("", summary="Make a video from a prompt, from stills, or between two shots")
@speaks(Video, Estimate, takes=VideoCreate, answers={404, 409}, keyed=True)
async def create(request: Request) -> Response:
    job, replayed = await submit(request, "create")
    return _made(request, job, replayed=replayed)


@router.post("/edits", summary="Make a video from a clip: remix it, blend it with another, loop it")
@speaks(Video, Estimate, takes=VideoCreate, needs=["video"], answers={404, 409}, keyed=True)
async def edit(request: Request) -> Response:
    job, replayed = await submit(request, "edit")
    return _made(request, job, replayed=replayed)


@router.post("/extensions", summary="Let a clip go on, or begin earlier")
@speaks(Video, Estimate, takes=VideoCreate, needs=["video"], answers={404, 409}, keyed=True)
async def extend(request: Request) -> Response:
    job, replayed = await submit(request, "extend")
    return _made(request, job, replayed=replayed)


@router.post("/{video_id}/remix", summary="The same shot with another prompt")
@speaks(Video, Estimate, takes=VideoCreate, answers={409}, keyed=True)
async def remix(request: Request, video_id: str) -> Response:
    job, replayed = await submit(request, "remix", video_id=video_id)
    return _made(request, job, replayed=replayed)


@router.post("/{video_id}/cancel", summary="Stop a job and keep its record")
@speaks(Video)
async def cancel(request: Request, video_id: str) -> Response:
    desk = desk_of(request)
    try:
        job = await desk.queue.cancel(video_id)
    except NoSuchJob:
        raise not_found("video", video_id) from None
    desk.supervisor.cancel(video_id)
    if job.state is State.CANCELLED:  # it waited, perhaps to go on behind what an earlier attempt painted
        await asyncio.to_thread(desk.shelf.remove_video, video_id)
    return shown(desk, job)


@router.get("/{video_id}", summary="A job; with ?wait=SECONDS at its next change")
@speaks(Video, reads=_WAIT)
async def retrieve(request: Request, video_id: str) -> Response:
    desk = desk_of(request)
    preferred = _PREFERRED.search(request.headers.get("prefer", ""))
    wait = seconds_of(request.query_params.get("wait") or (preferred[1] if preferred else None))
    try:
        job = await desk.queue.changed(video_id, wait) if wait else desk.queue.job(video_id)
    except NoSuchJob:
        raise not_found("video", video_id) from None
    return shown(desk, job)


def seconds_of(text: str | None) -> float:
    """The `wait` of a query, at most `MAX_WAIT`; 0 without one."""
    try:
        seconds = float(text) if text else 0.0
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise Refusal(400, "invalid_request", f"wait is a number of seconds from 0 to 60, not {text!r}", param="wait")
    return min(seconds, MAX_WAIT)


@router.get("", summary="Jobs, newest first, a page at a time")
@speaks(VideoPage, reads=(*PAGE, _UNDER))
async def page(request: Request) -> Response:
    desk = desk_of(request)
    if (key := request.query_params.get("idempotency_key")) is not None:
        return _made_under(desk, key)
    return listed(request, desk.queue.ledger.page, lambda job: told(desk.queue.shown(job)))


def _made_under(desk: Desk, key: str) -> Response:
    """The page of the one job that was made under this key; the header says that the key was looked for."""
    key = checked_key(key)
    job = desk.queue.ledger.of_key(scoped(desk.caller, key) or "")
    videos = [told(desk.queue.shown(job))] if job is not None else []
    return pages.page(videos, more=False, headers={"idempotency-key": key})


@router.delete("/{video_id}", summary="Stop a job if need be, and forget it with its file")
@speaks(VideoDeleted)
async def delete(request: Request, video_id: str) -> Response:
    desk = desk_of(request)
    try:
        await desk.queue.bury(video_id)
    except NoSuchJob:
        raise not_found("video", video_id) from None
    desk.supervisor.cancel(video_id)
    await desk.queue.over(video_id, DELETE_SECONDS)
    await discard(desk.queue, desk.shelf, [video_id])
    return JSONResponse(VideoDeleted(id=video_id).model_dump())
