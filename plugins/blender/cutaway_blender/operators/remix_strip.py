# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a shot anew, or the part of it from in to out.

|    A    |  ->  | A | new | A |
"""

from typing import TYPE_CHECKING

import bpy

from .verb import Asking, spot_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class RemixStrip(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes the selected strip anew; only from in to out where the preview range lies in it"""

    bl_idname = "cutaway.remix_strip"
    bl_label = "Remix Strip"

    above: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="On a channel above", description="The strip stays as it is; the take lies over it"
    )

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """The shot or its part, as a card."""
        from cutaway.wire import Verb

        return [spot_card(host, Verb.REMIX, overlay=self.above)]


OPERATOR = RemixStrip
