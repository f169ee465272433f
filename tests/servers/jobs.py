"""The jobs of a stub server: a dict in memory, as the real ones keep them, in the order they were made."""

from __future__ import annotations

import time
from typing import Any

Job = dict[str, Any]


class Jobs:
    """Each new job is a second younger than the one before, so that an order by creation is one."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._next_second = int(time.time())

    def add(self, job: Job) -> Job:
        job["created_at"] = self._next_second
        self._next_second += 1
        self._jobs[job["id"]] = job
        return job

    def get(self, identity: str) -> Job | None:
        return self._jobs.get(identity)

    def pop(self, identity: str) -> Job | None:
        return self._jobs.pop(identity, None)

    def forget(self) -> None:
        """As a restart does: nothing is left."""
        self._jobs.clear()

    def all(self) -> list[Job]:
        return list(self._jobs.values())

    def after(self, cursor: str | None, order: str) -> list[Job]:
        """The jobs behind `cursor`, newest first unless `order` is "asc"; none behind a cursor nobody knows."""
        jobs = sorted(self._jobs.values(), key=lambda job: job["created_at"], reverse=order != "asc")
        if cursor is None:
            return jobs
        places = [place for place, job in enumerate(jobs) if job["id"] == cursor]
        return jobs[places[0] + 1 :] if places else []
