# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Export: the sequence as an OpenTimelineIO file."""

from typing import TYPE_CHECKING

import bpy

from .file_verb import ToFile

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class ExportOtio(ToFile, bpy.types.Operator):  # type: ignore[misc]
    """Writes the sequence as an OpenTimelineIO file"""

    bl_idname = "cutaway.export_otio"
    bl_label = "Export OpenTimelineIO"
    filename_ext = ".otio"

    filter_glob: bpy.props.StringProperty(default="*.otio", options={"HIDDEN"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Another file is made or replaced, whole."""
        from .. import boards

        path = boards.written(self.path, host.snapshot().document.text())
        return f"{host.scene.name} was written to {path.name}"


OPERATOR = ExportOtio
