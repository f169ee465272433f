# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutaway where Blender has its own: Add, the strip's context menu, File > Import and Export, and the status bar."""

from __future__ import annotations

from typing import Any, Final

import bpy

from . import jobs


def _add(menu: Any, _context: Any) -> None:
    layout = menu.layout
    layout.separator()
    for name in ("generate_at_playhead", "fill_gap", "board_of_markers"):
        layout.operator(f"cutaway.{name}", icon="SEQUENCE")


def _strip(menu: Any, _context: Any) -> None:
    layout = menu.layout
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    for name in ("fill_gap", "remix_strip", "extend_strip", "blend_strips", "loop_strip"):
        layout.operator(f"cutaway.{name}")


def _import(menu: Any, _context: Any) -> None:
    menu.layout.operator("cutaway.import_otio", text="OpenTimelineIO (.otio)")
    menu.layout.operator("cutaway.open_board", text="Cutaway Board (.json)")


def _export(menu: Any, _context: Any) -> None:
    menu.layout.operator("cutaway.export_otio", text="OpenTimelineIO (.otio)")
    menu.layout.operator("cutaway.save_board", text="Cutaway Board (.json)")


def _status(bar: Any, _context: Any) -> None:
    """How far everything is that is being made; nothing where nothing is."""
    desk = jobs.current()
    if desk is None or not desk.worklist.jobs:
        return
    from .rows import status

    if (now := status(desk.worklist)) is not None:
        row = bar.layout.row()
        row.ui_units_x = 12
        row.progress(factor=now[1], text=now[0])


MENUS: Final = (
    ("SEQUENCER_MT_add", _add),
    ("SEQUENCER_MT_context_menu", _strip),
    ("TOPBAR_MT_file_import", _import),
    ("TOPBAR_MT_file_export", _export),
    ("STATUSBAR_HT_header", _status),
)


def register() -> None:
    """Adds the entries."""
    for name, entries in MENUS:
        getattr(bpy.types, name).append(entries)


def unregister() -> None:
    """Takes them out."""
    for name, entries in MENUS:
        getattr(bpy.types, name).remove(entries)
