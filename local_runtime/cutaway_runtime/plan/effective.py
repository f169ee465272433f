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
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field

from cutaway.timebase import Rate, round_half_up
from cutaway.wire import (
    MAX_SECONDS,
    Adjustment,
    Direction,
    MediaFacts,
    ModelInfo,
    OutputFormat,
    Pattern,
    Rank,
    SourceRange,
    Verb,
    VideoCreate,
    parse_size,
)
from cutaway_runtime.plan.cards import Laid
from cutaway_runtime.plan.cast import Casting, allotted
from cutaway_runtime.plan.finish import finishing
from cutaway_runtime.plan.grid import WIDEST, Grid, painted_rate
from cutaway_runtime.plan.lengths import LENGTHS
from cutaway_runtime.plan.pattern import check_way, pattern_of
from cutaway_runtime.plan.request import (
    CARD_CLIP,
    CARD_IMAGE,
    MISSING,
    PlanError,
    check_source,
    check_words,
    field_of,
    ignored,
    is_clip,
    references,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_MICROSECOND: Final = Fraction(1, 1_000_000)


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
    pattern: Pattern = Pattern.TEXT
    rank: Rank = Rank.NATIVE
    expand_prompt: bool = False
    """The prompt is written out before it is painted."""
    cards: list[Laid] = Field(default_factory=list)
    """The cards, in the order of their times."""
    cast: list[Casting] = Field(default_factory=list)
    """Who is meant by name, and how many of their pictures are shown."""

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.fps)

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


def resolve(
    request: VideoCreate,
    verb: Verb,
    sources: Mapping[str, MediaFacts],
    model: ModelInfo,
    seed: int,
    others: Collection[ModelInfo] = (),
    cast: Sequence[Casting] = (),
) -> Effective:
    """The values a job will be made with.

    Args:
        request: as it came.
        verb: from `verb_of`.
        sources: the facts of every role that `references` named.
        model: the one that will paint.
        seed: used where the request names none.
        others: every model here, so that a refusal can name one that does better.
        cast: the characters that are meant.

    Raises:
        PlanError: a value the model or the sources cannot serve. A size or a count is never replaced
            by another one; only what the request left open is chosen here.
    """
    check_words(request, verb, sources, model)
    rank = check_way(request, verb, model, others)
    people, left_out = allotted(cast, len(request.cutaway.references), model, others)
    for role, reference in references(request, verb).items():
        check_source(role, reference, sources[role])
    resolver = Resolver(request, verb, sources, model)
    width, height = resolver.size()
    rate = resolver.rate()
    lengths = {role: frames_at(facts, rate) for role, facts in sources.items() if is_clip(role)}
    counts = LENGTHS[verb](resolver, rate, lengths)
    effective = Effective(
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
        adjustments=[*resolver.adjustments, *left_out],
        cast=people,
        ignored_params=ignored(request, verb, model),
        pattern=pattern_of(request, verb),
        rank=rank,
        expand_prompt=request.cutaway.expand_prompt and not model.preview and bool(request.prompt.strip()),
        **counts,
    )
    window_rank, told = finishing(effective, request, model)
    worst = max(rank, window_rank, key=list(Rank).index)
    return effective.model_copy(update={"rank": worst, "adjustments": [*effective.adjustments, *told]})


def frames_at(facts: MediaFacts, rate: Rate) -> int:
    """How many frames a clip has at another rate: its duration, in whole frames."""
    if facts.fps is None:
        return facts.frames
    lasts = facts.frames / Rate.parse(facts.fps).fraction
    if facts.duration_s is not None and abs(lasts - Fraction(facts.duration_s)) > _MICROSECOND:  # a variable rate
        lasts = Fraction(facts.duration_s).limit_denominator(10**9)
    return max(1, round_half_up(lasts * rate.fraction))


def finished_sizes(model: ModelInfo) -> ModelInfo:
    """The model as its results are made: of any even size where it is finished to sizes it was not made for."""
    if not model.sizes:
        return model
    return model.model_copy(update={"size_multiple": 2, "min_side": 16, "max_side": WIDEST})


def nearest_sizes(width: int, height: int, model: ModelInfo) -> tuple[str, ...]:
    """The legal sizes around one that is not, nearest first."""

    def around(side: int) -> set[int]:
        step, low, high = model.size_multiple, model.min_side, model.max_side
        below = side // step * step
        return {min(max(value, -(-low // step) * step), high // step * step) for value in (below, below + step)}

    pairs = [(w, h) for w in around(width) for h in around(height)]
    pairs.sort(key=lambda pair: (abs(pair[0] - width) + abs(pair[1] - height), -pair[0] * pair[1]))
    return tuple(f"{w}x{h}" for w, h in pairs)


class Resolver:
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
        """What was asked, else the source's own size, else the model's default in the shape of a given still.

        A model that publishes the sizes it was made for is finished to any other one.
        """
        model, made_of = self.model, finished_sizes(self.model)
        if self.request.size is not None:
            width, height = parse_size(self.request.size)
            if not _legal(width, made_of) or not _legal(height, made_of):
                nearest = ", ".join(nearest_sizes(width, height, made_of))
                raise PlanError(
                    f"{model.id} cannot make {self.request.size}: both sides must be multiples of "
                    f"{made_of.size_multiple} between {made_of.min_side} and {made_of.max_side}; nearest: {nearest}",
                    code="unsupported_size",
                    param="size",
                )
            return width, height
        source = self._leading()
        if source is None:
            return parse_size(model.default_size)
        width, height = source.width, source.height
        if not is_clip(self._leading_role()):
            wide, high = parse_size(model.default_size)
            scale = min(1.0, (wide * high / (width * height)) ** 0.5)
            return _snap(width * scale, model), _snap(height * scale, model)
        made = (_snap(width, made_of), _snap(height, made_of))
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
            if is_clip(role) and facts.fps is not None and Rate.parse(facts.fps) != rate:
                self.adjust(
                    f"{field_of(role)}.fps", facts.fps, str(rate), "conformed by taking the nearest frame in time"
                )
        return rate

    def painted(self, rate: Rate, *, default: int | None) -> int:
        """How many frames are asked for: `num_frames`, else `seconds` at the rate, else the default."""
        request = self.request
        if request.num_frames is not None:
            count = request.num_frames
            if request.seconds is not None and rate.frames(request.seconds) != count:
                self.adjust("seconds", request.seconds, rate.seconds(count), "num_frames wins over seconds")
        elif request.seconds is not None:
            count = rate.frames(request.seconds)
        elif default is not None:
            count = default
        else:
            raise PlanError(
                f"{self.verb} needs a length: send num_frames, or seconds", code=MISSING, param="num_frames"
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

    def context(self, field: str, asked: int, there: int, rate: Rate, *, sent: bool) -> int:
        """As many known frames as asked for, or as many as the clip has.

        Where the request leaves it open, a model with a grid is shown as many as it looks at.
        """
        if not sent and not Grid.of(self.model).is_free:
            pace = rate.fraction / painted_rate(self.model, rate).fraction
            asked = ceil((self.model.window_context - 1) * pace) + 1
        if asked > there and sent:
            self.adjust(field, asked, there, "the clip has no more frames")
        return min(asked, there)

    def _leading_role(self) -> str:
        pinned = [role for role in self.sources if role.startswith((CARD_IMAGE, CARD_CLIP))]
        pinned.sort(key=lambda role: int(role.partition(".")[2]))
        first = ("video", "before", "first_frame", *pinned, "last_frame", "keyframe.0")
        return next((role for role in first if role in self.sources), "")

    def _leading(self) -> MediaFacts | None:
        return self.sources.get(self._leading_role())


def _legal(side: int, model: ModelInfo) -> bool:
    return side % model.size_multiple == 0 and model.min_side <= side <= model.max_side


def _snap(side: float, model: ModelInfo) -> int:
    step = model.size_multiple
    nearest = max(1, round(side / step)) * step
    return int(min(max(nearest, -(-model.min_side // step) * step), model.max_side // step * step))
