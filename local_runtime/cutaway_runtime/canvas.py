"""The one shape of every verb.

A canvas is T frames of one size at one rate. Some frames are known, the others are to be painted,
and prompts lie over spans of it. A verb is only a different pattern of known frames:

    generate       ................    nothing is known
    image to video #...............    the first frame
    first + last   #..............#    both end frames
    extend         ####............    the last k frames of the shot, at the front
    extend back    ............####    its first k frames, at the back
    fill           ####........####    the shots on both sides of the gap
    remix          ++++++++++++++++    every frame, loosely
    blend          XXXXXXXXXXXXXXXX    two shots at once
    loop           ####........####    the end of the shot, then its start

    #  kept: known with strength 1, comes out bit for bit as it went in
    +  loose: known with less, may be repainted
    X  overlap: known twice, one turns into the other
    .  open: unknown

An engine paints a canvas and never asks which verb it serves. Positions are whole frames of the
canvas, `end` exclusive. Pixels are RGB, uint8, (T, H, W, 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.names import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    """RGB, uint8: one frame (H, W, 3) or several (T, H, W, 3)."""


class Plate(Protocol):
    """Footage to start from: frames at the size and rate of the canvas, read by index and never all at once."""

    def __len__(self) -> int:
        """How many frames there are."""
        ...

    def read(self, start: int, end: int) -> Pixels:
        """Frames [start, end) of the plate: (end - start, H, W, 3) RGB uint8."""
        ...


class Excerpt:
    """A run of frames of a plate, itself a plate."""

    def __init__(self, plate: Plate, range_: FrameRange) -> None:
        if not FrameRange(0, len(plate)).covers(range_):
            raise ValueError(f"frames {range_} of a plate of {len(plate)}")
        self._plate = plate
        self._range = range_

    def __len__(self) -> int:
        return self._range.duration

    def read(self, start: int, end: int) -> Pixels:
        return self._plate.read(self._range.start + start, self._range.start + end)


class Slate(NamedTuple):
    """Where a take came from: who painted it, from which prompt and seed, in which style."""

    engine: str
    prompt: str
    seed: int
    style: str = ""


@dataclass(frozen=True)
class Known:
    """A run of known frames, laid on the canvas at frame `at`.

    `strength` says how firmly: 1 keeps every pixel, less lets an engine move away from them.
    `slate` is set where the footage is a whole take that this runtime painted itself: an engine that
    can do better than look at the pixels (paint the same scene with other words) finds here what it needs.
    """

    at: int
    plate: Plate
    strength: float = 1.0
    slate: Slate | None = None

    @property
    def range(self) -> FrameRange:
        return FrameRange.of(self.at, len(self.plate))

    def read(self, start: int, end: int) -> Pixels:
        """Frames [start, end) in canvas time."""
        return self.plate.read(start - self.at, end - self.at)


class Span(NamedTuple):
    """A prompt and the frames it speaks of. Where it `opens`, a new scene begins, whatever is known before it."""

    range: FrameRange
    prompt: str
    opens: bool = False


@dataclass(frozen=True)
class Character:
    """Somebody or something that prompts call by `name`.

    `pictures` are stills of it at their own sizes, (H, W, 4) RGBA uint8 with straight alpha, the best one first.
    One that is `listed` is to be seen whether a prompt names it or not.
    """

    name: str
    description: str = ""
    pictures: tuple[Pixels, ...] = field(default=(), compare=False, repr=False)
    listed: bool = False


class RunKind(StrEnum):
    KEPT = "kept"
    LOOSE = "loose"
    OVERLAP = "overlap"
    OPEN = "open"


class Run(NamedTuple):
    """Neighbouring frames of one kind, with the known footage under them (none, one, or two that overlap)."""

    kind: RunKind
    range: FrameRange
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Canvas:
    """T frames to paint, with what is known about them.

    `closed` means that frame 0 follows the last frame. `shot_start` and `shot_frames` say where
    this canvas lies in the whole shot when a long one is painted in windows; an engine that moves a
    camera or a subject counts from there, so that windows join.

    Beside the canvas lie pictures that are not frames of it, each a plate of the canvas's size:
    `references` show characters and things that should appear, those of the `cast` among them; `anchor` is
    one frame from far before in the same shot, which a later window looks at so that the shot does not drift.
    `turn` is how far the first of two overlapping clips has turned into the second where the overlap begins
    and where it ends: 0 and 1, unless this canvas is a window of a longer blend. Over frames that nobody sees
    it may pass 1.
    """

    frames: int
    width: int
    height: int
    rate: Rate
    seed: int
    spans: tuple[Span, ...] = ()
    known: tuple[Known, ...] = ()
    closed: bool = False
    negative_prompt: str = ""
    style: str = ""
    shot_start: int = 0
    shot_frames: int = field(default=0)
    references: tuple[Plate, ...] = ()
    cast: tuple[Character, ...] = ()
    anchor: Plate | None = None
    turn: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        whole = FrameRange(0, self.frames)
        if self.frames < 1 or self.width < 1 or self.height < 1:
            raise ValueError(f"a canvas has frames and pixels, not {self.frames} of {self.width}x{self.height}")
        if not self.shot_frames:
            object.__setattr__(self, "shot_frames", self.shot_start + self.frames)
        for known in self.known:
            if not whole.covers(known.range) or not known.range:
                raise ValueError(f"known frames {known.range} do not lie on the canvas {whole}")
            if not 0 <= known.strength <= 1:
                raise ValueError(f"strength lies between 0 and 1, not at {known.strength}")
        for span in self.spans:
            if not whole.covers(span.range):
                raise ValueError(f"the prompt over {span.range} does not lie on the canvas {whole}")

    @property
    def prompt(self) -> str:
        """All prompts in the order of their spans, and what is known of the characters they name; most have one."""
        said = " ".join(span.prompt for span in sorted(self.spans) if span.prompt)
        return " ".join([said, *self.known_of(said)]) if self.cast else said

    def known_of(self, said: str) -> list[str]:
        """The descriptions of the characters that a prompt names, and of those that are listed."""
        named = {mention.which for mention in mentions(said, [one.name for one in self.cast])}
        seen = [one for at, one in enumerate(self.cast) if one.listed or at in named]
        return [f"{one.name}: {one.description}" for one in seen if one.description]

    def runs(self) -> tuple[Run, ...]:
        """The canvas from its first frame to its last, cut wherever what is known changes."""
        cuts = sorted({0, self.frames, *(edge for k in self.known for edge in (k.range.start, k.range.end))})
        runs = []
        for start, end in pairwise(cuts):
            under = tuple(k for k in self.known if k.range.covers(FrameRange(start, end)))
            runs.append(Run(_kind(under), FrameRange(start, end), under))
        return tuple(runs)


def _kind(under: tuple[Known, ...]) -> RunKind:
    if not under:
        return RunKind.OPEN
    if len(under) > 1:
        return RunKind.OVERLAP
    return RunKind.KEPT if under[0].strength == 1 else RunKind.LOOSE


def splice(canvas: Canvas, painted: Iterable[Pixels]) -> Iterator[Pixels]:
    """What an engine painted, with every kept frame put back as it was given, and the count checked.

    Chunks come out as they came in, so a minute of video is never in memory at once.

    Raises:
        ValueError: the engine painted too many frames or too few, or frames of another size.
    """
    at = 0
    for chunk in counted(canvas, painted):
        yield restored(canvas, at, chunk)
        at += len(chunk)


def counted(canvas: Canvas, painted: Iterable[Pixels]) -> Iterator[Pixels]:
    """The same chunks, once they are known to fit the canvas.

    Raises:
        ValueError: too many frames or too few, or frames of another size.
    """
    at = 0
    for chunk in painted:
        here = FrameRange.of(at, len(chunk))
        if here.end > canvas.frames or chunk.shape[1:] != (canvas.height, canvas.width, 3):
            raise ValueError(f"painted {here} of {chunk.shape[1:]} on a canvas of {_shape(canvas)}")
        yield chunk
        at = here.end
    if at != canvas.frames:
        raise ValueError(f"painted {at} frames on a canvas of {_shape(canvas)}")


def restored(canvas: Canvas, at: int, chunk: Pixels) -> Pixels:
    """Frames of the canvas from `at` on, with the kept ones among them put back as they were given.

    The chunk itself where it holds no kept frame or can be written to, else a copy.
    """
    here = FrameRange.of(at, len(chunk))
    for run in canvas.runs():
        both = run.range.intersection(here) if run.kind is RunKind.KEPT else None
        if both is not None:
            if not chunk.flags.writeable:
                chunk = chunk.copy()
            chunk[both.start - at : both.end - at] = run.known[0].read(both.start, both.end)
    return chunk


def _shape(canvas: Canvas) -> str:
    return f"{canvas.frames} frames of {canvas.width}x{canvas.height}"
