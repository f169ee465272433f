# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the card whose words, takes and seams the panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class ChooseCard(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Shows this card's words, takes and seams"""

    bl_idname = "cutaway.choose_card"
    bl_label = "Choose Card"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Nothing is said of it."""
        bpy.context.window_manager.cutaway.card = self.chosen(host).id
        return ""


OPERATOR = ChooseCard
