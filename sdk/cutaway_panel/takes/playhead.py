"""The one playhead of a window: everything that shows a place in the cut shows it at this frame.

playhead = Playhead.of(bridge)
playhead.moved.connect(show)             # a frame, counted from the first of the place
playhead.press(event)                    # J K L, space, arrows, home, end
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from cutaway.timebase import FrameRange, Rate
from cutaway_panel.takes.clock import FASTEST, PlayClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge

_STANDING: Final = Rate.parse(24)
"""Until a reel says its own."""


class Loop(StrEnum):
    """What is played again and again."""

    OFF = "off"
    PLACE = "place"
    ALL = "all"


class Playhead(QObject):
    """Where one looks, and how fast it runs. Frames are counted from the first of the place."""

    moved = Signal(int)
    ran = Signal(int)
    """The speed changed: times the cut's rate, 0 stands."""
    covered = Signal()
    """What can be reached, or what is looped, changed."""
    counted = Signal()
    """The figure of dropped frames changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.place = FrameRange(0, 1)
        self.extent = FrameRange(0, 1)
        self.loop = Loop.OFF
        self.clock = PlayClock(_STANDING, self.extent)
        self._told = 0
        self._dropped = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    @classmethod
    def of(cls, bridge: Bridge) -> Playhead:
        """That of the window; made when it is asked for first."""
        known = bridge.findChild(cls)
        if known is None:
            known = cls(bridge)
            bridge.current_changed.connect(known.rewind)
        return known

    @property
    def frame(self) -> int:
        return self._told

    @property
    def speed(self) -> int:
        return self.clock.speed

    @property
    def rate(self) -> Rate:
        return self.clock.rate

    @property
    def wraps(self) -> FrameRange | None:
        """What playing goes round in; None where it stops at the end."""
        return None if self.loop is Loop.OFF else self._played()

    def cover(self, place: FrameRange, extent: FrameRange, rate: Rate) -> None:
        """What can be looked at, and how fast it runs: said by a reel."""
        if (place, extent, rate) == (self.place, self.extent, self.clock.rate):
            return
        self.place, self.extent = place, extent
        self.clock.at_rate(rate)
        self._span()

    def set_loop(self, loop: Loop) -> None:
        """What is played again and again; where one looks while it stands is free."""
        if loop is not self.loop:
            self.loop = loop
            self._span()

    def next_loop(self) -> None:
        """Off, the place, all, off."""
        loops = list(Loop)
        self.set_loop(loops[(loops.index(self.loop) + 1) % len(loops)])

    def play(self, speed: int = 1) -> None:
        """Runs, or runs at another speed; 0 stops."""
        if speed == 0:
            self.stop()
            return
        self._cover(playing=True)
        self.clock.play(speed)
        self.ran.emit(speed)
        self.counted.emit()
        self._tick()

    def stop(self) -> None:
        if self.clock.playing:
            self.clock.stop()
            self._timer.stop()
            self._cover(playing=False)
            self._count()
            self.ran.emit(0)
        self._tell()

    def toggle(self) -> None:
        self.play(0 if self.clock.playing else 1)

    def shuttle(self, direction: int) -> None:
        """J (-1) and L (1): plays, and doubles with every press; the other way it slows down first."""
        speed = self.clock.speed
        if speed * direction > 0:
            self.play(max(-FASTEST, min(FASTEST, speed * 2)))
        elif abs(speed) > 1:
            self.play(int(speed / 2))
        else:
            self.play(direction)

    def seek(self, frame: int) -> None:
        """Goes to a frame and stands there."""
        self.stop()
        self.clock.seek(frame)
        self._tell()

    @Slot()
    def rewind(self) -> None:
        """To the first frame of the place."""
        self.seek(self.place.start)

    def step(self, frames: int) -> None:
        self.seek(self._told + frames)

    def next_cut(self, direction: int) -> None:
        """To the next frame behind a cut (1), or the one before (-1)."""
        cuts = [self.extent.start, self.place.start, self.place.end, self.extent.end - 1]
        there = [cut for cut in cuts if (cut - self._told) * direction > 0]
        if there:
            self.seek(min(there, key=lambda cut: abs(cut - self._told)))

    def showed(self, frame: int) -> None:
        """A view painted a frame."""
        self.clock.showed(frame)

    def press(self, event: QKeyEvent) -> bool:
        """Does what a key of the transport means; False where it is none of them."""
        shift, keypad = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
        if event.modifiers() & ~(shift | keypad):
            return False
        far = bool(event.modifiers() & shift)
        run = self._keys(far=far).get(event.key())
        if run is not None:
            run()
        return run is not None

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What its keys do, to be listed: what, and the key."""
        return (
            (self.tr("Play or stop"), "Space"),
            (self.tr("Play backwards, faster with every press"), "J"),
            (self.tr("Stop"), "K"),
            (self.tr("Play, faster with every press"), "L"),
            (self.tr("One frame back or on"), "Left, Right"),
            (self.tr("One second back or on"), "Shift+Left, Shift+Right"),
            (self.tr("To the cut before or behind"), "PgUp, PgDown"),
            (self.tr("To the start or the end"), "Home, End"),
            (self.tr("To the first or last frame of the place"), "Shift+Home, Shift+End"),
            (self.tr("Loop: off, the place, all"), "O"),
        )

    def _keys(self, *, far: bool) -> dict[int, Callable[[], object]]:
        """What the keys do; `far` with Shift: a second instead of a frame, the place instead of all."""
        stride = self.clock.rate.nominal if far else 1
        ends = self.place if far else self.extent
        return {
            Qt.Key.Key_Space: self.toggle,
            Qt.Key.Key_J: partial(self.shuttle, -1),
            Qt.Key.Key_K: self.stop,
            Qt.Key.Key_L: partial(self.shuttle, 1),
            Qt.Key.Key_Left: partial(self.step, -stride),
            Qt.Key.Key_Right: partial(self.step, stride),
            Qt.Key.Key_Home: partial(self.seek, ends.start),
            Qt.Key.Key_End: partial(self.seek, ends.end - 1),
            Qt.Key.Key_PageUp: partial(self.next_cut, -1),
            Qt.Key.Key_PageDown: partial(self.next_cut, 1),
            Qt.Key.Key_O: self.next_loop,
        }

    def _played(self) -> FrameRange:
        return self.place if self.loop is Loop.PLACE else self.extent

    def _cover(self, *, playing: bool) -> None:
        """Looping keeps the playhead in its span while it runs, and only then."""
        span = self._played() if playing else self.extent
        loops = playing and self.loop is not Loop.OFF
        if (span, loops) != (self.clock.span, self.clock.loop):
            self.clock.cover(span)
            self.clock.loop = loops

    def _span(self) -> None:
        self._cover(playing=self.clock.playing)
        self.covered.emit()
        self._tell()

    @Slot()
    def _tick(self) -> None:
        if self.clock.at_end:
            self.stop()
            return
        self._tell()
        self._count()
        wait = self.clock.seconds_to_next()
        if wait is not None:
            self._timer.start(int(wait * 1000) + 1)

    def _count(self) -> None:
        if self.clock.dropped != self._dropped:
            self._dropped = self.clock.dropped
            self.counted.emit()

    def _tell(self) -> None:
        frame = self.clock.frame
        if frame != self._told:
            self._told = frame
            self.moved.emit(frame)
