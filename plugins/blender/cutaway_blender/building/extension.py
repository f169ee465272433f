# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension as zips, one for each platform, and a repository of them that any web server can serve.

    made = build(Path("dist/blender"), [LINUX], tool=find_tool())
    made.zips, made.index

Blender's own tool does the packing, the checking and the listing: `blender_ext.py`, which lies in every Blender and in
every bpy wheel and runs with any Python from 3.11 on.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cutaway
from cutaway_blender.building.wheels import PYTHONS, BuildFailed, Platform, downloaded, own_wheel, versions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ID: Final = "cutaway"
SOURCE: Final = Path(__file__).parents[1]
LEFT_OUT: Final = ("__pycache__", "building", "*.pyc")
_TOOL: Final = "**/bl_pkg/cli/blender_ext.py"


@dataclass(frozen=True)
class Built:
    """What was made: zips by platform, and the listing of the repository."""

    zips: tuple[Path, ...]
    index: Path


def find_tool(places: Iterable[Path] = ()) -> Path:
    """Blender's own extension tool: in a Blender or an environment that is named, or in the bpy of this or a
    neighbouring environment.

    Raises:
        BuildFailed: there is none.
    """
    named = [place for place in places if place is not None]
    for place in named:
        if place.name == "blender_ext.py" and place.is_file():
            return place
    roots = [place if place.is_dir() else place.parent for place in named]
    roots += [root.parent for root in roots if root.name in {"bin", "Scripts", "MacOS"}]  # of an environment, an app
    if not named:
        spec = find_spec("bpy")
        roots += [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
        roots += sorted(Path.cwd().glob(".venv-bpy-*"), reverse=True)
    for root in roots:
        with suppress(OSError):  # a folder that goes while it is looked through
            if found := min(root.glob(_TOOL), default=None):
                return found
    where = ", ".join(map(str, named)) or "this environment and .venv-bpy-*"
    raise BuildFailed(
        f"Blender's extension tool (blender_ext.py) was not found in {where}; "
        "name a Blender with --blender, or install bpy: pip install bpy"
    )


def build(
    out: Path, platforms: Sequence[Platform], tool: Path, *, pythons: Sequence[str] = PYTHONS, shelf: Path | None = None
) -> Built:
    """Makes the zips and lists them.

    Args:
        out: the folder of the repository; other files in it stay.
        platforms: a zip for each.
        tool: `find_tool`.
        pythons: versions whose wheels go into every zip.
        shelf: where downloaded wheels are kept for the next time; `<out>/../wheels` if not said.

    Raises:
        BuildFailed: no wheels, or Blender's tool refuses the extension.
    """
    out.mkdir(parents=True, exist_ok=True)
    shelf = shelf or out.parent / "wheels"
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / ID
        shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
        if (licence := SOURCE.parent / "LICENSE").is_file():
            shutil.copy(licence, source / "LICENSE")
        wheels = _gathered(source / "wheels", shelf, platforms, pythons)
        _write_manifest(source / "blender_manifest.toml", wheels, platforms)
        tags = f"--valid-tags={source / 'tags.json'}"
        _run(tool, "validate", tags, str(source))
        packed = Path(temporary) / "packed"
        packed.mkdir()
        _run(tool, "build", f"--source-dir={source}", f"--output-dir={packed}", "--split-platforms", tags)
        zips = tuple(out / path.name for path in sorted(packed.glob("*.zip")))
        for path in zips:
            shutil.move(packed / path.name, path)
    _run(tool, "server-generate", f"--repo-dir={out}", "--html")
    return Built(zips, out / "index.json")


def _gathered(folder: Path, shelf: Path, platforms: Sequence[Platform], pythons: Sequence[str]) -> list[str]:
    """The names of all wheels, which then lie in the folder; every platform and Python has the same versions."""
    folder.mkdir()
    own_wheel(folder)
    first = downloaded(shelf, platforms[0], pythons[0], {})
    versions = versions_of(first)
    for platform in platforms:
        for python in pythons:
            is_first = platform is platforms[0] and python == pythons[0]
            for wheel in first if is_first else downloaded(shelf, platform, python, versions):
                shutil.copy(wheel, folder / wheel.name)
    return sorted(path.name for path in folder.glob("*.whl"))


def _write_manifest(path: Path, wheels: Sequence[str], platforms: Sequence[Platform]) -> None:
    """Version, platforms and wheels, in the manifest of the copy."""
    values = {
        'version = "0.0.0"': f"version = {json.dumps(cutaway.__version__)}",
        "platforms = []": f"platforms = {json.dumps([platform.name for platform in platforms])}",
        "wheels = []": "wheels = " + json.dumps([f"./wheels/{name}" for name in wheels], indent=2),
    }
    text = path.read_text("utf-8")
    for old, new in values.items():
        if text.count(old) != 1:
            raise BuildFailed(f"{path.name} has no single line {old!r} to be filled in")
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def _run(tool: Path, *arguments: str) -> None:
    command = [sys.executable, str(tool), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - Blender's tool
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise BuildFailed(f"Blender's extension tool refuses ({arguments[0]}): {said[-2000:]}")
