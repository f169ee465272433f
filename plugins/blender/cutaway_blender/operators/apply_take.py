# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a take into the cut."""

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class ApplyTake(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Puts the card's take into its place, or on a channel above"""

    bl_idname = "cutaway.apply_take"
    bl_label = "Apply Take"

    take: bpy.props.StringProperty(name="Take", description="Its id; the active one if empty", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    above: bpy.props.BoolProperty(name="On a channel above", description="Whatever lies in its place stays")  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """One step of undo; a placeholder of the card goes with it."""
        from cutaway.errors import EditRefused
        from cutaway.hosts.assembly import put_take

        from .. import placeholders

        card = self.chosen(host)
        take = card.take(self.take or None)
        if take is None:
            raise EditRefused("this card has no take yet; generate one" if not self.take else f"no take {self.take}")
        with host.undo_step(f"Cutaway: apply {card.kind}"):
            outcome = put_take(host, card, take, above=self.above)
            if outcome.placed is None:
                raise EditRefused(outcome.refusal)
            placeholders.remove(host, card.id)
        return f"{card.kind} lies in its place" + "".join(f"; {note}" for note in outcome.placed.notes)


OPERATOR = ApplyTake
