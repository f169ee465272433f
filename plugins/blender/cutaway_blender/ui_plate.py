# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab "Cutaway" in the 3D view's sidebar: the plate of the camera, before it is asked for and after.

Drawing makes, reads and asks nothing. What is shown stands in `plate_view`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from . import jobs, prefs
from .ui import sentence

if TYPE_CHECKING:
    from . import plate_view


class _InView:
    """A panel of the 3D view."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Cutaway"


class CUTAWAY_PT_plate(_InView, bpy.types.Panel):  # type: ignore[misc]
    """What would be asked for, and what would leave this machine."""

    bl_label = "Background Plate"

    def draw(self, context: Any) -> None:
        """Camera, frames, size, rate; look first, then make."""
        from . import plate_view

        layout, camera = self.layout, plate_view.camera_of(context)
        if camera is None:
            layout.label(text="Add a camera: a plate lies behind it", icon="INFO")
            return
        column = layout.column(align=True)
        wanted = plate_view.wanted(context.scene, camera)
        for text, icon in zip(wanted.lines, ("CAMERA_DATA", "TIME", "IMAGE_DATA", "PREVIEW_RANGE"), strict=True):
            column.label(text=text, icon=icon)
        settings, desk = prefs.settings(), jobs.current()
        for text in plate_view.made_of(wanted, desk.server if desk is not None else None, settings):
            sentence(column, text, "INFO")
        sentence(layout, plate_view.leaves(settings, "NONE"), "LOCKED" if settings.is_local else "URL")
        if settings.obstacle:
            sentence(layout, settings.obstacle, "ERROR")
        looks = layout.column(align=True)
        for text, clip in (("Preview Still", False), ("Preview Clip", True)):
            shown = looks.operator_menu_enum("cutaway.plate_preview", "look", text=text, icon="HIDE_OFF")
            shown.clip = clip
        layout.operator("cutaway.plate_make", text="Make Plate", icon="ADD")


class CUTAWAY_PT_plate_there(_InView, bpy.types.Panel):  # type: ignore[misc]
    """The plate that is seen now."""

    bl_label = "This Plate"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where the camera has one."""
        from . import plate_view

        return plate_view.plate_of(context.scene, plate_view.camera_of(context)) is not None

    def draw(self, context: Any) -> None:
        """How far it is, whether it still fits, its takes, how it is shown, its colours."""
        from . import backdrop, plate_clip, plate_view

        layout, scene, desk = self.layout, context.scene, jobs.current()
        plate = plate_view.plate_of(scene, plate_view.camera_of(context))
        if plate is None:
            return
        card_id = plate_clip.about(plate)["card"]
        card = plate_view.known_card(desk, scene, card_id)
        now = plate_view.stage(scene, plate, card, desk.job(card_id) if desk is not None else None)
        sentence(layout, now.title, "FILE_MOVIE")
        layout.label(text=f"Frames {now.where}: {now.state}", icon="TIME")
        if now.progress is not None:
            line = layout.row(align=True)
            line.progress(factor=now.progress, text=f"{now.state} {now.progress:.0%}")
            line.operator("cutaway.cancel_job", text="", icon="X").card = card_id
        if now.error:
            sentence(layout, now.error, "ERROR")
        if now.camera_changed:
            box = layout.column(align=True)
            box.label(text="Camera changed since this plate", icon="ERROR")
            line = box.row(align=True)
            line.operator("cutaway.plate_refit", text="Refit (free)", icon="FULLSCREEN_ENTER")
            line.operator("cutaway.plate_again", text="Regenerate", icon="FILE_REFRESH")
        _takes(layout, now)
        line = layout.row(align=True)
        for mode in backdrop.MODES:
            by = line.operator("cutaway.plate_mode", text=mode.capitalize(), depress=mode == now.mode)
            by.mode = mode
        line = layout.row(align=True)
        loop = "Loop" if now.is_loop else "No loop"
        line.operator_menu_enum("cutaway.plate_loop", "how", text=loop, icon="LOOP_FORWARDS")
        if not now.camera_changed:
            line.operator("cutaway.plate_refit", icon="FULLSCREEN_ENTER")
        line.operator("cutaway.plate_remove", text="", icon="TRASH")
        if note := plate_view.colour_note(scene):
            sentence(layout, note, "COLOR")
            layout.operator("cutaway.plate_match_colours", icon="RESTRICT_COLOR_ON")
        if desk is not None and desk.said:
            sentence(layout, desk.said[-1], "DOT")


def _takes(layout: Any, now: plate_view.Stage) -> None:
    line = layout.row(align=True)
    if len(now.takes) > 1:
        line.operator("cutaway.plate_take", text="", icon="TRIA_LEFT").by = -1
        line.operator("cutaway.plate_take", text="", icon="TRIA_RIGHT").by = 1
    line.operator("cutaway.plate_again", icon="FILE_REFRESH")
    column = layout.column(align=True)
    for take_id, text, is_seen in now.takes:
        icon = "CHECKMARK" if is_seen else "DOT"
        column.operator("cutaway.plate_take", text=f"take {text}", icon=icon, depress=is_seen).take = take_id


PANELS: Final[tuple[Any, ...]] = (CUTAWAY_PT_plate, CUTAWAY_PT_plate_there)
"""In the order in which they are seen."""


def register() -> None:
    """Makes the panels known to Blender."""
    for panel in PANELS:
        bpy.utils.register_class(panel)


def unregister() -> None:
    """Takes them away."""
    for panel in reversed(PANELS):
        bpy.utils.unregister_class(panel)
