"""The project beside a timeline: cards, takes and what was done to the cut. It is the truth.

    .cutaway/<timeline name>/
        project.json         cards and look, one file, replaced whole
        takes/               media of takes, conformed to the timeline
        frames/              pictures taken from neighbours and thumbnails
        patches.jsonl        every edit of the cut, as texts taken out and put in

What a timeline carries in its own metadata is a mirror (`storyboard.mirror`): applications may drop it, and
then cards find their places again by what the shots look like.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cutaway.errors import TimelineError
from cutaway.storyboard.card import BoardLook, Card, new_id, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

FOLDER: Final = ".cutaway"
SCHEMA: Final = 1


class Contents(BaseModel):
    """What stands in project.json. Unknown fields are kept."""

    model_config = ConfigDict(extra="allow")

    schema_version: int = Field(default=SCHEMA, alias="schema")
    id: str = Field(default_factory=new_id)
    """By which a timeline names its project, wherever both lie."""
    timeline: str = ""
    source: str = ""
    """SHA-256 of the file that the timeline was copied from, where it is a copy."""
    revision: int = 0
    look: BoardLook = Field(default_factory=BoardLook)
    cards: list[Card] = Field(default_factory=list)
    dismissed: list[str] = Field(default_factory=list)
    """Places, by the ids of their cards, that nobody wants to be asked about again."""


class Logged(BaseModel):
    """One line of patches.jsonl: an edit, the card and take it was for, and the cut's digests before and after.

    Edits that were written at once share their digests; the patches follow one another in the order of the lines.
    """

    id: str = Field(default_factory=new_id)
    label: str
    card: str = ""
    take: str = ""
    before: str
    after: str
    at: str = Field(default_factory=now)
    run: str = ""
    """The command it was a part of; edits of one run are undone together."""
    patch: dict[str, Any]
    undone: bool = False


class Project:
    """The cards and takes of one timeline, on disk. Every change is written before the call returns.

    Several threads may change it; a card is one object that all of them share, changed by `change`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents = self._read()
        self._one_at_a_time = threading.RLock()

    @classmethod
    def beside(cls, timeline: Path) -> Project:
        """The project of a timeline file: `.cutaway/<its name>` in the same folder."""
        project = cls(timeline.parent / FOLDER / timeline.name)
        project.contents.timeline = timeline.name
        return project

    @property
    def exists(self) -> bool:
        """Whether it was ever written."""
        return (self.folder / "project.json").is_file()

    @property
    def takes_folder(self) -> Path:
        return self._made("takes")

    @property
    def frames_folder(self) -> Path:
        return self._made("frames")

    @property
    def look(self) -> BoardLook:
        return self.contents.look

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(self.contents.cards)

    def card(self, card_id: str) -> Card:
        """A card by its id, or by the start of it.

        Raises:
            TimelineError: none, or several.
        """
        found = [card for card in self.contents.cards if card.id.startswith(card_id)]
        if len(found) == 1:
            return found[0]
        what = "no card" if not found else f"{len(found)} cards"
        raise TimelineError(f"{what} of {self.contents.timeline or 'the board'} has an id that starts with {card_id!r}")

    def put(self, *cards: Card, written: bool = True) -> None:
        """Adds cards, or replaces those with the same ids, and writes the project, at once or with the next `write`."""
        by_id = {card.id: card for card in cards}
        with self._one_at_a_time:
            there = [self._touched(by_id.pop(card.id)) if card.id in by_id else card for card in self.contents.cards]
            there += map(self._touched, by_id.values())
            # A list of its own: one that is sorted in place is empty for those who read it meanwhile.
            self.contents.cards = sorted(there, key=lambda card: (card.placement.start, card.placement.track))
            if written:
                self.write()

    def change(
        self, card_id: str, by: Callable[[Card], dict[str, Any]] | None = None, *, written: bool = True, **fields: Any
    ) -> Card:
        """A card with other values in some of its fields.

        Args:
            card_id: of the card, whole.
            by: says more fields of the card as it is then; nobody changes it in between.
            written: at once; else with the next `write`.
            fields: of a `Card`, checked as in its making.

        Raises:
            TimelineError: there is no such card.
            ValidationError: a value that the field does not take; nothing was changed.
        """
        with self._one_at_a_time:
            card = self.card(card_id)
            fields |= by(card) if by is not None else {}
            before = {name: getattr(card, name) for name in fields}
            try:
                for name, value in fields.items():
                    setattr(card, name, value)
            except ValidationError:
                for name, value in before.items():
                    setattr(card, name, value)
                raise
            self._touched(card)
            if written:
                self.write()
            return card

    def go_on_as(self, other: Project) -> None:
        """Has the same cards as another object of this folder from now on: what one changes, both have."""
        self._one_at_a_time = other._one_at_a_time
        self.contents = other.contents

    def drop(self, cards: Iterable[Card]) -> None:
        """Takes cards out. Their takes stay on disk."""
        gone = {card.id for card in cards}
        with self._one_at_a_time:
            self.contents.cards = [card for card in self.contents.cards if card.id not in gone]
            self.write()

    def write(self) -> None:
        """Replaces project.json: beside it first, then renamed over it."""
        with self._one_at_a_time:
            self.contents.revision += 1
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.folder / "project.json"
            part = target.with_suffix(".part")
            with part.open("w", encoding="utf-8") as file:
                file.write(self.contents.model_dump_json(indent=2, by_alias=True))
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)

    # -- edits of the cut ------------------------------------------------------------------------

    def log(self, edits: Iterable[Logged]) -> None:
        """Remembers edits, so that they can be undone to the character in a later run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "patches.jsonl").open("a", encoding="utf-8") as file:
            file.write("".join(edit.model_dump_json() + "\n" for edit in edits))
            file.flush()
            os.fsync(file.fileno())

    def logged(self) -> Iterator[Logged]:
        """Every remembered edit, oldest first. A line that a crash cut short is passed over."""
        path = self.folder / "patches.jsonl"
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield Logged.model_validate_json(line)
            except ValidationError:
                continue

    def mark_undone(self, edits: Iterable[Logged], *, rewritten: Iterable[Logged] = ()) -> None:
        """Remembers that edits were undone, and what others became by it; the file is replaced whole."""
        gone, now_so = {edit.id for edit in edits}, {edit.id: edit for edit in rewritten}
        lines = [now_so.get(edit.id, edit) for edit in self.logged()]
        lines = [edit.model_copy(update={"undone": edit.undone or edit.id in gone}) for edit in lines]
        target = self.folder / "patches.jsonl"
        part = target.with_suffix(".part")
        part.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
        part.replace(target)

    def _touched(self, card: Card) -> Card:
        card.updated, card.revision = now(), card.revision + 1
        return card

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _read(self) -> Contents:
        path = self.folder / "project.json"
        if not path.exists():
            return Contents()
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(data, dict) and data.get("schema", SCHEMA) > SCHEMA:
                raise TimelineError(
                    f"{path} was written by a newer cutaway (schema {data['schema']}, this one reads {SCHEMA})",
                    path=path,
                )
            return Contents.model_validate(data)
        except (ValueError, OSError) as error:
            raise TimelineError(f"{path} cannot be read: {error}", path=path) from error


def digest_of(text: str) -> str:
    """How a cut is named in the log: SHA-256 of its text."""
    return hashlib.sha256(text.encode()).hexdigest()
