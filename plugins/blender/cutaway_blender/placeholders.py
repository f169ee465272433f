# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips that show where a take will land: named by their cards, muted, and no part of the cut.

    put(host, card)          before it is made; refused where the take could not be placed
    land(host, card, take)   by the pump: the take in its place, the placeholder gone
    remove(host, card_id)    it failed, or was cancelled

A placeholder lies where its take will, and on the next free channel above where something lies there now. It is
muted, so that it is in no render and covers no shot. Whoever takes it away, by undo or by hand, does not want the
take to land: it stays with its card.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.hosts.assembly import Outcome, put_take
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.plan import stand_in_take

from . import compat, identity
from .carrying import move_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.storyboard.card import Card, Take

    from .host import BlenderHost

COLOUR: Final = (0.10, 0.32, 0.42)
TAG: Final = "COLOR_05"


def put(host: BlenderHost, card: Card) -> Any:
    """A placeholder where the take of a card will lie; the one that is there already, if one is.

    Raises:
        EditRefused: no take could be put there; nothing was done.
        TimelineChanged: the place of the card is gone.
    """
    for strip in of(host.scene, card.id):
        return strip
    channel, start, frames = _place(host, card)
    scene = host.scene
    editor = compat.editor(scene, create=True)
    left = start + scene.frame_start
    channel = compat.free_channel(editor, channel, left, left + frames)
    strip = compat.new_effect(editor, identity.title(card), "COLOR", channel, left, left + frames)
    strip.color, strip.color_tag, strip.mute, strip.select = COLOUR, TAG, True, False
    identity.named(strip, card=card.id, role=identity.PLACEHOLDER)
    host.touched()
    return strip


def land(host: BlenderHost, card: Card, take: Take) -> Outcome:
    """The take in its place, as one step of undo; not where its placeholder was taken away meanwhile."""
    if not of(host.scene, card.id):
        return Outcome(card, take, refusal="its placeholder was taken away. The take stays with its card: apply it")
    with host.undo_step(f"Cutaway: {card.kind}"):
        outcome = put_take(host, card, take)
        remove(host, card.id)
    return outcome


def remove(host: BlenderHost, *card_ids: str) -> int:
    """Takes the placeholders of cards away; how many there were."""
    scene = host.scene
    gone = [strip for card_id in card_ids for strip in of(scene, card_id)]
    for strip in gone:
        compat.strips(compat.editor(scene)).remove(strip)
    if gone:
        host.touched()
    return len(gone)


def of(scene: Any, card_id: str) -> list[Any]:
    """The placeholders of a card."""
    editor = compat.editor(scene)
    return [] if editor is None else list(_held(compat.strips(editor), card_id))


def _held(strips: Iterable[Any], card_id: str) -> Iterable[Any]:
    for strip in strips:
        values = identity.written(strip)
        if values.get("role") == identity.PLACEHOLDER and values.get("card") == card_id:
            yield strip


def _place(host: BlenderHost, card: Card) -> tuple[int, int, int]:
    """Channel, first record frame and length of the take that will come."""
    listing = host.listing()
    for placed in host.placements():
        if placed.card_id == card.id:  # another take of it will be shown in the same strip
            return listing.channels[placed.track], placed.span.start, placed.span.duration
    take = stand_in_take(card)
    move = move_for(PlacePlan(listing.digest, card, take, Path(take.path)), listing)
    return move.channel, move.start, move.frames
