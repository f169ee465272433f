"""What is painted where a model was not made for what was asked, told before anything is painted.

A size or a rate beside the model's own is painted at the nearest one and finished; a length beyond its
longest is painted in windows. Nothing of that changes the result's size, rate, length or speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.wire import Adjustment, Pattern, Rank, Verb
from cutaway_runtime.plan.grid import Grid, lost, painted_at
from cutaway_runtime.plan.outline import outline, pieces
from cutaway_runtime.plan.pattern import SHOWN, loss, rank_of
from cutaway_runtime.plan.request import PlanError
from cutaway_runtime.plan.windows import shown_apart, told_apart

if TYPE_CHECKING:
    from cutaway.wire import ModelInfo, VideoCreate
    from cutaway_runtime.plan.effective import Effective

_THERE_AND_BACK: Final = "a loop is painted as a shot and the way from its end back to its start"


def finishing(effective: Effective, request: VideoCreate, model: ModelInfo) -> tuple[Rank, list[Adjustment]]:
    """How the model comes from window to window (native where one is enough), and what there is to tell.

    Raises:
        PlanError: it would need windows and cannot go on from what it painted, or loses something by that
            which was not allowed.
    """
    told = _size_and_rate(effective, model)
    windows, canvas = len(pieces(effective, request, model)), outline(effective, request)
    by_words = told_apart(canvas, model)
    if len(canvas.spans) > 1 and not by_words and not Grid.of(model).is_free:
        why = f"{model.id} reads all prompts of a piece at once; what is seen when is its choice"
        told.append(Adjustment(field="cards", requested=len(canvas.spans), effective=1, reason=why))
    if windows == 1:
        return Rank.NATIVE, told
    closed = effective.closed and effective.verb is Verb.GENERATE
    longest = f"{model.id} paints at most {model.max_frames} frames in one piece"
    onward = f"each goes on from the last {model.window_context} frames of the one before"
    why, reason = f"{longest}; this takes {windows}", f"{longest}; {onward}"
    if closed and windows == 2:
        why = reason = _THERE_AND_BACK
    elif by_words:
        reason = f"each prompt is painted by itself; {onward}"
    shown = shown_apart(canvas, model) if by_words else shown_between(effective.pattern, model, closed=closed)
    ranks = [_shown(pattern, effective.verb, request, model, why) for pattern in shown]
    told.append(Adjustment(field="windows", requested=1, effective=windows, reason=reason))
    return max(ranks, key=list(Rank).index), told


def _size_and_rate(effective: Effective, model: ModelInfo) -> list[Adjustment]:
    painted = painted_at(model, effective.width, effective.height, effective.rate)
    size, made = effective.size, f"{painted.width}x{painted.height}"
    told = []
    if made != size:
        cut = lost((painted.width, painted.height), effective.width, effective.height)
        scaled = painted.width < effective.width or painted.height < effective.height
        how = "scaled by Lanczos, nothing stretched" if scaled else "its edges are cropped"
        how += f", {cut:.1%} of it cropped" if scaled and cut >= 0.001 else ""
        reason = f"{model.id} was made for {', '.join(model.sizes)}; the picture is {how}" if scaled else how
        told.append(Adjustment(field="paint_size", requested=size, effective=made, reason=reason))
    if painted.rate != effective.rate:
        reason = (
            f"{model.id} was made for {', '.join(model.rates)} frames per second; those in between are interpolated "
            "by optical flow, the speed stays"
        )
        told.append(Adjustment(field="paint_fps", requested=effective.fps, effective=str(painted.rate), reason=reason))
    return told


def _shown(pattern: Pattern, verb: Verb, request: VideoCreate, model: ModelInfo, why: str) -> Rank:
    """How the model comes to what later windows show it."""
    rank = rank_of(model, verb, pattern)
    if rank is None:
        raise PlanError(
            f"{why}, for which it would have to be shown {SHOWN[pattern]}, and it cannot; "
            f"{'' if why == _THERE_AND_BACK else 'ask for a shorter video, or '}use another model",
            code="too_long",
            param="num_frames",
        )
    if rank is Rank.DEGRADED and not request.cutaway.allow_degraded:
        raise PlanError(
            f"{why}, and from one to the next something is lost: {loss(model, pattern)}. To accept that, send "
            "cutaway.allow_degraded: true (allow_degraded=True, --allow-degraded), or ask for a shorter video",
            code="degraded_refused",
            param="cutaway.allow_degraded",
        )
    return rank


def shown_between(pattern: Pattern, model: ModelInfo, *, closed: bool) -> tuple[Pattern, ...]:
    """What the later windows of a canvas with this pattern are shown."""
    if pattern in {Pattern.LOOSE, Pattern.OVERLAP}:
        return (pattern,)
    still = model.window_context == 1
    onward = Pattern.FIRST if still else Pattern.HEAD
    if pattern in {Pattern.LAST, Pattern.TAIL} and not closed:
        return (Pattern.LAST if still else Pattern.TAIL,)
    if pattern in {Pattern.TEXT, Pattern.FIRST, Pattern.HEAD} and not closed:
        return (onward,)
    joined = Pattern.FIRST_LAST if still else Pattern.HEAD_TAIL
    return (onward, Pattern.KEYFRAMES if pattern is Pattern.KEYFRAMES else joined)
