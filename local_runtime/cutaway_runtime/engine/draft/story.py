"""A canvas told in several cards: scenes, pictures and clips one after another, none with a jump to the next.

    spans    |a dog runs            |              |a cat sleeps
    known                           #
    painted  scene ~~~~~~~~~~~~ >>> # camera ~~~~~ >>> scene ~~~~~~~~~~~

A span that opens begins a scene, a known run begins a shot of its own; each is seen until the next begins. Into a
scene the one before dissolves from its first frame on, so that nothing of it is seen earlier; into a picture or a
clip the scene before dissolves up to its first frame, which stands as it was given. Between two pictures, or two
clips, the frames are bridged as in any gap.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

import cv2
import numpy as np

from cutaway.timebase import FrameRange
from cutaway.wire import Segment
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.catalog import STYLES
from cutaway_runtime.engine.draft.bridge import dissolve, ease
from cutaway_runtime.engine.draft.edge import Edge
from cutaway_runtime.engine.draft.gap import camera_over, cross, onward
from cutaway_runtime.engine.draft.looks import Look, opens
from cutaway_runtime.engine.draft.stage import open_picture
from cutaway_runtime.engine.draft.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.canvas import Canvas, Known, Pixels
    from cutaway_runtime.engine.base import Control
    from cutaway_runtime.engine.draft.scene import Scene
    from cutaway_runtime.engine.draft.stage import Picture
    from cutaway_runtime.engine.draft.stage.likeness import Company

SCENE, SLATE, KEPT = "scene", "slate", "kept"
TURN_SECONDS: Final = 0.5
"""How long one shot takes to turn into the next."""


class _Shot(Protocol):
    """What is seen from frame `start` to `end` of the canvas, and further, as long as it turns into the next."""

    start: int
    end: int

    def frame(self, at: int) -> Pixels: ...

    def segments(self) -> list[Segment]: ...

    def close(self) -> None: ...


class _Drawn:
    """A scene."""

    def __init__(self, canvas: Canvas, scene: Scene, here: FrameRange, control: Control, company: Company) -> None:
        self.start, self.end = here.start, here.end
        self._canvas, self._scene, self._control, self._company = canvas, scene, control, company
        self._picture: Picture | None = None

    def frame(self, at: int) -> Pixels:
        canvas = self._canvas
        if self._picture is None:
            self._picture = open_picture(
                self._scene,
                width=canvas.width,
                height=canvas.height,
                rate=canvas.rate,
                frames=self.end - self.start + turn(canvas),
                seed=canvas.seed,
                closed=False,
                control=self._control,
                company=self._company,
            )
        out = np.empty((canvas.height, canvas.width, 3), np.uint8)
        self._picture.draw(at - self.start, out)
        return out

    def segments(self) -> list[Segment]:
        return [Segment(start=self.start, end=self.end, method=SLATE if self._scene.is_slate else SCENE)]

    def close(self) -> None:
        self._picture = None


class _Given:
    """A picture or a clip, and what follows from it up to the next shot."""

    def __init__(self, canvas: Canvas, known: Known, end: int, control: Control, *, bridged: bool) -> None:
        self.start, self.end = known.range.start, end
        self._canvas, self._known, self._control = canvas, known, control
        self._after: Strip | None = None
        self._bridged = bridged

    def frame(self, at: int) -> Pixels:
        known = self._known.range
        if at in known:
            picture: Pixels = self._known.read(at, at + 1)[0]
            return picture
        if at < known.start:
            return self.lead().frame(at)
        return self.onward.frame(at)

    @property
    def onward(self) -> Strip:
        """The frames behind it."""
        if self._after is None:
            canvas, here = self._canvas, FrameRange(self._known.range.end, self.end)
            if self._bridged:
                run = next(run for run in canvas.runs() if run.kind is RunKind.OPEN and run.range.start == here.start)
                self._after = cross(canvas, run, self._control)
            else:
                gap = here.duration + turn(canvas)
                strip = onward(canvas, Edge.before(self._known), gap, camera_over(canvas, here), self._control)
                self._after = Strip(strip.method, lambda at: strip.frame(at - here.start))
        return self._after

    def lead(self) -> Strip:
        """The frames before it, as it comes in."""
        canvas, start = self._canvas, self.start
        if self._before is None:
            gap = turn(canvas)
            before = onward(
                canvas,
                Edge.after(self._known),
                gap,
                camera_over(canvas, FrameRange(start, start + 1)),
                self._control,
                backward=True,
            )
            self._before = Strip(before.method, lambda at: before.frame(start - 1 - at))
        return self._before

    _before: Strip | None = None

    def segments(self) -> list[Segment]:
        known = self._known.range
        made = [Segment(start=known.start, end=known.end, method=KEPT)]
        if known.end < self.end:
            made.append(Segment(start=known.end, end=self.end, method=self.onward.method))
        return made

    def close(self) -> None:
        self._after = self._before = None


def turn(canvas: Canvas) -> int:
    """How many frames one shot takes to turn into the next, at most."""
    return max(2, canvas.rate.frames(TURN_SECONDS))


def tells(canvas: Canvas) -> bool:
    """Whether the canvas is told in cards."""
    opening = sum(span.opens for span in canvas.spans)
    return opening > 1 or bool(opening and canvas.known)


def paint_story(
    canvas: Canvas, scenes: dict[int, Scene], control: Control, company: Company, start: int = 0
) -> Iterator[Pixels]:
    """The frames of the canvas from `start` on, one by one as chunks (1, H, W, 3).

    `scenes` has, for each frame at which a span opens, what is drawn from there.
    """
    shots = _shots(canvas, scenes, control, company)
    turns = _turns(canvas, shots)
    look = _look(canvas, scenes)
    begin = opens(canvas, start)
    opening = _composed(shots, turns, 0, 0, None) if canvas.closed else None
    for number, shot in enumerate(shots):
        control.notes.segments.extend(shot.segments())
        for at in range(max(begin, shot.start), shot.end):
            if number and at - shot.start == turns[number][0]:
                shots[number - 1].close()
            picture = _composed(shots, turns, number, at, opening)
            if look is not None:
                picture = _styled(look, picture, canvas, at)
            if at >= start:
                yield picture[None]
            control.progress("painting", at + 1, canvas.frames)


def _composed(shots: list[_Shot], turns: list[tuple[int, int]], number: int, at: int, opening: Pixels | None) -> Pixels:
    """Frame `at` of the canvas, in shot `number`, with what it turns out of and into; the last shot of a circle turns
    into its `opening`.
    """
    shot, (into, out_of) = shots[number], turns[number]
    picture = shot.frame(at)
    if at - shot.start < into and number:
        picture = dissolve(shots[number - 1].frame(at), picture, (at - shot.start + 1) / (into + 1))
    left = shot.end - at
    if left <= out_of and number + 1 < len(shots):
        picture = dissolve(picture, shots[number + 1].frame(at), 1 - left / (out_of + 1))
    elif left <= out_of and opening is not None:
        picture = dissolve(picture, opening, 1 - left / (out_of + 1))
    return picture


def _shots(canvas: Canvas, scenes: dict[int, Scene], control: Control, company: Company) -> list[_Shot]:
    known = {one.range.start: one for one in canvas.known}
    starts = sorted({*known, *scenes})
    made: list[_Shot] = []
    for start, end in pairwise([*starts, canvas.frames]):
        if start in known:
            bridged = end in known and known[start].range.end < end
            made.append(_Given(canvas, known[start], end, control, bridged=bridged))
        else:
            made.append(_Drawn(canvas, scenes[start], FrameRange(start, end), control, company))
    return made


def _turns(canvas: Canvas, shots: list[_Shot]) -> list[tuple[int, int]]:
    """For each shot over how many of its first frames the one before is still seen, and over how many of its last the
    next one already is.
    """
    most = turn(canvas)
    made = []
    for number, shot in enumerate(shots):
        share = max(1, min(most, (shot.end - shot.start) // 3))
        following = shots[number + 1] if number + 1 < len(shots) else None
        into = share if number and isinstance(shot, _Drawn) else 0
        out_of = share if isinstance(shot, _Drawn) and isinstance(following, _Given) else 0
        if following is None and canvas.closed and not _kept_last(canvas):
            out_of = share
        made.append((into, out_of))
    return made


def _kept_last(canvas: Canvas) -> bool:
    return any(known.range.end == canvas.frames for known in canvas.known)


def _look(canvas: Canvas, scenes: dict[int, Scene]) -> Look | None:
    style = canvas.style or next((scene.style for scene in scenes.values() if scene.style), "")
    if style not in STYLES:
        return None
    return Look(style, width=canvas.width, height=canvas.height, rate=canvas.rate, seed=canvas.seed)


def _styled(look: Look, picture: Pixels, canvas: Canvas, at: int) -> Pixels:
    """In the style, less of it the nearer a given frame is: that one has none."""
    away = min((max(k.range.start - at, at - k.range.end + 1, 0) for k in canvas.known), default=canvas.frames)
    amount = ease(min(1.0, away / (turn(canvas) + 1)))
    styled = look.apply(picture[None], at)[0]
    return np.asarray(cv2.addWeighted(picture, 1 - amount, styled, amount, 0), np.uint8)
