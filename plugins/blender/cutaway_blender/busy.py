# SPDX-License-Identifier: GPL-3.0-or-later
"""When Blender must be left alone: while it renders, while it saves, and from any thread but its own.

    ready()      raises, or all is well
    reason()     "" or what Blender is doing

Handlers keep the state; they are persistent, so that another file does not lose them.
"""

from __future__ import annotations

import threading
from typing import Any, Final

import bpy
from bpy.app.handlers import persistent

_doing: Final[set[str]] = set()


def reason() -> str:
    """What Blender is doing that nothing may get in the way of; "" for nothing."""
    if bpy.app.is_job_running("RENDER"):
        return "rendering"
    return " and ".join(sorted(_doing))


def on_main_thread() -> bool:
    """Whether this is the thread that may touch bpy."""
    return threading.current_thread() is threading.main_thread()


def ready() -> None:
    """Nothing if bpy may be touched now.

    Raises:
        WrongThread: called from another thread than Blender's own.
        BlenderBusy: Blender renders or saves.
    """
    from .errors import BlenderBusy, WrongThread

    if not on_main_thread():
        raise WrongThread(
            f"Blender may be touched by its main thread only, not by {threading.current_thread().name!r}; "
            "hand the work over with jobs.soon()"
        )
    if doing := reason():
        raise BlenderBusy(f"Blender is {doing}; nothing was done. Try again when it has ended")


@persistent  # type: ignore[untyped-decorator]
def _render_begins(*_: Any) -> None:
    _doing.add("rendering")


@persistent  # type: ignore[untyped-decorator]
def _render_ended(*_: Any) -> None:
    _doing.discard("rendering")


@persistent  # type: ignore[untyped-decorator]
def _save_begins(*_: Any) -> None:
    _doing.add("saving")


@persistent  # type: ignore[untyped-decorator]
def _save_ended(*_: Any) -> None:
    _doing.discard("saving")


_HANDLERS: Final = {
    "render_init": _render_begins,
    "render_complete": _render_ended,
    "render_cancel": _render_ended,
    "save_pre": _save_begins,
    "save_post": _save_ended,
    "save_post_fail": _save_ended,
}


def register() -> None:
    """Begins to watch."""
    for name, handler in _HANDLERS.items():
        listed = getattr(bpy.app.handlers, name)
        if handler not in listed:
            listed.append(handler)


def unregister() -> None:
    """Stops watching."""
    for name, handler in _HANDLERS.items():
        listed = getattr(bpy.app.handlers, name)
        if handler in listed:
            listed.remove(handler)
    _doing.clear()
