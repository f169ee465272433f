"""/v1/cutaway/estimate, /queue and /quota: what a request would come to, what the server is busy with, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request

from cutaway.wire import CLAIMED, Estimate, QueueEntry, QueueState, Quota, State, VideoCreate
from cutaway_runtime.jobs.keyring import month_end
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.estimate import estimate_of, left_of, sum_of
from cutaway_runtime.server.spoken import speaks
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
    return answer(estimate_of(desk, video, sent.wanted.n))


@router.get("/queue", summary="What the server is busy with")
@speaks(QueueState)
async def queue(request: Request) -> Response:
    desk = desk_of(request)
    running = desk.queue.ledger.in_state(CLAIMED)
    waiting = desk.queue.ledger.in_state([State.QUEUED], limit=LISTED)
    lefts = [left_of(desk, job) for job in running]
    turns = [(job, 0, eta) for job, eta in zip(running, lefts, strict=True)]
    left = sum_of(lefts)
    for position, job in enumerate(waiting, 1):
        left = sum_of([left, desk.pace.seconds(job.video())])
        turns.append((job, position, left))
    entries = [
        QueueEntry(id=job.id, state=job.state, position=position, progress=job.progress, eta_s=eta)
        for job, position, eta in turns
        if desk.caller.sees in {None, job.owner}
    ]
    queued = desk.queue.ledger.counts().get(State.QUEUED, 0)
    return answer(QueueState(running=len(running), queued=queued, jobs=entries))


@router.get("/quota", summary="What the caller's plan allows, and what is left of it this month")
@speaks(Quota)
async def quota(request: Request) -> Response:
    desk = desk_of(request)
    plan = desk.caller.plan
    used = 0 if desk.caller.is_operator else desk.queue.keyring.used(desk.caller.owner)
    left = None if plan.videos_a_month is None else max(0, plan.videos_a_month - used)
    return answer(
        Quota(
            plan=plan.name,
            videos_a_month=plan.videos_a_month,
            used=used,
            left=left,
            resets_at=month_end(),
            priority=plan.priority,
            max_waiting=plan.max_waiting,
        )
    )
