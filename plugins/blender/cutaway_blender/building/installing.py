# SPDX-License-Identifier: GPL-3.0-or-later
"""A built zip into a Blender of this machine, by that Blender's own installer.

    installed(Path("cutaway-0.1.0-linux_x64.zip"), Path("/usr/bin/blender"))

A program is asked by its command line; a Python that has bpy by the operator that a user's click calls.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Final

from cutaway_blender.building.wheels import LINUX, MACOS, WINDOWS, BuildFailed, Platform

_USUAL: Final = (
    "/Applications/Blender.app/Contents/MacOS/Blender",
    "C:/Program Files/Blender Foundation/Blender */blender.exe",
    "/opt/blender*/blender",
    "/snap/bin/blender",
)
_BY_MODULE: Final = """\
import os, sys, bpy
done = bpy.ops.extensions.package_install_files(filepath=sys.argv[1], repo="user_default", enable_on_install=True)
bpy.ops.wm.save_userpref()
sys.stdout.flush()
os._exit(0 if done == {"FINISHED"} and "bl_ext.user_default.cutaway" in bpy.context.preferences.addons else 1)
"""


def here() -> Platform:
    """The platform of this machine.

    Raises:
        BuildFailed: cutaway has no extension for it.
    """
    machine, system = platform.machine().lower(), platform.system()
    found = {("Linux", "x86_64"): LINUX, ("Windows", "amd64"): WINDOWS, ("Darwin", "arm64"): MACOS}.get(
        (system, machine)
    )
    if found is None:
        raise BuildFailed(f"there are no wheels for {system} on {machine}; the extension runs on {LINUX.name}, "
                          f"{WINDOWS.name} and {MACOS.name}")  # fmt: skip
    return found


def find_blender(named: Path | None = None) -> Path:
    """The Blender that is meant: the one named, the one on PATH, or one where Blender is usually installed.

    Raises:
        BuildFailed: none was found.
    """
    if named is not None:
        found = shutil.which(str(named))
        if found is None:
            raise BuildFailed(f"{named} is no program; name the Blender to install into with --blender")
        return Path(found)
    if on_path := shutil.which("blender"):
        return Path(on_path)
    for pattern in _USUAL:
        root = Path(Path(pattern).anchor or "/")
        if there := sorted(root.glob(str(Path(pattern).relative_to(root))))[-1:]:
            return there[0]
    raise BuildFailed("no Blender was found on PATH or where it is usually installed; name it with --blender")


def installed(zip_file: Path, blender: Path, *, resources: Path | None = None) -> str:
    """Installs and enables a zip; returns what Blender said.

    Args:
        zip_file: of this platform.
        blender: the program, or a Python that has bpy.
        resources: Blender's user folder, where it is another one (BLENDER_USER_RESOURCES).

    Raises:
        BuildFailed: Blender did not install it.
    """
    environment = dict(os.environ)
    if resources is not None:
        resources.mkdir(parents=True, exist_ok=True)
        environment["BLENDER_USER_RESOURCES"] = str(resources.resolve())
    command = [str(blender), "--command", "extension", "install-file", "--repo", "user_default", "--enable"]
    if blender.name.lower().startswith("python"):
        command = [str(blender), "-c", _BY_MODULE]
    done = subprocess.run(  # noqa: S603 - the user's own Blender
        [*command, str(zip_file.resolve())], capture_output=True, text=True, check=False, env=environment
    )
    said = (done.stdout + done.stderr).strip()
    if done.returncode:
        raise BuildFailed(f"{blender} did not install {zip_file.name}: {said[-2000:]}")
    return said
