"""A job as a cut: what is copied, what is painted, in the order it is seen.

    generate   | paint |
    extend     | keep the clip | paint |            backward: | paint | keep the clip |
    fill       | keep before | paint | keep after |
    remix      | keep | paint, loosely | keep |
    blend      | keep first | paint the overlap | keep second |
    loop       | keep | paint the join |

Kept footage never enters an engine: it is read from the source and written to the result. A painted
piece is a canvas, of which the frames in `take` are used; the others were only there to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cutaway.media.conform import ConformedPlate, StillPlate, fitted
from cutaway.media.extra import np
from cutaway.timebase import FrameRange
from cutaway.wire import Verb
from cutaway_runtime.canvas import Canvas, Character, Excerpt, Known, Plate, Slate
from cutaway_runtime.plan.cards import spans
from cutaway_runtime.plan.cast import role
from cutaway_runtime.plan.loop import best_cut
from cutaway_runtime.plan.request import REFERENCE, PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cutaway.media.decode import Clip
    from cutaway.wire import ModelInfo, VideoCreate
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.plan.effective import Effective


@dataclass(frozen=True)
class Keep:
    """Footage that goes into the result as it is."""

    plate: Plate

    @property
    def frames(self) -> int:
        return len(self.plate)


@dataclass(frozen=True)
class Paint:
    """A canvas to be painted; its frames in `take` go into the result.

    It is as long, as large and as fast as the result asks for. What a model's grid makes of it is decided
    where it is painted (`plan.grid`, `plan.windows`).
    """

    canvas: Canvas
    take: FrameRange

    @property
    def frames(self) -> int:
        return self.take.duration


Piece: TypeAlias = Keep | Paint


class Sound(NamedTuple):
    """Sound that is kept: frames of a source, at the rate of the result, laid at frame `at` of the result."""

    role: str
    source: FrameRange
    at: int


@dataclass(frozen=True)
class Shot:
    """The pieces of a result in order, and the sound that goes with them."""

    pieces: tuple[Piece, ...]
    sound: tuple[Sound, ...] = ()

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)


def plan_shot(
    effective: Effective,
    request: VideoCreate,
    clips: Mapping[str, Clip],
    model: ModelInfo,
    slates: Mapping[str, Slate] | None = None,
) -> Shot:
    """The cut that a request becomes.

    Args:
        effective: from `resolve`, for the same request.
        request: for prompts and references.
        clips: the opened footage of every role, stills included.
        model: the one that will paint.
        slates: where a clip is a whole take this runtime made, what it was made from.

    Raises:
        PlanError: the footage is not what its facts promised.
    """
    planner = _Planner(effective, request, clips, model, slates or {})
    shot = _SHOTS[effective.verb](planner)
    if effective.num_frames is not None and shot.frames != effective.num_frames:
        raise PlanError(
            f"planned {shot.frames} frames where {effective.num_frames} were promised: a source has other frames "
            "than its header says",
            code="invalid_media",
        )
    return shot


class _Planner:
    """The hands of `plan_shot`: plates and canvases of one job, at its size and rate."""

    def __init__(
        self,
        effective: Effective,
        request: VideoCreate,
        clips: Mapping[str, Clip],
        model: ModelInfo,
        slates: Mapping[str, Slate],
    ) -> None:
        self.effective = effective
        self.request = request
        self.clips = clips
        self.model = model
        self.slates = slates

    def plate(self, role: str) -> Plate:
        """A whole clip, conformed."""
        e = self.effective
        return ConformedPlate(self.clips[role], e.width, e.height, e.rate)

    def still(self, role: str, frame: int | None) -> Plate:
        """One frame of a clip, or a picture, conformed. Frames count in the source; -1 is the last."""
        e, clip = self.effective, self.clips[role]
        at = (frame or 0) % len(clip)
        return ConformedPlate(clip, e.width, e.height, clip.info.rate or e.rate, start=at, end=at + 1)

    def references(self) -> tuple[Plate, ...]:
        """The pictures that are no frames of the video, as many as the model can be shown: those that were sent, then
        those of the characters.
        """
        given = self.request.cutaway.references[: self.model.references]
        sent = [self.still(f"{REFERENCE}{n}", picture.frame) for n, picture in enumerate(given)]
        shown = [picture for character in self.cast for picture in character.pictures] if self.model.references else []
        return (*sent, *(portrait(picture, self.effective.width, self.effective.height) for picture in shown))

    @cached_property
    def cast(self) -> tuple[Character, ...]:
        """The characters that are meant, each with as many pictures as the model is shown."""
        return tuple(
            Character(
                one.name,
                one.description,
                tuple(_rgba(self.clips[role(person, picture)]) for picture in range(one.pictures)),
                one.listed or self.effective.expand_prompt,
            )
            for person, one in enumerate(self.effective.cast)
        )

    def canvas(self, frames: int, known: tuple[Known, ...] = (), *, closed: bool = False) -> Canvas:
        """A canvas of the job, with its prompt over all frames."""
        e, r = self.effective, self.request
        return Canvas(
            frames=frames,
            width=e.width,
            height=e.height,
            rate=e.rate,
            seed=e.seed,
            spans=spans(r.prompt, e.cards, frames, [one.range for one in known]),
            known=known,
            closed=closed,
            negative_prompt=r.negative_prompt or "",
            style=e.style,
            references=self.references(),
            cast=self.cast,
        )


def _rgba(clip: Clip) -> Pixels:
    """The one picture of a clip, (H, W, 4): opaque where it was opened without its alpha channel."""
    picture: Pixels = clip.read(0, 1)[0]
    if picture.shape[-1] == 4:
        return picture
    return np.dstack([picture, np.full_like(picture[..., :1], 255)])


def portrait(picture: Pixels, width: int, height: int) -> StillPlate:
    """A picture of a character, whole, in the middle of a white frame: it is no frame of the video."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    seen = np.rint(picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    high, wide = seen.shape[:2]
    scale = min(width / wide, height / high)
    inside = fitted(seen, max(1, round(wide * scale)), max(1, round(high * scale)), "stretch")
    frame = np.full((height, width, 3), 255, np.uint8)
    top, left = (height - inside.shape[0]) // 2, (width - inside.shape[1]) // 2
    frame[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return StillPlate(frame)


def _generate(p: _Planner) -> Shot:
    e = p.effective
    extras = p.request.cutaway
    known = []
    if p.request.input_reference is not None:
        known.append(Known(0, p.still("first_frame", p.request.input_reference.frame)))
    for n, keyframe in enumerate(extras.keyframes):
        plate = p.still(f"keyframe.{n}", keyframe.image.frame)
        known.append(Known(keyframe.at % e.paint_frames, plate, keyframe.strength))
    if extras.last_frame is not None:
        known.append(Known(e.paint_frames - 1, p.still("last_frame", extras.last_frame.frame)))
    sound = []
    for card in e.cards:
        asked = extras.cards[card.card]
        if asked.image is not None:
            known.append(Known(card.at, p.still(card.role, asked.image.frame), card.strength))
        elif card.known:
            known.append(Known(card.at, Excerpt(p.plate(card.role), FrameRange(0, card.known)), card.strength))
            sound.append((card.role, FrameRange(0, card.known), card.at))
    canvas = p.canvas(e.paint_frames, tuple(known), closed=e.closed)
    return Shot((Paint(canvas, FrameRange(0, canvas.frames)),), _sound(p, *sound))


def _extend(p: _Planner) -> Shot:
    e = p.effective
    clip = p.plate("video")
    length = len(clip)
    forward = e.direction == "forward"
    k = e.head_frames if forward else e.tail_frames
    if forward:
        known, new = Known(0, Excerpt(clip, FrameRange(length - k, length))), FrameRange.of(k, e.paint_frames)
    else:
        known, new = Known(e.paint_frames, Excerpt(clip, FrameRange(0, k))), FrameRange(0, e.paint_frames)
    paint = Paint(p.canvas(k + e.paint_frames, (known,)), new)
    if not e.whole:
        return Shot((paint,))
    pieces, at = ((Keep(clip), paint), 0) if forward else ((paint, Keep(clip)), e.paint_frames)
    return Shot(pieces, _sound(p, ("video", FrameRange(0, length), at)))


def _fill(p: _Planner) -> Shot:
    e = p.effective
    before, after = p.plate("before"), p.plate("after")
    paint = _between(p, before, FrameRange(0, len(before)), after, FrameRange(0, len(after)))
    if not e.whole:
        return Shot((paint,))
    sound = _sound(
        p,
        ("before", FrameRange(0, len(before)), 0),
        ("after", FrameRange(0, len(after)), len(before) + e.paint_frames),
    )
    return Shot((Keep(before), paint, Keep(after)), sound)


def _between(p: _Planner, before: Plate, head: FrameRange, after: Plate, tail: FrameRange) -> Paint:
    """The frames between the end of one range and the start of another, the same or another clip's.

    | ...head | paint | tail... |
    """
    e = p.effective
    k = min(e.head_frames, head.duration)
    total = k + e.paint_frames + min(e.tail_frames, tail.duration)
    first = Known(0, Excerpt(before, FrameRange(head.end - k, head.end)))
    last = Known(k + e.paint_frames, Excerpt(after, FrameRange(tail.start, tail.start + total - k - e.paint_frames)))
    return Paint(p.canvas(total, (first, last)), FrameRange.of(k, e.paint_frames))


def _remix(p: _Planner) -> Shot:
    e = p.effective
    clip = p.plate("video")
    part = FrameRange(e.range.start, e.range.end) if e.range else FrameRange(0, len(clip))
    whole = part.duration == len(clip)
    known = Known(0, Excerpt(clip, part), 1 - e.strength, p.slates.get("video") if whole else None)
    pieces: list[Piece] = [
        Keep(Excerpt(clip, FrameRange(0, part.start))),
        Paint(p.canvas(part.duration, (known,)), FrameRange(0, part.duration)),
        Keep(Excerpt(clip, FrameRange(part.end, len(clip)))),
    ]
    return Shot(
        tuple(piece for piece in pieces if piece.frames),
        _sound(p, ("video", FrameRange(0, len(clip)), 0)),
    )


def _blend(p: _Planner) -> Shot:
    first, second, over = p.plate("video"), p.plate("with"), p.effective.paint_frames
    cut = len(first) - over
    canvas = p.canvas(
        over,
        (Known(0, Excerpt(first, FrameRange(cut, len(first)))), Known(0, Excerpt(second, FrameRange(0, over)))),
    )
    pieces = (Keep(Excerpt(first, FrameRange(0, cut))), Paint(canvas, FrameRange(0, over)))
    pieces += (Keep(Excerpt(second, FrameRange(over, len(second)))),)  # type: ignore[assignment]
    sound = _sound(
        p, ("video", FrameRange(0, cut + over // 2), 0), ("with", FrameRange(over // 2, len(second)), cut + over // 2)
    )
    return Shot(tuple(piece for piece in pieces if piece.frames), sound)


def _loop(p: _Planner) -> Shot:
    e = p.effective
    clip = p.plate("video")
    cut = best_cut(clip, length=e.num_frames, shortest=max(4, len(clip) // 2))
    kept = FrameRange(cut.start, cut.end - e.paint_frames)
    paint = _between(p, clip, kept, clip, kept)
    return Shot((Keep(Excerpt(clip, kept)), paint), _sound(p, ("video", cut, 0)))


def _sound(p: _Planner, *pieces: tuple[str, FrameRange, int]) -> tuple[Sound, ...]:
    if not p.effective.keep_sound:
        return ()
    return tuple(Sound(role, source, at) for role, source, at in pieces if p.clips[role].info.has_audio)


_SHOTS: Final[dict[Verb, Callable[[_Planner], Shot]]] = {
    Verb.GENERATE: _generate,
    Verb.EXTEND: _extend,
    Verb.FILL: _fill,
    Verb.REMIX: _remix,
    Verb.BLEND: _blend,
    Verb.LOOP: _loop,
}
