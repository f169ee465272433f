# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutaway in Blender: shots for the sequencer, background plates for the camera.

Who does what. Imports point downwards; nothing but the standard library and bpy is imported before it is used.

    operators/        one verb of the editor each, one file each      ui*.py, menus.py      what is seen
        |             placeholders.py  where a take will land          rows.py    what panels show, as plain values
        |             boards.py        boards <-> scenes               props.py   the chosen card, its words
        |                                                                  |
    session.py        the host, the queue and the state of each scene: what operators and panels share
        |
    jobs.py           worker thread -> inbox -> `pump()` on the main thread
        |
    host.py           the sequencer as a `cutaway.hosts.base.Host`
        |
    plating.py        from words to a plate         plate_view.py   what the plate's panel shows, as plain values
    plates.py         the clip behind a camera      conditioning.py what a model is shown   frustum.py  its plane
    backdrop.py       how it is seen in the render  plate_clip.py   its image, and which frame is seen when
        |
    timeline.py       strips -> an OTIO document        carrying.py     an edit of the core -> steps in Blender
    frames.py         pictures out of a scene           journal.py      what was done, so that exactly that is undone
    identity.py       which strip is which
    busy.py           rendering, saving, other threads: when Blender must be left alone
    compat.py         every difference between Blender 4.2 and 5.2; no other file reads a name that changed
    prefs.py          address, key                  settings.py     the same, as plain values for any thread
"""

from __future__ import annotations

from typing import Any, Final

PARTS: Final = ("prefs", "busy", "jobs", "props", "operators", "ui", "ui_plate", "menus")
"""Modules with `register()` and `unregister()`, in that order; each imports only bpy and the standard library."""


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in _parts():
        part.register()


def unregister() -> None:
    """Called by Blender when it is disabled; ends the worker within a second."""
    for part in reversed(_parts()):
        part.unregister()


def _parts() -> list[Any]:
    from importlib import import_module

    return [import_module(f".{name}", __package__) for name in PARTS]
