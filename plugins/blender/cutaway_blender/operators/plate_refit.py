# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays a plate behind everything again, after the lens or the picture has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateRefit(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Makes the plane as large as the camera's picture is now, behind everything; costs nothing"""

    bl_idname = "cutaway.plate_refit"
    bl_label = "Refit"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """One step of undo; nothing is generated."""
        from .. import plates

        plate = self.chosen(host.scene)
        with host.undo_step("Cutaway: refit plate"):
            host.touched()
            distance = plates.refit(host.scene, plate)
        said = f"{plate.name} fits the camera again, {distance.value:.1f} away"
        if distance.hides:
            return f"{said}; the scene reaches farther than that: raise the camera's clip end and refit"
        return said


OPERATOR = PlateRefit
