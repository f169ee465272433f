# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 and 5.2.

No other file reads a name that some Blender lacks: `sequences` or `strips`, `frame_final_*` or `left_handle`,
`seq1` or `input1`, `sequencer_scene`, `node_tree`, `bpy.app.version`. Strips are asked in scene frames, absolute,
half-open: `[left, right)`. Collections of bpy that are empty are false, so nothing here asks for their truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = tuple(bpy.app.version)
VERSION_STRING: Final[str] = bpy.app.version_string
MAX_CHANNEL: Final = 128
MAX_FRAME: Final = 1_048_574


# -- the scene and its sequence editor ----------------------------------------------------------------


def edit_scene(context: Any) -> Any:
    """The scene whose sequence the editor sees; since 5.0 that is not always the scene of the window."""
    for owner in (context, getattr(context, "workspace", None)):
        scene = getattr(owner, "sequencer_scene", None)
        if scene is not None:
            return scene
    return context.scene


def set_edit_scene(workspace: Any, scene: Any) -> None:
    """Shows a scene in the sequencers of a workspace, where there is such a thing (5.0)."""
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene


def editor(scene: Any, *, create: bool = False) -> Any:
    """The sequence editor of a scene; None where it has none and none is to be made."""
    found = scene.sequence_editor
    return scene.sequence_editor_create() if found is None and create else found


def strips(owner: Any) -> Any:
    """The strips of a sequence editor or of a meta strip, those in metas not counted."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def all_strips(owner: Any) -> Any:
    """The strips of a sequence editor, those in metas too."""
    return owner.strips_all if hasattr(owner, "strips_all") else owner.sequences_all


def can_sound() -> bool:
    """Whether this Blender can make sound strips; the bpy module 4.2 is built without audio."""
    built: Any = bpy.app.build_options
    return bool(built.audaspace)


def online_access() -> bool:
    """Whether the user lets Blender go online."""
    return bool(bpy.app.online_access)


def free_channel(owner: Any, first: int, left: int, right: int) -> int:
    """The lowest channel from `first` up where nothing lies in `[left, right)`; the highest there is, if none."""
    taken = {strip.channel for strip in strips(owner) if span(strip)[0] < right and left < span(strip)[1]}
    return next((channel for channel in range(first, MAX_CHANNEL + 1) if channel not in taken), MAX_CHANNEL)


# -- where a strip lies, in scene frames ---------------------------------------------------------------

_NEW_TIMES: Final = hasattr(bpy.types, "Strip") and "left_handle" in bpy.types.Strip.bl_rna.properties
"""From 5.1 on; the old names warn there and end with 6.0."""
_LEFT, _RIGHT = ("left_handle", "right_handle") if _NEW_TIMES else ("frame_final_start", "frame_final_end")
_START = "content_start" if _NEW_TIMES else "frame_start"
_HEAD, _TAIL = (
    ("left_handle_offset", "right_handle_offset") if _NEW_TIMES else ("frame_offset_start", "frame_offset_end")
)
_CUT_HEAD, _CUT_TAIL = (
    ("content_trim_start", "content_trim_end") if _NEW_TIMES else ("animation_offset_start", "animation_offset_end")
)


def span(strip: Any) -> tuple[int, int]:
    """Where a strip is seen: its first frame, and the one behind its last."""
    return int(getattr(strip, _LEFT)), int(getattr(strip, _RIGHT))


def content_start(strip: Any) -> float:
    """The frame at which the first frame of its media would lie, were nothing trimmed."""
    return float(getattr(strip, _START))


def offsets(strip: Any) -> tuple[float, float]:
    """Frames of content hidden at the head and at the tail; negative where its first or last frame is held."""
    return float(getattr(strip, _HEAD)), float(getattr(strip, _TAIL))


def cut_off(strip: Any) -> tuple[int, int]:
    """Frames of the file that the content leaves out for good, at the head and the tail."""
    return int(getattr(strip, _CUT_HEAD, 0)), int(getattr(strip, _CUT_TAIL, 0))


def move_to(strip: Any, left: int) -> None:
    """Moves a strip so that it is seen from a frame on. The place must be free: Blender would shuffle it away."""
    now = getattr(strip, _LEFT)
    if now != left:
        setattr(strip, _START, getattr(strip, _START) + left - now)


def trim(strip: Any, left: int, right: int) -> None:
    """Sets both handles; the content stays where it is."""
    for name, frame in ((_LEFT, left), (_RIGHT, right)):
        if getattr(strip, name) != frame:
            setattr(strip, name, frame)


def show(strip: Any, first: int, frames: int) -> None:
    """Shows so many frames of the content from its frame `first` on; they begin where the content lies."""
    start = int(content_start(strip))
    if span(strip)[1] <= start + first:  # the left handle never passes the right one
        setattr(strip, _RIGHT, start + first + frames)
    trim(strip, start + first, start + first + frames)


def retiming(strip: Any) -> Sequence[int]:
    """The frames of its retiming keys; two mean one speed from the first to the last. None: it plays as it is.

    They are read and never written: adding one by `retiming_keys.add` ends 4.2, 4.5 and 5.0 with a segfault.
    """
    return sorted(int(key.timeline_frame) for key in getattr(strip, "retiming_keys", ()))


# -- making strips: by RNA only, since the operators crash from 5.0 on ------------------------------------


def new_movie(owner: Any, name: str, path: str, channel: int, frame: int) -> Any:
    """A movie strip, scaled into the picture; one frame of the file per frame of the scene."""
    return strips(owner).new_movie(name=name, filepath=path, channel=channel, frame_start=frame, fit_method="FIT")


def new_image(owner: Any, name: str, path: str, channel: int, frame: int) -> Any:
    """A still."""
    return strips(owner).new_image(name=name, filepath=path, channel=channel, frame_start=frame)


def new_sound(owner: Any, name: str, path: str, channel: int, frame: int) -> Any:
    """The sound of a file."""
    return strips(owner).new_sound(name=name, filepath=path, channel=channel, frame_start=frame)


def new_scene(owner: Any, name: str, scene: Any, channel: int, frame: int) -> Any:
    """A scene as a strip."""
    return strips(owner).new_scene(name=name, scene=scene, channel=channel, frame_start=frame)


def new_meta(owner: Any, name: str, channel: int, frame: int) -> Any:
    """An empty meta strip."""
    return strips(owner).new_meta(name=name, channel=channel, frame_start=frame)


def new_effect(
    owner: Any, name: str, kind: str, channel: int, left: int, right: int, inputs: Sequence[Any] = ()
) -> Any:
    """A strip without media (COLOR, TEXT, ADJUSTMENT) or one made of others (CROSS, WIPE, SPEED)."""
    maker = strips(owner).new_effect
    takes = {parameter.identifier for parameter in strips(owner).bl_rna.functions["new_effect"].parameters}
    values: dict[str, Any] = {"name": name, "type": kind, "channel": channel, "frame_start": left}
    values |= {"length": right - left} if "length" in takes else {"frame_end": right}
    names = ("input1", "input2") if "input1" in takes else ("seq1", "seq2")
    return maker(**values, **dict(zip(names, inputs, strict=False)))


def inputs_of(strip: Any) -> list[Any]:
    """The strips that an effect is made of."""
    found = [getattr(strip, name, None) for name in ("input_1", "input_2")]
    return [one for one in found if one is not None]


# -- render settings -----------------------------------------------------------------------------------------


def set_picture_output(render: Any, file_format: str) -> None:
    """Stills as output; 5.0 asks for the kind of media before the format."""
    settings = render.image_settings
    if "media_type" in settings.bl_rna.properties:
        settings.media_type = "IMAGE"
    settings.file_format = file_format


def set_video_output(render: Any) -> None:
    """A movie by Blender's own FFmpeg as output."""
    settings = render.image_settings
    if "media_type" in settings.bl_rna.properties:
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"


def eevee() -> str:
    """What EEVEE is called."""
    return "BLENDER_EEVEE" if VERSION >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def use_nodes(owner: Any) -> Any:
    """The node tree of a world or a material; from 5.0 on it is always there."""
    if VERSION < (5, 0, 0):
        owner.use_nodes = True
    return owner.node_tree


def compositing_tree(scene: Any) -> tuple[Any, Any]:
    """The compositor's tree of a scene, made where there is none, and the node that its picture goes into.

    A node group with an output and a socket named Image since 5.0, the scene's own tree with a Composite node before.
    """
    if "compositing_node_group" in scene.bl_rna.properties:
        tree = scene.compositing_node_group
        if tree is None:
            tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
            tree.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
            scene.compositing_node_group = tree
        out = next((n for n in tree.nodes if n.bl_idname == "NodeGroupOutput"), None)
        return tree, out or tree.nodes.new("NodeGroupOutput")
    scene.use_nodes = True
    tree = scene.node_tree
    out = next((n for n in tree.nodes if n.bl_idname == "CompositorNodeComposite"), None)
    return tree, out or tree.nodes.new("CompositorNodeComposite")


def compositing_trees() -> list[Any]:
    """Every tree in this file that composites a scene."""
    found = [getattr(scene, "compositing_node_group", None) or _own_tree(scene) for scene in bpy.data.scenes]
    return [tree for tree in found if tree is not None]


def _own_tree(scene: Any) -> Any:
    return scene.node_tree if VERSION < (5, 0, 0) else None


def scale_to_render(node: Any) -> None:
    """A Scale node that makes its picture as large as the render, cut rather than stretched."""
    if "space" in node.bl_rna.properties:
        node.space, node.frame_method = "RENDER_SIZE", "CROP"
    else:
        node.inputs["Type"].default_value, node.inputs["Frame Type"].default_value = "Render Size", "Crop"


def alpha_over_inputs(node: Any) -> tuple[Any, Any]:
    """What lies behind and what lies over it, of an Alpha Over node."""
    if "Background" in node.inputs:
        return node.inputs["Background"], node.inputs["Foreground"]
    return node.inputs[1], node.inputs[2]
