# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip on a plate: its image, the nodes that show it, and which of its frames is seen when.

    image = loaded(Path("plate.mov"))
    timed(plate)            # every place that shows it begins and ends with the plate

What a plate is about (card, take, frames) is kept on its object, under `KEY`; what shows its clip bears its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from cutaway.errors import MediaError

from . import compat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

KEY: Final = "cutaway_plate"


def about(plate: Any) -> dict[str, Any]:
    """What is kept on a plate: card, take, first, frames, mode, cyclic."""
    kept: dict[str, Any] = plate[KEY].to_dict()
    return kept


def kept(plate: Any, **values: Any) -> None:
    """Keeps other values on a plate."""
    plate[KEY] = about(plate) | values


def loaded(media: Path) -> Any:
    """The file as Blender's image; a movie where it has more than one frame."""
    try:
        image: Any = bpy.data.images.load(str(media.resolve()), check_existing=False)
        image.filepath = _as_kept(image.filepath)
    except RuntimeError as error:
        raise MediaError(f"Blender cannot read {media.name}: {error}", source=media) from error
    if image.size[0] == 0:
        bpy.data.images.remove(image)
        raise MediaError(f"Blender reads no picture from {media.name}", source=media)
    return image


def _as_kept(path: str) -> str:
    """A path as the file keeps it: from where the .blend lies, so that both can go to a render farm together."""
    if not bpy.data.filepath:
        return path
    try:
        return str(bpy.path.relpath(path))
    except ValueError:  # another drive
        return path


def material_of(plate: Any, image: Any) -> Any:
    """Light of its own, in the colours of the clip."""
    material = bpy.data.materials.new(plate.name)
    material.diffuse_color = plate.color = (1, 1, 1, 0)  # Solid view: the camera's background image is seen through it
    tree = compat.use_nodes(material)
    tree.nodes.clear()
    texture, light, out = (
        tree.nodes.new(kind) for kind in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
    )
    texture.image, texture.extension, texture.interpolation = image, "EXTEND", "Linear"
    texture[KEY] = plate.name
    tree.links.new(texture.outputs["Color"], light.inputs["Color"])
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    return material


def behind_camera(camera: Any, plate: Any, image: Any) -> None:
    """Shows a clip through the camera, in every kind of view."""
    image[KEY] = plate.name
    shown = camera.data.background_images.new()
    shown.image, shown.display_depth, shown.frame_method, shown.alpha = image, "BACK", "CROP", 1.0
    camera.data.show_background_images = True


def image_of(plate: Any) -> Any:
    """The clip that is seen."""
    return next(node.image for node in plate.data.materials[0].node_tree.nodes if node.get(KEY) == plate.name)


def picture_nodes(plate: Any) -> Iterator[Any]:
    """Every node that shows the clip of a plate, wherever it is."""
    trees = [plate.data.materials[0].node_tree]
    trees += [world.node_tree for world in bpy.data.worlds if world.node_tree is not None]
    trees += list(compat.compositing_trees())
    for tree in trees:
        yield from (node for node in tree.nodes if node.get(KEY) == plate.name and hasattr(node, "image"))


def timed(plate: Any) -> None:
    """Every place that shows the clip begins at the plate's first frame and lasts as long as it.

    Blender sets nothing of this for a movie that a script loads: a background begins at frame 0 and lasts 0 frames.
    """
    values = about(plate)
    for user in _users(plate):
        user.frame_start, user.frame_offset = values["first"], 0
        user.frame_duration = values.get("clip") or values["frames"]
        user.use_cyclic = values["cyclic"]
        user.use_auto_refresh = True


def _users(plate: Any) -> Iterable[Any]:
    """Who says which frame of the clip is seen when."""
    for node in picture_nodes(plate):
        yield node.image_user if hasattr(node, "image_user") else node
    for shown in plate.parent.data.background_images:
        if shown.image is not None and shown.image.get(KEY) == plate.name:
            yield shown.image_user
