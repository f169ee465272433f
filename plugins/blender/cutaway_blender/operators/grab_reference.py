# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture at the playhead becomes a reference of a card."""

from typing import TYPE_CHECKING

import bpy

from .verb import OnCard

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class GrabReference(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Gives the picture under the playhead to the chosen card, as a picture to go by"""

    bl_idname = "cutaway.grab_reference"
    bl_label = "Grab Frame as Reference"

    role: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="As",
        items=[
            ("first", "First frame", "The shot starts from it"),
            ("last", "Last frame", "The shot arrives at it"),
            ("style", "Style", "How it should look"),
            ("subject", "Subject", "Who or what should be seen"),
        ],
    )

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Rendered by Blender, kept beside the takes; the one of the same role is replaced."""
        from cutaway.storyboard.card import CardReference, Role

        card = self.chosen(host)
        frame = host.selection().playhead or 0
        role = Role(self.role)
        path = host.frame_at(frame, host.project.frames_folder / f"{card.id[:8]}-{role}-{frame}.png")
        kept = [one for one in card.references if one.role is not role]
        host.project.change(card.id, references=[*kept, CardReference(role=role, path=str(path))])
        return f"{card.kind}: frame {frame + host.scene.frame_start} is its {role} reference"


OPERATOR = GrabReference
