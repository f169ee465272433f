"""A still first, then its motion: how a model that is shown a first picture comes to paint from words.

    ................   ->   #               a text-to-image checkpoint, which `Manifest.stills` names
                            #...............   first_frame

The idea is that of Emu Video. `still` is of use wherever a picture is wanted for a canvas.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt
from typing import TYPE_CHECKING

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank, parse_size
from cutaway_runtime.canvas import Canvas, Known, Span
from cutaway_runtime.engine.base import Control, Manner, Notes
from cutaway_runtime.engine.diffusion.routes import Leg, Recipe, Stills
from cutaway_runtime.models.libraries import Image, np
from cutaway_runtime.registry.errors import DamagedManifest, UnknownModel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.base import Engine
    from cutaway_runtime.registry.manifest import Grid, Manifest
    from cutaway_runtime.registry.store import Installed, Store


def applies(pattern: Pattern, native: Collection[Pattern]) -> bool:
    """Whether this is a model's way to a pattern, once there are stills for it."""
    return pattern is Pattern.TEXT and Pattern.FIRST in native and Pattern.TEXT not in native


def stills_of(manifest: Manifest, store: Store) -> Installed | None:
    """The checkpoint that paints stills for this one, where it names one that is installed and whole."""
    if manifest.stills is None:
        return None
    try:
        return store.get(manifest.stills)
    except (UnknownModel, DamagedManifest):
        return None


def recipe(painter: str, paint: Callable[[Canvas], Pixels]) -> Recipe:
    """The way. `paint` makes the first frame of a canvas, (H, W, 3); `painter` is the id of who does it."""

    def legs(canvas: Canvas, _grid: Grid) -> list[Leg]:
        first = Known(0, Stills(paint(canvas)[None]))
        return [Leg(replace(canvas, known=(first,)), Pattern.FIRST, tuple(range(canvas.frames)))]

    return Recipe(Pattern.FIRST, Rank.COMPOSED, f"a still by {painter} first, then its motion", legs)


def still(engine: Engine, grid: Grid, canvas: Canvas, control: Control) -> Pixels:
    """The first frame of a canvas as a picture, (H, W, 3) RGB uint8, painted from the words that lie over it.

    Painted at a size the model knows, then scaled and cut to that of the canvas. `grid` is that of the
    engine's own checkpoint, `control` is told of the progress. Steps and guidance are the checkpoint's own.

    Raises:
        Cancelled: from `control`.
        EngineError: the picture cannot be painted.
    """
    width, height = known_size(canvas.width, canvas.height, grid)
    words = next((span.prompt for span in sorted(canvas.spans) if span.range.start == 0), canvas.prompt)
    one = replace(
        canvas, frames=1, width=width, height=height, known=(), spans=(Span(FrameRange(0, 1), words),),
        closed=False, shot_start=0, shot_frames=1, references=(), anchor=None,
    )  # fmt: skip
    part = Control(
        Notes(),
        on_progress=lambda phase, step, total, _done: control.progress(f"the first picture: {phase}", step, total, 0.0),
        cancelled=control.is_cancelled,
        manner=Manner(profile=control.manner.profile),
    )
    [picture] = np.concatenate(list(engine.paint(one, part)))
    control.notes.warnings.extend(part.notes.warnings)
    return fitted(picture, canvas.width, canvas.height)


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """The largest part of a picture round its centre that has the shape of (height, width), scaled to that."""
    high, wide = picture.shape[:2]
    if (high, wide) == (height, width):
        return picture
    scale = min(wide / width, high / height)
    left, top = (wide - width * scale) / 2, (high - height * scale) / 2
    part = (left, top, left + width * scale, top + height * scale)
    scaled: Pixels = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS, part))
    return scaled


def known_size(width: int, height: int, grid: Grid) -> tuple[int, int]:
    """A size of about that shape, on the grid and at least as large as the ones the checkpoint was made for."""
    wide, high = parse_size(grid.sizes[0])
    growth = max(1.0, sqrt(wide * high / (width * height)))
    step = grid.size_multiple
    return ceil(width * growth / step) * step, ceil(height * growth / step) * step
