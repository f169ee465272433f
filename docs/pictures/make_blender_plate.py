"""The picture of docs/blender-plates.md: a scene with a moving camera, a plate asked for, and what is rendered then.

Blender is the `bpy` package here and the plate comes from the runtime of this machine, by its draft engine. In one
terminal `cutaway serve`, in another, with an environment of `make bpy`:

    .venv-bpy-5.0/bin/python docs/pictures/make_blender_plate.py
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from PIL import Image, ImageDraw, ImageFont

import cutaway_blender
from cutaway_blender import compat, conditioning, frames, plate_clip, plating

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE: Final = Path(__file__).resolve().parent / "blender-plate.png"
PROMPT: Final = "a white boat floats right on a lake in the mountains at sunset"
FRAMES: Final = 48
SHOWN: Final = (1, 13, 25, 37, 48)
"""The frames that are rendered."""
WIDTH, HEIGHT = 640, 360
SMALL: Final = (312, 176)
"""Of a picture on the page."""
PAPER, INK, FAINT = (22, 23, 26), (232, 232, 230), (150, 152, 156)
GAP: Final = 8


def built() -> Any:
    """A terrace with columns at several depths, a ball and a block; the camera goes past them sideways."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.name = "terrace"
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.render.fps, scene.render.fps_base = 24, 1.0
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 48, "CPU"
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    stone, dark = paint("stone", (0.62, 0.52, 0.44), 0.6), paint("dark stone", (0.30, 0.25, 0.24), 0.5)
    red, gold = paint("red", (0.62, 0.05, 0.04), 0.25), paint("gold", (0.80, 0.50, 0.12), 0.3)
    block((0, 2.5, -0.15), (14, 8, 0.3), dark)
    for x, y in ((-4.2, 5.2), (-1.4, 5.2), (1.4, 5.2), (4.2, 5.2), (-2.6, 1.4), (3.0, 1.4)):
        column(x, y, stone)
    block((0, 5.2, 3.55), (10.2, 0.7, 0.35), stone)
    block((0.9, 3.2, 0.3), (0.8, 0.8, 0.6), stone)
    ball((0.9, 3.2, 1.02), 0.42, red)
    ball((-0.9, 1.9, 0.26), 0.26, gold)
    light(scene)
    camera(scene)
    return scene


def paint(name: str, colour: tuple[float, float, float], rough: float) -> Any:
    material = bpy.data.materials.new(name)
    surface = compat.use_nodes(material).nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = rough
    return material


def block(at: Sequence[float], size: Sequence[float], material: Any) -> None:
    bpy.ops.mesh.primitive_cube_add(size=1, location=at, scale=size)
    bpy.context.object.data.materials.append(material)


def ball(at: Sequence[float], radius: float, material: Any) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, location=at, segments=48, ring_count=24)
    bpy.ops.object.shade_smooth()
    bpy.context.object.data.materials.append(material)


def column(x: float, y: float, material: Any) -> None:
    bpy.ops.mesh.primitive_cylinder_add(radius=0.22, depth=3.4, location=(x, y, 1.7), vertices=40)
    bpy.ops.object.shade_smooth_by_angle()
    bpy.context.object.data.materials.append(material)
    block((x, y, 0.08), (0.66, 0.66, 0.16), material)
    block((x, y, 3.32), (0.62, 0.62, 0.14), material)


def light(scene: Any) -> None:
    """A low warm sun from behind on the right, and a sky."""
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.color, sun.data.angle = 3.2, (1.0, 0.72, 0.48), 0.03
    sun.rotation_euler = (math.radians(62), 0, math.radians(38))
    scene.collection.objects.link(sun)
    scene.world = bpy.data.worlds.new("sky")
    sky = compat.use_nodes(scene.world).nodes["Background"]
    sky.inputs["Color"].default_value, sky.inputs["Strength"].default_value = (0.52, 0.42, 0.50, 1), 0.7


def camera(scene: Any) -> None:
    """It goes sideways and does not turn: near things pass by, what is far away stays, as it does in life."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens = 30
    scene.collection.objects.link(camera)
    camera.rotation_euler = (math.radians(88), 0, 0)
    for frame, x in ((1, -1.9), (FRAMES, 1.9)):
        camera.location = (x, -4.4, 1.75)
        camera.keyframe_insert("location", frame=frame)
    scene.camera = camera


def rendered(scene: Any, frame: int, path: Path) -> Image.Image:
    """A scene frame as the user's own render."""
    scene.frame_set(frame)
    compat.set_picture_output(scene.render, "PNG")
    frames.render(scene, path)
    with Image.open(path) as picture:
        return picture.convert("RGB")


def page(above: Sequence[tuple[str, Image.Image]], below: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Two rows of pictures, each under its words."""
    width, height = SMALL
    line = 22
    columns = max(len(above), len(below))
    sheet = Image.new("RGB", (GAP + columns * (width + GAP), 2 * (height + line + GAP) + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for row, pictures in enumerate((above, below)):
        top = GAP + row * (height + line + GAP)
        for n, (words, picture) in enumerate(pictures):
            left = GAP + n * (width + GAP)
            draw.text((left, top), words, INK if row else FAINT, font)
            sheet.paste(picture.resize(SMALL, Image.Resampling.LANCZOS), (left, top + line))
    return sheet


def main() -> None:
    cutaway_blender.register()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        scene = built()
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "terrace.blend"))
        before = [
            (f"before: frame {frame}", rendered(scene, frame, folder / f"before-{frame}.png")) for frame in SHOWN[::2]
        ]
        clay = conditioning.conditioned(scene, scene.camera, 1, folder / "clay.png", look="clay")
        depth = conditioning.conditioned(scene, scene.camera, 1, folder / "depth.png", look="depth")
        plate = plating.made(
            scene, scene.camera, PROMPT, first=1, frames=FRAMES, model=os.environ.get("MODEL", "draft"), seed=7
        )
        after = [(f"frame {frame}", rendered(scene, frame, folder / f"after-{frame}.png")) for frame in SHOWN]
        seen = [(name, Image.open(path).convert("RGB")) for name, path in (("preview: clay", clay), ("depth", depth))]
        page([*before, *seen], after).quantize(224, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
        print(PICTURE, PICTURE.stat().st_size // 1000, "kB;", plate_clip.about(plate))
    cutaway_blender.unregister()
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 and 4.5 do not end by themselves


if __name__ == "__main__":
    main()
