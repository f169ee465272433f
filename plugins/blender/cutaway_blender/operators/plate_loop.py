# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a plate begin again where it ends."""

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateLoop(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Begins the clip again where it ends, or holds its last frame"""

    bl_idname = "cutaway.plate_loop"
    bl_label = "Loop Plate"

    on: bpy.props.BoolProperty(name="Again and again", default=True)  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """One step of undo."""
        from .. import plates

        plate = self.chosen(host.scene)
        with host.undo_step("Cutaway: loop plate"):
            host.touched()
            plates.loop(plate, on=self.on)
        return f"{plate.name} " + ("begins again where it ends" if self.on else "holds its last frame")


OPERATOR = PlateLoop
