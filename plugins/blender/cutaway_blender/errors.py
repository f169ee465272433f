# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in Blender and nowhere else.

cutaway.errors.HostUnavailable
+-- BlenderBusy        rendering or saving; the same call works a moment later
+-- WrongThread        bpy may be touched by the main thread only
cutaway.errors.CutawayError
+-- PlateFailed        a script waited for a plate that does not come
"""

from __future__ import annotations

from cutaway.errors import CutawayError, HostUnavailable


class BlenderBusy(HostUnavailable):
    """Blender renders or saves, and may not be changed meanwhile."""


class WrongThread(HostUnavailable):
    """A call from a thread that is not Blender's own; hand the work to `jobs.soon` instead."""


class PlateFailed(CutawayError):
    """The server did not make a plate, or not in time; its words say why."""
