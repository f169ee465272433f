"""The worker: one job at a time, from lines on standard input to lines on standard output.

A thread listens, so that a cancel is heard while a job runs; when the pipe closes, the server is gone
and so is this process, at once: what it was writing is a `.part` that the next attempt removes. On Linux the kernel
sees to that as well, should no thread of this process get to run.

What this project's code logs is said to the server, whose log it belongs in. What libraries print goes to standard
error, and that is a file: it may repeat a prompt.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import signal
import sys
import threading
import traceback
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from cutaway_runtime.worker.protocol import Cancel, Failed, Heartbeat, Ready, Run, Said, line, order

if TYPE_CHECKING:
    from pydantic import BaseModel

    from cutaway_runtime.worker.pace import Pace

TICK: Final = 0.1
"""Seconds."""
HEARTBEAT_TICKS: Final = 10
SAID_LENGTH: Final = 8000
"""Characters of one event of the log, and of the trace of a failure, of which the end is kept."""
SAID_MOST: Final = 100
"""Events of one job."""
PR_SET_PDEATHSIG: Final = 1


class Pipe:
    """Both ends of the line to the supervisor."""

    def __init__(self, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self.jobs: queue.SimpleQueue[Run] = queue.SimpleQueue()
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

    def end_if_asked(self, *_: object) -> None:
        """What SIGTERM does: the end of a cancel that is not followed. When a service is stopped every process gets
        one, and then it is the server that decides what becomes of a job.
        """
        if self._cancelled:
            os._exit(128 + signal.SIGTERM)

    def forget(self, job_id: str) -> None:
        self._cancelled.discard(job_id)

    def listen(self) -> None:
        """Until the supervisor hangs up; then the process ends."""
        for text in self._inbox:
            message = order(text)
            if isinstance(message, Run):
                self.jobs.put(message)
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


class Saying(logging.Handler):
    """Tells the server what is logged, at most `SAID_MOST` events a job; the rest goes where libraries print."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self._pipe = pipe
        self.said = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.said += 1
        if self.said > SAID_MOST:
            sys.stderr.write(f"{record.levelname} {record.name}: {self.format(record)}\n")
            return
        text = record.getMessage()[:SAID_LENGTH]
        if self.said == SAID_MOST:
            text += " (what else is logged of this job stands in worker.log)"
        trace = where(record.exc_info[1]) if record.exc_info else ""
        self._pipe.send(Said(level=record.levelno, logger=record.name, text=text, trace=trace[-SAID_LENGTH:]))


def where(error: BaseException | None) -> str:
    """Where an error happened and what kind it is. What it says may repeat a prompt, and that belongs in no log."""
    parts = []
    while error is not None:
        parts.append("".join([*traceback.format_tb(error.__traceback__), type(error).__name__]))
        error = error.__cause__ or error.__context__
    return "\nwhich came from\n".join(parts)


def die_with_parent() -> None:
    """Where the kernel can be asked to: also if this process is stopped, or a library holds every thread of it."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    die_with_parent()
    # Libraries warn with the words that they were given.
    for name in ("DIFFUSERS_VERBOSITY", "TRANSFORMERS_VERBOSITY"):
        os.environ.setdefault(name, "error")
    # Ctrl-C in a terminal, or its end, reaches the whole group; the server decides what becomes of a job.
    for number in ("SIGINT", "SIGHUP"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    outbox = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log
    pipe = Pipe(sys.stdin.buffer, outbox)
    signal.signal(signal.SIGTERM, pipe.end_if_asked)

    from cutaway_runtime.worker.pace import Pace
    from cutaway_runtime.worker.take import Studio
    from cutaway_runtime.worker.wear import Wear

    threading.Thread(target=pipe.listen, name="listen", daemon=True).start()
    saying = Saying(pipe)
    ours = logging.getLogger("cutaway_runtime")
    ours.addHandler(saying)
    ours.propagate = False
    studio, wear = Studio(), Wear()
    threading.Thread(target=pipe.beat, name="beat", daemon=True).start()
    pipe.send(Ready())
    while True:
        run = pipe.jobs.get()
        saying.said, job_id = 0, run.spec.job_id
        pipe.pace = Pace(pipe.send)
        cancelled = partial(pipe.cancelled, job_id)
        outcome = studio.carry_out(
            run.spec, pipe.pace, cancelled, attempt=run.attempt, spare=run.spare, anew_seconds=run.anew_seconds
        )
        pipe.pace.close()
        pipe.pace = None
        outcome.spent = wear.after_job(studio.loaded, outcome.code if isinstance(outcome, Failed) else "")
        pipe.send(outcome)
        pipe.forget(job_id)


if __name__ == "__main__":
    main()
