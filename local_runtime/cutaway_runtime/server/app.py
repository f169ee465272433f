"""The routes put together, and what runs as long as they do."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from cutaway import __version__
from cutaway_runtime.jobs import mark
from cutaway_runtime.jobs.database import FILE
from cutaway_runtime.jobs.pace import Pace
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import Shelf
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.server import characters, content, events, files, health, models, openapi, outlook, refusal, videos
from cutaway_runtime.server.deadlines import Deadlines
from cutaway_runtime.server.desk import Desk
from cutaway_runtime.server.guard import Guard
from cutaway_runtime.server.lookouts import Lookouts
from cutaway_runtime.server.traffic import Traffic
from cutaway_runtime.server.upkeep import Upkeep
from cutaway_runtime.server.webhooks import Messenger
from cutaway_runtime.worker.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from cutaway_runtime.server.settings import Settings


UPLOAD_SECONDS: Final = 24 * 3600.0
"""Where other servers use the folder too: what is in no list after so long is not on its way any more."""
LOST_SECONDS: Final = 30 * 86_400.0
"""How long what is in no list is kept, should the database turn up that knows it."""

log = logging.getLogger(__name__)


def build(settings: Settings, *, inherit: Sequence[int] = ()) -> tuple[FastAPI, Guard]:
    """The application, and the guard around it, which is what a server serves.

    Args:
        settings: of this server.
        inherit: descriptors the worker keeps open, so that the data folder stays locked while one lives.
    """
    shelf = Shelf(settings.data_dir)
    reserve = Reserve(shelf.data_dir, settings.disk_reserve)
    tells = settings.webhook_url is not None
    place = settings.database or shelf.data_dir / FILE
    mark.refuse_new(place, shelf.data_dir)
    store = Store(place, tells=tells, longest=settings.max_queued)
    store.files.are_in(shelf.data_dir)
    queue = Queue(store, reserve, keep_seconds=settings.keep_seconds)
    supervisor = Supervisor(
        queue,
        shelf,
        inherit=inherit,
        log_dir=settings.home,
        spare=settings.disk_reserve,
        stuck_seconds=settings.stuck_seconds,
    )
    traffic = Traffic()
    desk = Desk(settings, queue, shelf, supervisor, Pace(queue.ledger), reserve, traffic, Lookouts())
    messenger = Messenger(queue, settings.webhook_url, settings.webhook_secret) if settings.webhook_url else None
    upkeep, deadlines = Upkeep(queue, shelf, settings), Deadlines(queue, shelf, supervisor)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        await queue.run(reserve.lay_in)
        await queue.recover()
        await _sweep(desk)
        queue.listen()
        desk.supervisor.start()
        upkeep.start()
        deadlines.start()
        if messenger is not None:
            messenger.start()
        yield
        desk.closing = True
        await deadlines.close()
        await desk.lookouts.close()
        await desk.supervisor.close()
        await upkeep.close()
        if messenger is not None:
            await messenger.close()
        await queue.close()

    app = FastAPI(title="cutaway runtime", version=__version__, lifespan=running, openapi_url=None)
    app.state.desk = desk
    routers = [module.router for module in (characters, videos, events, content, files, models, outlook, health)]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    for route in routes:
        if route.methods and "GET" in route.methods:
            route.methods.add("HEAD")
    refusal.install(app, routes)
    for router in (*routers, openapi.publish(routes)):
        app.include_router(router)
    return app, Guard(app, settings, traffic, queue.keyring.find)


async def _sweep(desk: Desk) -> None:
    """What was begun and is nobody's is removed; not what another server is at. What the database never heard of is not
    judged by it: it goes to `lost/`, and stays where it is while the database has not heard of anything.
    """
    shelf, files = desk.shelf, desk.queue.store.files
    age = UPLOAD_SECONDS if desk.queue.shared else 0.0
    shelf.forget_lost(older_than=LOST_SECONDS)
    videos, uploads = shelf.folders(older_than=age)
    people = shelf.character_ids(older_than=age)
    unknown = set(await desk.queue.run(files.unknown, [*videos, *uploads, *people]))
    if unknown and not await desk.queue.run(files.any_known):
        log.warning("%s folders are here of videos and uploads that these jobs do not know; they stay", len(unknown))
        return
    for one in sorted(unknown):
        log.warning("%s is in no list of this database; kept in lost/ for %.0f days", one, LOST_SECONDS / 86_400)
        shelf.lose(one)
    stale_videos, stale_files = desk.queue.ledger.stale(
        [one for one in videos if one not in unknown], [one for one in uploads if one not in unknown]
    )
    for video_id in stale_videos:
        shelf.remove_video(video_id)
    for file_id in stale_files:
        shelf.remove_file(file_id)
    await characters.sweep(desk, [one for one in people if one not in unknown])
