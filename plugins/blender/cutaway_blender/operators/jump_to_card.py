# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves the playhead to the place of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class JumpToCard(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Moves the playhead to the place of this card"""

    bl_idname = "cutaway.jump_to_card"
    bl_label = "Jump to Card"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Where its take lies now; else where its place is."""
        card = self.chosen(host)
        lies = next((placed.span.start for placed in host.placements() if placed.card_id == card.id), None)
        host.reveal(card.placement.start if lies is None else lies)
        bpy.context.window_manager.cutaway.card = card.id
        return ""


OPERATOR = JumpToCard
