"""/v1/videos/{id}/events: what happens to a job, as it happens (server-sent events).

Every event has the number of the change it tells of; a client that was cut off sends the last one it
saw as `Last-Event-ID` and misses nothing. The stream ends with the job.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.spoken import Parameter, speaks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cutaway_runtime.jobs.job import Job
    from cutaway_runtime.jobs.ledger import Recorded
    from cutaway_runtime.server.desk import Desk

LOOK_SECONDS: Final = 2.0
"""How often it is looked, where nothing happens, whether the key of a stream still opens it."""

router: Final = APIRouter(prefix="/v1/videos", tags=["videos"])


@router.get("/{video_id}/events", summary="What happens to a job, as it happens")
@speaks(
    "text/event-stream",
    reads=[Parameter("Last-Event-ID", {"type": "string", "pattern": r"^\d{1,15}$"}, "Go on behind it.", "header")],
)
async def events(request: Request, video_id: str) -> Response:
    desk = desk_of(request)
    seen = request.headers.get("last-event-id", "").strip() or "0"
    if not (seen.isdecimal() and len(seen) < 16):
        raise Refusal(400, "invalid_request", f"Last-Event-ID is the number of an event, not {seen[:40]!r}")
    try:
        job, news = desk.queue.news(video_id, int(seen))
    except NoSuchJob:
        raise not_found("video", video_id) from None
    told = news[-1].seq if news else min(int(seen), job.version)
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    if request.method == "HEAD":
        return Response(headers=headers, media_type="text/event-stream")
    told_so_far = _stream(desk, job, news, told, request.state.still_may)
    return StreamingResponse(told_so_far, media_type="text/event-stream", headers=headers)


async def _stream(
    desk: Desk, job: Job, news: list[Recorded], told: int, still_may: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """What is known, then what happens behind event `told`: the job may have moved on since it was looked at. It ends
    with the key that it was asked for with.
    """
    yield b"".join(map(_lines, news))
    if job.over:
        return
    heartbeat, said_at = desk.settings.heartbeat, time.monotonic()
    try:
        async for recorded in desk.queue.follow(job.id, after=told, heartbeat=min(heartbeat, LOOK_SECONDS)):
            if not still_may():
                return
            if recorded is None and time.monotonic() - said_at < heartbeat:
                continue
            said_at = time.monotonic()
            yield _lines(recorded) if recorded is not None else b": heartbeat\n\n"
    except NoSuchJob:  # deleted meanwhile
        return


def _lines(recorded: Recorded) -> bytes:
    # The stored video is one line of JSON already; a wire.Event is put around it as text.
    data = f'{{"seq":{recorded.seq},"type":"{recorded.type}","video":{recorded.video}}}'
    return f"id: {recorded.seq}\nevent: {recorded.type}\ndata: {data}\n\n".encode()
