# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a plate begin again where it ends: as it is, dissolved here, or made anew by the server so that it fits."""

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate, allowed, is_under_way

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateLoop(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Begins the clip again where it ends, or holds its last frame"""

    bl_idname = "cutaway.plate_loop"
    bl_label = "Loop Plate"

    how: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="How",
        items=[
            ("OFF", "No loop", "The last frame is held"),
            ("JOIN", "As it is", "The first frame follows the last one, whether they fit or not"),
            ("DISSOLVE", "Dissolve", "Another take, made on this machine: its end dissolves into its start"),
            ("ASK", "Ask for a loop", "Another take, made by the server: its end runs into its start"),
        ],
        default="JOIN",
    )

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """One step of undo; another take is one of its own, when it is there."""
        from cutaway.errors import EditRefused

        from .. import plates, plating

        plate = self.chosen(host.scene)
        if self.how == "DISSOLVE":
            plating.dissolve(host.scene, plate)
            return f"{plate.name}: a loop is being made"
        if self.how == "ASK":
            allowed()
            if is_under_way(desk, self.card_of(host, plate).id):
                raise EditRefused("a take of this plate is being made; wait for it, or cancel it")
            plating.again(host.scene, plate, loops=True)
            return f"{plate.name}: a take whose end runs into its start is under way"
        with host.undo_step("Cutaway: loop plate"):
            host.touched()
            plates.loop(plate, on=self.how == "JOIN")
        return f"{plate.name} {'begins again where it ends' if self.how == 'JOIN' else 'holds its last frame'}"


OPERATOR = PlateLoop
