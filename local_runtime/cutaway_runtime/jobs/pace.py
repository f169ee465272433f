"""How long such jobs took on this machine, and how large their files are: measured on those that were done before.

    seconds of a job  =  the share of its painted pixels in theirs, times what theirs took; the median over jobs alike

Jobs are alike if the same model made them by the same verb in the same format, and neither has more than `ALIKE`
times the pixels of the other. Where there are none, nothing is said: a guess would be taken for a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from cutaway.wire import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.wire import Video
    from cutaway_runtime.jobs.ledger import Ledger

ALIKE: Final = 8
REMEMBERED: Final = 100
"""How many of the jobs that were done last are looked at."""


@dataclass(frozen=True, slots=True)
class _Done:
    kind: tuple[object, ...]
    pixels: int
    seconds: float
    bytes: int


class Pace:
    """What the jobs done last say about one that is not. For one thread; reads the jobs only when new ones ended."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._newest: float | None = None
        self._done: list[_Done] = []

    def seconds(self, video: Video) -> float | None:
        """From the moment a worker takes the job to its end; None where no such job was done here."""
        return self._scaled(video, lambda done: done.seconds)

    def size(self, video: Video) -> float | None:
        """Bytes of its file; None where no such job was done here."""
        return self._scaled(video, lambda done: done.bytes)

    def _scaled(self, video: Video, figure: Callable[[_Done], float]) -> float | None:
        pixels = _pixels(video)
        if not pixels:
            return None
        self._look()
        kind = _kind(video)
        alike = [
            figure(done) * pixels / done.pixels
            for done in self._done
            if done.kind == kind and 1 / ALIKE <= pixels / done.pixels <= ALIKE
        ]
        return median(alike) if alike else None

    def _look(self) -> None:
        newest = self._ledger.last_completed()
        if newest == self._newest:
            return
        self._newest = newest
        self._done = []
        for job in self._ledger.completed(REMEMBERED):
            video = job.video()
            pixels = _pixels(video)
            if pixels and job.claimed_at and job.ended_at and video.cutaway and video.cutaway.bytes:
                took = job.ended_at - job.claimed_at
                self._done.append(_Done(_kind(video), pixels, took, video.cutaway.bytes))


def _kind(video: Video) -> tuple[object, ...]:
    details = video.cutaway
    return (
        video.model,
        details.verb if details else None,
        details.profile if details else None,
        details and details.format,
    )


def _pixels(video: Video) -> int:
    """Of all its frames together; 0 where their number is not known before it is made."""
    frames = video.cutaway.num_frames if video.cutaway else None
    if not frames:
        return 0
    width, height = parse_size(video.size)
    return frames * width * height
