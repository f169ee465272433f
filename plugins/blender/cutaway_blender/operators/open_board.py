# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import: a board as a scene with a strip for each of its shots."""

from typing import TYPE_CHECKING

import bpy

from .file_verb import FromFile

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class OpenBoard(FromFile, bpy.types.Operator):  # type: ignore[misc]
    """Opens a board as a new scene: a strip and a card for each shot"""

    bl_idname = "cutaway.open_board"
    bl_label = "Import Cutaway Board"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """The new scene is shown."""
        from .. import boards

        made = boards.scene_of_board(desk, self.path)
        boards.shown(made.scene)
        return f"{made.scene.name}: {len(made.project.cards)} shots to make"


OPERATOR = OpenBoard
