# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the sequence again: every card finds its place, or is told stale."""

from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class RefreshCards(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Looks at the sequence again: cards follow their places, and gaps that have none yet get one"""

    bl_idname = "cutaway.refresh_cards"
    bl_label = "Refresh Cards"
    needs_strips = False

    find: bpy.props.BoolProperty(name="Find gaps", description="A card for each gap", default=True)  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Cards follow; new ones for the gaps."""
        from cutaway.storyboard.card import CardState
        from cutaway.storyboard.drift import followed
        from cutaway.storyboard.places import Places
        from cutaway.storyboard.plan import planned
        from cutaway.storyboard.queue import UNDER_WAY

        from .. import prefs

        index = host.snapshot().index
        places = Places(index)
        now = list(host.project.cards)
        for card in now:
            there = followed(card, places)
            if there.is_there:
                card.placement, card.fingerprint = there.placement, there.fingerprint(card)
                if card.state is CardState.STALE:
                    card.state, card.error = CardState.REVIEW if card.takes else CardState.READY, ""
            elif card.state not in UNDER_WAY:
                card.state, card.error = CardState.STALE, there.reason
        board = planned(index, host.project, min_frames=prefs.settings().min_frames)
        held = [card.placement for card in now]
        new = [
            card
            for card in board.cards
            if self.find
            and not any(one.track == card.placement.track and one.span.overlaps(card.placement.span) for one in held)
        ]
        if now or new:
            host.project.put(*now, *new)
        stale = sum(card.state == "stale" for card in now)
        return f"{len(now) + len(new)} cards, {len(new)} of them new" + (f", {stale} lost their place" if stale else "")


OPERATOR = RefreshCards
