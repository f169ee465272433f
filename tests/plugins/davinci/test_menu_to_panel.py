"""From a click in Resolve's menu to the window on its timeline, with nothing in between replaced but the display."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in
from machines import machine_of

from cutaway_davinci.install.installer import planned
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.served import Served

CLICK = """
import runpy, sys
class Studio:
    def GetProductName(self):
        return "DaVinci Resolve Studio"
runpy.run_path(sys.argv[1], init_globals={"resolve": Studio()})
"""


def until(there, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := there():
            return found
        time.sleep(0.1)
    return None


@pytest.mark.skipif(os.name != "posix", reason="the interpreter is wrapped in a shell script")
def test_the_first_click_opens_the_panel_on_the_timeline_and_the_second_raises_it(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    machine = machine_of("linux", tmp_path / "m")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nHOME="{machine.home}" QT_QPA_PLATFORM=offscreen exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    planned(machine, python=str(python)).carry_out()
    script, noted = machine.own_scripts / "Utility/Cutaway.py", machine.ours / "panel.json"

    def click():
        command = [sys.executable, "-c", CLICK, str(script)]
        environment = os.environ | served.environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout

    with Served(world) as served:
        try:
            assert click() == ""
            assert until(noted.exists), (machine.ours / "panel.log").read_text()
            panel = json.loads(noted.read_text())["pid"]
            assert until(lambda: "Timeline.GetItemListInTrack" in world.calls), "the panel looks at the timeline"
            assert click() == ""
            log = machine.ours / "panel.log"
            assert until(lambda: "raise()" in log.read_text()), "without a screen Qt says that it cannot, when asked"
            assert json.loads(noted.read_text())["pid"] == panel
        finally:
            with suppress(OSError, ValueError, KeyError):
                os.kill(json.loads(noted.read_text())["pid"], signal.SIGKILL)
    assert world.misuses == []
    assert "Traceback" not in (machine.ours / "panel.log").read_text()
