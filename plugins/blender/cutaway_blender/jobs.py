# SPDX-License-Identifier: GPL-3.0-or-later
"""What other threads have to say reaches Blender here, and only here.

    worker thread --> inbox (a deque) --> pump(), a timer of the main thread --> the desk of this Blender

    soon(work)            from any thread: `work` is called by the pump
    wake()                main thread: the pump runs until there is nothing more to wait for

The pump is called every quarter of a second while something is under way, and not at all otherwise. It lands at
most one take a call, and none while Blender renders or saves. A fault in it is shown and never ends it. Nothing here
imports anything but bpy and the standard library until the first card is made.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.app.handlers import persistent

from . import busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session

TICK: Final = 0.25
"""Seconds between two calls of the pump."""
AT_ONCE: Final = 64
"""How many messages one call takes from the inbox."""
JOIN: Final = 1.0
"""Seconds that disabling the extension may take."""

inbox: Final[deque[Callable[[], object]]] = deque()
"""Its two ends may be used from any thread."""
faults: Final[list[str]] = []
"""The last faults of the pump, newest last, for the panel."""
_session: Session | None = None


def session() -> Session:
    """The desk of this Blender: hosts, queue and what is expected; made when it is first asked for."""
    global _session  # noqa: PLW0603 - one Blender, one desk
    if _session is None:
        from .session import Session

        _session = Session()
    return _session


def current() -> Session | None:
    """The desk, if there is one already; for drawing, which makes nothing."""
    return _session


def soon(work: Callable[[], object]) -> None:
    """From any thread: `work` is done on the main thread by the next pump. It gets no bpy value from here."""
    inbox.append(work)


def wake() -> None:
    """Starts the pump if it does not run; on the main thread."""
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=TICK, persistent=True)


def pump() -> float | None:
    """One look at the inbox; seconds until the next one, None where there is nothing more to wait for."""
    moved = False
    for _ in range(AT_ONCE):
        try:
            work = inbox.popleft()
        except IndexError:
            break
        moved = _done(work) or moved
    there = _session
    if there is not None and not busy.reason():
        moved = _done(there.land_one) or moved
    if moved:
        redraw()
    return TICK if (there is not None and there.is_waiting) or inbox else None


def _done(work: Callable[[], Any]) -> bool:
    """Whether a piece of work changed anything; what goes wrong is kept and shown."""
    try:
        return work() is not False
    except Exception:  # noqa: BLE001 - a timer that raises is never called again
        import traceback

        faults.append(traceback.format_exc())
        del faults[:-20]
        traceback.print_exc()
        return True


def redraw() -> None:
    """Has the sequencers, the 3D views and the status bars drawn again."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager is not None else ():
        if not len(window.modal_operators):  # what those have written into the status bar stays
            with bpy.context.temp_override(window=window):
                window.workspace.status_text_set_internal(None)  # the one way to have it drawn
        for area in window.screen.areas:
            if area.type in {"SEQUENCE_EDITOR", "VIEW_3D"}:
                area.tag_redraw()


@persistent  # type: ignore[untyped-decorator]
def _loaded(*_: Any) -> None:
    """Another file is open. Its jobs are looked for by the pump, not here: nothing is waited for while it opens."""
    if _session is not None:
        _session.forget_scenes()
    if _session is not None or any(scene.get("cutaway_folder") for scene in bpy.data.scenes):
        soon(lambda: session().attach())
        wake()


def register() -> None:
    """Begins to listen; nothing is connected."""
    if _loaded not in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.append(_loaded)


def unregister() -> None:
    """Cancels what waits, ends the queue's thread within a second, and forgets everything."""
    global _session
    if _loaded in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_loaded)
    if bpy.app.timers.is_registered(pump):
        bpy.app.timers.unregister(pump)
    there, _session = _session, None
    if there is not None:
        there.close(JOIN)
    inbox.clear()
    faults.clear()
