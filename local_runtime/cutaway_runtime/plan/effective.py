"""What will really be made: a request, the facts of its sources and a model, resolved to whole frames.

    verb = verb_of(request, "create")
    roles = references(request, verb)             # which footage it names, and for what
    effective = resolve(request, verb, facts_by_role, model, seed)

Pure: no pixels, no disk, no clock. The server resolves a request before it answers, so that a size
that cannot be made is refused at once, and everything that came out different from what was asked is
listed in `adjustments`; the worker builds its canvases from the same values.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from cutaway.timebase import FrameRange, Rate, round_half_up
from cutaway.wire import (
    MAX_SECONDS,
    Adjustment,
    Direction,
    MediaFacts,
    ModelInfo,
    OutputFormat,
    Reference,
    SourceRange,
    Verb,
    VideoCreate,
    parse_size,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Operation: TypeAlias = Literal["create", "edit", "extend", "remix"]
"""Which of the four POST routes a request came by."""

DEFAULT_SECONDS: Final = 4
BLEND_SECONDS: Final = 0.5
LOOP_SECONDS: Final = 0.5
"""How long the painted join of a loop is, unless the shot is too short for it."""
DEFAULT_STRENGTH: Final = 0.7
_MICROSECOND: Final = Fraction(1, 1_000_000)

_USES: Final[dict[Verb, frozenset[str]]] = {
    Verb.GENERATE: frozenset({"seconds", "num_frames", "input_reference", "last_frame", "keyframes", "loop"}),
    Verb.FILL: frozenset({"seconds", "num_frames", "fill", "output", "sound"}),
    Verb.EXTEND: frozenset({"seconds", "num_frames", "video", "direction", "context_frames", "output", "sound"}),
    Verb.REMIX: frozenset({"video", "strength", "range", "sound"}),
    Verb.BLEND: frozenset({"video", "blend", "sound"}),
    Verb.LOOP: frozenset({"seconds", "num_frames", "video", "loop", "sound"}),
}
"""Which fields a verb reads, beyond those every verb reads; the others are reported as ignored."""
_VERBS_FIELDS: Final = frozenset().union(*_USES.values())


class PlanError(Exception):
    """A request that cannot be carried out; `code` and `param` travel to the client."""

    def __init__(self, message: str, *, code: str = "invalid_request", param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class Effective(BaseModel):
    """The values a job is made with. Frames count at `fps`.

    `num_frames` is the length of the result, or None where the search for a seamless loop decides it;
    `paint_frames` is how many of them are new. `source_frames` is the length of each clip at `fps`.
    """

    verb: Verb
    model: str
    width: int
    height: int
    fps: str
    num_frames: int | None
    paint_frames: int
    seed: int
    style: str = ""
    format: OutputFormat = OutputFormat.MP4
    closed: bool = False
    direction: Direction = "forward"
    head_frames: int = 0
    """Known frames shown to the engine before the painted ones."""
    tail_frames: int = 0
    """Known frames shown to the engine behind the painted ones."""
    whole: bool = True
    """The result holds the source footage too, not only the painted frames."""
    strength: float = 1.0
    range: SourceRange | None = None
    keep_sound: bool = True
    source_frames: dict[str, int] = Field(default_factory=dict)
    adjustments: list[Adjustment] = Field(default_factory=list)
    ignored_params: list[str] = Field(default_factory=list)

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.fps)

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


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
    elif verb is Verb.FILL:
        fill = extras.fill
        named = {"before": fill.before if fill else None, "after": fill.after if fill else None}
    else:
        named = {"video": request.video}
        if request.video is None:
            raise PlanError(f"{verb} needs the clip to start from: send `video`", code=_MISSING, param="video")
        if extras.blend is not None and verb is Verb.BLEND:
            named["with"] = extras.blend.with_
    return {role: reference for role, reference in named.items() if reference is not None}


_MISSING: Final = "missing_required_parameter"


def resolve(
    request: VideoCreate, verb: Verb, sources: Mapping[str, MediaFacts], model: ModelInfo, seed: int
) -> Effective:
    """The values a job will be made with.

    Args:
        request: as it came.
        verb: from `verb_of`.
        sources: the facts of every role that `references` named.
        model: the one that will paint.
        seed: used where the request names none.

    Raises:
        PlanError: a value the model or the sources cannot serve. A size or a count is never replaced
            by another one; only what the request left open is chosen here.
    """
    _check_words(request, verb, sources, model)
    for role, reference in references(request, verb).items():
        _check_source(role, reference, sources[role])
    resolver = _Resolver(request, verb, sources, model)
    width, height = resolver.size()
    rate = resolver.rate()
    lengths = {role: frames_at(facts, rate) for role, facts in sources.items() if _is_clip(role)}
    counts = _LENGTHS[verb](resolver, rate, lengths)
    return Effective(
        verb=verb,
        model=model.id,
        width=width,
        height=height,
        fps=str(rate),
        seed=request.seed if request.seed is not None else seed,
        style=request.cutaway.style or "",
        format=request.cutaway.format,
        keep_sound=request.cutaway.sound == "keep",
        source_frames=lengths,
        adjustments=resolver.adjustments,
        ignored_params=_ignored(request, verb),
        **counts,
    )


def frames_at(facts: MediaFacts, rate: Rate) -> int:
    """How many frames a clip has at another rate: its duration, in whole frames."""
    if facts.fps is None:
        return facts.frames
    lasts = facts.frames / Rate.parse(facts.fps).fraction
    if facts.duration_s is not None and abs(lasts - Fraction(facts.duration_s)) > _MICROSECOND:  # a variable rate
        lasts = Fraction(facts.duration_s).limit_denominator(10**9)
    return max(1, round_half_up(lasts * rate.fraction))


def nearest_sizes(width: int, height: int, model: ModelInfo) -> tuple[str, ...]:
    """The legal sizes around one that is not, nearest first."""

    def around(side: int) -> set[int]:
        step, low, high = model.size_multiple, model.min_side, model.max_side
        below = side // step * step
        return {min(max(value, -(-low // step) * step), high // step * step) for value in (below, below + step)}

    pairs = [(w, h) for w in around(width) for h in around(height)]
    pairs.sort(key=lambda pair: (abs(pair[0] - width) + abs(pair[1] - height), -pair[0] * pair[1]))
    return tuple(f"{w}x{h}" for w, h in pairs[:3])


def _is_clip(role: str) -> bool:
    return role in {"before", "after", "video", "with"}


def _check_words(request: VideoCreate, verb: Verb, sources: Mapping[str, MediaFacts], model: ModelInfo) -> None:
    if verb not in model.verbs:
        able = ", ".join(model.verbs) or "nothing"
        raise PlanError(
            f"model {model.id!r} cannot {verb}; it can {able}", code="unsupported_capability", param="model"
        )
    from_words_alone = verb is Verb.REMIX or (verb is Verb.GENERATE and not sources)
    if from_words_alone and not request.prompt.strip():
        raise PlanError(f"{verb} needs a prompt: say what should be seen", code=_MISSING, param="prompt")
    style = request.cutaway.style
    if style and style not in model.styles:
        known = ", ".join(model.styles) or "none"
        raise PlanError(
            f"model {model.id!r} has no style {style!r}; its styles: {known}", code="unknown_style", param="style"
        )


def _check_source(role: str, reference: Reference, facts: MediaFacts) -> None:
    if _is_clip(role):
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


def _ignored(request: VideoCreate, verb: Verb) -> list[str]:
    """Fields that were sent and that this verb does not read, and fields nobody knows."""
    extras = request.cutaway
    sent = (request.model_fields_set | extras.model_fields_set) - {"cutaway"}
    unread = sorted(field for field in sent & _VERBS_FIELDS if field not in _USES[verb])
    unknown = sorted(request.model_extra or {}) + [f"cutaway.{name}" for name in sorted(extras.model_extra or {})]
    return unread + unknown


class _Resolver:
    """One request on its way to whole frames; collects what came out different from what was asked."""

    def __init__(self, request: VideoCreate, verb: Verb, sources: Mapping[str, MediaFacts], model: ModelInfo) -> None:
        self.request = request
        self.verb = verb
        self.sources = sources
        self.model = model
        self.adjustments: list[Adjustment] = []

    def adjust(self, field: str, requested: Any, effective: Any, reason: str) -> None:
        self.adjustments.append(Adjustment(field=field, requested=requested, effective=effective, reason=reason))

    def size(self) -> tuple[int, int]:
        """What was asked, else the source's own size, else the model's default in the shape of a given still."""
        model = self.model
        if self.request.size is not None:
            width, height = parse_size(self.request.size)
            if not _legal(width, model) or not _legal(height, model):
                nearest = ", ".join(nearest_sizes(width, height, model))
                raise PlanError(
                    f"{model.id} cannot make {self.request.size}: both sides must be multiples of "
                    f"{model.size_multiple} between {model.min_side} and {model.max_side}; nearest: {nearest}",
                    code="unsupported_size",
                    param="size",
                )
            return width, height
        source = self._leading()
        if source is None:
            return parse_size(model.default_size)
        width, height = source.width, source.height
        if not _is_clip(self._leading_role()):
            wide, high = parse_size(model.default_size)
            scale = min(1.0, (wide * high / (width * height)) ** 0.5)
            return _snap(width * scale, model), _snap(height * scale, model)
        made = (_snap(width, model), _snap(height, model))
        if made != (width, height):
            self.adjust(
                "size",
                f"{width}x{height}",
                f"{made[0]}x{made[1]}",
                f"the clip's own size is not one {model.id} can make",
            )
        return made

    def rate(self) -> Rate:
        """What was asked, else the source's own, else the model's default."""
        if self.request.fps is not None:
            rate = Rate.parse(self.request.fps)
        else:
            source = self._leading()
            rate = Rate.parse((source.fps if source else None) or self.model.default_fps)
        for role, facts in self.sources.items():
            if _is_clip(role) and facts.fps is not None and Rate.parse(facts.fps) != rate:
                self.adjust(f"{role}.fps", facts.fps, str(rate), "conformed by taking the nearest frame in time")
        return rate

    def painted(self, rate: Rate, *, default: int | None) -> int:
        """How many frames are asked for: `num_frames`, else `seconds` at the rate, else the default seconds."""
        request = self.request
        if request.num_frames is not None:
            count = request.num_frames
            if request.seconds is not None and rate.frames(request.seconds) != count:
                self.adjust("seconds", request.seconds, rate.seconds(count), "num_frames wins over seconds")
        elif request.seconds is not None:
            count = rate.frames(request.seconds)
        elif default is not None:
            count = rate.frames(default)
        else:
            raise PlanError(
                f"{self.verb} needs a length: send num_frames, or seconds", code=_MISSING, param="num_frames"
            )
        if count < 1:
            raise PlanError(
                f"{request.seconds} s is less than one frame at {rate} frames per second",
                code="invalid_request",
                param="seconds",
            )
        if count > MAX_SECONDS * rate.fraction:
            raise PlanError(
                f"{count} frames at {rate} frames per second last {rate.seconds(count):.2f} s; at most {MAX_SECONDS} s "
                "are made at a time. Make several shots, or extend one",
                code="too_long",
                param="num_frames",
            )
        return count

    def context(self, field: str, asked: int, there: int) -> int:
        """As many known frames as asked for, or as many as the clip has."""
        if asked > there:
            if field in self.request.cutaway.model_fields_set:
                self.adjust(field, asked, there, "the clip has no more frames")
            return there
        return asked

    def fits(self, canvas_frames: int) -> None:
        """Refuses a canvas that has to be painted in one piece and is longer than the model's longest."""
        longest = self.model.max_frames
        if longest is not None and canvas_frames > longest:
            raise PlanError(
                f"{self.verb} would need {canvas_frames} frames in one piece; {self.model.id} paints at most {longest}",
                code="too_long",
                param="num_frames",
            )

    def _leading_role(self) -> str:
        return next(
            (role for role in ("video", "before", "first_frame", "last_frame", "keyframe.0") if role in self.sources),
            "",
        )

    def _leading(self) -> MediaFacts | None:
        return self.sources.get(self._leading_role())


def _legal(side: int, model: ModelInfo) -> bool:
    return side % model.size_multiple == 0 and model.min_side <= side <= model.max_side


def _snap(side: float, model: ModelInfo) -> int:
    step = model.size_multiple
    nearest = max(1, round(side / step)) * step
    return int(min(max(nearest, -(-model.min_side // step) * step), model.max_side // step * step))


def _generate(r: _Resolver, rate: Rate, _lengths: dict[str, int]) -> dict[str, Any]:
    count = r.painted(rate, default=DEFAULT_SECONDS)
    for n, keyframe in enumerate(r.request.cutaway.keyframes):
        if not -count <= keyframe.at < count:
            raise PlanError(
                f"keyframe {n} is pinned to frame {keyframe.at} of {count}", code="invalid_request", param="keyframes"
            )
    if r.sources.keys() - {"first_frame"}:
        r.fits(count)
    return {"num_frames": count, "paint_frames": count, "closed": r.request.cutaway.loop}


def _fill(r: _Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    fill = r.request.cutaway.fill
    assert fill is not None
    count = r.painted(rate, default=None)
    before, after = lengths["before"], lengths["after"]
    head = r.context("fill.tail_frames", fill.tail_frames, before)
    tail = r.context("fill.head_frames", fill.head_frames, after)
    r.fits(head + count + tail)
    whole = r.request.cutaway.output == "full"
    total = before + count + after if whole else count
    return {"num_frames": total, "paint_frames": count, "head_frames": head, "tail_frames": tail, "whole": whole}


def _extend(r: _Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
    extras = r.request.cutaway
    count = r.painted(rate, default=DEFAULT_SECONDS)
    known = r.context("context_frames", extras.context_frames, lengths["video"])
    forward = extras.direction == "forward"
    if not forward:
        r.fits(known + count)
    whole = extras.output == "full"
    return {
        "num_frames": lengths["video"] + count if whole else count,
        "paint_frames": count,
        "direction": extras.direction,
        "head_frames": known if forward else 0,
        "tail_frames": 0 if forward else known,
        "whole": whole,
    }


def _remix(r: _Resolver, _rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
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


def _blend(r: _Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
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
    r.fits(overlap)
    return {"num_frames": lengths["video"] + lengths["with"] - overlap, "paint_frames": overlap}


def _loop(r: _Resolver, rate: Rate, lengths: dict[str, int]) -> dict[str, Any]:
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
    r.fits(join + 2 * context)
    return {
        "num_frames": count,
        "paint_frames": join,
        "head_frames": context,
        "tail_frames": context,
        "closed": True,
    }


_LENGTHS: Final = {
    Verb.GENERATE: _generate,
    Verb.FILL: _fill,
    Verb.EXTEND: _extend,
    Verb.REMIX: _remix,
    Verb.BLEND: _blend,
    Verb.LOOP: _loop,
}
