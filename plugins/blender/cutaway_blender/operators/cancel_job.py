# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends what is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class CancelJob(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Ends this job, at the server too; its placeholder goes"""

    bl_idname = "cutaway.cancel_job"
    bl_label = "Cancel"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Only what has not ended yet."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.job import ENDED

        wanted = self.card or bpy.context.window_manager.cutaway.card
        job = desk.job(wanted)
        if job is None or job.state in ENDED:
            raise EditRefused("this card is not being made")
        desk.cancel(job.card_id)
        return "cancelled"


OPERATOR = CancelJob
