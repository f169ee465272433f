"""What is to be told about jobs that ended, kept until somebody took it or it was tried often enough.

A line is written in the transaction that ends the job, so that of an end nobody forgets to tell.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from cutaway.wire import State
from cutaway_runtime.jobs.database import is_shared
from cutaway_runtime.jobs.tables import deliveries

if TYPE_CHECKING:
    from cutaway_runtime.jobs.job import Job

TYPES: Final = {State.COMPLETED: "video.completed", State.FAILED: "video.failed", State.CANCELLED: "video.failed"}
"""What the end of a job is called in the contract's events; a cancelled one is failed there, as everywhere."""
PAUSES: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
"""Seconds before the second attempt, the third, ...; after the last one nobody is told any more."""
TELLING_SECONDS: Final = 120.0
"""Of several servers, the one that took a line has this long to say how the telling went, before another takes it."""

_DUE: Final = (
    select(deliveries)
    .where(deliveries.c.due_at <= bindparam("now"))
    .order_by(deliveries.c.due_at, deliveries.c.number)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEXT: Final = select(func.min(deliveries.c.due_at))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way. `created_at` is when the job ended, in Unix seconds; `attempts` were made before."""

    id: str
    job: str
    type: str
    created_at: float
    attempts: int


class Outbox:
    """The lines of one database; its calls belong to the store's thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, connection: Connection, job: Job) -> None:
        """A job that has just ended, in the transaction that ended it."""
        now = time.time()
        line = {"id": f"evt_{secrets.token_hex(16)}", "job": job.id, "type": TYPES[job.state], "created_at": now}
        connection.execute(insert(deliveries).values(**line, attempts=0, due_at=now))

    def due(self) -> Delivery | None:
        """The one whose turn it is; None where none is."""
        now = time.time()
        with self._connection.begin():
            row = self._connection.execute(_DUE, {"now": now}).one_or_none()
            if row is not None and is_shared(self._connection):
                this = deliveries.c.number == row.number
                self._connection.execute(update(deliveries).where(this).values(due_at=now + TELLING_SECONDS))
        return Delivery(row.id, row.job, row.type, row.created_at, row.attempts) if row is not None else None

    def next_due(self) -> float | None:
        """When the next one is due, in Unix seconds."""
        with self._connection.begin():
            found: float | None = self._connection.scalar(_NEXT)
        return found

    def taken(self, delivery: Delivery) -> None:
        self._write(delivery, None, "delivered")

    def refused(self, delivery: Delivery, why: str, *, for_good: bool = False) -> bool:
        """Whether it will be tried again."""
        again = not for_good and delivery.attempts < len(PAUSES)
        self._write(delivery, time.time() + PAUSES[delivery.attempts] if again else None, why)
        return again

    def _write(self, delivery: Delivery, due_at: float | None, outcome: str) -> None:
        values = {"attempts": delivery.attempts + 1, "due_at": due_at, "outcome": outcome[:500]}
        with self._connection.begin():
            self._connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))
