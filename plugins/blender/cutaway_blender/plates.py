# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip behind everything a camera sees, frame for frame.

    plate = place(scene, camera, Path("plate.mov"), first=1, frames=48, card=card.id, take=take.id)
    camera_moved(plate)      # the lens or the camera's frame is another one: refit(plate) costs nothing
    backdrop.show_as(scene, plate, "compositor")

A plate is an object: a plane that hangs on the camera, as large as its picture, with the clip on it. The camera's
background image is always set too, so that the clip is seen through the camera in every kind of view. Instead of the
plane, the world or the compositor can show it in the render. What a mode changes of the scene is noted on the plate
and put back when the mode is left. `first` is a scene frame; the clip's first frame is seen there.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import bpy

from cutaway.errors import EditRefused

from . import backdrop, plate_clip
from .frustum import CORNERS, Distance, corners_at, distance_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SAMPLED: Final = 24
"""At so many frames of a plate, at most, the camera is looked at for the plane's distance."""


# -- putting one there -----------------------------------------------------------------------------------


def place(
    scene: Any,
    camera: Any,
    media: Path,
    *,
    first: int,
    frames: int,
    card: str = "",
    take: str = "",
    mode: str = "plane",
) -> Any:
    """A new plate behind what the camera sees.

    Args:
        scene: whose size and frames count.
        camera: the camera object it hangs on.
        media: a movie of one frame per scene frame, or a still.
        first: the scene frame at which it begins.
        frames: how long it is.
        card: what was asked for; kept on the object.
        take: which answer it is.
        mode: plane, world or compositor.

    Raises:
        EditRefused: the camera is a panorama, whose picture no plane fills.
        MediaError: Blender cannot read the file.
    """
    if camera.type != "CAMERA" or camera.data.type == "PANO":
        what = "a panoramic camera" if camera.type == "CAMERA" else f"a {camera.type.lower()}"
        raise EditRefused(f"{camera.name} is {what}; a plate needs a perspective or an orthographic camera")
    image = plate_clip.loaded(media)
    mesh = bpy.data.meshes.new(f"plate {camera.name}")
    mesh.from_pydata([(0.0, 0.0, 0.0)] * 4, [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new(name="picture")
    for corner, uv in zip(layer.data, CORNERS, strict=True):
        corner.uv = uv
    plate = bpy.data.objects.new(f"plate {camera.name}", mesh)
    scene.collection.objects.link(plate)
    plate.parent = camera
    plate.hide_select = True
    for name in (
        "visible_shadow",
        "visible_diffuse",
        "visible_glossy",
        "visible_transmission",
        "visible_volume_scatter",
    ):
        setattr(plate, name, False)
    plate[plate_clip.KEY] = {
        "card": card,
        "take": take,
        "first": first,
        "frames": frames,
        "mode": "",
        "camera": "",
        "cyclic": False,
    }
    mesh.materials.append(plate_clip.material_of(plate, image))
    plate_clip.behind_camera(camera, plate, image)
    refit(scene, plate)
    backdrop.show_as(scene, plate, mode)
    return plate


def plates_of(scene: Any, camera: Any = None) -> list[Any]:
    """The plates of a scene; those of one camera."""
    return [
        one for one in scene.objects if one.get(plate_clip.KEY) is not None and (camera is None or one.parent == camera)
    ]


def remove(scene: Any, plate: Any) -> None:
    """Takes a plate out, and puts back what its mode had changed."""
    backdrop.leave(scene, plate)
    camera, name = plate.parent, plate.name
    for shown in [
        one for one in camera.data.background_images if one.image is not None and one.image.get(plate_clip.KEY) == name
    ]:
        camera.data.background_images.remove(shown)
    mesh = plate.data
    material = mesh.materials[0] if mesh.materials else None
    bpy.data.objects.remove(plate)
    bpy.data.meshes.remove(mesh)
    if material is not None and material.users == 0:
        bpy.data.materials.remove(material)


def switch(plate: Any, media: Path, *, take: str, clip: int = 0, cyclic: bool = False) -> None:
    """Shows another take in the same place.

    Args:
        plate: where.
        media: the file.
        take: its id.
        clip: its frames, where they are not as many as the plate has.
        cyclic: it begins again where it ends.

    Raises:
        MediaError: Blender cannot read the file; the take from before stays.
    """
    image = plate_clip.loaded(media)
    image[plate_clip.KEY] = plate.name
    for node in plate_clip.picture_nodes(plate):
        node.image = image
    for shown in plate.parent.data.background_images:
        if shown.image is not None and shown.image.get(plate_clip.KEY) == plate.name:
            shown.image = image
    plate_clip.kept(plate, take=take, clip=clip, cyclic=cyclic)
    plate_clip.timed(plate)


# -- what it fits ------------------------------------------------------------------------------------------


def refit(scene: Any, plate: Any) -> Distance:
    """Lays the plane behind everything again, as large as the camera's picture is there."""
    camera = plate.parent
    distance = distance_for(_depths(scene, plate), camera.data.clip_start, camera.data.clip_end)
    frame = [tuple(corner) for corner in camera.data.view_frame(scene=scene)]
    corners = corners_at(frame, distance.value, parallel=camera.data.type == "ORTHO")
    for vertex, corner in zip(plate.data.vertices, corners, strict=True):
        vertex.co = corner
    plate.data.update()
    plate.matrix_parent_inverse.identity()
    plate.location, plate.rotation_euler, plate.scale = (0, 0, 0), (0, 0, 0), (1, 1, 1)
    plate_clip.kept(plate, camera=seen_by(scene, camera))
    return distance


def camera_moved(scene: Any, plate: Any) -> bool:
    """Whether the camera shows another part of the scene than when the plate was fitted: lens, sensor, shift, size."""
    return bool(plate_clip.about(plate)["camera"] != seen_by(scene, plate.parent))


def seen_by(scene: Any, camera: Any) -> str:
    """A digest of what decides a camera's frame; where the camera stands is not in it, the plane goes along."""
    data, render = camera.data, scene.render
    said = [
        data.type, data.lens, data.sensor_width, data.sensor_height, data.sensor_fit, data.shift_x, data.shift_y,
        data.ortho_scale, data.clip_end, render.resolution_x, render.resolution_y, render.pixel_aspect_x,
        render.pixel_aspect_y,
    ]  # fmt: skip
    text = json.dumps([round(one, 6) if isinstance(one, float) else one for one in said])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _depths(scene: Any, plate: Any) -> Iterator[float]:
    """How far everything that is rendered lies along the line of sight, at frames spread over the plate."""
    first, frames = plate_clip.about(plate)["first"], plate_clip.about(plate)["frames"]
    with _other_frame(scene):
        for frame in range(first, first + frames, max(1, -(-frames // SAMPLED))):
            scene.frame_set(frame)
            yield from depths_of(scene, plate.parent)


def depths_of(scene: Any, camera: Any) -> list[float]:
    """How far the boxes around everything that is rendered reach along a camera's line of sight, now."""
    sight = camera.matrix_world.inverted()
    return [-(sight @ corner).z for corner in _bounds(scene)]


@contextmanager
def _other_frame(scene: Any) -> Iterator[None]:
    """The frame that is shown now is shown again afterwards."""
    now = scene.frame_current
    try:
        yield
    finally:
        scene.frame_set(now)


def _bounds(scene: Any) -> Iterator[Any]:
    """The corners of the boxes around everything that is rendered, in the world."""
    from mathutils import Vector

    for one in scene.objects:
        if (
            one.get(plate_clip.KEY) is None
            and not one.hide_render
            and one.type in {"MESH", "CURVE", "SURFACE", "FONT", "META", "VOLUME"}
        ):
            yield from (one.matrix_world @ Vector(corner) for corner in one.bound_box)


def loop(plate: Any, *, on: bool) -> None:
    """Lets the clip begin again where it ends, or holds its last frame."""
    plate_clip.kept(plate, cyclic=on)
    plate_clip.timed(plate)


def corners_of(plate: Any) -> Sequence[Any]:
    """Where the plane's corners lie, in the camera's space."""
    return [tuple(vertex.co) for vertex in plate.data.vertices]
