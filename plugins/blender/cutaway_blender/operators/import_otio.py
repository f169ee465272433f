# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import: an OpenTimelineIO file as a scene of its own."""

from typing import TYPE_CHECKING

import bpy

from .file_verb import FromFile

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class ImportOtio(FromFile, bpy.types.Operator):  # type: ignore[misc]
    """Opens an OpenTimelineIO file as a new scene with strips"""

    bl_idname = "cutaway.import_otio"
    bl_label = "Import OpenTimelineIO"

    filter_glob: bpy.props.StringProperty(default="*.otio", options={"HIDDEN"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """What could not be brought along is said."""
        from .. import boards

        scene, notes = boards.scene_of_cut(self.path, like=host.scene)
        boards.shown(scene)
        return f"{scene.name} is a scene now" + "".join(f"; {note}" for note in notes)


OPERATOR = ImportOtio
