# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a plate by the plane, the world or the compositor."""

from typing import TYPE_CHECKING

import bpy

from .plate import MODES, OnPlate

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateMode(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Shows this plate in another way; what the way from before had changed is put back"""

    bl_idname = "cutaway.plate_mode"
    bl_label = "Show Plate By"

    mode: bpy.props.EnumProperty(name="By", items=MODES)  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """One step of undo."""
        from .. import backdrop

        plate = self.chosen(host.scene)
        with host.undo_step(f"Cutaway: plate by the {self.mode}"):
            host.touched()
            backdrop.show_as(host.scene, plate, self.mode)
        return f"{plate.name} is shown by the {self.mode}"


OPERATOR = PlateMode
