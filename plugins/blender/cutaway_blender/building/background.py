# SPDX-License-Identifier: GPL-3.0-or-later
"""A plate made by a Blender without a window: for render farms and pipelines.

    plated(Path("/usr/bin/blender"), Path("shot.blend"), Path("out.blend"), {"prompt": "a desert at dusk"})

Blender opens the file, saves it under the new name, makes the plate there and saves again: the file that was given
is only read, and the takes lie beside the one that comes out.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final

from cutaway_blender.building.wheels import BuildFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ASKED: Final = "CUTAWAY_PLATE"
TOLD: Final = "CUTAWAY_PLATE_TOLD "
_SCRIPT: Final = """\
import json, os, sys
from importlib import import_module
import bpy
asked = json.loads(os.environ["CUTAWAY_PLATE"])
if asked["open"]:
    bpy.ops.wm.open_mainfile(filepath=asked["blend"])
enabled = [name for name in bpy.context.preferences.addons.keys() if name.split(".")[-1] == "cutaway"]
name = enabled[0] if enabled else "cutaway_blender"
try:
    if not enabled:
        import_module(name).register()
    scene = bpy.data.scenes[asked["scene"]] if asked["scene"] else bpy.context.scene
    backdrop, plate_clip, plating = (import_module(f"{name}.{one}") for one in ("backdrop", "plate_clip", "plating"))
    camera = bpy.data.objects.get(asked["camera"]) if asked["camera"] else scene.camera
    if camera is None:
        there = ", ".join(one.name for one in scene.objects if one.type == "CAMERA") or "none"
        wanted = asked["camera"] or "an active camera"
        raise LookupError(f"{wanted} is not in the scene {scene.name}; its cameras: {there}")
    first, last = asked["range"] or (scene.frame_start, scene.frame_end)
    bpy.ops.wm.save_as_mainfile(filepath=asked["out"])
    plate = plating.made(scene, camera, asked["prompt"], first=first, frames=last - first + 1, **asked["more"])
    bpy.ops.wm.save_as_mainfile(filepath=asked["out"])
    kept = plate_clip.about(plate)
    told = {"camera": camera.name, **{key: kept[key] for key in ("first", "frames", "mode", "take")}}
    told |= {"keeps_colours": backdrop.keeps_colours(scene), "view": scene.view_settings.view_transform}
except Exception as error:
    told = {"error": str(error) or type(error).__name__}
print("CUTAWAY_PLATE_TOLD " + json.dumps(told))
sys.stdout.flush()
os._exit(1 if "error" in told else 0)
"""


def plated(
    blender: Path, blend: Path, out: Path, asked: Mapping[str, Any], *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Makes a plate in a file; what Blender says of it: camera, first, frames, mode, take, keeps_colours, view.

    Args:
        blender: the program, or a Python that has bpy.
        blend: the file.
        out: the file with the plate.
        asked: prompt; scene and camera by name ("" for the active ones); range, first and last scene frame (None for
            the scene's); more, what else `plating.made` takes.
        environment: put over that of this process.

    Raises:
        BuildFailed: there is no plate, with the reason in Blender's words.
    """
    is_module = blender.name.lower().startswith("python")
    whole = {"scene": "", "camera": "", "range": None, "more": {}} | dict(asked)
    whole |= {"blend": str(blend.resolve()), "out": str(out.resolve()), "open": is_module}
    command = [str(blender), "-c", _SCRIPT]
    if not is_module:
        command = [str(blender), "-b", str(blend.resolve()), "--online-mode", "--python-expr", _SCRIPT]
    done = subprocess.run(  # noqa: S603 - the user's own Blender
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | dict(environment or {}) | {ASKED: json.dumps(whole)},
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(TOLD)]
    told: dict[str, Any] = json.loads(lines[-1].removeprefix(TOLD)) if lines else {}
    if not told:
        raise BuildFailed(
            f"{blender} ended with {done.returncode} and said: {(done.stdout + done.stderr).strip()[-2000:]}"
        )
    if "error" in told:
        raise BuildFailed(f"no plate in {blend.name}: {told['error']}")
    return told
