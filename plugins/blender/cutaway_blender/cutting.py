# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves carried out on the strips of a scene, and taken back: RNA calls only, nothing decided.

A strip is made behind everything, cut there, and only then moved to its place, so that Blender never finds two on
one another and shuffles neither. Every step is written down before the next, and a step that fails takes back
those before it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import EditRefused, TimelineChanged

from . import compat, identity, journal, media
from .carrying import CHANNEL_NAME
from .journal import Entry, Shown
from .timeline import rate_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cutaway.hosts.base import PlacePlan

    from .carrying import Move
    from .timeline import Listing

FREE: Final = 1000
"""How far behind everything a strip is made, frames."""


def carry_out(scene: Any, plan: PlacePlan, move: Move, listing: Listing, *, sound: bool) -> tuple[Entry, list[str]]:
    """Puts a take in; returns what was done, and what is to be said of it.

    Raises:
        EditRefused: Blender cannot show the file in this scene as it is; nothing was done.
    """
    editor = compat.editor(scene, create=True)
    shown = Shown(
        plan.take.id,
        str(plan.media.resolve()),
        identity.title(plan.card, plan.media.stem),
        plan.take.used_start,
        move.frames,
    )
    strip = _made(scene, editor, shown, move.channel)
    own = identity.named(strip, card=plan.card.id, take=plan.take.id, role=identity.TAKE)
    entry = Entry(journal.new_handle(), plan.card.id, own, shown)
    notes = list(move.notes)
    try:
        entry = _made_room(editor, move, listing, entry)
        for one in [s for s in compat.strips(editor) if _is_placeholder(s, plan.card.id)]:
            compat.strips(editor).remove(one)
        strip.name = shown.name  # its placeholder may have had it
        identity.named(strip)
        compat.move_to(strip, move.start + listing.origin)
        strip.select = False
        if move.names_channel:
            entry = replace(entry, channel_name=_named_channel(editor, move.channel))
        if sound:
            entry, said = _with_sound(editor, entry, strip)
            notes += said
        if compat.span(strip) != (wanted := _span(listing, move)) or strip.channel != move.channel:
            raise EditRefused(f"Blender put the take at {compat.span(strip)}, channel {strip.channel}, not at {wanted}")
    except BaseException:
        _taken_back(scene, entry, _there(scene))
        raise
    journal.keep(scene, [*journal.entries(scene), entry])
    return entry, notes


def switch(scene: Any, entry: Entry, shown: Shown) -> Entry:
    """Shows another take in the strip of an entry; its place, looks and effects stay.

    Raises:
        EditRefused: Blender cannot show the file in this scene as it is; nothing was done.
    """
    editor = compat.editor(scene)
    strip = identity.by_id(compat.all_strips(editor))[entry.strip]
    trial = _made(scene, editor, shown, strip.channel)
    compat.strips(editor).remove(trial)
    _show(editor, strip, shown)
    made = Entry(journal.new_handle(), entry.card, entry.strip, shown, was=entry.shown)
    journal.keep(scene, [*journal.entries(scene), made])
    return made


def undo(scene: Any, entry: Entry) -> None:
    """Takes back what an entry did.

    Raises:
        TimelineChanged: it no longer lies there as it was put; nothing was done.
    """
    there = _there(scene)
    strip = there.get(entry.strip)
    if strip is None or identity.written(strip).get("take") != entry.shown.take:
        raise TimelineChanged("this take is no longer in the cut as it was placed; nothing was done")
    left, right = compat.span(strip)
    if right - left != entry.shown.frames:
        raise TimelineChanged(
            f"this take was placed with {entry.shown.frames} frames and has {right - left} now; nothing was done"
        )
    _check(scene, entry, there, strip)
    if entry.was is not None:
        _show(compat.editor(scene), strip, entry.was)
    else:
        _taken_back(scene, entry, there)
    journal.keep(scene, [one for one in journal.entries(scene) if one.handle != entry.handle])


def shown_of(scene: Any, card: str) -> tuple[Entry, Any] | None:
    """The last entry of a card and the strip of it; None where no take of it lies in the cut."""
    return shown_by(scene).get(card) if journal.last_of(scene, card) else None


def shown_by(scene: Any) -> dict[str, tuple[Entry, Any]]:
    """Card -> its last entry and the strip of it, for those that lie in the cut; oldest first."""
    there = _there(scene)
    last: dict[str, Entry] = {}
    for entry in journal.entries(scene):
        last.pop(entry.card, None)
        last[entry.card] = entry
    return {
        card: (entry, there[entry.strip])
        for card, entry in last.items()
        if entry.strip in there and identity.written(there[entry.strip]).get("take") == entry.shown.take
    }


def _there(scene: Any) -> Mapping[str, Any]:
    """Every strip by its id."""
    editor = compat.editor(scene)
    return identity.by_id(compat.all_strips(editor)) if editor is not None else {}


def _span(listing: Listing, move: Move) -> tuple[int, int]:
    return move.start + listing.origin, move.start + listing.origin + move.frames


def _is_placeholder(strip: Any, card: str) -> bool:
    values = identity.written(strip)
    return values.get("role") == identity.PLACEHOLDER and values.get("card") == card


# -- one strip ----------------------------------------------------------------------------------------------


def _behind(editor: Any, frames: int) -> int:
    """A frame behind everything, with room for a strip."""
    last = max((compat.span(strip)[1] for strip in compat.strips(editor)), default=0)
    if last + FREE + frames > compat.MAX_FRAME:
        raise EditRefused(f"the cut ends at frame {last}; Blender has no room behind it to make a strip")
    return max(last, 0) + FREE


def _made(scene: Any, editor: Any, shown: Shown, channel: int) -> Any:
    """A movie strip that shows a part of a file, behind everything.

    Raises:
        EditRefused: Blender does not read the file, it is too short, or runs at another rate than the scene.
    """
    frame = _behind(editor, shown.first + shown.frames + FREE)
    try:
        strip = compat.new_movie(editor, shown.name, shown.media, channel, frame)
    except RuntimeError as error:
        raise EditRefused(f"Blender cannot read {shown.media}: {str(error).strip()}") from error
    left, right = compat.span(strip)
    rate, file_rate = rate_of(scene), media.rate_of(strip)
    if file_rate is None:
        compat.strips(editor).remove(strip)
        raise EditRefused(f"Blender finds no picture in {shown.media}")
    why = ""
    if rate != file_rate:
        why = f"runs at {file_rate} frames per second, the scene at {rate}; conform it to the scene"
    elif right - left < shown.first + shown.frames:
        why = f"has {right - left} frames; frames {shown.first} to {shown.first + shown.frames} were to be shown"
    if why:
        compat.strips(editor).remove(strip)
        raise EditRefused(f"{Path(shown.media).name} {why}")
    compat.show(strip, shown.first, shown.frames)
    return strip


def _show(editor: Any, strip: Any, shown: Shown) -> None:
    """Shows a part of another file in the place of a strip, which meanwhile lies behind everything."""
    left = compat.span(strip)[0]
    compat.move_to(strip, _behind(editor, shown.first + shown.frames + FREE))
    strip.filepath = shown.media
    compat.show(strip, shown.first, shown.frames)
    compat.move_to(strip, left)
    strip.name = shown.name
    identity.named(strip, take=shown.take)


def _with_sound(editor: Any, entry: Entry, strip: Any) -> tuple[Entry, list[str]]:
    """The sound of a take on the nearest free channel, below it if there is one."""
    if not compat.can_sound():
        return entry, ["this Blender is built without audio; the take is placed without its sound"]
    left, right = compat.span(strip)
    taken = {s.channel for s in compat.strips(editor) if _overlaps(compat.span(s), (left, right))}
    nearest = [*range(strip.channel - 1, 0, -1), *range(strip.channel + 1, compat.MAX_CHANNEL + 1)]
    channel = next((number for number in nearest if number not in taken), 0)
    if not channel:
        return entry, ["no channel is free for the sound of the take; it is placed without it"]
    frame = _behind(editor, entry.shown.first + entry.shown.frames + FREE)
    made = compat.new_sound(editor, f"{entry.shown.name} sound", entry.shown.media, channel, frame)
    compat.show(made, entry.shown.first, right - left)
    compat.move_to(made, left)
    made.select = False
    own = identity.named(made, take=entry.shown.take, role=identity.SOUND)
    return replace(entry, sound=own), [f"its sound lies on channel {channel}"]


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


# -- making room, and giving it back ---------------------------------------------------------------------------


def _made_room(editor: Any, move: Move, listing: Listing, entry: Entry) -> Entry:
    """Trims, splits and shifts what has to give way; each step is in the entry that comes back."""
    strips, origin = compat.strips(editor), listing.origin
    for name, head, tail in move.trims:
        left, right = compat.span(strips[name])
        entry, own = _identified(strips[name], entry)
        compat.trim(strips[name], left + head, right - tail)
        entry = replace(entry, trims=(*entry.trims, (own, head, tail)))
    if move.split is not None:
        name, end, start = move.split
        entry, own = _identified(strips[name], entry)
        part = strips[name].split(frame=start + origin, split_method="SOFT")
        identity.forgotten(part)
        second = identity.named(part, derived_from=own)
        compat.trim(strips[name], compat.span(strips[name])[0], end + origin)
        entry = replace(entry, split=(own, second))
    if move.shifts:
        _shift((strips[name] for name in move.shifts), move.frames)
        entry = replace(entry, ripple=move.ripple)
    return entry


def _identified(strip: Any, entry: Entry) -> tuple[Entry, str]:
    """A strip's id, and the entry that knows if it was given just now."""
    known = identity.written(strip).get("id")
    own = identity.named(strip)
    return (entry if known else replace(entry, named=(*entry.named, own))), own


def _shift(strips: Iterable[Any], frames: int) -> None:
    """Moves strips by some frames, those with nobody in front of them first; effects follow what they are made of."""
    free = [strip for strip in strips if not compat.inputs_of(strip)]
    for strip in sorted(free, key=lambda s: compat.span(s)[0], reverse=frames > 0):
        compat.move_to(strip, compat.span(strip)[0] + frames)


def _check(scene: Any, entry: Entry, there: Mapping[str, Any], strip: Any) -> None:
    """Whether what gave way for a take still lies around it."""
    if entry.was is not None:
        return
    left, right = compat.span(strip)
    for own, head, tail in entry.trims:
        other = there.get(own)
        at = compat.span(other) if other is not None else (0, 0)
        if other is None or (tail and at[1] != left) or (head and at[0] != right) or other.channel != strip.channel:
            raise TimelineChanged("a shot that was shortened for this take no longer lies beside it; nothing was done")
    if entry.split is not None:
        first, second = (there.get(own) for own in entry.split)
        whole = first is not None and second is not None and first.channel == second.channel == strip.channel
        if not whole or (compat.span(first)[1], compat.span(second)[0]) != (left, right):
            raise TimelineChanged("the shot that this take lies in was changed; nothing was done")
        if compat.content_start(first) != compat.content_start(second):
            raise TimelineChanged("the parts of the shot that this take lies in were slipped; nothing was done")
    if entry.ripple != "none":
        _check_return(scene, entry, strip)


def _check_return(scene: Any, entry: Entry, strip: Any) -> None:
    """Whether what moved for a take can move back over it."""
    left, right = compat.span(strip)
    moving = {one.name for one in _behind_take(scene, entry, strip)}
    for other in compat.strips(compat.editor(scene)):
        if other.name in moving or other.name == strip.name:
            continue
        on_track = entry.ripple == "all" or other.channel == strip.channel
        is_own_sound = identity.written(other).get("id") == entry.sound and entry.sound
        if on_track and not is_own_sound and _overlaps(compat.span(other), (left, right)):
            raise TimelineChanged(
                f"{other.name!r} lies where what is behind the take would return to; nothing was done"
            )


def _behind_take(scene: Any, entry: Entry, strip: Any) -> list[Any]:
    """What lies behind a take and moves when it goes: on its channel, or on every one."""
    right = compat.span(strip)[1]
    others = [one for one in compat.strips(compat.editor(scene)) if compat.span(one)[0] >= right]
    if entry.ripple == "all":
        return others
    return [one for one in others if one.channel == strip.channel and one.type != "SOUND"]


def _taken_back(scene: Any, entry: Entry, there: Mapping[str, Any]) -> None:
    """Undoes the steps of an entry that were done, on the strips by their ids, without a look at how they lie."""
    editor = compat.editor(scene)
    strips = compat.strips(editor)
    strip, sound = there.get(entry.strip), there.get(entry.sound) if entry.sound else None
    behind = [one.name for one in _behind_take(scene, entry, strip)] if entry.ripple != "none" and strip else []
    for one in (sound, strip):
        if one is not None:
            strips.remove(one)
    if entry.split is not None:
        first, second = (there[own] for own in entry.split)
        end = compat.span(second)[1]
        strips.remove(second)
        compat.trim(first, compat.span(first)[0], end)
    for own, head, tail in entry.trims:
        left, right = compat.span(there[own])
        compat.trim(there[own], left - head, right + tail)
    _shift((strips[name] for name in behind), -entry.shown.frames)
    for own in entry.named:
        if own in there:
            identity.forgotten(there[own])
    if entry.channel_name is not None:
        number, name = entry.channel_name
        if all(one.channel != number for one in strips):
            editor.channels[number].name = name


def _named_channel(editor: Any, number: int) -> tuple[int, str] | None:
    """Names a channel of ours; returns what it was called, where it was called something else."""
    channel = editor.channels[number]
    if channel.name == CHANNEL_NAME or not channel.name.startswith("Channel "):
        return None
    was = channel.name
    channel.name = CHANNEL_NAME
    return number, was
