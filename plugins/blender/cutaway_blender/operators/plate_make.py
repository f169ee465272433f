# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for a plate behind a camera; clay stands there until it comes."""

from typing import TYPE_CHECKING, Any

import bpy

from .plate import LOOKS, MODES, SPANS, OnCamera, allowed

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateMake(OnCamera, bpy.types.Operator):  # type: ignore[misc]
    """Makes a clip behind everything the camera sees, as long and as large as the scene renders"""

    bl_idname = "cutaway.plate_make"
    bl_label = "Background Plate"

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Words", description="What is behind everything", options={"SKIP_SAVE"}
    )
    span: bpy.props.EnumProperty(name="Frames", items=SPANS, default="PREVIEW")  # type: ignore[valid-type]
    shown: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Shown",
        description="What the model is shown of the scene; look at it with Preview first",
        items=(("NONE", "Words alone", "Nothing of the scene is sent"), *LOOKS),
    )
    clip: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="All frames",
        description="The clip that was previewed goes along, not its first frame alone; the plate moves as it does",
    )
    loops: bpy.props.BoolProperty(name="Loop", description="Its end is to run into its start")  # type: ignore[valid-type]
    mode: bpy.props.EnumProperty(name="By", description="How it is shown", items=MODES)  # type: ignore[valid-type]
    negative_prompt: bpy.props.StringProperty(name="Not", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    seed: bpy.props.IntProperty(name="Seed", description="-1: another one each time", default=-1, min=-1)  # type: ignore[valid-type]
    style: bpy.props.StringProperty(name="Style", description="A preset of the server")  # type: ignore[valid-type]
    model: bpy.props.StringProperty(name="Model", description="The server's own choice if empty")  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks for the words first."""
        return set(context.window_manager.invoke_props_dialog(self, width=460))

    def draw(self, context: Any) -> None:
        """Fields, what they come to, and what leaves this machine."""
        from .. import jobs, plate_view, prefs
        from ..rows import wrapped

        layout = self.layout
        layout.use_property_split = True
        for name in ("prompt", "negative_prompt", "span", "shown", "clip", "loops", "mode", "seed", "style", "model"):
            if name != "clip" or self.shown != "NONE":
                layout.prop(self, name)
        column = layout.column(align=True)
        wanted = plate_view.wanted(context.scene, plate_view.camera_of(context), preview=self.span == "PREVIEW")
        settings, desk = prefs.settings(), jobs.current()
        leaves = plate_view.leaves(settings, self.shown, clip=self.clip)
        made = plate_view.made_of(wanted, desk.server if desk is not None else None, settings, self.model)
        for text in (*wanted.lines, *made, *wrapped(leaves, 60)):
            column.label(text=text)

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """One step of undo; what arrives later is another one."""
        from .. import plate_view, plating

        allowed()
        scene, camera = host.scene, plate_view.camera_of(bpy.context)
        first, last = plate_view.span_of(scene, preview=self.span == "PREVIEW")
        with host.undo_step(f"Cutaway: plate behind {camera.name}"):
            host.touched()
            plating.ask(
                scene,
                camera,
                self.prompt,
                first=first,
                frames=last - first + 1,
                shown=None if self.shown == "NONE" else self.shown,
                clip=self.clip and self.shown != "NONE",
                loops=self.loops,
                mode=self.mode,
                negative_prompt=self.negative_prompt,
                seed=None if self.seed < 0 else self.seed,
                style=self.style or None,
                model=self.model or None,
            )
        return f"plate behind {camera.name}, frames {first} to {last}: under way; clay stands there until it comes"


OPERATOR = PlateMake
