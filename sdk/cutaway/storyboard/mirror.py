"""The mirror: what a timeline says of its cards in its own metadata.

    "metadata": {"cutaway": {"schema": 1, "project": "5d0c…", "revision": 7, "cards": [
        {"id": "91aa…", "kind": "fill", "state": "applied", "span": {"start": 48, "duration": 24}}]}}

The project beside the timeline is the truth. By the mirror cards find their project again after the
file was renamed or copied without it, and other tools can read what was asked for where. It is written
with every edit of the cut and never by looking. Where both do not agree, that is said. Spans are record
frames. What others keep in the same places stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.card import Card, CardState, Placement, Take
from cutaway.storyboard.places import anchor, card_id, shown_clips
from cutaway.storyboard.project import FOLDER, Project
from cutaway.timeline.doc import member
from cutaway.timeline.index import Kind
from cutaway.timeline.patch import Change, with_each, with_elements, with_member
from cutaway.timeline.rationals import BadTime, time_range
from cutaway.timeline.references import active_reference
from cutaway.timeline.takes import KEY_PREFIX, SCHEMA
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cutaway.timeline.index import Index, Item
    from cutaway.timeline.rope import Obj

KEY: Final = "cutaway"
_APPLIED: Final = str(CardState.APPLIED)
_SHOWN: Final = 6
_NAMED: Final = 3
"""How many cards that differ are named one by one."""


@dataclass(frozen=True)
class Mirror:
    """The cards of a timeline as its metadata has them: of which project, at which revision of it."""

    project: str
    revision: int
    cards: tuple[dict[str, Any], ...] = ()
    schema: int = SCHEMA

    @classmethod
    def of(
        cls,
        project: Project,
        cards: Iterable[Card] = (),
        *,
        shown: Collection[str] = (),
        clips: Mapping[str, Item] | None = None,
        before: Mirror | None = None,
    ) -> Mirror:
        """What is to be said of a cut now.

        Args:
            project: whose cards they are.
            cards: as they will be, in the place of the project's with the same ids or beside them.
            shown: the cards whose takes lie in the cut: they are applied, whether or not the project has noted it.
            clips: those that show takes, by their cards, which lie where their clips do.
            before: the mirror that stands there; of it, cards that are shown and that nobody else knows are kept.
        """
        known = {card.id: card for card in (*project.cards, *cards)}
        told = [(card.placement.track, _mirrored_card(card)) for card in known.values()]
        if before is not None and before.project == project.contents.id:
            told += [(0, one) for one in before.cards if one["id"] in shown and one["id"] not in known]
        told = [(track, one | {"state": _APPLIED} if one["id"] in shown else one) for track, one in told]
        told = [_where_it_lies(track, one, (clips or {}).get(one["id"])) for track, one in told]
        told.sort(key=lambda one: (one[1]["span"]["start"], one[0]))
        return cls(project.contents.id, project.contents.revision, tuple(one for _, one in told))

    @classmethod
    def read(cls, timeline: Obj) -> Mirror | None:
        """The mirror in a timeline; None where it has none."""
        metadata = member(timeline, "metadata")
        ours = metadata.get(KEY) if isinstance(metadata, dict) else None
        if not isinstance(ours, dict) or not isinstance(ours.get("project"), str):
            return None
        cards, revision, schema = ours.get("cards"), ours.get("revision"), ours.get("schema")
        there = [one for one in cards if _is_card(one)] if isinstance(cards, list) else []
        return cls(
            ours["project"],
            revision if isinstance(revision, int) else 0,
            tuple(there),
            schema if isinstance(schema, int) else SCHEMA,
        )

    @property
    def applied(self) -> set[str]:
        """The cards whose takes are said to lie in the cut."""
        return {card["id"] for card in self.cards if card.get("state") == _APPLIED}

    def written_to(self, timeline: Obj) -> tuple[Obj, tuple[Change, ...]]:
        """A timeline with this mirror, and the changes that wrote it: only what differs, and nothing of others.

        There are none where the mirror stands there already, and none where there is an `obstacle`.
        """
        if obstacle(timeline):
            return timeline, ()
        metadata = member(timeline, "metadata")
        values: dict[str, Any] = {
            "schema": self.schema,
            "project": self.project,
            "revision": self.revision,
            "cards": list(self.cards),
        }
        if metadata is None:
            timeline, change = with_member(timeline, (), "metadata", {KEY: values})
            return timeline, (change,)
        if KEY not in metadata:
            timeline, change = with_member(timeline, ("metadata",), KEY, values)
            return timeline, (change,)
        ours = metadata[KEY]
        changes: list[Change | None] = []
        for key, value in values.items():
            if key == "cards" and isinstance(ours.get(key), list):
                timeline, found = with_elements(timeline, ("metadata", KEY, key), value)
                changes.append(found)
            elif ours.get(key) != value:
                timeline, found = with_member(timeline, ("metadata", KEY), key, value)
                changes.append(found)
        return timeline, tuple(change for change in changes if change is not None)

    def applied_to(self, timeline: Obj, ids: Sequence[str]) -> tuple[Obj, list[tuple[Change, ...]]]:
        """A timeline with this mirror after cards were applied, and the changes of each step, card by card.

        The first step also brings everything else up to date; the others change the state of one card.
        """
        if not ids:
            return timeline, []
        states = {card["id"]: n for n, card in enumerate(self.cards)}
        told = [{**card, "state": _APPLIED} if card["id"] == ids[0] else card for card in self.cards]
        timeline, first = replace(self, cards=tuple(told)).written_to(timeline)
        later = {states[name]: {**told[states[name]], "state": _APPLIED} for name in ids[1:]}
        later = {n: card for n, card in later.items() if card != told[n]}
        if obstacle(timeline):
            return timeline, [()] * len(ids)
        timeline, changes = with_each(timeline, ("metadata", KEY, "cards"), later)
        by_card = dict(zip(later, changes, strict=True))
        steps = [by_card.pop(states[name], None) for name in ids[1:]]
        return timeline, [first, *((step,) if step is not None else () for step in steps)]

    def conflicts(self, project: Project) -> tuple[str, ...]:
        """Why the mirror cannot be one of this project at an earlier time; nothing where it can."""
        mine, here = self.project[:_SHOWN], project.contents.id[:_SHOWN]
        if self.project != project.contents.id:
            return (f"the timeline named project {mine} for its cards; here its project is {here}, which counts",)
        if self.revision > project.contents.revision:
            return (f"{self._since(project)}: an older copy of it. The project counts",)
        return ()

    def differences(self, project: Project) -> tuple[str, ...]:
        """What the mirror and the project do not agree about: a conflict, or what has happened to cards since."""
        found = self.conflicts(project)
        if found and self.revision <= project.contents.revision:
            return found
        known = {card.id: _mirrored_card(card) for card in project.cards}
        told = [told for told in (_difference(one, known.get(one["id"])) for one in self.cards) if told]
        named = "; ".join(told[:_NAMED]) + (f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else "")
        return (*found, f"{self._since(project)}: {named}") if told else found

    def _since(self, project: Project) -> str:
        here = project.contents.revision
        return f"the timeline was written at revision {self.revision} of its project, which is at {here} here"


def obstacle(timeline: Obj) -> str:
    """Why no mirror can be written to a timeline; "" where one can. What others wrote is never replaced."""
    metadata = member(timeline, "metadata")
    if metadata is None:
        return ""
    if not isinstance(metadata, dict):
        return "the timeline has metadata that are no object, so its cards are not noted in it"
    ours = metadata.get(KEY, {})
    if not isinstance(ours, dict):
        return f"another program keeps something under {KEY!r} in the timeline, so its cards are not noted there"
    schema = ours.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        return f"the cards in the timeline were written by a newer cutaway (schema {schema}); they stay as they are"
    return ""


def project_of(path: Path, index: Index) -> tuple[Project, tuple[str, ...]]:
    """The project of a timeline file, and what should be said of it; nothing is written.

    beside the file                       that one, and what its mirror does not agree with
    elsewhere, and its file is gone       the file was renamed: that one goes on
    elsewhere, and its file is there      the file is a copy: the cards are known, edits begin a project of their own
    nowhere                               the cards are known as the timeline itself tells them
    """
    beside, mirror = Project.beside(path), Mirror.read(index.timeline)
    if beside.exists or mirror is None:
        return beside, mirror.differences(beside) if mirror and beside.exists else ()
    told = f"no project lies beside {path.name}; the timeline names project {mirror.project[:_SHOWN]}, "
    found = _found(path, index, mirror.project)
    if found is None:
        beside.contents.cards = list(told_cards(index, mirror))
        shown = f"{len(beside.cards)} cards and {sum(len(card.takes) for card in beside.cards)} takes are known from it"
        return beside, (f"{told}which was not found. {shown} alone, without their words",)
    name = found.contents.timeline or found.folder.name
    if not (found.folder.parent.parent / found.folder.name).exists():
        differ = mirror.differences(found)
        return found, (f"{told}which was found in {found.folder}, where the file was called {name}", *differ)
    beside.contents = found.contents.model_copy(
        deep=True, update={"id": beside.contents.id, "timeline": path.name, "revision": 0}
    )
    for take in (take for card in beside.cards for take in card.takes):
        take.path = str((found.folder / "takes" / take.path).resolve())
    note = (
        f"{told}which is that of {name}, of which this is a copy. Its cards and takes are known from there; what is "
        "done to the copy is not noted there, and what was done before is undone there"
    )
    return beside, (note,)


def told_cards(index: Index, mirror: Mirror) -> Iterator[Card]:
    """The cards as a timeline tells them: the places of its mirror, with the takes its clips hold."""
    clips = shown_clips(index)
    for one in mirror.cards:
        try:
            place = Placement(track=0, start=one["span"]["start"], frames=one["span"]["duration"])
            kind, state = Verb(one["kind"]), CardState(one["state"])
        except (ValueError, KeyError):
            continue  # of a kind that only a newer version knows
        item = clips.get(one["id"])
        card = Card(id=one["id"], kind=kind, state=state, placement=place)
        if item is not None:
            place.track, place.track_name = item.track, index.tracks[item.track].name
            place.before, place.after = anchor(index.before(item)), anchor(index.after(item))
            card.takes = list(told_takes(item))
            shown = member(item.node, "active_media_reference_key")
            card.active_take = next((t.id for t in card.takes if KEY_PREFIX + t.id[:8] == shown), None)
            card.applied_take = card.active_take
        yield card


def told_takes(item: Item) -> Iterator[Take]:
    """The takes a clip holds, with their slates; what is used of one is what the clip shows."""
    references = member(item.node, "media_references")
    for key, reference in references.items() if isinstance(references, dict) else ():
        if not key.startswith(KEY_PREFIX) or not isinstance(reference, dict):
            continue
        metadata = reference.get("metadata")
        ours = metadata.get(KEY) if isinstance(metadata, dict) else None
        try:
            available = time_range(reference.get("available_range"))
        except BadTime:
            available = None
        if isinstance(ours, dict) and isinstance(ours.get("take"), str) and available and item.source:
            slate = ours.get("slate")
            slate = slate if isinstance(slate, dict) else {}
            yield Take(
                id=ours["take"],
                path=str(reference.get("target_url") or ""),
                available_frames=int(available.duration.value),
                used_start=int(item.source.start.value - available.start.value),
                used_frames=int(item.source.duration.value),
                seed=slate.get("seed"),
                job_id=slate.get("job"),
                preview=bool(slate.get("preview")),
                slate=slate,
            )


def _found(path: Path, index: Index, name: str) -> Project | None:
    """The project with an id: of a timeline in the same folder, or where the clips have their takes from."""
    folders = sorted((path.parent / FOLDER).glob("*/"))
    for track in index.tracks:
        for item in track.items:
            url = (active_reference(item.node) or {}).get("target_url") if item.kind is Kind.CLIP else None
            if card_id(item) and isinstance(url, str) and "://" not in url:
                folders.append((path.parent / url).parent.parent)
    for folder in dict.fromkeys(folders):
        try:
            if json.loads((folder / "project.json").read_text(encoding="utf-8")).get("id") == name:
                return Project(folder)
        except (OSError, ValueError, AttributeError):
            continue
    return None


def _is_card(told: Any) -> bool:
    """Whether an entry says of a card where it is."""
    span = told.get("span") if isinstance(told, dict) else None
    return isinstance(span, dict) and isinstance(told.get("id"), str) and isinstance(span.get("start"), int)


def _mirrored_card(card: Card) -> dict[str, Any]:
    place = card.placement
    return {
        "id": card.id,
        "kind": str(card.kind),
        "state": str(card.state),
        "span": {"start": place.start, "duration": place.frames},
    }


def _where_it_lies(track: int, told: dict[str, Any], clip: Item | None) -> tuple[int, dict[str, Any]]:
    """What is said of a card whose take a clip shows."""
    if clip is None:
        return track, told
    span = {"start": int(clip.record.start), "duration": int(clip.record.duration)}
    return clip.track, told | {"span": span}


def _difference(told: dict[str, Any], known: dict[str, Any] | None) -> str:
    """What the timeline and the project say of one card; "" where it is the same."""
    name = str(told["id"])[:_SHOWN]
    if known is None:
        return f"card {name} is not in the project"
    applied = told.get("state") == known["state"] == _APPLIED  # then it lies where its clip does
    for key in ("state", "kind") if applied else ("state", "kind", "span"):
        if told.get(key) != known[key]:
            return f"card {name} is {_said(told.get(key))} in the timeline and {_said(known[key])} in the project"
    return ""


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"at {value.get('start')} for {value.get('duration')} frames"
    return str(value)
