# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills gaps: at the playhead, between two selected strips, or all of them.

| A |gap| B |  ->  | A | C | B |
"""

from typing import TYPE_CHECKING

import bpy

from .verb import Asking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class FillGap(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes a shot for the gap at the playhead, between two selected strips, or for every gap"""

    bl_idname = "cutaway.fill_gap"
    bl_label = "Fill Gap"

    where: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Which",
        items=[
            ("AUTO", "Here", "Between two selected strips; at the playhead if not two are selected"),
            ("PLAYHEAD", "At the playhead", "The gap under the playhead"),
            ("SELECTED", "Between two selected", "The gap between the two selected strips"),
            ("ALL", "All gaps", "Every hole in the picture"),
        ],
    )

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """The gaps, as cards."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.asks import filling
        from cutaway.storyboard.board import board_of

        from .. import prefs

        index, there = host.snapshot().index, host.selection()
        if self.where == "ALL":
            board = board_of(index, min_frames=prefs.settings().min_frames)
            cards = [card for card in board.cards if card.kind == "fill"]
            if not cards:
                raise EditRefused("the picture has no gap" + "".join(f"; {note}" for note in board.notes))
            return cards
        if self.where == "SELECTED" or (self.where == "AUTO" and len(there.spans) == 2):
            spans = sorted(there.spans, key=lambda one: one[1].start)
            if len(spans) != 2 or spans[0][0] != spans[1][0]:
                raise EditRefused(f"select two strips of one channel; {len(spans)} shots are selected")
            (track, left), (_, right) = spans
            if left.end >= right.start:
                raise EditRefused("no gap lies between the two selected strips")
            return [filling(index, left.end, track=track)]
        return [filling(index, there.playhead or 0)]


OPERATOR = FillGap
