# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a card made: its first take, or one more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard, begun

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class MakeCard(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Makes a take of this card, or one more"""

    bl_idname = "cutaway.make_card"
    bl_label = "Generate"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Into the queue, with a placeholder."""
        from .. import placeholders

        card = self.chosen(host)
        begun(host, [card])
        desk.make(host, card.id, land=placeholders.land)
        return f"{card.kind}: under way"


OPERATOR = MakeCard
