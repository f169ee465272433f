"""The worker: one job at a time, from lines on standard input to lines on standard output.

A thread listens, so that a cancel is heard while a job runs; when the pipe closes, the server is gone
and so is this process, at once: what it was writing is a `.part` that the next attempt removes.
"""

from __future__ import annotations

import itertools
import os
import queue
import signal
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from cutaway_runtime.worker.protocol import Cancel, Heartbeat, Ready, Run, line, order

if TYPE_CHECKING:
    from pydantic import BaseModel

    from cutaway_runtime.worker.protocol import JobSpec
    from cutaway_runtime.worker.take import Pace

TICK: Final = 0.1
"""Seconds."""
HEARTBEAT_TICKS: Final = 10


class Pipe:
    """Both ends of the line to the supervisor."""

    def __init__(self, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self.jobs: queue.SimpleQueue[JobSpec] = queue.SimpleQueue()
        self._inbox = inbox
        self._outbox = outbox
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self.pace: Pace | None = None

    def send(self, message: BaseModel) -> None:
        """From any thread."""
        try:
            with self._lock:
                self._outbox.write(line(message))
                self._outbox.flush()
        except OSError:
            os._exit(0)

    def cancelled(self, job_id: str) -> bool:
        return job_id in self._cancelled

    def forget(self, job_id: str) -> None:
        self._cancelled.discard(job_id)

    def listen(self) -> None:
        """Until the supervisor hangs up; then the process ends."""
        for text in self._inbox:
            message = order(text)
            if isinstance(message, Run):
                self.jobs.put(message.spec)
            elif isinstance(message, Cancel):
                self._cancelled.add(message.job_id)
        os._exit(0)

    def beat(self) -> None:
        """As long as the process lives: what the job in hand has to say, and that it is not frozen."""
        pause = threading.Event()
        for count in itertools.count():
            pace = self.pace
            if pace is not None:
                pace.tick()
                if count % HEARTBEAT_TICKS == 0:
                    self.send(Heartbeat())
            pause.wait(TICK)


def main() -> None:
    # Ctrl-C in a terminal reaches the whole group; the server decides what becomes of a job.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outbox = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log
    pipe = Pipe(sys.stdin.buffer, outbox)

    from cutaway_runtime.worker.take import Pace, Studio
    from cutaway_runtime.worker.wear import Wear

    threading.Thread(target=pipe.listen, name="listen", daemon=True).start()
    studio, wear = Studio(), Wear()
    threading.Thread(target=pipe.beat, name="beat", daemon=True).start()
    pipe.send(Ready())
    while True:
        spec = pipe.jobs.get()
        pipe.pace = Pace(pipe.send)
        outcome = studio.carry_out(spec, pipe.pace, partial(pipe.cancelled, spec.job_id))
        pipe.pace.close()
        pipe.pace = None
        outcome.spent = wear.after_job(studio.loaded)
        pipe.send(outcome)
        pipe.forget(spec.job_id)


if __name__ == "__main__":
    main()
