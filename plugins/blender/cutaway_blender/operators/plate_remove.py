# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a plate out of the scene; its takes stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate, is_under_way

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateRemove(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Takes this plate out, and puts back what it had changed; its takes stay in their folder"""

    bl_idname = "cutaway.plate_remove"
    bl_label = "Remove Plate"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """One step of undo; what is being made for it is cancelled."""
        from .. import plate_clip, plates

        plate = self.chosen(host.scene)
        name, card = plate.name, plate_clip.about(plate)["card"]
        if is_under_way(desk, card):
            desk.cancel(card)
        with host.undo_step("Cutaway: remove plate"):
            host.touched()
            plates.remove(host.scene, plate)
        return f"{name} was removed; its takes stay in {host.project.takes_folder}"


OPERATOR = PlateRemove
