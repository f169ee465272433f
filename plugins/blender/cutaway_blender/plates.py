# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip behind everything a camera sees, frame for frame.

    plate = place(scene, camera, Path("plate.mov"), first=1, frames=48, card=card.id, take=take.id)
    camera_moved(plate)      # the lens or the camera's frame is another one: refit(plate) costs nothing
    show_as(plate, "compositor")

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

from cutaway.errors import EditRefused, MediaError

from . import compat
from .frustum import CORNERS, Distance, corners_at, distance_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

KEY: Final = "cutaway_plate"
MODES: Final = ("plane", "world", "compositor")
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
    image = _image(media)
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
    plate[KEY] = {
        "card": card,
        "take": take,
        "first": first,
        "frames": frames,
        "mode": "",
        "camera": "",
        "cyclic": False,
    }
    mesh.materials.append(_material(plate, image))
    _background(camera, plate, image)
    refit(scene, plate)
    show_as(scene, plate, mode)
    return plate


def plates_of(scene: Any, camera: Any = None) -> list[Any]:
    """The plates of a scene; those of one camera."""
    return [one for one in scene.objects if one.get(KEY) is not None and (camera is None or one.parent == camera)]


def about(plate: Any) -> dict[str, Any]:
    """What is kept on a plate: card, take, first, frames, mode, cyclic."""
    kept: dict[str, Any] = plate[KEY].to_dict()
    return kept


def remove(scene: Any, plate: Any) -> None:
    """Takes a plate out, and puts back what its mode had changed."""
    _leave(scene, plate)
    camera, name = plate.parent, plate.name
    for shown in [one for one in camera.data.background_images if one.image is not None and one.image.get(KEY) == name]:
        camera.data.background_images.remove(shown)
    mesh = plate.data
    material = mesh.materials[0] if mesh.materials else None
    bpy.data.objects.remove(plate)
    bpy.data.meshes.remove(mesh)
    if material is not None and material.users == 0:
        bpy.data.materials.remove(material)


def switch(plate: Any, media: Path, *, take: str) -> None:
    """Shows another take in the same place.

    Raises:
        MediaError: Blender cannot read the file; the take from before stays.
    """
    image = _image(media)
    image[KEY] = plate.name
    for node in _picture_nodes(plate):
        node.image = image
    for shown in plate.parent.data.background_images:
        if shown.image is not None and shown.image.get(KEY) == plate.name:
            shown.image = image
    _kept(plate, take=take)
    _timed(plate)


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
    _kept(plate, camera=seen_by(scene, camera))
    return distance


def camera_moved(scene: Any, plate: Any) -> bool:
    """Whether the camera shows another part of the scene than when the plate was fitted: lens, sensor, shift, size."""
    return bool(about(plate)["camera"] != seen_by(scene, plate.parent))


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
    first, frames = about(plate)["first"], about(plate)["frames"]
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
            one.get(KEY) is None
            and not one.hide_render
            and one.type in {"MESH", "CURVE", "SURFACE", "FONT", "META", "VOLUME"}
        ):
            yield from (one.matrix_world @ Vector(corner) for corner in one.bound_box)


# -- how it is seen -----------------------------------------------------------------------------------------


def show_as(scene: Any, plate: Any, mode: str) -> None:
    """Shows a plate by the plane, by the world (for the camera only), or by the compositor.

    Raises:
        EditRefused: there is no such mode.
    """
    if mode not in MODES:
        raise EditRefused(f"a plate is shown by {', '.join(MODES)}; not by {mode!r}")
    if about(plate)["mode"] == mode:
        return
    _leave(scene, plate)
    plate.hide_render = mode != "plane"
    plate.hide_viewport = mode != "plane"
    _kept(plate, mode=mode)
    if mode == "world":
        _into_world(scene, plate)
    elif mode == "compositor":
        _into_compositor(scene, plate)
    _timed(plate)


def loop(plate: Any, *, on: bool) -> None:
    """Lets the clip begin again where it ends, or holds its last frame."""
    _kept(plate, cyclic=on)
    _timed(plate)


def keeps_colours(scene: Any) -> bool:
    """Whether the render gives back the colours of a plate; AgX and Filmic do not."""
    view = scene.view_settings
    return (view.view_transform, view.look, view.exposure, view.gamma) == ("Standard", "None", 0.0, 1.0)


def match_colours(scene: Any) -> str:
    """Sets the scene's view to Standard, for whoever asks for it; what it was before."""
    before = f"{scene.view_settings.view_transform}, look {scene.view_settings.look}"
    view = scene.view_settings
    view.view_transform, view.look, view.exposure, view.gamma = "Standard", "None", 0.0, 1.0
    return before


def _leave(scene: Any, plate: Any) -> None:
    """Takes the nodes of a plate out of the world and the compositor, and joins what they stood between."""
    world = scene.world
    if world is not None and world.node_tree is not None:
        _taken_out(world.node_tree, plate)
    tree = compat.compositing_tree(scene)[0] if about(plate)["mode"] == "compositor" else None
    if tree is not None:
        _taken_out(tree, plate)
        before = about(plate).get("film")
        if before is not None:
            scene.render.film_transparent = bool(before)


def _taken_out(tree: Any, plate: Any) -> None:
    ours = [node for node in tree.nodes if node.get(KEY) == plate.name]
    mixing = next((node for node in ours if node.get("cutaway_role") == "mix"), None)
    if mixing is not None:
        source = next((s for s in mixing.inputs if s.is_linked and s.links[0].from_node.get(KEY) != plate.name), None)
        target = mixing.outputs[0].links[0].to_socket if mixing.outputs[0].is_linked else None
        if source is not None and target is not None:
            tree.links.new(source.links[0].from_socket, target)
    for node in ours:
        tree.nodes.remove(node)


def _into_world(scene: Any, plate: Any) -> None:
    """The camera sees the plate where it sees the world; the light of the world stays what it was."""
    if scene.world is None:
        scene.world = bpy.data.worlds.new("World")
    tree = compat.use_nodes(scene.world)
    out = next((n for n in tree.nodes if n.bl_idname == "ShaderNodeOutputWorld"), None)
    out = out or tree.nodes.new("ShaderNodeOutputWorld")
    lit = out.inputs["Surface"].links[0].from_socket if out.inputs["Surface"].is_linked else None
    kinds = ("TexCoord", "TexImage", "Background", "LightPath", "MixShader")
    window, texture, colour, path, mix = _ours(tree, plate, *(f"ShaderNode{kind}" for kind in kinds))
    texture.image, texture.extension = _shown_image(plate), "EXTEND"
    mix["cutaway_role"] = "mix"
    tree.links.new(window.outputs["Window"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], colour.inputs["Color"])
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    if lit is not None:
        tree.links.new(lit, mix.inputs[1])
    tree.links.new(colour.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], out.inputs["Surface"])


def _into_compositor(scene: Any, plate: Any) -> None:
    """The render lies over the plate, in the compositor; where the render shows nothing it is transparent."""
    tree, out = compat.compositing_tree(scene)
    socket = out.inputs["Image"]
    if not socket.is_linked:
        layers = next((n for n in tree.nodes if n.bl_idname == "CompositorNodeRLayers"), None)
        layers = layers or tree.nodes.new("CompositorNodeRLayers")
        tree.links.new(layers.outputs["Image"], socket)
    rendered = socket.links[0].from_socket
    picture, scaled, over = _ours(tree, plate, "CompositorNodeImage", "CompositorNodeScale", "CompositorNodeAlphaOver")
    picture.image = _shown_image(plate)
    over["cutaway_role"] = "mix"
    compat.scale_to_render(scaled)
    behind, front = compat.alpha_over_inputs(over)
    tree.links.new(picture.outputs["Image"], scaled.inputs["Image"])
    tree.links.new(scaled.outputs["Image"], behind)
    tree.links.new(rendered, front)
    tree.links.new(over.outputs["Image"], socket)
    _kept(plate, film=scene.render.film_transparent)
    scene.render.film_transparent = True


def _ours(tree: Any, plate: Any, *kinds: str) -> list[Any]:
    """New nodes of a tree that know their plate."""
    made = [tree.nodes.new(kind) for kind in kinds]
    for n, node in enumerate(made):
        node[KEY] = plate.name
        node.label = "plate"
        node.location = (-700 + 180 * n, -400)
    return made


# -- the clip on it ------------------------------------------------------------------------------------------


def _image(media: Path) -> Any:
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


def _material(plate: Any, image: Any) -> Any:
    """Light of its own, in the colours of the clip."""
    material = bpy.data.materials.new(plate.name)
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


def _background(camera: Any, plate: Any, image: Any) -> None:
    image[KEY] = plate.name
    shown = camera.data.background_images.new()
    shown.image, shown.display_depth, shown.frame_method, shown.alpha = image, "BACK", "CROP", 1.0
    camera.data.show_background_images = True


def _shown_image(plate: Any) -> Any:
    return next(node.image for node in plate.data.materials[0].node_tree.nodes if node.get(KEY) == plate.name)


def _picture_nodes(plate: Any) -> Iterator[Any]:
    """Every node that shows the clip of a plate, wherever it is."""
    trees = [plate.data.materials[0].node_tree]
    trees += [world.node_tree for world in bpy.data.worlds if world.node_tree is not None]
    trees += list(compat.compositing_trees())
    for tree in trees:
        yield from (node for node in tree.nodes if node.get(KEY) == plate.name and hasattr(node, "image"))


def _timed(plate: Any) -> None:
    """Every place that shows the clip begins at the plate's first frame and lasts as long as it.

    Blender sets nothing of this for a movie that a script loads: a background begins at frame 0 and lasts 0 frames.
    """
    kept = about(plate)
    for user in _users(plate):
        user.frame_start, user.frame_offset = kept["first"], 0
        user.frame_duration = kept["frames"]
        user.use_cyclic = kept["cyclic"]
        user.use_auto_refresh = True


def _users(plate: Any) -> Iterable[Any]:
    """Who says which frame of the clip is seen when."""
    for node in _picture_nodes(plate):
        yield node.image_user if hasattr(node, "image_user") else node
    for shown in plate.parent.data.background_images:
        if shown.image is not None and shown.image.get(KEY) == plate.name:
            yield shown.image_user


def _kept(plate: Any, **values: Any) -> None:
    plate[KEY] = about(plate) | values


def corners_of(plate: Any) -> Sequence[Any]:
    """Where the plane's corners lie, in the camera's space."""
    return [tuple(vertex.co) for vertex in plate.data.vertices]
