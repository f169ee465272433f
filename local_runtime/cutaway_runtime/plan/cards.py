"""One video told in several cards: where each one lies, which words reign over which frames, who made what.

    request     |the dog runs      |image A|a cat sleeps          |clip B      |
    frames      0                  48      72                     120          143
    words       ----- its prompt -----------|---- the card's -------------------
    known                          #                              ##############

A card's prompt reigns until the next card that has one; before the first of them the request's own does. An image
is one known frame, a clip is known from the card's time on. A frame has one picture: two that claim it are refused.
Frames count at the rate of the result. Pure.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel

from cutaway.timebase import FrameRange
from cutaway.wire import MAX_SECONDS, Adjustment, Segment
from cutaway_runtime.canvas import Span
from cutaway_runtime.plan.request import CARD_CLIP, CARD_IMAGE, MISSING, PlanError, field_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cutaway.timebase import Rate
    from cutaway.wire import TimedCard, VideoCreate

    Tell = Callable[[Adjustment], None]

CARD_SECONDS: Final = 4
"""How long the last card lasts where no length is sent; a clip lasts as long as it is."""


class Laid(BaseModel):
    """A card at its place in the result. `known` of its frames are given, in the footage of `role`."""

    card: int
    """Which of the request's cards, counted from 0."""
    at: int
    prompt: str = ""
    role: str = ""
    known: int = 0
    strength: float = 1.0

    @property
    def range(self) -> FrameRange:
        """The known frames."""
        return FrameRange.of(self.at, self.known)


class Pin(NamedTuple):
    """Frames that somebody said what they show, and who."""

    range: FrameRange
    who: str


def length(request: VideoCreate, rate: Rate, lengths: Mapping[str, int]) -> int | None:
    """How many frames the cards come to by themselves; None where no card says when.

    Up to the last card's time, and on for as long as its clip is, or for `CARD_SECONDS`.
    """
    ends = []
    for n, card in enumerate(request.cutaway.cards):
        at = _asked(card, rate)
        if at is not None:
            lasts = (
                lengths.get(f"{CARD_CLIP}{n}", rate.frames(CARD_SECONDS)) if card.clip else rate.frames(CARD_SECONDS)
            )
            ends.append((at, at + (card.frames or lasts if card.clip else lasts)))
    if not ends:
        return None
    last = max(at for at, _ in ends)
    most = int(MAX_SECONDS * rate.fraction)
    return max(last + 1, min(most, max(end for at, end in ends if at == last)))


def lay(request: VideoCreate, frames: int, rate: Rate, lengths: Mapping[str, int], tell: Tell) -> list[Laid]:
    """The cards in the order of their times.

    Args:
        request: as it came.
        frames: of the whole video.
        rate: of the result.
        lengths: frames of every clip, at that rate.
        tell: hears of what could not be as it was asked.

    Raises:
        PlanError: a time outside the video, two pictures or two prompts for one frame, no word for the first ones.
    """
    cards = request.cutaway.cards
    if not cards:
        return []
    times = [_time(n, card, frames, rate) for n, card in enumerate(cards)]
    order = sorted(range(len(cards)), key=lambda n: (times[n], n))
    pins = _other_pins(request, frames)
    stops = sorted({*times, *(pin.range.start for pin in pins), frames})
    laid = []
    for n in order:
        card, at, role, known = cards[n], times[n], "", 0
        if card.image is not None:
            role, known = f"{CARD_IMAGE}{n}", 1
        elif card.clip is not None:
            role = f"{CARD_CLIP}{n}"
            room = next(stop for stop in stops if stop > at) - at
            known = _of_clip(n, card, lengths[role], frames - at, room, tell)
        if known:
            pins.append(Pin(FrameRange.of(at, known), field_of(role)))
        laid.append(Laid(card=n, at=at, prompt=card.prompt.strip(), role=role, known=known, strength=card.strength))
    _check_pins(pins)
    _check_words(request, laid, pins)
    return laid


def spans(prompt: str, laid: Sequence[Laid], frames: int, known: Sequence[FrameRange] = ()) -> tuple[Span, ...]:
    """The words over a canvas: those of the request, then those of each card that has some.

    With cards, a span opens a new scene where its first frame is not among the `known` ones.
    """
    if not laid:
        return (Span(FrameRange(0, frames), prompt),)
    said = [(card.at, card.prompt) for card in laid if card.prompt]
    if prompt.strip() and (not said or said[0][0] > 0):
        said.insert(0, (0, prompt))
    starts = [at for at, _ in said]
    return tuple(
        Span(FrameRange(at, end), words, opens=not any(at in there for there in known))
        for (at, words), end in zip(said, [*starts[1:], frames], strict=True)
    )


def labelled(segments: Sequence[Segment], laid: Sequence[Laid]) -> list[Segment]:
    """The segments, cut where another card is seen, each with its card: the one whose footage this is, else the last
    that began.
    """
    if not laid:
        return list(segments)
    cuts = {edge for card in laid for edge in (card.at, card.range.end)}
    made = []
    for segment in segments:
        inside = sorted({segment.start, segment.end, *(cut for cut in cuts if segment.start < cut < segment.end)})
        for start, end in pairwise(inside):
            shown = [card.card for card in laid if start in card.range]
            seen = shown or [card.card for card in laid if card.at <= start]
            made.append(segment.model_copy(update={"start": start, "end": end, "card": seen[-1] if seen else None}))
    return made


def _asked(card: TimedCard, rate: Rate) -> int | None:
    """The frame a card asks for; None for the last one, whichever that is."""
    if card.at_s is not None:
        return rate.frames(card.at_s)
    return card.at if card.at != -1 else None


def _time(n: int, card: TimedCard, frames: int, rate: Rate) -> int:
    at = _asked(card, rate)
    at = frames - 1 if at is None else at
    if at >= frames:
        asked = f"{card.at_s:g} s" if card.at_s is not None else f"frame {card.at}"
        raise PlanError(
            f"card {n} begins at {asked}; the video has {frames} frames, the last one is {frames - 1} "
            f"({float(rate.seconds(frames - 1)):g} s). Let it begin earlier, or ask for a longer video (num_frames)",
            param=f"cards.{n}.{'at' if card.at_s is None else 'at_s'}",
        )
    return at


def _of_clip(n: int, card: TimedCard, there: int, to_the_end: int, room: int, tell: Tell) -> int:
    """How many frames of a card's clip are seen."""
    field = f"cards.{n}.frames"
    if card.frames is None:
        if there > room:
            why = f"there are {room} frames up to what follows; the rest of the clip is cut off"
            tell(Adjustment(field=field, requested=there, effective=room, reason=why))
        return min(there, room)
    shown = min(card.frames, there, to_the_end)
    if shown < card.frames:
        why = "the clip has no more frames" if shown == there else "the video ends there"
        tell(Adjustment(field=field, requested=card.frames, effective=shown, reason=why))
    return shown


def _other_pins(request: VideoCreate, frames: int) -> list[Pin]:
    """The pictures that are pinned beside the cards."""
    extras = request.cutaway
    pins = [Pin(FrameRange.of(0, 1), "input_reference")] if request.input_reference is not None else []
    pins += [Pin(FrameRange.of(k.at % frames, 1), f"keyframes.{n}") for n, k in enumerate(extras.keyframes)]
    return [*pins, Pin(FrameRange.of(frames - 1, 1), "last_frame")] if extras.last_frame is not None else pins


def _check_pins(pins: list[Pin]) -> None:
    for one, other in pairwise(sorted(pins)):
        if one.range.overlaps(other.range):
            raise PlanError(
                f"{one.who} and {other.who} both say what frame {other.range.start} shows; one picture to a frame. "
                "Move one of them, or let the clip end before (`frames`)",
                param=other.who,
            )


def _check_words(request: VideoCreate, laid: Sequence[Laid], pins: list[Pin]) -> None:
    speaking = [card for card in laid if card.prompt]
    for one, other in pairwise(speaking):
        if one.at == other.at:
            raise PlanError(
                f"card {one.card} and card {other.card} both have a prompt for frame {one.at}; write one, or move one",
                param=f"cards.{other.card}.prompt",
            )
    if request.prompt.strip() or (speaking and speaking[0].at == 0) or any(pin.range.start == 0 for pin in pins):
        return
    first = f"the first card with a prompt begins at frame {speaking[0].at}" if speaking else "no card has a prompt"
    raise PlanError(
        f"nothing says what is seen from frame 0 on: {first}, and the request has no prompt of its own. Send `prompt`, "
        "or a card at 0",
        code=MISSING,
        param="prompt",
    )
