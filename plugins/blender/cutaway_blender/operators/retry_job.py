# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes again what failed or was cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard, begun

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class RetryJob(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Makes this card again; a job that is still at the server is waited for"""

    bl_idname = "cutaway.retry_job"
    bl_label = "Retry"

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """With a placeholder again."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.job import ENDED

        from .. import placeholders

        card = self.chosen(host)
        job = desk.job(card.id)
        if job is not None and job.state not in ENDED:
            raise EditRefused("this card is being made already")
        begun(host, [card])
        desk.retry(host, card.id, placeholders.land)
        return f"{card.kind}: under way again"


OPERATOR = RetryJob
