# SPDX-License-Identifier: GPL-3.0-or-later
"""How a plate is seen in the render: by its plane, by the world, or by the compositor; and in which colours.

show_as(scene, plate, "compositor")
leave(scene, plate)                  # what its mode changed of the scene is put back
match_colours(scene)                 # only for whoever asks for it
"""

from __future__ import annotations

from typing import Any, Final

import bpy

from cutaway.errors import EditRefused

from . import compat
from .plate_clip import KEY, about, image_of, kept, timed

MODES: Final = ("plane", "world", "compositor")


def show_as(scene: Any, plate: Any, mode: str) -> None:
    """Shows a plate by the plane, by the world (for the camera only), or by the compositor.

    Raises:
        EditRefused: there is no such mode.
    """
    if mode not in MODES:
        raise EditRefused(f"a plate is shown by {', '.join(MODES)}; not by {mode!r}")
    if about(plate)["mode"] == mode:
        return
    leave(scene, plate)
    plate.hide_render = mode != "plane"
    plate.hide_viewport = mode != "plane"
    kept(plate, mode=mode)
    if mode == "world":
        _into_world(scene, plate)
    elif mode == "compositor":
        _into_compositor(scene, plate)
    timed(plate)


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


def leave(scene: Any, plate: Any) -> None:
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
    texture.image, texture.extension = image_of(plate), "EXTEND"
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
    picture.image = image_of(plate)
    over["cutaway_role"] = "mix"
    compat.scale_to_render(scaled)
    behind, front = compat.alpha_over_inputs(over)
    tree.links.new(picture.outputs["Image"], scaled.inputs["Image"])
    tree.links.new(scaled.outputs["Image"], behind)
    tree.links.new(rendered, front)
    tree.links.new(over.outputs["Image"], socket)
    kept(plate, film=scene.render.film_transparent)
    scene.render.film_transparent = True


def _ours(tree: Any, plate: Any, *kinds: str) -> list[Any]:
    """New nodes of a tree that know their plate."""
    made = [tree.nodes.new(kind) for kind in kinds]
    for n, node in enumerate(made):
        node[KEY] = plate.name
        node.label = "plate"
        node.location = (-700 + 180 * n, -400)
    return made
