"""Frames decoded ahead of the playhead, in a thread of their own. No Qt.

    feed = Feed(lambda: desk.reel(card, take), made=image_of, told=heard)
    feed.size(960, 540)
    feed.aim(12, speed=1)        # returns at once
    feed.shot(12)                # Shot(picture, label), or None while it is not decoded yet

Frames are counted from the first of the place: the shot before it has negative numbers. The reel is
opened, read and closed by the thread alone; `told` is called on it. What is kept is bounded by bytes:
frames far from the playhead go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from threading import Condition, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from cutaway.timebase import FrameRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cutaway.media.extra import Pixels
    from cutaway.timebase import Rate

T = TypeVar("T")

LIMIT: Final = 96 << 20
"""Bytes of pictures that one feed keeps: 46 frames of 960 x 540."""
AHEAD: Final = 24
"""Frames that are decoded before they are due."""
_LATE: Final = 24
"""Frames behind the playhead that are still better than nothing, where decoding cannot keep up."""
_BLOCK: Final = 12
"""Frames that are decoded forwards at a time while playing backwards; files are not made for the other way."""


class Footage(Protocol):
    """A reel: the shot before, the place, the shot behind, as frames from 0."""

    @property
    def frames(self) -> int: ...
    @property
    def rate(self) -> Rate: ...
    @property
    def place(self) -> FrameRange: ...
    def frame(self, n: int, width: int, height: int) -> Pixels: ...
    def label(self, n: int) -> str: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Shot(Generic[T]):
    """One frame, ready to be painted; or, where it cannot be read, why."""

    frame: int
    picture: T | None
    label: str
    problem: str = ""


class Feed(Generic[T]):
    """One reel behind a playhead.

    Args:
        open_reel: opens it, on the feed's thread.
        made: turns a frame (H, W, 3) uint8 into what is painted, on that thread too.
        told: hears of every frame that is ready, on that thread.
        limit: bytes of pictures that are kept.
    """

    def __init__(
        self,
        open_reel: Callable[[], Footage],
        *,
        made: Callable[[Pixels], T],
        told: Callable[[], object],
        limit: int = LIMIT,
    ) -> None:
        self._open = open_reel
        self._made = made
        self._told = told
        self._limit = limit
        self._changed = Condition()
        self._size = (0, 0)
        self._aim = 0
        self._speed = 0
        self._span: FrameRange | None = None
        self._shots: dict[int, Shot[T]] = {}
        self._closed = False
        self._cost = 0.0
        """Seconds that a frame takes, as the last few did."""
        self.extent: FrameRange | None = None
        """All frames there are, once the reel is open."""
        self.place: FrameRange | None = None
        """The place itself: from 0."""
        self.rate: Rate | None = None
        self.problem = ""
        """Why the reel could not be opened."""
        self._thread = Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def size(self, width: int, height: int) -> None:
        """Pictures are wanted at this size, pixels; those of another size are let go."""
        with self._changed:
            if (width, height) != self._size:
                self._size = (width, height)
                self._shots.clear()
                self._changed.notify()

    def aim(self, frame: int, speed: int = 0, span: FrameRange | None = None) -> None:
        """Where the playhead is and how fast it goes. Within `span` it goes round; None if it does not."""
        with self._changed:
            self._aim, self._speed, self._span = frame, speed, span
            self._changed.notify()

    def shot(self, frame: int) -> Shot[T] | None:
        """A frame that is ready; None where it is not, yet."""
        with self._changed:
            return self._shots.get(frame)

    def passed(self, frame: int, speed: int) -> list[int]:
        """Ready frames that a playhead which is at `frame` has come to or just gone by, the nearest first."""
        way = 1 if speed > 0 else -1
        with self._changed:
            gone = {ready: (frame - ready) * way for ready in self._shots}
        return sorted((ready for ready, by in gone.items() if 0 <= by <= _LATE * abs(speed)), key=gone.__getitem__)

    @property
    def ready(self) -> int:
        """How many frames are."""
        return len(self._shots)

    def close(self) -> None:
        """Returns at once; the thread lets go of its files as soon as the frame it decodes is done."""
        with self._changed:
            self._closed = True
            self._shots.clear()
            self._changed.notify()

    def join(self, timeout: float) -> bool:
        """Waits until the thread is gone, seconds; whether it is."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            reel = self._open()
        except Exception as error:  # noqa: BLE001 - said where the picture would be
            self.problem = str(error)
            self._tell()
            return
        try:
            self.rate = reel.rate
            self.place = FrameRange(0, reel.place.duration)
            self.extent = FrameRange.of(-reel.place.start, reel.frames)
            self._tell()
            while (work := self._next()) is not None:
                self._decode(reel, *work)
        finally:
            reel.close()

    def _next(self) -> tuple[tuple[int, int], list[int]] | None:
        """Waits for the frames to decode now, in the order of the file, and at which size; None at the end."""
        with self._changed:
            while not self._closed:
                missing = [frame for frame in self._wanted() if frame not in self._shots]
                if missing and all(self._size):
                    first = missing[0]
                    if self._speed == -1 and first != self._aim:
                        return self._size, sorted(frame for frame in missing if first - _BLOCK < frame <= first)
                    return self._size, [first]
                self._changed.wait()
            return None

    def _wanted(self) -> Iterator[int]:
        assert self.extent is not None
        seen: set[int] = set()
        frames = wanted(self._aim, self._speed, self.extent, self._span, min(AHEAD, self._room() - 2))
        for frame in islice(frames, self._too_late(), None):
            if frame not in seen:
                seen.add(frame)
                yield frame

    def _too_late(self) -> int:
        """How many frames from the playhead on are over before they could be decoded; they are not begun."""
        return min(AHEAD - 1, int(self._cost * self.rate.fraction)) if self._speed and self.rate is not None else 0

    def _room(self) -> int:
        """How many pictures of the present size may be kept."""
        width, height = self._size
        return max(4, self._limit // max(1, width * height * 4))

    def _decode(self, reel: Footage, size: tuple[int, int], frames: list[int]) -> None:
        for frame in frames:
            begun = perf_counter()
            shot = self._shot(reel, frame, size)
            self._cost += (perf_counter() - begun - self._cost) / 4
            with self._changed:
                if self._closed or size != self._size:
                    return
                self._shots[frame] = shot
                while len(self._shots) > self._room():
                    del self._shots[max(self._shots, key=self._distance)]
            self._tell()

    def _shot(self, reel: Footage, frame: int, size: tuple[int, int]) -> Shot[T]:
        at = frame + reel.place.start
        label = reel.label(at)
        try:
            return Shot(frame, self._made(reel.frame(at, *size)), label)
        except Exception as error:  # noqa: BLE001 - said where the picture would be
            return Shot(frame, None, label, str(error))

    def _distance(self, frame: int) -> int:
        """From the playhead; what it has left behind counts double."""
        off = frame - self._aim
        behind = off * self._speed < 0
        return abs(off) * (2 if behind else 1)

    def _tell(self) -> None:
        if not self._closed:
            self._told()


def wanted(aim: int, speed: int, extent: FrameRange, span: FrameRange | None, ahead: int) -> Iterator[int]:
    """The frames a player needs next, most urgent first: those it comes to, or those around it while it stands."""
    if not extent:
        return
    aim = max(extent.start, min(aim, extent.end - 1))
    yield aim
    if not speed:
        yield from (frame for frame in range(aim + 1, aim + 1 + ahead // 2) if frame in extent)
        yield from (frame for frame in range(aim - ahead // 3, aim) if frame in extent)
        return
    for step in range(1, ahead):
        frame = aim + step * speed
        if span is not None and span.duration:
            frame = span.start + (frame - span.start) % span.duration
        if frame in extent:
            yield frame
