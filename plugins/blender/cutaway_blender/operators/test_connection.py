# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the server who it is; what is wrong is said in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class TestConnection(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Asks the server who it is and which models it has; says exactly what is wrong"""

    bl_idname = "cutaway.test_connection"
    bl_label = "Test Connection"
    needs_strips = False

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """The answer comes by the pump; what forbids to ask is said at once."""
        from cutaway.errors import ConnectionFailed

        from .. import prefs

        now = prefs.settings()
        if now.obstacle:
            raise ConnectionFailed(now.obstacle)
        desk.ask_server()
        return f"asking {now.base_url or 'the runtime on this machine'} ({now.key_from})"


OPERATOR = TestConnection
