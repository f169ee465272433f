"""What a request asks for: which verb, which footage in which role, and what cannot be meant.

Pure. Nothing here knows how long, how large or how fast a result will be; that is `plan.effective`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from cutaway.wire import MediaFacts, ModelInfo, Reference, Verb, VideoCreate

if TYPE_CHECKING:
    from collections.abc import Mapping

Operation: TypeAlias = Literal["create", "edit", "extend", "remix"]
"""Which of the four POST routes a request came by."""

_USES: Final[dict[Verb, frozenset[str]]] = {
    Verb.GENERATE: frozenset({"seconds", "num_frames", "input_reference", "last_frame", "keyframes", "cards", "loop"}),
    Verb.FILL: frozenset({"seconds", "num_frames", "fill", "output", "sound"}),
    Verb.EXTEND: frozenset({"seconds", "num_frames", "video", "direction", "context_frames", "output", "sound"}),
    Verb.REMIX: frozenset({"video", "strength", "range", "sound"}),
    Verb.BLEND: frozenset({"video", "blend", "sound"}),
    Verb.LOOP: frozenset({"seconds", "num_frames", "video", "loop", "sound"}),
}
"""Which fields a verb reads, beyond those every verb reads; the others are reported as ignored."""
_VERBS_FIELDS: Final = frozenset().union(*_USES.values())
_OF_MODELS: Final = ("references", "profile", "steps", "guidance", "expand_prompt")
"""Fields that only a model reads; what is drawn by rules has no use for them."""

MISSING: Final = "missing_required_parameter"
PICTURES_ONLY: Final = (
    "paints single pictures, not videos; it is for the first picture of a video by a model that cannot begin from "
    "words alone (`cutaway models pull` or `add` with --stills-for). Name a model of videos, or none"
)
"""Said of a model that has no verb."""
REFERENCE: Final = "reference."
"""How the role of a picture that is no frame of the video begins; its number follows."""
CARD_IMAGE, CARD_CLIP = "card.", "clip."
"""How the roles of a card's picture and of a card's clip begin; the number of the card follows."""


class PlanError(Exception):
    """A request that cannot be carried out; `code` and `param` travel to the client."""

    def __init__(self, message: str, *, code: str = "invalid_request", param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def verb_of(request: VideoCreate, operation: Operation) -> Verb:
    """Which of the six verbs a request means."""
    if operation == "extend":
        return Verb.EXTEND
    if operation == "create":
        return Verb.FILL if request.cutaway.fill else Verb.GENERATE
    if request.cutaway.blend:
        return Verb.BLEND
    return Verb.LOOP if request.cutaway.loop else Verb.REMIX


def references(request: VideoCreate, verb: Verb) -> dict[str, Reference]:
    """The footage a request names, by the role it plays.

    Raises:
        PlanError: a role the verb cannot do without is missing.
    """
    extras = request.cutaway
    named: dict[str, Reference | None] = {}
    if verb is Verb.GENERATE:
        named = {"first_frame": request.input_reference, "last_frame": extras.last_frame}
        named |= {f"keyframe.{n}": keyframe.image for n, keyframe in enumerate(extras.keyframes)}
        named |= {f"{CARD_IMAGE}{n}": card.image for n, card in enumerate(extras.cards)}
        named |= {f"{CARD_CLIP}{n}": card.clip for n, card in enumerate(extras.cards)}
    elif verb is Verb.FILL:
        fill = extras.fill
        named = {"before": fill.before if fill else None, "after": fill.after if fill else None}
    else:
        named = {"video": request.video}
        if request.video is None:
            raise PlanError(f"{verb} needs the clip to start from: send `video`", code=MISSING, param="video")
        if extras.blend is not None and verb is Verb.BLEND:
            named["with"] = extras.blend.with_
    named |= {f"{REFERENCE}{n}": picture for n, picture in enumerate(extras.references)}
    return {role: reference for role, reference in named.items() if reference is not None}


def is_clip(role: str) -> bool:
    return role in {"before", "after", "video", "with"} or role.startswith(CARD_CLIP)


def field_of(role: str) -> str:
    """The field of a request that footage in this role came by."""
    kind, _, number = role.partition(".")
    named = {"card": f"cards.{number}.image", "clip": f"cards.{number}.clip", "first_frame": "input_reference"}
    return named.get(kind, role)


def check_words(request: VideoCreate, verb: Verb, sources: Mapping[str, MediaFacts], model: ModelInfo) -> None:
    if verb not in model.verbs:
        able = f"cannot {verb}; it can {', '.join(model.verbs)}" if model.verbs else PICTURES_ONLY
        raise PlanError(f"model {model.id!r} {able}", code="unsupported_capability", param="model")
    frames = [role for role in sources if not role.startswith(REFERENCE)]
    from_words_alone = verb is Verb.REMIX or (verb is Verb.GENERATE and not frames)
    said = [request.prompt, *(card.prompt for card in request.cutaway.cards if verb is Verb.GENERATE)]
    if from_words_alone and not any(text.strip() for text in said):
        raise PlanError(f"{verb} needs a prompt: say what should be seen", code=MISSING, param="prompt")
    style = request.cutaway.style
    if style and style not in model.styles:
        known = ", ".join(model.styles) or "none"
        raise PlanError(
            f"model {model.id!r} has no style {style!r}; its styles: {known}", code="unknown_style", param="style"
        )


def check_source(role: str, reference: Reference, facts: MediaFacts) -> None:
    clip, role = is_clip(role), field_of(role)
    if clip:
        if facts.kind != "video" or reference.frame is not None:
            raise PlanError(
                f"`{role}` is a clip; a still was given. To start from a still, send it as input_reference",
                code="invalid_media",
                param=role,
            )
        return
    if facts.kind == "image":
        return
    if reference.frame is None:
        raise PlanError(
            f"`{role}` is a still; a clip of {facts.frames} frames was given. Say which one with `frame`",
            code="invalid_media",
            param=role,
        )
    if not -facts.frames <= reference.frame < facts.frames:
        raise PlanError(
            f"`{role}` asks for frame {reference.frame} of a clip of {facts.frames} frames",
            code="invalid_request",
            param=role,
        )


def ignored(request: VideoCreate, verb: Verb, model: ModelInfo) -> list[str]:
    """Fields that were sent and that this verb or this model does not read, and fields nobody knows."""
    extras = request.cutaway
    sent = (request.model_fields_set | extras.model_fields_set) - {"cutaway"}
    used = _USES[verb] | ({"sound"} if any(card.clip for card in extras.cards) else set())
    unread = sorted(field for field in sent & _VERBS_FIELDS if field not in used)
    if model.preview:
        asked = {field: getattr(extras, field) for field in _OF_MODELS}
        unread += [field for field, value in asked.items() if value is not False and value not in (None, [])]
    unknown = sorted(request.model_extra or {}) + [f"cutaway.{name}" for name in sorted(extras.model_extra or {})]
    return unread + unknown
