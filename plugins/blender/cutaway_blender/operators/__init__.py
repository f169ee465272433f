# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of an editor, one file each. An operator reads what is selected, asks the desk, and reports.

`verb` has what they share: when they may run and how they end. What is decided is decided by the core. Annotations
are no strings in these files: Blender would compile every one of them when it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import bpy

VERBS: Final = (
    "fill_gap",
    "extend_strip",
    "remix_strip",
    "loop_strip",
    "blend_strips",
    "generate_at_playhead",
    "board_of_markers",
    "make_card",
    "drop_card",
    "choose_card",
    "jump_to_card",
    "refresh_cards",
    "switch_take",
    "compare_takes",
    "apply_take",
    "undo_apply",
    "cancel_job",
    "retry_job",
    "clear_jobs",
    "grab_reference",
    "test_connection",
    "export_otio",
    "import_otio",
    "open_board",
    "save_board",
    "plate_preview",
    "plate_make",
    "plate_again",
    "plate_take",
    "plate_refit",
    "plate_mode",
    "plate_loop",
    "plate_match_colours",
    "plate_remove",
)


def register() -> None:
    """Makes the operators known to Blender."""
    for operator in _operators():
        bpy.utils.register_class(operator)


def unregister() -> None:
    """Takes them away."""
    for operator in reversed(_operators()):
        bpy.utils.unregister_class(operator)


def _operators() -> list[Any]:
    return [import_module(f".{name}", __package__).OPERATOR for name in VERBS]
