"""Who works on a job, and until when that is believed. Only where several servers share a database.

A job that is taken is its taker's for `LEASE_SECONDS`; whoever works on it renews the lease every second. Once it has
run out the job is anybody's: the next server that looks gives it back to the queue, and what the former holder still
says of it is not written any more.
"""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from cutaway.wire import CLAIMED, TERMINAL, State
from cutaway_runtime.jobs.database import NOW
from cutaway_runtime.jobs.tables import jobs

if TYPE_CHECKING:
    from cutaway_runtime.jobs.job import Job

LEASE_SECONDS: Final = 15.0

_UNTIL: Final = NOW + LEASE_SECONDS
_BEGIN: Final = select(_UNTIL)
_RENEW: Final = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"), jobs.c.claimed_by == bindparam("holder"), jobs.c.state.in_(CLAIMED))
    .values(lease_until=_UNTIL)
    .returning(jobs.c.state)
)
RUN_OUT: Final = (
    select(*jobs.c)
    .where(jobs.c.state.in_(CLAIMED), func.coalesce(jobs.c.lease_until, 0.0) < NOW)
    .with_for_update(skip_locked=True)
)
"""Jobs whose holder was not heard of, held for this transaction."""


class Leases:
    """Those of one server process."""

    def __init__(self) -> None:
        self.holder: Final = f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"

    def after(self, connection: Connection, state: State | None) -> dict[str, Any]:
        """The columns of a job that becomes `state` (None: stays what it is) by an act of this process."""
        if state is State.PREPARING:
            return {"claimed_by": self.holder, "lease_until": connection.scalar(_BEGIN)}
        if state is State.QUEUED or state in TERMINAL:
            return {"lease_until": None}
        return {}

    def has(self, job: Job) -> bool:
        return job.claimed_by == self.holder

    def renew(self, connection: Connection, job_id: str) -> State | None:
        """What the job is now; None where it is not this process's any more."""
        state = connection.scalar(_RENEW, {"job": job_id, "holder": self.holder})
        return State(state) if state is not None else None
