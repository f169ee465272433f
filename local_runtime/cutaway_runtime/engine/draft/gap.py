"""Frames nobody knows, from those on either side.

    #.......    a camera over the still
    ####....    the motion goes on
    ####....####    a bridge; where the shots differ, both go on and dissolve into each other

On a closed canvas the last frame is followed by the first, and a gap may lie across that seam.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.draft import bridge, still
from cutaway_runtime.engine.draft.bridge import Bridge, dissolve, ease
from cutaway_runtime.engine.draft.edge import Edge
from cutaway_runtime.engine.draft.extrapolate import HOLD, Continuation
from cutaway_runtime.engine.draft.read import read_prompt
from cutaway_runtime.engine.draft.scene import Camera
from cutaway_runtime.engine.draft.still import Dolly
from cutaway_runtime.engine.draft.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.timebase import FrameRange
    from cutaway_runtime.canvas import Canvas, Known, Pixels, Run
    from cutaway_runtime.engine.base import Control

GUESS_SECONDS: Final = 0.5
"""How long motion can be said to go on; what is further is a guess, and the answer says so."""
DISSOLVE_SECONDS: Final = 1.0
"""How long two different shots dissolve into each other, at most."""


def cross(canvas: Canvas, run: Run, control: Control) -> Strip:
    """The open frames of `run`. The canvas has something known beside them."""
    before, after, gap, offset = _sides(canvas, run.range)
    camera = camera_over(canvas, run.range)

    def inside(strip: Strip) -> Strip:
        """A strip over frames of the gap, as one over frames of the canvas."""
        return Strip(strip.method, lambda frame: strip.frame(frame - run.range.start + offset))

    if before is not None and after is not None:
        return inside(_between(canvas, before, after, gap, camera, control))
    if before is not None:
        return inside(onward(canvas, before, gap, camera, control))
    assert after is not None
    strip = onward(canvas, after, gap, camera, control, backward=True)
    return inside(Strip(strip.method, lambda index: strip.frame(gap - 1 - index)))


def _sides(canvas: Canvas, here: FrameRange) -> tuple[Edge | None, Edge | None, int, int]:
    """What is known before and after the gap that `here` is in, its length, and where in it `here` begins."""
    before = _known(canvas, end=here.start)
    after = _known(canvas, start=here.end)
    gap, offset = here.duration, 0
    if canvas.closed:
        opens = [run.range for run in canvas.runs() if run.kind is RunKind.OPEN]
        head = next((r for r in opens if r.start == 0), None)
        tail = next((r for r in opens if r.end == canvas.frames), None)
        if here == head:
            offset = tail.duration if tail else 0
            before = _known(canvas, end=tail.start if tail else canvas.frames)
        if here == tail:
            after = _known(canvas, start=head.end if head else 0)
        if here in (head, tail):
            gap = (head.duration if head else 0) + (tail.duration if tail else 0)
    return Edge.before(before) if before else None, Edge.after(after) if after else None, gap, offset


def _known(canvas: Canvas, *, start: int | None = None, end: int | None = None) -> Known | None:
    """The footage that begins, or ends, at a frame."""
    for known in canvas.known:
        if (start is not None and known.range.start == start) or (end is not None and known.range.end == end):
            return known
    return None


def camera_over(canvas: Canvas, here: FrameRange) -> Camera:
    """The camera move the prompt over these frames asks for."""
    span = next((span for span in canvas.spans if span.range.overlaps(here)), None)
    return read_prompt(span.prompt).camera if span else Camera.STATIC


def onward(canvas: Canvas, edge: Edge, gap: int, camera: Camera, control: Control, *, backward: bool = False) -> Strip:
    """Away from one edge; frame 0 of the strip is the one next to it."""
    seconds = canvas.rate.seconds(gap)
    if len(edge) == 1:
        dolly = Dolly(edge.picture, camera, seconds, canvas.seed)
        # Towards a still the camera comes from where the move would lead away from it. Without a direction it
        # comes from near: from there, all it sees lies inside the picture.
        sign = -1 if backward and camera is not Camera.STATIC else 1
        _note(control, "a still was given: the camera moves over it, nothing in it is animated")
        return Strip(still.METHOD, lambda index: dolly.at(sign * ease((index + 1) / gap)))
    onward = Continuation(edge)
    if seconds > GUESS_SECONDS:
        what = "the last known picture is held" if onward.method == HOLD else "the motion goes on and comes to rest"
        _note(control, f"beyond the first {GUESS_SECONDS} s this extension is a guess: {what}")
    return Strip(onward.method, onward.frame)


def _between(canvas: Canvas, before: Edge, after: Edge, gap: int, camera: Camera, control: Control) -> Strip:
    """From one edge to another."""
    way = Bridge(before, after, gap)
    seconds = canvas.rate.seconds(gap)
    if way.matches:
        if seconds > GUESS_SECONDS:
            _note(control, f"a bridge over {seconds:.2f} s is a guess at what happened between the frames given")
        return Strip(bridge.METHOD, way.frame)
    _note(control, "the frames on both sides show different shots: they dissolve into each other")
    out, into = _leg(canvas, before, gap, camera, 1), _leg(canvas, after, gap, camera, -1)
    part = min(1.0, DISSOLVE_SECONDS / seconds)

    def frame(index: int) -> Pixels:
        moment = ((index + 1) / (gap + 1) - 0.5) / part + 0.5
        if not 0 < moment < 1:
            return into(gap - 1 - index) if moment >= 1 else out(index)
        return dissolve(out(index), into(gap - 1 - index), ease(moment))

    return Strip(bridge.DISSOLVE, frame)


def _leg(canvas: Canvas, edge: Edge, gap: int, camera: Camera, sign: int) -> Callable[[int], Pixels]:
    """One side of a dissolve going on through the gap: a clip with its own motion, a still under a common camera."""
    if len(edge) > 1:
        return Continuation(edge).frame
    dolly = Dolly(edge.picture, camera, canvas.rate.seconds(gap), canvas.seed)
    return lambda index: dolly.at(sign * (index + 1) / (gap + 1))


def _note(control: Control, warning: str) -> None:
    if warning not in control.notes.warnings:
        control.notes.warnings.append(warning)
