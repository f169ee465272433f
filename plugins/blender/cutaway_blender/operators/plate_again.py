# SPDX-License-Identifier: GPL-3.0-or-later
"""Another take of a plate, of the same words or of others."""

from typing import TYPE_CHECKING, Any

import bpy

from .plate import OnPlate, allowed, is_under_way

if TYPE_CHECKING:
    from ..host import BlenderHost
    from ..session import Session


class PlateAgain(OnPlate, bpy.types.Operator):  # type: ignore[misc]
    """Makes another take of this plate; the one that is seen stays until it comes"""

    bl_idname = "cutaway.plate_again"
    bl_label = "Another Take"

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Words", description="Those from before if empty", options={"SKIP_SAVE"}
    )
    seed: bpy.props.IntProperty(name="Seed", description="-1: another one each time", default=-1, min=-1)  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks with the words from before."""
        from .. import jobs, plate_clip, plate_view

        plate = plate_view.plate_of(context.scene, plate_view.camera_of(context))
        card = plate_clip.about(plate)["card"] if plate is not None else ""
        known = plate_view.known_card(jobs.current(), context.scene, card)
        self.prompt = known.prompt if known is not None else ""
        return set(context.window_manager.invoke_props_dialog(self, width=460))

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Refused while one is on its way."""
        from cutaway.errors import EditRefused

        from .. import plating

        allowed()
        plate = self.chosen(host.scene)
        card = self.card_of(host, plate)
        if is_under_way(desk, card.id):
            raise EditRefused("a take of this plate is being made; wait for it, or cancel it")
        plating.again(host.scene, plate, prompt=self.prompt or None, seed=None if self.seed < 0 else self.seed)
        return f"{plate.name}: take {len(card.takes) + 1} is under way"


OPERATOR = PlateAgain
