"""From a click in Resolve's menu to the window on its timeline, with nothing in between replaced but the display."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in
from machines import machine_of

from cutaway_davinci.errors import HostUnavailable
from cutaway_davinci.install.installer import planned
from cutaway_davinci.loopback import LoopbackLink
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.served import Served

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the interpreter is wrapped in a shell script")

STUDIO = """
import runpy, sys
class Studio:
    def GetProductName(self):
        return "DaVinci Resolve Studio"
runpy.run_path(sys.argv[1], init_globals={"resolve": Studio()})
"""

FREE = """
import runpy, sys
from pathlib import Path
from cutaway_davinci.testing.resolve import ResolveDouble
sys.path.insert(0, sys.argv[2])
from film import cut_in
world = ResolveDouble("20.3", studio=False)
cut_in(world, Path(sys.argv[1]).parent)
runpy.run_path(sys.argv[1], init_globals={"resolve": world.in_app()})
"""


NO_SERVER = "CUTAWAY_BASE_URL=http://127.0.0.1:9 CUTAWAY_API_KEY=none"
"""The panel starts no runtime, which would outlive the test."""


class Menu:
    """An installed entry whose panel has no screen to show itself on."""

    def __init__(self, folder):
        self.machine = machine_of("linux", folder / "m")
        python = folder / "python"
        python.write_text(
            f'#!/bin/sh\nHOME="{self.machine.home}" QT_QPA_PLATFORM=offscreen {NO_SERVER} exec "{sys.executable}" "$@"\n'
        )
        python.chmod(0o755)
        planned(self.machine, python=str(python)).carry_out()
        self.noted, self.log = self.machine.ours / "panel.json", self.machine.ours / "panel.log"

    @contextmanager
    def clicked(self, program, **environment):
        """The script as Resolve starts it."""
        script = self.machine.own_scripts / "Utility/Cutaway.py"
        command = [sys.executable, "-c", program, str(script), str(Path(__file__).parent)]
        environment = os.environ | environment
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    def panel(self):
        """The process of the panel, once there is one."""
        assert until(self.noted.exists), self.log.read_text()
        return json.loads(self.noted.read_text())["pid"]

    def close(self):
        with suppress(OSError, ValueError, KeyError):
            os.kill(json.loads(self.noted.read_text())["pid"], signal.SIGKILL)


@pytest.fixture
def menu(tmp_path):
    menu = Menu(tmp_path)
    yield menu
    menu.close()
    assert "Traceback" not in menu.log.read_text()


def until(there, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := there():
            return found
        time.sleep(0.1)
    return None


def test_in_studio_the_first_click_opens_the_panel_on_the_timeline_and_the_second_raises_it(menu, tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    with Served(world) as served:
        with menu.clicked(STUDIO, **served.environment) as script:
            panel = menu.panel()
            assert until(lambda: "Timeline.GetItemListInTrack" in world.calls), "the panel looks at the timeline"
            assert script.communicate(timeout=30)[0] == ""
        with menu.clicked(STUDIO, **served.environment) as script:
            assert script.communicate(timeout=30)[0] == ""
        assert until(lambda: "raise()" in menu.log.read_text()), "without a screen Qt says that it cannot, when asked"
        assert menu.panel() == panel
    assert world.misuses == []


def test_in_the_free_edition_the_script_stays_and_the_panel_is_on_its_line(menu):
    with menu.clicked(FREE) as script:
        menu.panel()
        link = LoopbackLink(menu.machine.ours / "davinci")

        def is_taken():
            try:
                link.ask("about", {}, deadline=10)
            except HostUnavailable as refusal:
                return "another panel" in str(refusal)
            finally:
                link.close()
            return False

        assert until(is_taken), menu.log.read_text()
        assert script.poll() is None
        menu.close()
        assert until(lambda: not is_taken()), "with the panel gone the line is free"
        assert script.poll() is None
