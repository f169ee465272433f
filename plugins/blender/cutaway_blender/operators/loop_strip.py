# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a shot anew so that its last frame leads into its first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .verb import Asking, spot_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class LoopStrip(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes the selected strip loop: its last frame leads into its first"""

    bl_idname = "cutaway.loop_strip"
    bl_label = "Loop Strip"

    def cards(self, host: BlenderHost) -> Sequence[Card]:
        """The loop, as a card."""
        from cutaway.wire import Verb

        return [spot_card(host, Verb.LOOP)]


OPERATOR = LoopStrip
