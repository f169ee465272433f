# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab "Cutaway" in the sequencer's sidebar: connection, cards, the chosen card, what is being made, what was said.

Drawing makes, reads and asks nothing: it shows what the desk has in memory. What is shown stands in `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from . import compat, jobs, prefs, props

if TYPE_CHECKING:
    from .rows import Line

SAID: Final = 4
"""How many of the last sentences are shown."""


class _InSequencer:
    """A panel of the sequencer itself: the tab would stand beside its preview a second time."""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Cutaway"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Whether the view shows strips."""
        return getattr(context.space_data, "view_type", "SEQUENCER") in {"SEQUENCER", "SEQUENCER_PREVIEW"}


class CUTAWAY_PT_connection(_InSequencer, bpy.types.Panel):  # type: ignore[misc]
    """Which server, and whether it answers."""

    bl_label = "Cutaway"

    def draw(self, _context: Any) -> None:
        """Address, answer, test."""
        from . import rows

        desk = jobs.current()
        server = desk.server if desk is not None else None
        line = self.layout.row()
        lines(line.column(), rows.connection(prefs.settings(), server, is_asked=desk is not None and desk.is_asking))
        line.operator("cutaway.test_connection", text="", icon="FILE_REFRESH")


class CUTAWAY_PT_cards(_InSequencer, bpy.types.Panel):  # type: ignore[misc]
    """The places of this sequence that a shot is asked for, and the verbs."""

    bl_label = "Cards"

    def draw(self, context: Any) -> None:
        """Verbs, then the list."""
        from . import rows

        layout, scene, desk = self.layout, compat.edit_scene(context), jobs.current()
        verbs = layout.grid_flow(columns=2, align=True)
        for name, icon in VERBS:
            verbs.operator(f"cutaway.{name}", icon=icon)
        line = layout.row(align=True)
        line.operator("cutaway.refresh_cards", icon="FILE_REFRESH")
        line.operator("cutaway.board_of_markers", icon="MARKER")
        project = desk.known(scene) if desk is not None else None
        if desk is None or project is None:
            layout.label(text="Refresh reads the cards of this sequence", icon="INFO")
            return
        listed, more = rows.card_rows(
            project.cards, desk.worklist.jobs, chosen=context.window_manager.cutaway.card, begin=scene.frame_start
        )
        column = layout.column(align=True)
        for row in listed:
            line = column.split(factor=0.7, align=True)
            choose = line.operator("cutaway.choose_card", text=row.title, icon=row.icon, depress=row.is_chosen)
            choose.card = row.id
            line.operator("cutaway.jump_to_card", text=row.where).card = row.id
            if row.progress is not None:
                column.progress(factor=row.progress, text=f"{row.state} {row.progress:.0%}")
            elif row.note:
                sentence(column, row.note, "ERROR")
        if more:
            layout.label(text=f"and {more} more; choose a card to see those around it")


class CUTAWAY_PT_card(_InSequencer, bpy.types.Panel):  # type: ignore[misc]
    """The chosen card: its words, its takes and how they meet their neighbours."""

    bl_label = "Chosen Card"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where one is chosen."""
        return super().poll(context) and props.chosen(context) is not None

    def draw(self, context: Any) -> None:
        """Words, buttons, takes, seams."""
        from . import rows

        layout, card = self.layout, props.chosen(context)
        if card is None:
            return
        words = context.window_manager.cutaway
        fields = layout.column()
        fields.enabled = not card.locked
        fields.prop(words, "prompt", text="", icon="GREASEPENCIL")
        for reference in card.references:
            layout.label(text=f"{reference.role}: {reference.path.rpartition('/')[2]}", icon="IMAGE_DATA")
        line = layout.row(align=True)
        line.operator("cutaway.make_card", icon="PLAY")
        line.operator_menu_enum("cutaway.grab_reference", "role", text="Grab Frame", icon="IMAGE_DATA")
        line.operator("cutaway.drop_card", text="", icon="TRASH")
        takes = rows.take_rows(card)
        if not takes:
            layout.label(text="No take yet")
            return
        line = layout.row(align=True)
        line.operator("cutaway.switch_take", text="Previous", icon="TRIA_LEFT").by = -1
        line.operator("cutaway.switch_take", text="Next", icon="TRIA_RIGHT").by = 1
        line.operator("cutaway.compare_takes", text="Compare", icon="MOD_EDGESPLIT")
        column = layout.column(align=True)
        for take in takes:
            score = "" if take.score is None else f"  seam {take.score:.2f}"
            icon = "CHECKMARK" if take.is_applied else "DOT"
            shown = column.operator("cutaway.switch_take", text=take.title + score, icon=icon, depress=take.is_active)
            shown.take = take.id
        lines(layout, rows.seam_lines(card))
        line = layout.row(align=True)
        line.operator("cutaway.apply_take", text="Apply", icon="IMPORT")
        line.operator("cutaway.undo_apply", icon="LOOP_BACK")


class CUTAWAY_PT_manner(_InSequencer, bpy.types.Panel):  # type: ignore[misc]
    """How the chosen card is made; closed until it is wanted."""

    bl_label = "Manner"
    bl_parent_id = "CUTAWAY_PT_card"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - as Blender wants it

    def draw(self, context: Any) -> None:
        """What has a value of its own where nobody says anything."""
        layout, card, words = self.layout, props.chosen(context), context.window_manager.cutaway
        layout.use_property_split = True
        fields = layout.column()
        fields.enabled = card is not None and not card.locked
        for name in ("negative_prompt", "style", "model", "seed", "sound"):
            fields.prop(words, name)


class CUTAWAY_PT_jobs(_InSequencer, bpy.types.Panel):  # type: ignore[misc]
    """What is being made, and what was said last."""

    bl_label = "Jobs"

    def draw(self, context: Any) -> None:
        """The queue in order, then the last sentences."""
        from . import rows

        layout, desk = self.layout, jobs.current()
        if desk is None:
            layout.label(text="Nothing was made yet")
            return
        project = desk.known(compat.edit_scene(context))
        titles = {card.id: f"{card.kind} {card.prompt}".strip() for card in project.cards} if project else {}
        for row in rows.job_rows(desk.worklist, titles):
            line = layout.row(align=True)
            if row.progress is not None:
                line.progress(factor=row.progress, text=f"{row.title}: {row.state}, {row.time}")
            else:
                line.label(text=f"{row.title}: {row.state}, {row.time}")
            if row.can_cancel:
                line.operator("cutaway.cancel_job", text="", icon="X").card = row.card_id
            if row.can_retry:
                line.operator("cutaway.retry_job", text="", icon="FILE_REFRESH").card = row.card_id
            if row.error:
                sentence(layout, row.error, "ERROR")
        layout.operator("cutaway.clear_jobs", icon="BRUSH_DATA")
        for said in reversed(desk.said[-SAID:]):
            sentence(layout, said, "DOT")
        if jobs.faults:
            sentence(layout, jobs.faults[-1].strip().splitlines()[-1], "ERROR")


VERBS: Final = (
    ("fill_gap", "SNAP_EDGE"),
    ("extend_strip", "FORWARD"),
    ("remix_strip", "FILE_REFRESH"),
    ("blend_strips", "ARROW_LEFTRIGHT"),
    ("loop_strip", "LOOP_FORWARDS"),
    ("generate_at_playhead", "ADD"),
)
PANELS: Final[tuple[Any, ...]] = (
    CUTAWAY_PT_connection,
    CUTAWAY_PT_cards,
    CUTAWAY_PT_card,
    CUTAWAY_PT_manner,
    CUTAWAY_PT_jobs,
)
"""In the order in which they are seen."""


def register() -> None:
    """Makes the panels known to Blender."""
    for panel in PANELS:
        bpy.utils.register_class(panel)


def unregister() -> None:
    """Takes them away."""
    for panel in reversed(PANELS):
        bpy.utils.unregister_class(panel)


def lines(layout: Any, shown: tuple[Line, ...]) -> None:
    """Sentences, each in as many lines as it takes."""
    for line in shown:
        sentence(layout, line.text, line.icon, alert=line.alert)


def sentence(layout: Any, text: str, icon: str, *, alert: bool = False) -> None:
    """One, in lines as wide as the sidebar that is drawn."""
    from .rows import letters, wrapped

    region = bpy.context.region
    width = letters(region.width, bpy.context.preferences.system.ui_scale) if region is not None else 44
    column = layout.column(align=True)
    column.alert = alert
    for n, part in enumerate(wrapped(text, width)):
        column.label(text=part, icon="BLANK1" if n else icon)
