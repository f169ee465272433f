"""A canvas in the pieces a model can paint.

    forward     [0 ........]                 each window shares its first frames with the one before
                      [....s1 .......]
                               [....s2 ......]
    backward    the same, from the end to the start: where only the end of the canvas is known
    words       [0 noon ...|][s1 dusk ......]    where other words reign, another window begins
    closed      [0 ........]
                      [....s1 ....|0123]     the last window ends with the first frames of the shot

The shared frames were painted by the window before: the next one is shown them as known and goes on from
there. Only where all frames are known loosely, or twice, are the shared ones painted by both and faded over.

Every length is one the model can paint. Windows of one canvas are as equal as its grid allows. Where a
length has to grow, it shares more with the window before, or shows more of the known footage, or paints
frames outside the canvas that nobody sees; where footage known at both ends leaves no room for that,
less of it is shown, or its last frame is held. Pure: positions only, no pixels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.plan.grid import Grid

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo
    from cutaway_runtime.canvas import Canvas, Run

_SHOWN: Final = 4
"""A clip beside the open frames takes up at most this part (one in so many) of a window, or the model's own context."""
_ENDLESS: Final = 1 << 40
_LOOP: Final = 3
"""Frames of the shortest window that closes a shot: one before, one between, one behind."""


@dataclass(frozen=True)
class Window:
    """One piece of a canvas.

    `range` is what is painted, in canvas time: what lies outside the canvas is not seen. `new` are the frames
    that this window brings into the result. Of its first frames `shared`, and of its last `shared_tail`, were
    painted before; where it `fades`, it paints the shared ones too. The last `fold` frames are the first ones
    of the shot again; the last `hold` repeat the known frame before them.
    """

    range: FrameRange
    new: FrameRange
    seed: int
    shared: int = 0
    shared_tail: int = 0
    fades: bool = False
    fold: int = 0
    hold: int = 0

    @property
    def frames(self) -> int:
        return self.range.duration


def windows(canvas: Canvas, model: ModelInfo) -> tuple[Window, ...]:
    """The windows of a canvas in the order they are painted. One that the model can paint as it is has one."""
    grid, context = Grid.of(model), model.window_context
    if grid.is_free:
        return _numbered(canvas, [Window(FrameRange(0, canvas.frames), FrameRange(0, canvas.frames), canvas.seed)])
    if canvas.closed and canvas.frames > 1 and grid.fits(_LOOP):
        return _numbered(canvas, _closed(canvas, grid, context))
    cover = _covered(canvas, grid, context)
    fades = all(run.kind in {RunKind.LOOSE, RunKind.OVERLAP} for run in canvas.runs())
    if told_apart(canvas, model):
        made = _by_words(canvas, cover, grid, context)
    elif grid.fits(cover.duration):
        made = [_alone(canvas, cover, grid)]
    elif _leads_up(canvas):
        made = _backward(cover, grid, context)
    elif fades or canvas.runs()[-1].kind is RunKind.OPEN:
        made = _forward(cover, grid, context, fades=fades)
    else:
        made = _meeting(canvas, cover, grid, context)
    return _numbered(canvas, made)


def told_apart(canvas: Canvas, model: ModelInfo) -> bool:
    """Whether each prompt of a canvas is painted by itself: there are several, and the model can go on from what it
    painted, and meet what is known at the end, without loss. A shot that is closed has all its words read at once.
    """
    if canvas.closed or Grid.of(model).is_free or not _starts(canvas, FrameRange(0, canvas.frames)):
        return False
    whole = {Rank.NATIVE, Rank.COMPOSED}
    return not model.patterns or all(model.patterns.get(shown) in whole for shown in shown_apart(canvas, model))


def shown_apart(canvas: Canvas, model: ModelInfo) -> tuple[Pattern, ...]:
    """What the windows behind the first prompt's are shown."""
    still = model.window_context == 1
    onward = (Pattern.FIRST if still else Pattern.HEAD,)
    if canvas.runs()[-1].kind is RunKind.OPEN:
        return onward
    return (*onward, Pattern.FIRST_LAST if still else Pattern.HEAD_TAIL)


def _starts(canvas: Canvas, cover: FrameRange) -> list[int]:
    """Where other words begin that are not only about what is known at the end."""
    last = canvas.runs()[-1]
    end = cover.end if last.kind is RunKind.OPEN else last.range.start
    return sorted({span.range.start for span in canvas.spans if cover.start < span.range.start < end})


def _by_words(canvas: Canvas, cover: FrameRange, grid: Grid, context: int) -> list[Window]:
    """Windows over each prompt's frames; the first of each goes on from the last frames of the prompt before."""
    last, made = canvas.runs()[-1], list[Window]()
    for start, end in pairwise([cover.start, *_starts(canvas, cover), cover.end]):
        shared = min(_shared(context, grid.most or _ENDLESS), start - cover.start)
        until = end
        if end == cover.end and last.kind is not RunKind.OPEN:
            until = _meeting_point(FrameRange(start - shared, end), last.range.start, grid, context)
        if until > start:
            part = _forward(FrameRange(start - shared, until), grid, context, fades=False)
            part[0] = replace(part[0], new=FrameRange(start, part[0].new.end), shared=shared)
            made += part
        if until < end:
            made.append(_onto(FrameRange(cover.start, max(start, until)), end, grid, context))
    return made


def _meeting_point(cover: FrameRange, tail: int, grid: Grid, context: int) -> int:
    """Where the window begins that meets what is known from `tail` on: at the start of the cover where that fits."""
    longest = grid.most or _ENDLESS
    shared = _shared(context, longest)
    if grid.fits(cover.duration):
        return cover.start
    count = -(-(cover.duration - shared) // (longest - shared))
    return tail - max(1, min(longest - shared - (cover.end - tail), (tail - cover.start) // count))


def seed_of(seed: int, window: int) -> int:
    """The seed of a window: the first has the job's own, the others one that follows from it."""
    if window == 0:
        return seed
    return int.from_bytes(hashlib.blake2b(f"{seed}/window/{window}".encode(), digest_size=8).digest()) >> 1


def _numbered(canvas: Canvas, made: list[Window]) -> tuple[Window, ...]:
    return tuple(replace(window, seed=seed_of(canvas.seed, number)) for number, window in enumerate(made))


def _covered(canvas: Canvas, grid: Grid, context: int) -> FrameRange:
    """The frames a model has to see: all, or the open ones and as much of the clips beside them as it looks at."""
    if grid.fits(canvas.frames) or grid.most is None:
        return FrameRange(0, canvas.frames)
    runs = canvas.runs()
    shown = max(1, min(max(context, grid.most // _SHOWN), (grid.most - 1) // 2))
    start = max(0, runs[0].range.end - shown) if _is_clip(runs[0]) else 0
    end = min(canvas.frames, runs[-1].range.start + shown) if _is_clip(runs[-1]) else canvas.frames
    return FrameRange(start, max(start, end)) if len(runs) > 1 else FrameRange(0, canvas.frames)


def _is_clip(run: Run) -> bool:
    """Kept frames that show motion, not one picture."""
    return run.kind is RunKind.KEPT and run.range.duration > 1


def _leads_up(canvas: Canvas) -> bool:
    """Only the end is known: a shot that leads up to it is painted from there."""
    runs = canvas.runs()
    return runs[-1].kind is RunKind.KEPT and len(runs) == 2 and runs[0].kind is RunKind.OPEN


def _alone(canvas: Canvas, cover: FrameRange, grid: Grid) -> Window:
    """One window over all that has to be seen, grown or shrunk to a legal length."""
    runs = canvas.runs()
    first, last = runs[0], runs[-1]
    new = FrameRange(cover.start, cover.end)
    extra = grid.above(cover.duration) - cover.duration
    more = min(extra, cover.start)
    cover, extra = cover.grown(head=more), extra - more
    if not extra:
        return Window(cover, new, canvas.seed)
    is_picture = last.range.duration == 1 and last is not first
    if first.kind is RunKind.OPEN is not last.kind:
        return Window(cover.grown(head=extra), new, canvas.seed)
    if last.kind is RunKind.OPEN or is_picture:  # to hold a picture would make a clip of it
        return Window(cover.grown(tail=extra), new, canvas.seed)
    less = _trimmed(cover, first, last, grid)
    if less is not None:
        return Window(less, less, canvas.seed)
    return Window(cover.grown(tail=extra), new, canvas.seed, hold=extra)


def _trimmed(cover: FrameRange, first: Run, last: Run, grid: Grid) -> FrameRange | None:
    """The cover with fewer frames of the clips at its ends, the longer one first; a clip stays one, of two frames."""
    length = grid.below(cover.duration)
    if length is None or first is last or not (_is_clip(first) or _is_clip(last)):
        return None
    if RunKind.KEPT is not first.kind or RunKind.KEPT is not last.kind:
        return None
    head, tail = first.range.end - cover.start, cover.end - last.range.start
    start, end = cover.start, cover.end
    for _ in range(cover.duration - length):
        if max(head, tail) <= 2:
            return None
        if head > tail:
            head, start = head - 1, start + 1
        else:
            tail, end = tail - 1, end - 1
    return FrameRange(start, end)


def _forward(cover: FrameRange, grid: Grid, context: int, *, fades: bool) -> list[Window]:
    """Windows from the start to the end. The last one may paint more behind that; ones that fade share more."""
    ranges = _ranges(cover, grid, context)
    if fades:
        ranges[-1] = ranges[-1].shifted(cover.end - ranges[-1].end)
    made, done = [], cover.start
    for here in ranges:
        end = min(here.end, cover.end)
        shared = done - here.start
        made.append(Window(here, FrameRange(done, end), 0, shared=shared, fades=fades and shared > 0))
        done = end
    return made


def _meeting(canvas: Canvas, cover: FrameRange, grid: Grid, context: int) -> list[Window]:
    """Windows from the start to what is known at the end; the last one has its share of the open frames."""
    tail = canvas.runs()[-1].range.start
    return _joined(FrameRange(cover.start, _meeting_point(cover, tail, grid, context)), cover.end, grid, context)


def _joined(first: FrameRange, end: int, grid: Grid, context: int, *, fold: int = 0) -> list[Window]:
    """Windows over `first`, and one that leads from there to `end`, where something is known.

    What the former paint behind their end is not seen. `fold` are the frames at the end that are the first
    ones of the shot again.
    """
    return [*_forward(first, grid, context, fades=False), _onto(first, end, grid, context, fold=fold)]


def _onto(first: FrameRange, end: int, grid: Grid, context: int, *, fold: int = 0) -> Window:
    """The window that leads from what was painted over `first` to `end`, where something is known."""
    shared = min(_shared(context, grid.most or _ENDLESS), first.duration)
    extra = grid.above(shared + end - first.end) - (shared + end - first.end)
    more = min(extra, first.duration - shared)
    here, hold = FrameRange(first.end - shared - more, end + extra - more), extra - more
    return Window(here, FrameRange(first.end, end - fold), 0, shared=shared + more, fold=fold, hold=hold)


def _shared(context: int, longest: int) -> int:
    """Frames that neighbouring windows share: what the model looks at, if that leaves room for something new."""
    return max(1, min(context, (longest - 1) // 2)) if longest > 1 else 0


def _backward(cover: FrameRange, grid: Grid, context: int) -> list[Window]:
    """Windows from the end to the start, each sharing its last frames with the one painted before it."""
    made, done = [], cover.end
    for mirrored in _ranges(cover, grid, context):
        here = FrameRange(cover.start + cover.end - mirrored.end, cover.start + cover.end - mirrored.start)
        start = max(here.start, cover.start)
        made.append(Window(here, FrameRange(start, done), 0, shared_tail=here.end - done))
        done = start
    return made


def _ranges(cover: FrameRange, grid: Grid, context: int) -> list[FrameRange]:
    """Overlapping ranges of legal lengths over `cover`; the last one may reach beyond its end."""
    longest = grid.most or _ENDLESS
    if cover.duration <= longest:
        return [FrameRange.of(cover.start, grid.above(cover.duration))]
    shared = _shared(context, longest)
    count = -(-(cover.duration - shared) // (longest - shared))
    ranges: list[FrameRange] = []
    at = cover.start
    for length in grid.shared(count, cover.duration + (count - 1) * shared):
        if at + shared >= cover.end and ranges:
            break
        ranges.append(FrameRange.of(at, length))
        at += length - shared
    return ranges


def _closed(canvas: Canvas, grid: Grid, context: int) -> list[Window]:
    """All but the last part of the shot, then one window that leads from its end into its first frames."""
    longest = grid.most or _ENDLESS
    shared = min(_shared(context, longest), canvas.frames // 2)
    join = max(1, min(canvas.frames // 2, longest - 2 * shared))
    first, fold = FrameRange(0, canvas.frames - join), shared
    more = grid.above(shared + join + fold) - (shared + join + fold)
    fold += max(0, min(more - (first.end - shared), first.end - fold))  # the rest is held
    return _joined(first, canvas.frames + fold, grid, shared, fold=fold)
