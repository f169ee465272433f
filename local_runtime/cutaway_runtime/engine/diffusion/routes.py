"""From the pattern a canvas has to the patterns a model can be shown.

native      the model is shown the canvas as it is
composed    by one or more other canvases, nothing lost that matters
degraded    by a poorer one, which must be allowed and is reported

keyframes   #....#.....#....   ->  #....#  #.....#  #....     first_last, one after the other
overlap     XXXXXXXXXXXXXXXX   ->  ##............##     head_tail: out of the first shot, into the second
                               ->  ++++++++++++++++     loose: a dissolve, painted over
                               ->  #..............#     first_last
head        ####............   ->     #............     first_frame: the last known frame, as a picture
tail        ............####   ->  ............#        last_frame
                               ->  ####............     head, with the canvas turned round in time
head_tail   ####........####   ->     #........#        first_last
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank, Verb
from cutaway_runtime.canvas import Canvas, Known, Run, RunKind, Span
from cutaway_runtime.models.libraries import np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

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
    rule, backwards where the canvas was turned round, some left out where a length was conformed, one
    again and again for known frames that take its place in the end. `loses` says what this leg costs.
    """

    canvas: Canvas
    pattern: Pattern
    frames: tuple[int, ...]
    loses: str = ""


@dataclass(frozen=True)
class Recipe:
    """How a model that is natively shown `shown` comes to a pattern. `loses` says what a degraded way costs."""

    shown: Pattern
    rank: Rank
    method: str
    legs: Callable[[Canvas, Grid], list[Leg]]
    """For a canvas on the model's grid; none where there is nothing on it that this way could paint."""
    loses: str = ""


class _Way(NamedTuple):
    """A recipe for every model: its plan is told what else the model can be shown."""

    shown: Pattern
    rank: Rank
    method: str
    plan: Callable[[Canvas, Grid, Collection[Pattern]], list[Leg]]
    loses: str = ""


def best(pattern: Pattern, native: Collection[Pattern]) -> Recipe | None:
    """How a model comes to a pattern; None where no way leads there."""
    if pattern in native:
        return Recipe(pattern, Rank.NATIVE, "native", lambda canvas, _grid: [_whole(canvas, pattern)])
    way = next((way for way in WAYS.get(pattern, ()) if way.shown in native), None)
    if way is None:
        return None
    plan = way.plan
    return Recipe(way.shown, way.rank, way.method, lambda canvas, grid: plan(canvas, grid, native), way.loses)


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
    runs = _joined(canvas)
    known = [run for run in runs if run.kind is not RunKind.OPEN]
    if not known:
        return Pattern.TEXT
    if any(run.kind is RunKind.OVERLAP for run in known):
        return Pattern.OVERLAP
    if known == runs and any(run.kind is RunKind.LOOSE for run in known):
        return Pattern.LOOSE
    ends = (len(known), known[0].range.start == 0, known[-1].range.end == canvas.frames)
    if all(run.range.duration == 1 for run in known):
        stills = {(1, True, False): Pattern.FIRST, (1, False, True): Pattern.LAST, (2, True, True): Pattern.FIRST_LAST}
        return stills.get(ends, Pattern.KEYFRAMES)
    clips = {(1, True, False): Pattern.HEAD, (1, False, True): Pattern.TAIL, (2, True, True): Pattern.HEAD_TAIL}
    return clips.get(ends, Pattern.KEYFRAMES)


def _joined(canvas: Canvas) -> list[Run]:
    """The runs of a canvas, with clips that follow one another as one. Pictures stay by themselves."""
    made: list[Run] = []
    for run in canvas.runs():
        last = made[-1] if made else run
        if made and last.kind is run.kind and max(last.range.duration, run.range.duration) > 1:
            made[-1] = Run(run.kind, FrameRange(last.range.start, run.range.end), last.known + run.known)
        else:
            made.append(run)
    return made


# -- the plans ---------------------------------------------------------------------------------


def _whole(canvas: Canvas, pattern: Pattern) -> Leg:
    return Leg(canvas, pattern, tuple(range(canvas.frames)))


def _crossing(canvas: Canvas, _grid: Grid, _native: Collection[Pattern]) -> list[Leg]:
    """X X X X X X   ->   the first shot's frames, open ones, the second shot's frames"""
    count = min(max(2, int(canvas.frames * CROSSING_KNOWN)), (canvas.frames - 1) // 2)
    return [_whole(_out_of_one_into_another(canvas, count), Pattern.HEAD_TAIL)]


def _crossing_pictures(canvas: Canvas, grid: Grid, native: Collection[Pattern]) -> list[Leg]:
    """X X X X X X   ->   a frame of the first shot, open ones, a frame of the second"""
    return _from_picture_to_picture(_out_of_one_into_another(canvas, 1), grid, native)


def _out_of_one_into_another(canvas: Canvas, count: int) -> Canvas:
    """A blend as a canvas of which `count` frames at either end are known.

    In a window of a longer blend one shot has not wholly turned into the other where it begins or ends;
    there the dissolve between them is known.
    """
    first, second = _both(canvas)
    mixed, end = Mix(first, second, canvas.turn), canvas.frames - count
    head = first if canvas.turn[0] <= 0 else mixed
    tail = second if canvas.turn[1] >= 1 else mixed
    known = (Known(0, Stills(head.read(0, count))), Known(end, Stills(tail.read(end, canvas.frames))))
    return replace(canvas, known=known)


def _dissolve(canvas: Canvas, _grid: Grid, _native: Collection[Pattern]) -> list[Leg]:
    """X X X X X X   ->   + + + + + +, each frame a mix of both shots"""
    mixed = Mix(*_both(canvas), canvas.turn)
    return [_whole(replace(canvas, known=(Known(0, mixed, DISSOLVE_HOLD),)), Pattern.LOOSE)]


def _backwards(canvas: Canvas, _grid: Grid, _native: Collection[Pattern]) -> list[Leg]:
    """......####   ->   ####......, seen from its end"""
    turned = _reversed(canvas)
    return [Leg(turned, pattern_of(turned), tuple(range(canvas.frames))[::-1])]


def _from_picture_to_picture(canvas: Canvas, grid: Grid, native: Collection[Pattern]) -> list[Leg]:
    """####....#.....#....   ->   #....#, #.....#, #....

    Each run of open frames, from the known frame before it to the one behind it. Known frames beside these
    are not painted: the nearest one stands for them. Where a model cannot paint up to a first picture it
    paints backwards from it; where it cannot leave a last one, that picture is held.
    """
    runs = _joined(canvas)
    pieces: list[tuple[int, FrameRange, Leg]] = []
    lost: list[str] = []
    for before, run, behind in zip([None, *runs], runs, [*runs[1:], None], strict=False):
        if run.kind is RunKind.OPEN:
            start, end = _edges(before, behind, grid)
            leg = _between(canvas, start, end, grid, native)
            if leg is not None:
                pieces.append((start or 0, run.range, leg))
            elif run.range.duration >= grid.frame_multiple:
                lost.append(_HELD)
        elif run.range.duration > 1:
            lost.append(_NO_MOTION)
    made: list[Leg] = []
    for number, (start, gap, leg) in enumerate(pieces):
        first = pieces[number - 1][1].end if number else 0
        until = gap.end if number + 1 < len(pieces) else canvas.frames
        nearest = (min(max(0, at - start), len(leg.frames) - 1) for at in range(first, until))
        loses = "; ".join(dict.fromkeys(filter(None, [leg.loses, *lost])))
        made.append(leg._replace(frames=tuple(leg.frames[at] for at in nearest), loses=loses))
    return made


def _edges(before: Run | None, behind: Run | None, grid: Grid) -> tuple[int | None, int | None]:
    """The known frames on both sides of open ones: those at the cut, unless a pair further inside the clips makes a
    length on the grid.
    """
    start, end = before and before.range.end - 1, behind and behind.range.start
    if before is None or behind is None or start is None or end is None:
        return start, end
    pairs = ((start - i, end + j) for i in range(before.range.duration) for j in range(behind.range.duration))
    on_grid = [pair for pair in pairs if _fitted(pair[1] - pair[0] + 1, grid) == pair[1] - pair[0] + 1]
    return min(on_grid, key=lambda pair: start - pair[0] + pair[1] - end, default=(start, end))


def _between(canvas: Canvas, start: int | None, end: int | None, grid: Grid, native: Collection[Pattern]) -> Leg | None:
    """Frames [start, end] of a canvas, with a picture at each end that is given; None where no model can do it.

    A length off the grid is painted longer: conformed by leaving frames out between two pictures, cut off at
    the open end otherwise.
    """
    here = FrameRange(start or 0, canvas.frames if end is None else end + 1)
    part = _part(canvas, here, grid)
    last = part.frames - 1
    known = [] if start is None else [_still(canvas, start, at=0)]
    known += [] if end is None else [_still(canvas, end, at=last)]
    part = replace(part, known=tuple(known))
    if end is None:
        used = tuple(range(here.duration))
    elif start is None:
        used = tuple(range(part.frames - here.duration, part.frames))
    else:
        used = tuple(round(at * last / (here.duration - 1)) for at in range(here.duration))
    pattern = pattern_of(part)
    if pattern in native:
        return Leg(part, pattern, used)
    if pattern is Pattern.LAST and Pattern.FIRST in native:
        return Leg(_reversed(part), Pattern.FIRST, tuple(last - at for at in used), loses=_TURNED)
    return None


_NO_MOTION: Final = "the motion of the footage is not seen, only one frame of it"
_TURNED: Final = "time runs backwards in it: smoke falls, people walk back"
_HELD: Final = "where nothing leads to a picture or away from it, the picture is held"

WAYS: Final[dict[Pattern, tuple[_Way, ...]]] = {
    Pattern.KEYFRAMES: (_Way(Pattern.FIRST_LAST, Rank.COMPOSED, "from picture to picture", _from_picture_to_picture),),
    Pattern.OVERLAP: (
        _Way(Pattern.HEAD_TAIL, Rank.COMPOSED, "out of the first shot, into the second", _crossing),
        _Way(Pattern.LOOSE, Rank.COMPOSED, "a dissolve, painted over", _dissolve),
        _Way(
            Pattern.FIRST_LAST,
            Rank.DEGRADED,
            "from a frame of the first shot to one of the second",
            _crossing_pictures,
            _NO_MOTION,
        ),
    ),
    Pattern.LAST: (_Way(Pattern.FIRST, Rank.DEGRADED, "painted backwards", _backwards, _TURNED),),
    Pattern.HEAD: (_Way(Pattern.FIRST, Rank.DEGRADED, "from the last frame", _from_picture_to_picture, _NO_MOTION),),
    Pattern.TAIL: (
        _Way(Pattern.LAST, Rank.DEGRADED, "to the first frame", _from_picture_to_picture, _NO_MOTION),
        _Way(Pattern.HEAD, Rank.DEGRADED, "painted backwards", _backwards, _TURNED),
        _Way(
            Pattern.FIRST,
            Rank.DEGRADED,
            "from the first frame, painted backwards",
            _from_picture_to_picture,
            f"{_TURNED}; and {_NO_MOTION}",
        ),
    ),
    Pattern.HEAD_TAIL: (
        _Way(Pattern.FIRST_LAST, Rank.DEGRADED, "from frame to frame", _from_picture_to_picture, _NO_MOTION),
    ),
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
    clipped = ((span.range.intersection(range_), span) for span in canvas.spans)
    spans = tuple(span._replace(range=r.shifted(-range_.start)) for r, span in clipped if r is not None)
    spans = spans or ((Span(FrameRange(0, frames), canvas.prompt),) if canvas.prompt else ())
    return replace(
        canvas, frames=frames, known=(), spans=spans, shot_start=canvas.shot_start + range_.start, closed=False
    )


def _reversed(canvas: Canvas) -> Canvas:
    """The canvas turned round in time."""
    total = canvas.frames
    known = tuple(replace(k, at=total - k.range.end, plate=Backwards(k.plate)) for k in canvas.known)
    spans = tuple(s._replace(range=FrameRange(total - s.range.end, total - s.range.start)) for s in canvas.spans)
    return replace(canvas, known=known, spans=spans)


def _still(canvas: Canvas, frame: int, *, at: int) -> Known:
    """One known frame of a canvas, as a picture at frame `at` of another."""
    known = next(known for known in canvas.known if known.range.start <= frame < known.range.end)
    return Known(at, Stills(known.read(frame, frame + 1)))


def _both(canvas: Canvas) -> tuple[Plate, Plate]:
    """The two shots of a blend, each as long as the canvas."""
    return Laid(canvas.runs(), 0), Laid(canvas.runs(), -1)


class Laid:
    """What is known of a canvas, as one plate: of two that overlap the first, or (`side` -1) the last."""

    def __init__(self, runs: tuple[Run, ...], side: int) -> None:
        self._runs = runs
        self._side = side

    def __len__(self) -> int:
        return self._runs[-1].range.end

    def read(self, start: int, end: int) -> Pixels:
        read = [
            run.known[self._side].read(both.start, both.end)
            for run in self._runs
            if (both := run.range.intersection(FrameRange(start, end))) is not None
        ]
        return np.concatenate(read)


class Stills:
    """Frames in memory, as a plate."""

    def __init__(self, frames: Pixels) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def read(self, start: int, end: int) -> Pixels:
        return self._frames[start:end]


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
    """A dissolve from one plate to another of the same length.

    `turn` is how far it has come just before the first frame and just behind the last.
    """

    def __init__(self, first: Plate, second: Plate, turn: tuple[float, float] = (0.0, 1.0)) -> None:
        self._first = first
        self._second = second
        self._turn = turn

    def __len__(self) -> int:
        return len(self._first)

    def read(self, start: int, end: int) -> Pixels:
        before, behind = self._turn
        way = (np.arange(start, end) + 1) / (len(self) + 1)
        share = np.clip(before + (behind - before) * way, 0, 1).astype(np.float32)[:, None, None, None]
        mixed = (1 - share) * self._first.read(start, end) + share * self._second.read(start, end)
        return np.rint(mixed).astype(np.uint8)
