"""How many frames a verb makes, and how many known ones it is shown: one function a verb.

Each returns the fields of `Effective` that count frames. Frames count at the rate of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.timebase import FrameRange
from cutaway.wire import Verb
from cutaway_runtime.plan import cards
from cutaway_runtime.plan.request import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.timebase import Rate
    from cutaway_runtime.plan.effective import Resolver

    Lengths = Callable[[Resolver, Rate, dict[str, int]], dict[str, Any]]

DEFAULT_SECONDS: Final = 4
BLEND_SECONDS: Final = 0.5
LOOP_SECONDS: Final = 0.5
"""How long the painted join of a loop is, unless the shot is too short for it."""
DEFAULT_STRENGTH: Final = 0.7


def _generate(r: Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    count = r.painted(rate, default=cards.length(r.request, rate, lengths) or rate.frames(DEFAULT_SECONDS))
    for n, keyframe in enumerate(r.request.cutaway.keyframes):
        if not -count <= keyframe.at < count:
            raise PlanError(
                f"keyframe {n} is pinned to frame {keyframe.at} of {count}", code="invalid_request", param="keyframes"
            )
    laid = cards.lay(r.request, count, rate, lengths, r.adjustments.append)
    return {"num_frames": count, "paint_frames": count, "closed": r.request.cutaway.loop, "cards": laid}


def _fill(r: Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    fill = r.request.cutaway.fill
    assert fill is not None
    count = r.painted(rate, default=None)
    before, after = lengths["before"], lengths["after"]
    sent = fill.model_fields_set
    head = r.context("fill.tail_frames", fill.tail_frames, before, rate, sent="tail_frames" in sent)
    tail = r.context("fill.head_frames", fill.head_frames, after, rate, sent="head_frames" in sent)
    whole = r.request.cutaway.output == "full"
    total = before + count + after if whole else count
    return {"num_frames": total, "paint_frames": count, "head_frames": head, "tail_frames": tail, "whole": whole}


def _extend(r: Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    extras = r.request.cutaway
    count = r.painted(rate, default=rate.frames(DEFAULT_SECONDS))
    sent = "context_frames" in extras.model_fields_set
    known = r.context("context_frames", extras.context_frames, lengths["video"], rate, sent=sent)
    forward = extras.direction == "forward"
    whole = extras.output == "full"
    return {
        "num_frames": lengths["video"] + count if whole else count,
        "paint_frames": count,
        "direction": extras.direction,
        "head_frames": known if forward else 0,
        "tail_frames": 0 if forward else known,
        "whole": whole,
    }


def _remix(r: Resolver, _rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    length, part = lengths["video"], r.request.cutaway.range
    if part is not None and not FrameRange(0, length).covers(FrameRange(part.start, max(part.start, part.end))):
        raise PlanError(
            f"the range {part.start} to {part.end} does not lie in a clip of {length} frames",
            code="invalid_request",
            param="range",
        )
    if part is not None and part.end <= part.start:
        raise PlanError(
            f"a range ends behind its start, not at {part.end} from {part.start}", code="invalid_request", param="range"
        )
    strength = r.request.strength if r.request.strength is not None else DEFAULT_STRENGTH
    painted = part.end - part.start if part else length
    return {"num_frames": length, "paint_frames": painted, "strength": strength, "range": part}


def _blend(r: Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    blend = r.request.cutaway.blend
    assert blend is not None
    longest = min(lengths["video"], lengths["with"])
    if blend.overlap_frames is not None and blend.overlap_frames > longest:
        raise PlanError(
            f"a blend over {blend.overlap_frames} frames needs that many in both clips; the shorter one has {longest}",
            code="invalid_request",
            param="blend.overlap_frames",
        )
    overlap = blend.overlap_frames or min(rate.frames(BLEND_SECONDS), longest)
    return {"num_frames": lengths["video"] + lengths["with"] - overlap, "paint_frames": overlap}


def _loop(r: Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    length = lengths["video"]
    asked = r.request.num_frames is not None or r.request.seconds is not None
    count = r.painted(rate, default=None) if asked else None
    shortest = 4
    if length < shortest or (count is not None and not shortest <= count <= length):
        raise PlanError(
            f"a loop of {count or 'any'} frames from a clip of {length}: it takes at least {shortest} and at most all "
            "of the clip's frames. Extend the clip first for a longer one",
            code="invalid_request",
            param="num_frames",
        )
    join = max(1, min(rate.frames(LOOP_SECONDS), (count or length) // 4))
    context = min(8, (count or length) - join)
    return {
        "num_frames": count,
        "paint_frames": join,
        "head_frames": context,
        "tail_frames": context,
        "closed": True,
    }


LENGTHS: Final[dict[Verb, Lengths]] = {
    Verb.GENERATE: _generate,
    Verb.FILL: _fill,
    Verb.EXTEND: _extend,
    Verb.REMIX: _remix,
    Verb.BLEND: _blend,
    Verb.LOOP: _loop,
}
