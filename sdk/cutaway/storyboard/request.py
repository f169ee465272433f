"""What a card asks of a server: from a place in the cut to one call of the client.

    request = request_for(card, footage, look)
    request.method, request.arguments       # "fill", {"num_frames": 36, "prompt": ..., ...}
    request.plates                          # {"before": frames, "after": frames}, to be sent as clips

The generated frames cover the place and its handles, and the neighbours' frames next to them go along,
as motion and not as one still, decoded through trims and retimes:

    | left neighbour ...context | head handle | place | tail handle | context... right neighbour |
                                [           generated            ]

A handle lies over the neighbour it belongs to: a dissolve shows both at once. What could not be taken
from the cut is said in `notes`, and the request falls back in the open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import EditRefused
from cutaway.storyboard.card import BoardLook, Card, Role
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.timebase import FrameRange
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cutaway.storyboard.card import Character
    from cutaway.timeline.index import Item
    from cutaway.wire import ModelInfo


_GIVEN_BY_PLATES: Final = {"extend": {"size", "rate"}, "edit": {"rate"}, "blend": {"rate"}, "loop": {"rate"}}
"""What a verb takes from the footage it is given, and has no argument for."""


@dataclass(frozen=True)
class CardRequest:
    """One call: the client's method, its arguments, and the footage that goes along.

    `plates` are frames (T, H, W, 3) RGB uint8 at the rate and size of the cut, by argument. `frames` are
    asked for; of them `head` and `tail` are handles. `notes` say what could not be used.
    """

    method: str
    arguments: dict[str, Any]
    plates: dict[str, NDArray[np.uint8]]
    frames: int
    head: int
    tail: int
    notes: tuple[str, ...] = field(default=())


def request_for(
    card: Card, footage: Footage, look: BoardLook | None = None, models: Sequence[ModelInfo] | None = None
) -> CardRequest:
    """The call that asks for a card's take.

    Args:
        card: what is asked for.
        footage: the cut it lies in.
        look: what all cards of the board share.
        models: what the server can do, which says how many pictures of characters go along; None where
            nobody has asked it yet.

    Raises:
        EditRefused: the card has nothing to start from (a remix of a shot that is not there).
        Unavailable: the size of the cut is not known, because no clip of it is online.
    """
    return _Requester(card, footage, look or BoardLook(), models).request()


def shows_pictures(card: Card, look: BoardLook) -> bool:
    """Whether a card has pictures that are no frames of its take: of characters, or of its subject."""
    return any(c.images for c in _named(card, look)) or any(r.role is Role.SUBJECT for r in card.references)


def _named(card: Card, look: BoardLook) -> list[Character]:
    """The characters of the board that appear in a card."""
    return [c for c in look.characters if c.name in card.characters or c.name in card.prompt]


class _Requester:
    def __init__(self, card: Card, footage: Footage, look: BoardLook, models: Sequence[ModelInfo] | None) -> None:
        self.card = card
        self.footage = footage
        self.look = look
        self.models = models
        self.notes: list[str] = []
        self.width, self.height = _size(card.size or look.size, footage)

    def request(self) -> CardRequest:
        if self.card.kind is Verb.REMIX and (motion := self._motion()) is not None:
            return self._of_a_clip(motion)
        if self.card.kind in {Verb.REMIX, Verb.LOOP}:
            return self._of_the_shot()
        if self.card.kind is Verb.BLEND:
            return self._blend()
        return self._between()

    def _between(self) -> CardRequest:
        """New frames next to what is known on either side."""
        place = self.card.placement
        head, tail = self.card.head_handle, self.card.tail_handle
        frames = head + place.frames + tail
        common = self._common() | {"num_frames": frames}
        if self.card.kind is Verb.GENERATE:  # a shot of its own: it continues nothing
            looped = {"loop": True} if self.card.loops else {}
            return self._made("create", common | self._stills() | looped, {}, frames)
        left = self._context(place.start - head, before=True)
        right = self._context(place.behind + tail, before=False)
        if place.edge == "tail" and self.card.kind is Verb.EXTEND:
            right = None
        if place.edge == "head" and self.card.kind is Verb.EXTEND:
            left = None
        if left is not None and right is not None:
            context = {"tail_frames": len(left), "head_frames": len(right), "output": "segment"}
            return self._made("fill", context | common, {"before": left, "after": right}, frames)
        if left is not None or right is not None:
            known, direction = (left, "forward") if left is not None else (right, "backward")
            assert known is not None
            context = {"direction": direction, "context_frames": len(known), "output": "segment"}
            return self._made("extend", context | common, {"video": known}, frames)
        return self._made("create", common | self._stills(), {}, frames)

    def _made(
        self, method: str, arguments: dict[str, Any], plates: dict[str, NDArray[np.uint8]], frames: int
    ) -> CardRequest:
        arguments = {key: value for key, value in arguments.items() if key not in _GIVEN_BY_PLATES.get(method, ())}
        spare = frames - self.card.placement.frames
        head = min(self.card.head_handle, spare)
        return CardRequest(method, arguments, plates, frames, head, spare - head, tuple(self.notes))

    def _common(self) -> dict[str, Any]:
        """What every call carries: the card's own values, else the board's."""
        card, look = self.card, self.look
        values = {
            "prompt": self._prompt(),
            "negative_prompt": card.negative_prompt or None,
            "model": card.model or look.model,
            "seed": card.seed if card.seed is not None else look.seed,
            "style": card.style or look.style,
            "size": f"{self.width}x{self.height}",
            "rate": self.footage.index.rate,
            "references": self._pictures() or None,
        }
        return {key: value for key, value in values.items() if value is not None} | card.told(look)

    def _prompt(self) -> str:
        """The card's words, with what is known of the characters it names."""
        described = [f"{c.name}: {c.description}" for c in _named(self.card, self.look) if c.description]
        return ". ".join([self.card.prompt, *described]).strip(". ") if described else self.card.prompt

    def _pictures(self) -> list[str]:
        """The pictures that go along: of the card's subject, then one of each character before a second of any."""
        subject = [r.path for r in self.card.references if r.role is Role.SUBJECT]
        by_character = [c.images for c in _named(self.card, self.look)]
        characters = [path for path in chain.from_iterable(zip_longest(*by_character)) if path is not None]
        wanted = list(dict.fromkeys([*subject, *characters]))
        if not wanted:
            return []
        if self.models is None:
            self.notes.append(f"pictures that go along if the model takes them: {len(wanted)}")
            return []
        model = self.card.model or self.look.model
        taken = _references(self.models, model, self.card.kind)
        if taken < len(wanted):
            who = f"model {model}" if model else "the best model here"
            takes = f"takes only {taken} of them" if taken else "takes no pictures of characters"
            self.notes.append(f"{len(wanted) - taken} of {len(wanted)} pictures were not sent: {who} {takes}")
        return wanted[:taken]

    def _stills(self) -> dict[str, Any]:
        """First and last pictures the card brings itself."""
        found = {}
        for reference in self.card.references:
            if reference.role is Role.FIRST:
                found["first_frame"] = reference.path
            elif reference.role is Role.LAST:
                found["last_frame"] = reference.path
            elif reference.role is not Role.SUBJECT:
                self.notes.append(f"the {reference.role} reference was not sent: no model here reads it")
        return found

    def _context(self, frame: int, *, before: bool) -> NDArray[np.uint8] | None:
        """The frames of the neighbour that touch a record frame, as many as the card shows and the shot has.

        None, with a note, where there is no neighbour or its frames cannot be had.
        """
        place, wanted = self.card.placement, self.card.context_frames
        item = self._neighbour(before=before)
        side = "left" if before else "right"
        if item is None:
            return None
        start, end = int(item.record.start), int(item.record.end)
        span = FrameRange(max(start, frame - wanted), frame) if before else FrameRange(frame, min(end, frame + wanted))
        if not span:
            self.notes.append(f"the {side} neighbour is shorter than the handle that lies over it")
            return None
        try:
            frames = self.footage.frames(item, span, self.width, self.height)
        except Unavailable as error:
            self.notes.append(f"the {side} neighbour could not be used: {error}")
            return None
        if place.edge == "none" and len(frames) < wanted:
            self.notes.append(f"the {side} neighbour has only {len(frames)} frames of motion to give")
        return frames

    def _neighbour(self, *, before: bool) -> Item | None:
        """The shot that touches the place on its own track."""
        place = self.card.placement
        track = self.footage.index.tracks[place.track]
        edge = place.start - 1 if before else place.behind
        for item in track.items:
            if item.kind in {"clip", "nested"} and item.record.start <= edge < item.record.end:
                return item
        seen = self.footage.item_at(edge) if self.card.kind is Verb.FILL else None
        if seen is not None:
            named = self.footage.index.tracks[seen.track].name or str(seen.track)
            self.notes.append(
                f"{seen.name} of track {named} is what is seen {'before' if before else 'behind'} the place"
            )
        return seen

    def _motion(self) -> str | None:
        """The clip that a card brings itself, whose movement its take is to have."""
        return next((one.path for one in self.card.references if one.role is Role.MOTION), None)

    def _of_a_clip(self, path: str) -> CardRequest:
        """A remix of a clip that lies nowhere in the cut, frame for frame."""
        strength = {} if self.card.strength is None else {"strength": self.card.strength}
        return self._made("edit", self._common() | strength | {"video": path}, {}, self.card.placement.frames)

    def _of_the_shot(self) -> CardRequest:
        """A remix or a loop: the frames that lie at the place now are the plate."""
        place = self.card.placement
        span = place.span.grown(self.card.head_handle, self.card.tail_handle)
        item = next(
            (
                i
                for i in self.footage.index.tracks[place.track].items
                if i.kind == "clip" and i.record.start <= place.start and place.start + place.frames <= i.record.end
            ),
            None,
        )
        if item is None:
            raise EditRefused(f"no single shot lies at frames {place.span} to {self.card.kind}")
        plate = self.footage.frames(item, span, self.width, self.height)
        common = self._common()
        if self.card.kind is Verb.LOOP:
            plate = plate[self.card.head_handle :][: place.frames]
            return self._made("loop", common | {"num_frames": place.frames}, {"video": plate}, place.frames)
        strength = {} if self.card.strength is None else {"strength": self.card.strength}
        return self._made("edit", common | strength, {"video": plate}, span.duration)

    def _blend(self) -> CardRequest:
        """Both shots at a cut, as far as the place reaches into each; where media lies beyond the cut, it is used."""
        place = self.card.placement
        left, right = self._neighbour(before=True), self._neighbour(before=False)
        if left is None or right is None:
            raise EditRefused("a blend needs a shot on both sides of its place")
        try:
            first, second = (self.footage.frames(item, place.span, self.width, self.height) for item in (left, right))
        except Unavailable as error:
            self.notes.append(f"bridged instead of blended, since the shots have no media beyond the cut: {error}")
            return self._between()
        arguments = self._common() | {"overlap_frames": place.frames}
        return self._made("blend", arguments, {"first": first, "second": second}, place.frames)


def _references(models: Sequence[ModelInfo], name: str | None, verb: Verb) -> int:
    """How many pictures the model of that name takes; where none is named, the one that takes most.

    A server gives a request that names no model to one that takes its pictures.
    """
    able = [m for m in models if (m.id == name if name else m.installed and verb in m.verbs)]
    return max((m.references for m in able), default=0)


def _size(said: str | None, footage: Footage) -> tuple[int, int]:
    if said:
        width, height = said.split("x")
        return int(width), int(height)
    return footage.size()
