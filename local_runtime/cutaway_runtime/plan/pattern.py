"""Which pattern of known frames a request comes down to, and whether a model can be shown it.

    pattern = pattern_of(request, verb)
    info = best_for(models, verb, pattern, references=2)     where the request names no model
    rank = check_way(request, verb, info, models)            or a PlanError that says what to do

A model publishes the patterns it can be shown, each with a rank (`wire.ModelInfo.patterns`); one that
publishes none, such as the draft, paints anything. Pure; the pattern of a canvas is the engine's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.wire import Pattern, Rank, Verb
from cutaway_runtime.plan.request import PlanError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cutaway.wire import Keyframe, ModelInfo, TimedCard, VideoCreate

SHOWN: Final[dict[Pattern, str]] = {
    Pattern.TEXT: "words alone",
    Pattern.FIRST: "a first frame",
    Pattern.LAST: "a last frame",
    Pattern.FIRST_LAST: "a first and a last frame",
    Pattern.KEYFRAMES: "pictures between the ends",
    Pattern.HEAD: "the end of a shot, to go on from",
    Pattern.TAIL: "the start of a shot, to lead up to",
    Pattern.HEAD_TAIL: "the shots on both sides of a gap",
    Pattern.LOOSE: "a whole shot, to make it anew",
    Pattern.OVERLAP: "two shots at once",
}
"""Each pattern in words."""
_SEND: Final[dict[Pattern, str]] = {
    Pattern.FIRST: "a first frame (input_reference)",
    Pattern.LAST: "a last frame (cutaway.last_frame)",
    Pattern.FIRST_LAST: "both a first frame (input_reference) and a last one (cutaway.last_frame)",
    Pattern.TEXT: "a prompt without pictures",
}
"""What a generation may send instead, and where."""
_RANKS: Final = list(Rank)


def pattern_of(request: VideoCreate, verb: Verb) -> Pattern:
    """What a model will be shown of this request. A neighbour of one frame is a still: no motion is known."""
    extras = request.cutaway
    if verb is Verb.GENERATE:
        return _of_stills(request)
    if verb is Verb.EXTEND:
        forward, still = extras.direction == "forward", extras.context_frames == 1
        if still:
            return Pattern.FIRST if forward else Pattern.LAST
        return Pattern.HEAD if forward else Pattern.TAIL
    if verb is Verb.FILL and extras.fill is not None and extras.fill.tail_frames == extras.fill.head_frames == 1:
        return Pattern.FIRST_LAST
    return {Verb.REMIX: Pattern.LOOSE, Verb.BLEND: Pattern.OVERLAP}.get(verb, Pattern.HEAD_TAIL)


def _of_stills(request: VideoCreate) -> Pattern:
    """The pattern of the pictures pinned to a new shot."""
    extras = request.cutaway
    pinned = {_end(keyframe, request.num_frames) for keyframe in extras.keyframes}
    pinned |= {"first"} if request.input_reference is not None else set()
    pinned |= {"last"} if extras.last_frame is not None else set()
    pinned |= {_end_of_card(card, request.num_frames) for card in extras.cards if card.image or card.clip}
    if "between" in pinned:
        return Pattern.KEYFRAMES
    if pinned & {"head", "tail"}:
        return Pattern.HEAD_TAIL if len(pinned) == 2 else Pattern.HEAD if "head" in pinned else Pattern.TAIL
    if len(pinned) == 2:
        return Pattern.FIRST_LAST
    return {"first": Pattern.FIRST, "last": Pattern.LAST}[pinned.pop()] if pinned else Pattern.TEXT


def _end(keyframe: Keyframe, frames: int | None) -> str:
    """At which end of a shot of `frames` frames, where that is known, a picture is pinned."""
    if keyframe.at in {0, -(frames or 0)}:
        return "first"
    return "last" if keyframe.at in {-1, (frames or 0) - 1} else "between"


def _end_of_card(card: TimedCard, frames: int | None) -> str:
    """The same for what a card pins; a clip is a head or a tail where it is known to lie at an end."""
    starts = card.at == 0 or card.at_s == 0
    if card.image is not None:
        ends = card.at is not None and card.at in {-1, (frames or 0) - 1}
        return "first" if starts else "last" if ends else "between"
    ends = None not in (frames, card.at, card.frames) and (card.at or 0) + (card.frames or 0) == frames
    return "head" if starts else "tail" if ends else "between"


def _begins_with_a_picture(request: VideoCreate) -> bool:
    pinned = {_end(keyframe, request.num_frames) for keyframe in request.cutaway.keyframes}
    pinned |= {_end_of_card(card, request.num_frames) for card in request.cutaway.cards if card.image or card.clip}
    return request.input_reference is not None or bool(pinned & {"first", "head"})


def rank_of(model: ModelInfo, verb: Verb, pattern: Pattern) -> Rank | None:
    """How a model comes to a pattern of a verb; None where it does not."""
    if verb not in model.verbs:
        return None
    return model.patterns.get(pattern) if model.patterns else model.verbs[verb]


def loss(model: ModelInfo, pattern: Pattern) -> str:
    """What is lost where a model comes to a pattern by a degraded way: its own words, else those for any model."""
    return model.loses.get(pattern, f"it cannot be shown {SHOWN[pattern]}, only a part of that")


def best_for(models: Iterable[ModelInfo], verb: Verb, pattern: Pattern, references: int = 0) -> ModelInfo | None:
    """The model that answers a request which names none, or None.

    One that takes the pictures that were sent comes first, then real models before drafts, then the better
    rank, then the order of `models`.
    """
    able = [(info, rank_of(info, verb, pattern)) for info in models if info.installed]
    ranked = [(info, rank) for info, rank in able if rank is not None]
    ranked.sort(key=lambda one: (one[0].references < references, one[0].preview, _RANKS.index(one[1])))
    return ranked[0][0] if ranked else None


def check_way(request: VideoCreate, verb: Verb, model: ModelInfo, others: Collection[ModelInfo] = ()) -> Rank:
    """How `model` comes to what a request asks for.

    Args:
        request: as it came.
        verb: from `verb_of`; the model has it.
        model: the one that will paint.
        others: every model here, so that a refusal can name one that does better.

    Raises:
        PlanError: the model cannot be shown this, or only by a way that loses something and was not allowed,
            or it takes fewer reference pictures.
    """
    pattern, sent = pattern_of(request, verb), len(request.cutaway.references)
    rank = rank_of(model, verb, pattern)
    if rank is None:
        raise _cannot(verb, pattern, model, others)
    hardest = pattern
    if rank is Rank.COMPOSED and pattern is Pattern.KEYFRAMES and not _begins_with_a_picture(request):
        # Pieced together from picture to picture; up to the first one it leads as to a last frame.
        lead = model.patterns.get(Pattern.LAST, Rank.DEGRADED)
        rank, hardest = (lead, Pattern.LAST) if lead is Rank.DEGRADED else (rank, pattern)
    if rank is Rank.DEGRADED and not request.cutaway.allow_degraded:
        better = _instead(verb, pattern, model, others)
        raise PlanError(
            f"model {model.id!r} does this by a degraded way only: {loss(model, hardest)}. To accept that, send "
            f"cutaway.allow_degraded: true (allow_degraded=True, --allow-degraded){better}",
            code="degraded_refused",
            param="cutaway.allow_degraded",
        )
    if not model.preview and sent > model.references:
        able = [info for info in others if info.references >= sent]
        takes = f"at most {model.references} of them" if model.references else "none"
        raise PlanError(
            f"{sent} reference {'picture was' if sent == 1 else 'pictures were'} sent; model {model.id!r} takes {takes}"
            f"{_instead(verb, pattern, model, able)}",
            code="unsupported_capability",
            param="cutaway.references",
        )
    return rank


def _cannot(verb: Verb, pattern: Pattern, model: ModelInfo, others: Collection[ModelInfo]) -> PlanError:
    """The refusal of a model that has the verb and cannot be shown this pattern of it."""
    sendable = [what for other, what in _SEND.items() if other in model.patterns and verb is Verb.GENERATE]
    hint = f"; send {' or '.join(sendable)}" if sendable else ""
    return PlanError(
        f"model {model.id!r} cannot {verb} from {SHOWN[pattern]}{hint}{_instead(verb, pattern, model, others)}",
        code="unsupported_capability",
        param="input_reference" if Pattern.FIRST in model.patterns and pattern is Pattern.TEXT else "model",
    )


def _instead(verb: Verb, pattern: Pattern, model: ModelInfo, others: Collection[ModelInfo]) -> str:
    """Which other installed models do it without loss, as the end of a sentence."""
    whole = {Rank.NATIVE, Rank.COMPOSED}
    able = [info for info in others if info.installed and rank_of(info, verb, pattern) in whole]
    real = [info.id for info in able if not info.preview and info.id != model.id]
    drafts = [f"{info.id} (a draft, not a model)" for info in able if info.preview]
    named = real or drafts[:1]
    return f", or use model {' or '.join(named)}" if named else ""
