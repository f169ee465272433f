# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Export: the sequence as a board, to be made another version of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from typing import Any

    from ..host import BlenderHost
    from ..session import Session


class SaveBoard(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Writes the shots of the sequence, their words and lengths, as a board"""

    bl_idname = "cutaway.save_board"
    bl_label = "Export Cutaway Board"
    filename_ext = ".json"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks where to."""
        self.filepath = self.filepath or f"{Path(bpy.data.filepath).stem or 'sequence'}.json"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Another file is made or replaced, whole."""
        from .. import boards

        sheet = boards.board_of_scene(host)
        path = boards.written(Path(bpy.path.abspath(self.filepath)).with_suffix(".json"), sheet.text())
        return f"{len(sheet.shots)} shots were written to {path.name}"


OPERATOR = SaveBoard
