# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the next or the previous take of a card, in the cut too where one lies there."""

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class SwitchTake(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Shows the next or the previous take of the card; in the cut too, where one of them lies there"""

    bl_idname = "cutaway.switch_take"
    bl_label = "Switch Take"

    by: bpy.props.IntProperty(name="By", default=1, min=-1000, max=1000)  # type: ignore[valid-type]
    take: bpy.props.StringProperty(name="Take", description="Its id; counted by `by` if empty", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Behind the last comes the first."""
        from cutaway.errors import EditRefused
        from cutaway.hosts.assembly import show_take

        card = self.chosen(host)
        now = card.take()
        if now is None:
            raise EditRefused("this card has no take yet; generate one")
        ids = [take.id for take in card.takes]
        number = (ids.index(now.id) + self.by) % len(ids)
        take = card.take(self.take) if self.take else card.takes[number]
        if take is None:
            raise EditRefused(f"this card has no take {self.take}")
        if any(placed.card_id == card.id for placed in host.placements()):
            outcome = show_take(host, card, take)
            if outcome.refusal:
                raise EditRefused(outcome.refusal)
        else:
            host.project.change(card.id, active_take=take.id)
        return f"{card.kind}: take {ids.index(take.id) + 1} of {len(ids)}"


OPERATOR = SwitchTake
