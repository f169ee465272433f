# SPDX-License-Identifier: GPL-3.0-or-later
"""Two takes side by side, split in the middle of the picture: the left half of one, the right half of the other.

Both lie on channels above their place, are no part of the cut, and go when the comparison is asked for again.
"""

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from .verb import OnCard

if TYPE_CHECKING:
    from cutaway.storyboard.card import Card, Take

    from ..host import BlenderHost
    from ..session import Session

COMPARED: Final = "compare "
"""Before the id of the card, on strips that are only there to be looked at."""


class CompareTakes(OnCard, bpy.types.Operator):  # type: ignore[misc]
    """Shows this take on the left and another one on the right, above their place; once more ends it"""

    bl_idname = "cutaway.compare_takes"
    bl_label = "Compare Takes"

    other: bpy.props.StringProperty(name="Other take", description="The one before if empty", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """Begins it, or ends it."""
        from cutaway.errors import EditRefused

        from .. import placeholders

        card = self.chosen(host)
        with host.undo_step("Cutaway: compare takes"):
            if placeholders.remove(host, COMPARED + card.id):
                return f"{card.kind}: the comparison is over"
            take = card.take()
            if take is None or len(card.takes) < 2:
                raise EditRefused(f"this card has {len(card.takes)} takes; generate another one to compare")
            number = card.takes.index(take)
            other = card.take(self.other) if self.other else card.takes[number - 1]
            if other is None or other.id == take.id:
                raise EditRefused("choose another take to compare this one with")
            self._show(host, card, take, half="left")
            self._show(host, card, other, half="right")
        return f"{card.kind}: take {number + 1} on the left, {card.takes.index(other) + 1} on the right"

    def _show(self, host: "BlenderHost", card: "Card", take: "Take", *, half: str) -> Any:
        """One half of a take, on the next free channel above everything in its place."""
        from cutaway.errors import EditRefused

        from .. import identity

        scene = host.scene
        editor = compat.editor(scene, create=True)
        placed = next((one.span for one in host.placements() if one.card_id == card.id), card.placement.span)
        left = placed.start + scene.frame_start
        right = left + take.used_frames
        media = host.project.takes_folder / take.path
        if not media.is_file():
            raise EditRefused(f"its file is gone: {media}")
        lying = [s for s in compat.strips(editor) if compat.span(s)[0] < right and left < compat.span(s)[1]]
        channel = min(max((strip.channel for strip in lying), default=0) + 1, compat.MAX_CHANNEL)
        behind = max((compat.span(strip)[1] for strip in compat.strips(editor)), default=0) + 1000
        strip = compat.new_movie(editor, f"take {card.takes.index(take) + 1} {half}", str(media), channel, behind)
        identity.named(strip, card=COMPARED + card.id, role=identity.PLACEHOLDER)
        compat.show(strip, take.used_start, take.used_frames)
        compat.move_to(strip, left)
        width = int(strip.elements[0].orig_width) or scene.render.resolution_x
        strip.crop.max_x, strip.crop.min_x = (width // 2, 0) if half == "left" else (0, width // 2)
        strip.color_tag, strip.select, strip.blend_type = "COLOR_06", False, "ALPHA_OVER"
        host.touched()
        return strip


OPERATOR = CompareTakes
