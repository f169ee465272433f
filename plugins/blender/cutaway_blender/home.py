# SPDX-License-Identifier: GPL-3.0-or-later
"""Where cards and takes of a scene are kept.

    //cutaway/<scene>/                                    beside a .blend that is saved
    <Blender's user folder>/.../cutaway/<scene>-<id>/     for one that is not; it stays there when the file is saved

The scene remembers its folder, so that renaming scene or file loses nothing; a full copy of a scene gets one of its
own. Nothing is written beside the extension itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import bpy

if TYPE_CHECKING:
    from cutaway.storyboard.project import Project

KEY: Final = "cutaway_folder"
_NO_NAME: Final = re.compile(r"[^\w.-]+", re.ASCII)
_projects: Final[dict[Path, Project]] = {}
_noted: Final[dict[int, dict[str, str]]] = {}
"""Session id of a scene -> what it remembered: undo goes back to before it did."""


def project_of(scene: Any, folder: Path | None = None) -> Project:
    """The project of a scene; one object for each folder, as long as this Blender runs."""
    from cutaway.storyboard.project import Project

    where = (folder or folder_of(scene)).resolve()
    if where not in _projects:
        _projects[where] = Project(where)
        _projects[where].contents.timeline = scene.name
    return _projects[where]


def folder_of(scene: Any) -> Path:
    """The folder of a scene, remembered in it from the first time on."""
    found = scene.get(KEY)
    if found is None and (noted := _noted.get(scene.session_uid)):
        scene[KEY] = found = noted
    if found is not None and _is_its_own(scene, found):
        return Path(bpy.path.abspath(found["folder"]))
    name = _NO_NAME.sub("_", scene.name).strip("_.") or "scene"
    if bpy.data.filepath:
        folder = f"//cutaway/{name}"
        others = {one[KEY]["folder"] for one in bpy.data.scenes if one.get(KEY) and one != scene}
        if folder in others:
            folder = f"{folder}-{uuid4().hex[:8]}"
    else:
        folder = str(user_folder() / f"{name}-{uuid4().hex[:8]}")
    scene[KEY] = _noted[scene.session_uid] = {"folder": folder, "scene": scene.name}
    return Path(bpy.path.abspath(folder))


def user_folder() -> Path:
    """The extension's own folder in the user's Blender; the data folder, where this is no extension."""
    if __package__.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(__package__, path="projects", create=True))
    return Path(bpy.utils.user_resource("DATAFILES", path="cutaway", create=True))


def _is_its_own(scene: Any, found: Any) -> bool:
    """Whether a scene did not just copy the folder from another one, which still has the name it had then."""
    same = [one for one in bpy.data.scenes if one.get(KEY) and one[KEY]["folder"] == found["folder"]]
    return len(same) == 1 or found["scene"] == scene.name
