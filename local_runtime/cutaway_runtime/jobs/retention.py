"""How long things are kept: which finished videos may go, which uploads nobody needs, and which history.

The row of a job stays when its file goes: it says when that was, and what was made. Only a delete takes the row.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, select, update

from cutaway.wire import TERMINAL, State
from cutaway_runtime.jobs.job import Job
from cutaway_runtime.jobs.keys import KEY_SECONDS
from cutaway_runtime.jobs.ledger import needed
from cutaway_runtime.jobs.tables import character_keys, events, files, jobs, keys

if TYPE_CHECKING:
    from collections.abc import Collection

HISTORY_SECONDS: Final = 24 * 3600
"""So long after the end of a job its events can be read again; then only the last one is left."""
AT_ONCE: Final = 500
"""Jobs whose history is forgotten in one transaction, so that nobody waits for it."""


class Retention:
    """What may go, for the store's thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def finished(self, video_ids: Collection[str]) -> list[tuple[str, float]]:
        """Those of the given ids that are completed jobs and that no unfinished job starts from, with the time of their
        end (Unix seconds), the one that ended first in front.
        """
        query = select(jobs.c.id, jobs.c.ended_at).where(jobs.c.state == State.COMPLETED, ~jobs.c.deleted)
        with self._connection.begin():
            ended = {row.id: row.ended_at for row in self._connection.execute(query.order_by(jobs.c.ended_at))}
        wanted = set(video_ids) - self._needed(video_ids)
        return [(video_id, at) for video_id, at in ended.items() if video_id in wanted]

    def idle_files(self, before: float) -> list[str]:
        """Uploads that came before that time (Unix seconds) and that no unfinished job starts from."""
        with self._connection.begin():
            query = select(files.c.id).where(~files.c.deleted, files.c.created_at < before)
            old = list(self._connection.scalars(query))
        needed = self._needed(old)
        return [file_id for file_id in old if file_id not in needed]

    def expire(self, job_id: str) -> None:
        """The file of a completed job goes now: its row says so."""
        with self._connection.begin():
            row = self._connection.execute(select(*jobs.c).where(jobs.c.id == job_id)).one_or_none()
            if row is None:
                return
            video = Job.of(row).video()
            video.expires_at = int(time.time())
            document = video.model_dump_json(exclude_none=True)
            self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(video=document))

    def forget(self) -> int:
        """How many jobs lost the history that nobody can want any more; their last event stays."""
        now = time.time()
        with self._connection.begin():
            for table in (keys, character_keys):
                self._connection.execute(delete(table).where(table.c.created_at < now - KEY_SECONDS))
            told = select(events.c.job).where(events.c.seq < jobs.c.version, events.c.job == jobs.c.id).exists()
            query = select(jobs.c.id, jobs.c.version).where(
                jobs.c.state.in_(list(TERMINAL)), jobs.c.ended_at < now - HISTORY_SECONDS, told
            )
            past = self._connection.execute(query.limit(AT_ONCE)).all()
            for row in past:
                self._connection.execute(delete(events).where(events.c.job == row.id, events.c.seq < row.version))
        return len(past)

    def discarded(self, ids: Collection[str]) -> set[str]:
        """Those of the ids of videos and uploads that were deleted, and that no unfinished job starts from or is."""
        with self._connection.begin():
            over = jobs.c.deleted & jobs.c.state.in_(list(TERMINAL))
            gone = set(self._connection.scalars(select(jobs.c.id).where(over)))
            gone |= set(self._connection.scalars(select(files.c.id).where(files.c.deleted)))
            gone &= set(ids)
            return gone - needed(self._connection, gone)

    def _needed(self, ids: Collection[str]) -> set[str]:
        with self._connection.begin():
            return needed(self._connection, ids)
