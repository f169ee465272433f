# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Export: the sequence as a board, to be made another version of."""

from typing import TYPE_CHECKING

import bpy

from .file_verb import ToFile

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class SaveBoard(ToFile, bpy.types.Operator):  # type: ignore[misc]
    """Writes the shots of the sequence, their words and lengths, as a board"""

    bl_idname = "cutaway.save_board"
    bl_label = "Export Cutaway Board"
    filename_ext = ".json"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Another file is made or replaced, whole."""
        from .. import boards

        sheet = boards.board_of_scene(host)
        path = boards.written(self.path, sheet.text())
        return f"{len(sheet.shots)} shots were written to {path.name}"


OPERATOR = SaveBoard
