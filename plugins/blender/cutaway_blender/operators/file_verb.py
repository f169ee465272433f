# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs of File > Import and File > Export share: which file, asked by Blender's own dialog."""

from pathlib import Path
from typing import Any

import bpy

from .verb import OnDesk


class FromFile(OnDesk):
    """A verb that reads a file."""

    needs_strips = False
    filename_ext = ""
    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]

    @property
    def path(self) -> Path:
        """The file that was chosen."""
        return Path(bpy.path.abspath(self.filepath))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks which."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class ToFile(FromFile):
    """A verb that writes a file, named after the .blend where nothing else is said."""

    needs_strips = True

    @property
    def path(self) -> Path:
        """The file that was chosen, with the ending of what is written into it."""
        return super().path.with_suffix(self.filename_ext)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Asks where to."""
        self.filepath = self.filepath or f"{Path(bpy.data.filepath).stem or 'sequence'}{self.filename_ext}"
        return super().invoke(context, event)
