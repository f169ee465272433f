# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a shot of its own that begins at the playhead."""

from typing import TYPE_CHECKING

import bpy

from .verb import Asking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class GenerateAtPlayhead(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes a shot that begins at the playhead: in the gap there, else on a channel above"""

    bl_idname = "cutaway.generate_at_playhead"
    bl_label = "Generate at Playhead"

    frames: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frames", description="How long; 0 is three seconds, or the gap where that is shorter", min=0, max=10_000
    )

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """The shot, as a card."""
        from cutaway.storyboard.asks import generation

        return [generation(host.snapshot().index, host.selection().playhead or 0, self.frames or None)]


OPERATOR = GenerateAtPlayhead
