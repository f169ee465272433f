# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera sees, as the picture that a model is shown: seen here first, before anything leaves this machine.

    path = conditioned(scene, camera, 48, Path("clay.png"), look="clay")
    for share in filmed(scene, camera, 1, 48, Path("clay.mkv"), look="clay"): ...     # one frame a step

    clay      forms without materials, by Workbench; by Cycles where this Blender has no GL
    depth     near is white, far is black, linear, by Cycles
    normals   which way each surface faces, by Cycles

It is rendered in a scene of our own that links the same collections: the engine, the output, the compositor and the
frame that the user works with are not touched. Plates are left out, else the old one would shape the new one.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import bpy

from cutaway.errors import EditRefused, MediaError

from . import compat, frames, plates

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOKS: Final = ("clay", "depth", "normals")
CLAY: Final = 0.6
"""How bright the clay is."""
SKY: Final = 0.8
"""How bright it is behind the clay."""


def conditioned(scene: Any, camera: Any, frame: int, path: Path, *, look: str = "clay", scale: int = 100) -> Path:
    """The picture of a camera at a scene frame, as PNG.

    Args:
        scene: what is seen.
        camera: the camera object.
        frame: the scene frame.
        path: the file.
        look: clay, depth or normals.
        scale: percent of the scene's size.

    Raises:
        EditRefused: there is no such look.
        MediaError: Blender wrote no picture.
    """
    if look not in LOOKS:
        raise EditRefused(f"a camera's picture is shown as {', '.join(LOOKS)}; not as {look!r}")
    path.unlink(missing_ok=True)
    with _copy_without_plates(scene, camera) as copy:
        copy.render.resolution_percentage = scale
        copy.frame_set(frame)
        if look == "clay":
            _clay(copy, path)
        else:
            _measured(copy, look)
            frames.render(copy, path)
    if not path.is_file():
        raise MediaError(f"Blender rendered frame {frame} of {camera.name} and wrote no {path.name}", source=path)
    return path


def filmed(scene: Any, camera: Any, first: int, frames: int, path: Path, *, look: str = "clay") -> Iterator[float]:
    """What a camera sees as a movie without loss, at the scene's size and rate; yields how much of it is done.

    Every step renders one frame, so that Blender answers in between; whoever asks for no more leaves no file. `first`
    is a scene frame.

    Raises:
        EditRefused: as of `conditioned`; or scene or camera are gone.
    """
    from cutaway.media.decode import Clip
    from cutaway.media.encode import Writer
    from cutaway.wire import OutputFormat

    from .timeline import rate_of

    there = int(scene.session_uid), camera.name
    writer: Writer | None = None
    with TemporaryDirectory() as folder, ExitStack() as opened:
        still = Path(folder) / "frame.png"
        for n in range(frames):
            scene, camera = _found(*there)
            conditioned(scene, camera, first + n, still, look=look, scale=scene.render.resolution_percentage)
            with Clip(still) as clip:
                picture = clip.read(0, 1)
            if writer is None:
                height, width = picture.shape[1:3]
                to = Writer(path, width=width, height=height, rate=rate_of(scene), format=OutputFormat.FFV1)
                writer = opened.enter_context(to)
            writer.write(picture)
            yield (n + 1) / (frames + 1)
        if writer is not None:
            writer.finish()
    yield 1.0


def _found(uid: int, camera: str) -> tuple[Any, Any]:
    """Scene and camera, looked up anew: undo makes other objects of them."""
    scene = next((one for one in bpy.data.scenes if one.session_uid == uid), None)
    there = scene.objects.get(camera) if scene is not None else None
    if there is None:
        raise EditRefused(f"the camera {camera} is not there any more; nothing was written")
    return scene, there


def shown_in_blender(path: Path) -> Any:
    """The picture as an image of this file, for the image editor; read again where it was there already."""
    image = bpy.data.images.load(str(path.resolve()), check_existing=True)
    image.reload()
    return image


@contextmanager
def _copy_without_plates(scene: Any, camera: Any) -> Iterator[Any]:
    """A scene with the same things in it and no plate, and neutral colours; gone afterwards."""
    hidden = [(plate, plate.hide_render) for plate in plates.plates_of(scene)]
    with frames.borrowed_scene(scene, name="cutaway conditioning") as copy:
        try:
            for plate, _ in hidden:
                plate.hide_render = True
            for collection in scene.collection.children:
                copy.collection.children.link(collection)
            for one in scene.collection.objects:
                copy.collection.objects.link(one)
            copy.camera = camera
            copy.render.use_sequencer = copy.render.use_compositing = False
            copy.view_layers[0].use_pass_combined = True
            yield copy
        finally:
            for plate, was in hidden:
                plate.hide_render = was


def _clay(copy: Any, path: Path) -> None:
    """By Workbench; by Cycles where that gives no picture, as in a Blender without GL."""
    copy.render.engine = "BLENDER_WORKBENCH"
    shading = copy.display.shading
    shading.light, shading.color_type = "STUDIO", "SINGLE"
    shading.single_color = (CLAY, CLAY, CLAY)
    shading.show_shadows, shading.show_cavity, shading.cavity_type = False, True, "SCREEN"
    with _a_sky(copy):
        try:
            frames.render(copy, path)
        except RuntimeError:
            path.unlink(missing_ok=True)
        if path.is_file():
            return
        _by_cycles(copy, samples=8)
        material = bpy.data.materials.new("cutaway clay")
        clay = compat.use_nodes(material).nodes["Principled BSDF"]
        clay.inputs["Base Color"].default_value = (CLAY, CLAY, CLAY, 1)
        try:
            copy.view_layers[0].material_override = material
            with _a_lamp(copy):
                frames.render(copy, path)
        finally:
            bpy.data.materials.remove(material)


@contextmanager
def _a_sky(copy: Any) -> Iterator[None]:
    """An even light grey where nothing stands: black would be taken for night."""
    sky = bpy.data.worlds.new("cutaway sky")
    sky.color = (SKY, SKY, SKY)
    compat.use_nodes(sky).nodes["Background"].inputs["Color"].default_value = (SKY, SKY, SKY, 1)
    copy.world = sky
    try:
        yield
    finally:
        copy.world = None
        bpy.data.worlds.remove(sky)


@contextmanager
def _a_lamp(copy: Any) -> Iterator[None]:
    """A sun from behind the camera's left shoulder, so that forms are seen in a scene without light."""
    data: Any = bpy.data.lights.new("cutaway sun", "SUN")
    data.energy = 1.5
    lamp = bpy.data.objects.new("cutaway sun", data)
    copy.collection.objects.link(lamp)
    lamp.matrix_world = copy.camera.matrix_world
    lamp.rotation_euler.rotate_axis("X", -0.5)
    lamp.rotation_euler.rotate_axis("Y", -0.5)
    try:
        yield
    finally:
        bpy.data.objects.remove(lamp)
        bpy.data.lights.remove(data)


def _by_cycles(copy: Any, *, samples: int) -> None:
    copy.render.engine = "CYCLES"
    copy.cycles.samples, copy.cycles.use_denoising, copy.cycles.device = samples, False, "CPU"
    copy.render.dither_intensity = 0.0


def _measured(copy: Any, look: str) -> None:
    """Depth and normals as what surfaces shine with: exact, without a pass and without the compositor."""
    _by_cycles(copy, samples=1)
    copy.cycles.max_bounces = 0
    copy.view_settings.view_transform = "Raw"
    material = _own_material(copy, look)
    copy.view_layers[0].material_override = material
    copy.world = None
    copy.render.film_transparent = False


def _own_material(copy: Any, look: str) -> Any:
    material = bpy.data.materials.get(f"cutaway {look}") or bpy.data.materials.new(f"cutaway {look}")
    tree = compat.use_nodes(material)
    tree.nodes.clear()
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    if look == "depth":
        near, far = _reach(copy)
        seen, ramp = tree.nodes.new("ShaderNodeCameraData"), tree.nodes.new("ShaderNodeMapRange")
        for name, value in (("From Min", near), ("From Max", far), ("To Min", 1.0), ("To Max", 0.0)):
            ramp.inputs[name].default_value = value
        tree.links.new(seen.outputs["View Z Depth"], ramp.inputs["Value"])
        tree.links.new(ramp.outputs["Result"], light.inputs["Color"])
        return material
    shape, turned = tree.nodes.new("ShaderNodeNewGeometry"), tree.nodes.new("ShaderNodeVectorTransform")
    half, shifted = tree.nodes.new("ShaderNodeVectorMath"), tree.nodes.new("ShaderNodeVectorMath")
    turned.vector_type, turned.convert_from, turned.convert_to = "NORMAL", "WORLD", "CAMERA"
    half.operation, shifted.operation = "MULTIPLY", "ADD"
    half.inputs[1].default_value, shifted.inputs[1].default_value = (0.5, 0.5, -0.5), (0.5, 0.5, 0.5)
    tree.links.new(shape.outputs["Normal"], turned.inputs["Vector"])
    tree.links.new(turned.outputs["Vector"], half.inputs[0])
    tree.links.new(half.outputs["Vector"], shifted.inputs[0])
    tree.links.new(shifted.outputs["Vector"], light.inputs["Color"])
    return material


def _reach(copy: Any) -> tuple[float, float]:
    """How near and how far what is rendered lies along the line of sight; never nothing."""
    depths = [depth for depth in plates.depths_of(copy, copy.camera) if depth > copy.camera.data.clip_start]
    near, far = min(depths, default=1.0), max(depths, default=2.0)
    return near, max(far, near * 1.01)
