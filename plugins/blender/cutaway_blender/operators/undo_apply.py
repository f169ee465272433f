# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a take out of the cut again, however long ago it was put there, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class UndoApply(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Takes the card's take out of the cut; exactly what was there comes back"""

    bl_idname = "cutaway.undo_apply"
    bl_label = "Take Out"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """The take of the chosen card; the last one that was placed where none is chosen."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.card import CardState

        there = host.placements()
        wanted = self.card or bpy.context.window_manager.cutaway.card
        placed = next((one for one in reversed(there) if not wanted or one.card_id.startswith(wanted)), None)
        if placed is None:
            raise EditRefused("no take of this card lies in the cut" if wanted else "no take lies in the cut")
        host.remove(placed)
        shown = next((one.take_id for one in host.placements() if one.card_id == placed.card_id), None)
        known = {card.id: card for card in host.project.cards}
        if placed.card_id in known:
            state = CardState.APPLIED if shown else CardState.REVIEW
            host.project.change(placed.card_id, applied_take=shown, state=state)
        return "the take is out of the cut; it stays with its card" if shown is None else "the take before it is back"


OPERATOR = UndoApply
