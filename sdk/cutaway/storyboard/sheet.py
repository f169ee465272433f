"""A board from nothing: shots in order, each with its words, and what they share.

    sheet = Sheet.of_prompts("The lighthouse", ["waves at night", "a lamp is lit"], seed=7)
    document = sheet.timeline()           # one described clip per shot
    sheet.cards(Index.of(document))       # what to ask for

A sheet is a JSON file that people write. Rendering it is filling the timeline it describes. A card is
named by what it asks for, so a shot that did not change finds its take again, wherever it moved to.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cutaway.errors import UnreadableTimeline
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import BoardLook, Card, CardReference, Character, Role
from cutaway.timebase import Rate
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Kind
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.timebase import FrameRange, RateLike
    from cutaway.timeline.index import Item

SCHEMA: Final = 1
GENERATOR: Final = "cutaway"
SECONDS: Final = 3.0
SIZE: Final = "1280x720"


class Shot(BaseModel):
    """One shot of a board: what should be seen, and for how many frames. What is None, the board's look says.

    A shot with `media` is there already: that many frames of a file at the board's rate, from frame `start`
    of it. A shot that `continues` goes on from the last frames of one that is there already before it.
    """

    model_config = ConfigDict(extra="allow")

    prompt: str = ""
    media: str | None = None
    """A file, relative to the board's folder."""
    start: int = Field(default=0, ge=0)
    continues: bool = False
    frames: int = Field(ge=1)
    name: str = ""
    negative_prompt: str = ""
    seed: int | None = Field(default=None, ge=0)
    style: str | None = None
    model: str | None = None
    characters: list[str] = Field(default_factory=list)
    first_frame: str | None = None
    """A picture that the shot starts from, relative to the board's folder."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if "prompt" not in self.model_fields_set and self.media is None:
            raise ValueError(
                "say what should be seen with `prompt`, or name the `media` of a shot that is there already"
            )
        return self


class Sheet(BaseModel):
    """A board as a file. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    schema_version: int = Field(default=SCHEMA, alias="schema", ge=1, le=SCHEMA)
    name: str = "board"
    look: BoardLook = Field(default_factory=BoardLook)
    shots: list[Shot] = Field(min_length=1)

    @classmethod
    def of_prompts(
        cls,
        name: str,
        prompts: Sequence[str],
        *,
        seconds: float = SECONDS,
        rate: RateLike = 24,
        size: str = SIZE,
        style: str | None = None,
        seed: int | None = None,
        characters: Sequence[Character] = (),
    ) -> Self:
        """A board of one shot per prompt, all of one length."""
        exact = Rate.parse(rate)
        look = BoardLook(style=style, seed=seed, size=size, rate=str(exact), characters=list(characters))
        frames = max(1, exact.frames(seconds))
        return cls(name=name, look=look, shots=[Shot(prompt=prompt, frames=frames) for prompt in prompts])

    @classmethod
    def of_cut(cls, index: Index, *, size: str = SIZE, style: str | None = None, seed: int | None = None) -> Self:
        """A board with the shots and the lengths of a cut's lowest video track: the start of another version of it.

        The words of a shot are those its take was made with, else its name; a gap is a shot without words.

        Raises:
            UnreadableTimeline: the cut has no video track with anything on it.
        """
        track = next((t for t in index.video_tracks if t.items), None)
        if track is None:
            raise UnreadableTimeline("the cut has no video track with a shot on it", path=index.document.path)
        kinds = {Kind.CLIP, Kind.NESTED, Kind.GAP}
        shots = [
            Shot(prompt=_words_of(item), frames=max(1, round(item.record.duration)), name=item.name)
            for item in track.items
            if item.kind in kinds and item.record.duration > 0
        ]
        look = BoardLook(style=style, seed=seed, size=size, rate=str(index.rate))
        return cls(name=index.name or "board", look=look, shots=shots)

    @classmethod
    def recut(
        cls, name: str, media: Path, used: FrameRange, prompts: Sequence[str], *, frames: int, look: BoardLook
    ) -> Self:
        """A board that starts from a part of a take: that part as it is, then a shot that continues it, then others.

        Args:
            name: of the board.
            media: the file of the take, at the rate and size of the look.
            used: which of its frames are kept, source time.
            prompts: one for each shot behind it; the first one continues the take.
            frames: how long each of those shots is.
            look: size, rate, style and seed.
        """
        start = Shot(prompt="", media=str(media), start=used.start, frames=used.duration, name=media.stem)
        behind = [Shot(prompt=prompt, frames=frames, continues=not n) for n, prompt in enumerate(prompts)]
        return cls(name=name, look=look, shots=[start, *behind])

    @classmethod
    def parse(cls, text: str, *, path: Path | None = None) -> Self:
        """The board in the text of a file.

        Raises:
            UnreadableTimeline: not one; the message names the field.
        """
        named = path.name if path else "the text"
        try:
            return cls.model_validate(json.loads(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            if first["loc"][:1] == ("shots",) and len(first["loc"]) > 1:
                where = f"shot {int(first['loc'][1]) + 1} ({where})"
            raise UnreadableTimeline(f"{named} is no board: {where}: {first['msg']}", path=path) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableTimeline(f"{named} is no board: {error}", path=path) from error

    def text(self) -> str:
        """The board as a file."""
        said = {"schema": self.schema_version, **self.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
        return json.dumps(said, indent=2, ensure_ascii=False) + "\n"

    @property
    def rate(self) -> Rate:
        return Rate.parse(self.look.rate or 24)

    def seed_of(self, number: int) -> int | None:
        """The seed of a shot: its own, else the next one of the board's family; None where neither is said."""
        own = self.shots[number].seed
        return own if own is not None or self.look.seed is None else self.look.seed + number

    def look_in(self, folder: Path) -> BoardLook:
        """The look with the pictures of its characters found in the board's folder, by whole paths."""
        found = [
            c.model_copy(update={"images": [str((folder / image).resolve()) for image in c.images]})
            for c in self.look.characters
        ]
        return self.look.model_copy(update={"characters": found})

    def timeline(self, folder: Path | None = None) -> Document:
        """The board as a cut: one video track, one clip per shot; those still to be made are only described."""
        items = [self._clip(n, shot, folder) for n, shot in enumerate(self.shots)]
        track: dict[str, Any] = {
            "OTIO_SCHEMA": "Track.1", "metadata": {}, "name": "V1", "source_range": None, "effects": [],
            "markers": [], "enabled": True, "children": items, "kind": "Video",
        }  # fmt: skip
        stack: dict[str, Any] = {
            "OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "tracks", "source_range": None, "effects": [],
            "markers": [], "enabled": True, "children": [track],
        }  # fmt: skip
        timeline = {
            "OTIO_SCHEMA": "Timeline.1", "metadata": {"cutaway": {"schema": SCHEMA, "role": "board"}},
            "name": self.name, "global_start_time": self._time(0), "tracks": stack,
        }  # fmt: skip
        return Document.parse(json.dumps(timeline, indent=4, ensure_ascii=False) + "\n")

    def cards(self, index: Index, folder: Path | None = None) -> list[Card]:
        """What to ask for, in order, for the clips of `timeline()`. The same question has the same id."""
        asked: list[Card] = []
        to_make = [(number, shot) for number, shot in enumerate(self.shots) if shot.media is None]
        for card, (number, shot) in zip(board_of(index).cards, to_make, strict=True):
            if shot.continues and number and self.shots[number - 1].media is not None:
                card.kind, card.placement.edge = Verb.EXTEND, "tail"
            card.seed, card.characters = self.seed_of(number), list(shot.characters)
            if shot.first_frame:
                picture = str(folder / shot.first_frame) if folder else shot.first_frame
                card.references = [CardReference(role=Role.FIRST, path=picture)]
            card.id = self._question(number, [before.id for before in asked])
            asked.append(card)
        return asked

    def _question(self, number: int, taken: Sequence[str]) -> str:
        """A name for what a shot asks for: words, length, look and seed; the same twice is counted."""
        shot, look = self.shots[number], self.look
        said = [
            shot.prompt, shot.negative_prompt, shot.frames, self.seed_of(number), shot.style or look.style,
            shot.model or look.model, look.size, self.rate, shot.characters, shot.first_frame,
            [(before.media, before.start, before.frames) for before in self.shots[:number][-1:] if shot.continues],
            [c.model_dump() for c in look.characters if c.name in shot.prompt or c.name in shot.characters],
        ]  # fmt: skip
        told = {name: value for name, value in look.told(look).items() if name != "allow_degraded"}
        said += [told] if told else []
        times = 0
        while (name := hashlib.sha256(repr((said, times)).encode()).hexdigest()[:32]) in taken:
            times += 1
        return name

    def _clip(self, number: int, shot: Shot, folder: Path | None) -> dict[str, Any]:
        words = {
            "prompt": shot.prompt,
            "negative_prompt": shot.negative_prompt,
            "style": shot.style or self.look.style,
            "model": shot.model or self.look.model,
        }
        span = {"OTIO_SCHEMA": "TimeRange.1", "duration": self._time(shot.frames), "start_time": self._time(shot.start)}
        there = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "metadata": {},
            "name": shot.name,
            "available_range": {
                "OTIO_SCHEMA": "TimeRange.1",
                "duration": self._time(shot.start + shot.frames),
                "start_time": self._time(0),
            },
            "available_image_bounds": None,
            "target_url": str((folder / shot.media).resolve() if folder and shot.media else shot.media),
        }
        described = {
            "OTIO_SCHEMA": "GeneratorReference.1",
            "metadata": {},
            "name": "",
            "available_range": span,
            "available_image_bounds": None,
            "generator_kind": GENERATOR,
            "parameters": {key: value for key, value in words.items() if value},
        }
        return {
            "OTIO_SCHEMA": "Clip.2",
            "metadata": {"cutaway": {"schema": SCHEMA, "id": f"shot-{number + 1}", "role": "shot"}},
            "name": shot.name or f"{number + 1:02} {shot.prompt[:40]}".strip(),
            "source_range": span,
            "effects": [],
            "markers": [],
            "enabled": True,
            "media_references": {"DEFAULT_MEDIA": described if shot.media is None else there},
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    def _time(self, frames: int) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": self.rate.fps, "value": float(frames)}


def _words_of(item: Item) -> str:
    """What an item was made with, else what it is called."""
    from cutaway.timeline.references import active_reference

    reference = active_reference(item.node) or {}
    metadata = reference.get("metadata")
    ours = metadata.get("cutaway") if isinstance(metadata, dict) else None
    slate = ours.get("slate") if isinstance(ours, dict) else None
    parameters = reference.get("parameters")
    for place in (slate, parameters):
        if isinstance(place, dict) and isinstance(place.get("prompt"), str) and place["prompt"]:
            return str(place["prompt"])
    return item.name if item.kind is not Kind.GAP else ""
