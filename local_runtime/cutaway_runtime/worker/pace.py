"""How far a job is, and how long it will still take, told a few times a second."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

from cutaway_runtime.worker.protocol import Progress
from cutaway_runtime.worker.resuming import RESTORING

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT_EVERY: Final = 0.2
"""Seconds between two reports of the same phase."""


class Pace:
    """How fast frames come, told a few times a second: phase, frame of how many, and what is left in seconds.

    What there is to tell waits until the last report is `REPORT_EVERY` old; `tick`, called from another
    thread, tells it then even if the engine is silent. A job that is over sooner reports nothing.
    """

    def __init__(self, send: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._lock = Lock()
        self._told = clock()
        self._news: Progress | None = None
        self._phase = ""
        self._inner: tuple[int, int] | None = None
        self._frames = self._total = 0
        self._done = 0.0
        self._first: tuple[float, float] | None = None

    def phase(self, name: str) -> None:
        """A phase begins."""
        self._phase, self._inner = name, None
        self._note()

    def starts(self, total: int) -> None:
        """Frames will follow: `total` of them."""
        self._total = total
        self.phase("painting")

    def wrote(self, frames: int) -> None:
        """That many more are with the encoder."""
        self._frames += frames
        self._advance(self._frames / self._total)
        self._note()

    def engine(self, phase: str, step: int, total: int, done: float) -> None:
        """What the engine says of itself: a step of a phase, and how much of the whole is done (0 to 1)."""
        self._phase, self._inner = phase, (step, total)
        self._advance(done)
        if phase.startswith(RESTORING):  # which says nothing about how fast the rest is painted
            self._first = None
        self._note()

    def close(self) -> None:
        """The job is over: whatever was not told is old news."""
        with self._lock:
            self._told = float("inf")

    def tick(self) -> None:
        """Tells what waits, if it is time."""
        with self._lock:
            now = self._clock()
            if self._news is not None and now - self._told >= REPORT_EVERY:
                self._told = now
                news, self._news = self._news, None
                self._send(news)

    def _note(self) -> None:
        step, total = self._inner or (self._frames, self._total)
        known = bool(self._total)
        news = Progress(
            phase=self._phase,
            step=step if known else None,
            total=total if known else None,
            percent=self._percent(),
            eta_s=self._eta(self._clock()),
        )
        with self._lock:
            self._news = news
        self.tick()

    def _advance(self, done: float) -> None:
        """It never goes back. The first step carries the warming up; the pace is measured from its end."""
        if done > self._done:
            self._done = min(1.0, done)
            self._first = self._first or (self._done, self._clock())

    def _percent(self) -> int:
        return min(99, int(100 * self._done + 1e-6))

    def _eta(self, now: float) -> float | None:
        if self._first is None:
            return None
        done, at = self._first
        if self._done <= done or now <= at:
            return None
        return round((1 - self._done) * (now - at) / (self._done - done), 2)
