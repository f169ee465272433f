# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a card off the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class DropCard(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Takes this card off the board; what lies in the cut stays, its takes stay on disk"""

    bl_idname = "cutaway.drop_card"
    bl_label = "Drop Card"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Not while it is made."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.job import ENDED

        card = self.chosen(host)
        job = desk.job(card.id)
        if card.locked or (job is not None and job.state not in ENDED):
            raise EditRefused(f"this card is {'locked' if card.locked else 'being made; cancel it first'}")
        host.project.drop([card])
        bpy.context.window_manager.cutaway.card = ""
        return f"{card.kind}: off the board; its takes stay on disk"


OPERATOR = DropCard
