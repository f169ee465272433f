# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures out of a scene, through a scene of our own that is gone afterwards.

    with borrowed_scene(like=scene) as temporary: ...
    picture_at(scene, 48, Path("frame.png"))     # the sequence as it is composited, scene frame 48

Nothing of the user's is touched: not the engine, not the output, not the frame that is shown. Colours come out as
they lie in the files (Standard, no look): what is made from them goes back into the sequence and through the
scene's view once, not twice.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import bpy

from . import compat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def borrowed_scene(like: Any, name: str = "cutaway temporary") -> Iterator[Any]:
    """An empty scene of the same size, rate and frames as another one, with neutral colours; removed at the end."""
    scene = bpy.data.scenes.new(name)
    try:
        render, own = like.render, scene.render
        own.resolution_x, own.resolution_y = render.resolution_x, render.resolution_y
        own.pixel_aspect_x, own.pixel_aspect_y = render.pixel_aspect_x, render.pixel_aspect_y
        own.fps, own.fps_base = render.fps, render.fps_base
        scene.frame_start, scene.frame_end = like.frame_start, max(like.frame_start, like.frame_end)
        scene.display_settings.display_device = like.display_settings.display_device
        _made_neutral(scene)
        yield scene
    finally:
        with suppress(ReferenceError):
            bpy.data.scenes.remove(scene)


def picture_at(scene: Any, frame: int, path: Path) -> Path:
    """What the sequence of a scene shows at a scene frame, full size, as PNG.

    Raises:
        MediaError: Blender did not write it.
    """
    from cutaway.errors import MediaError

    copy = scene.copy()
    try:
        _made_neutral(copy)
        copy.render.use_sequencer, copy.render.use_compositing = True, False
        copy.frame_set(frame)
        render(copy, path)
    finally:
        bpy.data.scenes.remove(copy)
    if not path.is_file():
        raise MediaError(f"Blender rendered frame {frame} of {scene.name} and wrote no {path.name}", source=path)
    return path


def _made_neutral(scene: Any) -> None:
    """Full size, 8-bit PNG, and colours as they lie in the files."""
    render = scene.render
    render.resolution_percentage, render.use_file_extension = 100, False
    render.use_stamp = False
    view = scene.view_settings
    view.view_transform, view.look = "Standard", "None"
    view.exposure, view.gamma, view.use_curve_mapping = 0.0, 1.0, False
    compat.set_picture_output(render, "PNG")
    settings = render.image_settings
    settings.color_management = "FOLLOW_SCENE"
    settings.color_mode, settings.color_depth, settings.compression = "RGB", "8", 15


def render(scene: Any, path: Path) -> None:
    """Renders the current frame of a scene into a file, waiting for it."""
    scene.render.filepath = str(path.resolve())
    with bpy.context.temp_override(scene=scene):  # `render(scene=...)` renders the frame of the window's scene
        bpy.ops.render.render(write_still=True)
