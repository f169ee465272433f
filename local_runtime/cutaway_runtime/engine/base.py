"""What the runtime asks of an engine: to paint a canvas.

    notes = Notes()
    for chunk in splice(canvas, engine.paint(canvas, Control(notes))):
        writer.write(chunk)

An engine yields the frames of the canvas in order, in chunks of its choice, and holds no more than
a few of them. Between chunks (and inside long steps) it calls `control.check()`, so that a cancel
takes effect within a step; it leaves itself ready for the next canvas however the last one ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from cutaway.timebase import FrameRange
from cutaway.wire import Profile

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo, Segment
    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.models.base import Sound


class Cancelled(Exception):
    """The job was cancelled; raised out of `Control.check`."""


class EngineError(Exception):
    """An engine cannot paint this canvas. `code` travels to the client."""

    def __init__(self, message: str, *, code: str = "generation_failed") -> None:
        super().__init__(message)
        self.code = code


DEVICE_FAULT: Final = "device_fault"
"""After it nothing else runs in that process: the job is tried again in a new one."""


class DeviceLost(EngineError):
    """The GPU reported a fault. Whatever runs next in this process would fail too, so the worker ends."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=DEVICE_FAULT)


@dataclass
class Notes:
    """What an engine has to say about what it painted; it becomes part of the answer."""

    understood: list[str] = field(default_factory=list)
    """Terms of the prompt that can be seen in the picture."""
    unmatched: list[str] = field(default_factory=list)
    """Terms that could not be drawn."""
    segments: list[Segment] = field(default_factory=list)
    """How each run of frames was made, in canvas time."""
    warnings: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """Which way canvases were painted, such as "native: WanVACEPipeline head_tail"; each one once."""

    def take_over(self, other: Notes, seen: FrameRange, at: int) -> None:
        """Adds what was noted about a piece of this canvas.

        Of its segments those in `seen` (its own time) count, moved so that `seen` begins at `at` here.
        Words, warnings and paths are told once.
        """
        for segment in other.segments:
            both = FrameRange(segment.start, segment.end).intersection(seen)
            if both is not None:
                moved = both.shifted(at - seen.start)
                self.segments.append(segment.model_copy(update={"start": moved.start, "end": moved.end}))
        for mine, theirs in (
            (self.understood, other.understood),
            (self.unmatched, other.unmatched),
            (self.warnings, other.warnings),
            (self.paths, other.paths),
        ):
            mine += [text for text in theirs if text not in mine]


@dataclass(frozen=True)
class Manner:
    """How a request wants its canvases painted, for engines that denoise; None is the checkpoint's own number."""

    profile: Profile = Profile.EXACT
    steps: int | None = None
    guidance: float | None = None
    allow_degraded: bool = False


AS_EVER: Final = Manner()

Progress = Callable[[str, int, int, float], None]
"""(phase, step, total steps of the phase, how much of the whole is done: 0 to 1)."""
Hear = Callable[["Sound", Fraction], None]
"""(what was made to be heard, the second of the canvas it begins at)."""


class Control:
    """The engine's line to whoever runs it: cancellation, progress, notes, sound, and how it is to be painted."""

    def __init__(
        self,
        notes: Notes | None = None,
        *,
        on_progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        manner: Manner = AS_EVER,
        on_sound: Hear | None = None,
    ) -> None:
        self.notes = notes if notes is not None else Notes()
        self.manner = manner
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._on_sound = on_sound

    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled the job."""
        return self._cancelled is not None and self._cancelled()

    def check(self) -> None:
        """Raises `Cancelled` once somebody has cancelled the job."""
        if self.is_cancelled():
            raise Cancelled

    def part(self, notes: Notes, on_progress: Progress, on_sound: Hear | None = None) -> Control:
        """The line for a piece of the work: it is cancelled with the whole and painted in the same manner.

        Its sound goes to `on_sound` if anybody listens to the whole, and without one straight to the whole.
        """
        hear = (on_sound or self._on_sound) if self.listens else None
        return Control(notes, on_progress=on_progress, cancelled=self.is_cancelled, manner=self.manner, on_sound=hear)

    def within(self, start: float, share: float) -> Control:
        """The same line for a part of the work, which is `share` of the whole and begins at `start` (0 to 1)."""
        if self._on_progress is None:
            return self
        tell = self._on_progress
        return Control(
            self.notes,
            on_progress=lambda phase, step, total, done: tell(phase, step, total, start + share * done),
            cancelled=self._cancelled,
            manner=self.manner,
            on_sound=self._on_sound,
        )

    def listening(self, on_sound: Hear) -> Control:
        """The same line, with somebody who wants to hear what is made."""
        return Control(
            self.notes,
            on_progress=self._on_progress,
            cancelled=self._cancelled,
            manner=self.manner,
            on_sound=on_sound,
        )

    @property
    def listens(self) -> bool:
        """Whether anybody wants to hear what is made; if not, sound need not be made."""
        return self._on_sound is not None

    def sound(self, sound: Sound, at: Fraction = Fraction(0)) -> None:
        """What is heard from second `at` of the canvas on. Told before the first frame it is heard with is given
        out, and once; sounds that overlap add up.
        """
        if self._on_sound is not None:
            self._on_sound(sound, at)

    def progress(self, phase: str, step: int, total: int, done: float | None = None) -> None:
        """Step `step` of `total` of a phase is done, and with it `done` of the whole (0 to 1): as much as of the
        phase, unless it is said. Also checks for a cancel.
        """
        self.check()
        if self._on_progress is not None:
            self._on_progress(phase, step, total, done if done is not None else step / total if total else 0.0)


class Engine(Protocol):
    """Something that paints canvases. One canvas at a time; never called from two threads."""

    @property
    def info(self) -> ModelInfo:
        """What it can do, as the server publishes it."""
        ...

    @property
    def revision(self) -> str:
        """Changes whenever the same canvas would come out different."""
        ...

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        """The frames of the canvas in order, as chunks (n, H, W, 3) RGB uint8.

        The same canvas gives the same frames, bit for bit; another seed gives others.

        Raises:
            Cancelled: from `control`.
            EngineError: this canvas cannot be painted.
        """
        ...


@runtime_checkable
class Seeking(Engine, Protocol):
    """One that can begin in the midst of a canvas, because no frame of it depends on how those before were painted."""

    def paint_from(self, canvas: Canvas, control: Control, start: int) -> Iterator[Pixels]:
        """The frames from `start` on, as `paint` gives them, bit for bit; with `start` at the end only the notes."""
        ...
