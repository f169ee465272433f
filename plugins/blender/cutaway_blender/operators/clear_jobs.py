# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that have ended are no longer listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class ClearJobs(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Jobs that have ended are no longer listed"""

    bl_idname = "cutaway.clear_jobs"
    bl_label = "Clear Ended Jobs"
    needs_strips = False

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """What was said goes too."""
        desk.said.clear()
        desk.clear()
        return ""


OPERATOR = ClearJobs
