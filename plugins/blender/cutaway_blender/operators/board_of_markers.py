# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards from what the editor wrote into the timeline: markers, or titles. Their text is what should be seen."""

from typing import TYPE_CHECKING

import bpy

from .. import compat
from .verb import Asking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card

    from ..host import BlenderHost


class BoardOfMarkers(Asking, bpy.types.Operator):  # type: ignore[misc]
    """Makes a card for each marker, up to the next one, or for each text strip; their text says what is seen"""

    bl_idname = "cutaway.board_of_markers"
    bl_label = "Board from Markers"
    needs_strips = False

    source: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="From",
        items=[
            ("MARKERS", "Markers", "From each marker to the next one, or to the end of the scene"),
            ("TEXT", "Text strips", "As long as each of them"),
        ],
    )
    start: bpy.props.BoolProperty(name="Generate now", default=False)  # type: ignore[valid-type]

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """A card each; in an empty sequence a colour strip each too, which the take will cover."""
        from cutaway.errors import EditRefused

        from .. import boards

        scene = host.scene
        written = _markers(scene) if self.source == "MARKERS" else _titles(scene)
        if not written:
            what = "markers" if self.source == "MARKERS" else "text strips"
            raise EditRefused(f"there are no {what} with words in this scene, between its first and last frame")
        if not host.snapshot().index.video_tracks:
            with host.undo_step("Cutaway: board"):
                boards.described(host, written)
        return boards.asked(host, written)


def _markers(scene: bpy.types.Scene) -> list[tuple[str, int, int]]:
    """Words, first frame and the frame behind the last, of each marker."""
    end = scene.frame_end + 1
    named = sorted((m.frame, m.name.strip()) for m in scene.timeline_markers if scene.frame_start <= m.frame < end)
    ends = [frame for frame, _ in named[1:]] + [end]
    return [(words, at, behind) for (at, words), behind in zip(named, ends, strict=False) if words and behind > at]


def _titles(scene: bpy.types.Scene) -> list[tuple[str, int, int]]:
    editor = compat.editor(scene)
    texts = [strip for strip in compat.strips(editor) if strip.type == "TEXT"] if editor is not None else []
    spans = sorted((*compat.span(strip), " ".join(strip.text.split())) for strip in texts)
    return [(words, max(left, scene.frame_start), right) for left, right, words in spans if words and right > left]


OPERATOR = BoardOfMarkers
