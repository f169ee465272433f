"""From the pattern a canvas has to the patterns a model can be shown.

    native      the model is shown the canvas as it is
    composed    by one or more other canvases, nothing lost that matters
    degraded    by a poorer one, which must be allowed and is reported

    keyframes   #....#.....#....   ->  #....#  #.....#  #....     first_last, one after the other
    overlap     XXXXXXXXXXXXXXXX   ->  ##............##     head_tail: out of the first shot, into the second
                                   ->  ++++++++++++++++     loose: a dissolve, painted over
    head        ####............   ->     #............     first_frame: the last known frame, as a picture
    tail        ............####   ->  ............#        last_frame
                                   ->  ####............     head, with the canvas turned round in time
    head_tail   ####........####   ->     #........#        first_last

A canvas whose last frames are open and fewer than one step of the model's grid was padded to the grid;
the padding does not change its pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank, Verb
from cutaway_runtime.canvas import Canvas, Known, RunKind, Span
from cutaway_runtime.models.libraries import np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cutaway_runtime.canvas import Pixels, Plate
    from cutaway_runtime.registry.manifest import Grid

VERB_PATTERNS: Final[dict[Verb, tuple[Pattern, ...]]] = {
    Verb.GENERATE: (Pattern.TEXT, Pattern.FIRST, Pattern.LAST, Pattern.FIRST_LAST, Pattern.KEYFRAMES),
    Verb.EXTEND: (Pattern.HEAD, Pattern.TAIL),
    Verb.FILL: (Pattern.HEAD_TAIL,),
    Verb.LOOP: (Pattern.HEAD_TAIL,),
    Verb.REMIX: (Pattern.LOOSE,),
    Verb.BLEND: (Pattern.OVERLAP,),
}
"""What the canvases of a verb can look like."""
DISSOLVE_HOLD: Final = 0.4
"""How firmly a dissolve is held that a model paints over."""
CROSSING_KNOWN: Final = 0.25
"""The part of a blend, at either end, that stays the shot it comes from."""


class Leg(NamedTuple):
    """One canvas that a family paints, shown one of its own patterns.

    `frames` are the painted frames that are used, in the order they are seen: all of them in order as a
    rule, backwards where the canvas was turned round, some left out where a length was conformed.
    """

    canvas: Canvas
    pattern: Pattern
    frames: tuple[int, ...]


Plan: TypeAlias = Callable[[Canvas, "Grid"], list[Leg]]


@dataclass(frozen=True)
class Recipe:
    """A way to paint one pattern by showing a model others. `loses` says what a degraded one costs."""

    shown: Pattern
    rank: Rank
    method: str
    legs: Plan
    loses: str = ""


def best(pattern: Pattern, native: Collection[Pattern]) -> Recipe | None:
    """How a model comes to a pattern; None where no way leads there."""
    if pattern in native:
        return Recipe(pattern, Rank.NATIVE, "native", lambda canvas, _grid: [_whole(canvas, pattern)])
    return next((recipe for recipe in RECIPES.get(pattern, ()) if recipe.shown in native), None)


def ranks(native: Collection[Pattern]) -> dict[Pattern, Rank]:
    """Every pattern a model can be asked for, natively or otherwise."""
    found = ((pattern, best(pattern, native)) for pattern in Pattern)
    return {pattern: recipe.rank for pattern, recipe in found if recipe is not None}


def verbs(patterns: Mapping[Pattern, Rank]) -> dict[Verb, Rank]:
    """The verbs those patterns add up to, each with the best rank among its patterns."""
    order = list(Rank)
    able = {verb: [patterns[p] for p in looks if p in patterns] for verb, looks in VERB_PATTERNS.items()}
    return {verb: min(found, key=order.index) for verb, found in able.items() if found}


def pattern_of(canvas: Canvas) -> Pattern:
    """What a canvas looks like to a model."""
    runs = [run for run in canvas.runs() if run.kind is not RunKind.OPEN]
    if not runs:
        return Pattern.TEXT
    if any(run.kind is RunKind.OVERLAP for run in runs):
        return Pattern.OVERLAP
    if len(runs) == 1 and runs[0].kind is RunKind.LOOSE and runs[0].range.duration == canvas.frames:
        return Pattern.LOOSE
    ends = (len(runs), runs[0].range.start == 0, runs[-1].range.end == canvas.frames)
    if all(run.range.duration == 1 for run in runs):
        stills = {(1, True, False): Pattern.FIRST, (1, False, True): Pattern.LAST, (2, True, True): Pattern.FIRST_LAST}
        return stills.get(ends, Pattern.KEYFRAMES)
    clips = {(1, True, False): Pattern.HEAD, (1, False, True): Pattern.TAIL, (2, True, True): Pattern.HEAD_TAIL}
    return clips.get(ends, Pattern.KEYFRAMES)


def unpadded(canvas: Canvas, grid: Grid) -> Canvas:
    """The canvas with its padding, if it has any, known like the frame before it: that frame, held."""
    runs = canvas.runs()
    last = runs[-1]
    opened = sum(run.kind is RunKind.OPEN for run in runs)
    covered = runs[0].kind in {RunKind.LOOSE, RunKind.OVERLAP}
    if last.kind is not RunKind.OPEN or last.range.duration >= grid.frame_multiple or not (opened > 1 or covered):
        return canvas
    if opened > 1 and runs[-2].range.duration == 1:
        return canvas  # a picture pinned near the end
    held = [Known(last.range.start, Held(known.plate, last.range.duration), known.strength) for known in runs[-2].known]
    return replace(canvas, known=(*canvas.known, *held))


# -- the plans ---------------------------------------------------------------------------------


def _whole(canvas: Canvas, pattern: Pattern) -> Leg:
    return Leg(canvas, pattern, tuple(range(canvas.frames)))


def _crossing(canvas: Canvas, _grid: Grid) -> list[Leg]:
    """X X X X X X   ->   the first shot's frames, open ones, the second shot's frames"""
    first, second = _both(canvas)
    count = max(1, int(canvas.frames * CROSSING_KNOWN))
    end = canvas.frames - count
    known = (
        Known(0, Stills(first.read(0, count))),
        Known(end, Stills(second.read(end, canvas.frames))),
    )
    pattern = Pattern.HEAD_TAIL if count > 1 else Pattern.FIRST_LAST
    return [_whole(replace(canvas, known=known), pattern)]


def _dissolve(canvas: Canvas, _grid: Grid) -> list[Leg]:
    """X X X X X X   ->   + + + + + +, each frame a mix of both shots"""
    first, second = _both(canvas)
    return [_whole(replace(canvas, known=(Known(0, Mix(first, second), DISSOLVE_HOLD),)), Pattern.LOOSE)]


def _from_last_known(canvas: Canvas, grid: Grid) -> list[Leg]:
    """####......   ->   #......, and the first known frame stands for those in front of it"""
    head = canvas.runs()[0].range
    part = _part(canvas, FrameRange(head.end - 1, canvas.frames), grid)
    used = (0,) * (head.end - 1) + tuple(range(canvas.frames - head.end + 1))
    return [Leg(replace(part, known=(_still(canvas, head.end - 1, at=0),)), Pattern.FIRST, used)]


def _to_first_known(canvas: Canvas, grid: Grid) -> list[Leg]:
    """......####   ->   ......#"""
    [turned] = _from_last_known(_reversed(canvas), grid)
    last = turned.canvas.frames - 1
    return [Leg(_reversed(turned.canvas), Pattern.LAST, tuple(last - n for n in reversed(turned.frames)))]


def _backwards(canvas: Canvas, _grid: Grid) -> list[Leg]:
    """......####   ->   ####......, seen from its end"""
    turned = _reversed(canvas)
    return [Leg(turned, pattern_of(turned), tuple(range(canvas.frames))[::-1])]


def _from_first_known_backwards(canvas: Canvas, grid: Grid) -> list[Leg]:
    [leg] = _from_last_known(_reversed(canvas), grid)
    return [leg._replace(frames=leg.frames[::-1])]


def _frame_to_frame(canvas: Canvas, grid: Grid) -> list[Leg]:
    """####....####   ->   #....#

    The frames at the cut, unless a pair further inside the known footage makes a length on the grid.
    """
    runs = canvas.runs()
    head, tail = runs[0].range, runs[-1].range
    pairs = ((head.end - 1 - i, tail.start + j) for i in range(head.duration) for j in range(tail.duration))
    on_grid = [pair for pair in pairs if _fitted(pair[1] - pair[0] + 1, grid) == pair[1] - pair[0] + 1]
    at_cut = (head.end - 1, tail.start)
    start, end = min(on_grid, key=lambda pair: at_cut[0] - pair[0] + pair[1] - at_cut[1], default=at_cut)
    leg = _between(canvas, start, end, grid)
    before, behind = (leg.frames[0],) * start, (leg.frames[-1],) * (canvas.frames - 1 - end)
    return [leg._replace(frames=(*before, *leg.frames, *behind))]


def _picture_to_picture(canvas: Canvas, grid: Grid) -> list[Leg]:
    """#....#.....#....   ->   #....#, #.....#, #....; each picture is painted twice and seen once"""
    pinned = sorted(
        {edge for run in canvas.runs() if run.kind is not RunKind.OPEN for edge in (run.range.start, run.range.end - 1)}
    )
    made: list[Leg] = []
    if pinned[0] > 0:
        lead = _between(canvas, None, pinned[0], grid)
        made.append(lead._replace(frames=lead.frames[:-1]))
    for start, end in pairwise(pinned):
        leg = _between(canvas, start, end, grid)
        made.append(leg._replace(frames=leg.frames[:-1]))
    made.append(_between(canvas, pinned[-1], None, grid))
    return made


def _between(canvas: Canvas, start: int | None, end: int | None, grid: Grid) -> Leg:
    """Frames [start, end] of a canvas, with a picture at each end that is given. A length off the grid is
    painted longer and conformed by leaving frames out.
    """
    here = FrameRange(start or 0, canvas.frames if end is None else end + 1)
    part = _part(canvas, here, grid)
    known = ()
    if start is not None:
        known += (_still(canvas, start, at=0),)
    if end is not None:
        known += (_still(canvas, end, at=part.frames - 1),)
    part = replace(part, known=known)
    if end is None:
        used = tuple(range(here.duration))
    elif start is None:
        used = tuple(range(part.frames - here.duration, part.frames))
    else:
        span = max(1, here.duration - 1)
        used = tuple(round(n * (part.frames - 1) / span) for n in range(here.duration))
    return Leg(part, pattern_of(part), used)


_NO_MOTION: Final = "the motion of the footage is not seen, only one frame of it"
_TURNED: Final = "time runs backwards in it: smoke falls, people walk back"

RECIPES: Final[dict[Pattern, tuple[Recipe, ...]]] = {
    Pattern.KEYFRAMES: (Recipe(Pattern.FIRST_LAST, Rank.COMPOSED, "from picture to picture", _picture_to_picture),),
    Pattern.OVERLAP: (
        Recipe(Pattern.HEAD_TAIL, Rank.COMPOSED, "out of the first shot, into the second", _crossing),
        Recipe(Pattern.LOOSE, Rank.COMPOSED, "a dissolve, painted over", _dissolve),
    ),
    Pattern.LAST: (Recipe(Pattern.FIRST, Rank.DEGRADED, "painted backwards", _backwards, _TURNED),),
    Pattern.HEAD: (Recipe(Pattern.FIRST, Rank.DEGRADED, "from the last frame", _from_last_known, _NO_MOTION),),
    Pattern.TAIL: (
        Recipe(Pattern.LAST, Rank.DEGRADED, "to the first frame", _to_first_known, _NO_MOTION),
        Recipe(Pattern.HEAD, Rank.DEGRADED, "painted backwards", _backwards, _TURNED),
        Recipe(
            Pattern.FIRST,
            Rank.DEGRADED,
            "from the first frame, painted backwards",
            _from_first_known_backwards,
            f"{_TURNED}; and {_NO_MOTION}",
        ),
    ),
    Pattern.HEAD_TAIL: (Recipe(Pattern.FIRST_LAST, Rank.DEGRADED, "from frame to frame", _frame_to_frame, _NO_MOTION),),
}
"""For each pattern, the ways round it, the better one first."""


# -- canvases made of canvases -----------------------------------------------------------------


def _fitted(frames: int, grid: Grid) -> int:
    """The shortest length on the grid that holds so many frames."""
    steps = max(0, -(-(max(frames, grid.min_frames) - grid.frame_offset) // grid.frame_multiple))
    return grid.frame_offset + steps * grid.frame_multiple


def _part(canvas: Canvas, range_: FrameRange, grid: Grid) -> Canvas:
    """A run of a canvas as a canvas of its own, grown at its end to the grid; nothing is known on it."""
    frames = _fitted(range_.duration, grid)
    clipped = ((span.range.intersection(range_), span.prompt) for span in canvas.spans)
    spans = tuple(Span(r.shifted(-range_.start), prompt) for r, prompt in clipped if r is not None)
    return replace(
        canvas, frames=frames, known=(), spans=spans, shot_start=canvas.shot_start + range_.start, closed=False
    )


def _reversed(canvas: Canvas) -> Canvas:
    """The canvas turned round in time."""
    total = canvas.frames
    known = tuple(replace(k, at=total - k.range.end, plate=Backwards(k.plate)) for k in canvas.known)
    spans = tuple(Span(FrameRange(total - s.range.end, total - s.range.start), s.prompt) for s in canvas.spans)
    return replace(canvas, known=known, spans=spans)


def _still(canvas: Canvas, frame: int, *, at: int) -> Known:
    """One known frame of a canvas, as a picture at frame `at` of another."""
    known = next(known for known in canvas.known if known.range.start <= frame < known.range.end)
    return Known(at, Stills(known.read(frame, frame + 1)))


def _both(canvas: Canvas) -> tuple[Plate, Plate]:
    """The two shots of a blend, each as long as the canvas."""
    first, second = (Laid(canvas, [k for k in canvas.known if k.plate is not None][side::2]) for side in (0, 1))
    return first, second


class Laid:
    """One side of a blend: pieces of footage that follow one another, as one plate."""

    def __init__(self, canvas: Canvas, pieces: list[Known]) -> None:
        self._frames = canvas.frames
        self._pieces = pieces

    def __len__(self) -> int:
        return self._frames

    def read(self, start: int, end: int) -> Pixels:
        runs = [
            piece.read(both.start, both.end)
            for piece in self._pieces
            if (both := piece.range.intersection(FrameRange(start, end))) is not None
        ]
        return np.concatenate(runs)


class Stills:
    """Frames in memory, as a plate."""

    def __init__(self, frames: Pixels) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def read(self, start: int, end: int) -> Pixels:
        return self._frames[start:end]


class Held:
    """The last frame of a plate, for as long as it takes."""

    def __init__(self, plate: Plate, frames: int) -> None:
        self._plate = plate
        self._frames = frames

    def __len__(self) -> int:
        return self._frames

    def read(self, start: int, end: int) -> Pixels:
        last = len(self._plate)
        return np.repeat(self._plate.read(last - 1, last), end - start, axis=0)


class Backwards:
    """A plate seen from its end."""

    def __init__(self, plate: Plate) -> None:
        self._plate = plate

    def __len__(self) -> int:
        return len(self._plate)

    def read(self, start: int, end: int) -> Pixels:
        total = len(self._plate)
        return self._plate.read(total - end, total - start)[::-1]


class Mix:
    """A dissolve from one plate to another of the same length."""

    def __init__(self, first: Plate, second: Plate) -> None:
        self._first = first
        self._second = second

    def __len__(self) -> int:
        return len(self._first)

    def read(self, start: int, end: int) -> Pixels:
        share = ((np.arange(start, end) + 1) / (len(self) + 1)).astype(np.float32)[:, None, None, None]
        mixed = (1 - share) * self._first.read(start, end) + share * self._second.read(start, end)
        return np.rint(mixed).astype(np.uint8)
