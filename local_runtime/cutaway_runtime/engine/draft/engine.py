"""The draft engine: moving storyboards for words, optical flow and light for footage. Rules, not a model.

It looks at the pattern of the canvas and at nothing else:

    ................    a scene is read from the prompt and drawn            scene, slate
    ----|--#----|---    scenes and footage, one dissolving into the other    scene, kept, ...
    #...............    a camera moves over the still                        camera_move
    ####............    the motion goes on and comes to rest                 flow_extrapolation, camera_move, hold
    ####........####    the frames on both sides are moved into each other   flow_bridge, dissolve
    ++++++++++++++++    the scene is drawn with other words, or the footage
                        is put in another light                              rerender, grade, unchanged
    XXXXXXXXXXXXXXXX    one clip turns into the other                        flow_morph, dissolve

`Notes.segments` says which way each run was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.timebase import FrameRange
from cutaway.wire import ModelInfo, Segment
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.catalog import DRAFT, STYLES
from cutaway_runtime.engine.draft.cast import called_of, listed_of, said
from cutaway_runtime.engine.draft.gap import cross
from cutaway_runtime.engine.draft.looks import Look, opens
from cutaway_runtime.engine.draft.morph import Morph
from cutaway_runtime.engine.draft.read import read_prompt
from cutaway_runtime.engine.draft.remix import RERENDER, change, redraw
from cutaway_runtime.engine.draft.stage import paint_scene, paint_scenes
from cutaway_runtime.engine.draft.stage.likeness import Company
from cutaway_runtime.engine.draft.story import KEPT, SCENE, SLATE, paint_story, tells
from cutaway_runtime.engine.draft.strip import Strip
from cutaway_runtime.engine.draft.wish import camera_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.canvas import Canvas, Pixels, Run
    from cutaway_runtime.engine.base import Control
    from cutaway_runtime.engine.draft.scene import Scene

REVISION: Final = "draft-2"
CHUNK: Final = 8
"""Frames yielded at a time, at most."""
_CHUNK_BYTES: Final = 24_000_000


class Draft:
    """Paints canvases without a model."""

    @property
    def info(self) -> ModelInfo:
        return DRAFT

    @property
    def revision(self) -> str:
        return REVISION

    def paint(self, canvas: Canvas, control: Control) -> Iterator[Pixels]:
        return self.paint_from(canvas, control, 0)

    def paint_from(self, canvas: Canvas, control: Control, start: int) -> Iterator[Pixels]:
        """See `engine.base.Seeking`."""
        company = Company(canvas.cast)
        if tells(canvas):
            return _story(canvas, control, company, start)
        if not canvas.known:
            return _scenes(canvas, control, company, start)
        drawn = redraw(canvas, control, company)
        if drawn is not None:
            scene, slate = drawn
            return _rerender(canvas, scene, slate.seed, slate.style, control, company, start)
        _nobody_acts(canvas, control)
        return _footage(canvas, control, start)


def _story(canvas: Canvas, control: Control, company: Company, start: int) -> Iterator[Pixels]:
    """Told in cards: scenes where spans open, and given pictures and clips between them."""
    called, listed = called_of(canvas), listed_of(canvas)
    scenes = {span.range.start: read_prompt(span.prompt, called, listed) for span in sorted(canvas.spans) if span.opens}
    for scene in scenes.values():
        _tell(control, scene.understood, scene.unmatched)
    for span in canvas.spans:
        if not span.opens:  # words about a picture: of those only the camera's can be seen
            _tell(control, *camera_words(span.prompt))
    return paint_story(canvas, scenes, control, company, start)


def _nobody_acts(canvas: Canvas, control: Control) -> None:
    """Says who is meant and cannot be seen: footage is moved and graded here, nobody is put into it."""
    if canvas.cast:
        names = ", ".join(one.name for one in canvas.cast)
        control.notes.warnings.append(f"{names}: draft puts nobody into footage, only into scenes that it draws itself")


def _scenes(canvas: Canvas, control: Control, company: Company, start: int) -> Iterator[Pixels]:
    """Nothing is known: each prompt is a scene, shown over its span."""
    called, listed = called_of(canvas), listed_of(canvas)
    spans = [(span.range, read_prompt(span.prompt, called, listed)) for span in sorted(canvas.spans)]
    if not spans:
        spans = [(_whole(canvas), read_prompt("", called, listed))]
    for at, (where, scene) in enumerate(spans):
        _tell(control, scene.understood, scene.unmatched)
        end = spans[at + 1][0].start if at + 1 < len(spans) else canvas.frames
        first = where.start if at else 0
        control.notes.segments.append(Segment(start=first, end=end, method=SLATE if scene.is_slate else SCENE))
    if all(scene.is_slate for _, scene in spans):
        control.notes.warnings.append("nothing in the prompt can be drawn by draft: a captioned slate is shown")
    look = _look(canvas, canvas.style or spans[0][1].style, canvas.seed)
    begin = opens(canvas, start)
    chunks = paint_scenes(
        spans,
        frames=canvas.frames,
        width=canvas.width,
        height=canvas.height,
        rate=canvas.rate,
        seed=canvas.seed,
        closed=canvas.closed,
        shot_start=canvas.shot_start,
        shot_frames=canvas.shot_frames,
        control=control,
        company=company,
        start=begin,
    )
    return _styled(chunks, canvas, look, begin, start)


def _rerender(
    canvas: Canvas, scene: Scene, seed: int, style: str, control: Control, company: Company, start: int
) -> Iterator[Pixels]:
    """A take of this engine drawn again: the same scene and seed, other words."""
    asked = read_prompt(said(canvas), called_of(canvas))
    _tell(control, asked.understood, scene.unmatched)
    if not asked.understood:
        control.notes.warnings.append("the take is unchanged: the prompt names nothing that draft can draw")
    control.notes.segments.append(Segment(start=0, end=canvas.frames, method=RERENDER))
    look = _look(canvas, canvas.style or asked.style or style or scene.style, seed)
    begin = opens(canvas, start)
    chunks = paint_scene(
        scene,
        frames=canvas.frames,
        width=canvas.width,
        height=canvas.height,
        rate=canvas.rate,
        seed=seed,
        closed=canvas.closed,
        shot_start=canvas.shot_start,
        shot_frames=canvas.shot_frames,
        control=control,
        company=company,
        start=begin,
    )
    return _styled(chunks, canvas, look, begin, start)


def _footage(canvas: Canvas, control: Control, start: int) -> Iterator[Pixels]:
    """Something is known: run by run, each in the way its pattern asks for."""
    size = max(1, min(CHUNK, _CHUNK_BYTES // (canvas.width * canvas.height * 3)))
    control.progress("looking at the footage", 0, canvas.frames)
    words = _Words()
    for run in canvas.runs():
        strip = _strip(canvas, run, control)
        words.saw(run, strip)
        control.notes.segments.append(Segment(start=run.range.start, end=run.range.end, method=strip.method))
        look = _look(canvas, canvas.style, canvas.seed) if run.kind in {RunKind.OPEN, RunKind.OVERLAP} else None
        begin = max(run.range.start, opens(canvas, start))
        for at in range(begin, run.range.end, size):
            end = min(at + size, run.range.end)
            if run.kind is RunKind.KEPT:
                chunk = run.known[0].read(at, end)
            else:
                frames = []
                for frame in range(at, end):
                    frames.append(strip.frame(frame))
                    control.check()
                chunk = np.stack(frames)
            chunk = look.apply(chunk, canvas.shot_start + at) if look else chunk
            if end > start:
                yield chunk[max(0, start - at) :]
            control.progress("painting", end, canvas.frames)
    words.tell(canvas, control)


def _strip(canvas: Canvas, run: Run, control: Control) -> Strip:
    match run.kind:
        case RunKind.KEPT:
            return Strip(KEPT, lambda frame: run.known[0].read(frame, frame + 1)[0])
        case RunKind.LOOSE:
            return change(canvas, run, control)
        case RunKind.OVERLAP:
            morph = Morph(run)
            return Strip(morph.method, morph.frame)
        case RunKind.OPEN:
            return cross(canvas, run, control)


class _Words:
    """What of a prompt can be seen in footage: the camera moves that were made; what a grade saw it tells itself."""

    def __init__(self) -> None:
        self._moved = self._graded = self._painted = False

    def saw(self, run: Run, strip: Strip) -> None:
        self._graded |= run.kind is RunKind.LOOSE
        self._painted |= run.kind in {RunKind.OPEN, RunKind.OVERLAP}
        self._moved |= strip.method == "camera_move" and run.kind is RunKind.OPEN

    def tell(self, canvas: Canvas, control: Control) -> None:
        if self._graded or not self._painted:
            return
        moves, others = camera_words(said(canvas))
        _tell(control, moves if self._moved else (), others if self._moved else (*moves, *others))


def _tell(control: Control, understood: tuple[str, ...], unmatched: tuple[str, ...]) -> None:
    notes = control.notes
    notes.understood += [term for term in understood if term not in notes.understood]
    notes.unmatched += [term for term in unmatched if term not in notes.unmatched]


def _styled(chunks: Iterator[Pixels], canvas: Canvas, look: Look | None, begin: int, start: int) -> Iterator[Pixels]:
    """In the style, from frame `start` on; the chunks begin at frame `begin`."""
    at = begin
    for chunk in chunks:
        seen = look.apply(chunk, canvas.shot_start + at) if look is not None else chunk
        at += len(chunk)
        if at > start:
            yield seen[max(0, start - (at - len(chunk))) :]


def _look(canvas: Canvas, style: str, seed: int) -> Look | None:
    if style not in STYLES:
        return None
    return Look(style, width=canvas.width, height=canvas.height, rate=canvas.rate, seed=seed)


def _whole(canvas: Canvas) -> FrameRange:
    return FrameRange(0, canvas.frames)
