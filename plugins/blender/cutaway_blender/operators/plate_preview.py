# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model would be shown of a camera: made and looked at here, sent nowhere."""

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import busy, jobs
from .plate import LOOKS, SPANS, OnCamera

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

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
            self.path, self.what, self.frames = self._filmed(context.scene)
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
        except StopIteration:
            return self._ended(context, {"FINISHED"}, _shown(self.path, self.what))
        except (CutawayError, OSError, RuntimeError) as error:  # what Blender cannot render is a RuntimeError
            return self._ended(context, {"CANCELLED"}, str(error))
        context.workspace.status_text_set(f"Cutaway: preview {self.share:.0%}   Esc: end it")
        return {"RUNNING_MODAL"}

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """The first frame of the plate, or its clip; an image editor that is open shows it at once."""
        from .. import plate_view, plating

        if self.clip:
            path, what, rendering = self._filmed(host.scene)
            for _ in rendering:
                pass
            return _shown(path, what)
        camera = plate_view.camera_of(bpy.context)
        first, _ = plate_view.span_of(host.scene, preview=self.span == "PREVIEW")
        return _shown(plating.preview(host.scene, camera, first, look=self.look), f"frame {first} of {camera.name}")

    def _ended(self, context: Any, how: set[str], said: str) -> set[str]:
        self.frames.close()
        context.window_manager.event_timer_remove(self.timer)
        context.workspace.status_text_set(None)
        jobs.session().say(said)
        jobs.redraw()
        self.report({"INFO"}, said)
        return how

    def _filmed(self, scene: Any) -> "tuple[Path, str, Generator[float, None, None]]":
        """The file that a clip will be, what is in it, and its rendering, a frame a step."""
        from .. import plate_view, plating

        camera = plate_view.camera_of(bpy.context)
        first, last = plate_view.span_of(scene, preview=self.span == "PREVIEW")
        asked = (scene, camera, first, last - first + 1)
        path = plating.clip_path(*asked, self.look)
        return path, f"frames {first} to {last} of {camera.name}", plating.film(*asked, look=self.look)


def _shown(path: "Path", what: str) -> str:
    """Puts a picture or a clip into the image editors that are open; what is said."""
    from .. import conditioning

    image = conditioning.shown_in_blender(path)
    where = "in the image editor" if _shown_in_editors(image) else "an image of this file; an image editor shows it"
    return f"{image.name}: {what}, {where}. Nothing was sent"


def _shown_in_editors(image: Any) -> int:
    """Puts an image into the image editors that are open; how many there are."""
    manager = bpy.context.window_manager
    areas = [area for window in manager.windows for area in window.screen.areas if area.type == "IMAGE_EDITOR"]
    for area in areas:
        area.spaces.active.image = image
        area.tag_redraw()
    return len(areas)


OPERATOR = PlatePreview
