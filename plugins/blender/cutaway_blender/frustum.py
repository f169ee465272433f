# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera sees, as numbers: where a plane must lie to fill its picture. Pure; bpy is not imported here.

            ___________  the plane, parented to the camera
    camera <            at distance d, as large as the frustum is there
            -----------

Positions are in the space of the camera: it looks along -z, x is right, y is up, units are Blender's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float, float]

BEHIND: Final = 1.2
"""The plane lies so many times as far away as the farthest thing that is seen."""
CLIP: Final = 0.98
"""And never beyond this part of what the camera draws."""
NOTHING_THERE: Final = 10.0
"""Its distance where the scene is empty."""
CORNERS: Final[tuple[tuple[float, float], ...]] = ((1.0, 1.0), (1.0, 0.0), (0.0, 0.0), (0.0, 1.0))
"""Where each corner of Blender's view frame lies in the picture, as UV: from the right top one clockwise."""


@dataclass(frozen=True)
class Distance:
    """How far a plane lies from the camera, and whether something lies behind it all the same."""

    value: float
    hides: bool = False
    """The scene reaches farther than the camera draws: what lies behind the plane is not seen."""


def corners_at(view_frame: Sequence[Point], distance: float, *, parallel: bool = False) -> tuple[Point, ...]:
    """The four corners of the picture at a distance, in the order of `CORNERS`.

    Args:
        view_frame: the corners as Blender gives them, at some depth of its own.
        distance: along the line of sight.
        parallel: of an orthographic camera, whose picture is as large at every depth.
    """
    found = []
    for x, y, z in view_frame:
        grown = 1.0 if parallel or z == 0 else distance / -z
        found.append((x * grown, y * grown, -distance))
    return tuple(found)


def distance_for(depths: Iterable[float], clip_start: float, clip_end: float) -> Distance:
    """Where a plane lies behind everything: `depths` are those of what is seen, along the line of sight."""
    farthest = max((depth for depth in depths if depth > 0), default=0.0)
    wanted = farthest * BEHIND if farthest else NOTHING_THERE
    value = max(min(wanted, clip_end * CLIP), clip_start * 2)
    return Distance(value, hides=farthest > value)
