"""/v1/cutaway/estimate and /v1/cutaway/queue: what a request would come to, and what the server is busy with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request

from cutaway.wire import CLAIMED, Estimate, QueueEntry, QueueState, State, VideoCreate
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.estimate import estimate_of, left_of, sum_of
from cutaway_runtime.server.openapi import speaks
from cutaway_runtime.server.submission import planned, received
from cutaway_runtime.server.videos import answer

if TYPE_CHECKING:
    from fastapi.responses import Response

router: Final = APIRouter(prefix="/v1/cutaway", tags=["cutaway"])
LISTED: Final = 200
"""Of the jobs that wait, as many are listed; all of them are counted."""


@router.post("/estimate", summary="What a create would come to, without making it")
@speaks(Estimate, takes=VideoCreate, answers={404, 409})
async def estimate(request: Request) -> Response:
    desk = desk_of(request)
    async with received(request, "create") as sent:
        video, _spec = await planned(desk, sent)
    return answer(estimate_of(desk, video))


@router.get("/queue", summary="What the server is busy with")
@speaks(QueueState)
async def queue(request: Request) -> Response:
    desk = desk_of(request)
    running = desk.queue.ledger.in_state(CLAIMED)
    waiting = desk.queue.ledger.in_state([State.QUEUED], limit=LISTED)
    left: float | None = sum_of([left_of(desk, job) for job in running])
    entries = [
        QueueEntry(id=job.id, state=job.state, progress=job.progress, eta_s=left_of(desk, job)) for job in running
    ]
    for position, job in enumerate(waiting, 1):
        left = sum_of([left, desk.pace.seconds(job.video())])
        entries.append(QueueEntry(id=job.id, state=job.state, position=position, progress=job.progress, eta_s=left))
    return answer(
        QueueState(running=len(running), queued=desk.queue.ledger.counts().get(State.QUEUED, 0), jobs=entries)
    )
