# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets the scene's view so that plates keep their colours; only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .plate import OnPlate

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateMatchColours(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Sets the scene's view transform to Standard, so that the render gives back the plate's colours"""

    bl_idname = "cutaway.plate_match_colours"
    bl_label = "Match Plate Colours"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """One step of undo; says what it was before."""
        from .. import backdrop

        with host.undo_step("Cutaway: match plate colours"):
            host.touched()
            before = backdrop.match_colours(host.scene)
        return f"the scene's view is Standard now; it was {before}. Everything in the render looks different by that"


OPERATOR = PlateMatchColours
