# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the next or the previous take of a plate."""

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateTake(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Shows the next or the previous take of this plate, in the same place"""

    bl_idname = "cutaway.plate_take"
    bl_label = "Switch Take of Plate"

    by: bpy.props.IntProperty(name="By", default=1, min=-1000, max=1000)  # type: ignore[valid-type]
    take: bpy.props.StringProperty(name="Take", description="Its id; counted by `by` if empty", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Behind the last comes the first."""
        from cutaway.errors import EditRefused

        from .. import plate_clip, plating

        plate = self.chosen(host.scene)
        card = self.card_of(host, plate)
        ids = [take.id for take in card.takes]
        if not ids:
            raise EditRefused(f"{plate.name} has no take yet")
        seen = plate_clip.about(plate)["take"]
        number = (ids.index(seen) + self.by) % len(ids) if seen in ids else 0
        take = card.take(self.take) if self.take else card.takes[number]
        if take is None:
            raise EditRefused(f"{plate.name} has no take {self.take}")
        plating.show_take(host.scene, plate, take)
        return f"{plate.name}: take {ids.index(take.id) + 1} of {len(ids)}"


OPERATOR = PlateTake
