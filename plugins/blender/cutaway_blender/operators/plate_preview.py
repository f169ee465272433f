# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model would be shown of a camera: made and looked at here, sent nowhere."""

from typing import TYPE_CHECKING, Any

import bpy

from .plate import LOOKS, SPANS, OnCamera

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlatePreview(OnCamera, bpy.types.Operator):  # type: ignore[misc]
    """Shows in the image editor what a model would be shown; nothing is sent"""

    bl_idname = "cutaway.plate_preview"
    bl_label = "Preview What Is Shown"

    look: bpy.props.EnumProperty(name="As", items=LOOKS)  # type: ignore[valid-type]
    span: bpy.props.EnumProperty(name="Frames", items=SPANS, default="PREVIEW")  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """The first frame of the plate; an image editor that is open shows it at once."""
        from .. import conditioning, plate_view, plating

        scene, camera = host.scene, plate_view.camera_of(bpy.context)
        first, _ = plate_view.span_of(scene, preview=self.span == "PREVIEW")
        image = conditioning.shown_in_blender(plating.preview(scene, camera, first, look=self.look))
        shown = _shown_in_editors(image)
        where = "in the image editor" if shown else "as an image of this file; open an image editor to see it"
        return f"{image.name}: frame {first} of {camera.name}, {where}. Nothing was sent"


def _shown_in_editors(image: Any) -> int:
    """Puts an image into the image editors that are open; how many there are."""
    manager = bpy.context.window_manager
    areas = [area for window in manager.windows for area in window.screen.areas if area.type == "IMAGE_EDITOR"]
    for area in areas:
        area.spaces.active.image = image
        area.tag_redraw()
    return len(areas)


OPERATOR = PlatePreview
