"""The zip as a user gets it: built by Blender's own tool, installed by its own operator, used where no cutaway is."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from cutaway_blender.building.extension import build, find_tool
from cutaway_blender.building.installing import here, installed
from cutaway_blender.building.wheels import BuildFailed, own_wheel, requirements

ROOT = Path(__file__).parents[3]
SITE = Path(sysconfig.get_path("platlib"))
SHELF = ROOT / "build" / "blender-wheels"

AS_A_USER = """
import json, os, sys
sys.path.insert(0, os.environ["ONLY_BPY"])
from importlib.util import find_spec
assert find_spec("cutaway") is None and find_spec("pydantic") is None
import bpy
told = {}
module = "bl_ext.user_default.cutaway"
told["enable"] = list(bpy.ops.preferences.addon_enable(module=module))
import bl_ext.user_default.cutaway as extension
from importlib import import_module
jobs, compat = (import_module(f"{module}.{name}") for name in ("jobs", "compat"))
told["light"] = "cutaway" not in sys.modules
scene = bpy.context.scene
scene.render.fps = 24
editor = compat.editor(scene, create=True)
for name, left in (("a", 1), ("b", 49)):
    strip = compat.new_movie(editor, name, os.environ["SHOT"], 1, 5000)
    compat.show(strip, 0, 24)
    compat.move_to(strip, left)
bpy.ops.wm.save_as_mainfile(filepath=os.environ["BLEND"])
host = jobs.session().host(bpy.context.scene)
from pathlib import Path
import cutaway
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Take
card = board_of(host.snapshot().index).cards[0]
take = Take(path="take.mkv", available_frames=24, used_frames=24)
(placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, Path(os.environ["TAKE"])))
told["placed"] = [placed.span.start, placed.span.end]
told["strips"] = len(compat.strips(compat.editor(bpy.context.scene)))
host.project.put(card)
told["folder"] = str(host.project.folder)
preferences = import_module(f"{module}.prefs").preferences()
preferences.key_source, preferences.typed_key = "SESSION", "secret-of-this-session"
settings = import_module(f"{module}.prefs").settings()
told["key"] = [settings.api_key, settings.key_from]
bpy.ops.wm.save_userpref()
told["from"] = cutaway.__file__
told["pillow"] = sorted(p.name for p in Path(cutaway.__file__).parents[1].glob("pillow*"))
bpy.ops.preferences.addon_disable(module=module)
told["disabled"] = module not in bpy.context.preferences.addons and jobs.current() is None
bpy.ops.preferences.addon_enable(module=module)
repos = bpy.context.preferences.extensions.repos
index = next(n for n, repo in enumerate(repos) if repo.module == "user_default")
told["remove"] = list(bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="cutaway"))
told["gone"] = not Path(told["from"]).exists() and module not in bpy.context.preferences.addons
print("TOLD" + json.dumps(told), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    tool = find_tool([SITE / "bpy"])
    return build(tmp_path_factory.mktemp("repository"), [here()], tool, shelf=SHELF)


@pytest.fixture
def only_bpy(tmp_path):
    """A folder with bpy and what it is delivered with, and nothing of ours."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name in (
        "bpy",
        "numpy",
        "numpy.libs",
        "requests",
        "urllib3",
        "idna",
        "certifi",
        "charset_normalizer",
        "zstandard",
    ):
        if (SITE / name).exists():
            (folder / name).symlink_to(SITE / name)
    return folder


def test_the_zip_is_installed_used_disabled_and_removed_where_there_is_no_cutaway(built, only_bpy, filmed, tmp_path):
    user = tmp_path / "user"
    installed(built.zips[0], Path(sys.executable), resources=user)
    environment = {
        "BLENDER_USER_RESOURCES": str(user), "ONLY_BPY": str(only_bpy),
        "SHOT": str(filmed(tmp_path / "shot.mkv")), "TAKE": str(filmed(tmp_path / "take.mkv", 24, 90)),
        "BLEND": str(tmp_path / "cut.blend"), "HOME": str(tmp_path), "PATH": os.environ["PATH"],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-S", "-c", AS_A_USER],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("TOLD")), None)
    assert line, done.stdout + done.stderr
    told = json.loads(line[4:])
    assert told["enable"] == ["FINISHED"]
    assert told["light"]
    assert told["placed"] == [24, 48]
    assert told["strips"] == 3
    assert Path(told["folder"]) == tmp_path / "cutaway" / "Scene"
    assert Path(told["from"]).is_relative_to(user)
    assert len(told["pillow"]) == 2  # one version: pillow-*.dist-info and pillow.libs
    assert told["key"] == ["secret-of-this-session", "typed for this session"]
    assert told["disabled"]
    assert told["remove"] == ["FINISHED"]
    assert told["gone"]
    kept = [path for path in user.rglob("*") if path.is_file() and b"secret-of-this-session" in path.read_bytes()]
    assert kept == []


def test_the_listing_names_the_zip_its_platform_and_both_pythons(built):
    (entry,) = json.loads(built.index.read_text("utf-8"))["data"]
    assert entry["id"] == "cutaway"
    assert entry["platforms"] == [here().name]
    assert entry["archive_size"] == built.zips[0].stat().st_size
    assert {"3.11", "3.13"} <= set(entry.get("python_versions", []))
    assert (built.index.with_suffix(".html")).is_file()


def test_what_builds_the_extension_is_not_in_it_and_what_is_in_it_says_its_licence(built):
    with zipfile.ZipFile(built.zips[0]) as packed:
        names = packed.namelist()
        manifest = tomllib.loads(packed.read("blender_manifest.toml").decode())
        sources = {name: packed.read(name).decode() for name in names if name.endswith(".py")}
    assert not [name for name in names if "building" in name or "__pycache__" in name]
    assert "LICENSE" in names
    assert all("SPDX-License-Identifier: GPL-3.0-or-later" in text.split("\n", 1)[0] for text in sources.values())
    assert not [name for name, text in sources.items() if "cutaway_blender" in text]  # an extension has another name
    assert all(path.removeprefix("./") in names for path in manifest["wheels"])
    assert manifest["version"] == __import__("cutaway").__version__


def test_cutaway_itself_comes_without_command_line_and_knows_what_it_needs(tmp_path):
    path = own_wheel(tmp_path)
    assert path.read_bytes() == own_wheel(tmp_path).read_bytes()
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "cutaway/hosts/base.py" in names
    assert not [name for name in names if name.startswith(("cutaway/cli/", "cutaway_"))]
    assert [
        line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if "Requires" in line
    ] == requirements()
    assert {"httpx", "pydantic", "tenacity", "av", "pillow"} == {re.split("[<>=]", line)[0] for line in requirements()}


def test_a_manifest_that_blender_refuses_is_not_packed(tmp_path, monkeypatch):
    from cutaway_blender.building import extension

    source = tmp_path / "cutaway_blender"
    source.mkdir()
    text = (extension.SOURCE / "blender_manifest.toml").read_text("utf-8")
    (source / "blender_manifest.toml").write_text(text.replace('"Camera"', '"No such tag"'), "utf-8")
    (source / "__init__.py").write_text("", "utf-8")
    (source / "tags.json").write_text((extension.SOURCE / "tags.json").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(extension, "SOURCE", source)
    with pytest.raises(BuildFailed, match="No such tag"):
        build(tmp_path / "out", [here()], find_tool([SITE / "bpy"]), shelf=SHELF)
    assert list((tmp_path / "out").glob("*.zip")) == []


def test_without_blenders_tool_it_is_said_where_it_was_looked_for(tmp_path):
    with pytest.raises(BuildFailed, match=r"blender_ext\.py"):
        find_tool([tmp_path])
