"""Footage that may be changed: drawn anew where this engine drew it, put in another light where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.catalog import DRAFT, STYLES
from cutaway_runtime.engine.draft import grade
from cutaway_runtime.engine.draft.cast import called_of, listed_of, said
from cutaway_runtime.engine.draft.grade import Grade
from cutaway_runtime.engine.draft.looks import Look
from cutaway_runtime.engine.draft.read import read_prompt, revise
from cutaway_runtime.engine.draft.stage import open_picture
from cutaway_runtime.engine.draft.strip import Strip
from cutaway_runtime.engine.draft.wish import read_wish

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Canvas, Known, Pixels, Run, Slate
    from cutaway_runtime.engine.base import Control
    from cutaway_runtime.engine.draft.scene import Scene
    from cutaway_runtime.engine.draft.stage.likeness import Company

RERENDER: Final = "rerender"
UNCHANGED: Final = "unchanged"
FULL: Final = 0.7
"""How far footage must be let go (1 - strength) for a grade to reach its full amount."""
_SAME: Final = 14.0
"""Mean difference of pixel values up to which footage is the drawing it is said to be; encoding costs about 2."""


def redraw(canvas: Canvas, control: Control, company: Company) -> tuple[Scene, Slate] | None:
    """The scene of a take this engine painted, with what the prompt names changed; None for any other footage.

    A slate is believed only if the scene it names really looks like the first frame of the footage: a take
    made from a still has a prompt too, and its picture is not in it.
    """
    known = canvas.known[0] if len(canvas.known) == 1 else None
    if known is None or known.slate is None or known.slate.engine != DRAFT.id or known.strength == 1:
        return None
    if known.range.duration != canvas.frames or not known.slate.prompt:
        return None
    called = called_of(canvas)
    scene = read_prompt(known.slate.prompt, called, listed_of(canvas))
    if not _shows(known, scene, known.slate, canvas, control, company):
        return None
    return revise(scene, said(canvas), called), known.slate


def _shows(known: Known, scene: Scene, slate: Slate, canvas: Canvas, control: Control, company: Company) -> bool:
    drawn = np.empty((canvas.height, canvas.width, 3), np.uint8)
    picture = open_picture(
        scene,
        width=canvas.width,
        height=canvas.height,
        rate=canvas.rate,
        frames=canvas.shot_frames,
        seed=slate.seed,
        closed=canvas.closed,
        control=control,
        company=company,
    )
    picture.draw(canvas.shot_start, drawn)
    style = slate.style or scene.style
    if style in STYLES:
        look = Look(style, width=canvas.width, height=canvas.height, rate=canvas.rate, seed=slate.seed)
        drawn = look.apply(drawn[None], canvas.shot_start)[0]
    given = known.read(0, 1)[0]
    return float(cv2.norm(drawn, given, cv2.NORM_L1)) / drawn.size <= _SAME


def change(canvas: Canvas, run: Run, control: Control) -> Strip:
    """Loosely known frames in the light the prompt asks for."""
    known = run.known[0]
    prompt = " ".join(span.prompt for span in sorted(canvas.spans) if span.range.overlaps(run.range))
    wish = read_wish(prompt)
    notes = control.notes
    amount = min(1.0, (1 - known.strength) / FULL)
    graded = Grade(wish, amount, _samples(known, run), canvas.rate, canvas.seed)
    understood, unmatched = list(wish.understood), list(wish.unmatched)
    if wish.rgb is not None and not graded.colored:
        understood.remove(wish.color)
        unmatched.append(wish.color)
        notes.warnings.append("no colour stands out in the footage that could be turned into the one asked for")
    notes.understood += [term for term in understood if term not in notes.understood]
    notes.unmatched += [term for term in unmatched if term not in notes.unmatched]
    style = canvas.style or wish.style
    if not understood and style not in STYLES:
        notes.warnings.append(
            "the footage is unchanged: draft can change its light, weather, colours and look, and the prompt names none"
        )
        return Strip(UNCHANGED, lambda frame: _picture(known, frame))
    notes.warnings.append("footage is graded, not repainted: nothing in it was added, removed or moved")
    look = (
        Look(style, width=canvas.width, height=canvas.height, rate=canvas.rate, seed=canvas.seed)
        if style in STYLES
        else None
    )

    def frame(at: int) -> Pixels:
        picture = _picture(known, at)
        out = graded.over(picture, canvas.shot_start + at)
        if look is None:
            return out
        styled = look.apply(out[None], canvas.shot_start + at)[0]
        return np.asarray(cv2.addWeighted(out, 1 - amount, styled, amount, 0), np.uint8)

    return Strip(grade.METHOD, frame)


def _samples(known: Known, run: Run) -> list[Pixels]:
    """Three frames of the run, to learn its colours from."""
    first, last = run.range.start, run.range.end - 1
    return [_picture(known, at) for at in sorted({first, (first + last) // 2, last})]


def _picture(known: Known, at: int) -> Pixels:
    frame: Pixels = known.read(at, at + 1)[0]
    return frame
