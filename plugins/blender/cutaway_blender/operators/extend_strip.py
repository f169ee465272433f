# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a shot longer, at its head or its tail.

| A |  gap  |  ->  | A | more |gap|
"""

from typing import TYPE_CHECKING

import bpy

from .verb import Asking, spot_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class ExtendStrip(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes the selected strip longer by so many frames, which are generated"""

    bl_idname = "cutaway.extend_strip"
    bl_label = "Extend Strip"

    edge: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="At its",
        items=[("tail", "Tail", "What comes after its last frame"), ("head", "Head", "What was before its first")],
    )
    frames: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Frames", description="How many; 0 is a second, or the gap where that is shorter", min=0, max=1000
    )
    room: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Room",
        items=[
            ("gap", "From the gap", "The gap beside it gets shorter"),
            ("roll", "From the neighbour", "The neighbour gives up frames at the cut"),
            ("ripple", "Move what is behind", "On this channel"),
            ("ripple_all", "Move all channels", "What is behind moves on every channel"),
        ],
    )

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """The extension, as a card."""
        from cutaway.timeline.edits import Room
        from cutaway.wire import Verb

        return [spot_card(host, Verb.EXTEND, frames=self.frames or None, edge=self.edge, room=Room(self.room))]


OPERATOR = ExtendStrip
