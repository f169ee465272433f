# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model would be shown of a camera: made and looked at here, sent nowhere."""

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import busy, jobs
from .plate import LOOKS, SPANS, OnCamera

if TYPE_CHECKING:
    from collections.abc import Generator

    from ..host import BlenderHost
    from ..session import Session

TICK: Final = 0.05
"""Seconds from one frame of a clip to the next, for Blender to answer in."""


class PlatePreview(OnCamera, bpy.types.Operator):  # type: ignore[misc]
    """Shows in the image editor what a model would be shown; nothing is sent. Esc ends a clip"""

    bl_idname = "cutaway.plate_preview"
    bl_label = "Preview What Is Shown"

    look: bpy.props.EnumProperty(name="As", items=LOOKS)  # type: ignore[valid-type]
    clip: bpy.props.BoolProperty(name="Clip", description="All frames, not the first one alone")  # type: ignore[valid-type]
    span: bpy.props.EnumProperty(name="Frames", items=SPANS, default="PREVIEW")  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """A clip is rendered one frame a tick, so that Blender answers in between."""
        if not self.clip:
            return self.execute(context)
        from cutaway.errors import CutawayError

        try:
            self.frames = self._filmed(context.scene)
            self.share = next(self.frames)
        except CutawayError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Esc leaves no file."""
        from cutaway.errors import CutawayError

        if event.type == "ESC":
            return self._ended(context, {"CANCELLED"}, "the preview was ended; no clip was written")
        if event.type != "TIMER" or busy.reason():
            return {"PASS_THROUGH"}
        try:
            self.share = next(self.frames)
        except CutawayError as error:
            return self._ended(context, {"CANCELLED"}, str(error))
        except StopIteration:
            return self._ended(context, {"FINISHED"}, self._shown(context.scene))
        context.workspace.status_text_set(f"Cutaway: preview {self.share:.0%}   Esc: end it")
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """The first frame of the plate, or its clip; an image editor that is open shows it at once."""
        from .. import plate_view, plating

        if not self.clip:
            scene, camera = host.scene, plate_view.camera_of(bpy.context)
            first, _ = plate_view.span_of(scene, preview=self.span == "PREVIEW")
            plating.preview(scene, camera, first, look=self.look)
        else:
            for _ in self._filmed(host.scene):
                pass
        return self._shown(host.scene)

    def _ended(self, context: Any, how: set[str], said: str) -> set[str]:
        self.frames.close()
        context.window_manager.event_timer_remove(self.timer)
        context.workspace.status_text_set(None)
        jobs.session().say(said)
        jobs.redraw()
        self.report({"INFO"}, said)
        return how

    def _filmed(self, scene: Any) -> "Generator[float, None, None]":
        from .. import plate_view, plating

        camera = plate_view.camera_of(bpy.context)
        first, last = plate_view.span_of(scene, preview=self.span == "PREVIEW")
        return plating.film(scene, camera, first, last - first + 1, look=self.look)

    def _shown(self, scene: Any) -> str:
        """Puts the picture into the image editors that are open; what is said."""
        from .. import conditioning, plate_view, plating

        camera = plate_view.camera_of(bpy.context)
        first, last = plate_view.span_of(scene, preview=self.span == "PREVIEW")
        if self.clip:
            path = plating.clip_path(scene, camera, first, last - first + 1, self.look)
        else:
            path = plating.still_path(scene, self.look)
        image = conditioning.shown_in_blender(path)
        where = "in the image editor" if _shown_in_editors(image) else "an image of this file; an image editor shows it"
        what = f"frames {first} to {last}" if self.clip else f"frame {first}"
        return f"{image.name}: {what} of {camera.name}, {where}. Nothing was sent"


def _shown_in_editors(image: Any) -> int:
    """Puts an image into the image editors that are open; how many there are."""
    manager = bpy.context.window_manager
    areas = [area for window in manager.windows for area in window.screen.areas if area.type == "IMAGE_EDITOR"]
    for area in areas:
        area.spaces.active.image = image
        area.tag_redraw()
    return len(areas)


OPERATOR = PlatePreview
