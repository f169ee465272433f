# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Export: the sequence as an OpenTimelineIO file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .verb import OnDesk

if TYPE_CHECKING:
    from typing import Any

    from ..host import BlenderHost
    from ..session import Session


class ExportOtio(OnDesk, bpy.types.Operator):  # type: ignore[misc]
    """Writes the sequence as an OpenTimelineIO file"""

    bl_idname = "cutaway.export_otio"
    bl_label = "Export OpenTimelineIO"
    filename_ext = ".otio"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: bpy.props.StringProperty(default="*.otio", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks where to."""
        self.filepath = self.filepath or f"{Path(bpy.data.filepath).stem or 'sequence'}.otio"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: Session, host: BlenderHost) -> str:
        """Another file is made or replaced, whole."""
        from .. import boards

        path = boards.written(
            Path(bpy.path.abspath(self.filepath)).with_suffix(".otio"), host.snapshot().document.text()
        )
        return f"{host.scene.name} was written to {path.name}"


OPERATOR = ExportOtio
