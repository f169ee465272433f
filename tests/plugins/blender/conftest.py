"""Blender itself, as the module bpy: no double of it anywhere. `make blender` runs this folder in every supported one.

Where there is no bpy the whole folder is skipped. Blender 4.2 ends with a segfault and 4.5 hangs when Python takes it
apart at exit, so the process ends without that, with pytest's own verdict.
"""

import os
import sys
from importlib.util import find_spec

import pytest

HAS_BPY = find_spec("bpy") is not None
_status = 0


class _Skipped(pytest.Module):
    """A file of tests that is not even imported."""

    def collect(self):
        pytest.skip("no bpy in this environment; `make blender` makes one for each Blender", allow_module_level=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path, parent):
    return None if HAS_BPY else _Skipped.from_parent(parent, path=module_path)


def pytest_sessionfinish(session, exitstatus):
    global _status  # noqa: PLW0603
    _status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if HAS_BPY and "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status)


if HAS_BPY:
    import bpy
    import numpy as np

    from cutaway.media.encode import Writer
    from cutaway.timebase import Rate
    from cutaway.wire import OutputFormat
    from cutaway_blender import compat

    @pytest.fixture(autouse=True)
    def scene(tmp_path, monkeypatch):
        """A factory-fresh Blender with one empty scene of 24 frames per second and small pictures."""
        monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        scene.name = "cut"
        scene.render.fps, scene.render.fps_base = 24, 1.0
        scene.render.resolution_x, scene.render.resolution_y = 64, 36
        return scene

    @pytest.fixture
    def editor(scene):
        return compat.editor(scene, create=True)

    @pytest.fixture
    def filmed():
        """Writes a clip of one grey that gets brighter by one every frame."""

        def write(path, frames=72, level=10, rate=24, sound=False):
            levels = (level + np.arange(frames)).astype(np.uint8)
            track = () if sound else None
            kind = OutputFormat.PRORES if sound else OutputFormat.FFV1
            with Writer(path, width=64, height=36, rate=Rate.parse(rate), format=kind, sound=track) as writer:
                writer.write(np.broadcast_to(levels[:, None, None, None], (frames, 36, 64, 3)).copy())
                writer.finish()
            return path

        return write

    @pytest.fixture
    def shot(editor, filmed, tmp_path):
        """Puts a clip of 72 frames, level 10 and up, on a channel: `frames` of it from its frame `first` on."""
        path = filmed(tmp_path / "shot.mkv")

        def put(name, channel, left, frames, first=0):
            strip = compat.new_movie(editor, name, str(path), channel, 100_000)
            compat.show(strip, first, frames)
            compat.move_to(strip, left)
            return strip

        return put
