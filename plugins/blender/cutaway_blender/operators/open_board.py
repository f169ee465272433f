# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import: a board as a scene with a strip for each of its shots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from typing import Any

    from ..host import BlenderHost
    from ..session import Session


class OpenBoard(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Opens a board as a new scene: a strip and a card for each shot"""

    bl_idname = "cutaway.open_board"
    bl_label = "Import Cutaway Board"
    needs_strips = False

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks which."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """The new scene is shown."""
        from .. import boards

        made = boards.scene_of_board(desk, Path(bpy.path.abspath(self.filepath)))
        boards.shown(made.scene)
        return f"{made.scene.name}: {len(made.project.cards)} shots to make"


OPERATOR = OpenBoard
