# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import: an OpenTimelineIO file as a scene of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from typing import Any

    from ..host import BlenderHost
    from ..session import Session


class ImportOtio(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Opens an OpenTimelineIO file as a new scene with strips"""

    bl_idname = "cutaway.import_otio"
    bl_label = "Import OpenTimelineIO"
    needs_strips = False

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: bpy.props.StringProperty(default="*.otio", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks which."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """What could not be brought along is said."""
        from .. import boards

        scene, notes = boards.scene_of_cut(Path(bpy.path.abspath(self.filepath)), like=host.scene)
        boards.shown(scene)
        return f"{scene.name} is a scene now" + "".join(f"; {note}" for note in notes)


OPERATOR = ImportOtio
