"""/health, /ready and /metrics: whether the server is up, whether it can work, and what it has been doing."""

from __future__ import annotations

import os
import shutil
import time
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cutaway import __version__
from cutaway.wire import Health, Readiness, State
from cutaway_runtime.jobs.reserve import StorageFull
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.spoken import speaks
from cutaway_runtime.server.traffic import BOUNDS
from cutaway_runtime.server.videos import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from cutaway_runtime.server.desk import Desk

router: Final = APIRouter(tags=["health"])
ANSWER_SECONDS: Final = 3.0
"""A database that takes longer to say anything is away."""
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/health", summary="Whether it is up; wants no key")
@speaks(Health, open=True)
async def health() -> Response:
    return JSONResponse({"status": "ok", "version": __version__, "pid": os.getpid()})


@router.get("/ready", summary="Whether it takes work and can do it; wants no key")
@speaks(Readiness, open=True, instead={503: Readiness})
async def ready(request: Request) -> Response:
    desk = desk_of(request)
    reasons = [*_obstacles(desk)]
    if not await desk.queue.answers(ANSWER_SECONDS):
        reasons.append("the database does not answer")
    if reasons:
        return JSONResponse(Readiness(status="not_ready", reasons=reasons).model_dump(), 503, {"retry-after": "5"})
    return answer(Readiness())


@router.get("/metrics", summary="What it has been doing, for Prometheus")
@speaks("text/plain", answers={403})
async def metrics(request: Request) -> Response:
    # Loaded at the first question: most servers are never asked.
    from prometheus_client import generate_latest
    from prometheus_client.registry import CollectorRegistry

    desk = desk_of(request)
    desk.operate()

    class Collector:
        def collect(self) -> Iterator[Metric]:
            yield from _families(desk)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return Response(generate_latest(registry), media_type=METRICS_TYPE)


def _obstacles(desk: Desk) -> Iterator[str]:
    """Why no work would be taken, or done."""
    if desk.closing:
        yield "the server is ending"
    try:
        desk.reserve.check()
    except StorageFull:
        yield "the disk is full"
    if desk.supervisor.stands_still:
        yield "no worker can be started, or the database cannot be written; the log says which"


def _families(desk: Desk) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily

    yield InfoMetricFamily("cutaway", "This server.", value={"version": __version__})
    jobs = GaugeMetricFamily("cutaway_jobs", "Jobs that are kept, by state.", labels=["state"])
    counted = desk.queue.ledger.counts()
    for state in State:
        jobs.add_metric([state], counted.get(state, 0))
    yield jobs
    oldest = desk.queue.ledger.oldest_waiting()
    age = 0.0 if oldest is None else max(0.0, time.time() - oldest)
    yield GaugeMetricFamily("cutaway_queue_oldest_seconds", "How long the oldest queued job has waited.", age)
    ended = CounterMetricFamily("cutaway_jobs_ended", "Jobs that ended since the server started.", labels=["state"])
    for name, number in sorted(desk.queue.endings.items()):
        ended.add_metric([name], number)
    yield ended
    alive = int(desk.supervisor.worker_pid is not None)
    yield GaugeMetricFamily("cutaway_worker_up", "Whether a worker is alive.", alive)
    yield CounterMetricFamily("cutaway_worker_starts", "Workers started.", desk.supervisor.starts)
    free = shutil.disk_usage(desk.shelf.data_dir).free
    yield GaugeMetricFamily("cutaway_disk_free_bytes", "Room on the disk of the data folder.", free)
    yield GaugeMetricFamily("cutaway_deliveries_waiting", "Events not told yet.", desk.queue.ledger.untold())
    requests = CounterMetricFamily("cutaway_http_requests", "Answers.", labels=["method", "route", "status"])
    for (method, route, status), number in sorted(desk.traffic.requests.items()):
        requests.add_metric([method, route, str(status)], number)
    yield requests
    seconds = HistogramMetricFamily("cutaway_http_request_seconds", "How long answers took.", labels=["route"])
    for route, each in sorted(desk.traffic.seconds.items()):
        upto = zip([*map(str, BOUNDS), "+Inf"], accumulate(each), strict=True)
        seconds.add_metric([route], [(bound, float(number)) for bound, number in upto], desk.traffic.total[route])
    yield seconds
