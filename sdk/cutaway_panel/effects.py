"""What applying a take would do to the cut, said before it is done; pure, nothing is sent or written.

effect = effect_of(card, take, cut, capabilities, policy="above")
effect.where            # "V2, 01:00:12:05, 72 frames, new track"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway.errors import CutawayError
from cutaway.hosts.base import Capability
from cutaway.storyboard.places import shown_clips
from cutaway.storyboard.placing import placed
from cutaway.storyboard.plan import STAND_IN, changes_of, stand_in_take
from cutaway.timebase import FrameRange, timecode
from cutaway.timeline.index import Index
from cutaway_panel.cards import track_name
from cutaway_panel.state import Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.plan import Change
    from cutaway_panel.frames import Cut

    Listed = tuple[str, str, int | str]

POLICIES: Final = ("auto", "above", "take")


def effect_of(
    card: Card, take: Take | None, cut: Cut, capabilities: Collection[Capability], policy: str = "auto"
) -> Effect:
    """The effect of one take of a card, or of one that is yet to be made.

    `capabilities` are those of the application: where it cannot change items of the cut, the take goes above.
    """
    shown = shown_clips(cut.index)
    refusal = _refused(card, take, capabilities, policy, is_shown=card.id in shown)
    if refusal:
        return Effect(card.id, take.id if take else "", "", "", refusal=refusal)
    asked = _above(card) if policy == "above" and card.id not in shown else card
    try:
        after, changes = _planned(asked, take, cut)
        if Capability.IN_PLACE not in capabilities and _touches(changes) and card.id not in shown:
            asked = _above(card)
            after, changes = _planned(asked, take, cut)
    except CutawayError as error:
        return Effect(card.id, take.id if take else "", "", "", refusal=str(error))
    item = shown_clips(after).get(card.id)
    assert item is not None
    span = FrameRange(int(item.record.start), int(item.record.end))
    names = {Path(made.path).stem: f"take {number}" for number, made in enumerate(card.takes, 1)}
    names.setdefault(STAND_IN, "the take")
    is_new = len(after.tracks) > len(cut.index.tracks)
    lies = "as take" if card.id in shown else "track above" if asked.placement.mode == "overlay" else _into(changes)
    return Effect(
        card.id,
        take.id if take else "",
        f"{where(after, item.track, span)}{', new track' if is_new else ''}",
        lies,
        changes=tuple(line for change in changes for line in _lines(change, after, names)),
        notes=tuple(card.notes),
    )


def where(index: Index, track: int, span: FrameRange) -> str:
    """A span of a track, as an editor says it."""
    start = timecode(int(index.start) + span.start, index.rate)
    return f"{track_name(index, track)}, {start}, {span.duration} frames"


def _refused(
    card: Card, take: Take | None, capabilities: Collection[Capability], policy: str, *, is_shown: bool
) -> str:
    """What is known to be impossible before anything is planned."""
    if policy not in POLICIES:
        return f"{policy} is no way to apply a take; there are {', '.join(POLICIES)}"
    if policy == "take" and Capability.TAKES not in capabilities:
        return "this application has no takes on one clip; apply it above"
    if policy == "take" and not is_shown:
        return "no take of this card lies in the cut yet; apply one first"
    if card.placement.ripple != "none" and Capability.RIPPLE not in capabilities:
        return "this application cannot move what lies behind; extend into a gap, or apply above"
    if take is not None and take.used_frames != card.placement.frames and not is_shown:
        return f"the take has {take.used_frames} frames and its place {card.placement.frames}; make another one"
    return ""


def _above(card: Card) -> Card:
    return card.model_copy(update={"placement": card.placement.model_copy(update={"mode": "overlay"})})


def _planned(card: Card, take: Take | None, cut: Cut) -> tuple[Index, Sequence[Change]]:
    """The cut with the take in it, and what that changes."""
    stand_in = take or stand_in_take(card)
    document, patch = placed(card, stand_in, cut.index, Path(cut.takes_folder / stand_in.path))
    return Index.of(document, rate=cut.index.rate), changes_of(patch, cut.index)


def _touches(changes: Sequence[Change]) -> bool:
    """Whether an item of the editor's goes or becomes another one."""
    return any(kind != "gap" for change in changes for kind, _, _ in change.removed)


def _into(changes: Sequence[Change]) -> str:
    return "in place" if _touches(changes) else "in gap"


def _lines(change: Change, index: Index, names: Mapping[str, str]) -> list[str]:
    """One change of a track as a sentence: "the gap of 48 frames on V1 becomes take 1". `names` are those of takes."""
    gone, comes = _listed(change.removed, names), _listed(change.inserted, names)
    if change.track < 0:
        return [f"a new track comes in: {comes}"] if comes else []
    name = track_name(index, change.track)
    if not gone:
        return [f"{comes} comes in on {name}"] if comes else []
    if not comes:
        return [f"{gone} goes from {name}"]
    if len(change.removed) == len(change.inserted) == 1 and change.removed[0][2] == change.inserted[0][2]:
        comes = _called(change.inserted[0], names)
    return [f"{gone} on {name} becomes {comes}"]


def _listed(items: Sequence[Listed], names: Mapping[str, str]) -> str:
    return ", ".join(_item(item, names) for item in items)


def _item(item: Listed, names: Mapping[str, str]) -> str:
    """A piece of a track and how long it is."""
    kind, name, frames = item
    called = _called(item, names)
    if frames == "":
        return called
    return f"{called} ({frames} frames)" if name else f"the {kind} of {frames} frames"


def _called(item: Listed, names: Mapping[str, str]) -> str:
    kind, name, _ = item
    return names.get(name, name) or f"the {kind}"
