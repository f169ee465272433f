# SPDX-License-Identifier: GPL-3.0-or-later
"""Leads one shot into the next by a take over their cut.

|   A   |   B   |  ->  |  A | blend | B  |
"""

from typing import TYPE_CHECKING

import bpy

from .verb import Asking, spot_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class BlendStrips(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes a shot over the cut between the selected strip and the next one"""

    bl_idname = "cutaway.blend_strips"
    bl_label = "Blend Strips"

    frames: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frames", description="How long, half of it before the cut; 0 is a second", min=0, max=1000
    )

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """The blend, as a card; of two selected strips over the cut between them."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.asks import BLEND_SECONDS, blending, shot_at
        from cutaway.wire import Verb

        spans = sorted(host.selection().spans, key=lambda one: one[1].start)
        if len(spans) != 2:
            return [spot_card(host, Verb.BLEND, frames=self.frames or None)]
        (track, left), (other, right) = spans
        if track != other or left.end != right.start:
            raise EditRefused("the two selected strips do not meet; fill the gap between them, or move them together")
        index = host.snapshot().index
        return [blending(index, shot_at(index, left.start, track), self.frames or index.rate.frames(BLEND_SECONDS))]


OPERATOR = BlendStrips
