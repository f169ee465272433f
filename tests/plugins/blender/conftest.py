"""Blender itself, as the module bpy: no double of it anywhere. `make blender` runs this folder in every supported one.

Where there is no bpy the whole folder is skipped. Blender 4.2 ends with a segfault and 4.5 hangs when Python takes it
apart at exit, so the process ends without that, with pytest's own verdict.
"""

import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv" / "bin" / "python"
"""Has the runtime; started as a process, since bpy's environments have none."""

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

    import cutaway_blender
    from cutaway.client.local import running
    from cutaway.home import Home
    from cutaway.media.encode import Writer
    from cutaway.timebase import Rate
    from cutaway.wire import OutputFormat
    from cutaway_blender import compat, jobs

    @pytest.fixture(scope="session")
    def factory():
        """Preferences and add-ons as Blender comes. Who changes one puts it back: this is six times a new file."""
        bpy.ops.wm.read_factory_settings(use_empty=True)

    @pytest.fixture(autouse=True)
    def scene(factory, tmp_path, monkeypatch):
        """A new file as Blender comes, with one empty scene of 24 frames per second and small pictures."""
        monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
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
            path.write_bytes(_filmed(path.suffix, frames, level, rate, sound))
            return path

        return write

    @cache
    def _filmed(suffix, frames, level, rate, sound):
        levels = (level + np.arange(frames)).astype(np.uint8)
        track = () if sound else None
        kind = OutputFormat.PRORES if sound else OutputFormat.FFV1
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"clip{suffix}"
            with Writer(path, width=64, height=36, rate=Rate.parse(rate), format=kind, sound=track) as writer:
                writer.write(np.broadcast_to(levels[:, None, None, None], (frames, 36, 64, 3)).copy())
                writer.finish()
            return path.read_bytes()

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

    @pytest.fixture(scope="session")
    def server(tmp_path_factory):
        """A local runtime with its synthetic engine, and nothing else."""
        if not PYTHON.exists():
            pytest.skip("no environment with the runtime; make dev")
        home = Home(tmp_path_factory.mktemp("runtime"))
        home.create()
        process = subprocess.Popen(
            [str(PYTHON), "-m", "cutaway_runtime", "serve", "--port", "0", "--idle-exit", "300"],
            env={**os.environ, "CUTAWAY_HOME": str(home.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while (found := running(home)) is None and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.05)
        yield found["url"], home.token.read_text("utf-8").strip()
        process.terminate()
        process.wait(20)

    @pytest.fixture
    def extension(server, monkeypatch):
        monkeypatch.setenv("CUTAWAY_BASE_URL", server[0])
        monkeypatch.setenv("CUTAWAY_API_KEY", server[1])
        cutaway_blender.register()
        yield cutaway_blender
        cutaway_blender.unregister()

    @pytest.fixture
    def pumped():
        """Works the pump by hand until something is so: timers never fire without a window."""

        def until(done, seconds=90):
            deadline = time.monotonic() + seconds
            while not done():
                assert time.monotonic() < deadline, (jobs.session().worklist, jobs.session().said, jobs.faults)
                jobs.pump()
                time.sleep(0.02)

        return until

    class Layout:
        """Takes what Blender's layout takes and notes it; an operator, a property or an icon that Blender has not is refused."""

        ICONS = frozenset(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())

        def __init__(self, noted):
            self.noted = noted
            self.alert = self.enabled = self.use_property_split = False
            self.operator_context = ""
            self.ui_units_x = 0.0

        def row(self, *, align=False):
            return Layout(self.noted)

        column = row

        def grid_flow(self, *, columns, align=False):
            return Layout(self.noted)

        def split(self, *, factor, align=False):
            assert 0 < factor < 1
            return Layout(self.noted)

        def separator(self):
            pass

        def label(self, *, text, icon="NONE"):
            assert icon in self.ICONS, icon
            self.noted.append(text)

        def progress(self, *, factor, text):
            assert 0 <= factor <= 1
            self.noted.append(text)

        def prop(self, owner, name, *, text=None, icon="NONE"):
            assert name in owner.bl_rna.properties
            assert icon in self.ICONS, icon
            self.noted.append(f"{name}={getattr(owner, name)}")

        def operator(self, name, *, text=None, icon="NONE", depress=False):
            return self._button(name, text, icon, "*" if depress else "")

        def operator_menu_enum(self, name, field, *, text, icon):
            given = self._button(name, text, icon, "")
            assert field in given.fields
            return given

        def _button(self, name, text, icon, mark):
            assert icon in self.ICONS, icon
            known = getattr(bpy.ops.cutaway, name.removeprefix("cutaway.")).get_rna_type()
            self.noted.append(f"[{known.name if text is None else text}]{mark}")
            return Given(known.properties)

    class Given:
        """The properties of a button's operator: only those that it has, and only values that they take."""

        def __init__(self, fields):
            object.__setattr__(self, "fields", fields)

        def __setattr__(self, field, value):
            known = self.fields[field]
            assert type(value) is {"BOOLEAN": bool, "INT": int, "FLOAT": float}.get(known.type, str), (field, value)
            if known.type == "ENUM":
                assert value in known.enum_items

    class Drawn:
        """A panel or a menu as it is drawn: only its layout."""

        def __init__(self, noted):
            self.layout = Layout(noted)

    @pytest.fixture
    def drawn():
        """Draws a panel, or what is added to a menu; everything that it shows, in order."""

        def draw(panel):
            noted = []
            getattr(panel, "draw", panel)(Drawn(noted), bpy.context)
            return noted

        return draw

    @pytest.fixture(scope="session")
    def icons():
        """The names of Blender's signs."""
        return Layout.ICONS
